"""Looking after an installation: what the doctor finds, what is measured and logged, backups, commands."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from django.db import connection, transaction
from django.test import Client

from command_line import PLAYBOOK
from ledger_rows import signed
from ripeline.server import tokens
from ripeline.server.delivery import outbox
from ripeline.server.delivery.endpoints import ClosedBy, Endpoint
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.events import Event
from ripeline.server.instants import SECOND
from ripeline.server.instruments import logs, metrics
from ripeline.server.leadmail import mail_links
from ripeline.server.leadmail.mails import Mail
from ripeline.server.operation import backup, control, data_folder, doctor, worker
from ripeline.server.operation.doctor import Level
from ripeline.server.qualification import qualify
from ripeline.server.qualification.qualify import Done

if TYPE_CHECKING:
    from pathlib import Path

    from ripeline.server.instants import Clock
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "ada@example.com"  # noqa: S105 - what must not be logged


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:  # noqa: ANN401 - pytest-django's own
    """An empty data folder."""
    settings.DATA = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def lines() -> Any:  # noqa: ANN401 - a generator of a function
    """What has been logged, as objects."""
    out = io.StringIO()
    logs.set_up()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=out), cache_logger_on_first_use=False)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def _event(source: Source, at: int, key: str = "1") -> Event:
    with transaction.atomic():
        return Event.objects.create(source=source, key=key, name="paper", at=at, received_at=at)


def _levels(now: int) -> dict[str, Level]:
    return {finding.name: finding.level for finding in doctor.examine(now)}


# --- the doctor -----------------------------------------------------------------------------------


def test_a_new_installation_is_sound_but_has_no_playbook(data: Path, clock: SetClock) -> None:
    """Nothing is an error; what is missing has a cure."""
    assert data_folder.keep_reserve()
    findings = doctor.examine(clock())
    assert {finding.name for finding in findings if finding.level is Level.ERROR and finding.name not in _FAST} == set()
    (playbook,) = [finding for finding in findings if finding.name == "playbook"]
    assert playbook.level is Level.WARNING
    assert "publish" in str(playbook.cure)
    assert (data / "reserve").stat().st_size == data_folder.RESERVE_BYTES


def test_a_text_that_was_changed_after_it_was_signed_is_noticed(clock: SetClock) -> None:
    """Ripeline changes none; somebody who writes to the database itself can."""
    signed(PLAYBOOK, now=clock())
    assert _levels(clock())["playbook"] is Level.OK
    with connection.cursor() as cursor:
        cursor.execute("UPDATE server_playbookversion SET text = text || '# more'")
    findings = [finding for finding in doctor.examine(clock()) if finding.name == "playbook"]
    assert findings[0].level is Level.ERROR
    assert "restore a backup" in str(findings[0].cure)


def test_a_secret_that_others_may_read_is_an_error(data: Path, clock: SetClock) -> None:
    """With the way to replace it, by which no link of a mail is lost."""
    data.mkdir()
    (data / "secret-key").write_text("new\nold")
    for mode, level in ((0o640, Level.ERROR), (0o600, Level.OK)):
        (data / "secret-key").chmod(mode)
        assert _levels(clock())["secret"] is level


_FAST = {"fsync", "synchronous_commit", "full_page_writes"}
"""The PostgreSQL of the tests is fast and not durable, which the doctor notices."""


@pytest.mark.usefixtures("data")
def test_unsafe_settings_are_errors() -> None:
    """A database that does not write through to the disk is found, with the setting that cures it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = NORMAL")
        wrong = {"synchronous"}
    else:
        wrong = _FAST
    findings = list(doctor.durability())
    connection.close()
    assert {finding.name for finding in findings if finding.level is Level.ERROR} == wrong
    assert all("Set" in str(finding.cure) for finding in findings if finding.level is Level.ERROR)


