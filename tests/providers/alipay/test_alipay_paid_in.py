"""Money that users pay in, limits of what goes out, what is held back, and what is paid once it was delivered."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from paydouble.core.clock import DAY, HOUR
from paydouble.crypto import rsa
from tests.providers.alipay.shop import Shop, opened

PACKET = {"out_biz_no": "RP1", "trans_amount": "8.88", "product_code": "STD_RED_PACKET",
          "biz_scene": "PERSONAL_PAY", "order_title": "红包"}
QUERY = {"out_biz_no": "RP1", "product_code": "STD_RED_PACKET", "biz_scene": "PERSONAL_PAY"}
SENT = {"out_biz_no": "T1", "trans_amount": "60.00", "product_code": "TRANS_ACCOUNT_NO_PWD",
        "biz_scene": "DIRECT_TRANSFER",
        "payee_info": {"identity": "2088102100004812", "identity_type": "ALIPAY_USER_ID"}}


async def through_app(shop: Shop, **more: str) -> dict[str, Any]:
    values = shop.signed(shop.values("alipay.fund.trans.app.pay", {**PACKET, **more}))
    answer: dict[str, Any] = json.loads((await shop.raw(shop.request(values))).body)
    return answer


async def test_a_user_pays_a_red_packet_in_an_app_and_gets_it_back(shop: Shop) -> None:
    told = await through_app(shop)
    assert told["resultStatus"] == "9000"
    name, _, rest = told["result"][1:].partition(":")
    node, _, sign = rest.partition(',"sign":"')
    assert json.loads(name) == "alipay_fund_trans_app_pay_response"
    public = shop.merchant.keys.public("platform")
    assert rsa.verifies_sha256(public, node.encode(), sign.partition('"')[0])
    order = json.loads(node)
    assert (order["status"], order["out_biz_no"]) == ("SUCCESS", "RP1")
    assert json.loads((await through_app(shop))["result"][len(name) + 2:].partition(',"sign"')[0])["order_id"] == (
        order["order_id"]
    )
    held = f"merchant:{shop.merchant.secrets['seller_id']}:reserved"
    assert (await shop.sandbox.store.balances(shop.sandbox.id))[held]["CNY"] == 888
    back = {"order_id": order["order_id"], "out_request_no": "R1", "refund_amount": "8.00"}
    given, again = await shop.call("fund.trans.refund", back), await shop.call("fund.trans.refund", back)
    assert (given["status"], given.value) == ("SUCCESS", again.value)
    other_amount = await shop.call("fund.trans.refund", {**back, "refund_amount": "0.01"})
    assert other_amount.sub_code == "PAYMENT_INFO_INCONSISTENCY"
    much = {**back, "out_request_no": "R2", "refund_amount": "0.89"}
    assert (await shop.call("fund.trans.refund", much)).sub_code == "REFUND_AMOUNT_EXCEED"
    assert (await shop.sandbox.store.balances(shop.sandbox.id))[held]["CNY"] == 88
    other = json.loads(json.dumps(await through_app_refused(shop)))
    assert other == "PAYMENT_INFO_INCONSISTENCY"


async def through_app_refused(shop: Shop) -> str:
    return (await shop.call("fund.trans.app.pay", {**PACKET, "trans_amount": "9.99"})).sub_code


async def test_a_user_pays_a_transfer_in_a_browser(shop: Shop) -> None:
    values = shop.signed(shop.values(
        "alipay.fund.trans.page.pay", {**PACKET, "payee_info": SENT["payee_info"]}, return_url="http://127.0.0.1:9/x"
    ))
    page = (await shop.raw(shop.request(values, "GET"))).header("Location")
    assert "红包" in (await shop.visit(page)).body.decode()
    assert (await shop.call("fund.trans.common.query", QUERY))["status"] == "WAIT_PAY"
    assert "支付密码错误" in (await shop.visit(page, b"step=pay&password=000000")).body.decode()
    done = await shop.visit(page, b"step=pay&password=111111")
    assert done.header("Location") == "http://127.0.0.1:9/x"
    assert "付款成功" in (await shop.visit(page)).body.decode()
    assert (await shop.call("fund.trans.common.query", QUERY))["status"] == "SUCCESS"
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances["payee:2088102100004812:external"]["CNY"] == 888


async def test_what_no_user_pays_is_closed(shop: Shop) -> None:
    values = shop.signed(shop.values("alipay.fund.trans.page.pay", PACKET))
    page = (await shop.raw(shop.request(values, "GET"))).header("Location")
    await shop.advance(24 * HOUR)
    assert (await shop.call("fund.trans.common.query", QUERY))["status"] == "CLOSED"
    assert "交易已关闭" in (await shop.visit(page, b"step=pay&password=111111")).body.decode()


async def test_errors_of_the_page_are_pages(shop: Shop) -> None:
    values = shop.signed(shop.values("alipay.fund.trans.page.pay", {**PACKET, "trans_amount": "0"}))
    assert "错误代码" in (await shop.raw(shop.request(values, "GET"))).body.decode("gbk")


async def test_transfers_have_limits_for_one_a_day_and_a_month() -> None:
    async with opened({"transfer_single_max": "60.00", "transfer_daily_max": "100.00"}) as shop:
        much = await shop.call("fund.trans.uni.transfer", {**SENT, "trans_amount": "60.01"})
        assert much.sub_code == "EXCEED_LIMIT_SM_AMOUNT"
        assert (await shop.call("fund.trans.uni.transfer", SENT)).code == "10000"
        second = {**SENT, "out_biz_no": "T2"}
        assert (await shop.call("fund.trans.uni.transfer", second)).sub_code == "EXCEED_LIMIT_DM_AMOUNT"
        quota = await shop.call("fund.quota.query", {"product_code": "TRANS_ACCOUNT_NO_PWD"})
        assert (quota["new_quota_daily_remain"], quota["new_quota_monthly_remain"]) == ("40.00", "2940.00")
        await shop.advance(DAY)
        assert (await shop.call("fund.trans.uni.transfer", second)).code == "10000"
        assert (await shop.call("fund.quota.query", {}))["new_quota_daily_remain"] == "40.00"


async def test_what_a_split_holds_back_is_not_settled_yet(shop: Shop) -> None:
    held = await shop.paid("S1", "100.00", extend_params={"royalty_freeze": "true"})
    await shop.paid("S2", "50.00")
    asked = {"out_request_no": "Q1", "biz_product": "x", "trade_no": held.id}
    assert (await shop.call("trade.settle.receivables.query", asked))["unsettled_amount"] == "100.00"
    every = await shop.call("trade.settle.receivables.query", {"out_request_no": "Q2"})
    assert (every["unsettled_amount"], every["settled_amount"]) == ("100.00", "50.00")
    confirmed = await shop.call("trade.settle.confirm", {
        "out_request_no": "C1", "trade_no": held.id, "settle_info": {"settle_detail_infos": [{"amount": "100.00"}]},
    })
    assert confirmed["settle_amount"] == "100.00"
    after = await shop.call("trade.settle.receivables.query", asked)
    assert (after["unsettled_amount"], after["settled_amount"]) == ("0.00", "100.00")


async def test_a_trade_is_paid_once_it_was_delivered(shop: Shop) -> None:
    order = {"out_trade_no": "O1", "total_amount": "20.00", "subject": "租车", "buyer_id": "2088102100004801"}
    trade_no = (await shop.call("trade.create", order))["trade_no"]
    pay = {"trade_no": trade_no, "out_request_no": "P1", "total_amount": "20.00"}
    assert (await shop.call("trade.order.pay", {**pay, "total_amount": "19.00"})).sub_code == "ACQ.CONTEXT_INCONSISTENT"
    other = await shop.call("trade.order.pay", {**pay, "buyer_id": "2088102100004899"})
    assert other.sub_code == "ACQ.TRADE_BUYER_NOT_MATCH"
    for _ in range(2):
        paid = await shop.call("trade.order.pay", pay)
        assert (paid["out_trade_no"], paid["fulfillment_amount"]) == ("O1", "20.00")
    late = await shop.call("trade.order.pay", {**pay, "out_request_no": "P2"})
    assert late.sub_code == "ACQ.TRADE_HAS_SUCCESS"
    missing = await shop.call("trade.order.pay", {**pay, "trade_no": "2026"})
    assert missing.sub_code == "ACQ.TRADE_NOT_EXIST"


@pytest.mark.parametrize("verb", ["POST", "GET"])
async def test_a_consultation_says_yes_unless_an_agreement_is_over(shop: Shop, verb: str) -> None:
    yes = await shop.call("trade.advance.consult", {"alipay_user_id": "2088102100004801"}, verb=verb)
    assert (yes["refer_result"], yes["result_code"]) == (True, "SUCCESS")
    none = await shop.call("trade.advance.consult", {"agreement_no": "2026"}, verb=verb)
    assert none.sub_code == "ACQ.AGREEMENT_NOT_EXIST"


async def test_a_browser_is_sent_to_the_page_on_which_a_user_grants(shop: Shop) -> None:
    asked = {"scopes": ["auth_user"], "state": "s"}
    values = shop.signed(shop.values("alipay.user.info.auth", asked, return_url="http://127.0.0.1:9/back"))
    page = (await shop.raw(shop.request(values, "GET"))).header("Location")
    back = (await shop.visit(page, b"ok=1")).header("Location")
    told = dict(parse_qsl(urlsplit(back).query))
    assert (back.partition("?")[0], told["state"], told["scope"]) == ("http://127.0.0.1:9/back", "s", "auth_user")
    nowhere = shop.signed(shop.values("alipay.user.info.auth", asked))
    assert "缺少return_url" in (await shop.raw(shop.request(nowhere, "GET"))).body.decode("gbk")


def batch(*orders: tuple[str, str], **more: Any) -> dict[str, Any]:
    listed = [{"out_biz_no": number, "trans_amount": amount, "payee_info": SENT["payee_info"]}
              for number, amount in orders]
    return {"out_batch_no": "BT1", "product_code": "BATCH_API_TO_ACC", "biz_scene": "MESSAGE_BATCH_PAY",
            "total_count": str(len(orders)), "total_trans_amount": "3.00", "trans_order_list": listed, **more}


async def test_a_batch_of_transfers_is_made_when_it_is_confirmed(shop: Shop) -> None:
    asked = batch(("T1", "1.00"), ("T2", "2.00"))
    made = await shop.call("fund.batch.create", asked)
    assert made["status"] == "INIT"
    assert (await shop.call("fund.batch.create", asked)).value == made.value
    other = await shop.call("fund.batch.create", batch(("T1", "3.00")))
    assert other.sub_code == "PAYMENT_INFO_INCONSISTENCY"
    seller = shop.merchant.secrets["seller_id"]
    assert await shop.sandbox.store.balances(shop.sandbox.id) == {}
    await shop.simulator.acts.act(shop.sandbox, "alipay.transfer_batch", made["batch_trans_id"], "pay", {})
    seen = await shop.call("fund.batch.detail.query", {"out_batch_no": "BT1", "page_size": "1", "page_num": "2"})
    assert (seen["batch_status"], seen["success_amount"], seen["total_page_count"]) == ("SUCCESS", "3.00", 2)
    assert [(each["out_biz_no"], each["status"]) for each in seen["acc_detail_list"]] == [("T2", "SUCCESS")]
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances[f"merchant:{seller}:pending"]["CNY"] == -300
    left = await shop.call("fund.account.query", {"alipay_user_id": seller})
    assert left["available_amount"] == "999997.00"


@pytest.mark.parametrize("wrong", [
    batch(("T1", "1.00")), batch(("T1", "3.00"), total_count="2"), batch(("T1", "1.50"), ("T2", "1.5x")),
])
async def test_a_batch_that_does_not_add_up_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    assert (await shop.call("fund.batch.create", wrong)).sub_code == "INVALID_PARAMETER"
    assert (await shop.call("fund.batch.detail.query", {"out_batch_no": "BT1"})).sub_code == "ORDER_NOT_EXIST"


async def test_a_batch_that_nobody_confirms_is_closed(shop: Shop) -> None:
    await shop.call("fund.batch.create", batch(("T1", "1.00"), ("T2", "2.00")))
    await shop.advance(7 * DAY)
    seen = await shop.call("fund.batch.detail.query", {"out_batch_no": "BT1"})
    assert (seen["batch_status"], {each["status"] for each in seen["acc_detail_list"]}) == ("CLOSED", {"CLOSED"})
