"""Bills, and the links by which they are downloaded. https://pay.weixin.qq.com/doc/v3/merchant/4012791866"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import BASE62, HEX
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.statement import HONEST_STATEMENT, StatementEffect
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import links
from paydouble.providers.wechatpay.coupon_flows import flow_text
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import NONCE_LENGTH, gcm_box
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.statements import (
    Whose,
    day_of,
    fund_flow_bill,
    share_bill,
    trade_bill,
)

DOWNLOAD = "/v3/billdownload/file"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
BILL_DAYS_MAX = 92
KEY_LENGTH = 32

ERRORS: tuple[ErrorTable, ...] = (
    Errors.NO_STATEMENT_EXIST, Errors.STATEMENT_CREATING, Errors.BILL_TOO_OLD, Errors.BILL_NO_AUTH, *COMMON
)


class TradeBill(TypedDict):
    bill_date: str
    sub_mchid: NotRequired[str]
    bill_type: NotRequired[str]
    tar_type: NotRequired[str]


class FundFlowBill(TypedDict):
    bill_date: str
    account_type: NotRequired[str]
    tar_type: NotRequired[str]


class SubMerchantBill(FundFlowBill):
    sub_mchid: str
    algorithm: str


class ShareBill(TypedDict):
    bill_date: str
    sub_mchid: NotRequired[str]
    tar_type: NotRequired[str]


class Download(TypedDict):
    token: str
    tartype: NotRequired[str]


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "bills.trade", Route(API, "GET", "/v3/bill/tradebill"), means=("statement.download",), errors=ERRORS,
        docs=f"{DOCS}4012791866",
    )
    async def trade(call: Call[TradeBill]) -> Reply:
        """The orders and refunds of a day: where to download them."""
        return await _linked(call, {"bill": "trade", "type": call.params.get("bill_type", "ALL")}, settings)

    @operation(
        "bills.fund_flow", Route(API, "GET", "/v3/bill/fundflowbill"), means=("statement.download",),
        errors=ERRORS, docs=f"{DOCS}4012791867",
    )
    async def fund_flow(call: Call[FundFlowBill]) -> Reply:
        """Every change of an account on a day: where to download them."""
        account = call.params.get("account_type", "BASIC")
        return await _linked(call, {"bill": "funds", "type": account}, settings)

    @operation(
        "bills.sub_merchant_fund_flow", Route(API, "GET", "/v3/bill/sub-merchant-fundflowbill"),
        means=("statement.download",), errors=ERRORS,
        docs="https://pay.weixin.qq.com/doc/v3/partner/4012760704",
    )
    async def sub_merchant_fund_flow(call: Call[SubMerchantBill]) -> Reply:
        """Every change of a sub-merchant's account, encrypted: where to download them."""
        return await _linked_sealed(call, settings)

    @operation(
        "bills.profitsharing", Route(API, "GET", "/v3/profitsharing/bills"), means=("statement.download",),
        errors=ERRORS, docs=f"{DOCS}4012068009",
    )
    async def shares(call: Call[ShareBill]) -> Reply:
        """What was shared on a day: where to download it. The columns are unverified."""
        return await _linked(call, {"bill": "shares", "type": ""}, settings)

    @operation(
        "bills.download", Route(API, "GET", DOWNLOAD), means=("statement.download",),
        errors=(Errors.BILL_NO_AUTH, Errors.BILL_LINK_OVER, *COMMON), docs=f"{DOCS}4013071238",
    )
    async def download(call: Call[Download]) -> Reply:
        """A bill's file, unsigned; gzip where that was asked for."""
        return await _download(call, settings)

    return trade, fund_flow, sub_merchant_fund_flow, shares, download