@pytest.mark.usefixtures("data")
def test_rows_that_wait_are_noticed(source: Source, clock: SetClock) -> None:
    """First a warning, then an error."""
    _event(source, clock())
    assert _levels(clock())["unread"] is Level.OK
    assert _levels(clock.move(10))["unread"] is Level.WARNING
    assert _levels(clock.move(60))["unread"] is Level.ERROR


@pytest.mark.usefixtures("data")
def test_a_clock_that_went_back_or_leapt_is_noticed(source: Source, clock: SetClock) -> None:
    """Two hours behind the newest row is an error; far ahead of it cannot be told from silence."""
    _event(source, clock())
    assert _levels(clock() - 7200 * SECOND)["clock"] is Level.ERROR
    assert _levels(clock() + 400 * 86_400 * SECOND)["silence"] is Level.WARNING


@pytest.mark.usefixtures("data")
def test_times_that_cannot_be_read_are_noticed(source: Source, clock: SetClock) -> None:
    """Whoever loads a past with them makes everybody look as if it had been today."""
    rows = [_event(source, clock(), key) for key in ("1", "2", "3")]
    assert "times" not in _levels(clock())
    Event.objects.filter(pk__in=[row.pk for row in rows[:2]]).update(flag="no_time")
    (told,) = (finding for finding in doctor.examine(clock()) if finding.name == "times")
    assert (told.level, str(told.what).split()[0]) == (Level.WARNING, "2")


@pytest.mark.usefixtures("data")
def test_messages_that_were_given_up_are_noticed(clock: SetClock) -> None:
    """They wait for a person."""
    endpoint = Endpoint.objects.create(address="https://example.com/", created_at=clock())
    with transaction.atomic():
        outbox.tell([outbox.Message("lead.move", "decision-1", "{}")], now=clock())
        Delivery.objects.update(next_try_at=None, dead_at=clock())
    assert endpoint.closed_at is None
    assert _levels(clock())["deliveries"] is Level.WARNING
    assert _levels(clock())["endpoints"] is Level.OK
    Endpoint.objects.update(closed_at=clock(), closed_by=ClosedBy.FAILING)
    assert _levels(clock())["endpoints"] is Level.WARNING


# --- metrics and logs -----------------------------------------------------------------------------


def test_the_metrics_tell_how_long_rows_wait(source: Source, clock: SetClock) -> None:
    """They are read from the database at the moment of asking, and hold nothing about people."""
    _event(source, clock())
    page = metrics.page().decode()
    assert "ripeline_queue_age_seconds" in page
    assert "ripeline_deliveries_waiting 0.0" in page
    assert metrics.queue_age(clock() + 3 * SECOND) == 3.0


def test_the_logs_hold_no_personal_data(lines: Any) -> None:  # noqa: ANN401
    """Neither what is passed by an unlisted key, nor what an error quotes, nor what libraries fill in."""
    logs.logger().info("page", email=SECRET, status=200)
    try:
        int(SECRET)
    except ValueError:
        logs.logger().error("step_failed", exc_info=True)
    logging.getLogger("django.request").warning("Not Found: %s", f"/leads?email={SECRET}")
    told = lines()
    assert SECRET not in json.dumps(told)
    assert [line["event"] for line in told] == ["page", "step_failed", "Not Found: %s"]
    assert told[1]["error"] == "ValueError"
    assert "test_operating.py" in told[1]["places"][0]


@pytest.mark.parametrize(("host", "status"), [("evil.example", 400), ("localhost", 200)])
def test_a_foreign_host_is_no_error(lines: Any, host: str, status: int) -> None:  # noqa: ANN401
    """Whoever scans the internet fills no log with traces; the page's own line tells the status."""
    assert Client(headers={"host": host}).get("/login/").status_code == status
    assert lines() == []


