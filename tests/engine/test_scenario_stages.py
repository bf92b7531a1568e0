"""Every stage of a call's and of a notification's life, bent by YAML."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from paydouble.core.clock import HOUR, MINUTE
from paydouble.core.effect import Break, NetworkFault
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from tests.merchants import CARDS, Answered, World, world

REFUNDS = "/v3/refund/domestic/refunds"


async def queried(here: World, number: str = "order-1") -> Answered:
    mchid = here.merchant("wechatpay").id
    return await here.wechatpay("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={mchid}")


async def charged(here: World, amount: int = 1301, key: str = "", order: str = "order-1") -> Answered:
    return await here.stripe(
        "POST", "/v1/payment_intents", key=key, amount=amount, currency="usd", confirm=True,
        payment_method="pm_card_visa", automatic_payment_methods=CARDS, metadata={"order_id": order},
    )


async def intents(here: World) -> list[dict[str, object]]:
    listed = await here.stripe("GET", "/v1/payment_intents")
    found: list[dict[str, object]] = listed.json["data"]
    return found


def is_signed(here: World, headers: Headers, body: bytes) -> bool:
    """By the platform's current key, over these very bytes."""
    text = f"{headers.get('Wechatpay-Timestamp')}\n{headers.get('Wechatpay-Nonce')}\n".encode() + body + b"\n"
    key = here.merchant("wechatpay").keys.public("platform")
    try:
        signature = base64.b64decode(headers.get("Wechatpay-Signature"))
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


async def test_latency_comes_before_the_work() -> None:
    async with world() as here:
        here.rules("- {when: {operation: payment.create}, then: {respond: {latency: 30ms}}}")
        assert (await here.wechat_order("order-1")).status == 200
        assert here.sandbox.log.calls[-1].took_us >= 30_000


async def test_an_error_before_the_commit_books_nothing() -> None:
    async with world() as here:
        here.rules("- {when: {operation: payment.create, nth: 1}, then: {respond: {error: rate_limited}}}")
        refused = await here.wechat_order("order-1")
        assert (refused.status, refused.json["code"]) == (429, "FREQUENCY_LIMITED")
        assert (await queried(here)).status == 404
        assert (await here.wechat_order("order-1")).status == 200


@pytest.mark.parametrize("fault", ["reset", "timeout"])
@pytest.mark.parametrize("committed", [True, False])
async def test_a_broken_answer_says_nothing_of_whether_the_money_moved(fault: str, committed: bool) -> None:
    async with world() as here:
        rule = f"- {{when: {{operation: payment.charge, nth: 1}}, then: {{respond: {{fault: {fault}, committed: {str(committed).lower()}}}}}}}"
        here.rules(rule)
        lost = await charged(here, key="k1")
        assert isinstance(lost.response.fault, Break)
        assert lost.response.fault.fault is NetworkFault(fault)
        assert [intent["status"] for intent in await intents(here)] == (["succeeded"] if committed else [])
        again = await charged(here, key="k1")
        assert again.json["status"] == "succeeded"
        assert bool(again.response.header("Idempotent-Replayed")) is committed
        assert len(await intents(here)) == 1


async def test_work_that_is_done_later_keeps_its_key_until_then() -> None:
    async with world(clock="frozen") as here:
        here.rules(
            "- {when: {operation: payment.charge, nth: 1},"
            " then: {respond: {error: unavailable, committed: 5s}}}"
        )
        assert (await charged(here, key="k1")).status >= 500
        assert await intents(here) == []
        assert (await charged(here, key="k1")).status == 409
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + MINUTE)
        assert [intent["status"] for intent in await intents(here)] == ["succeeded"]
        replayed = await charged(here, key="k1")
        assert (replayed.status, replayed.response.header("Idempotent-Replayed")) == (200, "true")


