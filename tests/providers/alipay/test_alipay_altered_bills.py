"""Bills that a scenario makes disagree with the books, and fees of a scenario's own."""

from __future__ import annotations

import csv
import io
import zipfile

from paydouble.core.clock import DAY
from paydouble.providers.alipay.times import china
from paydouble.scenarios.loader import load_text
from tests.providers.alipay.shop import Shop

QUERY = "data.dataservice.bill.downloadurl.query"


def ruled(shop: Shop, statement: str) -> None:
    rule = f"{{when: {{operation: statement.download}}, then: {{statement: {statement}}}}}"
    shop.sandbox.rules.activate(load_text(f"schema: 1\nname: wrong\nrules: [{rule}]"))


async def a_day(shop: Shop) -> str:
    await shop.paid("L1", "100.00")
    await shop.paid("L2", "50.00")
    await shop.paid("L3", "20.00")
    await shop.call("trade.refund", {"out_trade_no": "L1", "refund_amount": "30.00", "out_request_no": "R1"})
    day = china(shop.sandbox.clock.now(), "%Y-%m-%d")
    await shop.advance(2 * DAY)
    return day


async def text_of(shop: Shop, day: str, kind: str = "trade", encoding: str = "gbk") -> str:
    made = await shop.call(QUERY, {"bill_type": kind, "bill_date": day})
    file = await shop.visit(made["bill_download_url"])
    with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
        return archive.read(archive.namelist()[0]).decode(encoding)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


async def test_rows_are_missing_added_changed_and_doubled(shop: Shop) -> None:
    day = await a_day(shop)
    ruled(shop, "{omit: [{ref: L2}], alter: [{ref: L1, kind: payment, amount: 100.01, fee: 0.27}],"
                " duplicate: [{ref: L3}], add: [{ref: ghost, amount: 0.01}]}")
    text = await text_of(shop, day)
    told = [(row["商户订单号"].strip(), row["业务类型"], row["商家实收（元）"], row["服务费（元）"]) for row in rows(text)]
    assert told == [
        ("L1", "交易", "100.01", "-0.27"), ("L3", "交易", "20.00", "-0.12"), ("L3", "交易", "20.00", "-0.12"),
        ("L1", "退款", "-30.00", "0.18"), ("ghost", "交易", "0.01", "0.00"),
    ]
    assert "#交易合计：4笔，商家实收共140.02元" in text


async def test_the_bill_of_the_account_is_altered_too(shop: Shop) -> None:
    day = await a_day(shop)
    ruled(shop, "{omit: [{ref: L2}], alter: [{ref: L1, kind: payment, amount: 100.01, fee: 0.27}]}")
    told = [
        (row["商户订单号"].strip(), row["收入金额（+元）"], row["支出金额（-元）"])
        for row in rows(await text_of(shop, day, "signcustomer"))
    ]
    assert told == [
        ("L1", "100.01", "0.00"), ("L1", "0.00", "-0.27"), ("L3", "20.00", "0.00"), ("L3", "0.00", "-0.12"),
        ("L1", "0.00", "-30.00"), ("L1", "0.18", "0.00"),
    ]


async def test_a_bill_may_come_late_in_another_encoding_and_without_its_sums(shop: Shop) -> None:
    day = await a_day(shop)
    ruled(shop, "{late_by: 3d, encoding: utf-8, missing_total_row: true}")
    refused = await shop.call(QUERY, {"bill_type": "trade", "bill_date": day})
    assert refused.sub_code == "BILL_NOT_EXIST"
    await shop.advance(3 * DAY)
    text = await text_of(shop, day, encoding="utf-8")
    assert "业务明细" in text
    assert "合计" not in text


async def test_a_scenario_has_its_own_price(shop: Shop) -> None:
    """A refund of thirty per cent hands back thirty per cent of the fee, its fixed part too."""
    scenario = load_text("schema: 1\nname: dear\nsettings: {fees: {rate: 0.01, fixed: 0.10}}")
    shop.sandbox.rules.activate(scenario)
    day = await a_day(shop)
    fees = [row["服务费（元）"] for row in rows(await text_of(shop, day))]
    assert fees == ["-1.10", "-0.60", "-0.30", "0.33"]
