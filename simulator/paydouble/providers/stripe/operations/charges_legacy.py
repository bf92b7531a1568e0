"""Charges made in the old way, without a PaymentIntent (https://docs.stripe.com/payments/charges-api)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.errors import ProviderError
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, charging, connect, legacy, lists, methods, sharing
from paydouble.providers.stripe.charging import Confirmation
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.instruments import CARD, DEBITS
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Charge, PaymentIntent, PaymentMethod, Refund
from paydouble.providers.stripe.models.shapes import intent_shown, shipping
from paydouble.providers.stripe.models.sources import card_shown
from paydouble.providers.stripe.operations import refunds
from paydouble.providers.stripe.params_legacy import (
    ChargeCapture,
    ChargeCreate,
    ChargeRefund,
    ChargeRefundNamed,
    ChargeRefunds,
    ChargeUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/charges"
_DOCS = "https://docs.stripe.com/api/charges/"
_HIDDEN = ("payment_intent", "payment_method")
"""Of an error: there is no PaymentIntent to show."""


@operation(
    "charges.create",
    Route("v1", "POST", _URL),
    means=("payment.create", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING, Errors.CURRENCY_INVALID, Errors.AMOUNT_TOO_SMALL, Errors.REFERENCE_MISSING,
        Errors.NO_ACTIVE_CARD, Errors.TOKEN_ALREADY_USED, Errors.SOURCE_UNUSABLE, Errors.INSUFFICIENT_FUNDS,
        Errors.GENERIC_DECLINE, Errors.EXPIRED_CARD, Errors.INCORRECT_CVC, Errors.PROCESSING_ERROR,
        Errors.AUTHENTICATION_REQUIRED,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[ChargeCreate]) -> Reply:
    """Charges a token, a Source or a customer's card at once; `capture` may be left for later."""
    scene, params = of_call(call).muted(), call.params
    for name in ("amount", "currency"):
        if name not in params:
            raise Errors.PARAMETER_MISSING(f"Missing required param: {name}.", param=name)
    method = await _method(scene, params)
    intent = await _payment(scene, params)
    scene.work.save(intent)
    done = method.type not in (CARD, *DEBITS)
    asked = Confirmation(outcome=call.outcome, off_session=True, authenticated=done)
    intent, error = charging.confirm(scene, intent, method, asked)
    charge = await scene.work.get(Charge, intent.latest_charge)
    assert charge is not None, f"{intent.id} left no charge"
    charge = replace(charge, source=card_shown(method) if method.type == "card" else None)
    scene.work.save(charge)
    if error is not None:
        details = {name: value for name, value in error.details.items() if name not in _HIDDEN}
        return Reply.refused(ProviderError(error.row, error.message, details), charge)
    if intent.status == "succeeded":
        await sharing.expect(scene, intent)
    return Reply(charge.shown(), subject=charge)


async def _method(scene: Scene, params: ChargeCreate) -> PaymentMethod:
    """Raises ProviderError."""
    customer_id, source = params.get("customer", ""), params.get("source", "")
    card = params.get("card", "")
    if isinstance(card, Mapping):
        return replace(methods.numbered(scene, card), id=scene.id("card_1"))
    customer = await methods.customer_named(scene, customer_id) if customer_id else None
    if customer is None and not (source or card):
        raise Errors.PARAMETER_MISSING("Must provide source or customer.", param="source")
    return await legacy.instrument(scene, source or card, customer)


async def _payment(scene: Scene, params: ChargeCreate) -> PaymentIntent:
    """What stands behind the charge, under the charge's own id."""
    currency = amounts.known_currency(params["currency"])
    amounts.check_charge(params["amount"], currency)
    given: dict[str, Any] = dict(params)
    if "application_fee" in given:
        given.setdefault("application_fee_amount", given["application_fee"])
    return PaymentIntent(
        id=scene.id("ch_3"),
        created=scene.now,
        merchant=scene.account,
        amount=params["amount"],
        currency=currency,
        client_secret="",
        capture_method="automatic" if params.get("capture", True) else "manual",
        application_fee_amount=given.get("application_fee_amount"),
        customer=params.get("customer", ""),
        description=params.get("description", ""),
        metadata=merged({}, params.get("metadata")),
        receipt_email=params.get("receipt_email", ""),
        shipping=shipping(params.get("shipping")),
        statement_descriptor=params.get("statement_descriptor", ""),
        statement_descriptor_suffix=params.get("statement_descriptor_suffix", ""),
        transfer_group=params.get("transfer_group", ""),
        **await connect.split(scene, given, params["amount"]),
    )


async def _charge(scene: Scene, id: str) -> Charge:
    found = await scene.work.get(Charge, id)
    if found is None or found.merchant != scene.account:
        raise missing("charge", id, param="charge")
    return found


