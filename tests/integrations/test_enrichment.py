"""What follows from an address, a number, a website and a country, in the four languages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripeline.integrations.arrivals import CHANNELS, arrival
from ripeline.integrations.countries import country, country_of_domain
from ripeline.integrations.enrichment import KINDS, derived, of_email, of_phone, of_website


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        *[(f"ada@{host}", "private") for host in ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me")],
        *[(f"ada@{host}", "private") for host in ("gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de")],
        *[(f"ada@{host}", "private") for host in ("vodafonemail.de", "mailbox.org", "tutanota.de", "ewetel.net")],
        *[(f"ada@{host}", "private") for host in ("ziggo.nl", "kpnmail.nl", "hetnet.nl", "xs4all.nl", "live.nl")],
        *[(f"ada@{host}", "private") for host in ("live.dk", "mail.dk", "stofanet.dk", "mail.tele.dk", "hotmail.dk")],
        *[(f"ada@{host}", "private") for host in ("btinternet.com", "sky.com", "bluewin.ch", "aon.at", "telenet.be")],
        *[(f"x@{host}", "disposable") for host in ("mailinator.com", "trashmail.com", "wegwerfmail.de", "byom.de")],
        ("x@any.mailinator.com", "disposable"),
        *[(f"{name}@nordwind.de", "role") for name in ("info", "Einkauf", "vertrieb", "buchhaltung", "bewerbung")],
        *[(f"{name}@fietsen.nl", "role") for name in ("inkoop", "verkoop", "klantenservice", "administratie")],
        *[(f"{name}@havn.dk", "role") for name in ("salg", "indkøb", "kundeservice", "bogholderi", "firmapost")],
        ("info+spring@nordwind.de", "role"),
        ("info@gmx.de", "private"),
        ("ida@nordwind.example", "company"),
        ("ida@vertrieb.nordwind.de", "company"),
        ("ida@müller.de", "company"),
        (" Ida.Nordwind@NORDWIND.de ", "company"),
    ],
)
def test_an_address_is_of_a_kind(address: str, kind: str) -> None:
    """A company's, anybody's, a post's, or one to be thrown away; and none of them is undeliverable for that."""
    said = of_email(address)
    assert (said["email_kind"], said["email_status"]) == (kind, None)


@pytest.mark.parametrize(
    ("address", "domain", "its"),
    [
        ("ida@mail.nordwind.de", "nordwind.de", "DE"),
        ("ida@sales.nordwind.co.uk", "nordwind.co.uk", "GB"),
        ("ida@fietsen.nl", "fietsen.nl", "NL"),
        ("ida@havn.dk", "havn.dk", "DK"),
        ("ida@müller.at", "xn--mller-kva.at", "AT"),
        ("ida@uhren.ch", "uhren.ch", "CH"),
        *[(f"ida@nordwind.{ending}", f"nordwind.{ending}", None) for ending in ("com", "io", "co", "me", "ai", "eu")],
    ],
)
def test_a_company_has_a_domain_and_perhaps_a_country(address: str, domain: str, its: str | None) -> None:
    """The part that somebody registered; endings that are sold to all the world say no country."""
    said = of_email(address)
    assert (said["email_domain"], said["company_domain"], said.get("country")) == (domain, domain, its)


@pytest.mark.parametrize(
    "address",
    [
        *("ada", "ada@", "@nordwind.de", "ada@nordwind", "a da@nordwind.de", "ada@@nordwind.de", "ada..b@nordwind.de"),
        *(
            "ada@gmail.con",
            "ada@nordwind.dee",
            "ada@-nordwind.de",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@nordwind.de,",
        ),
        *("x" * 65 + "@nordwind.de", "x@" + "y" * 64 + ".de", "x" * 5_000 + "@nordwind.de", "ada@nord wind.de"),
    ],
)
def test_what_no_server_takes_is_undeliverable(address: str) -> None:
    """By its form, or because its ending does not exist."""
    said = of_email(address)
    assert (said["email_status"], said["email_kind"], said["email_domain"]) == ("undeliverable", None, None)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_an_address_that_was_taken_away_is_no_bad_one(nothing: object) -> None:
    """It says of nothing what it is."""
    assert set(of_email(nothing).values()) == {None}


