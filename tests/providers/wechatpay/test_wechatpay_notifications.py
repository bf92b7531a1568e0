"""Every kind of notification: told until it is thanked for, signed and sealed afresh, and none where none is due."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from paydouble.contracts.shipped import root
from paydouble.core.clock import HOUR, SECOND, later
from paydouble.core.http import HttpResponse
from paydouble.core.notification import Event
from paydouble.engine.outbox import owe
from paydouble.providers.wechatpay import xml
from paydouble.providers.wechatpay.notices import SUMMARIES
from tests.providers.wechatpay.checked import HOOK, Shop, shop
from tests.providers.wechatpay.shop_v2 import OK, ShopV2

FOLDER = root("contracts") / "wechatpay"
DELAYS_S = (0, 15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600)
TRANSFER_DELAYS_S = (0, *[15] * 10, *[300] * 10, *[1_800] * 44)
V2_TYPES = ("payment.SUCCESS", "payment.PAY_FAIL", "contract.ADD", "contract.DELETE",
            "refund.SUCCESS", "refund.CHANGE", "refund.REFUNDCLOSE")
OUTSIDE = ("return_code", "result_code", "nonce_str", "sign", "req_info")


def example(api: str, type: str, part: str) -> dict[str, Any]:
    found = sorted((FOLDER / api / "events" / type / "examples").glob(f"{part}.*.json"))
    document: dict[str, Any] = json.loads(found[0].read_text("utf-8"))
    return document


async def announce(here: Shop, type: str, api: str, body: dict[str, Any]) -> None:
    sandbox = here.here.sandbox
    provider = here.here.simulator.providers["wechatpay"]
    work = sandbox.work(provider.event_id)
    work.announce(Event(
        id="", type=type, api=api, provider="wechatpay", merchant=here.mchid, body=body, url=HOOK,
    ))
    await owe(provider, sandbox, work, {})
    await work.commit()
    await here.here.settle()


async def attempts_s(here: Shop) -> list[int]:
    """How long after the one before each attempt was made."""
    [owed] = await here.here.notifications()
    times = [owed.created, *(attempt.due for attempt in owed.attempts)]
    return [round((after - before) / SECOND) for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize("type", SUMMARIES)
async def test_an_event_is_told_until_it_is_thanked_for(type: str) -> None:
    async with shop() as here:
        here.here.receiver.answer = lambda request: HttpResponse(500)
        body = example("v3", type, "resource")
        await announce(here, type, "v3", body)
        await here.advance(30 * HOUR)
        delays = TRANSFER_DELAYS_S if type == "MCHTRANSFER.BILL.FINISHED" else DELAYS_S
        assert await attempts_s(here) == list(delays)
        requests = here.here.receiver.requests
        assert [here.opened(request) for request in requests] == [(type, body)] * len(delays)
        assert len({request.headers.get("Wechatpay-Signature") for request in requests}) == len(delays)
        envelopes = [json.loads(request.body) for request in requests]
        assert {each["id"] for each in envelopes} == {envelopes[0]["id"]}
        told = {(each["summary"], each["resource"]["original_type"]) for each in envelopes}
        assert told == {SUMMARIES[type][::-1]}


@pytest.mark.parametrize("type", V2_TYPES)
async def test_a_message_of_v2_is_told_until_its_answer_says_success(type: str) -> None:
    async with shop() as here:
        part = "resource" if type.startswith("refund.") else "notification"
        body = {name: text for name, text in example("v2", type, part).items() if name not in OUTSIDE}
        answers = iter([b"<xml><return_code>FAIL</return_code></xml>", b"", OK])
        here.here.receiver.answer = lambda request: HttpResponse(200, (), next(answers))
        await announce(here, type, "v2", body)
        await here.advance(30 * HOUR)
        assert await attempts_s(here) == [0, 15, 15]
        merchant = ShopV2(here.here)
        for request in here.here.receiver.requests:
            plain = merchant.opened(xml.read(request.body))
            shown = {name: text for name, text in body.items() if name not in ("appid", "mch_id")}
            assert shown.items() <= plain.items()


async def test_five_seconds_are_waited_for_an_answer_and_redirects_are_failures() -> None:
    async with shop() as here:
        waited: list[int] = []
        send, statuses = here.here.receiver.send, iter([302, 200])

        async def counted(request: Any, timeout_ms: int, **more: Any) -> HttpResponse:
            waited.append(timeout_ms)
            return await send(request, timeout_ms, **more)

        here.here.receiver.send = counted  # type: ignore[method-assign]
        here.here.receiver.answer = lambda request: HttpResponse(next(statuses), (), b'{"code":"FAIL"}')
        await here.paid()
        await here.advance(30 * HOUR)
        # 200 with FAIL in its body is a success.
        assert waited == [5_000, 5_000]


async def test_nobody_is_told_of_what_fails_or_ends_unpaid() -> None:
    async with shop() as here:
        native, code = "/v3/pay/transactions/native", "/v3/pay/transactions/codepay"
        for number in ("ORDER-FAILED", "ORDER-LEFT", "ORDER-CLOSED", "ORDER-EXPIRED"):
            await here.post(native, **here.order(number))
        await here.pay("ORDER-FAILED", "fail")
        await here.pay("ORDER-LEFT", "cancel")
        await here.post("/v3/pay/transactions/out-trade-no/ORDER-CLOSED/close", mchid=here.mchid)
        order = {name: value for name, value in here.order("ORDER-CODE").items() if name != "notify_url"}
        scene = {"store_info": {"id": "7"}}
        await here.post(code, **order, payer={"auth_code": "134567890123456789"}, scene_info=scene)
        sandbox = here.here.sandbox
        await sandbox.timers.run_until(later(sandbox.clock.now(), 8 * 24 * HOUR))
        assert (await here.transaction("ORDER-EXPIRED")).status == "CLOSED"
        assert await here.events() == []


@pytest.mark.parametrize("nonce_once", [False, True])
async def test_a_nonce_that_is_used_again(nonce_once: bool) -> None:
    async with shop(settings={"wechatpay": {"nonce_once": "on" if nonce_once else "off"}}) as here:
        for method, target, body in (("GET", "/v3/certificates", b""), ("POST", "/v3/pay/transactions/native", b"x")):
            raw = json.dumps(here.order()).encode() if body else b""
            request = here.here.signed(method, target, raw)
            first, again = [await here.here.serve("wechatpay", request) for _ in range(2)]
            assert first.status == 200
            assert again.status == (401 if nonce_once else 200)


async def test_code_payments_may_be_closed_to_a_merchant() -> None:
    async with shop(settings={"wechatpay": {"codepay": "off"}}) as here:
        order = {name: value for name, value in here.order("ORDER-CODE").items() if name != "notify_url"}
        more = {"payer": {"auth_code": "134567890123456789"}, "scene_info": {"store_info": {"id": "7"}}}
        refused = await here.refused("POST", "/v3/pay/transactions/codepay", **order, **more)
        assert refused[:2] == (403, "NO_AUTH")
