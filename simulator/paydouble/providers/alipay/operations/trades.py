"""Trades that programs make and watch: https://opendocs.alipay.com/apis/api_1/alipay.trade.pay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.providers.alipay import ordering, paying, refunding, splitting
from paydouble.providers.alipay.errors import COMMON, MESSAGES, Acq, Gateway
from paydouble.providers.alipay.models import (
    CLOSED,
    FACE_TO_FACE,
    FINISHED,
    SUCCESS,
    WAITING,
    Trade,
    UsedCode,
)
from paydouble.providers.alipay.operations import funding, signing
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.refusing import ZERO_AMOUNTS, refusal
from paydouble.providers.alipay.settings import AlipaySettings, ClosedTwice, QrCodes, RepeatedPay

QR_HOST = "https://qr.alipay.com"
QR_PAGE = "/qr"

ORDER: tuple[ErrorTable, ...] = (
    Acq.SYSTEM_ERROR_OF_PAY, Acq.INVALID_PARAMETER, Acq.ACCESS_FORBIDDEN, Acq.TOTAL_FEE_EXCEED,
    Acq.CONTEXT_INCONSISTENT, Acq.TRADE_HAS_SUCCESS, Acq.TRADE_HAS_CLOSE, Acq.BUYER_SELLER_EQUAL,
    Acq.NOW_TIME_AFTER_EXPIRE_TIME_ERROR, *COMMON,
)
PAY: tuple[ErrorTable, ...] = tuple(dict.fromkeys((*Acq, *COMMON)))
FIND: tuple[ErrorTable, ...] = (Acq.TRADE_NOT_EXIST, Acq.INVALID_PARAMETER, Acq.SYSTEM_ERROR, *COMMON)
CANCEL: tuple[ErrorTable, ...] = (
    Acq.SYSTEM_ERROR_OF_CLOSE, Acq.AQC_SYSTEM_ERROR, Acq.REASON_TRADE_REFUND_FEE_ERR,
    Acq.CANCEL_NOT_ALLOWED, Acq.TRADE_CANCEL_TIME_OUT, Acq.TRADE_HAS_FINISHED,
    Acq.SELLER_BALANCE_NOT_ENOUGH, Acq.REASON_TRADE_BEEN_FREEZEN, *FIND,
)
CLOSE: tuple[ErrorTable, ...] = (
    Acq.SYSTEM_ERROR_OF_CLOSE, Acq.REASON_TRADE_STATUS_INVALID, Acq.TRADE_STATUS_ERROR,
    Acq.REASON_ILLEGAL_STATUS, *FIND,
)


class OrderRequest(TypedDict):
    """What all ways to pay have in common."""

    out_trade_no: str
    total_amount: str
    subject: str
    body: NotRequired[str]
    product_code: NotRequired[str]
    seller_id: NotRequired[str]
    timeout_express: NotRequired[str]
    time_expire: NotRequired[str]
    passback_params: NotRequired[str]
    notify_url: NotRequired[str]


class PayRequest(OrderRequest):
    """One of three sources: a code, an agreement, a pre-authorisation."""

    scene: NotRequired[str]
    auth_code: NotRequired[str]
    auth_no: NotRequired[str]
    auth_confirm_mode: NotRequired[str]
    agreement_params: NotRequired[dict[str, str]]
    is_async_pay: NotRequired[bool | str]
    pay_params: NotRequired[dict[str, str]]
    buyer_id: NotRequired[str]


class PrecreateRequest(OrderRequest):
    qr_code_timeout_express: NotRequired[str]


class CreateRequest(OrderRequest):
    buyer_id: NotRequired[str]
    buyer_open_id: NotRequired[str]
    op_buyer_open_id: NotRequired[str]


class TradeRequest(TypedDict):
    """At least one of the two."""

    out_trade_no: NotRequired[str]
    trade_no: NotRequired[str]
    query_options: NotRequired[list[str]]


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All that can be done with trades, under these settings."""

    @operation(
        "trade.pay", *routes("trade.pay"), means=("payment.charge", "payment.create"), errors=PAY,
        idempotency=NaturalKey(("out_trade_no",)), docs=documented("trade.pay"),
    )
    async def pay(call: Call[PayRequest]) -> Reply:
        """Charge the code that a buyer shows, an agreement, or a pre-authorisation."""
        return await _pay(call, settings)

    @operation(
        "trade.precreate", *routes("trade.precreate"), means=("payment.create",), errors=ORDER,
        idempotency=NaturalKey(("out_trade_no",)), docs=documented("trade.precreate"),
    )
    async def precreate(call: Call[PrecreateRequest]) -> Reply:
        """Order, and get a code that the buyer scans."""
        return await _precreate(call, settings)

    @operation(
        "trade.create", *routes("trade.create"), means=("payment.create",), errors=ORDER,
        idempotency=NaturalKey(("out_trade_no",)), docs=documented("trade.create"),
    )
    async def create(call: Call[CreateRequest]) -> Reply:
        """Order for a buyer who is known already, in a mini program."""
        return await _create(call)

    @operation(
        "trade.query", *routes("trade.query"), means=("payment.query",), errors=FIND, reads=True,
        docs=documented("trade.query"),
    )
    async def query(call: Call[TradeRequest]) -> Reply:
        """See what has become of a trade."""
        return await _query(call, settings)

    @operation(
        "trade.cancel", *routes("trade.cancel"), means=("payment.cancel",), errors=CANCEL,
        docs=documented("trade.cancel"),
    )
    async def cancel(call: Call[TradeRequest]) -> Reply:
        """Undo a payment of unknown outcome: close it, or give the money back."""
        return await _cancel(call, settings)

    @operation(
        "trade.close", *routes("trade.close"), means=("payment.cancel",), errors=CLOSE,
        docs=documented("trade.close"),
    )
    async def close(call: Call[TradeRequest]) -> Reply:
        """Close a trade that nobody has paid."""
        return await _close(call, settings)

    return pay, precreate, create, query, cancel, close