async def test_a_deferred_call_survives_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/world.db"
    async with world(clock="frozen", store=store, id="shop") as here:
        here.rules("- {when: {operation: payment.charge}, then: {respond: {error: unavailable, committed: 1h}}}")
        await charged(here)
    async with world(store=store) as again:
        revived = World(again.simulator, again.simulator.sandboxes.named("shop"), again.receiver)
        await revived.sandbox.timers.run_until(revived.sandbox.clock.now() + 2 * HOUR)
        assert [intent["status"] for intent in await intents(revived)] == ["succeeded"]


async def test_a_decline_is_the_providers_own_and_stands_in_the_books() -> None:
    async with world() as here:
        here.rules(
            "- {when: {operation: payment.charge, amount: {ends_with: \".51\"}},"
            " then: {outcome: {result: declined, reason: insufficient_funds}}}"
        )
        declined = await charged(here, amount=1051)
        error = declined.json["error"]
        assert (declined.status, error["code"], error["decline_code"]) == (402, "card_declined", "insufficient_funds")
        assert error["payment_intent"]["status"] == "requires_payment_method"
        assert (await charged(here, amount=1052)).json["status"] == "succeeded"


async def test_a_decline_meets_the_payer_where_the_payer_moves_the_money() -> None:
    from paydouble.core.act import Declined

    async with world() as here:
        here.rules("- {when: {operation: payment.charge, ref: order-1}, then: {outcome: {result: declined, reason: insufficient_funds}}}")
        await here.wechat_order("order-1")
        with pytest.raises(Declined):
            await here.pay("wechatpay", "order-1")
        assert (await queried(here)).json["trade_state"] == "NOTPAY"


async def test_a_patched_answer_is_signed_as_it_is_sent() -> None:
    async with world() as here:
        await here.wechat_order("order-1")
        here.rules("- {when: {operation: payment.query}, then: {respond: {patch: {trade_state: SUCCESS, amount: {total: 1}}}}}")
        answer = await queried(here)
        assert (answer.json["trade_state"], answer.json["amount"]["total"]) == ("SUCCESS", 1)
        assert is_signed(here, Headers(answer.response.headers), answer.response.body)


@pytest.mark.parametrize("how", ["missing", "corrupt", "wrong_key", "unknown_key", "wrong_algorithm", "tampered_body"])
async def test_a_spoiled_response_signature_does_not_verify(how: str) -> None:
    async with world() as here:
        await here.wechat_order("order-1")
        honest = await queried(here)
        assert is_signed(here, Headers(honest.response.headers), honest.response.body)
        here.rules(f"- {{when: {{operation: payment.query, nth: 1}}, then: {{respond: {{signature: {how}}}}}}}")
        spoiled = await queried(here)
        assert spoiled.status == 200
        assert not is_signed(here, Headers(spoiled.response.headers), spoiled.response.body)
        assert is_signed(here, Headers((again := await queried(here)).response.headers), again.response.body)


async def test_a_malformed_answer_hides_work_that_was_done() -> None:
    async with world() as here:
        here.rules("- {when: {operation: payment.charge}, then: {respond: {status: 502, malformed: html_page, committed: true}}}")
        answer = await charged(here)
        assert answer.status == 502
        assert answer.response.body.startswith(b"<html>")
        assert len(await intents(here)) == 1


async def test_a_gate_holds_a_call_before_its_commit_until_the_signal() -> None:
    async with world() as here:
        here.rules("- {when: {operation: payment.create, nth: 1}, then: {gate: {at: before_commit, signal: go, timeout: 60s}}}")
        first = asyncio.create_task(here.wechat_order("order-1"))
        while not here.sandbox.gates.held:
            await asyncio.sleep(0)
        assert (await queried(here)).status == 404
        here.sandbox.gates.signal("go")
        assert (await first).status == 200
        assert (await queried(here)).status == 200


async def paid(here: World, number: str = "order-1") -> None:
    await here.wechat_order(number)
    await here.pay("wechatpay", number)


async def test_a_delayed_notification_waits_on_business_time() -> None:
    async with world(clock="frozen") as here:
        here.rules("- {when: {notification: payment.succeeded}, then: {notify: {delay: 2h}}}")
        await paid(here)
        assert here.receiver.requests == []
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + HOUR)
        assert here.receiver.requests == []
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + HOUR)
        assert len(here.receiver.requests) == 1


