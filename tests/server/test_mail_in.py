"""Mails come into a running server through real mail servers, each once, whatever is killed in between."""

from __future__ import annotations

import json
import os
import secrets
import smtplib
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from dovecot import PASSWORD, RELAYED, USER, Dovecot
from installations import Installation
from mails import mail, recipient, report
from ports import free_port
from postgresql import sibling

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVE = ("serve", "--force")  # the PostgreSQL of the tests is fast and not durable
REPLIES = "SELECT claims, count(*) FROM server_event WHERE name = 'email_replied' GROUP BY claims"
LMTP = free_port()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation on the database that the tests run on."""
    folder = tmp_path_factory.mktemp("mail") / "data"
    address = os.environ.get("RIPELINE_DATABASE")
    return Installation(folder, sibling(address, f"mail_{secrets.token_hex(4)}") if address else None)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A mail server with a mailbox, and Ripeline behind it."""
    server = Dovecot(relay=LMTP)
    try:
        yield server.start()
    finally:
        server.remove()


def written(domain: str, number: int) -> bytes:
    """A reply of somebody of whom nothing else comes."""
    return mail(f"Answer {number}.", sender=f"lead{number}@{domain}", id_=f"reply-{number}.{domain}")


def wait_for(installation: Installation, domain: str, replies: int, seconds: float = 60.0) -> None:
    """Wait until there are so many replies from a domain, and see that each is there once."""
    end = time.monotonic() + seconds
    while sum(_replies(installation, domain).values()) < replies:
        assert time.monotonic() < end, (_replies(installation, domain), installation.log()[-3_000:])
        time.sleep(0.05)
    assert _replies(installation, domain) == {f"lead{number}@{domain}": 1 for number in range(replies)}


def _replies(installation: Installation, domain: str) -> dict[str, int]:
    counts = {json.loads(claims)["email"]: count for claims, count in installation.rows(REPLIES)}
    return {address: count for address, count in counts.items() if address.endswith(f"@{domain}")}


def mailbox(installation: Installation, dovecot: Dovecot) -> dict[str, str]:
    """The settings for the mailbox; the password is in a file, as it is on a good machine."""
    file = installation.folder / "mailbox-password"
    file.write_text(f"{PASSWORD}\n")
    return {"RIPELINE_IMAP": f"imap://{USER}@127.0.0.1:{dovecot.imap}/INBOX", "RIPELINE_IMAP_PASSWORD_FILE": str(file)}


def test_mails_are_handed_over(installation: Installation, dovecot: Dovecot) -> None:
    """By a mail server that speaks LMTP: one keeps a mail until the other has committed it."""
    environment = {"RIPELINE_LMTP": f"127.0.0.1:{LMTP}"}
    with installation.start(*SERVE, environment=environment) as server:
        server.wait_until("/health/ready")
        for number in range(3):
            dovecot.deliver(written("a.example", number), to=RELAYED)
        assert len(_replies(installation, "a.example")) == 3  # at once
        server.kill()
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="451"):
        dovecot.deliver(written("a.example", 3), to=RELAYED)
    with installation.start(*SERVE, environment=environment) as server:
        server.wait_until("/health/ready")
        for number in (2, 3):
            dovecot.deliver(written("a.example", number), to=RELAYED)
        dead = report(recipient("lead0@a.example", "5.1.1", "550 User unknown"))
        wait_for(installation, "a.example", 4)
        while not installation.rows("SELECT 1 FROM server_identifier WHERE value = 'lead0@a.example'"):
            time.sleep(0.05)  # of nobody whom we know a bounce would be nothing
        with smtplib.LMTP("127.0.0.1", LMTP) as direct:
            direct.sendmail("", ["rosa@ripe.example"], dead)
        assert server.stop()[0] == 0
    assert installation.rows("SELECT count(*) FROM server_event WHERE name = 'email_bounced'") == [(1,)]
    assert "@" not in installation.log()


def test_a_mailbox_is_read(installation: Installation, dovecot: Dovecot) -> None:
    """What lies there and what comes, across a mail server that dies and a Ripeline that dies; nobody sees a trace."""
    environment = mailbox(installation, dovecot)
    for number in range(3):
        dovecot.deliver(written("b.example", number))
    with installation.start(*SERVE, environment=environment) as server:
        server.wait_until("/health/ready")
        wait_for(installation, "b.example", 3)
        dovecot.deliver(written("b.example", 3))
        wait_for(installation, "b.example", 4)
        dovecot.kill()
        dovecot.start()
        dovecot.deliver(written("b.example", 4))
        wait_for(installation, "b.example", 5)
        for number in range(5, 25):
            dovecot.deliver(written("b.example", number))
        server.kill()
    with installation.start(*SERVE, environment=environment) as server:
        server.wait_until("/health/ready")
        wait_for(
            installation, "b.example", 25, seconds=120
        )  # on PostgreSQL, only after the lease of the one that was killed
        assert server.stop()[0] == 0
    with dovecot.opened() as client:
        assert len(client.search("UNSEEN")) == 25
    assert PASSWORD not in installation.log()
    assert "@" not in installation.log()


def test_the_doctor_tries_the_mailbox(installation: Installation, dovecot: Dovecot) -> None:
    """And names it without its password."""

    def found(**environment: str) -> dict[str, str]:
        told = installation.run("doctor", "--json", **environment)
        assert PASSWORD not in told.stdout + told.stderr
        return next(each for each in json.loads(told.stdout) if each["name"] == "mailbox")

    environment = mailbox(installation, dovecot)
    assert found(**environment)["level"] == "ok"
    wrong = f"imap://{USER}:{quote(PASSWORD, safe='')}x@127.0.0.1:{dovecot.imap}/INBOX"
    assert found(RIPELINE_IMAP=wrong)["level"] == "error"
    dovecot.kill()
    away = found(**environment)
    assert (away["level"], "127.0.0.1/INBOX" in away["what"]) == ("error", True)
    refused = installation.run("doctor", RIPELINE_IMAP="imaps://nobody@nowhere")
    assert (refused.returncode, "RIPELINE_IMAP" in refused.stderr) == (2, True)


def test_several_workers_read_a_mail_once(installation: Installation, dovecot: Dovecot) -> None:
    """On PostgreSQL several may read the mailbox, and one at a time does; on SQLite there is one."""
    environment = mailbox(installation, dovecot)
    with installation.start(*SERVE, environment=environment) as server:
        server.wait_until("/health/ready")
        if installation.address is None:
            for number in range(10):
                dovecot.deliver(written("c.example", number))
            wait_for(installation, "c.example", 10)
            return
        with installation.start("worker", "--force", environment=environment) as worker:
            for number in range(10):
                dovecot.deliver(written("c.example", number))
            wait_for(installation, "c.example", 10)
            assert server.stop()[0] == 0
            for number in range(10, 20):
                dovecot.deliver(written("c.example", number))
            wait_for(installation, "c.example", 20)  # by the other one, and at once
            assert worker.stop()[0] == 0
