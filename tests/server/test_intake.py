"""The intake over a real socket: what it promises to clients, to websites and to whoever runs it."""

from __future__ import annotations

import gzip
import http.client
import json
import resource
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from intake_server import SERVER_KEY, WEB_KEY, Counts, counts, make_sources, running
from ripeline.server.digests import digest_of
from ripeline.server.events import Conflict, Event, Rejected
from ripeline.server.instruments import bell
from ripeline.server.intake import quarantine
from ripeline.server.intake.quarantine import StillRejected, Stored
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake_server import Running

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "https://shop.example.com"
GOOD = {"type": "track", "event": "Demo Booked", "userId": "ada", "messageId": "m1"}


@pytest.fixture
def intake(transactional_db: None) -> Iterator[Running]:
    """A running intake with two sources."""
    del transactional_db
    make_sources()
    with running() as server:
        yield server


# --- once, and no other ---------------------------------------------------------------------------


def test_fifty_senders_of_one_message_make_one_event(intake: Running) -> None:
    """Whoever comes first is stored, and all are told that it is."""

    def send(_: int) -> int:
        return intake.send("/v1/track", GOOD, key=WEB_KEY).status

    with ThreadPoolExecutor(50) as senders:
        assert set(senders.map(send, range(50))) == {200}
    assert counts() == Counts(1, 0, 0)


def test_another_message_under_the_same_key_is_counted(intake: Running) -> None:
    """The first one stays; a retry, which differs only in when it was sent, is no conflict."""
    at = {"timestamp": "2026-01-05T09:00:00Z"}
    for sent in ("2026-01-05T09:00:01Z", "2026-01-05T09:05:01Z"):
        assert intake.send("/v1/track", GOOD | at | {"sentAt": sent}, key=WEB_KEY).status == 200
    assert counts() == Counts(1, 0, 0)
    assert intake.send("/v1/track", GOOD | at | {"event": "Order Completed"}, key=WEB_KEY).status == 200
    assert counts() == Counts(1, 0, 1)
    assert Event.objects.get().name == "demo_booked"
    assert Conflict.objects.get().key == "m1"


def test_a_key_burnt_by_one_source_is_free_for_another(intake: Running) -> None:
    """Who guesses the keys of a server and sends them first over the public key of a website wins nothing."""
    intake.send("/v1/track", GOOD | {"userId": "eve"}, key=WEB_KEY)
    intake.send("/v1/track", GOOD, key=SERVER_KEY)
    assert {(event.source.name, json.loads(event.claims)["user_id"]) for event in Event.objects.all()} == {
        ("web", "eve"),
        ("server", "ada"),
    }


def test_a_message_without_a_key_sent_again_counts_once(intake: Running) -> None:
    """The same body, sent at the same time, is the same message; a minute later it is another one."""
    nameless = {name: value for name, value in GOOD.items() if name != "messageId"}
    for sent in ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z", "2026-01-05T09:01:00Z"):
        intake.send("/v1/batch", {"batch": [nameless], "sentAt": sent}, key=WEB_KEY)
    assert counts() == Counts(2, 0, 0)


def test_a_rejected_message_sent_again_is_put_aside_once(intake: Running) -> None:
    """A client that tries for ever fills no table."""
    for minute in range(3):
        body = {"batch": [{"type": "track", "userId": "ada"}], "sentAt": f"2026-01-05T09:0{minute}:00Z"}
        assert intake.send("/v1/batch", body, key=WEB_KEY).status == 200
    assert counts() == Counts(0, 1, 0)


def test_answers_do_not_tell_who_is_known(intake: Running) -> None:
    """A public key reads nothing, not even by how it is answered."""
    body = {"traits": {"email": "ada@example.com"}, "userId": "ada"}
    first, again = (intake.send("/v1/identify", body, key=WEB_KEY) for _ in range(2))
    other = intake.send("/v1/identify", body | {"userId": "eve"}, key=WEB_KEY)
    assert first[:2] == again[:2] == other[:2] == (200, b'{"success":true}')


def test_an_arrival_rings_the_bell(intake: Running) -> None:
    """The worker of the same process need not look."""
    bell.wait(0)
    intake.send("/v1/track", GOOD, key=WEB_KEY)
    assert bell.wait(0)


# --- what is kept ---------------------------------------------------------------------------------


def test_the_body_is_kept_as_it_was_sent_but_for_the_key(intake: Running) -> None:
    """With its spaces and escapes; a write key in a ledger would be a secret in a backup."""
    body = b'{ "event":"Caf\\u00e9  \\ud83d", "userId":"ada", "writeKey":"%s" }' % SERVER_KEY.encode()
    assert intake.send("/v1/track", body).status == 200
    event = Event.objects.get()
    assert event.body == body.decode().replace(SERVER_KEY, "***")
    assert event.name == "café"


