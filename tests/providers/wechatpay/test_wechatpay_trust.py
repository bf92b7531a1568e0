"""Orders on trust, contracts, complaints and coupons of WeChat Pay, through the engine."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.clock import parse_rfc3339
from paydouble.crypto import rsa
from paydouble.providers.wechatpay.papay_records import PapayContract, contract_key
from tests.providers.wechatpay.checked import HOOK, Shop, shop

SERVICE = "/v3/payscore/serviceorder"
PAPAY = "/v3/papay"
COMPLAINTS = "/v3/merchant-service/complaints-v2"
FAVOR = "/v3/marketing/favor"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


def rental(here: Shop, **more: Any) -> dict[str, Any]:
    return {
        "out_order_no": "RENT-1", "appid": here.appid, "service_id": "500001", "service_introduction": "充电宝",
        "time_range": {"start_time": "OnAccept"}, "risk_fund": {"name": "DEPOSIT", "amount": 9_900},
        "notify_url": HOOK, **more,
    }


def cost(here: Shop, total: int, **more: Any) -> dict[str, Any]:
    return {
        "appid": here.appid, "service_id": "500001", "post_payments": [{"name": "租金", "amount": 300}],
        "post_discounts": [{"name": "首单", "description": "立减", "amount": 100}], "total_amount": total, **more,
    }


async def test_a_service_is_used_first_and_paid_afterwards() -> None:
    async with shop() as here:
        made = await here.post(SERVICE, **rental(here))
        assert (made["state"], "package" in made) == ("CREATED", True)
        done_too_soon = await here.refused("POST", f"{SERVICE}/RENT-1/complete", **cost(here, 200))
        assert done_too_soon[2] == "当前订单状态不合法"
        await here.act("wechatpay.service_order", made["order_id"], "confirm")
        assert (await here.refused("POST", f"{SERVICE}/RENT-1/complete", **cost(here, 201)))[2] == "最终总金额计算非法"
        completed = await here.post(f"{SERVICE}/RENT-1/complete", **cost(here, 200))
        assert completed["collection"]["state"] == "USER_PAYING"
        await here.here.settle()
        query = f"{SERVICE}?service_id=500001&appid={here.appid}&out_order_no=RENT-1"
        shown = await here.get(query)
        assert (shown["state"], shown["collection"]["paid_amount"]) == ("DONE", 200)
        told = await here.events()
        assert [event for event, _ in told] == ["PAYSCORE.USER_CONFIRM", "PAYSCORE.USER_PAID"]
        [detail] = shown["collection"]["details"]
        refund = {"refund": 50, "total": 200, "currency": "CNY"}
        await here.post(
            "/v3/refund/domestic/refunds", transaction_id=detail["transaction_id"], out_refund_no="R1", amount=refund
        )


async def test_an_order_under_the_same_number_is_another() -> None:
    async with shop() as here:
        ordered = await here.paid("RENT-1")
        await here.post(SERVICE, **rental(here, need_user_confirm=False, openid=OPENID))
        await here.post(f"{SERVICE}/RENT-1/complete", **cost(here, 200))
        await here.here.settle()
        shown = await here.get(f"{SERVICE}?service_id=500001&appid={here.appid}&out_order_no=RENT-1")
        [detail] = shown["collection"]["details"]
        assert (shown["state"], detail["transaction_id"] == ordered.id) == ("DONE", False)


@pytest.mark.parametrize("shares", [False, True])
async def test_what_a_service_has_cost_may_be_shared(shares: bool) -> None:
    async with shop() as here:
        await here.post(SERVICE, **rental(here, need_user_confirm=False, openid=OPENID))
        made = await here.post(f"{SERVICE}/RENT-1/complete", **cost(here, 200, profit_sharing=shares))
        await here.here.settle()
        collected = await here.transaction(made["order_id"])
        amounts = await here.send("GET", f"/v3/profitsharing/transactions/{collected.id}/amounts")
        assert (collected.profit_sharing, amounts.json.get("unsplit_amount")) == (shares, 200 if shares else 0)


async def test_a_service_is_canceled_or_paid_elsewhere() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {native: payscore.complete}, then: {outcome: pending}}")
        await here.post(SERVICE, **rental(here, need_user_confirm=False, openid=OPENID))
        assert (await here.refused("POST", SERVICE, **rental(here, attach="x")))[2] == "订单重入参数校验失败"
        await here.post(f"{SERVICE}/RENT-1/complete", **cost(here, 200))
        lowered = await here.post(
            f"{SERVICE}/RENT-1/modify", **cost(here, 150, post_payments=[{"name": "租金", "amount": 250}], reason="x")
        )
        assert lowered["total_amount"] == 150
        detail = {"paid_time": "20260301121212"}
        ids = {"appid": here.appid, "service_id": "500001"}
        never = {"type": "Order_Paid", "detail": {"paid_time": "20261399121212"}}
        assert (await here.refused("POST", f"{SERVICE}/RENT-1/sync", **never, **ids))[:2] == (400, "PARAM_ERROR")
        foreign = {"type": "Order_Paid", "detail": detail, **ids, "appid": "wx0"}
        assert (await here.refused("POST", f"{SERVICE}/RENT-1/sync", **foreign))[1] == "APPID_MCHID_NOT_MATCH"
        synced = await here.post(f"{SERVICE}/RENT-1/sync", type="Order_Paid", detail=detail, **ids)
        [paid] = synced["collection"]["details"]
        assert (synced["state"], paid["paid_type"], paid["paid_time"]) == ("DONE", "MCH", "20260301121212")
        await here.post(SERVICE, **rental(here, out_order_no="RENT-2"))
        await here.post(f"{SERVICE}/RENT-2/cancel", reason="x", **ids)
        missing = await here.refused("GET", f"{SERVICE}?service_id=5&appid={here.appid}&out_order_no=RENT-9")
        assert missing[0] == 404


async def signed(here: Shop) -> PapayContract:
    asked = {
        "appid": here.appid, "plan_id": 12_535, "out_contract_code": "C-1", "contract_display_account": "会员",
        "contract_notify_url": HOOK, "openid": OPENID,
    }
    await here.post(f"{PAPAY}/scheduled-deduct-sign/contracts/pre-entrust-sign/jsapi", **asked)
    work = here.here.sandbox.work()
    found = await work.find(PapayContract, "number", contract_key(here.mchid, "12535", "C-1"))
    assert found is not None
    await here.act("wechatpay.papay_contract", found.id, "sign")
    return found


@pytest.mark.parametrize(("outcome", "state", "last"), [
    ("approved", "SUCCESS", "TRANSACTION.SUCCESS"), ("declined", "PAYERROR", "PAPAY.SIGN"),
])  # fmt: skip
async def test_money_is_deducted_under_a_contract(outcome: str, state: str, last: str) -> None:
    async with shop() as here:
        here.here.rules(f"  - {{when: {{operation: payment.charge}}, then: {{outcome: {outcome}}}}}")
        contract = await signed(here)
        at = f"{PAPAY}/sign/contracts/plan-id/12535/out-contract-code/C-1"
        assert (await here.get(at))["contract_state"] == "SIGNED"
        await here.post(f"{PAPAY}/contracts/{contract.id}/notify", mchid=here.mchid, appid=here.appid)
        await here.post(
            f"{PAPAY}/pay/transactions/apply", appid=here.appid, out_trade_no="ORDER-000001", description="会员",
            transaction_notify_url=HOOK, contract_id=contract.id, amount={"total": 100, "currency": "CNY"},
        )
        await here.here.settle()
        shown = await here.get(f"/v3/pay/transactions/out-trade-no/ORDER-000001?mchid={here.mchid}")
        assert shown["trade_state"] == state
        assert [event for event, _ in await here.events()][-1] == last
        ended = await here.post(f"{at}/terminate", contract_termination_remark="不再使用")
        assert ended["contract_terminate_info"]["contract_termination_remark"] == "不再使用"
        assert [event for event, _ in await here.events()][-1] == "PAPAY.TERMINATE"


async def test_a_complaint_is_told_answered_and_settled() -> None:
    async with shop(start=parse_rfc3339("2026-03-01T12:00:00+08:00")) as here:
        at = "/v3/merchant-service/complaint-notifications"
        await here.post(at, url=HOOK)
        assert (await here.get(at))["url"] == HOOK
        await here.paid()
        await here.pay("ORDER-000001", "complain", detail="没有收到货")
        event, plain = (await here.events())[-1]
        assert (event, plain["action_type"]) == ("COMPLAINT.CREATE", "CREATE_COMPLAINT")
        listed = await here.get(f"{COMPLAINTS}?begin_date=2026-03-01&end_date=2026-03-01&limit=10&offset=0")
        [complaint] = listed["data"]
        private = here.here.merchant("wechatpay").keys.private("merchant")
        assert rsa.oaep_decrypt(private, complaint["payer_phone"]).isdigit()
        id = complaint["complaint_id"]
        who = {"complainted_mchid": here.mchid}
        await here.post(f"{COMPLAINTS}/{id}/response", response_content="已补发", **who)
        await here.post(f"{COMPLAINTS}/{id}/update-refund-progress", action="REJECT", reject_reason="已补发")
        await here.post(f"{COMPLAINTS}/{id}/complete", **who)
        assert (await here.get(f"{COMPLAINTS}/{id}"))["complaint_state"] == "PROCESSED"
        talk = await here.get(f"{COMPLAINTS}/{id}/negotiation-historys?limit=50&offset=0")
        assert talk["total_count"] == 4
        assert [event for event, _ in await here.events()].count("COMPLAINT.STATE_CHANGE") == 3
        assert (await here.refused("POST", f"{COMPLAINTS}/{id}/complete", **who))[0] == 400
        assert (await here.send("DELETE", at)).status == 204


async def test_a_coupon_is_made_started_and_sent_as_often_as_there_are() -> None:
    async with shop() as here:
        stock = {
            "stock_name": "代金券", "belong_merchant": here.mchid, "no_cash": True, "stock_type": "NORMAL",
            "available_begin_time": "2026-03-01T00:00:00+08:00", "available_end_time": "2026-04-01T00:00:00+08:00",
            "stock_use_rule": {"max_coupons": 1, "max_amount": 100, "max_coupons_per_user": 1,
                               "natural_person_limit": False, "prevent_api_abuse": False},
            "coupon_use_rule": {"fixed_normal_coupon": {"coupon_amount": 100, "transaction_minimum": 200}},
            "out_request_no": "S1",
        }
        id = (await here.post(f"{FAVOR}/coupon-stocks", **stock))["stock_id"]
        sent = {"stock_id": id, "appid": here.appid, "stock_creator_mchid": here.mchid}
        at = f"{FAVOR}/users/{OPENID}/coupons"
        assert (await here.refused("POST", at, out_request_no="C1", **sent))[0] == 400
        await here.post(f"{FAVOR}/stocks/{id}/start", stock_creator_mchid=here.mchid)
        coupon = await here.post(at, out_request_no="C1", **sent)
        assert coupon == await here.post(at, out_request_no="C1", **sent)
        assert (await here.refused("POST", at, out_request_no="C2", **sent))[1] == "NOT_ENOUGH"
        shown = await here.get(f"{at}/{coupon['coupon_id']}?appid={here.appid}")
        assert (shown["normal_coupon_information"]["coupon_amount"], shown["no_cash"]) == (100, True)
        assert (await here.get(f"{FAVOR}/stocks/{id}?stock_creator_mchid={here.mchid}"))["distributed_coupons"] == 1
