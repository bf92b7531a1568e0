"""Payouts (https://docs.stripe.com/api/payouts)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.machine import IllegalTrigger
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, externals, lists, paying_out
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Payout
from paydouble.providers.stripe.params import Named, PayoutCreate, PayoutList, PayoutUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/payouts"
_DOCS = "https://docs.stripe.com/api/payouts/"


@operation(
    "payouts.create",
    Route("v1", "POST", _URL),
    means=("payout.create",),
    idempotency=ONCE,
    errors=(Errors.CURRENCY_INVALID, Errors.REFERENCE_MISSING, Errors.BALANCE_INSUFFICIENT),
    docs=_DOCS + "create",
)
async def create(call: Call[PayoutCreate]) -> Reply:
    """Sends money of the available balance to the account's bank."""
    scene, params = of_call(call), call.params
    currency = amounts.known_currency(params["currency"])
    bank = await externals.paid_out_to(scene, currency, params.get("destination", ""))
    await paying_out.check_balance(scene, params["amount"], currency)
    method = params.get("method", "standard")
    payout = paying_out.sent(scene, Payout(
        id=scene.id("po_1"),
        created=scene.now,
        merchant=scene.account,
        amount=params["amount"],
        currency=currency,
        arrives=paying_out.arrival(scene, method),
        destination=bank,
        method=method,
        source_type=params.get("source_type", "card"),
        description=params.get("description", ""),
        statement_descriptor=params.get("statement_descriptor", ""),
        metadata=merged({}, params.get("metadata")),
    ))
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        payout = paying_out.returned(scene, payout, "fail", call.outcome.native_code or paying_out.FAILURE)
    return Reply(payout.shown(), subject=payout)


async def _payout(scene: Scene, id: str) -> Payout:
    found = await scene.work.get(Payout, id)
    if found is None or found.merchant != scene.account:
        raise missing("payout", id, param="payout")
    return found


@operation(
    "payouts.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("payout.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a payout."""
    payout = await _payout(of_call(call), call.params["id"])
    return Reply(payout.shown(), subject=payout)


@operation(
    "payouts.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("payout.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[PayoutUpdate]) -> Reply:
    """Changes the metadata, and nothing else."""
    scene, params = of_call(call), call.params
    before = await _payout(scene, params["id"])
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")))
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        scene.tell("payout.updated", after, previous)
    return Reply(after.shown(), subject=after)


@operation(
    "payouts.cancel",
    Route("v1", "POST", _URL + "/{id}/cancel"),
    means=("payout.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PAYOUT_UNEXPECTED_STATE),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[Named]) -> Reply:
    """Calls a payout off while it has not left."""
    scene = of_call(call)
    payout = await _payout(scene, call.params["id"])
    try:
        payout = paying_out.returned(scene, payout, "cancel")
    except IllegalTrigger as illegal:
        raise Errors.PAYOUT_UNEXPECTED_STATE(
            f"Payouts can only be canceled while they are pending; this one has a status of {illegal.status}."
        ) from None
    return Reply(payout.shown(), subject=payout)


@operation(
    "payouts.list",
    Route("v1", "GET", _URL),
    means=("payout.query",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_payouts(call: Call[PayoutList]) -> Reply:
    """Lists payouts, newest first."""
    params = call.params
    status, destination = params.get("status", ""), params.get("destination", "")
    arrives = lists.between(params.get("arrival_date"))

    def wanted(payout: Payout) -> bool:
        return (
            payout.merchant == call.account
            and destination in ("", payout.destination)
            and (arrives is None or arrives[0] <= payout.arrives <= arrives[1])
        )

    index = ("merchant_status", f"{call.account}/{status}") if status else ("merchant", call.account)
    found, more = await lists.page(call, Payout, "payout", index=index, where=wanted)
    return Reply(lists.shown(_URL, [payout.shown() for payout in found], has_more=more))


OPERATIONS = (create, retrieve, update, cancel, list_payouts)
