"""How a route is made: what it opens to, what it may answer, that it is strict, and that an act is done once."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.models import QueryModel
from pydantic import BaseModel

from ripeline.server import instants, requests
from ripeline.server.refusals import Refused
from ripeline.server.requests import Answer
from ripeline.web.api.keys import ACTS, READS, Asked
from ripeline.web.api.troubles import Code, Declined, Trouble, declined, refused, unknown

_View = TypeVar("_View", bound=Callable[..., Any])
V = TypeVar("V")

_READING = {frozenset({400, 401, 403, 404, 413, 429}): Trouble}
_ACTING = {frozenset({400, 401, 403, 404, 409, 413, 429}): Trouble}
_IDEMPOTENCY = "Idempotency-Key"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_HEADER = {
    "name": _IDEMPOTENCY,
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the same answer for a day, and nothing is done twice.",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
}


def reading(router: Router, path: str, gives: Any) -> Callable[[_View], _View]:  # noqa: ANN401 - any type of an answer
    """A route that shows something."""

    def register(view: _View) -> _View:
        @wraps(view)
        def shown(request: HttpRequest, **values: Any) -> Any:  # noqa: ANN401 - whatever it shows
            _refuse_unknown(request, shown)
            return view(request, **values)

        router.get(path, auth=READS, response={200: gives, **_READING}, summary=_summary(view))(shown)
        return view

    return register


def acting(router: Router, path: str, gives: type[BaseModel]) -> Callable[[_View], _View]:
    """A route that does something, once for each Idempotency-Key, and answers with 201."""

    def register(view: _View) -> _View:
        @wraps(view)
        def done(request: Asked, **values: Any) -> HttpResponse:  # noqa: ANN401 - those of the view
            _refuse_unknown(request, done)
            answer = _once(request, lambda: _told(view, request, values))
            return HttpResponse(answer.body, status=answer.status, content_type="application/json")

        router.post(
            path,
            auth=ACTS,
            response={201: gives, **_ACTING},
            summary=_summary(view),
            openapi_extra={"parameters": [_HEADER]},
        )(done)
        return view

    return register


def agreed(value: V | Refused, where: str = "") -> V:
    """What a verb did; raises Declined for what it refused."""
    if isinstance(value, Refused):
        raise refused(value, where)
    return value


def found(value: V | None) -> V:
    """What was looked for; raises Declined if there is none."""
    if value is None:
        raise declined(Code.NOT_FOUND)
    return value


def _told(view: Callable[..., Any], request: Asked, values: dict[str, Any]) -> Answer:
    try:
        told: BaseModel = view(request, **values)
    except Declined as end:
        return Answer(end.status, end.trouble().model_dump_json())
    return Answer(201, told.model_dump_json())


def _once(request: Asked, act: Callable[[], Answer]) -> Answer:
    key = request.headers.get(_IDEMPOTENCY)
    if key is None:
        return act()
    if not _VISIBLE.fullmatch(key):
        raise declined(Code.BAD_KEY, f"header.{_IDEMPOTENCY}")
    asked = f"{request.get_full_path()}\n{request.body.decode('latin-1')}"
    answer = requests.once(request.auth, key, asked, act, now=instants.now())
    if answer is None:
        raise declined(Code.KEY_USED, f"header.{_IDEMPOTENCY}")
    return answer


def _refuse_unknown(request: HttpRequest, view: Any) -> None:  # noqa: ANN401 - with what Ninja notes on it
    """Raise Declined for parameters and bodies that nobody asked for."""
    models = view._ninja_operation.models  # noqa: SLF001 - the one place that knows what a route takes
    asks = [model for model in models if issubclass(model, QueryModel)]
    allowed = {name for model in asks for name in model.__ninja_flatten_map__}
    strange = [unknown(name, f"query.{name}"[:100], allowed) for name in request.GET if name not in allowed]
    if strange:
        raise Declined(400, strange)
    has_body = any(model.__ninja_param_source__ == "body" for model in models)
    if not has_body and request.body.strip() not in (b"", b"{}"):
        raise declined(Code.NO_BODY, "body")


def _summary(view: Callable[..., Any]) -> str:
    return (view.__doc__ or "").strip().partition("\n")[0].rstrip(".")
