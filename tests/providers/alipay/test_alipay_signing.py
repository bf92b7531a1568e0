"""Agreements that come about by paying, by a code, out of another product; and charges that are only accepted."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from paydouble.core.clock import SECOND
from paydouble.providers.alipay.operations.agreements import Contract
from tests.providers.alipay.shop import NOTIFY, Shop, opened

SIGNED = "http://127.0.0.1:9/signed"
SIGN = {"personal_product_code": "GENERAL_WITHHOLDING_P", "sign_scene": "INDUSTRY|CARRENTAL",
        "external_agreement_no": "E1", "access_params": {"channel": "ALIPAYAPP"}}
TOGETHER = {**SIGN, "sign_notify_url": SIGNED}
ORDER = {"out_trade_no": "P1", "total_amount": "9.90", "subject": "会员", "agreement_sign_params": TOGETHER}
QUERY = {"external_agreement_no": "E1", "personal_product_code": "GENERAL_WITHHOLDING_P",
         "sign_scene": "INDUSTRY|CARRENTAL"}


def told_at(shop: Shop, url: str) -> list[dict[str, str]]:
    return [shop.notice(request) for request in shop.receiver.requests if request.target == url]


async def test_an_app_pays_and_signs_at_once(shop: Shop) -> None:
    values = shop.signed(shop.values("alipay.trade.app.pay", ORDER, notify_url=NOTIFY))
    answer = json.loads((await shop.raw(shop.request(values))).body)
    assert answer["resultStatus"] == "9000"
    assert (await shop.call("user.agreement.query", QUERY))["status"] == "NORMAL"
    await shop.sandbox.timers.settle()
    assert [each["trade_status"] for each in told_at(shop, NOTIFY)] == ["TRADE_SUCCESS"]
    [sign] = told_at(shop, SIGNED)
    assert (sign["notify_type"], sign["status"], sign["external_agreement_no"]) == ("dut_user_sign", "NORMAL", "E1")


@pytest.mark.parametrize("method", ["trade.create", "trade.page.pay", "trade.wap.pay"])
async def test_what_is_not_paid_is_not_signed(shop: Shop, method: str) -> None:
    order = {**ORDER, "buyer_id": "2088102100004801"}
    if method == "trade.create":
        assert (await shop.call(method, order)).code == "10000"
    else:
        await shop.raw(shop.request(shop.signed(shop.values(f"alipay.{method}", order)), "GET"))
    assert (await shop.call("user.agreement.query", QUERY)).sub_code == "USER_AGREEMENT_NOT_EXIST"
    await shop.act("P1", "pay")
    seen = await shop.call("user.agreement.query", QUERY)
    assert (seen["status"], seen["principal_id"]) == ("NORMAL", "2088102100004801")
    assert [each["notify_type"] for each in told_at(shop, SIGNED)] == ["dut_user_sign"]
    again = await shop.call("trade.create", {**order, "out_trade_no": "P2"})
    assert again.sub_code == "INVALID_PARAMETER"


async def agreed(shop: Shop) -> Contract:
    """A buyer signs on the page, which the apps' own code would spare him."""
    values = shop.signed(shop.values("alipay.user.agreement.page.sign", SIGN))
    page = (await shop.raw(shop.request(values, "GET"))).header("Location")
    number = dict(parse_qsl(urlsplit(page).query))["agreement_no"]
    await shop.visit(page, b"step=sign")
    found = await shop.sandbox.work().get(Contract, number)
    assert found is not None
    return found


async def test_a_buyer_signs_by_the_code_of_a_text_message(shop: Shop) -> None:
    values = shop.signed(shop.values("alipay.user.agreement.page.sign", SIGN))
    page = (await shop.raw(shop.request(values, "GET"))).header("Location")
    number = dict(parse_qsl(urlsplit(page).query))["agreement_no"]
    asked = {"agreement_no": number, "auth_confirm_type": "SMS"}
    token = (await shop.call("user.agreement.auth.apply", asked))["apply_token"]
    wrong = await shop.call("user.agreement.sign.confirm", {"apply_token": token, "confirm_no": "123456"})
    assert wrong.sub_code == "CONFIRM_NO_INVALID"
    unknown = await shop.call("user.agreement.sign.confirm", {"apply_token": "x", "confirm_no": "888888"})
    assert unknown.sub_code == "APPLY_TOKEN_INVALID"
    for _ in range(2):
        done = await shop.call("user.agreement.sign.confirm", {"apply_token": token, "confirm_no": "888888"})
        assert (done["agreement_no"], done["status"]) == (number, "NORMAL")


