"""Django's settings, from the environment: whoever runs Ripeline sets a folder, and for production a database.

RIPELINE_DATA      the folder of the data (ripeline-data, where the process starts)
RIPELINE_DATABASE  postgresql://user:password@host:port/name; none: SQLite in the folder
RIPELINE_ERASURES  the log of erasures, a file outside of the database (erasures.log in the folder of the data)
RIPELINE_RETENTION how long leads, events, visitors, quarantine, deliveries are kept (leads=36 months, events=24 …)
RIPELINE_RETENTION_DAILY  yes: what is too old goes every day by itself
RIPELINE_URL       under which address the pages are reached (http://localhost:8000)
RIPELINE_SMTP      smtp://user:password@host:port or smtps://…, through which mails to staff leave; none: no mail
RIPELINE_MAIL_FROM who those mails are from (ripeline@ and the host of RIPELINE_URL)
RIPELINE_COMPANY   who writes to leads, as mails name it; none: only mails that leads asked for leave
RIPELINE_IMPRINT   the imprint below each mail to leads, its lines divided by | (Example GmbH, 1 Road | example.com)
RIPELINE_DKIM_KEY  the file of the key that signs mails to leads; none: the mail server signs them
RIPELINE_DKIM_SELECTOR  under which selector the key is published (ripeline)
RIPELINE_DKIM_DOMAIN    the domain that signs (that of RIPELINE_MAIL_FROM)
RIPELINE_LMTP      where mail is taken by LMTP: host:port, or the path of a socket; none: nowhere
RIPELINE_IMAP      imaps://user:password@host/folder, a mailbox that is read; none: none
RIPELINE_IMAP_PASSWORD_FILE   the file that holds the mailbox's password, if the address does not
RIPELINE_MAIL_OWN  our own addresses and domains, whose mails are no leads'
RIPELINE_MAIL_AUTHSERV  the mail server whose word on forged senders counts
RIPELINE_ALLOWED_NETWORKS  networks that are not public and may receive webhooks, divided by commas; none: none
RIPELINE_METRICS_TOKEN  who reads /metrics sends it; none: only this machine may
RIPELINE_CURRENCY  the currency in which amounts are told, three letters (EUR)
"""

from __future__ import annotations

import os
import re
import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from ripeline.core.phrases import gettext
from ripeline.integrations import claims
from ripeline.language import CATALOGS
from ripeline.language import LANGUAGES as CODES
from ripeline.server import environment
from ripeline.server.mail import address

DATA = Path(os.environ.get("RIPELINE_DATA", "ripeline-data")).absolute()
URL = os.environ.get("RIPELINE_URL", "http://localhost:8000").rstrip("/")
ERASURES = Path(os.environ.get("RIPELINE_ERASURES", "") or DATA / "erasures.log").absolute()
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")
_DATABASE = os.environ.get("RIPELINE_DATABASE", "")


def _url() -> environment.Place:
    try:
        told = environment.place(URL, {"http": 80, "https": 443})
    except ValueError:
        told = None
    if told is None or not told.host:
        raise ImproperlyConfigured(gettext("RIPELINE_URL is no address. Write it like https://leads.example.com."))
    return told


_address = _url()


def _secrets() -> list[str]:
    """The secret that signs, made at the first start, and below it former ones, whose links still open."""
    file = DATA / "secret-key"
    if not file.exists():
        DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
    return file.read_text().split() or [""]


def _mailbox() -> address.Address | None:
    try:
        return address.read(os.environ.get("RIPELINE_IMAP", ""), os.environ.get("RIPELINE_IMAP_PASSWORD_FILE", ""))
    except OSError:
        raise ImproperlyConfigured(
            gettext("The file in RIPELINE_IMAP_PASSWORD_FILE cannot be read. Check its path and who may read it.")
        ) from None
    except ValueError:
        raise ImproperlyConfigured(
            gettext("RIPELINE_IMAP is no mailbox with a password. Write imaps://user:password@host/INBOX.")
        ) from None


def _database() -> dict[str, Any]:
    if not _DATABASE:
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
        return {"ENGINE": "ripeline.server.sqlite", "NAME": DATA / "ripeline.sqlite3", "OPTIONS": options}
    try:
        told = environment.place(_DATABASE, {"postgresql": 0, "postgres": 0})
    except ValueError:
        told = None
    if told is None or not told.path:
        raise ImproperlyConfigured(
            gettext("RIPELINE_DATABASE is no address of PostgreSQL. Write postgresql://user:password@host:port/name.")
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.path,
        "USER": told.user,
        "PASSWORD": told.password,
        "HOST": told.host,
        "PORT": told.port or "",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # A process that is frozen within a transaction must not hold up the others for ever.
        "OPTIONS": {"connect_timeout": 5, "options": "-c idle_in_transaction_session_timeout=30s"},
    }


_WEB = Path(__file__).parent.parent / "web"


def _mail() -> dict[str, Any]:
    text = os.environ.get("RIPELINE_SMTP", "")
    try:
        told = environment.place(text or "smtp:", {"smtp": 0, "smtps": 465})
    except ValueError:
        told = None
    if told is None or (text and not told.host) or told.path:
        raise ImproperlyConfigured(
            gettext("RIPELINE_SMTP is no address of a mail server. Write smtp://user:password@host:port or smtps://….")
        )
    is_smtps, has_user = told.scheme == "smtps", bool(told.user)
    return {
        "HOST": told.host,
        "PORT": told.port or (587 if has_user else 25),
        "USER": told.user,
        "PASSWORD": told.password,
        "SSL": is_smtps,
        "TLS": has_user and not is_smtps,  # a password never travels in the clear
    }