async def _pay(call: Call[PayRequest], settings: AlipaySettings) -> Reply:
    before = await ordering.known(call)
    order = ordering.asked(call, "pay", before)
    again = before is not None and before.is_paid and before.asked == order.asked
    if before is not None and again and settings.repeated_pay is RepeatedPay.FIRST_ANSWER:
        return Reply(before.paid_answer(settings), subject=before)
    paying.check_again(before, order)
    source = await funding.source(call, order)
    await _use_code(call, order)
    trade = before if before is not None and before.status == WAITING else paying.create(call.work, order)
    trade = replace(trade, buyer_id=source.buyer_id, auth_no=source.auth_no, agreement_no=source.agreement_no)
    call.work.save(trade)
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED, Result.CANCELED):
        return _refused(trade, outcome)
    if (outcome is not None and outcome.result in paying.WAITS) or _asks_password(call, trade, settings):
        return Reply({
            "code": "10003", "msg": MESSAGES["10003"], **trade.waiting_answer(settings),
        }, subject=trade)
    if not call.params.get("auth_code") and paying.is_asynchronous(call.params):
        return _accepted(call, trade, settings)
    paid = paying.pay(call.work, trade, call.clock.now(), settings, outcome=outcome)
    await funding.taken(call, source, paid)
    return Reply({**paid.paid_answer(settings), **source.shown}, subject=paid)


def _accepted(call: Call[PayRequest], trade: Trade, settings: AlipaySettings) -> Reply:
    """Nothing is paid before the timer says so."""
    call.work.at(later(call.clock.now(), settings.async_pay_after), trade, "charge")
    code = settings.async_pay.value
    return Reply({
        "code": code, "msg": MESSAGES[code], **trade.waiting_answer(settings),
        "async_payment_mode": "NORMAL_ASYNC_PAY",
    }, subject=trade)


async def _use_code(call: Call[PayRequest], order: Trade) -> None:
    """A payment code is good for one trade."""
    code = call.params.get("auth_code", "")
    if not code:
        return
    used = await call.work.get(UsedCode, code)
    if used is not None and used.trade_no != order.id:
        raise Acq.PAYMENT_AUTH_CODE_INVALID(out_trade_no=order.out_trade_no, **ZERO_AMOUNTS)
    if used is None:
        call.work.save(UsedCode(id=code, created=call.clock.now(), trade_no=order.id))


def _asks_password(call: Call[PayRequest], trade: Trade, settings: AlipaySettings) -> bool:
    approved = call.outcome is not None and call.outcome.result is Result.APPROVED
    barcode = bool(call.params.get("auth_code"))
    return barcode and not approved and trade.total_minor > settings.password_above.minor


def _refused(trade: Trade, outcome: Outcome) -> Reply:
    """The trade exists all the same; what happened is unknown where the back end failed."""
    if outcome.reason == "processing_error" and not outcome.native_code:
        return Reply.refused(Gateway.AOP_SYSTEM_ERROR(outcome.message or None), trade)
    error = refusal(outcome, paying.REFUSALS, Acq.PAYMENT_FAIL)
    details = {**error.details, "out_trade_no": trade.out_trade_no, **ZERO_AMOUNTS}
    return Reply.refused(error.row(error.message, **details), trade)


async def _precreate(call: Call[PrecreateRequest], settings: AlipaySettings) -> Reply:
    before = await ordering.known(call)
    order = ordering.asked(call, "precreate", before)
    paying.check_again(before, order)
    _refuse_outcome(call.outcome)
    if before is None or not before.exists:
        code = before.qr_code if before is not None and before.asked == order.asked else ""
        order = replace(
            order, qr_code=code or funding.new_code(call.ids),
            lapses=min(order.expires, ordering.code_expiry(call.params, call.clock.now())),
        )
        before = paying.offer(call.work, order)
    elif not before.qr_code:
        before = replace(before, qr_code=funding.new_code(call.ids))
        call.work.save(before)
    shown = {"out_trade_no": before.out_trade_no, "qr_code": _code_url(call, before, settings)}
    return Reply(shown, subject=before)