def test_a_failing_step_is_logged_without_what_it_failed_on(
    lines: Any,  # noqa: ANN401
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker goes on, waiting longer each time, and decides when it can."""
    calls = []

    def fail_twice(now: Clock) -> Done:
        calls.append(now())
        if len(calls) < 3:
            raise RuntimeError(SECRET)
        return Done(0, 0)

    monkeypatch.setattr(qualify, "run", fail_twice)
    running = worker.Worker(clock)
    running.start()
    while len(calls) < 3:
        threading.Event().wait(0.01)
    assert running.stop()
    assert SECRET not in json.dumps(lines())
    assert [line["seconds"] for line in lines() if line["event"] == "step_failed"] == [0.1, 0.2]


# --- the data folder and commands ------------------------------------------------------------------


def test_one_process_holds_the_folder(data: Path) -> None:
    """Whoever comes second is told who was first; the lock ends with its holder."""
    with data_folder.held():
        with pytest.raises(data_folder.IsHeld) as refused, data_folder.held():
            pass
        assert refused.value.pid == os.getpid()
    with data_folder.held():
        assert (data / "lock").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("data")
def test_a_command_is_done_by_the_server_that_runs(clock: SetClock) -> None:
    """It reaches it through a socket that only the owner may open; without a server it is done here."""
    names = {"name": "shop", "kind": "server"}
    assert "write_key" in control.call("source_add", names)
    with data_folder.held():
        listener = control.Listener(clock)
        try:
            mode = (data_folder.folder() / "control").stat().st_mode
            told = control.call("source_list", {})
            if connection.vendor == "sqlite":
                with pytest.raises(control.Failed, match="KeyError"):
                    control.call("annotations", {})
        finally:
            listener.stop()
    assert mode & 0o077 == 0
    assert [row["name"] for row in told["sources"]] == ["shop"]


@pytest.mark.usefixtures("data")
def test_a_folder_held_by_a_process_that_does_not_listen_is_said_to_be_held() -> None:
    """Nothing is written behind its back."""
    with data_folder.held():
        if connection.vendor == "sqlite":
            with pytest.raises(data_folder.IsHeld):
                control.call("source_list", {})
        else:
            assert control.call("source_list", {}) == {"sources": []}


# --- backups --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("data")
def test_a_backup_brings_everything_back(source: Source, clock: SetClock, tmp_path: Path) -> None:
    """Rows that came after it are gone, rows from before are there; the file is for its owner alone."""
    _event(source, clock(), "before")
    file = tmp_path / "backup"
    assert backup.write(file) == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    _event(source, clock(), "after")
    with pytest.raises(backup.IsUsed):
        backup.restore(file, replace=False, now=clock())
    kept = backup.restore(file, replace=True, now=clock())
    assert list(Event.objects.values_list("key", flat=True)) == ["before"]
    assert (kept is not None) == (connection.vendor == "sqlite")


@pytest.mark.usefixtures("data")
def test_the_link_of_a_mail_that_a_backup_does_not_know_opens_nothing(
    lead: Lead, clock: SetClock, tmp_path: Path
) -> None:
    """It stands for a mail's number, and that is given to nobody else; also when the same backup is put back twice."""
    file = tmp_path / "backup"
    backup.write(file)
    links = []
    for number in range(3):
        mail = Mail.objects.create(lead=lead, key=f"m-{number}", kind="service", about="data", created_at=clock())
        links.append(tokens.token(mail_links.UNSUBSCRIBE, mail.pk))
        assert [mail_links.mail_of(mail_links.UNSUBSCRIBE, link) for link in links] == [None] * number + [mail]
        backup.restore(file, replace=True, now=clock.move(60))


@pytest.mark.usefixtures("data")
def test_what_is_no_backup_changes_nothing(source: Source, clock: SetClock, tmp_path: Path) -> None:
    """A text, an empty file and another program's database are refused."""
    _event(source, clock())
    for name, content in {"text": b"not a backup", "empty": b"", "cut": b"SQLite format 3\0" + b"\0" * 2000}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(backup.NotABackup):
            backup.restore(tmp_path / name, replace=True, now=clock())
    assert Event.objects.count() == 1
