"""Logs as JSON, one line each, for programs; they hold no personal data.

What may be logged is listed by key: a key that is not listed is left out, so that no name, address or body can slip
in. Texts of exceptions often quote the data at which they failed; only their kinds and places are logged. Of what
libraries log, only the text with its gaps is kept, not what would fill them.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    (
        *("timestamp", "level", "event", "logger", "request", "pid", "error", "places"),
        *("count", "seconds", "duration_ms", "method", "status", "host", "port", "signal"),
        *("database", "finding", "cure", "kind", "migrations", "reason", "round", "rows", "source", "topic"),
        *("attempts", "code", "endpoint", "units", "command", "version", "worker"),
    )
)
"""The keys that a line may have; their values are numbers, instants, and names from closed lists."""

_FRAMES = 12


def _listed(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    return {key: value for key, value in line.items() if key in ALLOWED}


def _error(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    told = line.pop("exc_info", None)
    error = sys.exception() if told is True else told
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        line["error"] = type(error).__name__
        line["places"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return line


class _Foreign(logging.Handler):
    """What libraries log, from warnings on, without what they fill in."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger().bind(logger=record.name)
        log.log(record.levelno, str(record.msg), exc_info=record.exc_info)


def set_up() -> None:
    """Log JSON lines to standard error from now on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _error,
            _listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Whoever asks for another host is answered with 400, which is logged as every page is, and is no error of ours.
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)
    logging.basicConfig(handlers=[_Foreign()], level=logging.WARNING, force=True)


def logger() -> Any:  # noqa: ANN401 - structlog's own loggers are typed so
    """Whoever writes lines."""
    return structlog.get_logger()


def new_request() -> str:
    """A number by which the lines that are logged for one request are found."""
    return secrets.token_hex(8)
