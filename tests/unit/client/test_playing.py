"""Signals and notifications by hand, through the control API, the client and a receiver of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from paydouble.client.control import ControlError
from paydouble.client.inbox import Inbox
from paydouble.client.sandbox import Sandbox
from paydouble.testing.in_process import PaydoubleServer

HELD = {"when": {"operation": "payment.charge"},
        "then": {"outcome": "held", "timeline": [{"wait": {"signal": "go"}}, {"outcome": "approved"}]}}


@pytest.fixture
def sandbox(server: PaydoubleServer) -> Iterator[Sandbox]:
    sandbox = server.sandbox(clock="frozen")
    yield sandbox
    assert sandbox.audit()["ok"], sandbox.audit()
    sandbox.delete()


@pytest.fixture
def inbox(sandbox: Sandbox) -> Iterator[Inbox]:
    with Inbox(sandbox.credentials) as inbox:
        sandbox.webhook("stripe", inbox.url_of("stripe"))
        yield inbox


def charge(sandbox: Sandbox, ref: str) -> int:
    fields: dict[str, Any] = {
        "amount": 1000, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
        "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
        "metadata[order_id]": ref,
    }
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request("POST", "/v1/payment_intents", urlencode(fields), {
            "Authorization": f"Bearer {sandbox.stripe.secret_key}",
            "Content-Type": "application/x-www-form-urlencoded",
        })
        with connection.getresponse() as response:
            response.read()
            return response.status
    finally:
        connection.close()


def test_a_signal_for_one_order_sends_it_on(sandbox: Sandbox) -> None:
    with sandbox.rule(**HELD):
        for ref in ("a", "b"):
            assert charge(sandbox, ref) == 200
        assert sandbox.signal("stop") == 0
        assert sandbox.signal("go", ref="a") == 1
        assert sandbox.payment(ref="a").phase == "paid"
        assert sandbox.payment(ref="b").phase == "pending"
        assert sandbox.signal("go") == 1
        assert sandbox.payment(ref="b").phase == "paid"


def test_a_notification_is_sent_by_hand_as_its_plan_says(sandbox: Sandbox, inbox: Inbox) -> None:
    charge(sandbox, "a")
    inbox.wait(1)
    sent = sandbox.notify("payment.succeeded", ref="a", notify={"signature": "wrong_key", "retry": "none"})
    (attempt,) = sent[0]["attempts"]
    assert (sent[0]["event"], attempt["outcome"]) == ("payment_intent.succeeded", "rejected")
    again = sandbox.notify("payment_intent.succeeded", ref="a", notify={"duplicate": {"copies": 2}})
    assert [each["attempts"][0]["outcome"] for each in again] == ["acknowledged"] * 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"event": "payment.succeeded", "ref": "nobody"}, "no_payment"),
        ({"event": "dispute.opened", "ref": "a"}, "no_such_event"),
        ({"event": "payment.succeeded", "ref": "a"}, "nobody_to_tell"),
        ({"event": "payment.succeeded", "ref": "a", "notify": {"singature": "wrong_key"}}, "bad_notify"),
        ({"event": "payment.succeeded"}, "bad_body"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_reason(
    sandbox: Sandbox, body: dict[str, Any], code: str
) -> None:
    charge(sandbox, "a")
    with pytest.raises(ControlError) as refused:
        sandbox.control.post(f"{sandbox.path}/notifications", body)
    assert refused.value.code == code


def test_timelines_are_listed_with_what_failed(sandbox: Sandbox) -> None:
    then = {"timeline": [{"dispute": {"result": "won"}}, {"wait": {"signal": "go"}}]}
    with sandbox.rule(when={"operation": "payment.charge"}, then=then):
        charge(sandbox, "a")
        sandbox.clock.advance("1s")
        (shown,) = sandbox.control.get(f"{sandbox.path}/timelines", ref="a")["data"]
        assert (shown["state"], shown["step"], shown["steps"], shown["waits"]) == ("waiting", 2, 2, "signal/go")
        assert "not disputed" in shown["failures"][0]
        sandbox.signal("go")
        (shown,) = sandbox.control.get(f"{sandbox.path}/timelines")["data"]
        assert (shown["state"], shown["step"]) == ("done", 3)


def test_a_machine_is_moved_by_hand(sandbox: Sandbox) -> None:
    sandbox.scenario([])
    with pytest.raises(ControlError) as refused:
        sandbox.state("outage")
    assert refused.value.code == "no_state"


def test_the_notification_arrives_while_half_of_the_answer_is_read(sandbox: Sandbox, inbox: Inbox) -> None:
    fields = {
        "amount": 1000, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
        "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
    }
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    with sandbox.rule(when={"notification": "payment.succeeded"}, then={"notify": {"timing": "during_response"}}):
        connection.request("POST", "/v1/payment_intents", urlencode(fields), {
            "Authorization": f"Bearer {sandbox.stripe.secret_key}",
            "Content-Type": "application/x-www-form-urlencoded",
        })
        with connection.getresponse() as response:
            first = response.read1()
            inbox.wait(1)
            rest = response.read()
    connection.close()
    assert first
    assert rest, "the answer was in two parts, and the first came before the notification"
    assert json.loads(first + rest)["status"] == "succeeded"
