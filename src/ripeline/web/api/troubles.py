"""What a program is told when a request is not done: a code from a closed list, what is wrong, its cure, and where."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as translated
from ninja.errors import AuthenticationError, ValidationError
from pydantic import BaseModel

from ripeline.core.columns import quoted
from ripeline.core.phrases import gettext
from ripeline.core.problem_texts import DID_YOU_MEAN
from ripeline.core.problems import nearest
from ripeline.server.refusals import TEXTS, Refusal, Refused


class Problem(BaseModel):
    """One thing that is wrong; `where` is the parameter, such as `query.limit` or `body.reason`."""

    code: str
    message: str
    cure: str
    where: str


class Trouble(Problem):
    """Why a request is not done; `problems` are all of them where there are several."""

    problems: list[Problem] = []


class Code(StrEnum):
    """What can be wrong with a request, besides what the verbs refuse."""

    NO_KEY = "no_key"
    ONLY_READS = "only_reads"
    NOT_FOUND = "not_found"
    NO_SUCH_METHOD = "no_such_method"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOT_JSON = "not_json"
    NO_BODY = "no_body"
    UNKNOWN_KEY = "unknown_key"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    NOT_ONE_OF = "not_one_of"
    OUT_OF_RANGE = "out_of_range"
    NOT_AN_INSTANT = "not_an_instant"
    NOT_A_CURSOR = "not_a_cursor"
    ONE_OF_TWO = "one_of_two"
    BAD_VALUE = "bad_value"
    KEY_USED = "key_used"
    BAD_KEY = "bad_key"


STATUS: Mapping[Code, int] = {
    Code.NO_KEY: 401,
    Code.ONLY_READS: 403,
    Code.NOT_FOUND: 404,
    Code.NO_SUCH_METHOD: 405,
    Code.TOO_LARGE: 413,
    Code.TOO_MANY: 429,
    Code.KEY_USED: 409,
}
"""The status of each code; all others are 400."""

MESSAGES: Mapping[Code, tuple[str, str]] = {
    Code.NO_KEY: (
        gettext("There is no key, or it opens nothing."),
        gettext("Send the header Authorization: Bearer, followed by a key."),
    ),
    Code.ONLY_READS: (
        gettext("This key may only read."),
        gettext("Make one that may act: ripeline user key NAME --name KEY --scope act."),
    ),
    Code.NOT_FOUND: (gettext("There is nothing here."), ""),
    Code.NO_SUCH_METHOD: (gettext("This cannot be done here."), gettext("Allowed: {allowed}.")),
    Code.TOO_LARGE: (gettext("The request is too large."), gettext("Send at most {most} bytes.")),
    Code.TOO_MANY: (gettext("These are too many requests."), gettext("Come again in {seconds} s.")),
    Code.NOT_JSON: (gettext("The body cannot be read as JSON."), gettext("Send one JSON object in UTF-8.")),
    Code.NO_BODY: (gettext("Nothing is to be said here."), gettext("Leave the body out.")),
    Code.UNKNOWN_KEY: (gettext("{name} is not known here."), gettext("Allowed: {allowed}.")),
    Code.MISSING: (gettext("This is missing."), gettext("Add it.")),
    Code.WRONG_TYPE: (gettext("{value} is of the wrong type."), gettext("Look at the type in openapi.json.")),
    Code.NOT_ONE_OF: (gettext("{value} is not one of the allowed values."), gettext("Allowed: {allowed}.")),
    Code.OUT_OF_RANGE: (
        gettext("{value} is too long, too short, too large or too small."),
        gettext("Look at the limits in openapi.json."),
    ),
    Code.NOT_AN_INSTANT: (
        gettext("{value} is not an instant from 1970 to 2199."),
        gettext("Write it as 2026-01-31T09:30:00Z, with its distance from UTC."),
    ),
    Code.NOT_A_CURSOR: (
        gettext("{value} is no cursor."),
        gettext("Send what stood under next in the answer before, or nothing."),
    ),
    Code.ONE_OF_TWO: (
        gettext("It is not clear who is meant."),
        gettext("Send either lead, its number, or email."),
    ),
    Code.BAD_VALUE: (gettext("{value} cannot stand here."), gettext("Look at the pattern in openapi.json.")),
    Code.KEY_USED: (
        gettext("This Idempotency-Key stood for another request."),
        gettext("Make up a new key for each request that is not a repetition."),
    ),
    Code.BAD_KEY: (
        gettext("An Idempotency-Key has 1 to 255 visible signs of ASCII."),
        gettext("A UUID does well."),
    ),
}
"""What each code says, and its cure, in English; the catalogs translate it."""

_REFUSED_STATUS = {
    Refusal.NOT_ALLOWED: 403,
    Refusal.NO_SUCH_LEAD: 404,
    Refusal.NO_DEFINITION: 404,
    Refusal.NOT_OFFERED: 400,
    Refusal.IN_THE_FUTURE: 400,
    Refusal.NOT_AN_ADDRESS: 400,
    Refusal.NOT_UNDERSTOOD: 400,
    Refusal.SAME_LEAD: 400,
}
_CONFLICT = 409
_CURES = {
    Refusal.NOT_ALLOWED: gettext("Use a key that may act, of a user whose role allows it."),
    Refusal.NOT_OFFERED: gettext("Take an event that GET activities lists."),
    Refusal.NOT_UNDERSTOOD: gettext("Take names and values of the active version of the playbook."),
}
_TYPES = {
    "missing": Code.MISSING,
    "extra_forbidden": Code.UNKNOWN_KEY,
    "literal_error": Code.NOT_ONE_OF,
    "enum": Code.NOT_ONE_OF,
    **{code.value: code for code in Code},
}
_LIMITS = {
    **dict.fromkeys(("ge", "min_length"), gettext("At least {limit}.")),
    **dict.fromkeys(("le", "max_length"), gettext("At most {limit}.")),
}
"""The cure of what is out of range, by how Pydantic names the limit."""
_RANGES = ("too_", "string_too_", "greater_than", "less_than", "int_parsing_size")


class Declined(Exception):
    """Ends a request early: it is answered by these problems."""

    def __init__(self, status: int, problems: Sequence[Problem], *, retry_after: int | None = None) -> None:
        super().__init__(status, problems[0].code)
        self.status = status
        self.problems = problems
        self.retry_after = retry_after

    def trouble(self) -> Trouble:
        """The body of the answer."""
        several = list(self.problems) if len(self.problems) > 1 else []
        return Trouble(**self.problems[0].model_dump(), problems=several)


class Invalid(ValidationError):
    """The parameters of a request are not as the schema has them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__([problem.model_dump() for problem in problems])
        self.declined = Declined(400, problems)