@pytest.mark.parametrize(
    ("told", "region", "whole", "its"),
    [
        ("+49 30 901820", None, "+4930901820", "DE"),
        ("0049 (30) 90 18 20", None, "+4930901820", "DE"),
        ("030 901820", "DE", "+4930901820", "DE"),
        ("+31 20 624 1111", None, "+31206241111", "NL"),
        ("020-6241111", "NL", "+31206241111", "NL"),
        ("+45 33 66 33 66", None, "+4533663366", "DK"),
        ("33 66 33 66", "DK", "+4533663366", "DK"),
        ("+44 20 7946 0958", None, "+442079460958", "GB"),
        ("+1 604 683 8254", None, "+16046838254", "CA"),
        (4_930_901_820, None, "+4930901820", "DE"),
        ("+800 1234 5678", None, "+80012345678", None),
    ],
)
def test_a_number_is_told_so_that_all_the_world_can_call_it(
    told: object, region: str | None, whole: str, its: str | None
) -> None:
    """With the country of its plan, which a number for all countries has not."""
    said = of_phone(told, region)
    assert said is not None
    assert (said["phone_e164"], said.get("country")) == (whole, its)


@pytest.mark.parametrize("told", ["030 901820", "+49 1", "call me", "", None, True, 7, "1" * 500, "+49 30 1", ["+49"]])
def test_what_cannot_be_called_is_no_number(told: object) -> None:
    """Nor is one without a country of which nobody says whose it is."""
    assert of_phone(told) is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        *[(name, "DE") for name in ("Germany", "Deutschland", "Duitsland", "Tyskland", "de", "BRD", " deutschland ")],
        *[(name, "NL") for name in ("Netherlands", "The Netherlands", "Niederlande", "Nederland", "Holland", "NL")],
        *[(name, "DK") for name in ("Denmark", "Dänemark", "Denemarken", "Danmark", "DK")],
        *[(name, "AT") for name in ("Austria", "Österreich", "Oostenrijk", "Østrig")],
        *[(name, "GB") for name in ("UK", "United Kingdom", "England", "Großbritannien", "Vereinigtes Königreich")],
        *[(name, None) for name in ("EU", "ZZ", "Berlin", "", None, 49, "x" * 1_000)],
    ],
)
def test_a_country_is_known_by_its_name_in_four_languages(told: object, code: str | None) -> None:
    """Or by its two letters."""
    assert country(told) == code


def test_the_better_fact_stands_behind_the_weaker_one() -> None:
    """A country that was told, then a number, then a website, then an address."""
    told = {
        "email": "ida@havn.dk",
        "website": "https://www.havn.example/",
        "phone": "020 6241111",
        "country": "Nederland",
    }
    found = derived(told)
    assert [kind for kind in KINDS if kind in found] == list(KINDS)
    assert found["email"]["country"] == "DK"
    assert found["website"] == {"company_domain": "havn.example"}
    assert found["phone"] == {"phone_e164": "+31206241111", "country": "NL", "country_code": "NL"}
    assert found["country"] == {"country_code": "NL"}


def test_a_number_is_read_in_the_country_that_the_row_tells() -> None:
    """By the address of the street, too, or the ending of the e-mail."""
    assert derived({"phone": "33 66 33 66", "address": {"country": "Danmark"}})["phone"]["phone_e164"] == "+4533663366"
    assert derived({"phone": "33 66 33 66", "email": "ida@havn.dk"})["phone"]["phone_e164"] == "+4533663366"
    assert "phone" not in derived({"phone": "33 66 33 66", "email": "ida@havn.com"})


@pytest.mark.parametrize(
    "site", ["http://10.0.0.1/", "localhost", "http://[::1", "not a site", "", None, 5, "x" * 9_000]
)
def test_what_is_no_website_says_nothing(site: object) -> None:
    """Nothing follows from it."""
    assert of_website(site) is None


