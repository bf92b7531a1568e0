"""API v2: event destinations, thin events, and what goes to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.engine.router import Match, Router
from paydouble.providers.stripe import build
from tests.merchants import Answered
from tests.providers.stripe.checked import CATALOG, Shop, shop
from tests.providers.stripe.connected import connected

ROUTER = Router("v2", build().operations)
THIN: dict[str, Any] = {"type": "webhook_endpoint", "event_payload": "thin", "name": "thin ones",
        "enabled_events": ["v1.customer.created"], "webhook_endpoint": {"url": "http://127.0.0.1:9/thin"}}


async def send(it: Shop, method: str, target: str, body: Any = None, *, key: str = "") -> Answered:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields = [
        ("Authorization", f"Bearer {it.here.merchant('stripe').secrets['secret_key']}"),
        ("Content-Type", "application/json"), *it.headers, *([("Idempotency-Key", key)] if key else []),
    ]
    answered = await it.here.serve("stripe", HttpRequest(
        method=method, target=target, body=raw, headers=Headers(tuple(fields)), id=it.here.simulator.new_call_id(),
        base_url="http://127.0.0.1:4800"))
    found = ROUTER.match(method, target.partition("?")[0], "")
    if answered.status >= 400 or isinstance(found, Match):
        part = "error" if answered.status >= 400 or not isinstance(found, Match) else f"{found.operation.id}/response"
        assert CATALOG.producer(f"stripe/v2/{part}.schema.json").check(answered.json) == ()
    return answered


async def made(it: Shop, **given: Any) -> Any:
    include = {"include": ["webhook_endpoint.url", "webhook_endpoint.signing_secret"]}
    answered = await send(it, "POST", "/v2/core/event_destinations", {**THIN, **include, **given})
    assert answered.status == 201, answered.json
    return answered.json


async def told(it: Shop, path: str) -> list[Any]:
    await it.here.settle()
    return [json.loads(each.body) for each in it.here.receiver.requests if each.target.endswith(path)]


async def test_a_thin_event_names_its_object_and_is_fetched() -> None:
    async with shop() as it:
        destination = await made(it)
        assert destination["webhook_endpoint"]["signing_secret"].startswith("whsec_")
        customer = await it.post("/v1/customers", key="one", email="a@example.com")
        [event] = await told(it, "/thin")
        assert (event["object"], event["type"]) == ("v2.core.event", "v1.customer.created")
        assert event["related_object"] == {
            "id": customer["id"], "type": "customer", "url": f"/v1/customers/{customer['id']}"}
        assert event["reason"]["request"]["idempotency_key"] == "one"
        fetched = (await send(it, "GET", f"/v2/core/events/{event['id']}")).json
        assert fetched == event
        snapshot = await it.get(f"/v1/events/{event['snapshot_event']}")
        assert (snapshot["type"], snapshot["data"]["object"]["id"]) == ("customer.created", customer["id"])
        assert (await it.get(event["related_object"]["url"]))["id"] == customer["id"]


async def test_thin_events_are_listed_by_object_type_and_time() -> None:
    async with shop() as it:
        first = await it.post("/v1/customers", email="a@example.com")
        await it.post(f"/v1/customers/{first['id']}", email="b@example.com")
        await it.post("/v1/customers", email="c@example.com")
        page = (await send(it, "GET", f"/v2/core/events?object_id={first['id']}")).json
        assert [each["type"] for each in page["data"]] == ["v1.customer.updated", "v1.customer.created"]
        page = (await send(it, "GET", "/v2/core/events?types[0]=v1.customer.created&limit=1")).json
        assert len(page["data"]) == 1
        rest = (await send(it, "GET", page["next_page_url"])).json
        assert ([each["related_object"]["id"] for each in rest["data"]], rest["next_page_url"]) == ([first["id"]], None)
        none = (await send(it, "GET", "/v2/core/events?created[lt]=2020-01-01T00:00:00Z")).json
        assert none["data"] == []
        for query in ("created[gt]=soon", "page=evt_nobody", "limit=0"):
            error = await send(it, "GET", f"/v2/core/events?{query}")
            assert (error.status, error.json["error"]["code"]) == (400, "invalid_fields")


async def test_a_destination_lives_its_life() -> None:
    async with shop() as it:
        destination = await made(it, metadata={"a": "b", "c": "d"})
        path = f"/v2/core/event_destinations/{destination['id']}"
        plain = (await send(it, "GET", path)).json
        assert "webhook_endpoint" not in plain
        changed = (await send(it, "POST", path, {
            "name": "others", "description": "all", "metadata": {"a": None, "e": "f"}, "enabled_events": ["*"],
            "webhook_endpoint": {"url": "http://127.0.0.1:9/moved"}, "include": ["webhook_endpoint.url"]})).json
        assert (changed["name"], changed["metadata"], changed["webhook_endpoint"]["url"]) == (
            "others", {"c": "d", "e": "f"}, "http://127.0.0.1:9/moved")
        off = (await send(it, "POST", f"{path}/disable")).json
        assert (off["status"], off["status_details"]) == ("disabled", {"disabled": {"reason": "user"}})
        await it.post("/v1/customers")
        assert await told(it, "/moved") == []
        assert (await send(it, "POST", f"{path}/enable")).json["status"] == "enabled"
        ping = (await send(it, "POST", f"{path}/ping")).json
        assert [each["id"] for each in await told(it, "/moved")] == [ping["id"]]
        assert (ping["type"], ping["related_object"]["id"]) == ("v2.core.event_destination.ping", destination["id"])
        listed = (await send(it, "GET", "/v2/core/event_destinations?include[0]=webhook_endpoint.url")).json
        assert [each["webhook_endpoint"]["url"] for each in listed["data"]] == ["http://127.0.0.1:9/moved"]
        gone = await send(it, "DELETE", path, key="away")
        again = await send(it, "DELETE", path, key="away")
        assert (gone.json, again.json) == ({"id": destination["id"], "object": "v2.core.event_destination"},) * 2
        missing = await send(it, "GET", path)
        assert (missing.status, missing.json["error"]["code"]) == (404, "not_found")


async def test_a_snapshot_destination_is_told_in_its_own_version() -> None:
    async with shop() as it:
        await made(it, event_payload="snapshot", snapshot_api_version="2024-06-20", enabled_events=["customer.created"])
        await it.post("/v1/customers")
        [event] = await told(it, "/thin")
        assert (event["object"], event["api_version"]) == ("event", "2024-06-20")


async def test_events_of_connected_accounts_go_where_they_are_asked_for() -> None:
    async with shop() as it:
        account = await connected(it)
        await made(it, events_from=["@accounts"])
        await it.post("/v1/customers")
        assert await told(it, "/thin") == []
        customer = await it.on(account).post("/v1/customers")
        [event] = await told(it, "/thin")
        assert (event["context"], event["related_object"]["id"]) == (account, customer["id"])
        for header in ("Stripe-Account", "Stripe-Context"):
            theirs = Shop(it.here, ((header, event["context"]),))
            assert (await send(theirs, "GET", f"/v2/core/events/{event['id']}")).json == event
        torn = Shop(it.here, (("Stripe-Account", account), ("Stripe-Context", "acct_other")))
        assert (await send(torn, "GET", f"/v2/core/events/{event['id']}")).status == 400


# fmt: off
REFUSED: list[tuple[str, str, Any, int, str | None]] = [
    ("POST",   "/v2/core/event_destinations",     {},                                              400, "invalid_fields"),
    ("POST",   "/v2/core/event_destinations",     {**THIN, "type": "amazon_eventbridge"},          400, "invalid_fields"),
    ("POST",   "/v2/core/event_destinations",     {**THIN, "webhook_endpoint": {"url": "x"}},      400, "invalid_fields"),
    ("POST",   "/v2/core/event_destinations",     {**THIN, "snapshot_api_version": "2020-01-01"},  400, "invalid_fields"),
    ("POST",   "/v2/core/event_destinations",     {**THIN, "colour": "red"},                       400, "invalid_fields"),
    ("POST",   "/v2/core/event_destinations",     b"{",                                            400, "invalid_fields"),
    ("POST",   "/v2/core/event_destinations",     b"[]",                                           400, "invalid_fields"),
    ("GET",    "/v2/core/events/evt_test_1x",     None,                                            404, "not_found"),
    ("POST",   "/v2/core/event_destinations/ed_1/ping", {},                                        404, "not_found"),
    ("GET",    "/v2/core/nothing",                None,                                            404, None),
]
# fmt: on


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), REFUSED)
async def test_errors_have_the_form_of_v2(method: str, path: str, body: Any, status: int, code: str | None) -> None:
    async with shop() as it:
        answered = await send(it, method, path, body)
        assert (answered.status, answered.json["error"].get("code")) == (status, code)


async def test_a_call_to_v2_is_repeated_by_its_key_and_failures_are_tried_anew() -> None:
    async with shop() as it:
        first = await send(it, "POST", "/v2/core/event_destinations", THIN, key="k")
        second = await send(it, "POST", "/v2/core/event_destinations", THIN, key="k")
        assert first.json == second.json
        assert second.response.header("Idempotent-Replayed") == "true"
        other = await send(it, "POST", "/v2/core/event_destinations", {**THIN, "name": "x"}, key="k")
        assert (other.status, other.json["error"]["type"]) == (400, "idempotency_error")
