"""How an order comes to be, whichever product and API asks: new, or the known one with a new prepay_id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Call
from paydouble.core.clock import DAY, MINUTE, Instant, later, parse_rfc3339
from paydouble.core.ids import Ids
from paydouble.core.machine import fire
from paydouble.core.work import Work
from paydouble.providers.wechatpay import fees, identifiers
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.machines import TRANSACTION
from paydouble.providers.wechatpay.models import CNY, ClosedNumber, Transaction, number_key
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.validation import too_many_bytes

ORDER_DAYS = 7
UNFREEZE_DAYS = 30
"""After which what was not shared is the merchant's."""
ATTACH_BYTES_MAX = 128
DETAIL_BYTES_MAX = 6_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order as it is asked for, in words common to all products."""

    trade_type: str
    mchid: str
    appid: str
    out_trade_no: str
    notify_url: str
    total_minor: int
    expires: Instant
    asked: str
    """Digest of all that was asked for."""
    sub_mchid: str = ""
    sub_appid: str = ""
    seller: str = ""
    combination: str = ""
    description: str = ""
    attach: str = ""
    device_id: str = ""
    openid: str = ""
    sub_openid: str = ""
    profit_sharing: bool = False
    public_key_mode: bool = False
    contract: str = ""
    api: str = "v3"
    sign_type: str = ""


async def known_order(work: Work, mchid: str, out_trade_no: str) -> Transaction | None:
    return await work.find(Transaction, "order_key", number_key(mchid, out_trade_no))


async def place(
    work: Work, ids: Ids, now: Instant, wanted: Wanted, base_url: str = ""
) -> Transaction:
    """The order as it is to be paid now. Raises ProviderError where its number is spent.

    `base_url` is how the caller reached us, for links that browsers follow.
    """
    fresh = _made(ids, now, wanted, base_url)
    known = await work.find(Transaction, "order_key", fresh.order_key)
    if known is None:
        if await work.get(ClosedNumber, fresh.order_key) is not None:
            raise Errors.PARAMETERS_DIFFER()
        work.save(fresh)
        work.at(fresh.expires, fresh, "expire")
        return fresh
    if known.is_paid:
        raise Errors.ORDERPAID()
    if known.status in ("CLOSED", "REVOKED", "PAYERROR"):
        raise Errors.ORDER_CLOSED()
    if known.asked != fresh.asked:
        raise Errors.PARAMETERS_DIFFER()
    again = replace(
        known, prepay_id=fresh.prepay_id, code_url=fresh.code_url, h5_url=fresh.h5_url, prepaid=fresh.prepaid
    )
    work.save(again)
    return again


def _made(ids: Ids, now: Instant, wanted: Wanted, base_url: str) -> Transaction:
    prepay_id = identifiers.prepay_id(ids, now)
    return Transaction(
        id=identifiers.transaction_id(ids, now), status=TRANSACTION.initial, created=now,
        prepay_id=prepay_id, prepaid=now,
        code_url=identifiers.code_url(ids) if wanted.trade_type == "NATIVE" else "",
        h5_url=identifiers.h5_url(wanted.mchid, prepay_id, base_url) if wanted.trade_type == "MWEB" else "",
        mchid=wanted.mchid, appid=wanted.appid, sub_mchid=wanted.sub_mchid, sub_appid=wanted.sub_appid,
        seller=wanted.seller, combination=wanted.combination, api=wanted.api, sign_type=wanted.sign_type,
        out_trade_no=wanted.out_trade_no, trade_type=wanted.trade_type, notify_url=wanted.notify_url,
        total_minor=wanted.total_minor, description=wanted.description, attach=wanted.attach,
        device_id=wanted.device_id, expires=wanted.expires, asked=wanted.asked, openid=wanted.openid,
        sub_openid=wanted.sub_openid, profit_sharing=wanted.profit_sharing,
        public_key_mode=wanted.public_key_mode, contract=wanted.contract,
    )


def settled(
    work: Work, order: Transaction, trigger: str, now: Instant, settings: WechatpaySettings,
    *, fee_minor: int | None = None, **changes: Any,
) -> Transaction:
    """The order as it is once it is paid, and what WeChat Pay keeps of it."""
    fee = fees.fee_of(work, order.total_minor, settings.fee_rate) if fee_minor is None else fee_minor
    paid = fire(work, TRANSACTION, order, trigger, now, fee_minor=fee, **changes)
    if fee:
        work.post(fees.charged(paid, fee, paid.id))
    if paid.profit_sharing:
        work.at(later(now, UNFREEZE_DAYS * DAY), paid, "unfreeze")
    return paid


def reverse(work: Work, order: Transaction, now: Instant) -> Transaction:
    """The order as it is once it is reversed: the payer has the money back, the merchant the fee."""
    if not order.was_paid:
        return fire(work, TRANSACTION, order, "reverse", now)
    fee = order.fee_minor
    gone = fire(work, TRANSACTION, order, "reverse", now, refunded_minor=order.total_minor, fee_minor=0)
    if fee:
        work.post(fees.handed_back(gone, fee, gone.id))
    return gone


def expiry(asked: str | None, now: Instant, trade_type: str, settings: WechatpaySettings) -> Instant:
    """Less than a minute ahead is raised to a minute; beyond the cap is refused, in words of our own."""
    if asked is None:
        return later(now, ORDER_DAYS * DAY)
    try:
        expires = parse_rfc3339(asked)
    except (ValueError, OverflowError):
        raise Errors.PARAM_ERROR(detail=_time_detail(asked)) from None
    days = settings.time_expire_days_native if trade_type == "NATIVE" else settings.time_expire_days
    if expires > later(now, days * DAY):
        raise Errors.PARAM_ERROR(detail=_time_detail(asked))
    return max(expires, later(now, MINUTE))


def _time_detail(asked: str) -> dict[str, object]:
    return {"field": "/time_expire", "location": "body", "value": asked}


def digest(params: Mapping[str, Any], trade_type: str) -> str:
    """Equal for orders that ask for the same; no currency means the only one."""
    amount = {"currency": CNY, **params.get("amount", {})}
    return hashlib.sha256(json_bytes.dumps_sorted({**params, "amount": amount, "": trade_type})).hexdigest()


def check_sizes(params: Mapping[str, Any]) -> None:
    """The limits that count bytes."""
    attach = len(params.get("attach", "").encode())
    if attach > ATTACH_BYTES_MAX:
        raise too_many_bytes("/attach", "附加数据", attach, ATTACH_BYTES_MAX)
    if "detail" in params:
        detail = len(json_bytes.dumps(params["detail"]))
        if detail > DETAIL_BYTES_MAX:
            raise too_many_bytes("/detail", "优惠功能", detail, DETAIL_BYTES_MAX)


def check_appid(call: Call[Any], appid: str | None = None) -> None:
    """Of the app that is named, if any. Raises ProviderError where it is not the merchant's."""
    own = call.merchant.secrets["appid"]
    named = call.params.get("appid", own) if appid is None else appid
    if named != own:
        raise Errors.APPID_MCHID_NOT_MATCH()


def check_sub_merchant(mchid: str, sub_mchid: str, settings: WechatpaySettings) -> None:
    """Raises ProviderError where it is not one of this service provider's."""
    if sub_mchid == mchid:
        raise Errors.SUB_MCHID_OWN()
    listed = {each.strip() for each in settings.sub_mchids.split(",")} - {""}
    if listed and sub_mchid not in listed:
        raise Errors.SUB_MCHID_UNRELATED()
