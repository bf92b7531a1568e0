"""Bills: the text to the byte, the link that is signed for one merchant, and sums that are those of the ledger."""

from __future__ import annotations

import gzip
import hashlib
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paydouble.core.clock import HOUR, MINUTE, parse_rfc3339
from paydouble.core.ledger import pending
from paydouble.crypto import rsa
from paydouble.providers.wechatpay.settings import WechatpaySettings
from tests.providers.wechatpay.checked import Shop, shop

NOON = parse_rfc3339("2026-03-01T12:00:00+08:00")
DAY = "2026-03-01"
REFUNDS = "/v3/refund/domestic/refunds"


async def a_day(here: Shop) -> None:
    """Two payments, one refunded in part; then the bills of that day are there."""
    await here.paid("ORDER-000001", 1_000, attach="a,b")
    await here.paid("ORDER-000002", 250)
    amount = {"refund": 400, "total": 1_000, "currency": "CNY"}
    await here.post(REFUNDS, out_trade_no="ORDER-000001", out_refund_no="R1", amount=amount)
    await here.here.settle()
    await here.advance(24 * HOUR)


async def downloaded(here: Shop, target: str) -> tuple[Any, bytes]:
    link = await here.get(target)
    return link, await file_at(here, link["download_url"])


async def file_at(here: Shop, url: str) -> bytes:
    answered = await here.send("GET", url.removeprefix("http://127.0.0.1:4800"))
    assert answered.status == 200, answered.json
    assert not answered.response.header("Wechatpay-Signature")
    return answered.response.body


def rows(text: bytes) -> list[dict[str, str]]:
    head, *lines = text.decode("utf-8-sig").split("\r\n")[:-3]
    return [dict(zip(head.split(","), (value[1:] for value in line.split(",")), strict=True)) for line in lines]


def summary(text: bytes) -> dict[str, str]:
    head, line = text.decode("utf-8-sig").split("\r\n")[-3:-1]
    return dict(zip(head.split(","), (value[1:] for value in line.split(",")), strict=True))


async def test_a_trade_bill_is_told_with_its_hash_and_is_exactly_this_text() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        link, text = await downloaded(here, f"/v3/bill/tradebill?bill_date={DAY}")
        assert link["hash_value"] == hashlib.sha1(text).hexdigest()
        assert text.startswith(b"\xef\xbb\xbf" + "交易时间,公众账号ID,".encode())
        lines = text.decode("utf-8-sig").split("\r\n")
        assert len(lines) == 1 + 3 + 2 + 1
        assert [len(line.split(",")) for line in lines[:-1]] == [27, 27, 27, 27, 7, 7]
        paid, other, refunded = rows(text)
        first = await here.transaction("ORDER-000001")
        assert lines[1] == (
            f"`2026-03-01 12:00:00,`{here.appid},`{here.mchid},`0,`,`{first.id},`ORDER-000001,`{first.openid},"
            "`NATIVE,`SUCCESS,`OTHERS,`CNY,`10.00,`0.00,`0,`0,`0.00,`0.00,`,`,`三体,`a b,`0.06000,`0.60%,"
            "`10.00,`0.00,`"
        )
        assert (other["商户订单号"], other["应结订单金额"]) == ("ORDER-000002", "2.50")
        assert (refunded["交易状态"], refunded["商户退款单号"], refunded["退款金额"]) == ("REFUND", "R1", "4.00")
        assert (refunded["手续费"], refunded["订单金额"], refunded["退款状态"]) == ("-0.02000", "0.00", "SUCCESS")
        assert summary(text) == {
            "总交易单数": "3", "应结订单总金额": "12.50", "退款总金额": "4.00", "充值券退款总金额": "0.00",
            "手续费总金额": "0.06000", "订单总金额": "12.50", "申请退款总金额": "4.00",
        }
        assert paid["微信退款单号"] == "0"


async def test_bills_by_type_have_the_columns_of_their_type() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        for kind, columns, count in (("SUCCESS", 20, 2), ("REFUND", 29, 1)):
            _, text = await downloaded(here, f"/v3/bill/tradebill?bill_date={DAY}&bill_type={kind}")
            assert (len(rows(text)[0]), len(rows(text))) == (columns, count)


async def test_a_fund_flow_bill_is_the_ledger_of_one_account() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        _, text = await downloaded(here, f"/v3/bill/fundflowbill?bill_date={DAY}")
        flows = rows(text)
        signed = [
            Decimal(row["收支金额(元)"]) * (1 if row["收支类型"] == "收入" else -1) for row in flows
        ]
        balances = await here.here.sandbox.store.balances(here.here.sandbox.id)
        assert sum(signed) * 100 == balances[pending(here.mchid)]["CNY"]
        assert Decimal(flows[-1]["账户结余(元)"]) == sum(signed)
        assert {row["业务名称"] for row in flows} == {"交易", "退款", "扣除交易手续费", "退还手续费"}
        told = summary(text)
        assert told["资金流水总笔数"] == f"{len(flows)}.0"
        assert Decimal(told["收入金额"]) - Decimal(told["支出金额"]) == sum(signed)


