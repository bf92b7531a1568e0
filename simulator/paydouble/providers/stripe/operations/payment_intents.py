"""PaymentIntents (https://docs.stripe.com/api/payment_intents)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.machine import fire
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, charging, connect, intents, lists, mandates, methods, sharing
from paydouble.providers.stripe.choosing import chosen
from paydouble.providers.stripe.errors import Errors, decline
from paydouble.providers.stripe.followups import followed_up
from paydouble.providers.stripe.machines import PAYMENT_INTENT
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Charge, PaymentIntent, PaymentMethod
from paydouble.providers.stripe.models.shapes import intent_shown, shipping
from paydouble.providers.stripe.params import (
    PaymentIntentCancel,
    PaymentIntentCapture,
    PaymentIntentConfirm,
    PaymentIntentCreate,
    PaymentIntentList,
    PaymentIntentRetrieve,
    PaymentIntentUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/payment_intents"
_DOCS = "https://docs.stripe.com/api/payment_intents/"
_CARD_ERRORS = (
    Errors.INSUFFICIENT_FUNDS,
    Errors.GENERIC_DECLINE,
    Errors.EXPIRED_CARD,
    Errors.INCORRECT_CVC,
    Errors.PROCESSING_ERROR,
    Errors.AUTHENTICATION_REQUIRED,
)


@operation(
    "payment_intents.create",
    Route("v1", "POST", _URL),
    means=("payment.create", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.CURRENCY_INVALID,
        Errors.AMOUNT_TOO_SMALL,
        Errors.AMOUNT_TOO_LARGE,
        Errors.PARAMETERS_EXCLUSIVE,
        Errors.REFERENCE_MISSING,
        Errors.INCOMPATIBLE_PAYMENT_METHOD,
        Errors.PAYMENT_METHOD_UNUSABLE,
        *_CARD_ERRORS,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[PaymentIntentCreate]) -> Reply:
    """Creates a PaymentIntent, and with `confirm` charges it at once."""
    scene, params = of_call(call), call.params
    intent = await intents.asked_for(scene, params)
    if intent.customer:
        await methods.customer_named(scene, intent.customer)
    confirmed = params.get("confirm", False)
    method, given = await chosen(scene, params, payment_intent=intent.id if confirmed else "")
    if method is not None:
        intents.check_method(intent, method)
    if not confirmed:
        return _created(scene, intent, method)
    intents.check_return_url(intent, method, given)
    if method is None:
        raise intents.without_method(intent)
    scene.work.save(intent)
    scene.tell("payment_intent.created", intent)
    return await _confirmed(call, scene, intent, method, given)


def _created(scene: Scene, intent: PaymentIntent, method: PaymentMethod | None) -> Reply:
    if method is not None:
        scene.work.save(method)
        intent = replace(intent, status="requires_confirmation", payment_method=method.id)
    scene.work.save(intent)
    scene.tell("payment_intent.created", intent)
    return Reply(intent.shown(), subject=intent)


async def _confirmed(
    call: Call[Any], scene: Scene, intent: PaymentIntent, method: PaymentMethod, given: Mapping[str, Any]
) -> Reply:
    mandate_data = given.get("mandate_data")
    mandates.check(method, mandate_data, given.get("mandate", ""))
    if mandate_data:
        method = mandates.agreed(scene, method, mandate_data)
    intent, error = charging.confirm(scene, intent, method, intents.confirmation(call, given))
    if intent.status == "succeeded" and intent.capture_method == "automatic":
        await sharing.expect(scene, intent)
    await followed_up(scene, intent)
    if error is not None:
        return Reply.refused(error, intent)
    reduced = call.merchant.handle.startswith(intents.PUBLISHABLE_PREFIX)
    return Reply(intents.as_client_sees(intent) if reduced else intent.shown(), subject=intent)


@operation(
    "payment_intents.confirm",
    Route("v1", "POST", _URL + "/{id}/confirm"),
    means=("payment.confirm", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING,
        Errors.UNEXPECTED_STATE,
        Errors.REFERENCE_MISSING,
        Errors.INCOMPATIBLE_PAYMENT_METHOD,
        Errors.PAYMENT_METHOD_UNUSABLE,
        *_CARD_ERRORS,
    ),
    docs=_DOCS + "confirm",
)
async def confirm(call: Call[PaymentIntentConfirm]) -> Reply:
    """Charges the PaymentIntent, or asks the cardholder to authenticate."""
    scene, params = of_call(call), call.params
    intent = await intents.intent_of(scene, params["id"])
    intents.check_client_secret(intent, call.merchant, params)
    error = intents.not_confirmable(intent)
    if error is not None:
        raise error
    method, given = await chosen(scene, params, payment_intent=intent.id)
    if method is None and intent.payment_method:
        method = await methods.resolved(scene, intent.payment_method)
    if method is None:
        raise intents.without_method(intent)
    intent = _changed_by_confirm(intent, given)
    intents.check_method(intent, method)
    intents.check_return_url(intent, method, given)
    return await _confirmed(call, scene, intent, method, given)


def _changed_by_confirm(intent: PaymentIntent, params: Mapping[str, Any]) -> PaymentIntent:
    changes: dict[str, Any] = {
        name: params[name]
        for name in ("receipt_email", "setup_future_usage", "capture_method")
        if name in params
    }
    if "shipping" in params:
        changes["shipping"] = shipping(params["shipping"] or None)
    if "payment_method_options" in params:
        changes["payment_method_options"] = {
            **intent.payment_method_options,
            **params["payment_method_options"],
        }
    return replace(intent, **changes) if changes else intent


@operation(
    "payment_intents.capture",
    Route("v1", "POST", _URL + "/{id}/capture"),
    means=("payment.capture", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING,
        Errors.UNEXPECTED_STATE,
        Errors.AMOUNT_TOO_LARGE,
        Errors.CHARGE_EXPIRED_FOR_CAPTURE,
    ),
    docs=_DOCS + "capture",
)
async def capture(call: Call[PaymentIntentCapture]) -> Reply:
    """Takes what was authorised, or part of it; the rest is released."""
    scene, params = of_call(call), call.params
    intent = await intents.intent_of(scene, params["id"])
    error = intents.not_capturable(intent)
    if error is not None:
        raise error
    amount = params.get("amount_to_capture", intent.amount_capturable)
    if amount > intent.amount_capturable:
        raise Errors.AMOUNT_TOO_LARGE(
            "The amount to capture is greater than the remaining amount that can be captured "
            f"({amounts.display(intent.amount_capturable, intent.currency)}).",
            param="amount_to_capture",
        )
    if params.get("final_capture") is False:
        raise Errors.PARAMETER_INVALID(
            "This PaymentIntent was not authorized for multiple captures.", param="final_capture"
        )
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise decline(call.outcome)
    if call.outcome is not None:
        amount = call.outcome.part_of(amount)
    charge = await scene.work.get(Charge, intent.latest_charge)
    assert charge is not None, f"{intent.id} is authorized without a charge"
    intent = replace(intent, metadata=merged(intent.metadata, params.get("metadata")))
    intent, charge = _shares_at_capture(scene, intent, charge, params, amount)
    intent = charging.captured(scene, intent, charge, amount, call.outcome)
    await sharing.expect(scene, intent)
    return Reply(intent.shown(), subject=intent)


def _shares_at_capture(
    scene: Scene, intent: PaymentIntent, charge: Charge, params: PaymentIntentCapture, amount: int
) -> tuple[PaymentIntent, Charge]:
    """What is passed on may be said anew; a share of more than is captured is refused."""
    fee, data = intent.application_fee_amount, intent.transfer_data
    if "application_fee_amount" in params:
        fee = params["application_fee_amount"]
    if data is not None and "transfer_data" in params:
        data = {**data, "amount": params["transfer_data"].get("amount", data["amount"])}
    connect.check_shares(scene, amount, fee, data)
    changes: dict[str, Any] = {"application_fee_amount": fee, "transfer_data": data}
    return replace(intent, **changes), replace(charge, **changes)


@operation(
    "payment_intents.cancel",
    Route("v1", "POST", _URL + "/{id}/cancel"),
    means=("payment.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.UNEXPECTED_STATE),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[PaymentIntentCancel]) -> Reply:
    """Ends a PaymentIntent that is not paid yet; an authorisation is released."""
    scene, params = of_call(call), call.params
    intent = await intents.intent_of(scene, params["id"])
    error = intents.not_cancelable(intent)
    if error is not None:
        raise error
    charge = await scene.work.get(Charge, intent.latest_charge) if intent.latest_charge else None
    intent = charging.canceled(scene, intent, charge, params.get("cancellation_reason", ""))
    return Reply(intent.shown(), subject=intent)


_PLAIN = (
    "application_fee_amount",
    "capture_method",
    "customer",
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_ALWAYS_CHANGEABLE = frozenset(
    {
        "id",
        "expand",
        "metadata",
        "description",
        "receipt_email",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_group",
    }
)


@operation(
    "payment_intents.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("payment.update",),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING,
        Errors.UNEXPECTED_STATE,
        Errors.REFERENCE_MISSING,
        Errors.AMOUNT_TOO_SMALL,
    ),
    docs=_DOCS + "update",
)
async def update(call: Call[PaymentIntentUpdate]) -> Reply:
    """Changes a PaymentIntent without confirming it; what may change depends on its status."""
    scene, params = of_call(call), call.params
    intent = await intents.intent_of(scene, params["id"])
    if not intents.is_open(intent):
        for name in params:
            if name not in _ALWAYS_CHANGEABLE:
                raise intents.not_changeable(intent, name)
    given: Mapping[str, Any] = params
    changes: dict[str, Any] = {
        name: _empty(name) if given[name] == "" else given[name] for name in _PLAIN if name in given
    }
    if "amount" in params or "currency" in params:
        changes["currency"] = amounts.known_currency(params.get("currency", intent.currency))
        changes["amount"] = params.get("amount", intent.amount)
        amounts.check_charge(changes["amount"], changes["currency"])
    if params.get("customer"):
        await methods.customer_named(scene, params["customer"])
    if "shipping" in params:
        changes["shipping"] = shipping(params["shipping"] or None)
    if "payment_method_options" in params:
        changes["payment_method_options"] = {
            **intent.payment_method_options,
            **params["payment_method_options"],
        }
    if "payment_method_types" in params or "allowed_payment_method_types" in params:
        changes |= {"automatic_payment_methods": None, **intents.types_asked_for(scene.version, params)}
    if intent.transfer_data is not None and "transfer_data" in params:
        changes["transfer_data"] = {
            **intent.transfer_data, "amount": params["transfer_data"].get("amount"),
        }  # fmt: skip
    changes["metadata"] = merged(intent.metadata, params.get("metadata"))
    intent = replace(intent, **changes)
    connect.check_shares(scene, intent.amount, intent.application_fee_amount, intent.transfer_data)
    intent = await _with_method(scene, intent, params)
    scene.work.save(intent)
    return Reply(intent.shown(), subject=intent)


def _empty(name: str) -> object:
    return None if name == "application_fee_amount" else ""


async def _with_method(scene: Scene, intent: PaymentIntent, params: PaymentIntentUpdate) -> PaymentIntent:
    if params.get("payment_method") == "":
        return replace(intent, payment_method="", status="requires_payment_method", next_action=None)
    method, _ = await chosen(scene, params)
    if method is None:
        return intent
    intents.check_method(intent, method)
    scene.work.save(method)
    return fire(
        scene.work, PAYMENT_INTENT, intent, "choose", scene.now, payment_method=method.id, next_action=None
    )


@operation(
    "payment_intents.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("payment.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[PaymentIntentRetrieve]) -> Reply:
    """Shows a PaymentIntent; a publishable key needs its client secret, and sees less."""
    intent = await intents.intent_of(of_call(call), call.params["id"])
    intents.check_client_secret(intent, call.merchant, call.params)
    if call.merchant.handle.startswith(intents.PUBLISHABLE_PREFIX):
        return Reply(intents.as_client_sees(intent), subject=intent)
    return Reply(intent.shown(), subject=intent)


@operation(
    "payment_intents.list",
    Route("v1", "GET", _URL),
    means=("payment.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_intents(call: Call[PaymentIntentList]) -> Reply:
    """Lists PaymentIntents, newest first."""
    customer = call.params.get("customer", "")
    index = ("customer", customer) if customer else ("merchant", call.account)
    found, more = await lists.page(
        call,
        PaymentIntent,
        "payment_intent",
        index=index,
        where=lambda intent: intent.merchant == call.account and intent_shown(intent.id) is not None,
    )
    return Reply(lists.shown(_URL, [intent.shown() for intent in found], has_more=more))


OPERATIONS = (create, confirm, capture, cancel, update, retrieve, list_intents)
