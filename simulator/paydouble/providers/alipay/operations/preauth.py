"""Pre-authorisation (预授权): money frozen at a buyer, freed again, or paid out of by `trade.pay`.

https://opendocs.alipay.com/apis/api_28/alipay.fund.auth.order.freeze
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import MINUTE, Instant, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.ledger import EntryKind
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.providers.alipay import amounts, identifiers, paying, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, MESSAGES, Auth
from paydouble.providers.alipay.freezing import (
    AUTHORISATION,
    Authorisation,
    Step,
    entry,
    freeze,
    lapse,
    told,
    unfreeze,
)
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations.codes import is_auth_code
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.refusing import refusal

FREEZE: tuple[ErrorTable, ...] = (*Auth, *COMMON)
TIMEOUT_MS = 15 * MINUTE


class FreezeRequest(TypedDict):
    out_order_no: str
    out_request_no: str
    order_title: str
    amount: str
    auth_code: NotRequired[str]
    notify_url: NotRequired[str]


def operations() -> tuple[Operation, ...]:
    return freezing, voucher, app, free, detail, cancel


@operation(
    "fund.auth.order.freeze", *routes("fund.auth.order.freeze"), means=("payment.charge",), errors=FREEZE,
    idempotency=NaturalKey(("out_order_no",)), docs=documented("fund.auth.order.freeze"),
)
async def freezing(call: Call[FreezeRequest]) -> Reply:
    """Freeze money by the code that a buyer shows."""
    if not is_auth_code(call.params.get("auth_code", "")):
        raise Auth.PAYMENT_AUTH_CODE_INVALID()
    return await _freeze(call)


@operation(
    "fund.auth.order.voucher.create", *routes("fund.auth.order.voucher.create"), means=("payment.create",),
    errors=FREEZE, idempotency=NaturalKey(("out_order_no",)),
    docs=documented("fund.auth.order.voucher.create"),
)
async def voucher(call: Call[FreezeRequest]) -> Reply:
    """Get a code that the buyer scans to agree."""
    auth = await _begun(call)
    auth = replace(auth, code=auth.code or identifiers.qr_code(call.ids))
    call.work.save(auth)
    url = f"https://qr.alipay.com/{auth.code}"
    return Reply({
        "out_order_no": auth.out_order_no, "out_request_no": auth.out_request_no, "code_type": "qrcode",
        "code_value": url, "code_url": url,
    }, subject=auth)


@operation(
    "fund.auth.order.app.freeze", *routes("fund.auth.order.app.freeze"), means=("payment.charge",),
    errors=FREEZE,
    idempotency=NaturalKey(("out_order_no",)), docs=documented("fund.auth.order.app.freeze"),
)
async def app(call: Call[FreezeRequest]) -> Reply:
    """Take the order string of an app, and freeze: what the phone's SDK would do."""
    reply = await _freeze(call)
    assert isinstance(reply.body, Mapping), "it is no page"
    shown = {name: value for name, value in reply.body.items() if name != "payer_logon_id"}
    return replace(reply, body=shown)


@operation(
    "fund.auth.order.unfreeze", *routes("fund.auth.order.unfreeze"), means=("payment.cancel",), errors=FREEZE,
    idempotency=NaturalKey(("out_request_no",)), docs=documented("fund.auth.order.unfreeze"),
)
async def free(call: Call[Any]) -> Reply:
    """Give back a part of what is frozen, or all of it."""
    params = call.params
    auth = await _named(call)
    minor = amounts.minor(params["amount"], Auth.ILLEGAL_ARGUMENT)
    known = await call.work.find(Step, "request_key", number_key(auth.id, params["out_request_no"]))
    if known is not None:
        if known.amount_minor != minor or known.what != "UNFREEZE":
            raise Auth.UNIQUE_VIOLATION()
        return Reply(_freed(auth, known), subject=auth)
    if auth.status in ("CLOSED", "FINISH"):
        raise (Auth.ORDER_ALREADY_CLOSED if auth.status == "CLOSED" else Auth.ORDER_ALREADY_FINISH)()
    if auth.status != "AUTHORIZED":
        raise Auth.ILLEGAL_STATUS()
    if minor > auth.rest_minor:
        raise Auth.REQUEST_AMOUNT_EXCEED()
    number, remark = params["out_request_no"], params["remark"]
    moved, step = unfreeze(call.work, call.ids, auth, minor, number, remark, call.clock.now())
    return Reply(_freed(moved, step), subject=moved)


@operation(
    "fund.auth.operation.detail.query", *routes("fund.auth.operation.detail.query"), means=("payment.query",),
    errors=FREEZE, reads=True, docs=documented("fund.auth.operation.detail.query"),
)
async def detail(call: Call[Any]) -> Reply:
    """See one operation, and what is left."""
    auth = await _named(call)
    step = await _step(call, auth)
    return Reply({
        **auth.named(), **auth.payer(), **auth.totals(), "order_status": auth.status,
        "order_title": auth.order_title,
        "operation_id": step.id, "operation_type": step.what, "out_request_no": step.out_request_no,
        "amount": yuan(step.amount_minor), "status": step.status, "gmt_create": times.china(auth.created),
        "gmt_trans": times.china(step.created) if step.status == "SUCCESS" else "", "remark": step.remark,
    }, subject=auth)