@pytest.mark.parametrize(
    ("said", "source"),
    [
        *[({"utm_medium": medium}, "ads") for medium in ("cpc", "CPC", "paid_social", "paidsearch", "display", "ppc")],
        *[({"utm_medium": medium}, "email") for medium in ("email", "E-Mail", "newsletter")],
        *[({"utm_medium": medium}, "social") for medium in ("social", "organic_social", "social media")],
        *[({"utm_medium": medium}, source) for medium, source in (("organic", "search"), ("blog", "content"))],
        *[({"utm_medium": medium}, source) for medium, source in (("messe", "fair"), ("partner", "referral"))],
        ({"utm_source": "linkedin"}, "social"),
        ({"utm_source": "newsletter", "utm_medium": "spring"}, "email"),
        ({"utm_source": "google"}, "search"),
        ({"utm_campaign": "spring"}, "referral"),
        *[({"search": f"?{click}=abc"}, "ads") for click in ("gclid", "msclkid", "li_fat_id", "ttclid")],
        *[({"url": f"https://www.nordwind.de/?a=b&{click}=x"}, "social") for click in ("fbclid", "igshid")],
        ({"search": "?mc_cid=1"}, "email"),
        ({"search": "?utm_medium=email&gclid=1"}, "email"),
        *[({"referrer": f"https://www.google.{ending}/"}, "search") for ending in ("com", "de", "nl", "dk", "co.uk")],
        *[
            ({"referrer": f"https://{host}/"}, "search")
            for host in ("duckduckgo.com", "www.ecosia.org", "www.bing.com")
        ],
        *[({"referrer": f"https://{host}/"}, "search") for host in ("search.brave.com", "de.search.yahoo.com")],
        *[({"referrer": f"https://{host}/"}, "social") for host in ("www.linkedin.com", "lnkd.in", "t.co", "x.com")],
        *[({"referrer": f"https://{host}/"}, "social") for host in ("www.xing.com", "m.facebook.com", "youtu.be")],
        *[({"referrer": f"https://{host}/"}, "email") for host in ("mail.google.com", "webmail.example.com")],
        *[({"referrer": f"https://{host}/"}, "referral") for host in ("www.heise.de", "x.de", "docs.google.com")],
        ({"referrer": "android-app://com.linkedin.android/"}, "social"),
        ({"referrer": "android-app://com.google.android.gm/"}, "email"),
        ({"referrer": "https://accounts.google.com/"}, None),
        ({"referrer": "https://shop.nordwind.de/a", "url": "https://www.nordwind.de/b"}, None),
        ({"referrer": "", "url": "https://www.nordwind.de/"}, None),
        ({"referrer": "http://[::1", "url": 7, "search": None, "utm_medium": ["cpc"]}, None),
        ({}, None),
    ],
)
def test_a_row_tells_how_somebody_came(said: dict[str, Any], source: str | None) -> None:
    """By the campaign's marks, the click's id, the page before; a visit without any says nothing."""
    came = arrival("page_viewed", said)
    assert (came.source if came else None) == source
    assert source is None or source in CHANNELS


def test_an_arrival_keeps_the_marks_of_its_campaign() -> None:
    """From the properties, or from the page's address where the sender did not take them out."""
    said = {"utm_source": "google", "search": "?utm_source=other&utm_medium=cpc&utm_campaign=spring%20sale&q=secret"}
    came = arrival("page_viewed", said)
    assert came is not None
    assert came.marks == {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "spring sale"}


def test_some_events_tell_it_by_their_name() -> None:
    """Whoever talks to us at a fair came by it."""
    names = ("ad_clicked", "fair_conversation", "page_viewed")
    assert [came and came.source for came in (arrival(name, {}) for name in names)] == ["ads", "fair", None]


_ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
_NEARLY = st.one_of(
    _ANY,
    st.emails(),
    st.from_regex(r"\A.{0,5}@.{0,9}\..{0,4}\Z"),
    st.from_regex(r"\A[+0 ()-]{0,4}[0-9 ]{0,16}\Z"),
    st.from_regex(r"\Ahttps?://.{0,20}\Z"),
)
_NAMES = ("email", "phone", "website", "country", "referrer", "url", "search", "utm_medium", "utm_source")


@given(st.dictionaries(st.sampled_from(_NAMES), _NEARLY), st.text())
def test_whatever_is_told_something_or_nothing_follows(told: dict[str, Any], host: str) -> None:
    """And it never fails; what follows is short text or nothing."""
    for said in derived(told).values():
        assert all(value is None or (isinstance(value, str) and len(value) < 300) for value in said.values())
    came = arrival("page_viewed", told)
    assert came is None or came.source in CHANNELS
    country_of_domain(host)
