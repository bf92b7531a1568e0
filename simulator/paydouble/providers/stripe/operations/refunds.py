"""Refunds (https://docs.stripe.com/api/refunds)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.machine import IllegalTrigger
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import charging, lists, refunding, returning, reviewing
from paydouble.providers.stripe.errors import Errors, missing, missing_reference
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Charge, PaymentIntent, Refund
from paydouble.providers.stripe.params import Named, RefundCreate, RefundList, RefundUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/refunds"
_DOCS = "https://docs.stripe.com/api/refunds/"


@operation(
    "refunds.create",
    Route("v1", "POST", _URL),
    means=("refund.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING,
        Errors.PARAMETERS_EXCLUSIVE,
        Errors.REFERENCE_MISSING,
        Errors.CHARGE_ALREADY_REFUNDED,
        Errors.REFUND_TOO_LARGE,
        Errors.CHARGE_DISPUTED,
        Errors.CHARGE_NOT_REFUNDABLE,
        Errors.BALANCE_INSUFFICIENT,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[RefundCreate]) -> Reply:
    """Sends money of a charge back, all that is left or a part; of an uncaptured one releases it."""
    scene, params = of_call(call), call.params
    charge, intent = await _paid(scene, params)
    if not charge.captured:
        return _released(scene, intent, charge, params)
    if charge.refund_barred:
        raise Errors.CHARGE_DISPUTED(f"Charge {charge.id} has been charged back; cannot issue a refund.")
    amount = refunding.check_amount(charge, params.get("amount"))
    error = refunding.refused(call.outcome)
    if error is not None:
        raise error
    await reviewing.overtaken(scene, charge, "refunded")
    back = await returning.asked_for(scene, charge, amount, params)
    refund = refunding.made(
        scene,
        intent,
        charge,
        amount,
        call.outcome,
        reason=params.get("reason", ""),
        metadata=merged({}, params.get("metadata")),
        fee_back=back.fee_amount if charge.application else 0,
    )
    refund = await returning.shared_back(scene, refund, back)
    return Reply(refund.shown(), subject=refund)


async def _paid(scene: Scene, params: RefundCreate) -> tuple[Charge, PaymentIntent]:
    """The charge to refund, and its PaymentIntent. Raises ProviderError."""
    charge_id, intent_id = params.get("charge", ""), params.get("payment_intent", "")
    if bool(charge_id) == bool(intent_id):
        if charge_id:
            raise Errors.PARAMETERS_EXCLUSIVE(
                "You may only specify one of these parameters: charge, payment_intent.", param="charge"
            )
        raise Errors.PARAMETER_MISSING(
            "One of the following params should be provided for this request: payment_intent or charge.",
            param="payment_intent",
        )
    if intent_id:
        intent = await scene.work.get(PaymentIntent, intent_id)
        if intent is None or intent.merchant != scene.account:
            raise missing_reference("payment_intent", intent_id, param="payment_intent")
        charge_id = intent.latest_charge
    charge = await scene.work.get(Charge, charge_id) if charge_id else None
    if charge is None and not intent_id:
        raise missing_reference("charge", charge_id, param="charge")
    if charge is None or charge.status != "succeeded" or charge.merchant != scene.account:
        raise Errors.PARAMETER_INVALID(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
            if intent_id
            else f"Charge {charge_id} cannot be refunded because it did not succeed.",
            param="payment_intent" if intent_id else "charge",
        )
    found = await scene.work.get(PaymentIntent, charge.payment_intent)
    assert found is not None, f"{charge.id} has lost its PaymentIntent"
    return charge, found


def _released(scene: Scene, intent: PaymentIntent, charge: Charge, params: RefundCreate) -> Reply:
    """Nothing has moved yet: the authorisation is given up, and the refund is a reversal of nothing."""
    if intent.status != "requires_capture":
        raise Errors.CHARGE_ALREADY_REFUNDED(f"Charge {charge.id} has already been refunded.")
    if params.get("amount", charge.amount) != charge.amount:
        raise Errors.PARAMETER_INVALID("You cannot partially refund an uncaptured charge.", param="amount")
    charging.canceled(scene, intent, charge, "")
    refund = Refund(
        id=scene.id("re_3"),
        created=scene.now,
        status="succeeded",
        merchant=charge.merchant,
        amount=charge.amount,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=intent.id,
        payment_method=charge.payment_method,
        method_type=charge.method_type,
        customer=charge.customer,
        ref=intent.ref,
        reason=params.get("reason", ""),
        metadata=merged({}, params.get("metadata")),
    )
    scene.work.save(refund)
    scene.tell("refund.created", refund)
    return Reply(refund.shown(), subject=refund)


async def _refund(scene: Scene, id: str) -> Refund:
    found = await scene.work.get(Refund, id)
    if found is None or found.merchant != scene.account:
        raise missing("refund", id)
    return found


@operation(
    "refunds.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("refund.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a refund."""
    refund = await _refund(of_call(call), call.params["id"])
    return Reply(refund.shown(), subject=refund)


@operation(
    "refunds.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("refund.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[RefundUpdate]) -> Reply:
    """Changes the metadata, and nothing else."""
    scene, params = of_call(call), call.params
    before = await _refund(scene, params["id"])
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")))
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        scene.tell("refund.updated", after, previous)
        scene.tell("charge.refund.updated", after, previous)
    return Reply(after.shown(), subject=after)


@operation(
    "refunds.cancel",
    Route("v1", "POST", _URL + "/{id}/cancel"),
    means=("refund.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REFUND_UNEXPECTED_STATE),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[Named]) -> Reply:
    """Takes a refund back while it waits for the payer."""
    scene = of_call(call)
    refund = await _refund(scene, call.params["id"])
    charge, intent = await refunding.payment_of(scene, refund)
    try:
        refund = refunding.canceled(scene, intent, charge, refund)
    except IllegalTrigger as illegal:
        raise Errors.REFUND_UNEXPECTED_STATE(
            f"Refund {refund.id} cannot be canceled because it has a status of {illegal.status}. Only a "
            "refund with status requires_action may be canceled."
        ) from None
    return Reply(refund.shown(), subject=refund)


@operation(
    "refunds.list",
    Route("v1", "GET", _URL),
    means=("refund.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_refunds(call: Call[RefundList]) -> Reply:
    """Lists refunds, newest first."""
    params = call.params
    filters = {name: str(params[name]) for name in ("charge", "payment_intent") if name in params}

    def wanted(refund: Refund) -> bool:
        return refund.merchant == call.account and all(
            getattr(refund, name) == value for name, value in filters.items()
        )

    index = next(iter(filters.items()), ("merchant", call.account))
    found, more = await lists.page(call, Refund, "refund", index=index, where=wanted)
    return Reply(lists.shown(_URL, [refund.shown() for refund in found], has_more=more))


OPERATIONS = (create, retrieve, update, cancel, list_refunds)
