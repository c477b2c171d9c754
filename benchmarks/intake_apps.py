"""The two servers that benchmarks/intake.py compares: `intake`, and `view`, a Django view that takes the same body.

    python benchmarks/intake_apps.py {intake|view} PORT

Both store each event once and answer after the commit; the view checks nothing besides.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import django
import uvicorn
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections, transaction
from django.http import JsonResponse
from django.urls import path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from django.http import HttpRequest

KEY = "benchmark-write-key"
THREADS = 8


def view(request: HttpRequest) -> JsonResponse:
    """Store the events of a call as a Django view would."""
    from ripeline.integrations.clock_skew import micros  # noqa: PLC0415 - after Django is set up
    from ripeline.server.digests import digest_of  # noqa: PLC0415
    from ripeline.server.events import Event  # noqa: PLC0415
    from ripeline.server.instants import now  # noqa: PLC0415
    from ripeline.server.sources import Source  # noqa: PLC0415

    key = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().rstrip(":")
    source = Source.objects.get(write_key_digest=digest_of(key))
    body = json.loads(request.body)
    instant = now()
    rows = [
        Event(
            source=source,
            key=event["messageId"],
            name=event["event"],
            at=micros(event["timestamp"]) or instant,
            received_at=instant,
            claims=json.dumps({"user_id": event["userId"]}),
            properties=json.dumps(event["properties"]),
            body=json.dumps(event),
        )
        for event in body.get("batch") or [body]
    ]
    with transaction.atomic():
        Event.objects.bulk_create(rows, ignore_conflicts=True)
    return JsonResponse({"success": True})


urlpatterns = [path("v1/track", view), path("v1/batch", view)]


def _view() -> Any:  # noqa: ANN401 - an ASGI application
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.ALLOWED_HOSTS = ["*"]
    pages: Any = get_wsgi_application()
    return WSGIMiddleware(pages, workers=THREADS)


def _intake() -> Any:  # noqa: ANN401 - an ASGI application
    from ripeline.server.instants import now  # noqa: PLC0415 - after Django is set up
    from ripeline.server.intake.app import Intake  # noqa: PLC0415

    intake = Intake(now)

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await intake.open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await intake.close()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await intake(scope, receive, send)

    return app


def main(which: str, port: int) -> None:
    """Serve one of the two until told to stop."""
    django.setup()
    from ripeline.server.digests import digest_of  # noqa: PLC0415 - after Django is set up
    from ripeline.server.sources import Source, SourceKind  # noqa: PLC0415 - after Django is set up

    call_command("migrate", verbosity=0)
    made = {"kind": SourceKind.WEB, "write_key_digest": digest_of(KEY), "created_at": 0}
    Source.objects.get_or_create(name="benchmark", defaults=made)
    connections.close_all()
    app = _intake() if which == "intake" else _view()
    uvicorn.run(
        app,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        interface="asgi3",
        loop="uvloop",
        http="httptools",
        backlog=2_048,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
