"""An order as it is asked for: by whichever of the ways to pay, the same fields and the same rules."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Call
from paydouble.core.clock import DAY, HOUR, MINUTE, Duration, Instant, later
from paydouble.providers.alipay import amounts, fields, identifiers, times
from paydouble.providers.alipay.errors import Acq
from paydouble.providers.alipay.models import FACE_TO_FACE, OFFERED, Trade, number_key

Params = Mapping[str, Any]

LIFETIME, LIFETIME_FACE_TO_FACE = Duration(15 * DAY), Duration(3 * HOUR)
QR_LIFETIME = Duration(2 * HOUR)
LEAST = {"app": Duration(5 * MINUTE), "wap": Duration(5 * MINUTE)}
"""How long an order must be open at least; a minute elsewhere."""

# fmt: off
PRODUCTS = {
    "pay":       "FACE_TO_FACE_PAYMENT",
    "precreate": "FACE_TO_FACE_PAYMENT",
    "create":    "JSAPI_PAY",
    "page":      "FAST_INSTANT_TRADE_PAY",
    "wap":       "QUICK_WAP_WAY",
    "app":       "QUICK_MSECURITY_PAY",
}
# fmt: on


async def known(call: Call[Any]) -> Trade | None:
    """The trade of this order number, whatever its state."""
    key = number_key(call.merchant.secrets["seller_id"], call.params["out_trade_no"])
    return await call.work.find(Trade, "order_key", key)


async def named(call: Call[Any]) -> Trade:
    """The trade that a call names, by either number; `trade_no` wins. Raises TRADE_NOT_EXIST."""
    params = call.params
    by_id, number = params.get("trade_no", ""), params.get("out_trade_no", "")
    if not (by_id or number):
        raise Acq.INVALID_PARAMETER()
    seller = call.merchant.secrets["seller_id"]
    if by_id:
        trade = await call.work.get(Trade, by_id)
    else:
        trade = await call.work.find(Trade, "order_key", number_key(seller, number))
    if trade is None or trade.seller_id != seller or not trade.exists:
        raise Acq.TRADE_NOT_EXIST(**({"out_trade_no": number} if number else {}))
    return trade


def options(params: Params) -> tuple[str, ...]:
    """`query_options`, which some clients send as JSON in a string."""
    asked = params.get("query_options", ())
    return tuple(map(str, asked)) if isinstance(asked, list) else ()


def asked(call: Call[Any], channel: str, before: Trade | None = None) -> Trade:
    """The order as this call describes it, OFFERED; it takes the place of one that never became a trade."""
    params, now = call.params, call.clock.now()
    total = amounts.minor(params["total_amount"], Acq.TOTAL_FEE_EXCEED)
    product = params.get("product_code") or PRODUCTS[channel]
    digest = _digest(params, total, product)
    expires = expiry(params, now, channel)
    if before is not None and (before.channel, before.status, before.asked) == ("page", OFFERED, digest):
        # The clock of a page runs since it was first opened.
        expires = before.expires
    values = call.envelope.fields
    charset = values.get("charset", "") if call.envelope.version == "v2" else ""
    extend = params.get("extend_params")
    frozen = isinstance(extend, Mapping) and str(extend.get("royalty_freeze", "")).lower() == "true"
    return Trade(
        id=before.id if before else identifiers.trade_no(call.ids, now), status=OFFERED, created=now,
        app_id=call.merchant.id, seller_id=call.merchant.secrets["seller_id"], channel=channel,
        out_trade_no=params["out_trade_no"], product_code=product, total_minor=total,
        asked=digest, notify_url=params.get("notify_url", ""),
        return_url=params.get("return_url", ""), charset=charset or fields.DEFAULT_CHARSET,
        sign_type=values.get("sign_type", "RSA2"), expires=expires, royalty_freeze=frozen,
        subject=params["subject"], body=params.get("body", ""),
        passback_params=params.get("passback_params", ""),
        store_id=params.get("store_id", ""), terminal_id=params.get("terminal_id", ""),
        operator_id=params.get("operator_id", ""), quit_url=params.get("quit_url", ""),
    )


def expiry(params: Params, now: Instant, channel: str) -> Instant:
    """`time_expire` wins over `timeout_express`."""
    try:
        if until := params.get("time_expire"):
            expires = times.parse(until)
            if expires <= now:
                raise Acq.NOW_TIME_AFTER_EXPIRE_TIME_ERROR()
            return expires
        if within := params.get("timeout_express"):
            return _at_least(times.timeout(within, now), later(now, LEAST.get(channel, times.TIMEOUT_MIN)))
    except ValueError:
        raise Acq.INVALID_PARAMETER() from None
    return later(now, LIFETIME_FACE_TO_FACE if channel in FACE_TO_FACE else LIFETIME)


def _at_least(expires: Instant, least: Instant) -> Instant:
    if expires < least:
        raise Acq.INVALID_PARAMETER()
    return expires


def code_expiry(params: Params, now: Instant) -> Instant:
    try:
        within = params.get("qr_code_timeout_express")
        return times.timeout(within, now) if within else later(now, QR_LIFETIME)
    except ValueError:
        raise Acq.INVALID_PARAMETER() from None


def _digest(params: Params, total: int, product: str) -> str:
    """Of what an order is about; asking again under its number must ask for the same."""
    about = (
        total, params["subject"], params.get("seller_id", ""), product, params.get("buyer_id", ""),
        params.get("buyer_open_id", ""),
    )
    return hashlib.sha256(json_bytes.dumps(about)).hexdigest()[:32]
