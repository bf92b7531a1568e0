"""Receipts of transfers: there once the money has arrived, with a hash that holds, and for their merchant alone."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.providers.wechatpay.checked import Shop, shop

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"
ELECSIGN = "/v3/fund-app/mch-transfer/elecsign"
BATCHES = "/v3/transfer/batches"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
REPORT = [{"info_type": "活动名称", "info_content": "x"}, {"info_type": "奖励说明", "info_content": "y"}]


async def transferred(here: Shop, *, confirmed: bool = True) -> dict[str, Any]:
    bill: dict[str, Any] = await here.post(
        BILLS, appid=here.appid, out_bill_no="T1", transfer_scene_id="1000", openid=OPENID, transfer_amount=400,
        transfer_remark="x", transfer_scene_report_infos=REPORT,
    )
    if confirmed:
        await here.act("wechatpay.transfer_bill", bill["transfer_bill_no"], "confirm")
    return bill


async def downloaded(here: Shop, link: dict[str, Any]) -> bytes:
    url = urlsplit(link["download_url"])
    answered = await here.send("GET", f"{url.path}?{url.query}")
    assert answered.response.header("Wechatpay-Signature") == ""
    assert answered.response.header("Content-Type") == "application/pdf"
    assert hashlib.sha256(answered.response.body).hexdigest() == link["hash_value"]
    return answered.response.body


@pytest.mark.parametrize("by", ["out_bill_no", "transfer_bill_no"])
async def test_the_receipt_of_a_transfer(by: str) -> None:
    async with shop() as here:
        bill = await transferred(here)
        path = f"{ELECSIGN}/{by.replace('_', '-')}"
        assert (await here.refused("GET", f"{path}/{bill[by]}"))[:2] == (404, "NOT_FOUND")
        applied = await here.post(path, **{by: bill[by]})
        assert applied["state"] == "GENERATING"
        await here.here.settle()
        shown = await here.get(f"{path}/{bill[by]}")
        assert (shown["state"], shown["hash_type"]) == ("FINISHED", "SHA256")
        file = await downloaded(here, shown)
        assert file.startswith(b"%PDF-1.4\n")
        assert file.endswith(b"%%EOF\n")
        assert bill["transfer_bill_no"].encode() in file
        assert (await here.post(path, **{by: bill[by]}))["state"] == "FINISHED"


async def test_there_is_none_of_what_has_not_arrived_and_none_for_others() -> None:
    async with shop() as here:
        bill = await transferred(here, confirmed=False)
        refused = await here.refused("POST", f"{ELECSIGN}/out-bill-no", out_bill_no="T1")
        assert refused[:2] == (400, "INVALID_REQUEST")
        assert (await here.refused("POST", f"{ELECSIGN}/out-bill-no", out_bill_no="T2"))[0] == 404
        await here.act("wechatpay.transfer_bill", bill["transfer_bill_no"], "confirm")
        await here.post(f"{ELECSIGN}/out-bill-no", out_bill_no="T1")
        await here.here.settle()
        url = urlsplit((await here.get(f"{ELECSIGN}/out-bill-no/T1"))["download_url"])
        elsewhere = f"/v3/transferdownload/elecvoucherfile?{url.query}"
        assert (await here.refused("GET", elsewhere))[:2] == (403, "NO_AUTH")
        assert (await here.refused("GET", f"{url.path}?token={quote('x' * 40)}"))[:2] == (403, "NO_AUTH")
        await here.advance(6 * 60_000)
        assert (await here.refused("GET", f"{url.path}?{url.query}"))[:2] == (400, "INVALID_REQUEST")


async def test_the_receipts_of_an_old_batch() -> None:
    async with shop() as here:
        detail = {"out_detail_no": "D1", "transfer_amount": 100, "transfer_remark": "x", "openid": OPENID}
        await here.post(
            BATCHES, appid=here.appid, out_batch_no="B1", batch_name="x", batch_remark="x", total_amount=100,
            total_num=1, transfer_detail_list=[detail],
        )
        await here.here.settle()
        assert (await here.post("/v3/transfer/bill-receipt", out_batch_no="B1"))["signature_status"] == "ACCEPTED"
        one = {"accept_type": "BATCH_TRANSFER", "out_batch_no": "B1", "out_detail_no": "D1"}
        receipts = "/v3/transfer-detail/electronic-receipts"
        assert (await here.post(receipts, **one))["signature_status"] == "ACCEPTED"
        await here.here.settle()
        whole = await here.get("/v3/transfer/bill-receipt/B1")
        part = await here.get(f"{receipts}?accept_type=BATCH_TRANSFER&out_batch_no=B1&out_detail_no=D1")
        assert [each["signature_status"] for each in (whole, part)] == ["FINISHED"] * 2
        assert b"out_batch_no B1" in await downloaded(here, whole)
        assert b"out_detail_no D1" in await downloaded(here, part)
        missing = f"{receipts}?accept_type=BATCH_TRANSFER&out_batch_no=B1&out_detail_no=D2"
        assert (await here.refused("GET", missing))[0] == 404
