"""What stands around payments: orders that are told of, paid together, declared; risk and what it sees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.alipay.shop import Shop

SYNC = {"out_request_no": "S1", "biz_type": "CREDIT_AUTH", "order_biz_info": '{"status":"COMPLETE"}'}


async def test_the_end_of_a_credit_order_is_told(shop: Shop) -> None:
    trade = await shop.paid("A1")
    told = await shop.call("trade.orderinfo.sync", {**SYNC, "trade_no": trade.id})
    assert (told["out_trade_no"], told["buyer_user_id"]) == ("A1", "2088102100004801")
    odd = await shop.call("trade.orderinfo.sync", {**SYNC, "trade_no": trade.id, "order_biz_info": '{"status":"x"}'})
    assert odd.sub_code == "ACQ.NOTIFY_STATUS_INVALID"
    none = await shop.call("trade.orderinfo.sync", {**SYNC, "trade_no": "2026"})
    assert none.sub_code == "ACQ.TRADE_NOT_EXIST"


async def test_an_order_is_shown_in_the_order_centre(shop: Shop) -> None:
    def status(value: str) -> dict[str, Any]:
        return {"out_biz_no": "O1", "ext_info": [{"ext_key": "merchant_order_status", "ext_value": value}]}

    first = await shop.call("merchant.order.sync", status("WAIT_PAY"))
    second = await shop.call("merchant.order.sync", {**status("FINISHED"), "record_id": first["record_id"]})
    assert (second["record_id"], second["order_id"]) == (first["record_id"], first["order_id"])
    assert (first["order_status"], second["order_status"]) == ("WAIT_PAY", "FINISHED")
    unknown = await shop.call("merchant.order.sync", {**status("x"), "record_id": "nobodys"})
    assert unknown.sub_code == "RECORD_NOT_EXIST"
    no_trade = await shop.call("merchant.order.sync", {**status("x"), "trade_no": "2026"})
    assert no_trade.sub_code == "TRADE_NOT_EXIST"


async def test_a_paid_trade_is_declared_to_customs(shop: Shop) -> None:
    trade = await shop.paid("C1", "88.88")
    asked = {"trade_no": trade.id, "out_request_no": "D1", "amount": "88.88", "customs_place": "HANGZHOU",
             "merchant_customs_code": "339999", "merchant_customs_name": "示例"}
    first = await shop.call("trade.customs.declare", asked)
    again = await shop.call("trade.customs.declare", asked)
    assert first["alipay_declare_no"] == again["alipay_declare_no"]
    other = await shop.call("trade.customs.declare", {**asked, "amount": "1.00"})
    assert other.sub_code == "ACQ.DISCORDANT_REPEAT_REQUEST"
    much = await shop.call("trade.customs.declare", {**asked, "out_request_no": "D2", "amount": "88.89"})
    assert much.sub_code == "ACQ.TOTAL_FEE_EXCEED"
    seen = await shop.call("trade.customs.query", {"out_request_nos": "D1,D2"})
    assert ([each["amount"] for each in seen["records"]], seen["not_found"]) == (["88.88"], "D2")


def details(*orders: tuple[str, str]) -> dict[str, Any]:
    return {"out_merge_no": "M1", "order_details": [
        {"out_trade_no": number, "total_amount": amount, "subject": "x"} for number, amount in orders
    ]}


async def test_several_orders_are_paid_at_once(shop: Shop) -> None:
    made = await shop.call("trade.merge.precreate", details(("A1", "1.00"), ("A2", "2.00")))
    assert [each["out_trade_no"] for each in made["order_detail_results"]] == ["A1", "A2"]
    pay = {"pre_order_no": made["pre_order_no"]}
    for _ in range(2):
        paid = await shop.call("trade.app.merge.pay", pay)
        assert [(each["trade_status"], each["total_amount"]) for each in paid["order_detail_results"]] == [
            ("TRADE_SUCCESS", "1.00"), ("TRADE_SUCCESS", "2.00"),
        ]
    again = await shop.call("trade.merge.precreate", details(("A3", "1.00")))
    assert again.sub_code == "ACQ.TRADE_HAS_SUCCESS"
    back = await shop.call("trade.refund", {"out_trade_no": "A2", "refund_amount": "2.00"})
    assert back["refund_fee"] == "2.00"


async def opened_page(shop: Shop, method: str, biz: dict[str, Any]) -> str:
    values = shop.signed(shop.values(f"alipay.trade.{method}", biz, return_url="http://127.0.0.1:9/x"))
    return (await shop.raw(shop.request(values, "GET"))).header("Location")


@pytest.mark.parametrize("method", ["page.merge.pay", "wap.merge.pay"])
async def test_several_orders_are_paid_at_once_in_a_browser(shop: Shop, method: str) -> None:
    orders = details(("A1", "1.00"), ("A2", "2.00"))
    if method == "wap.merge.pay":
        orders = {"pre_order_no": (await shop.call("trade.merge.precreate", orders))["pre_order_no"]}
    page = await opened_page(shop, method, orders)
    assert page == await opened_page(shop, method, orders)
    shown = (await shop.visit(page)).body.decode()
    assert ("3.00" in shown, "2笔" in shown) == (True, True)
    assert "支付密码错误" in (await shop.visit(page, b"step=pay&password=000000")).body.decode()
    assert (await shop.trade("A1")).status == "OFFERED"
    assert (await shop.visit(page, b"step=pay&password=111111")).header("Location") == "http://127.0.0.1:9/x"
    assert "付款成功" in (await shop.visit(page)).body.decode()
    assert [(await shop.trade(number)).status for number in ("A1", "A2")] == ["TRADE_SUCCESS"] * 2
    assert await shop.verdicts() == []


async def test_a_page_of_merged_orders_takes_nothing_where_one_is_over(shop: Shop) -> None:
    page = await opened_page(shop, "page.merge.pay", details(("A1", "1.00"), ("A2", "2.00")))
    await shop.act("A2", "close")
    assert "交易已经关闭" in (await shop.visit(page, b"step=pay&password=111111")).body.decode()
    assert (await shop.trade("A1")).status == "OFFERED"
    other = await opened_page(shop, "page.merge.pay", details(("A3", "1.00")))
    assert other == ""


@pytest.mark.parametrize("orders", [[], [("A1", "1.00"), ("A1", "1.00")], [("A1", "0")]])
async def test_merged_orders_that_are_refused(shop: Shop, orders: list[tuple[str, str]]) -> None:
    refused = await shop.call("trade.merge.precreate", details(*orders))
    assert refused.sub_code in ("ACQ.INVALID_PARAMETER", "ACQ.TOTAL_FEE_EXCEED")
    assert (await shop.call("trade.app.merge.pay", {"pre_order_no": "x"})).sub_code == "ACQ.TRADE_NOT_EXIST"


async def test_nothing_is_taken_where_one_of_the_merged_orders_is_over(shop: Shop) -> None:
    made = await shop.call("trade.merge.precreate", details(("A1", "1.00"), ("A2", "2.00")))
    await shop.act("A2", "close")
    refused = await shop.call("trade.app.merge.pay", {"pre_order_no": made["pre_order_no"]})
    assert refused.sub_code == "ACQ.TRADE_HAS_CLOSE"
    assert (await shop.trade("A1")).status == "OFFERED"


async def test_texts_and_customers_are_judged(shop: Shop) -> None:
    assert (await shop.call("security.risk.content.detect", {"content": "你好"}))["action"] == "PASSED"
    bad = await shop.call("security.risk.content.detect", {"content": "网上赌博"})
    assert (bad["action"], bad["keywords"]) == ("REJECTED", ["赌博"])
    assert (await shop.call("security.risk.customerrisk.query", {"cert_no": "1"}))["risk_result"] == "LOW"
    assert (await shop.call("security.risk.customerrisk.query", {"user_id": "Risky1"}))["risk_result"] == "HIGH"
    assert (await shop.call("security.risk.customerrisk.send", {"process_code": "01"})).code == "10000"
    asked = await shop.call("security.risk.policy.query", {"risk_type": "trade"})
    assert asked["has_to_check"] is False
    done = await shop.call("security.risk.policy.confirm", {"security_id": asked["security_id"]})
    assert done["confirm_success"] is True


async def test_complaints_have_a_second_face(shop: Shop) -> None:
    await shop.paid("K1")
    await shop.act("K1", "complain", content="没有收到")
    listed = await shop.call("security.risk.complaint.info.batchquery", {})
    [one] = listed["complaint_list"]
    assert one["complain_content"] == "没有收到"
    id = one["task_id"]
    sent = await shop.call("security.risk.complaint.reply.send", {"complaint_id": id, "reply_content": "已发货"})
    assert sent.code == "10000"
    seen = await shop.call("merchant.tradecomplain.query", {"complain_event_id": id})
    assert [each["content"] for each in seen["reply_detail_infos"]] == ["已发货"]
    done = await shop.call("security.risk.complaint.process.finish", {"id_list": [id], "process_code": "x"})
    assert done["complaint_process_success"] is True
    late = await shop.call("security.risk.complaint.process.finish", {"id_list": [id]})
    assert late.sub_code == "STATUS_CHANGED"
    after = await shop.call("security.risk.complaint.info.query", {"complain_id": id})
    assert after["status"] == "MERCHANT_FEEDBACKED"
    assert (await shop.call("security.risk.complaint.info.query", {"complain_id": "x"})).sub_code == "PARAM_ILLEGAL"
