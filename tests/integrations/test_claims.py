"""Identifiers as people and programs write them: one mailbox is one address, and what reaches nobody is none."""

from __future__ import annotations

import pytest

from ripeline.integrations import claims


@pytest.mark.parametrize(
    "ways",
    [
        ("ada@bücher.de", "Ada@BÜCHER.de", "ada@bu\u0308cher.de", "ada@xn--bcher-kva.de", "ada@XN--BCHER-KVA.de"),
        ("ada@bücher.de", "ada@bücher\u3002de", "ada@bücher\uff0ede"),
        ("ada@xn--strae-oqa.de", "ada@straße.de", "ada@STRAẞE.de"),
        ("jürgen@example.de", "ju\u0308rgen@example.de", "JÜRGEN@example.de"),
    ],
)
def test_a_mailbox_is_one_address_however_it_is_written(ways: tuple[str, ...]) -> None:
    """Else a no to the one way would say nothing of the other, and each way would get a mail of its own."""
    assert {claims.email(way) for way in ways} == {ways[0]}


@pytest.mark.parametrize("one", ["xn--strae-oqa.de", "strasse.de", "xn--a.de", "sub.example.co.uk"])
def test_a_domain_that_is_another_one_stays_itself(one: str) -> None:
    """A sharp s was two letters once and is a letter of its own now; what is no name of letters is left alone."""
    assert claims.email(f"ada@{one}") == f"ada@{one}"


def test_a_number_of_another_system_is_told_with_the_system() -> None:
    """Customer 7 of the shop is not contact 7 of the CRM."""
    told = [claims.elsewhere({"externalIds": [{"type": kind, "id": 7}]}) for kind in ("crm", "shop", None)]
    assert told == ["crm:7", "shop:7", "7"]


@pytest.mark.parametrize(
    "domain", ["a.de@b.de", "b..de", ".de", "de.", "l" * 64 + ".de", "ü..de", "ü" * 60 + ".de", "de"]
)
def test_what_no_mail_server_can_reach_is_no_address(domain: str) -> None:
    """Each mail to it would fail without an answer, and be tried for three days."""
    assert claims.email(f"ada@{domain}") is None
