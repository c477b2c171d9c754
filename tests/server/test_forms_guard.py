"""Machines that fill in forms are put aside without being told; people are not kept out, and nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ripeline.server import instants
from ripeline.server.answers import NotTaken
from ripeline.server.events import Event, Rejected
from ripeline.server.intake import form_guard, forms
from ripeline.server.intake.form_guard import Guard, network
from website_forms import opened, sent

if TYPE_CHECKING:
    from set_clock import SetClock

pytestmark = pytest.mark.django_db

NEED = "We sell bread and want more customers"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch, clock: SetClock) -> SetClock:
    """The pages tell the time by the clock of the test, and nobody was here before."""
    monkeypatch.setattr(forms, "_guard", Guard())
    monkeypatch.setattr(instants, "now", clock)
    opened(now=clock())
    return clock


def reasons() -> list[str]:
    """Why submissions were put aside."""
    return list(Rejected.objects.order_by("pk").values_list("reason", flat=True))


def requests() -> int:
    """How many requests are in the ledger."""
    return Event.objects.filter(name="contact_requested").count()


def test_one_address_sends_ten_an_hour() -> None:
    """The eleventh is put aside, and is led back like the others."""
    answers = {sent({"email": f"lead-{number}@example.com"})["Location"] for number in range(12)}
    assert len(answers) == 1
    assert (requests(), reasons()) == (10, ["too_often", "too_often"])


def test_after_a_while_the_same_address_may_send_again(now: SetClock) -> None:
    """Each six minutes one more."""
    for number in range(11):
        sent({"email": f"lead-{number}@example.com"})
    now.move(361)
    sent({"email": "late@example.com"})
    assert (requests(), len(reasons())) == (11, 1)


def test_behind_a_proxy_nobody_pays_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is not of the internet says nothing of who sends, nor does a header that anybody can write."""
    monkeypatch.setattr("website_forms.SENDER", "127.0.0.1")
    for number in range(15):
        sent({"email": f"lead-{number}@example.com"}, x_forwarded_for="93.184.216.34")
    assert (requests(), reasons()) == (15, [])


def test_a_header_makes_no_new_sender() -> None:
    """Who sends from one address cannot say that it were many."""
    for number in range(12):
        sent(
            {"email": f"lead-{number}@example.com"}, x_forwarded_for=f"8.8.8.{number}", forwarded=f"for=8.8.4.{number}"
        )
    assert (requests(), len(reasons())) == (10, 2)


def test_a_form_takes_sixty_at_once_and_one_a_second(monkeypatch: pytest.MonkeyPatch, now: SetClock) -> None:
    """More are put aside, from wherever they come; far more are not even that."""
    monkeypatch.setattr(form_guard, "AT_ALL", (1.0, 70.0))
    for number in range(75):
        monkeypatch.setattr("website_forms.SENDER", f"93.184.{number}.34")
        answer = sent({"email": f"lead-{number}@example.com"})
    assert (requests(), reasons()) == (60, ["too_often"] * 10)
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    now.move(5)
    assert sent({"email": "late@example.com"}).status_code == 303
    assert requests() == 61


def test_the_same_words_come_three_times_from_people(now: SetClock) -> None:
    """The fourth within an hour is a machine's; short words are alike by chance, and an hour later all is forgotten."""
    for number in range(5):
        sent({"email": f"lead-{number}@example.com", "need": NEED})
    assert (requests(), reasons()) == (3, ["spam", "spam"])
    for number in range(4):
        sent({"email": f"other-{number}@example.com", "need": "A website"})
    assert requests() == 7
    now.move(3_601)
    sent({"email": "late@example.com", "need": NEED})
    assert requests() == 8


def test_whoever_sends_the_same_again_is_no_machine() -> None:
    """A submission that comes five times is one."""
    for _ in range(5):
        sent({"email": "ada@example.com", "need": NEED})
    assert (requests(), reasons()) == (1, [])


def test_a_repetition_later_is_another_submission(now: SetClock) -> None:
    """Within ten minutes it is one, wherever the minutes begin; then it is a person who asks again."""
    now.move(599)
    for seconds in (0, 2, 500, 300):
        now.move(seconds)
        sent({"email": "ada@example.com"})
    assert requests() == 2


def test_spam_that_comes_again_is_kept_again(now: SetClock) -> None:
    """What somebody has thrown away does not hide what comes later."""
    sent({"email": "ada@example.com", "website": "x"})
    Rejected.objects.update(settled_at=now())
    now.move(3_600)
    sent({"email": "ada@example.com", "website": "x"})
    assert reasons() == ["spam", "spam"]


@pytest.mark.parametrize(
    ("kind", "at_once", "seconds", "then"), [("sender", 10, 360, 1), ("form", 60, 1, 1), ("all", 200, 1, 20)]
)
def test_so_many_come_at_once_and_then_one_after_the_other(
    kind: str, at_once: int, seconds: int, then: int, now: SetClock
) -> None:
    """From one address, to one form, and to a form at all; whoever was quiet for a day has saved nothing up."""
    guard = Guard()

    def is_taken(number: int) -> bool:
        if kind == "all":
            with suppress(NotTaken):
                guard.admit("contact", now())
                return True
            return False
        return not guard.is_too_often(*(("contact", "") if kind == "form" else (f"form_{number}", "8.8.8.8")), now())

    for wait, most in ((0, at_once), (86_400, at_once), (seconds, then)):
        now.move(wait)
        assert sum(map(is_taken, range(300))) == most


def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch, now: SetClock) -> None:
    """Who comes with many addresses and texts makes it forget, and not grow."""
    monkeypatch.setattr(form_guard, "_REMEMBERED", 10)
    guard = Guard()
    for number in range(50):
        guard.is_too_often("contact", f"93.184.{number}.34", now())
        guard.is_repeated(f"a text that is long enough {number}", str(number), now())
    assert len(guard._buckets) == len(guard._texts) == 10  # noqa: SLF001 - what it holds is what is meant


@pytest.mark.parametrize(
    ("sender", "whose"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("2606:2800:220:1:248:1893:25c8:1946", "2606:2800:220:1::/64"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("::1", ""),
        ("fe80::1", ""),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_whom_an_address_stands_for(sender: str, whose: str) -> None:
    """One machine has millions of addresses in the new internet; a proxy's says nothing."""
    assert network(sender) == whose
