"""Service providers and their merchants, and the bills of households."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paydouble.core.clock import MINUTE
from paydouble.providers.alipay.merchants import subscribe
from paydouble.providers.alipay.operations.submerchants import Application
from tests.providers.alipay.shop import Shop

EXPAND = "ant.merchant.expand"
APPLY = {"external_id": "Z1", "name": "示例商户", "mcc": "5411"}


async def test_a_merchant_is_brought_along(shop: Shop) -> None:
    told = {"external_id": "M1", "name": "示例商户", "service_phone": "95188"}
    made = await shop.call(f"{EXPAND}.indirect.create", told)
    again = await shop.call(f"{EXPAND}.indirect.create", {**told, "name": "另一个"})
    assert made["sub_merchant_id"] == again["sub_merchant_id"]
    for by in ({"external_id": "M1"}, {"sub_merchant_id": made["sub_merchant_id"]}):
        seen = await shop.call(f"{EXPAND}.indirect.query", by)
        assert (seen["name"], seen["service_phone"]) == ("另一个", "95188")
    assert (await shop.call(f"{EXPAND}.indirect.query", {"external_id": "x"})).sub_code == "MERCHANT_NOT_EXIST"
    assert (await shop.call(f"{EXPAND}.indirect.query", {})).sub_code == "INVALID_PARAMETER"


async def test_what_has_changed_of_a_merchant_is_told(shop: Shop) -> None:
    made = await shop.call(f"{EXPAND}.indirect.create", {"external_id": "M1", "name": "示例商户", "memo": "旧"})
    changed = await shop.call(f"{EXPAND}.indirect.modify", {"external_id": "M1", "service_phone": "95188"})
    assert changed["sub_merchant_id"] == made["sub_merchant_id"]
    seen = await shop.call(f"{EXPAND}.indirect.query", {"sub_merchant_id": made["sub_merchant_id"]})
    assert (seen["name"], seen["memo"], seen["service_phone"]) == ("示例商户", "旧", "95188")
    other = await shop.call(f"{EXPAND}.indirect.modify", {"external_id": "x", "name": "别的"})
    assert other.sub_code == "MERCHANT_NOT_EXIST"


async def test_a_merchant_that_has_passed_is_reviewed_anew_when_it_changes(shop: Shop) -> None:
    refused = await shop.call(f"{EXPAND}.indirect.zft.modify", {"external_id": "Z1", "name": "新名"})
    assert refused.sub_code == "MERCHANT_NOT_EXIST"
    number = await applied(shop, "create")
    await shop.advance(MINUTE)
    smid = (await state(shop, number))["smid"]
    changed = await shop.call(f"{EXPAND}.indirect.zft.modify", {"smid": smid, "name": "新名"})
    assert changed["order_id"] != number
    assert (await state(shop, changed["order_id"]))["status"] == "031"
    await shop.advance(MINUTE)
    after = await state(shop, changed["order_id"])
    assert (after["status"], after["smid"], after["merchant_name"]) == ("99", smid, "新名")


async def applied(shop: Shop, how: str) -> str:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    made = await shop.call(f"{EXPAND}.indirect.zft.{how}", APPLY)
    number: str = made["order_id"]
    return number


async def state(shop: Shop, number: str) -> dict[str, Any]:
    seen = await shop.call(f"{EXPAND}.indirect.zftorder.query", {"order_id": number})
    [order] = seen["orders"]
    listed = await shop.call(f"{EXPAND}.order.query", {"order_id": number})
    assert listed["status"] == order["status"]
    found: dict[str, Any] = order
    return found


@pytest.mark.parametrize("how", ["create", "simplecreate"])
async def test_an_application_is_reviewed_and_told(shop: Shop, how: str) -> None:
    assert (await shop.call(f"{EXPAND}.indirect.zft.consult", APPLY))["risk_audit"] is False
    number = await applied(shop, how)
    assert await applied(shop, how) == number
    assert ((await state(shop, number))["status"], "smid" in await state(shop, number)) == ("031", False)
    await shop.advance(MINUTE)
    after = await state(shop, number)
    assert (after["status"], after["smid"][:4]) == ("99", "2088")
    [told] = shop.told()
    assert told["msg_method"] == "ant.merchant.expand.indirect.zft.passed"
    assert json.loads(told["biz_content"])["smid"] == after["smid"]


async def test_an_application_may_be_rejected(shop: Shop) -> None:
    number = await applied(shop, "create")
    await shop.simulator.acts.act(shop.sandbox, Application.kind, number, "reject", {"reason": "照片不清晰"})
    await shop.advance(MINUTE)
    after = await state(shop, number)
    assert (after["status"], after["reason"]) == ("-1", "照片不清晰")
    [told] = shop.told()
    assert told["msg_method"] == "ant.merchant.expand.indirect.zft.rejected"
    assert await applied(shop, "create") != number


BILL = {"merchant_order_no": "W1", "order_type": "JF", "sub_order_type": "WATER", "charge_inst": "BJWATER",
        "bill_key": "100200", "pay_amount": "23.40"}


async def test_a_households_bill_is_told_and_seen(shop: Shop) -> None:
    made = await shop.call("ebpp.bill.add", None, **BILL)
    again = await shop.call("ebpp.bill.add", BILL)
    assert made["alipay_order_no"] == again["alipay_order_no"]
    other = await shop.call("ebpp.bill.add", {**BILL, "pay_amount": "23.41"})
    assert other.sub_code == "DUPLICATE_REQUEST"
    seen = await shop.call("ebpp.bill.get", {"merchant_order_no": "W1", "order_type": "JF"})
    assert (seen["pay_amount"], seen["order_status"], seen["bill_key"]) == ("23.40", "SUCCESS", "100200")
    assert (await shop.call("ebpp.bill.get", {"merchant_order_no": "x", "order_type": "JF"})).sub_code == "BILL_NOT_EXIST"


async def test_bills_are_paid_by_an_agreement_until_it_ends(shop: Shop) -> None:
    account = {"bill_key": "100200", "charge_inst": "BJWATER"}
    signed = await shop.call("ebpp.pdeduct.sign.add", {**account, "out_agreement_id": "A1"})
    agreement = {"agreement_id": signed["agreement_id"]}
    assert (await shop.call("ebpp.pdeduct.sign.query", account))["agreement_id"] == signed["agreement_id"]
    pay = {**agreement, "out_order_no": "D1", "bill_key": "100200", "pay_amount": "23.40"}
    first, again = await shop.call("ebpp.pdeduct.pay", pay), await shop.call("ebpp.pdeduct.pay", pay)
    assert first["bill_no"] == again["bill_no"]
    other = await shop.call("ebpp.pdeduct.pay", {**pay, "pay_amount": "1.00"})
    assert other.sub_code == "DUPLICATE_REQUEST"
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances["payee:BJWATER:external"]["CNY"] == 2_340
    assert (await shop.call("ebpp.pdeduct.sign.cancel", agreement))["agreement_status"] == "STOP"
    over = await shop.call("ebpp.pdeduct.pay", {**pay, "out_order_no": "D2"})
    assert over.sub_code == "AGREEMENT_NOT_EXIST"
    assert (await shop.call("ebpp.pdeduct.sign.query", account)).sub_code == "AGREEMENT_NOT_EXIST"


async def test_a_bill_is_paid_later_by_an_agreement(shop: Shop) -> None:
    account = {"bill_key": "100200", "charge_inst": "BJWATER"}
    assert (await shop.call("ebpp.pdeduct.sign.validate", account)).code == "10000"
    signed = await shop.call("ebpp.pdeduct.sign.add", account)
    assert (await shop.call("ebpp.pdeduct.sign.validate", account)).sub_code == "DUPLICATE_REQUEST"
    asked = {"agreement_id": signed["agreement_id"], "out_order_no": "D1"}
    assert (await shop.call("ebpp.pdeduct.bill.pay.status", asked)).sub_code == "BILL_NOT_EXIST"
    for _ in range(2):
        accepted = await shop.call("ebpp.pdeduct.async.pay", {**asked, "pay_amount": "23.40"})
        assert accepted["result_status"] == "PROCESSING"
    assert (await shop.call("ebpp.pdeduct.bill.pay.status", asked))["status"] == "PROCESSING"
    assert "payee:BJWATER:external" not in await shop.sandbox.store.balances(shop.sandbox.id)
    await shop.advance(MINUTE)
    assert (await shop.call("ebpp.pdeduct.bill.pay.status", asked))["order_result_code"] == "SUCCESS"
    assert (await shop.sandbox.store.balances(shop.sandbox.id))["payee:BJWATER:external"]["CNY"] == 2_340