async def test_gzip_is_of_the_same_text_and_the_hash_is_of_the_text() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        plain = await downloaded(here, f"/v3/bill/tradebill?bill_date={DAY}")
        zipped = await downloaded(here, f"/v3/bill/tradebill?bill_date={DAY}&tar_type=GZIP")
        assert zipped[0]["download_url"].endswith("&tartype=gzip")
        assert zipped[0]["hash_value"] == plain[0]["hash_value"]
        assert gzip.decompress(zipped[1]) == plain[1]


async def test_a_sub_merchants_bill_is_encrypted() -> None:
    async with shop(start=NOON) as here:
        order = here.order("ORDER-000009")
        await here.post(
            "/v3/pay/partner/transactions/native", sp_appid=order.pop("appid"), sp_mchid=order.pop("mchid"),
            sub_mchid="1900000109", **order,
        )
        await here.pay("ORDER-000009")
        await here.advance(24 * HOUR)
        told = await here.get(
            f"/v3/bill/sub-merchant-fundflowbill?sub_mchid=1900000109&bill_date={DAY}&account_type=BASIC"
            "&algorithm=AEAD_AES_256_GCM"
        )
        [part] = told["download_bill_list"]
        key = rsa.oaep_decrypt(here.here.merchant("wechatpay").keys.private("merchant"), part["encrypt_key"])
        sealed = await file_at(here, part["download_url"])
        text = AESGCM(key.encode()).decrypt(part["nonce"].encode(), sealed, b"")
        assert hashlib.sha1(text).hexdigest() == part["hash_value"]
        assert rows(text)[0]["收支金额(元)"] == "1.00"


async def test_when_there_is_no_bill() -> None:
    async with shop(start=NOON) as here:
        at = f"/v3/bill/tradebill?bill_date={DAY}"
        await here.paid()
        assert (await here.refused("GET", at))[1] == "NO_STATEMENT_EXIST"
        await here.advance(13 * HOUR)
        assert (await here.refused("GET", at))[1] == "STATEMENT_CREATING"
        await here.advance(10 * HOUR)
        url = (await here.get(at))["download_url"].removeprefix("http://127.0.0.1:4800")
        assert (await here.refused("GET", "/v3/bill/tradebill?bill_date=2026-02-28"))[1] == "NO_STATEMENT_EXIST"
        assert (await here.refused("GET", "/v3/bill/tradebill?bill_date=2025-01-01"))[1] == "INVALID_REQUEST"
        assert (await here.refused("GET", "/v3/bill/tradebill?bill_date=2026-02-30"))[1] == "PARAM_ERROR"
        await here.advance(6 * MINUTE)
        assert (await here.refused("GET", url))[2] == "下载链接已失效，请重新申请账单"
        made_up = await here.refused("GET", "/v3/billdownload/file?token=0123456789abQUJD")
        assert made_up[:2] == (403, "NO_AUTH")


async def test_a_link_is_of_no_use_to_another_merchant() -> None:
    async with shop(start=NOON) as here, shop(start=NOON) as other:
        await a_day(here)
        link = await here.get(f"/v3/bill/tradebill?bill_date={DAY}")
        stolen = link["download_url"].removeprefix("http://127.0.0.1:4800")
        assert (await other.refused("GET", stolen))[:2] == (403, "NO_AUTH")


COLUMNS = ("时间", "商户号", "分账商户", "微信订单号", "分账单号", "接收方", "金额", "类型")


@pytest.mark.parametrize("columns", [(), COLUMNS])
async def test_the_columns_of_the_bill_of_shares_are_whatever_is_said(columns: tuple[str, ...]) -> None:
    asked = {"wechatpay": {"share_bill_columns": ",".join(columns)}}
    async with shop(start=NOON, settings=asked) as here:
        paid = await here.paid(total=1_000, settle_info={"profit_sharing": True})
        receiver = {"type": "PERSONAL_OPENID", "account": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
        await here.post("/v3/profitsharing/receivers/add", appid=here.appid, relation_type="STAFF", **receiver)
        await here.post(
            "/v3/profitsharing/orders", transaction_id=paid.id, out_order_no="P1", unfreeze_unsplit=False,
            receivers=[{**receiver, "amount": 100, "description": "x"}],
        )
        await here.advance(24 * HOUR)
        _, text = await downloaded(here, f"/v3/profitsharing/bills?bill_date={DAY}")
        heads = text.decode().splitlines()[0].lstrip("\ufeff").split(",")
        assert len(heads) == 8
        assert (tuple(heads) == COLUMNS) == bool(columns)
        assert "`1.00" in text.decode()


@pytest.mark.parametrize("columns", ["a", "a,b,c,d,e,f,g,", "a,b,c,d,e,f,g,h,i"])
def test_columns_that_are_not_eight_are_refused(columns: str) -> None:
    with pytest.raises(ValueError, match="share_bill_columns"):
        WechatpaySettings.parse({"share_bill_columns": columns})
