"""Application fees, and what of them is given back (https://docs.stripe.com/api/application_fees)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, lists, sharing
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import ApplicationFee, FeeRefund
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_connect import (
    ApplicationFeeList,
    FeeRefundCreate,
    FeeRefundList,
    FeeRefundNamed,
    FeeRefundUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/application_fees"
_REFUNDS = _URL + "/{fee}/refunds"
_DOCS = "https://docs.stripe.com/api/application_fees/"
_REFUND_DOCS = "https://docs.stripe.com/api/fee_refunds/"


async def _fee(scene: Scene, id: str) -> ApplicationFee:
    found = await scene.work.get(ApplicationFee, id)
    if found is None or found.merchant != scene.account:
        raise missing("application fee", id)
    return found


@operation(
    "application_fees.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("application_fee.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows what the platform took of a payment."""
    fee = await _fee(of_call(call), call.params["id"])
    return Reply(fee.shown(), subject=fee)


@operation(
    "application_fees.list",
    Route("v1", "GET", _URL),
    means=("application_fee.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_fees(call: Call[ApplicationFeeList]) -> Reply:
    """Lists the platform's fees, newest first."""
    charge = call.params.get("charge", "")
    found, more = await lists.page(
        call,
        ApplicationFee,
        "application fee",
        index=("charge", charge) if charge else ("merchant", call.account),
        where=lambda fee: fee.merchant == call.account,
    )
    return Reply(lists.shown(_URL, [fee.shown() for fee in found], has_more=more))


@operation(
    "application_fees.refunds.create",
    Route("v1", "POST", _REFUNDS),
    means=("application_fee.refund",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REVERSAL_TOO_LARGE),
    docs=_REFUND_DOCS + "create",
)
async def refund(call: Call[FeeRefundCreate]) -> Reply:
    """Gives the connected account all or a part of the fee back."""
    scene, params = of_call(call), call.params
    fee = await _fee(scene, params["fee"])
    amount = params.get("amount", fee.refundable)
    if not 0 < amount <= fee.refundable:
        raise Errors.REVERSAL_TOO_LARGE(
            f"Application fee {fee.id} has already been refunded."
            if not fee.refundable
            else f"Refund amount ({amounts.display(amount, fee.currency)}) is greater than unrefunded amount "
            f"on fee ({amounts.display(fee.refundable, fee.currency)})",
            param="amount",
        )
    _, back = sharing.fee_returned(scene, fee, amount, metadata=merged({}, params.get("metadata")))
    return Reply(back.shown(), subject=back)


async def _refund(scene: Scene, params: FeeRefundNamed) -> FeeRefund:
    found = await scene.work.get(FeeRefund, params["id"])
    if found is None or found.merchant != scene.account or found.fee != params["fee"]:
        raise missing("fee refund", params["id"])
    return found


@operation(
    "application_fees.refunds.retrieve",
    Route("v1", "GET", _REFUNDS + "/{id}"),
    means=("application_fee.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_REFUND_DOCS + "retrieve",
)
async def retrieve_refund(call: Call[FeeRefundNamed]) -> Reply:
    """Shows what of a fee was given back."""
    found = await _refund(of_call(call), call.params)
    return Reply(found.shown(), subject=found)


@operation(
    "application_fees.refunds.update",
    Route("v1", "POST", _REFUNDS + "/{id}"),
    means=("application_fee.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_REFUND_DOCS + "update",
)
async def update_refund(call: Call[FeeRefundUpdate]) -> Reply:
    """Changes the metadata, and nothing else."""
    scene, params = of_call(call), call.params
    before = await _refund(scene, params)
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")))
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        fee = await _fee(scene, after.fee)
        latest = tuple(after.shown() if one["id"] == after.id else one for one in fee.latest)
        scene.work.save(replace(fee, latest=latest))
        scene.tell("application_fee.refund.updated", after, previous)
    return Reply(after.shown(), subject=after)


@operation(
    "application_fees.refunds.list",
    Route("v1", "GET", _REFUNDS),
    means=("application_fee.list",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs=_REFUND_DOCS + "list",
)
async def list_refunds(call: Call[FeeRefundList]) -> Reply:
    """Lists what of a fee was given back, newest first."""
    fee = await _fee(of_call(call), call.params["fee"])
    found, more = await lists.page(call, FeeRefund, "fee refund", index=("fee", fee.id))
    url = f"{_URL}/{fee.id}/refunds"
    return Reply(lists.shown(url, [one.shown() for one in found], has_more=more))


OPERATIONS = (
    retrieve, list_fees, refund, retrieve_refund, update_refund, list_refunds,
)  # fmt: skip