async def test_an_agreement_moves_to_a_product_with_a_plan(shop: Shop) -> None:
    contract = await agreed(shop)
    asked: dict[str, Any] = {"agreement_no": contract.id, "target_product_code": "CYCLE_PAY_AUTH"}
    assert (await shop.call("user.agreement.transfer", asked)).sub_code == "INVALID_PARAMETER"
    plan = {"period_type": "DAY", "period": "6", "execute_time": "2026-04-01", "single_amount": "10.00"}
    short = await shop.call("user.agreement.transfer", {**asked, "period_rule_params": plan})
    assert short.sub_code == "INVALID_PARAMETER"
    monthly = {**plan, "period_type": "MONTH", "period": "1", "execute_time": "2026-04-29"}
    late = await shop.call("user.agreement.transfer", {**asked, "period_rule_params": monthly})
    assert late.sub_code == "ILLEGAL_EXECUTION_TIME"
    moved = await shop.call("user.agreement.transfer", {**asked, "period_rule_params": {**plan, "period": "7"}})
    assert (moved["period"], moved["amount"], moved["execute_time"]) == ("7", "10.00", "2026-04-01")
    seen = await shop.call("user.agreement.query", {"agreement_no": contract.id})
    assert (seen["personal_product_code"], seen["next_deduct_time"]) == ("CYCLE_PAY_AUTH_P", "2026-04-01")
    other = await shop.call("user.agreement.transfer", {**asked, "target_product_code": "x"})
    assert other.sub_code == "PRODUCT_CODE_NOT_SUPPORTED_ERROR"


@pytest.mark.parametrize(("setting", "how"), [
    ("10003", {"is_async_pay": True}), ("10000", {"pay_params": {"async_type": "NORMAL_ASYNC"}}),
])
async def test_a_charge_is_accepted_and_made_later(setting: str, how: dict[str, Any]) -> None:
    async with opened({"async_pay": setting, "async_pay_after": "30s"}) as shop:
        contract = await agreed(shop)
        order = {"out_trade_no": "W1", "total_amount": "5.00", "subject": "代扣",
                 "product_code": "GENERAL_WITHHOLDING", "agreement_params": {"agreement_no": contract.id}}
        taken = await shop.call("trade.pay", {**order, **how}, notify_url=NOTIFY)
        assert (taken.code, taken["async_payment_mode"]) == (setting, "NORMAL_ASYNC_PAY")
        await shop.advance(29 * SECOND)
        assert (await shop.trade("W1")).status == "WAIT_BUYER_PAY"
        await shop.advance(1 * SECOND)
        query = {"out_trade_no": "W1", "query_options": ["async_pay_info"]}
        seen = await shop.call("trade.query", query)
        assert (seen["trade_status"], seen["async_pay_apply_status"]) == ("TRADE_SUCCESS", "S")
        assert [each["trade_status"] for each in told_at(shop, NOTIFY)] == ["TRADE_SUCCESS"]
        assert await shop.verdicts() == []


async def test_an_accepted_charge_may_fail_later(shop: Shop) -> None:
    frozen = await shop.call("fund.auth.order.freeze", {
        "out_order_no": "A1", "out_request_no": "F1", "order_title": "押金", "amount": "10.00",
        "auth_code": "281234567890123456", "auth_code_type": "bar_code",
    })
    order = {"out_trade_no": "W2", "total_amount": "10.00", "subject": "租金", "auth_no": frozen["auth_no"]}
    assert (await shop.call("trade.pay", {**order, "is_async_pay": "true"})).code == "10003"
    free = {"auth_no": frozen["auth_no"], "out_request_no": "U1", "amount": "1.00", "remark": "x"}
    assert (await shop.call("fund.auth.order.unfreeze", free)).code == "10000"
    await shop.advance(10 * SECOND)
    seen = await shop.call("trade.query", {"out_trade_no": "W2", "query_options": ["async_pay_info"]})
    assert (seen["trade_status"], seen["async_pay_apply_status"]) == ("WAIT_BUYER_PAY", "F")


async def test_an_agreement_is_found_by_its_buyer(shop: Shop) -> None:
    contract = await agreed(shop)
    product = {"personal_product_code": "GENERAL_WITHHOLDING_P"}
    for who in ({"alipay_user_id": contract.user_id}, {"alipay_logon_id": "buyer4801@example.com"}):
        assert (await shop.call("user.agreement.query", {**product, **who}))["agreement_no"] == contract.id
    other = {"alipay_user_id": contract.user_id, "personal_product_code": "CYCLE_PAY_AUTH_P"}
    assert (await shop.call("user.agreement.query", other)).sub_code == "USER_AGREEMENT_NOT_EXIST"


@pytest.mark.parametrize(("setting", "told"), [
    ("not_exist", "USER_AGREEMENT_NOT_EXIST"), ("has_unsigned", "AGREEMENT_HAS_UNSIGNED"), ("shown", ""),
])
async def test_what_is_shown_of_an_agreement_that_was_ended(setting: str, told: str) -> None:
    async with opened({"unsigned_query": setting}) as shop:
        contract = await agreed(shop)
        assert (await shop.call("user.agreement.unsign", {"agreement_no": contract.id})).code == "10000"
        seen = await shop.call("user.agreement.query", {"agreement_no": contract.id})
        assert (seen.sub_code, seen.value.get("status", "")) == (told, "" if told else "STOP")
