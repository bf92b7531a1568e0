"""What follows a payment at WeChat Pay: refunds that fail, sharing, transfers; limits hold whatever comes at once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.clock import DAY, HOUR
from paydouble.core.http import Headers
from paydouble.core.ledger import Entry, pending
from paydouble.core.work import Walk
from paydouble.crypto import rsa
from paydouble.providers.wechatpay.models import Refund
from tests.providers.wechatpay.checked import HOOK, Shop, shop

REFUNDS, SHARING = "/v3/refund/domestic/refunds", "/v3/profitsharing"
BILLS, BATCHES = "/v3/fund-app/mch-transfer/transfer-bills", "/v3/transfer/batches"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
STORE = "1900000109"
SCENE = [
    {"info_type": "活动名称", "info_content": "新会员有礼"}, {"info_type": "奖励说明", "info_content": "一等奖"},
]


def sealed(here: Shop, text: str) -> str:
    return rsa.oaep_encrypt(here.here.merchant("wechatpay").keys.public("platform"), text)


async def secretly(here: Shop, target: str, **body: Any) -> Any:
    """A call with fields that are encrypted for the platform certificate."""
    merchant = here.here.merchant("wechatpay")
    request = here.here.signed("POST", target, json.dumps(body).encode())
    named = Headers((*request.headers.pairs, ("Wechatpay-Serial", merchant.keys.serial("platform"))))
    answered = await here.here.serve("wechatpay", replace(request, headers=named))
    assert answered.status == 200, answered.json
    return answered.json


async def abnormal(here: Shop) -> Any:
    here.here.rules("  - {when: {operation: refund.create}, then: {outcome: failed}}")
    await here.paid()
    amount = {"refund": 40, "total": 100, "currency": "CNY"}
    refund = await here.post(
        REFUNDS, out_trade_no="ORDER-000001", out_refund_no="R1", amount=amount, notify_url=HOOK
    )
    await here.here.settle()
    assert (await here.get(f"{REFUNDS}/R1"))["status"] == "ABNORMAL"
    return refund


async def test_an_abnormal_refund_is_sent_to_a_card_of_the_payer() -> None:
    async with shop() as here:
        refund = await abnormal(here)
        at = f"{REFUNDS}/{refund['refund_id']}/apply-abnormal-refund"
        assert (await here.refused("POST", at, out_refund_no="R1", type="USER_BANK_CARD"))[1] == "PARAM_ERROR"
        again = await secretly(
            here, at, out_refund_no="R1", type="USER_BANK_CARD", bank_type="CMB_DEBIT",
            bank_account=sealed(here, "6222021234567890403"), real_name=sealed(here, "张三"),
        )
        assert (again["status"], again["user_received_account"]) == ("PROCESSING", "招商银行借记卡0403")
        told = [(event, plain["user_received_account"]) for event, plain in (await here.events())[1:]]
        assert told == [("REFUND.ABNORMAL", "支付用户零钱"), ("REFUND.SUCCESS", "招商银行借记卡0403")]
        assert (await here.refused("POST", at, out_refund_no="R1", type="MERCHANT_BANK_CARD"))[0] == 400


async def test_a_refund_that_is_closed_can_be_made_again() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: refund.create, nth: 1}, then: {outcome: canceled}}")
        await here.paid()
        amount = {"refund": 100, "total": 100, "currency": "CNY"}
        for number in ("R1", "R2"):
            await here.post(
                REFUNDS, out_trade_no="ORDER-000001", out_refund_no=number, amount=amount, notify_url=HOOK
            )
            await here.here.settle()
        assert [event for event, _ in await here.events()][1:] == ["REFUND.CLOSED", "REFUND.SUCCESS"]


async def shareable(here: Shop, total: int = 1_000) -> str:
    paid = await here.paid(total=total, settle_info={"profit_sharing": True})
    await secretly(
        here, f"{SHARING}/receivers/add", appid=here.appid, type="MERCHANT_ID", account=STORE,
        name=sealed(here, "示例商户全称"), relation_type="STORE",
    )
    await here.post(
        f"{SHARING}/receivers/add", appid=here.appid, type="PERSONAL_OPENID", account=OPENID,
        relation_type="STAFF",
    )
    return paid.id


def share(here: Shop, id: str, number: str = "P1", amount: int = 100, **more: Any) -> dict[str, Any]:
    receivers = [
        {"type": "MERCHANT_ID", "account": STORE, "amount": amount, "description": "分给门店"},
        {"type": "PERSONAL_OPENID", "account": OPENID, "amount": amount, "description": "分给员工"},
    ]
    return {"appid": here.appid, "transaction_id": id, "out_order_no": number, "receivers": receivers,
            "unfreeze_unsplit": False, **more}


async def test_a_payment_is_shared_with_two_and_one_gives_back() -> None:
    async with shop() as here:
        await here.here.simulator.providers["wechatpay"].subscribe(
            work := here.here.sandbox.work(), here.here.merchant("wechatpay"), HOOK, here.here.sandbox.clock
        )
        await work.commit()
        id = await shareable(here)
        taken = await here.post(f"{SHARING}/orders", **share(here, id))
        assert taken["state"] == "PROCESSING"
        assert {each["finish_time"] for each in taken["receivers"]} == {"1970-01-01T08:00:00+08:00"}
        await here.here.settle()
        done = await here.get(f"{SHARING}/orders/P1?transaction_id={id}")
        assert (done["state"], [each["result"] for each in done["receivers"]]) == ("FINISHED", ["SUCCESS"] * 2)
        assert done == await here.post(f"{SHARING}/orders", **share(here, id))
        assert (await here.refused("POST", f"{SHARING}/orders", **share(here, id, amount=50)))[2] == "分账接收方与原请求不一致"
        assert (await here.get(f"{SHARING}/transactions/{id}/amounts"))["unsplit_amount"] == 800
        back = {"out_order_no": "P1", "return_mchid": STORE, "description": "用户退款"}
        await here.post(f"{SHARING}/return-orders", out_return_no="B1", amount=60, **back)
        too_much = await here.refused("POST", f"{SHARING}/return-orders", out_return_no="B2", amount=41, **back)
        assert too_much[0] == 400
        await here.here.settle()
        returned = await here.get(f"{SHARING}/return-orders/B1?&out_order_no=P1")
        assert (returned["result"], returned["amount"]) == ("SUCCESS", 60)
        assert [event for event, _ in await here.events()] == [
            "TRANSACTION.SUCCESS", "PROFITSHARING.SUCCESS", "PROFITSHARING.RETURN"
        ]
        balances = await here.here.sandbox.store.balances(here.here.sandbox.id)
        assert balances[pending(STORE)]["CNY"] == 40
        free = {"transaction_id": id, "description": "解冻全部剩余资金"}
        await here.post(f"{SHARING}/orders/unfreeze", out_order_no="U1", **free)
        assert (await here.get(f"{SHARING}/transactions/{id}/amounts"))["unsplit_amount"] == 0
        assert (await here.refused("POST", f"{SHARING}/orders/unfreeze", out_order_no="U2", **free))[1] == "NOT_ENOUGH"
        over = await here.refused("POST", f"{SHARING}/orders", **share(here, id, "P2"))
        assert over[2] == "订单已完结分账，不支持分账"


# fmt: off
@pytest.mark.parametrize(("changed", "message"), [
    ({"amount": 151},                                    "分账金额超出最大分账比例"),
    ({"receivers": [{"type": "MERCHANT_ID", "account": "1", "amount": 1, "description": "x"}]}, "分账接收方关系不存在"),
    ({"transaction_id": "4200000000000000000000000000"}, "非分账订单不支持分账"),
])  # fmt: skip
# fmt: on
async def test_what_cannot_be_shared(changed: dict[str, Any], message: str) -> None:
    async with shop() as here:
        asked = share(here, await shareable(here), amount=changed.pop("amount", 100)) | changed
        assert (await here.refused("POST", f"{SHARING}/orders", **asked))[2] == message


async def test_one_of_two_receivers_fails_and_the_money_can_be_shared_again() -> None:
    async with shop() as here:
        id = await shareable(here)
        here.here.rules(
            "  - {when: {native: profitsharing.orders, nth: 1},"
            " then: {outcome: {result: failed, reason: limit_exceeded}}}"
        )
        await here.post(f"{SHARING}/orders", **share(here, id))
        await here.here.settle()
        done = await here.get(f"{SHARING}/orders/P1?transaction_id={id}")
        assert [each["result"] for each in done["receivers"]] == ["CLOSED", "SUCCESS"]
        assert done["receivers"][0]["fail_reason"] == "RECEIVER_RECEIPT_LIMIT"
        assert (await here.transaction("ORDER-000001")).shared_minor == 100


async def test_frozen_money_is_refunded_only_as_far_as_it_is_there_and_free_after_a_month() -> None:
    async with shop() as here:
        id = await shareable(here)
        await here.post(f"{SHARING}/orders", **share(here, id))
        refund = {"refund": 900, "total": 1_000, "currency": "CNY"}
        asked = {"out_trade_no": "ORDER-000001", "out_refund_no": "R1", "amount": refund}
        assert (await here.refused("POST", REFUNDS, **asked))[1] == "NOT_ENOUGH"
        await here.advance(31 * DAY)
        await here.post(REFUNDS, **asked)


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_two_hundred_at_once_share_and_refund_no_more_than_there_is(store: str, tmp_path: Path) -> None:
    async with shop(store="memory" if store == "memory" else f"sqlite:{tmp_path / 'books'}") as here:
        id = await shareable(here)
        await here.here.settle()

        async def refund(number: int) -> int:
            amount = {"refund": 50, "total": 1_000, "currency": "CNY"}
            body = {"transaction_id": id, "out_refund_no": f"R{number}", "amount": amount}
            return (await here.send("POST", REFUNDS, body)).status

        async def shared(number: int) -> int:
            return (await here.send("POST", f"{SHARING}/orders", share(here, id, f"P{number}", 5))).status

        statuses = await asyncio.gather(*(doing(n) for n in range(100) for doing in (refund, shared)))
        await here.here.settle()
        order = await here.transaction("ORDER-000001")
        assert statuses.count(200) == order.share_count + order.refund_count
        assert order.shared_minor <= 300
        assert order.refunded_minor + order.shared_minor <= 1_000
        assert order.refunded_minor + order.shared_minor > 940


def transfer(here: Shop, number: str = "T1", amount: int = 400, **more: Any) -> dict[str, Any]:
    return {
        "appid": here.appid, "out_bill_no": number, "transfer_scene_id": "1000", "openid": OPENID,
        "transfer_amount": amount, "transfer_remark": "新会员开通有礼", "notify_url": HOOK,
        "transfer_scene_report_infos": SCENE, **more,
    }


async def test_a_transfer_is_confirmed_by_who_receives_it() -> None:
    async with shop() as here:
        name = {"user_name": sealed(here, "张三")}
        made = await secretly(here, BILLS, **transfer(here, amount=200_000, **name))
        assert made["state"] == "WAIT_USER_CONFIRM"
        again = await secretly(here, BILLS, **transfer(here, amount=200_000, user_name=sealed(here, "张三")))
        assert again == made
        await here.act("wechatpay.transfer_bill", made["transfer_bill_no"], "confirm")
        shown = await here.get(f"{BILLS}/out-bill-no/T1")
        assert shown["state"] == "SUCCESS"
        private = here.here.merchant("wechatpay").keys.private("merchant")
        assert rsa.oaep_decrypt(private, shown["user_name"]) == "张三"
        [(event, plain)] = await here.events()
        assert (event, plain["state"], plain["mch_id"]) == ("MCHTRANSFER.BILL.FINISHED", "SUCCESS", here.mchid)
        assert (await here.refused("POST", f"{BILLS}/out-bill-no/T1/cancel"))[0] == 400


async def test_a_transfer_is_canceled_before_it_is_confirmed() -> None:
    async with shop() as here:
        made = await here.post(BILLS, **transfer(here))
        canceled = await here.post(f"{BILLS}/out-bill-no/T1/cancel")
        assert canceled["state"] == "CANCELING"
        await here.here.settle()
        assert (await here.get(f"{BILLS}/transfer-bill-no/{made['transfer_bill_no']}"))["state"] == "CANCELLED"


async def test_a_transfer_that_nobody_confirms_is_over_after_a_day() -> None:
    async with shop() as here:
        await here.post(BILLS, **transfer(here))
        await here.advance(25 * HOUR)
        shown = await here.get(f"{BILLS}/out-bill-no/T1")
        assert (shown["state"], shown["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")


# fmt: off
@pytest.mark.parametrize(("changed", "message"), [
    ({"transfer_amount": 200_000},                        "转账金额大于等于2000元时，收款用户姓名必填"),
    ({"transfer_scene_report_infos": SCENE[:1]},          "需传入转账场景报备信息，请检查"),
    ({"appid": "wx0000000000000000"},                     "appid和mch_id不匹配，请检查后再试"),
])  # fmt: skip
# fmt: on
async def test_transfers_that_are_refused(changed: dict[str, Any], message: str) -> None:
    async with shop() as here:
        assert (await here.refused("POST", BILLS, **transfer(here) | changed))[2] == message
        await here.post(BILLS, **transfer(here))
        differs = await here.refused("POST", BILLS, **transfer(here, amount=401))
        assert differs[2] == "单号已存在但信息不一致，请查单后比较确认"


async def test_an_old_batch_ends_with_one_that_failed() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {native: transfer_batches.create}, then: {outcome: failed}}")
        details = [
            {"out_detail_no": f"D{n}", "transfer_amount": 100, "transfer_remark": "报销", "openid": OPENID}
            for n in range(3)
        ]
        batch = {
            "appid": here.appid, "out_batch_no": "B1", "batch_name": "报销单", "batch_remark": "报销",
            "total_amount": 300, "total_num": 3, "transfer_detail_list": details, "notify_url": HOOK,
        }
        assert (await here.refused("POST", BATCHES, **batch | {"total_num": 2}))[1] == "PARAM_ERROR"
        taken = await here.post(BATCHES, **batch)
        [(event, plain)] = await here.events()
        assert (event, plain["success_num"], plain["fail_num"]) == ("MCHTRANSFER.BATCH.FINISHED", 2, 1)
        at = f"{BATCHES}/batch-id/{taken['batch_id']}"
        shown = await here.get(f"{at}?need_query_detail=true&detail_status=FAIL")
        [failed] = shown["transfer_detail_list"]
        assert failed["out_detail_no"] == "D0"
        detail = await here.get(f"{at}/details/detail-id/{failed['detail_id']}")
        assert detail == await here.get(f"{BATCHES}/out-batch-no/B1/details/out-detail-no/D0")
        assert "transfer_detail_list" not in await here.get(f"{BATCHES}/out-batch-no/B1?need_query_detail=false")


async def test_an_old_batch_that_nobody_pays_for_is_closed() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: payout.create}, then: {outcome: canceled}}")
        await here.post(
            BATCHES, appid=here.appid, out_batch_no="B1", batch_name="报销单", batch_remark="报销", total_amount=100,
            total_num=1, notify_url=HOOK, transfer_detail_list=[
                {"out_detail_no": "D1", "transfer_amount": 100, "transfer_remark": "报销", "openid": OPENID},
            ],
        )
        [(event, plain)] = await here.events()
        assert (event, plain["close_reason"]) == ("MCHTRANSFER.BATCH.CLOSED", "OVERDUE_CLOSE")
        shown = await here.get(f"{BATCHES}/out-batch-no/B1?need_query_detail=false")
        assert shown["transfer_batch"]["batch_status"] == "CLOSED"
        assert (await here.here.sandbox.work().scan(Entry, Walk())) == []


async def test_a_scenario_cancels_a_transfer_before_it_is_confirmed() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: payout.create}, then: {outcome: canceled}}")
        made = await here.post(BILLS, **transfer(here))
        [(event, plain)] = await here.events()
        told = (made["state"], event, plain["state"], plain["fail_reason"])
        assert told == ("WAIT_USER_CONFIRM", "MCHTRANSFER.BILL.FINISHED", "CANCELLED", "MCH_CANCEL")


async def test_the_refund_keeps_whose_money_it_was() -> None:
    async with shop() as here:
        await here.paid()
        await here.pay("ORDER-000001", "refund", amount="0.40")
        [refund] = await here.here.sandbox.work().scan(Refund, Walk())
        assert (refund.payee, refund.origin) == (here.mchid, "VENDOR_PLATFORM")
