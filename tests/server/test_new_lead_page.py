"""A new lead, written down by hand: what is known of it, what it did, to which words it said yes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from api_client import SMALL
from ledger_rows import all_rounds, lead_of, signed
from list_pages import as_, named, told
from ripeline.server import instants
from ripeline.server.consent.consents import Wording
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.staff.users import Role

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)

CONSENT = "consent:\n  scoring: {purpose: profiling, basis: objection}\n"
TEXT = SMALL.replace("consent: assumed\n", CONSENT)


def new(client: Client, **sent: str) -> Any:  # noqa: ANN401
    """The form, filled in and sent."""
    page = client.get("/leads/new/").content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    return client.post("/leads/new/", {"once": once[1], **sent}, follow=True)


def test_a_lead_of_a_fair_is_written_down_with_what_is_known() -> None:
    """Its names, the playbook's attributes by their types, what happened, and to which words it said yes."""
    signed(TEXT, now=instants.now() - instants.DAY)
    client, _ = as_()
    answer = new(
        client,
        email="Ada@Example.com",
        last_name="Lovelace",
        company="Nordwind",
        a_employees="50",
        event="fair_conversation",
        text="Wants a quote",
        purpose="profiling",
        wording="Yes, you may.",
        proof="card 7",
    )
    assert told(answer) == ["ada@example.com is written down, and is a lead in a moment."]
    all_rounds(instants.now)
    ada = lead_of("ada@example.com")
    rows = {event.name: event.properties for event in Event.objects.filter(identifier__lead=ada, source__kind="own")}
    assert '"employees":50' in rows["attributes_changed"]
    assert "Wants a quote" in rows["fair_conversation"]
    assert Wording.objects.get().text == "Yes, you may."
    assert Wording.objects.get().digest in rows["consent_given"]
    assert named(client.get("/leads/?view=all&text=lovel")) == ["Lovelace"]


def test_without_an_e_mail_a_number_or_a_name_will_do() -> None:
    """And the same form sent twice makes one lead."""
    signed(SMALL, now=instants.now() - instants.DAY)
    client, _ = as_()
    assert "Give at least" in new(client).content.decode()
    assert "no e-mail" in new(client, email="ada").content.decode()
    sent = {"once": "12345678901234567" + "0" * 16, "last_name": "Byron"}
    for _ in range(2):
        client.post("/leads/new/", sent)
    all_rounds(instants.now)
    assert named(client.get("/leads/?view=all&text=byron")) == ["Byron"]
    assert Lead.objects.count() == 1


def test_who_is_a_lead_already_is_shown_to_those_who_may_see_it() -> None:
    """By e-mail or by number, however it is written."""
    signed(SMALL, now=instants.now() - instants.DAY)
    client, _ = as_()
    new(client, email="ada@example.com", phone="+45 33 66 33 66")
    all_rounds(instants.now)
    ada = lead_of("ada@example.com")
    for sent in ({"email": "ADA@example.com"}, {"phone": "0045 33663366", "last_name": "X"}):
        assert f'href="/leads/{ada.pk}/"' in new(client, **sent).content.decode()
    rep, _ = as_(Role.SALES)
    page = new(rep, email="ada@example.com").content.decode()
    assert "is a lead already" in page
    assert f"/leads/{ada.pk}/" not in page
    assert Lead.objects.count() == 1


def test_what_the_form_does_not_offer_is_not_taken() -> None:
    """A made-up event, a consent without words, a number that is none; readers do not write at all."""
    signed(TEXT, now=instants.now() - instants.DAY)
    client, _ = as_()
    wrong: list[dict[str, str]] = [
        {"event": "ask"},
        {"purpose": "profiling"},
        {"a_employees": "many"},
        {"source": "sky"},
    ]
    for sent in wrong:
        assert new(client, email="ada@example.com", **sent).status_code == 400
    assert not Event.objects.exists()
    reader, _ = as_(Role.READ_ONLY)
    assert reader.get("/leads/new/").status_code == 403
