"""The API does what its OpenAPI document says, whatever schemathesis makes up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api_client import Program, company
from ripeline.server import sources
from ripeline.server.sources import SourceKind
from ripeline.web.api import keys
from ripeline.web.api.site import api
from set_clock import SetClock

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
schema = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schema.parametrize()
@settings(
    max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@pytest.mark.parametrize("has_key", [True, False])
def test_a_call_as_schemathesis_makes_it_up(case: Any, served: tuple[str, str], *, has_key: bool) -> None:  # noqa: ANN401 - its own type
    """No answer that the document does not name, with a key and without one."""
    address, secret = served
    headers = {"Authorization": f"Bearer {secret}"} if has_key else {}
    case.call_and_validate(base_url=address, headers=headers, checks=CHECKS)


@pytest.fixture
def served(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The address of a server with a small company, and a key that may act."""
    monkeypatch.setattr(keys, "RATE", 10_000)
    clock = SetClock()
    made = sources.add("website", SourceKind.WEB, now=clock())
    assert isinstance(made, sources.WithKey)
    return live_server.url, Program(company(made.source, clock)).secret