def _mail_from() -> str:
    told = os.environ.get("RIPELINE_MAIL_FROM", "").strip()
    if told and not claims.email(parseaddr(told)[1]):
        raise ImproperlyConfigured(
            gettext("RIPELINE_MAIL_FROM is no e-mail address. Write one like Ripeline <ripeline@example.com>.")
        )
    return told or f"ripeline@{_address.host}"


def _mail_own() -> str:
    told = os.environ.get("RIPELINE_MAIL_OWN", "")
    for one in filter(None, map(str.strip, told.split(","))):
        if not claims.email(one) and not _DOMAIN.fullmatch(one.removeprefix("@")):
            raise ImproperlyConfigured(
                gettext("RIPELINE_MAIL_OWN names what is no address or domain. Write example.com, rosa@example.org.")
            )
    return told


def _dkim_key() -> bytes:
    told = os.environ.get("RIPELINE_DKIM_KEY", "")
    if not told:
        return b""
    try:
        key = Path(told).read_bytes()
    except OSError:
        key = b""
    if b"PRIVATE KEY" not in key:
        raise ImproperlyConfigured(
            gettext("RIPELINE_DKIM_KEY names no file with a private key. Write its path, and let the server read it.")
        )
    return key


def _imprint() -> tuple[str, ...]:
    told = os.environ.get("RIPELINE_IMPRINT", "").replace("\n", "|")
    return tuple(filter(None, (" ".join(line.split()) for line in told.split("|"))))


def _lmtp() -> str:
    told = os.environ.get("RIPELINE_LMTP", "").strip()
    try:
        environment.listening(told)
    except ValueError:
        raise ImproperlyConfigured(
            gettext("RIPELINE_LMTP is no address to listen on. Write 127.0.0.1:2424, or the path of a socket.")
        ) from None
    return told


def _allowed_networks() -> tuple[environment.Network, ...]:
    try:
        return environment.networks(os.environ.get("RIPELINE_ALLOWED_NETWORKS", ""))
    except ValueError:
        raise ImproperlyConfigured(
            gettext("RIPELINE_ALLOWED_NETWORKS names what is no network. Write networks like 10.1.0.0/16,fd00::/8.")
        ) from None


def _retention() -> dict[str, int]:
    defaults = {"leads": 1096, "events": 731, "visitors": 396, "quarantine": 90, "deliveries": 90}  # days
    try:
        days = environment.spans(os.environ.get("RIPELINE_RETENTION", ""), defaults)
    except (ValueError, KeyError):
        raise ImproperlyConfigured(
            gettext("RIPELINE_RETENTION cannot be read. Write it like leads=36 months, events=24 months.")
        ) from None
    return {kind: count * 86_400_000_000 for kind, count in days.items()}


RETENTION = _retention()
RETENTION_DAILY = os.environ.get("RIPELINE_RETENTION_DAILY", "") == "yes"
ALLOWED_NETWORKS = _allowed_networks()
METRICS_TOKEN = os.environ.get("RIPELINE_METRICS_TOKEN", "")
LMTP = _lmtp()
IMAP = _mailbox()
MAIL_OWN = _mail_own()
MAIL_AUTHSERV = os.environ.get("RIPELINE_MAIL_AUTHSERV", "")
CURRENCY = os.environ.get("RIPELINE_CURRENCY", "EUR").upper()
if not re.fullmatch("[A-Z]{3}", CURRENCY):
    raise ImproperlyConfigured(gettext("RIPELINE_CURRENCY is no currency. Write its three letters, such as EUR."))
SECRET_KEY, *SECRET_KEY_FALLBACKS = _secrets()
DEBUG = False
ALLOWED_HOSTS = [_address.host, "localhost", "127.0.0.1", "[::1]"]
DATABASES = {"default": _database()}
_MAIL = _mail()
EMAIL_HOST, EMAIL_PORT = _MAIL["HOST"], _MAIL["PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["USER"], _MAIL["PASSWORD"]
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL["SSL"], _MAIL["TLS"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = _mail_from()
COMPANY = " ".join(os.environ.get("RIPELINE_COMPANY", "").split())
IMPRINT = _imprint()
DKIM_KEY = _dkim_key()
DKIM_SELECTOR = os.environ.get("RIPELINE_DKIM_SELECTOR", "ripeline")
DKIM_DOMAIN = os.environ.get("RIPELINE_DKIM_DOMAIN", "") or parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
AUTH_USER_MODEL = "server.User"
AUTHENTICATION_BACKENDS = ["ripeline.server.staff.logins.Backend"]
LOGIN_URL, LOGIN_REDIRECT_URL = "/login/", "/"
CSRF_FAILURE_VIEW = "ripeline.web.astray.forbidden"
CSRF_TRUSTED_ORIGINS = [URL]  # behind a proxy that ends TLS
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ripeline.server",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ripeline.web.language.UserLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
FORM_RENDERER = "ripeline.web.faulty.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ripeline.web.words.around",
            ]
        },
    }
]
ROOT_URLCONF = "ripeline.web.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [(code, code) for code in CODES]
LOCALE_PATHS = [CATALOGS]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [_WEB / "static"]
WHITENOISE_USE_FINDERS = True  # from where they are installed, without collecting them first
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _address.scheme == "https"
SESSION_COOKIE_HTTPONLY = True
LOGGING_CONFIG = None
"""Logs are structured and set up by the process that writes them (``ripeline.server.instruments.logs``)."""
