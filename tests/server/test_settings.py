"""What the environment says is understood at the start, or told by its name with the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from ripeline.server import environment, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 25, "", False, False)),
        ("smtp://rosa:a%40b@mail.example.com", ("mail.example.com", 587, "a@b", False, True)),
        ("smtps://rosa:secret@mail.example.com", ("mail.example.com", 465, "secret", True, False)),
        ("smtps://rosa:secret@mail.example.com:2465", ("mail.example.com", 2465, "secret", True, False)),
        ("", ("", 25, "", False, False)),
    ],
)
def test_the_mail_server_is_named_by_one_address(
    monkeypatch: pytest.MonkeyPatch, address: str, found: tuple[object, ...]
) -> None:
    """A password never travels in the clear."""
    monkeypatch.setenv("RIPELINE_SMTP", address)
    told = settings._mail()  # noqa: SLF001 - what the settings are made of
    assert tuple(told[name] for name in ("HOST", "PORT", "PASSWORD", "SSL", "TLS")) == found


@pytest.mark.parametrize(
    "address", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://a:b@c:d", "smtp://c/d"]
)
def test_what_names_no_mail_server_is_told(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """At the start, with the cure."""
    monkeypatch.setenv("RIPELINE_SMTP", address)
    with pytest.raises(ImproperlyConfigured, match="smtp://user"):
        settings._mail()  # noqa: SLF001


def test_the_first_line_of_the_secrets_signs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The others are former ones; a new installation has one, for its owner alone."""
    monkeypatch.setattr(settings, "DATA", tmp_path / "data")
    assert len(settings._secrets()) == 1  # noqa: SLF001
    file = tmp_path / "data" / "secret-key"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(f"new\n{file.read_text()}\n")
    assert [settings._secrets()[0], len(settings._secrets())] == ["new", 2]  # noqa: SLF001


def test_a_network_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start and not with the first message; nothing between two commas is nothing."""
    monkeypatch.setenv("RIPELINE_ALLOWED_NETWORKS", "10.1.0.0/16, ,fd00::/8,")
    settings._allowed_networks()  # noqa: SLF001
    monkeypatch.setenv("RIPELINE_ALLOWED_NETWORKS", "10.1.0.0/99")
    with pytest.raises(ImproperlyConfigured, match="RIPELINE_ALLOWED_NETWORKS"):
        settings._allowed_networks()  # noqa: SLF001


def test_a_password_file_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the file that is to be mended, and not the address."""
    monkeypatch.setenv("RIPELINE_IMAP", "imaps://rosa@mail.example.com")
    monkeypatch.setenv("RIPELINE_IMAP_PASSWORD_FILE", "/nowhere/password")
    with pytest.raises(ImproperlyConfigured, match="RIPELINE_IMAP_PASSWORD_FILE"):
        settings._mailbox()  # noqa: SLF001


@pytest.mark.parametrize("told", ["ripeline@example.com", "Ripeline <ripeline@example.com>", ""])
def test_who_mails_are_from(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    """An address, with a name or without."""
    monkeypatch.setenv("RIPELINE_MAIL_FROM", told)
    assert settings._mail_from() == (told or "ripeline@localhost")  # noqa: SLF001


@pytest.mark.parametrize(
    ("name", "told", "read"),
    [
        ("RIPELINE_MAIL_FROM", "nomail", settings._mail_from),  # noqa: SLF001
        ("RIPELINE_MAIL_FROM", "Ripeline <ripeline>", settings._mail_from),  # noqa: SLF001
        ("RIPELINE_MAIL_OWN", "example.com, our people", settings._mail_own),  # noqa: SLF001
        ("RIPELINE_MAIL_OWN", "rosa@", settings._mail_own),  # noqa: SLF001
        ("RIPELINE_LMTP", "127.0.0.1:99999", settings._lmtp),  # noqa: SLF001
        ("RIPELINE_LMTP", "127.0.0.1:smtp", settings._lmtp),  # noqa: SLF001
        ("RIPELINE_LMTP", "rosa@127.0.0.1:24", settings._lmtp),  # noqa: SLF001
        ("RIPELINE_IMAP", "imaps://rosa:secret@mail.example.com:many", settings._mailbox),  # noqa: SLF001
    ],
)
def test_settings_that_make_no_sense_are_told(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str, read: Callable[[], object]
) -> None:
    """At the start, by the name of the setting, and not with the first mail."""
    monkeypatch.setenv(name, told)
    with pytest.raises(ImproperlyConfigured, match=f"^{name} .* Write "):
        read()


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("127.0.0.1:2424", ("127.0.0.1", 2424)),
        (":2424", ("127.0.0.1", 2424)),
        ("[::1]:2424", ("::1", 2424)),
        ("/run/lmtp", None),
        ("lmtp", None),
        ("", None),
    ],
)
def test_where_mails_are_taken(monkeypatch: pytest.MonkeyPatch, told: str, place: tuple[str, int] | None) -> None:
    """A host and a port, or the path of a socket."""
    monkeypatch.setenv("RIPELINE_LMTP", told)
    assert environment.listening(settings._lmtp()) == place  # noqa: SLF001