def test_a_batch_lends_its_context_to_each_message(intake: Running) -> None:
    """A message's own context comes first; half a letter elsewhere does not shift what is kept of whom."""
    batch = [
        {"type": "page", "messageId": "1", "properties": {"title": "cut \ud83d"}},
        {"type": "page", "messageId": "2", "context": {"traits": {"email": "eve@example.com"}}},
    ]
    body = {"batch": batch, "context": {"traits": {"email": "ADA@example.com"}, "page": {"path": "/prices"}}}
    assert intake.send("/v1/batch", body, key=WEB_KEY).status == 200
    one, two = Event.objects.order_by("key")
    assert json.loads(one.claims) == {"email": "ada@example.com"}
    assert json.loads(two.claims) == {"email": "eve@example.com"}
    assert json.loads(one.properties) == {"title": "cut \ufffd", "path": "/prices"}
    assert one.body == json.dumps(batch[0])
    assert two.body == json.dumps(batch[1])


def test_put_aside_it_can_be_read_again(intake: Running) -> None:
    """Once the cause is gone; until then it says what is still wrong, and it is settled once."""
    consent = GOOD | {"event": "consent_given", "properties": {"purpose": "marketing"}}
    sent = {"batch": [consent | {"timestamp": "2026-01-05T09:59:00Z"}], "sentAt": "2026-01-05T10:00:00Z"}
    intake.send("/v1/batch", sent, key=WEB_KEY)
    rejected = quarantine.waiting().get()
    assert quarantine.run_again(rejected, now=1) == StillRejected("reserved_event", "consent_given")
    assert quarantine.waiting().count() == 1
    Source.objects.filter(pk=rejected.source_id).update(kind="server")
    rejected.refresh_from_db()
    assert quarantine.run_again(rejected, now=2) == Stored("m1")
    event = Event.objects.get()
    assert (event.name, event.received_at) == ("consent_given", rejected.received_at)
    assert rejected.received_at - event.at == 60_000_000
    assert quarantine.run_again(rejected, now=3) == Refused(Refusal.SETTLED_ALREADY)
    assert quarantine.discard(rejected, now=3) == Refused(Refusal.SETTLED_ALREADY)
    assert counts() == Counts(1, 1, 0)


def test_put_aside_it_can_be_discarded(intake: Running) -> None:
    """Its text is gone; that it came is known, so that it does not come again."""
    for _ in range(2):
        intake.send("/v1/batch", {"batch": [3]}, key=WEB_KEY)
        if rejected := quarantine.waiting().first():
            quarantine.discard(rejected, now=5)
    kept = Rejected.objects.get()
    assert (kept.settled_at, kept.body, kept.reason) == (5, "", "not_an_object")


