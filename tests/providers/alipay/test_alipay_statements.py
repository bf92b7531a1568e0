"""What is told afterwards: bills, complaints, certificates, and notifications over a day."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE
from paydouble.core.http import HttpResponse
from paydouble.core.ledger import pending
from paydouble.providers.alipay import keys
from paydouble.providers.alipay.merchants import subscribe
from paydouble.providers.alipay.times import china, parse
from tests.providers.alipay.shop import Shop, from_base64


async def test_a_bill_reconciles_to_the_ledger(shop: Shop) -> None:
    await shop.paid("L1", "100.00")
    await shop.paid("L2", "50.00")
    await shop.call("trade.refund", {"out_trade_no": "L1", "refund_amount": "30.00", "out_request_no": "R1"})
    day = china(shop.sandbox.clock.now(), "%Y-%m-%d")
    ask = {"bill_type": "trade", "bill_date": day}
    assert (await shop.call("data.dataservice.bill.downloadurl.query", ask)).sub_code == "BILL_NOT_EXIST"
    before = await shop.sandbox.store.balances(shop.sandbox.id)
    await shop.advance(2 * DAY)
    rows = await bill(shop, ask)
    assert [(row["业务类型"], row["商家实收（元）"], row["服务费（元）"]) for row in rows] == [
        ("交易", "100.00", "-0.60"), ("交易", "50.00", "-0.30"), ("退款", "-30.00", "0.18"),
    ]
    total = sum(_fen(row["商家实收（元）"]) + _fen(row["服务费（元）"]) for row in rows)
    assert total == before[pending(shop.merchant.secrets["seller_id"])]["CNY"]
    moved = await bill(shop, {"bill_type": "signcustomer", "bill_date": day[:7]}) if day[8:] < "28" else None
    assert moved is None or moved[-1]["账户余额（元）"] == "119.28"


async def test_an_accounts_balance_goes_on_from_day_to_day(shop: Shop) -> None:
    await shop.paid("L1", "100.00")
    await shop.advance(DAY)
    now = shop.sandbox.clock.now()
    await shop.paid("L2", "50.00")
    await shop.advance(2 * DAY)
    moved = await bill(shop, {"bill_type": "signcustomer", "bill_date": china(now, "%Y-%m-%d")})
    assert [row["账户余额（元）"] for row in moved] == ["149.40", "149.10"]
    logged = await shop.call("data.bill.accountlog.query", {
        "start_time": china(now), "end_time": china(shop.sandbox.clock.now()),
    })
    assert [row["balance"] for row in logged["detail_list"]] == ["149.40", "149.10"]
    held = await shop.sandbox.store.balances(shop.sandbox.id)
    assert held[pending(shop.merchant.secrets["seller_id"])]["CNY"] == 14_910


def _fen(text: str) -> int:
    return int(Decimal(text) * 100)


async def bill(shop: Shop, ask: dict[str, str]) -> list[dict[str, str]]:
    if len(ask["bill_date"]) == 7:
        await shop.advance(31 * DAY)
    made = await shop.call("data.dataservice.bill.downloadurl.query", ask)
    url = made["bill_download_url"]
    file = await shop.visit(url)
    with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
        names = [name.encode("cp437").decode("gbk") for name in archive.namelist()]
        assert all(not info.flag_bits & 0x800 for info in archive.infolist())
        assert names[1].endswith("明细(汇总).csv")
        text = archive.read(archive.namelist()[0]).decode("gbk")
    assert "\r\n" in text
    await shop.advance(31_000)
    assert (await shop.visit(url)).status == 403
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


async def test_a_day_without_entries_has_an_empty_bill(shop: Shop) -> None:
    made = await shop.call(
        "data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": "2020-01-01"}
    )
    assert made["bill_file_code"] == "EMPTY_DATA_WITH_BILL_FILE"
    for wrong in ("2020-13-01", "20200101", "2020-1-1", "２０２０-01-01"):
        refused = await shop.call(
            "data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": wrong}
        )
        assert refused.sub_code == "INVAILID_ARGUMENTS"


async def test_a_complaint_is_told_and_answered(shop: Shop) -> None:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    await shop.paid("K1")
    await shop.act("K1", "complain", content="没有收到")
    listed = await shop.call("merchant.tradecomplain.batchquery", {})
    [one] = listed["trade_complain_infos"]
    event = one["complain_event_id"]
    plain = {"complain_event_id": event, "feedback_code": "03", "feedback_content": "已发货"}
    assert (await shop.call("merchant.tradecomplain.feedback.submit", None, **plain)).code == "10000"
    assert (await shop.call("merchant.tradecomplain.feedback.submit", None, **plain)).sub_code == "STATUS_CHANGED"
    seen = await shop.v3("GET", f"/v3/alipay/merchant/tradecomplain/{event}")
    assert json.loads(seen.body)["status"] == "MERCHANT_FEEDBACKED"
    await shop.sandbox.timers.settle()
    methods = [dict(parse_qsl(each.body.decode())).get("msg_method") for each in shop.receiver.requests]
    assert methods.count("alipay.merchant.tradecomplain.changed") == 2


async def test_alipays_certificate_can_be_downloaded(shop: Shop) -> None:
    sn = keys.alipay_cert_sn(shop.merchant.keys, keys.NEXT)
    got = await shop.call("open.app.alipaycert.download", {"alipay_cert_sn": sn})
    assert from_base64(got["alipay_cert_content"]).decode() == shop.merchant.keys.certificate_pem(keys.NEXT)
    assert (await shop.call("open.app.alipaycert.download", {"alipay_cert_sn": "x"})).sub_code == "isv.alipay-cert-not-exist"


@pytest.mark.parametrize(("status", "body"), [
    (200, b"success\n"), (200, b"SUCCESS"), (200, b"<html>success</html>"), (500, b"success"),
    (302, b"success"),
])
async def test_eight_attempts_over_a_day_whatever_is_no_success(shop: Shop, status: int, body: bytes) -> None:
    shop.receiver.answer = lambda request: HttpResponse(status, (), body)
    start = shop.sandbox.clock.now() // 1_000 * 1_000
    await shop.paid("E1")
    await shop.advance(25 * HOUR)
    minutes = []
    for request in shop.receiver.requests:
        told = shop.notice(request)
        minutes.append((parse(told["notify_time"]) - start) // MINUTE)
    assert minutes == [0, 4, 14, 24, 84, 204, 564, 1464]
    assert len({shop.notice(request)["notify_id"] for request in shop.receiver.requests}) == 1


@pytest.mark.parametrize("body", [b"fail", b"success "])
async def test_messages_are_repeated_by_a_schedule_of_their_own(shop: Shop, body: bytes) -> None:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    shop.receiver.answer = lambda request: HttpResponse(200, (), body)
    start = shop.sandbox.clock.now()
    await shop.paid("E3", notify_url="")
    await shop.act("E3", "complain")
    await shop.advance(25 * HOUR)
    messages = [each for each in shop.told() if "msg_method" in each]
    assert [(int(each["utc_timestamp"]) - start) // MINUTE for each in messages] == [
        0, 2, 12, 22, 82, 202, 562, 1462,
    ]
    assert len({each["notify_id"] for each in messages}) == 1


async def test_what_is_taken_is_told_once(shop: Shop) -> None:
    await shop.paid("E2")
    await shop.advance(25 * HOUR)
    assert len(shop.receiver.requests) == 1