async def test_a_dropped_attempt_never_leaves_and_the_schedule_goes_on() -> None:
    async with world(clock="frozen") as here:
        here.rules("- {when: {notification: payment.succeeded, nth: 1-2}, then: {notify: {drop: true}}}")
        await paid(here)
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + MINUTE)
        (told,) = await here.notifications()
        assert [attempt.outcome for attempt in told.attempts] == ["dropped", "dropped", "acknowledged"]
        assert len(here.receiver.requests) == 1


async def test_duplicates_leave_together_and_each_is_signed_by_itself() -> None:
    async with world(clock="frozen") as here:
        here.rules("- {when: {notification: payment.succeeded}, then: {notify: {duplicate: {copies: 5, spacing: 0s}}}}")
        await paid(here)
        assert len(here.receiver.requests) == 5
        assert len({request.headers.get("Wechatpay-Nonce") for request in here.receiver.requests}) == 5
        assert len({json.loads(request.body)["id"] for request in here.receiver.requests}) == 1
        assert all(is_signed(here, each.headers, each.body) for each in here.receiver.requests)


async def test_a_forged_notification_carries_the_known_serial_and_another_key() -> None:
    async with world(clock="frozen") as here:
        here.receiver.answer = lambda request: answered(here, request)
        here.rules("- {when: {notification: payment.succeeded, nth: 1}, then: {notify: {signature: wrong_key}}}")
        await paid(here)
        (told,) = await here.notifications()
        assert [attempt.outcome for attempt in told.attempts] == ["rejected"]
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + MINUTE)
        (told,) = await here.notifications()
        assert [attempt.outcome for attempt in told.attempts] == ["rejected", "acknowledged"]
        serials = {request.headers.get("Wechatpay-Serial") for request in here.receiver.requests}
        assert serials == {here.merchant("wechatpay").keys.serial("platform")}


def answered(here: World, request: HttpRequest) -> HttpResponse:
    """A receiver that verifies."""
    return HttpResponse(200 if is_signed(here, request.headers, request.body) else 401)


async def test_notify_effects_of_an_operation_stick_to_its_payment() -> None:
    async with world(clock="frozen") as here:
        here.rules("- {when: {operation: payment.create, ref: order-1}, then: {notify: {duplicate: {copies: 3, spacing: 1m}}}}")
        await paid(here, "order-1")
        await paid(here, "order-2")
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + HOUR)
        refs = [each.ref for each in await here.notifications()]
        assert (refs.count("order-1"), refs.count("order-2")) == (3, 1)


async def test_a_notification_overtakes_the_answer_of_its_own_call() -> None:
    async with world(clock="frozen") as here:
        await here.stripe("POST", "/v1/webhook_endpoints", url="http://127.0.0.1:9/hook", enabled_events=["payment_intent.succeeded"])
        here.rules("- {when: {notification: payment.succeeded}, then: {notify: {timing: before_response}}}")
        before = len(here.sandbox.log.calls)
        seen_during = []
        here.receiver.answer = lambda request: (seen_during.append(len(here.sandbox.log.calls)), HttpResponse(200))[1]
        await charged(here)
        assert seen_during == [before], "told while its call was still running"


async def test_a_rule_explains_why_it_did_not_act() -> None:
    async with world() as here:
        here.rules("- {name: magic, when: {operation: payment.charge, amount: 13.01}, then: {outcome: declined}}")
        await charged(here, amount=1302)
        (told,) = here.sandbox.log.calls[-1].explained
        assert "13.01" in told
        assert "13.02" in told


async def test_rules_leave_with_their_activation() -> None:
    async with world() as here:
        activation = here.rules("- {when: {operation: payment.create}, then: {respond: {error: rate_limited}}}")
        assert (await here.wechat_order("order-1")).status == 429
        here.sandbox.rules.deactivate(activation.id)
        assert (await here.wechat_order("order-1")).status == 200
        assert activation.fired == {"rule 1": 1}