def _code_url(call: Call[Any], trade: Trade, settings: AlipaySettings) -> str:
    if settings.qr_codes is QrCodes.LIVE:
        return f"{QR_HOST}/{trade.qr_code}"
    return f"{call.request.base_url}{QR_PAGE}/{trade.qr_code}?app_id={trade.app_id}"


def _refuse_outcome(outcome: Outcome | None) -> None:
    """A scenario may refuse the order itself; whether the buyer pays is another matter."""
    if outcome is not None and outcome.result is Result.FAILED:
        raise refusal(outcome, paying.REFUSALS, Acq.SYSTEM_ERROR_OF_PAY)


async def _create(call: Call[CreateRequest]) -> Reply:
    params = call.params
    if not any(
        params.get(name) for name in ("buyer_id", "buyer_open_id", "op_buyer_open_id", "buyer_logon_id")
    ):
        raise Acq.INVALID_PARAMETER()
    if params.get("buyer_id") == call.merchant.secrets["seller_id"]:
        raise Acq.BUYER_SELLER_EQUAL()
    before = await ordering.known(call)
    order = ordering.asked(call, "create", before)
    paying.check_again(before, order)
    _refuse_outcome(call.outcome)
    if before is None or not before.exists:
        order = await signing.together(call, order)
        before = paying.create(call.work, order, params.get("buyer_id", ""))
    return Reply(dict(before.named()), subject=before)


async def _query(call: Call[TradeRequest], settings: AlipaySettings) -> Reply:
    params = call.params
    trade, options = await ordering.named(call), ordering.options(params)
    shown = trade.shown(settings, options)
    if "trade_settle_info" in options:
        shown["trade_settle_info"] = await splitting.settle_info(call.work, trade)
    return Reply(shown, subject=trade)


async def _cancel(call: Call[TradeRequest], settings: AlipaySettings) -> Reply:
    seller, number = call.merchant.secrets["seller_id"], call.params.get("out_trade_no", "")
    trade = await _maybe(call)
    if trade is None or not trade.exists:
        if trade is not None and trade.channel in FACE_TO_FACE and trade.status == "OFFERED":
            trade = paying.close(call.work, trade, call.clock.now(), settings, "expire")
        known = {"out_trade_no": number} if number else {}
        return Reply({**known, "retry_flag": "N"}, subject=trade)
    assert trade.seller_id == seller, "found by its seller"
    if trade.channel not in FACE_TO_FACE:
        raise Acq.CANCEL_NOT_ALLOWED(**trade.named(), retry_flag="N")
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        error = refusal(call.outcome, CANCEL, Acq.SYSTEM_ERROR_OF_CLOSE)
        raise error.row(error.message, **error.details, **trade.named(), retry_flag="Y")
    action, trade = _undone(call, trade, settings)
    return Reply({**trade.named(), "action": action, "retry_flag": "N"}, subject=trade)


def _undone(call: Call[TradeRequest], trade: Trade, settings: AlipaySettings) -> tuple[str, Trade]:
    """What was done, or had been done before."""
    now = call.clock.now()
    if trade.status == CLOSED:
        return ("refund" if trade.was_paid else "close"), trade
    if trade.status == WAITING:
        return "close", paying.close(call.work, trade, now, settings)
    if trade.status == FINISHED:
        raise Acq.TRADE_HAS_FINISHED(**trade.named(), retry_flag="N")
    assert trade.status == SUCCESS
    if now > later(trade.gmt_payment, settings.cancel_window):
        raise Acq.TRADE_CANCEL_TIME_OUT(**trade.named(), retry_flag="N")
    asked = refunding.Asked(
        out_request_no=f"cancel-{trade.id}", amount_minor=trade.left_minor, canceled=True,
        tells=trade.channel in settings.notify_closed,
    )
    return "refund", refunding.accept(call.work, call.ids, now, trade, asked, settings)[1]


async def _maybe(call: Call[TradeRequest]) -> Trade | None:
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if by_id := params.get("trade_no"):
        trade = await call.work.get(Trade, by_id)
        return trade if trade is not None and trade.seller_id == seller else None
    if not params.get("out_trade_no"):
        raise Acq.INVALID_PARAMETER()
    return await ordering.known(call)


async def _close(call: Call[TradeRequest], settings: AlipaySettings) -> Reply:
    trade = await ordering.named(call)
    if trade.status == CLOSED and not trade.was_paid and settings.closed_twice is ClosedTwice.SUCCESS:
        return Reply(dict(trade.named()), subject=trade)
    if trade.status != WAITING:
        raise Acq.REASON_TRADE_STATUS_INVALID(**trade.named())
    closed = paying.close(call.work, trade, call.clock.now(), settings)
    return Reply(dict(closed.named()), subject=closed)
