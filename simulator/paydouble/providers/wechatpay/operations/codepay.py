"""Code payments (付款码) and their reversal, direct and of partners.

Listed by SDKs, without a public page of the manual for direct merchants: unverified in its details.
"""

from __future__ import annotations

import re

from paydouble.core.call import Call, Reply
from paydouble.core.clock import SECOND, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import identifiers, ordering
from paydouble.providers.wechatpay.errors import Errors, refusal
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API, TRANSACTION
from paydouble.providers.wechatpay.models import Transaction
from paydouble.providers.wechatpay.operations.order_errors import CODEPAY, PARTNER, REVERSE
from paydouble.providers.wechatpay.operations.order_params import ByOutTradeNo, CodeOrder
from paydouble.providers.wechatpay.operations.transactions import (
    DIRECT,
    DOCS,
    OF_PARTNERS,
    PARTNER_DOCS,
    check_parties,
)
from paydouble.providers.wechatpay.settings import WechatpaySettings

PAYING_LASTS_MS = 30 * SECOND
WAITING = (Result.PENDING, Result.HELD, Result.REQUIRES_ACTION)
MICROPAY = "MICROPAY"

_AUTH_CODE = re.compile(r"1[0-5][0-9]{16}", re.ASCII)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "transactions.codepay", Route(API, "POST", f"{DIRECT}/codepay"),
        means=("payment.create", "payment.charge"), idempotency=NaturalKey(("out_trade_no",)),
        errors=CODEPAY, docs=f"{DOCS}4012791841",
    )
    async def codepay(call: Call[CodeOrder]) -> Reply:
        """Charge the payer whose code was scanned; 202 where a password is asked for first."""
        return await _codepay(call, settings)

    @operation(
        "partner.codepay", Route(API, "POST", f"{OF_PARTNERS}/codepay"),
        means=("payment.create", "payment.charge"), idempotency=NaturalKey(("out_trade_no",)),
        errors=(*PARTNER, *CODEPAY), docs=f"{PARTNER_DOCS}4012085173",
    )
    async def codepay_for_sub_merchant(call: Call[CodeOrder]) -> Reply:
        """Charge the payer whose code was scanned, for a sub-merchant."""
        ordering.check_sub_merchant(call.merchant.id, call.params.get("sub_mchid", ""), settings)
        return await _codepay(call, settings)

    @operation(
        "transactions.reverse", Route(API, "POST", f"{DIRECT}/out-trade-no/{{out_trade_no}}/reverse"),
        means=("payment.cancel",), idempotency=NaturalKey(("out_trade_no",)), errors=REVERSE,
        docs=f"{DOCS}4012791844",
    )
    async def reverse(call: Call[ByOutTradeNo]) -> Reply:
        """Undo a code payment, whatever became of it."""
        return await _reverse(call, settings)

    @operation(
        "partner.reverse", Route(API, "POST", f"{OF_PARTNERS}/out-trade-no/{{out_trade_no}}/reverse"),
        means=("payment.cancel",), idempotency=NaturalKey(("out_trade_no",)), errors=(*PARTNER, *REVERSE),
        docs=f"{PARTNER_DOCS}4012085173",
    )
    async def reverse_for_sub_merchant(call: Call[ByOutTradeNo]) -> Reply:
        """Undo a sub-merchant's code payment."""
        return await _reverse(call, settings)

    return codepay, reverse, codepay_for_sub_merchant, reverse_for_sub_merchant


async def _codepay(call: Call[CodeOrder], settings: WechatpaySettings) -> Reply:
    if not settings.codepay:
        raise Errors.NO_AUTH()
    ordering.check_sizes(call.params)
    params, now = call.params, call.clock.now()
    appid = params.get("appid") or params.get("sp_appid", "")
    ordering.check_appid(call, appid)
    if not _AUTH_CODE.fullmatch(params["payer"]["auth_code"]):
        raise Errors.AUTH_CODE_INVALID()
    known = await ordering.known_order(call.work, call.merchant.id, params["out_trade_no"])
    if known is not None and known.status == "USERPAYING":
        return Reply.refused(Errors.USERPAYING(), subject=known)
    order = await ordering.place(call.work, call.ids, now, ordering.Wanted(
        trade_type=MICROPAY, mchid=call.merchant.id, appid=appid, out_trade_no=params["out_trade_no"],
        sub_mchid=params.get("sub_mchid", ""), sub_appid=params.get("sub_appid", ""), notify_url="",
        total_minor=params["amount"]["total"], description=params["description"],
        attach=params.get("attach", ""), device_id=params["scene_info"].get("device_id", ""),
        expires=ordering.expiry(None, now, MICROPAY, settings), asked=ordering.digest(params, MICROPAY),
        profit_sharing=params.get("settle_info", {}).get("profit_sharing", False),
        public_key_mode=in_public_key_mode(call.envelope, settings),
    ))
    if call.outcome is not None and call.outcome.result in WAITING:
        waiting = fire(call.work, TRANSACTION, order, "enter", now)
        call.work.at(later(now, PAYING_LASTS_MS), waiting, "expire")
        return Reply.refused(Errors.USERPAYING(), subject=waiting)
    return charged(call, order, settings)


def charged(call: Call[CodeOrder], order: Transaction, settings: WechatpaySettings) -> Reply:
    """Paid at once, or refused at once."""
    now, outcome = call.clock.now(), call.outcome or Outcome(Result.APPROVED)
    if outcome.result is not Result.APPROVED:
        refused = fire(call.work, TRANSACTION, order, "refuse", now)
        return Reply.refused(refusal(outcome, CODEPAY, Errors.TRADE_ERROR), subject=refused)
    paid = ordering.settled(
        call.work, order, "settle", now, settings, openid=identifiers.openid(call.ids), bank_type="OTHERS",
        fee_minor=None if outcome.fee is None else outcome.fee.minor,
    )
    return Reply(paid.shown(), subject=paid)


async def _reverse(call: Call[ByOutTradeNo], settings: WechatpaySettings) -> Reply:
    order = await ordering.known_order(call.work, call.merchant.id, call.params["out_trade_no"])
    if order is None:
        raise Errors.ORDER_NOT_EXIST()
    check_parties(order, call.params)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(call.outcome, REVERSE, Errors.TRADE_ERROR)
    check_reversible(order)
    now = call.clock.now()
    if order.was_paid and now < later(order.success_time, settings.reverse_after):
        raise Errors.REVERSE_TOO_SOON()
    if order.status != "REVOKED":
        order = ordering.reverse(call.work, order, now)
    shown: dict[str, object] = {"out_trade_no": order.out_trade_no}
    if order.sub_mchid:
        shown |= {"sp_appid": order.appid, "sp_mchid": order.mchid, "sub_mchid": order.sub_mchid}
    else:
        shown |= {"appid": order.appid, "mchid": order.mchid}
    return Reply(shown, subject=order)


def check_reversible(order: Transaction) -> None:
    """Only code payments that were not refunded; again and again."""
    if order.trade_type != MICROPAY or order.status in ("REFUND", "CLOSED"):
        raise Errors.REVERSE_NOT_ALLOWED()