@operation(
    "fund.auth.operation.cancel", *routes("fund.auth.operation.cancel"), means=("payment.cancel",),
    errors=FREEZE,
    docs=documented("fund.auth.operation.cancel"),
)
async def cancel(call: Call[Any]) -> Reply:
    """Undo a freezing of unknown outcome."""
    auth = await _named(call)
    step, now = await _step(call, auth), call.clock.now()
    if auth.paid_minor or (auth.freed_minor and auth.status != "CLOSED"):
        raise Auth.ILLEGAL_STATUS()
    action = "close"
    if auth.status == "INIT":
        auth = await lapse(call.work, auth, now)
    elif auth.status == "AUTHORIZED":
        action = "unfreeze"
        auth = fire(call.work, AUTHORISATION, auth, "close", now, freed_minor=auth.frozen_minor)
        call.work.post(entry(EntryKind.VOID, auth, auth.frozen_minor, step.id, back=True))
        call.work.announce(told(auth, step, "fund_auth_operation_cancel", action=action))
    else:
        action = "unfreeze" if auth.freed_minor else "close"
    return Reply({
        **auth.named(), "operation_id": step.id, "out_request_no": step.out_request_no, "action": action,
    }, subject=auth)


async def _begun(call: Call[FreezeRequest]) -> Authorisation:
    """The authorisation as it is asked for; again where it was, if it is the same."""
    params, seller, now = call.params, call.merchant.secrets["seller_id"], call.clock.now()
    minor = amounts.minor(params["amount"], Auth.ILLEGAL_ARGUMENT)
    key = number_key(seller, params["out_order_no"])
    known = await call.work.find(Authorisation, "order_key", key)
    if known is not None:
        if known.status == "CLOSED":
            raise Auth.ORDER_ALREADY_CLOSED()
        if known.asked_minor != minor or known.out_request_no != params["out_request_no"]:
            raise Auth.UNIQUE_VIOLATION()
        if known.status != "INIT":
            raise Auth.FREEZE_ALREADY_SUCCESS()
        return known
    auth = Authorisation(
        id=identifiers.auth_no(call.ids, now), status=AUTHORISATION.initial, created=now,
        app_id=call.merchant.id,
        seller_id=seller, out_order_no=params["out_order_no"], out_request_no=params["out_request_no"],
        operation_id=identifiers.operation_id(call.ids, now), order_title=params["order_title"],
        asked_minor=minor,
        expires=_expiry(call), notify_url=params.get("notify_url", ""),
    )
    call.work.save(auth)
    call.work.save(Step(
        id=auth.operation_id, status="INIT", created=now, auth_no=auth.id, what="FREEZE",
        out_request_no=auth.out_request_no, amount_minor=minor,
    ))
    call.work.at(auth.expires, auth, "time_out")
    return auth


def _expiry(call: Call[Any]) -> Instant:
    within = call.params.get("pay_timeout") or call.params.get("timeout_express")
    try:
        return times.timeout(within, call.clock.now()) if within else later(call.clock.now(), TIMEOUT_MS)
    except ValueError:
        raise Auth.ILLEGAL_ARGUMENT() from None


async def _freeze(call: Call[FreezeRequest]) -> Reply:
    auth, outcome = await _begun(call), call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED, Result.CANCELED):
        return Reply.refused(refusal(outcome, FREEZE, Auth.NO_PAYMENT_INSTRUMENTS_AVAILABLE), auth)
    if outcome is not None and outcome.result in paying.WAITS:
        return Reply({"code": "10003", "msg": MESSAGES["10003"], **_frozen(auth)}, subject=auth)
    moved, _ = freeze(call.work, auth, call.clock.now())
    return Reply(_frozen(moved), subject=moved)


def _frozen(auth: Authorisation) -> dict[str, object]:
    shown = {
        **auth.named(), "operation_id": auth.operation_id, "out_request_no": auth.out_request_no,
        "amount": yuan(auth.asked_minor), "status": "SUCCESS" if auth.frozen_minor else "INIT",
        **auth.payer(),
    }
    if auth.frozen_minor:
        shown |= {"gmt_trans": times.china(auth.gmt_trans), "fund_amount": yuan(auth.frozen_minor)}
    return shown


def _freed(auth: Authorisation, step: Step) -> dict[str, object]:
    return {
        **auth.named(), "operation_id": step.id, "out_request_no": step.out_request_no,
        "amount": yuan(step.amount_minor), "status": step.status, "gmt_trans": times.china(step.created),
    }


async def _named(call: Call[Any]) -> Authorisation:
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if id := params.get("auth_no"):
        auth = await call.work.get(Authorisation, id)
    elif params.get("out_order_no"):
        auth = await call.work.find(Authorisation, "order_key", number_key(seller, params["out_order_no"]))
    else:
        raise Auth.ILLEGAL_ARGUMENT()
    if auth is None:
        raise Auth.AUTH_ORDER_NOT_EXIST()
    if auth.seller_id != seller:
        raise Auth.HAS_NO_PRIVILEGE()
    return auth


async def _step(call: Call[Any], auth: Authorisation) -> Step:
    params = call.params
    if id := params.get("operation_id"):
        step = await call.work.get(Step, id)
    else:
        step = await call.work.find(
            Step, "request_key", number_key(auth.id, params.get("out_request_no", ""))
        )
    if step is None or step.auth_no != auth.id:
        raise Auth.AUTH_OPERATION_NOT_EXIST()
    return step
