"""The copy as one file to take along: the page and the file for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ripeline.server import playbooks
from ripeline.server.rights.copies.everything import everything
from ripeline.server.rights.copies.page import page

if TYPE_CHECKING:
    from ripeline.server.leads import Lead

PAGE, DATA, NAME = "data.html", "data.json", "data.zip"


def files(lead: Lead, *, now: int, language: str = "") -> dict[str, str]:
    """By its name, what each file holds: the page to be read, and all of it for programs."""
    told = everything(lead, now=now, language=language)
    return {PAGE: page(told, str(playbooks.timezone())), DATA: text(told)}


def text(told: dict[str, Any]) -> str:
    """What `everything` tells, as JSON that people can read as well."""
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def zipped(lead: Lead, *, now: int, language: str = "") -> bytes:
    """Both in one file."""
    made = datetime.fromtimestamp(now / 1_000_000, UTC).timetuple()[:6]
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, held in files(lead, now=now, language=language).items():
            info = ZipInfo(name, made)
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, held)
    return out.getvalue()
