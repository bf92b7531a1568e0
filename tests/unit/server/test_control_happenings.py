"""Calls, notifications and expectations over the control API."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from paydouble.client.control import PREFIX
from paydouble.client.inbox import Inbox
from paydouble.client.sandbox import Sandbox
from paydouble.testing.in_process import InProcessServer
from tests import toy
from tests.toy_shop import Shop
from tests.unit.server.asking import DECLINE, refused


# fmt: off
@pytest.mark.parametrize(("wanted", "met"), [
    ({"payment": {"ref": "o1", "phase": ["paid", "open"]}},                                 True),
    ({"payment": {"ref": "o1", "captured": "10.00", "currency": "EUR", "count": 1}},        True),
    ({"payment": {"amount": {"gt": 10}}},                                                   False),
    ({"payment": {"ref": "o2", "count": 0}},                                                True),
    ({"calls": {"operation": "payment.create", "ref": "o1", "count": {"gte": 1, "lte": 1}}}, True),
    ({"calls": {"operation": "refund.create"}},                                             False),
    ({"notifications": {"event": "payment.succeeded", "acknowledged": 1}},                  True),
    ({"notifications": {"event": "order.paid", "rejected": {"gte": 1}}},                    False),
])
# fmt: on
def test_expectations(
    toy_sandbox: Sandbox, toy_shop: Shop, toy_inbox: Inbox, wanted: dict[str, Any], met: bool
) -> None:
    toy_sandbox.webhook("toy", toy_inbox.url)
    toy_shop.order("o1", notify_url=toy_inbox.url_of("toy"))
    toy_sandbox.pay(ref="o1")
    toy_sandbox.wait_for(notifications={"state": "acknowledged"})
    answer = toy_sandbox.control.post(f"{toy_sandbox.path}/clock/wait", {"for": wanted, "within": "1ms"})
    assert answer["met"] is met, answer


@pytest.mark.parametrize("wanted", [
    {}, {"weather": {}}, {"payment": {"colour": "red"}}, {"payment": {"amount": "much"}},
    {"calls": {"count": {"about": 3}}}, {"payment": {}, "calls": {}}, {"payment": []},
])
def test_a_bad_expectation_isrefused(toy_sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    answer = refused(toy_sandbox.control, "post", f"{toy_sandbox.path}/clock/wait", {"for": wanted})
    assert (answer.status, answer.code) == (422, "bad_expectation")


def test_secrets_and_cards_do_not_show_in_calls(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1", card={"number": "4000056655665556", "cvc": "987"})
    secret = toy_sandbox.account("toy").secret_key
    call = toy_sandbox.calls()[0]
    text = json.dumps(call)
    assert secret not in text
    assert "4000056655665556" not in text
    assert '\\"number\\":\\"**** 5556\\"' in text
    assert '\\"cvc\\":\\"****\\"' in text
    assert ["Authorization", "Bearer ****"] in call["request"]["headers"]
    assert call == toy_sandbox.control.get(f"{toy_sandbox.path}/calls/{call['id']}")


def test_a_call_is_explained_rule_by_rule(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_sandbox.scenario([
        {"name": "big ones", "when": {"operation": "payment.charge", "amount": 99.5},
         "then": {"outcome": {"result": "declined"}}},
        {"name": "all", **DECLINE},
    ])
    card = {"ref": "o1", "amount": 1_000, "card": {"number": "4242424242424242"}}
    assert toy_shop.ask("POST", "/toy/orders", card).status == 402
    call = toy_sandbox.calls(operation="orders.create", ref="o1")[0]
    explained = toy_sandbox.explain(call["id"])
    assert explained["facts"]["amount"] == "10.00"
    assert "rule 'all'" in explained["plan"]["outcome"]
    assert any("big ones" in line and "amount" in line for line in explained["rules"])
    assert refused(toy_sandbox.control, "get", f"{toy_sandbox.path}/calls/call_x").code == "no_call"


def test_violations_name_the_field(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    assert toy_shop.ask("POST", "/toy/orders", {"ref": "o1", "amount": 0}).status == 400
    found = toy_sandbox.control.get(f"{toy_sandbox.path}/violations")["data"]
    assert [(each["operation"], each["pointer"], each["value"]) for each in found] == [
        ("orders.create", "/amount", "0")
    ]


def test_notifications_are_owed_tried_and_sent_again(
    toy_sandbox: Sandbox, toy_shop: Shop, toy_inbox: Inbox
) -> None:
    toy_inbox.answer(500)
    toy_shop.order("o1", notify_url=toy_inbox.url_of("toy"))
    toy_sandbox.pay(ref="o1")
    toy_sandbox.wait_for(notifications={"rejected": 1})
    owed = toy_sandbox.notifications(event="payment.succeeded", ref="o1")[0]
    assert (owed["state"], owed["due_at"]) == ("due", "2026-03-01T12:01:00Z")
    assert [each["status"] for each in owed["attempts"]] == [500]
    again = toy_sandbox.redeliver(owed)
    assert (again["state"], again["attempts"][-1]["manual"]) == ("acknowledged", True)
    assert len(toy_inbox.wait(2)) == 2
    shown = toy_sandbox.control.get(f"{toy_sandbox.path}/notifications/{owed['id']}")
    assert shown["attempts"][0]["request_body"] == shown["attempts"][1]["request_body"]
    answer = refused(toy_sandbox.control, "post", f"{toy_sandbox.path}/notifications/x/redeliver")
    assert answer.code == "no_notification"


def test_retries_follow_the_clock(toy_sandbox: Sandbox, toy_shop: Shop, toy_inbox: Inbox) -> None:
    toy_inbox.answer(500, 500, 500)
    toy_shop.order("o1", notify_url=toy_inbox.url_of("toy"))
    toy_sandbox.pay(ref="o1")
    ran = toy_sandbox.clock.advance("2h")
    assert [each["at"] for each in ran if each["what"] == "deliver"][-2:] == [
        "2026-03-01T12:01:00Z", "2026-03-01T13:01:00Z",
    ]
    assert [each["state"] for each in toy_sandbox.notifications()] == ["exhausted"]


def test_live_events_tell_what_happens(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    connection = HTTPConnection(urlsplit(toy_sandbox.url).netloc, timeout=10)
    connection.request("GET", f"{PREFIX}/{toy_sandbox.path}/live")
    response = connection.getresponse()
    try:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.readline() == b"event: opened\n"
        toy_shop.order("o1")
        toy_sandbox.control.post(f"{toy_sandbox.path}/reset")
        lines = [line.strip() for line in response.read().splitlines()]
        assert [line for line in lines if line.startswith(b"event")] == [b"event: call", b"event: ended"]
    finally:
        response.close()
        connection.close()


def test_live_events_end_when_the_server_stops() -> None:
    with InProcessServer(providers=[toy.build({})], contracts=toy.CONTRACTS) as running:
        connection = HTTPConnection(urlsplit(running.url).netloc, timeout=10)
        connection.request("GET", f"{PREFIX}/sandboxes/default/live")
        response = connection.getresponse()
        assert response.readline() == b"event: opened\n"
    assert b'event: ended\ndata: {"because":"the server stops"}' in response.read()
    response.close()
    connection.close()
