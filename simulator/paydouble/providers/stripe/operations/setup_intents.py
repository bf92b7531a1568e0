"""SetupIntents and their attempts (https://docs.stripe.com/api/setup_intents)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.machine import fire
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import intents, lists, mandates, methods, setups
from paydouble.providers.stripe.choosing import chosen
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.machines import SETUP_INTENT
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import PaymentMethod, SetupAttempt, SetupIntent
from paydouble.providers.stripe.params_saving import (
    SetupAttemptList,
    SetupIntentCancel,
    SetupIntentConfirm,
    SetupIntentCreate,
    SetupIntentList,
    SetupIntentRetrieve,
    SetupIntentUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/setup_intents"
_ATTEMPTS = "/v1/setup_attempts"
_DOCS = "https://docs.stripe.com/api/setup_intents/"
_CARD_ERRORS = (Errors.GENERIC_DECLINE, Errors.INSUFFICIENT_FUNDS, Errors.EXPIRED_CARD, Errors.INCORRECT_CVC)


@operation(
    "setup_intents.create",
    Route("v1", "POST", _URL),
    means=("payment_method.set_up",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETERS_EXCLUSIVE, Errors.REFERENCE_MISSING, Errors.PAYMENT_METHOD_UNUSABLE, *_CARD_ERRORS,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[SetupIntentCreate]) -> Reply:
    """Creates a SetupIntent, and with `confirm` saves the method at once."""
    scene, params = of_call(call), call.params
    setup = setups.asked_for(scene, params)
    if setup.customer:
        await methods.customer_named(scene, setup.customer)
    confirmed = params.get("confirm", False)
    method, given = await chosen(scene, params, setup_intent=setup.id if confirmed else "")
    if method is not None:
        setups.check_method(setup, method)
    if not confirmed:
        if method is not None:
            scene.work.save(method)
            setup = replace(setup, status="requires_confirmation", payment_method=method.id)
        scene.work.save(setup)
        scene.tell("setup_intent.created", setup)
        return Reply(setup.shown(), subject=setup)
    if method is None:
        raise _without_method(setup)
    scene.work.save(setup)
    scene.tell("setup_intent.created", setup)
    return _confirmed(call, scene, setup, method, given)


def _without_method(setup: SetupIntent) -> Exception:
    return setups.unexpected(
        setup,
        "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent "
        "with "
        "a payment method and then confirm it again.",
    )


def _confirmed(
    call: Call[Any], scene: Scene, setup: SetupIntent, method: PaymentMethod, given: Mapping[str, Any]
) -> Reply:
    automatic = setup.automatic_payment_methods
    redirects = automatic is not None and automatic["allow_redirects"] == "always"
    if redirects and not given.get("return_url") and not given.get("use_stripe_sdk"):
        raise Errors.PARAMETER_INVALID(
            "This SetupIntent is configured to accept payment methods that might redirect your customer "
            "off of "
            "your page: you must provide a `return_url`, or set "
            "`automatic_payment_methods[allow_redirects]` to "
            "`never`.",
            param="return_url",
        )
    mandates.check(method, given.get("mandate_data"), "")
    asked = setups.Confirmation(
        outcome=call.outcome,
        return_url=given.get("return_url", ""),
        use_stripe_sdk=given.get("use_stripe_sdk", False),
        mandate_data=given.get("mandate_data") or None,
        single_use=given.get("single_use"),
    )
    setup, error = setups.confirm(scene, setup, method, asked)
    return Reply(setup.shown(), subject=setup) if error is None else Reply.refused(error, setup)


@operation(
    "setup_intents.confirm",
    Route("v1", "POST", _URL + "/{id}/confirm"),
    means=("payment_method.set_up",),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING, Errors.SETUP_UNEXPECTED_STATE, Errors.REFERENCE_MISSING,
        Errors.PAYMENT_METHOD_UNUSABLE, *_CARD_ERRORS,
    ),
    docs=_DOCS + "confirm",
)
async def confirm(call: Call[SetupIntentConfirm]) -> Reply:
    """Saves the method for later, or asks the cardholder to authenticate."""
    scene, params = of_call(call), call.params
    setup = await setups.setup_of(scene, params["id"])
    intents.check_client_secret(setup, call.merchant, params, "setup_intent")
    error = setups.not_confirmable(setup)
    if error is not None:
        raise error
    method, given = await chosen(scene, params, setup_intent=setup.id)
    if method is None and setup.payment_method:
        method = await methods.resolved(scene, setup.payment_method)
    if method is None:
        raise _without_method(setup)
    if "payment_method_options" in params:
        setup = replace(setup, payment_method_options=params["payment_method_options"])
    setups.check_method(setup, method)
    return _confirmed(call, scene, setup, method, given)


_PLAIN = ("attach_to_self", "customer", "description")


@operation(
    "setup_intents.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("payment_method.set_up",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SETUP_UNEXPECTED_STATE, Errors.REFERENCE_MISSING),
    docs=_DOCS + "update",
)
async def update(call: Call[SetupIntentUpdate]) -> Reply:
    """Changes a SetupIntent that is not done yet."""
    scene, params = of_call(call), call.params
    setup = await setups.setup_of(scene, params["id"])
    if not setups.is_open(setup) and params.keys() - {"id", "expand", "metadata", "description"}:
        raise setups.unexpected(
            setup, f"You cannot update this SetupIntent because it has a status of {setup.status}."
        )
    given: Mapping[str, Any] = params
    changes = {name: given[name] for name in _PLAIN if name in given}
    if params.get("customer"):
        await methods.customer_named(scene, params["customer"])
    if "flow_directions" in params:
        changes["flow_directions"] = tuple(params["flow_directions"])
    if "payment_method_types" in params or "allowed_payment_method_types" in params:
        changes |= {"automatic_payment_methods": None, **intents.types_asked_for(scene.version, params)}
    changes["metadata"] = merged(setup.metadata, params.get("metadata"))
    setup = replace(setup, **changes)
    method, _ = await chosen(scene, params)
    if method is not None:
        setups.check_method(setup, method)
        scene.work.save(method)
        setup = fire(
            scene.work, SETUP_INTENT, setup, "choose", scene.now, payment_method=method.id, next_action=None
        )
    scene.work.save(setup)
    return Reply(setup.shown(), subject=setup)


@operation(
    "setup_intents.cancel",
    Route("v1", "POST", _URL + "/{id}/cancel"),
    means=("payment_method.set_up",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SETUP_UNEXPECTED_STATE),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[SetupIntentCancel]) -> Reply:
    """Ends a SetupIntent that is not done yet."""
    scene, params = of_call(call), call.params
    setup = await setups.setup_of(scene, params["id"])
    if not setups.is_open(setup):
        raise setups.unexpected(
            setup,
            f"You cannot cancel this SetupIntent because it has a status of {setup.status}. Only a "
            "SetupIntent "
            "with one of the following statuses may be canceled: requires_payment_method, "
            "requires_confirmation, "
            "requires_action.",
        )
    setup = setups.canceled(scene, setup, params.get("cancellation_reason", ""))
    return Reply(setup.shown(), subject=setup)


@operation(
    "setup_intents.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("payment_method.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[SetupIntentRetrieve]) -> Reply:
    """Shows a SetupIntent; a publishable key needs its client secret."""
    setup = await setups.setup_of(of_call(call), call.params["id"])
    intents.check_client_secret(setup, call.merchant, call.params, "setup_intent")
    return Reply(setup.shown(), subject=setup)


@operation(
    "setup_intents.list",
    Route("v1", "GET", _URL),
    means=("payment_method.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_setups(call: Call[SetupIntentList]) -> Reply:
    """Lists SetupIntents, newest first."""
    params = call.params
    filters = {name: str(params[name]) for name in ("customer", "payment_method") if name in params}

    def wanted(setup: SetupIntent) -> bool:
        return setup.merchant == call.account and all(
            getattr(setup, name) == value for name, value in filters.items()
        )

    index = next(iter(filters.items()), ("merchant", call.account))
    found, more = await lists.page(call, SetupIntent, "setup_intent", index=index, where=wanted)
    return Reply(lists.shown(_URL, [setup.shown() for setup in found], has_more=more))


@operation(
    "setup_attempts.list",
    Route("v1", "GET", _ATTEMPTS),
    means=("payment_method.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs="https://docs.stripe.com/api/setup_attempts/list",
)
async def list_attempts(call: Call[SetupAttemptList]) -> Reply:
    """Lists the confirmations of one SetupIntent, newest first."""
    id = call.params["setup_intent"]
    setup = await call.work.get(SetupIntent, id)
    if setup is None or setup.merchant != call.account:
        raise missing_reference("setup_intent", id, param="setup_intent")
    found, more = await lists.page(call, SetupAttempt, "setup_attempt", index=("setup_intent", id))
    return Reply(lists.shown(_ATTEMPTS, [attempt.shown() for attempt in found], has_more=more))


OPERATIONS = (create, confirm, update, cancel, retrieve, list_setups, list_attempts)
