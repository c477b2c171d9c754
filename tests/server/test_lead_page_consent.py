"""What a lead has agreed to, on its page: the answer with its reason, each word with its proof, our people's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lead_pages import ada_is_offered, client, done, shown
from ledger_rows import all_rounds, lead_of
from ripeline.server import instants
from ripeline.server.consent import consents
from ripeline.server.leadmail import confirmations
from ripeline.server.leadmail.confirmations import Confirmation
from ripeline.server.leadmail.mails import Mail

if TYPE_CHECKING:
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Yes, write to me about pumps."


@pytest.fixture
def rosa(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> User:
    """A rep whom Ada has been offered to."""
    return ada_is_offered(source, clock, monkeypatch)


@pytest.fixture
def ada(rosa: User) -> Lead:
    """Ada, who asked for a quote."""
    del rosa
    return lead_of("ada@example.com")


def test_the_page_says_whether_we_may_and_why(ada: Lead, rosa: User) -> None:
    """Before anybody has asked Ada."""
    told = shown(rosa, ada, "consent")
    assert "Write an e-mail no Consent to e-mails was never given." in told
    assert "Call no Consent to calls was never given." in told
    assert "Score yes There is no objection to profiling." in told


def test_a_yes_with_its_proof_is_written_down_and_shown_in_full(ada: Lead, rosa: User, clock: SetClock) -> None:
    """With the words, where the proof is, who said so and when; refused without a proof of what is proven."""
    filled = {"purpose": "email", "wording": WORDS, "how": "proven"}
    done(rosa, ada, "agreed", **filled)
    assert "Write an e-mail no" in shown(rosa, ada, "consent")
    done(rosa, ada, "agreed", proof="signed paper, folder 7", **filled)
    assert "Write an e-mail yes Consent to e-mails was confirmed on" in shown(rosa, ada, "consent")
    clock.move(60)
    all_rounds(clock)
    told = shown(rosa, ada, "consent")
    assert "E-mails: yes, confirmed In these words Yes, write to me about pumps. When" in told
    assert "Where signed paper, folder 7 Told by rosa Confirmed" in told


def test_a_no_stands_and_is_told(ada: Lead, rosa: User) -> None:
    """No yes of ours takes it back."""
    done(rosa, ada, "declined", purpose="email", proof="on the phone")
    done(rosa, ada, "agreed", purpose="email", wording=WORDS, how="proven", proof="a letter")
    assert "The person said no to e-mails on" in shown(rosa, ada, "consent")
    assert "E-mails: no When" in shown(rosa, ada, "consent")


def test_the_person_is_asked_by_mail(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Once; the answer lifts a no of before, and stands on the page with all that proves it."""
    done(rosa, ada, "declined", purpose="email")
    clock.move(60)
    all_rounds(clock)
    clock.move(60)
    for _ in range(2):
        done(rosa, ada, "agreed", purpose="email", wording=WORDS, how="ask", proof="on the phone")
    assert Mail.objects.count() == 1
    assert "Waits for the answer to a mail Asked on" in shown(rosa, ada, "consent")
    asked = Confirmation.objects.get()
    rows = [one.row for one in confirmations.pending(asked)]
    assert len(rows) == 1
    confirmations.confirm(asked, rows, sender="203.0.113.9", now=clock.move(60))
    assert consents.may_contact(ada, "email", now=clock()).reason.code == "may_contact_confirmed"
    told = shown(rosa, ada, "consent")
    assert f"Mail {Mail.objects.get().key} Confirmed" in told
    assert "Confirmed from 203.0.113.9" in told
    assert instants.now() == clock()


def test_who_only_reads_is_offered_nothing(ada: Lead, rosa: User) -> None:
    """The page is for looking, as everywhere."""
    rosa.role = "read_only"
    rosa.save()
    page = client(rosa).get(f"/leads/{ada.pk}/?show=consent").content.decode()
    assert "act-agreed" not in page
