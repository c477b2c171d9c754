"""The intake does what its OpenAPI document says, whatever schemathesis makes up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from intake_server import WEB_KEY, forget_rows, make_sources, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from intake_server import Running

FILE = Path(__file__).parents[2] / "src" / "ripeline" / "server" / "intake" / "openapi.json"
schema = schemathesis.openapi.from_dict(json.loads(FILE.read_text("utf-8")))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Running]:
    """One intake for all calls."""
    del django_db_setup
    with django_db_blocker.unblock():
        make_sources()
        with running() as intake:
            yield intake
        forget_rows()
        connection.close()


@schema.parametrize()
@settings(
    max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@pytest.mark.parametrize("key", [WEB_KEY, "other"])
def test_a_call_as_schemathesis_makes_it_up(case: Any, server: Running, key: str) -> None:  # noqa: ANN401 - its own type
    """No answer that the document does not name, with the right key and with a wrong one."""
    headers = {"Authorization": "Basic d2Vic2l0ZS13cml0ZS1rZXk6"} if key == WEB_KEY else {}
    case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS)


@pytest.mark.django_db  # so that pytest-django makes a database, also when only this file runs
def test_the_document_names_every_address() -> None:
    """Long ones and short ones."""
    paths = json.loads(FILE.read_text("utf-8"))["paths"]
    assert {"/v1/track", "/v1/t", "/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"} <= paths.keys()
