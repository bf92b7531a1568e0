"""Orders by API v2: unifiedorder, micropay, orderquery, closeorder, reverse.

https://pay.weixin.qq.com/doc/v2/merchant/4011935214 and those after it
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Call, Reply
from paydouble.core.clock import later, rfc3339_china
from paydouble.core.effect import Outcome, Result
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import identifiers, ordering, showing_v2
from paydouble.providers.wechatpay.errors import Errors, refusal
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2, ErrorsV2
from paydouble.providers.wechatpay.machines import TRANSACTION
from paydouble.providers.wechatpay.models import Transaction
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.codepay import (
    MICROPAY,
    PAYING_LASTS_MS,
    WAITING,
    check_reversible,
)
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.signatures_v2 import MD5

DOCS = "https://pay.weixin.qq.com/doc/v2/merchant/"
Fields = Mapping[str, str]
"""Of a message: all are strings."""

_AUTH_CODE = re.compile(r"1[0-5][0-9]{16}", re.ASCII)

CREATE = (
    ErrorsV2.INVALID_REQUEST, ErrorsV2.ORDERPAID, ErrorsV2.ORDERCLOSED, ErrorsV2.NOAUTH, ErrorsV2.NOTENOUGH,
    ErrorsV2.TRADE_ERROR, ErrorsV2.BANKERROR, *COMMON_V2,
)
CHARGE = (
    ErrorsV2.USERPAYING, ErrorsV2.AUTHCODEEXPIRE, ErrorsV2.AUTH_CODE_INVALID, ErrorsV2.NOTSUPORTCARD,
    ErrorsV2.ORDERREVERSED, ErrorsV2.BUYER_MISMATCH, *CREATE,
)
QUERY = (ErrorsV2.ORDERNOTEXIST, *COMMON_V2)
CLOSE = (
    ErrorsV2.ORDERPAID, ErrorsV2.ORDERCLOSED, ErrorsV2.ORDERNOTEXIST, ErrorsV2.TRADE_STATE_ERROR, *COMMON_V2
)
REVERSE = (ErrorsV2.REVERSE_EXPIRE, ErrorsV2.ORDERNOTEXIST, ErrorsV2.TRADE_ERROR, *COMMON_V2)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "pay.unifiedorder", Route(V2, "POST", "/pay/unifiedorder"), means=("payment.create",),
        idempotency=NaturalKey(("out_trade_no",)), errors=CREATE, docs=f"{DOCS}4011935214",
    )
    async def unifiedorder(call: Call[Fields]) -> Reply:
        """Order by API v2, whatever the product."""
        return await _unifiedorder(call, settings)

    @operation(
        "pay.micropay", Route(V2, "POST", "/pay/micropay"),
        Route(V2, "POST", "/xdc/apiv2sandbox/pay/micropay"), Route(V2, "POST", "/sandboxnew/pay/micropay"),
        means=("payment.create", "payment.charge"), idempotency=NaturalKey(("out_trade_no",)), errors=CHARGE,
        docs=f"{DOCS}4011941093",
    )
    async def micropay(call: Call[Fields]) -> Reply:
        """Charge the payer whose code was scanned."""
        return await _micropay(call, settings)

    return unifiedorder, micropay, orderquery, closeorder, reverse


@operation(
    "pay.orderquery", Route(V2, "POST", "/pay/orderquery"),
    Route(V2, "POST", "/xdc/apiv2sandbox/pay/orderquery"), Route(V2, "POST", "/sandboxnew/pay/orderquery"),
    means=("payment.query",), errors=QUERY, docs=f"{DOCS}4011935222", reads=True,
)
async def orderquery(call: Call[Fields]) -> Reply:
    """Query an order by either number."""
    order = await found(call)
    return Reply(showing_v2.queried(order), subject=order)


@operation(
    "pay.closeorder", Route(V2, "POST", "/pay/closeorder"), means=("payment.cancel",),
    idempotency=NaturalKey(("out_trade_no",)), errors=CLOSE, docs=f"{DOCS}4011935223",
)
async def closeorder(call: Call[Fields]) -> Reply:
    """Close an order that is not paid."""
    order = await found(call)
    if order.is_paid:
        raise Errors.ORDERPAID()
    if order.trade_type == MICROPAY:
        raise ErrorsV2.TRADE_STATE_ERROR()
    if order.status == "NOTPAY":
        order = fire(call.work, TRANSACTION, order, "close", call.clock.now())
    return Reply({"result_msg": "OK"}, subject=order)


@operation(
    "secapi.reverse", Route(V2, "POST", "/secapi/pay/reverse"), means=("payment.cancel",),
    idempotency=NaturalKey(("out_trade_no",)), errors=REVERSE, docs=f"{DOCS}4011941096",
)
async def reverse(call: Call[Fields]) -> Reply:
    """Undo a code payment, whatever became of it; a certificate is needed."""
    order = await found(call)
    check_reversible(order)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(call.outcome, REVERSE, ErrorsV2.TRADE_ERROR)
    if order.status != "REVOKED":
        order = ordering.reverse(call.work, order, call.clock.now())
    return Reply({"recall": "N"}, subject=order)


async def found(call: Call[Any]) -> Transaction:
    """By either number. Raises ProviderError where this caller has no such order."""
    params = call.params
    by_id, number = params.get("transaction_id"), params.get("out_trade_no", "")
    if by_id is not None:
        order = await call.work.get(Transaction, by_id)
        if order is not None and (order.mchid != call.merchant.id or not order.was_paid):
            order = None
    else:
        order = await ordering.known_order(call.work, call.merchant.id, number)
    if order is None:
        raise ErrorsV2.ORDERNOTEXIST()
    return order


def digest(params: Fields, *left_out: str) -> str:
    """Of what was asked for; nonce and signature differ at every call."""
    ignored = {"nonce_str", "sign", "sign_type", *left_out}
    kept = {name: value for name, value in params.items() if name not in ignored}
    return hashlib.sha256(json_bytes.dumps_sorted(kept)).hexdigest()


def wanted(
    call: Call[Fields], trade_type: str, settings: WechatpaySettings, *, contract: str = "", openid: str = ""
) -> ordering.Wanted:
    """The order as it is asked for, by whichever operation."""
    params, now = call.params, call.clock.now()
    sub_mchid = params.get("sub_mch_id", "")
    if sub_mchid:
        ordering.check_sub_merchant(call.merchant.id, sub_mchid, settings)
    ordering.check_sizes({"attach": params.get("attach", "")})
    until = _instant(params["time_expire"]) if "time_expire" in params else None
    return ordering.Wanted(
        trade_type=trade_type, mchid=call.merchant.id, appid=params["appid"], sub_mchid=sub_mchid,
        sub_appid=params.get("sub_appid", ""), out_trade_no=params["out_trade_no"],
        notify_url=params.get("notify_url", ""), total_minor=int(params["total_fee"]),
        description=params["body"], attach=params.get("attach", ""), device_id=params.get("device_info", ""),
        expires=ordering.expiry(until, now, trade_type, settings), asked=digest(params),
        openid=params.get("openid", openid), contract=contract, sub_openid=params.get("sub_openid", ""),
        profit_sharing=params.get("profit_sharing") == "Y", api=V2, sign_type=params.get("sign_type", MD5),
    )


def _instant(text: str) -> str:
    """Of 20091227091010, as API v3 writes it. Raises ProviderError."""
    try:
        return rfc3339_china(showing_v2.read_compact_time(text))
    except (ValueError, OverflowError):
        raise ErrorsV2.PARAM_INVALID("参数错误:time_expire") from None


async def _unifiedorder(call: Call[Fields], settings: WechatpaySettings) -> Reply:
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(outcome, CREATE, ErrorsV2.TRADE_ERROR)
    order, shown = await placed(call, settings)
    return Reply(shown, subject=order)


async def placed(
    call: Call[Fields], settings: WechatpaySettings, contract: str = ""
) -> tuple[Transaction, dict[str, str]]:
    """The order, and with what its payer is sent to the cashier."""
    params, trade_type = call.params, call.params["trade_type"]
    if trade_type == "JSAPI" and not ("openid" in params or "sub_openid" in params):
        raise ErrorsV2.LACK_PARAMS("缺少参数:openid")
    asked = wanted(call, trade_type, settings, contract=contract)
    order = await ordering.place(call.work, call.ids, call.clock.now(), asked, call.request.base_url)
    shown = {"trade_type": trade_type, "prepay_id": order.prepay_id}
    shown |= {"code_url": order.code_url} if order.code_url else {}
    return order, shown | ({"mweb_url": order.h5_url} if order.h5_url else {})


async def _micropay(call: Call[Fields], settings: WechatpaySettings) -> Reply:
    params, now, outcome = call.params, call.clock.now(), call.outcome or Outcome(Result.APPROVED)
    if not _AUTH_CODE.fullmatch(params["auth_code"]):
        raise ErrorsV2.AUTH_CODE_INVALID()
    known = await ordering.known_order(call.work, call.merchant.id, params["out_trade_no"])
    if known is not None and known.status == "USERPAYING":
        return Reply.refused(ErrorsV2.USERPAYING(), subject=known)
    if known is not None and known.status == "REVOKED":
        raise ErrorsV2.ORDERREVERSED()
    order = await ordering.place(call.work, call.ids, now, wanted(call, MICROPAY, settings))
    if outcome.result in WAITING:
        waiting = fire(call.work, TRANSACTION, order, "enter", now)
        call.work.at(later(now, PAYING_LASTS_MS), waiting, "expire")
        return Reply.refused(ErrorsV2.USERPAYING(), subject=waiting)
    if outcome.result is not Result.APPROVED:
        refused = fire(call.work, TRANSACTION, order, "refuse", now)
        return Reply.refused(refusal(outcome, CHARGE, ErrorsV2.TRADE_ERROR), subject=refused)
    paid = ordering.settled(
        call.work, order, "settle", now, settings, openid=identifiers.openid(call.ids), bank_type="OTHERS",
    )
    return Reply(showing_v2.paid(paid), subject=paid)