# --- websites -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch/", f"/v1/projects/{WEB_KEY}/settings", "/sourceConfig/"])
def test_a_browser_may_ask_before_it_sends(intake: Running, path: str) -> None:
    """With each header that the libraries send named one by one, because * does not cover Authorization."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = intake.request("OPTIONS", path, b"", asked | {"Origin": SHOP})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "origin"
    assert int(answer.headers["access-control-max-age"]) > 0
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    named = "authorization content-type x-retry-count anonymousid sentat rsa-retry-attempt rsa-retry-reason"
    assert {*named.split(), "rsa-since-first-attempt", "rsa-since-last-attempt"} <= set(allowed)


def test_refusals_can_be_read_by_websites(intake: Running) -> None:
    """Else a browser tells its library of a broken network, and that tries for ever."""
    for answer in (
        intake.send("/v1/t", b"{", key=WEB_KEY, Origin=SHOP),
        intake.send("/v1/t", b"{}", key="other", Origin=SHOP),
        intake.send("/v1/nothing", Origin=SHOP),
    ):
        assert answer.status in (400, 401, 404)
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["access-control-expose-headers"] == "retry-after"


def test_a_source_takes_events_from_its_own_websites_only(intake: Running) -> None:
    """Other origins are refused; a program, which names none, is not."""
    Source.objects.update(origins=f"{SHOP}\nhttps://www.example.com")
    assert intake.send("/v1/t", GOOD, key=WEB_KEY, Origin=SHOP).status == 200
    foreign = intake.send("/v1/t", GOOD, key=WEB_KEY, Origin="https://evil.example")
    assert (foreign.status, foreign.code) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in foreign.headers
    assert (
        "access-control-allow-origin"
        not in intake.send("/v1/t", method="OPTIONS", Origin="https://evil.example").headers
    )
    assert intake.send("/v1/t", GOOD, key=WEB_KEY).status == 200


def test_the_settings_lead_a_library_to_us() -> None:
    """By the address from the settings and not by what the request calls us."""
    make_sources()
    with running(url="https://leads.example.com/x") as intake:
        answer = intake.send(f"/v1/projects/{WEB_KEY}/settings", method="GET", Origin=SHOP, Host="evil.example")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert json.loads(answer.body)["integrations"] == {
        "Segment.io": {"apiKey": WEB_KEY, "apiHost": "leads.example.com/v1", "protocol": "https"}
    }


def test_the_settings_for_rudderstack(intake: Running) -> None:
    """They name the source and no destination, so that the library sends to us alone."""
    answer = intake.send(f"/sourceConfig/?p=npm&v=3.34.1&writeKey={WEB_KEY}", method="GET", Origin=SHOP)
    source = json.loads(answer.body)["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == (WEB_KEY, True, [])


def test_the_document_of_the_interface_is_served(intake: Running) -> None:
    """For whoever writes a client."""
    answer = intake.send("/v1/openapi.json", method="GET")
    assert (answer.status, json.loads(answer.body)["openapi"]) == (200, "3.1.0")


# --- limits ---------------------------------------------------------------------------------------


def _memory() -> int:
    """How much memory this process has ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_ten_megabytes_are_refused_before_they_are_read(intake: Running) -> None:
    """With their length told, and in pieces without a length; neither takes memory."""
    intake.send("/v1/track", GOOD, key=WEB_KEY)
    body = b" " * 10_000_000
    before = _memory()
    told = intake.send("/v1/track", body, key=WEB_KEY)
    talk = http.client.HTTPConnection("127.0.0.1", intake.port, timeout=30)
    headers = {"Authorization": "Basic d2Vic2l0ZS13cml0ZS1rZXk6"}
    talk.request("POST", "/v1/track", iter([body[:100_000]] * 100), headers, encode_chunked=True)
    pieces = talk.getresponse()
    assert (told.status, told.code) == (400, "too_large")
    assert (pieces.status, json.loads(pieces.read())["code"]) == (400, "too_large")
    talk.close()
    assert _memory() - before < 20_000_000
    assert counts() == Counts(1, 0, 0)


def test_a_bomb_takes_no_memory(intake: Running) -> None:
    """A thousandfold packed body is unpacked up to the limit and no further."""
    bomb = gzip.compress(b" " * 100_000_000)
    intake.send("/v1/batch", gzip.compress(b" " * 5_000_000), key=WEB_KEY, Content_Encoding="gzip")
    before = _memory()
    for _ in range(5):
        assert intake.send("/v1/batch", bomb, key=WEB_KEY, Content_Encoding="gzip").code == "too_large"
    assert _memory() - before < 20_000_000


def test_a_length_that_is_no_length(intake: Running) -> None:
    """The parser or the intake refuses it; nothing is stored."""
    for length in ("99999999999999999999", "4194305"):
        talk = http.client.HTTPConnection("127.0.0.1", intake.port, timeout=30)
        talk.putrequest("POST", "/v1/track")
        talk.putheader("Content-Length", length)
        talk.endheaders()
        assert talk.getresponse().status == 400
        talk.close()
    assert counts() == Counts(0, 0, 0)


def test_a_source_that_sends_too_much_is_told_when_to_come_again(intake: Running) -> None:
    """The others are not held up."""
    Source.objects.filter(name="web").update(events_per_second=2)
    answers = [intake.send("/v1/track", GOOD | {"messageId": str(n)}, key=WEB_KEY) for n in range(25)]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) >= 1
    assert {(answer.status, answer.code) for answer in refused} == {(429, "too_many")}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert intake.send("/v1/track", GOOD, key=SERVER_KEY).status == 200
    assert Event.objects.filter(source__name="web").count() == 25 - len(refused)


def test_a_closed_source_sends_nothing_more() -> None:
    """An intake that starts afterwards refuses its key."""
    web, _ = make_sources()
    Source.objects.filter(pk=web.pk).update(closed_at=1)
    with running() as intake:
        assert intake.send("/v1/track", GOOD, key=WEB_KEY).code == "unknown_key"
        Source.objects.create(name="new", kind="web", write_key_digest=digest_of("new"), created_at=0)
        assert intake.send("/v1/nothing", key=WEB_KEY).code == "not_found"