def check_day(call: Call[Any], date: str, settings: WechatpaySettings) -> None:
    """Raises ProviderError where there is no bill of this day, or not yet, or no more."""
    try:
        begin, end = day_of(date)
    except (ValueError, OverflowError):
        raise Errors.PARAM_ERROR(detail={"field": "bill_date", "location": "query", "value": date}) from None
    now = call.clock.now()
    if now <= end:
        raise Errors.NO_STATEMENT_EXIST()
    if now < call.statement.ready(later(end, settings.bill_ready_after)):
        raise Errors.STATEMENT_CREATING()
    if now > later(begin, BILL_DAYS_MAX * DAY):
        raise Errors.BILL_TOO_OLD()


async def text_of(call: Call[Any], wanted: Mapping[str, Any], settings: WechatpaySettings) -> bytes:
    """The file, uncompressed. Raises ProviderError where nothing happened on that day."""
    whose = Whose(call.merchant.id, wanted.get("sub_mchid", ""))
    effect = StatementEffect.of_plain(wanted.get("effect", {}))
    if call.statement is not HONEST_STATEMENT:
        effect = call.statement
    match wanted["bill"]:
        case "trade":
            text = await trade_bill(
                call.work, whose, wanted["date"], wanted["type"], settings.fee_rate, effect
            )
        case "funds":
            text = await fund_flow_bill(call.work, whose, wanted["date"], wanted["type"], effect)
        case "coupons":
            text = await flow_text(call.work, wanted["stock"], wanted["type"])
        case _:
            text = await share_bill(call.work, whose, wanted["date"], settings.share_bill_columns)
    if not text:
        raise Errors.NO_STATEMENT_EXIST()
    return effect.encode(text, "utf-8")


async def _linked(call: Call[Any], wanted: dict[str, str], settings: WechatpaySettings) -> Reply:
    check_day(call, call.params["bill_date"], settings)
    wanted |= {"date": call.params["bill_date"], "sub_mchid": call.params.get("sub_mchid", "")}
    text = await text_of(call, wanted, settings)
    url = _url(call, wanted, settings, zipped="tar_type" in call.params)
    return Reply({"hash_type": "SHA1", "hash_value": _sha1(text), "download_url": url})


async def _linked_sealed(call: Call[SubMerchantBill], settings: WechatpaySettings) -> Reply:
    params = call.params
    check_day(call, params["bill_date"], settings)
    wanted = {
        "bill": "funds", "type": params.get("account_type", "BASIC"), "date": params["bill_date"],
        "sub_mchid": params["sub_mchid"], "key": call.ids.token(KEY_LENGTH, BASE62),
        "nonce": call.ids.token(NONCE_LENGTH, HEX),
    }
    text = await text_of(call, wanted, settings)
    part = {
        "bill_sequence": 1,
        "download_url": _url(call, wanted, settings, zipped="tar_type" in params),
        "encrypt_key": rsa.oaep_encrypt(call.keys.public("merchant"), wanted["key"]),
        "hash_type": "SHA1",
        "hash_value": _sha1(text),
        "nonce": wanted["nonce"],
    }
    return Reply({"download_bill_count": 1, "download_bill_list": [part]})


def _sha1(text: bytes) -> str:
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def _url(call: Call[Any], wanted: Mapping[str, str], settings: WechatpaySettings, *, zipped: bool) -> str:
    effect = {} if call.statement is HONEST_STATEMENT else {"effect": call.statement.plain()}
    url = links.link(call, DOWNLOAD, {**wanted, "zipped": zipped, **effect}, settings)
    return f"{url}&tartype=gzip" if zipped else url


async def _download(call: Call[Download], settings: WechatpaySettings) -> Reply:
    wanted = links.opened(call, DOWNLOAD, call.params["token"])
    file, content_type = await text_of(call, wanted, settings), "text/plain; charset=utf-8"
    if wanted["zipped"]:
        file, content_type = gzip.compress(file, mtime=0), "application/x-gzip"
    if "key" in wanted:
        sealed = gcm_box(wanted["key"]).encrypt(file, wanted["nonce"], "")
        file, content_type = base64.b64decode(sealed), "application/octet-stream"
    return Reply(file, headers=(("Content-Type", content_type),))