@operation(
    "charges.capture",
    Route("v1", "POST", _URL + "/{id}/capture"),
    means=("payment.capture", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING, Errors.CHARGE_ALREADY_CAPTURED, Errors.CHARGE_ALREADY_REFUNDED,
        Errors.AMOUNT_TOO_LARGE, Errors.PARAMETER_INVALID,
    ),
    docs=_DOCS + "capture",
)
async def capture(call: Call[ChargeCapture]) -> Reply:
    """Takes what was authorised in the old way, or part of it."""
    scene, params = of_call(call).muted(), call.params
    charge = await _charge(scene, params["id"])
    intent = await scene.work.get(PaymentIntent, charge.payment_intent)
    if charge.captured:
        raise Errors.CHARGE_ALREADY_CAPTURED(f"Charge {charge.id} has already been captured.")
    if intent is None or intent_shown(intent.id) is not None:
        raise Errors.PARAMETER_INVALID(
            f"The charge {charge.id} was made by a PaymentIntent: capture that instead."
        )
    if intent.status != "requires_capture":
        raise Errors.CHARGE_EXPIRED_FOR_CAPTURE(
            f"Charge {charge.id} cannot be captured: it failed, was refunded, or has expired."
        )
    amount = params.get("amount", intent.amount_capturable)
    if amount > intent.amount_capturable:
        raise Errors.AMOUNT_TOO_LARGE(
            "You cannot capture a charge for an amount larger than it already has.", param="amount"
        )
    fee = params.get("application_fee_amount", params.get("application_fee", intent.application_fee_amount))
    data = intent.transfer_data
    if data is not None and "transfer_data" in params:
        data = {**data, "amount": params["transfer_data"].get("amount", data["amount"])}
    connect.check_shares(scene, amount, fee, data)
    changes: dict[str, Any] = {"application_fee_amount": fee, "transfer_data": data}
    intent, charge = replace(intent, **changes), replace(charge, **changes)
    charging.captured(scene, intent, charge, amount, call.outcome)
    await sharing.expect(scene, intent)
    charge = await _charge(scene, charge.id)
    return Reply(charge.shown(), subject=charge)


@operation(
    "charges.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("charge.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs=_DOCS + "update",
)
async def update(call: Call[ChargeUpdate]) -> Reply:
    """Changes what is noted of a charge."""
    scene, params = of_call(call), call.params
    before, given = await _charge(scene, params["id"]), dict(params)
    changes: dict[str, Any] = {
        name: given[name] for name in ("description", "receipt_email", "transfer_group") if name in given
    }
    if params.get("customer"):
        changes["customer"] = (await methods.customer_named(scene, params["customer"])).id
    if "shipping" in params:
        changes["shipping"] = shipping(params["shipping"])
    if "fraud_details" in params:
        changes["fraud_details"] = {**before.fraud_details, **params["fraud_details"]}
    changes["metadata"] = merged(before.metadata, params.get("metadata"))
    after = replace(before, **changes)
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        scene.tell("charge.updated", after, previous)
    return Reply(after.shown(), subject=after)


@operation(
    "charges.refund",
    Route("v1", "POST", _URL + "/{id}/refund"),
    means=("refund.create",),
    idempotency=ONCE,
    errors=(Errors.REFERENCE_MISSING, Errors.CHARGE_ALREADY_REFUNDED, Errors.REFUND_TOO_LARGE),
    docs="https://docs.stripe.com/api/refunds/create",
)
async def refund(call: Call[ChargeRefund]) -> Reply:
    """Refunds a charge, and shows the charge."""
    await _refunded(call)
    charge = await _charge(of_call(call), call.params["charge"])
    return Reply(charge.shown(), subject=charge)


@operation(
    "charges.refunds.create",
    Route("v1", "POST", _URL + "/{id}/refunds"),
    means=("refund.create",),
    idempotency=ONCE,
    errors=(Errors.REFERENCE_MISSING, Errors.CHARGE_ALREADY_REFUNDED, Errors.REFUND_TOO_LARGE),
    docs="https://docs.stripe.com/api/refunds/create",
)
async def create_refund(call: Call[ChargeRefund]) -> Reply:
    """Refunds a charge, and shows the refund."""
    return await _refunded(call)


async def _refunded(call: Call[Any]) -> Reply:
    """As `refunds.create` does."""
    call.params = {**call.params, "charge": call.params["id"]}
    return await refunds.create.handler(call)


@operation(
    "charges.refunds.list",
    Route("v1", "GET", _URL + "/{id}/refunds"),
    means=("refund.list",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs="https://docs.stripe.com/api/refunds/list",
)
async def list_refunds(call: Call[ChargeRefunds]) -> Reply:
    """Lists the refunds of a charge, newest first."""
    charge = await _charge(of_call(call), call.params["id"])
    found, more = await lists.page(call, Refund, "refund", index=("charge", charge.id))
    url = f"{_URL}/{charge.id}/refunds"
    return Reply(lists.shown(url, [one.shown() for one in found], has_more=more))


@operation(
    "charges.refunds.retrieve",
    Route("v1", "GET", _URL + "/{charge}/refunds/{id}"),
    means=("refund.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs="https://docs.stripe.com/api/refunds/retrieve",
)
async def retrieve_refund(call: Call[ChargeRefundNamed]) -> Reply:
    """Shows a refund of this charge."""
    found = await call.work.get(Refund, call.params["id"])
    if found is None or found.merchant != call.account or found.charge != call.params["charge"]:
        raise missing("refund", call.params["id"], param="refund")
    return Reply(found.shown(), subject=found)


OPERATIONS = (
    create, capture, update, refund, create_refund, list_refunds, retrieve_refund,
)  # fmt: skip