def problem(code: Code, where: str = "", better: str = "", /, **details: object) -> Problem:
    """A problem of a code in the language of the request; `better` is a cure in place of the usual one."""
    message, usual = MESSAGES[code]
    cure = better or usual
    told = translated(cure).format_map(details) if cure else ""
    return Problem(code=code, message=translated(message).format_map(details), cure=told, where=where)


def declined(code: Code, where: str = "", *, retry_after: int | None = None, **details: object) -> Declined:
    """The end of a request by one problem."""
    return Declined(STATUS.get(code, 400), [problem(code, where, **details)], retry_after=retry_after)


def refused(refusal: Refused, where: str = "") -> Declined:
    """The end of a request by what a verb refuses."""
    reason, cure = refusal.reason, _CURES.get(refusal.reason, "")
    told = Problem(
        code=reason.value, message=translated(TEXTS[reason]), cure=translated(cure) if cure else "", where=where
    )
    return Declined(_REFUSED_STATUS.get(reason, _CONFLICT), [told])


def unknown(name: str, where: str, allowed: Iterable[str]) -> Problem:
    """A key that nobody asked for, with the one that was probably meant."""
    names = sorted(allowed)
    near = nearest(name, names)
    told = {"name": quoted(name), "allowed": ", ".join(names) or "-", "near": near}
    return problem(Code.UNKNOWN_KEY, where, DID_YOU_MEAN if near else "", **told)


def invalid(source: str, error: Mapping[str, Any], place: Sequence[str | int], allowed: Iterable[str]) -> Problem:
    """What Pydantic found wrong with a parameter."""
    kind, where = str(error["type"]), ".".join(str(part) for part in (source, *place))
    code = _TYPES.get(kind) or (Code.OUT_OF_RANGE if kind.startswith(_RANGES) else None)
    if code is None:
        code = Code.WRONG_TYPE if kind.endswith(("_type", "_parsing", "_from_float")) else Code.BAD_VALUE
    if code == Code.UNKNOWN_KEY:
        return unknown(str(place[-1]), where, allowed)
    if code == Code.MISSING and not place:
        code = Code.NOT_JSON
    known = error.get("ctx", {})
    expected = str(known.get("expected", "")).replace("'", "")
    better, limit = next(((cure, known[name]) for name, cure in _LIMITS.items() if name in known), ("", None))
    return problem(code, where, better, value=quoted(error.get("input")), allowed=expected, limit=limit)


def answer(found: Declined) -> HttpResponse:
    """The answer to a request that is not done."""
    response = JsonResponse(found.trouble().model_dump(), status=found.status)
    if found.retry_after is not None:
        response["Retry-After"] = str(found.retry_after)
    if found.status == STATUS[Code.NO_KEY]:
        response["WWW-Authenticate"] = "Bearer"
    return response


def answer_to(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The answer to whatever ended a request early."""
    del request
    match error:
        case Declined():
            return answer(error)
        case Invalid():
            return answer(error.declined)
        case AuthenticationError():
            return answer(declined(Code.NO_KEY, "header.Authorization"))
    return answer(declined(Code.NOT_FOUND))
