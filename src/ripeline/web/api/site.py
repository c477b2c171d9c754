"""The API in one piece: all its nouns, its document, and its one way to say no."""

from collections.abc import Callable, Sequence
from functools import wraps
from importlib.metadata import version
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser
from pydantic import BaseModel

from ripeline.integrations import strict_json
from ripeline.web.api import (
    accounts,
    activities,
    content,
    decisions,
    handoffs,
    interviews,
    lead_acts,
    leads,
    merges,
    outcomes,
    playbooks,
)
from ripeline.web.api.troubles import Code, Declined, Invalid, answer, answer_to, declined, invalid

MOST = 64 * 1024
"""So many bytes the body of a request may have."""
_BODY = "body"
_ROOT = "api-root"  # Ninja's name for the address of all


class _Strict(Parser):
    """JSON as the ledger takes it."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 - anything that JSON can say
        if len(request.body) > MOST:
            raise declined(Code.TOO_LARGE, _BODY, most=MOST)
        return strict_json.decode(strict_json.mended(request.body))


class _Api(NinjaAPI):
    """Ninja's, but every problem is told with its code, its cure and its place."""

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """All problems of a request."""
        return Invalid([each for context in error_contexts for each in _problems(context)])


def _problems(context: ValidationErrorContext[Any]) -> list[Any]:
    """What is wrong with the parameters of one kind: address, query or body."""
    model: Any = context.model
    found = []
    for error in context.pydantic_validation_error.errors(include_url=False):
        first, *inner = error["loc"] or ("",)
        kind = model.model_fields[first].annotation if first in model.model_fields else None
        own = isinstance(kind, type) and issubclass(kind, BaseModel)
        names = kind.model_fields if own and kind is not None else model.model_fields
        found.append(invalid(model.__ninja_param_source__, error, inner if own else [first, *inner], names))
    return found


def _too_big(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    del request, error
    return answer(declined(Code.TOO_LARGE, _BODY, most=MOST))


def _unreadable(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Ninja tells a body that it cannot read from everything else by this only."""
    cause = error.__cause__ if isinstance(error, Exception) else None
    if isinstance(cause, Declined):
        return answer(cause)
    if isinstance(error, HttpError) and error.status_code == 400:  # noqa: PLR2004 - a status
        return answer(declined(Code.NOT_JSON, _BODY))
    return answer_to(request, error)


def _site() -> NinjaAPI:
    site = _Api(
        title="Ripeline",
        version=version("ripeline"),
        description="Leads, their scores with reasons as of any instant, decisions and hand-offs; and what people do.",
        urls_namespace="api",
        docs_url=None,
        parser=_Strict(),
    )
    for error in (Declined, ValidationError, Http404):
        site.add_exception_handler(error, answer_to)
    site.add_exception_handler(HttpError, _unreadable)
    site.add_exception_handler(RequestDataTooBig, _too_big)
    for place, router in (
        ("/leads", leads.router),
        ("/leads", lead_acts.router),
        ("/leads", interviews.router),
        ("/leads", outcomes.router),
        ("/leads", content.of_leads),
        ("/content", content.router),
        ("/activities", activities.router),
        ("/decisions", decisions.router),
        ("/handoffs", handoffs.router),
        ("/accounts", accounts.router),
        ("/playbooks", playbooks.router),
        ("/merges", merges.router),
    ):
        site.add_router(place, router)
    return site


def _answered(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that answers what has not changed with 304, and a wrong method as every other problem."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:  # noqa: ANN401 - Django's
        response = view(request, *args, **values)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            response = answer(declined(Code.NO_SUCH_METHOD, allowed=allowed))
            response["Allow"] = allowed
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    return csrf_exempt(conditional_page(answered))


def _nothing(request: HttpRequest) -> HttpResponse:
    del request
    return answer(declined(Code.NOT_FOUND))


api = _site()
"""The API, as tests look at it."""


def routes() -> tuple[Sequence[URLPattern], str]:
    """All addresses below `api/v1/`, an answer for those that are none, and the namespace."""
    patterns, _, namespace = api.urls
    own = [
        path(str(each.pattern), _answered(each.callback), name=each.name)
        for each in patterns
        if isinstance(each, URLPattern) and each.name != _ROOT
    ]
    nothing = csrf_exempt(_nothing)
    return [*own, path("", nothing, name=_ROOT), re_path("", nothing)], namespace
