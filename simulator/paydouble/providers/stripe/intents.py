"""PaymentIntents from params: defaults that differ by version, what excludes what, which state allows what.

https://docs.stripe.com/api/payment_intents
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.call import Call, Merchant
from paydouble.core.errors import ProviderError
from paydouble.crypto.hmacs import same
from paydouble.providers.stripe import amounts, connect, methods, versions
from paydouble.providers.stripe.charging import Confirmation
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.instruments import CHARGEABLE, CURRENCIES, NO_MANUAL_CAPTURE, REDIRECTS
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import PaymentIntent, PaymentMethod, SetupIntent
from paydouble.providers.stripe.models.shapes import intent_shown, shipping
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.versions import since

PUBLISHABLE_PREFIX = "pk_"
_ID_LENGTH = 23
_SECRET_LENGTH = 25
_OF_CONFIRM = ("error_on_requires_action", "mandate_data", "off_session", "return_url", "use_stripe_sdk")
_AUTOMATIC_TYPES = ("card", "link")
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_reauthorization",
    "requires_confirmation",
    "requires_action",
    "processing",
)

Params = Mapping[str, Any]


async def asked_for(scene: Scene, params: Params) -> PaymentIntent:
    """A new one, not yet saved. Raises ProviderError."""
    currency = amounts.known_currency(params["currency"])
    amounts.check_charge(params["amount"], currency)
    if not params.get("confirm"):
        for name in _OF_CONFIRM:
            if name in params and name != "use_stripe_sdk":
                raise Errors.PARAMETER_INVALID(
                    f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless "
                    "`confirm` is set to true.",
                    param=name,
                )
    shares = await connect.split(scene, params, params["amount"])
    drawn = scene.ids.token(_ID_LENGTH + _SECRET_LENGTH)
    id = f"pi_3{drawn[:_ID_LENGTH]}"
    return PaymentIntent(
        id=id,
        created=scene.now,
        merchant=scene.account,
        amount=params["amount"],
        currency=currency,
        client_secret=f"{id}_secret_{drawn[_ID_LENGTH:]}",
        capture_method=params.get("capture_method") or _capture_method(scene.version),
        confirmation_method=params.get("confirmation_method", "automatic"),
        application_fee_amount=params.get("application_fee_amount"),
        customer=params.get("customer", ""),
        description=params.get("description", ""),
        excluded_payment_method_types=tuple(params.get("excluded_payment_method_types") or ()),
        metadata=merged({}, params.get("metadata")),
        receipt_email=params.get("receipt_email", ""),
        payment_method_options=params.get("payment_method_options") or {},
        setup_future_usage=params.get("setup_future_usage", ""),
        shipping=shipping(params.get("shipping")),
        statement_descriptor=params.get("statement_descriptor", ""),
        statement_descriptor_suffix=params.get("statement_descriptor_suffix", ""),
        transfer_group=params.get("transfer_group", ""),
        **shares,
        **types_asked_for(scene.version, params),
    )


def _capture_method(version: str) -> str:
    return "automatic_async" if since(version, versions.AUTOMATIC_ASYNC) else "automatic"


def types_asked_for(version: str, params: Params) -> dict[str, Any]:
    """The fields about types of payment methods. Raises ProviderError."""
    allowed = params.get("allowed_payment_method_types")
    listed = params.get("payment_method_types") or allowed
    automatic = params.get("automatic_payment_methods")
    if listed and automatic and automatic["enabled"]:
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            param="automatic_payment_methods",
        )
    if listed:
        return {"payment_method_types": tuple(listed), "allowed_payment_method_types": tuple(allowed or ())}
    if automatic is None and since(version, versions.AUTOMATIC_METHODS):
        automatic = {"enabled": True}
    if automatic and automatic["enabled"]:
        excluded = params.get("excluded_payment_method_types") or ()
        return {
            "automatic_payment_methods": {
                "allow_redirects": automatic.get("allow_redirects", "always"),
                "enabled": True,
            },
            "payment_method_types": tuple(type for type in _AUTOMATIC_TYPES if type not in excluded),
        }
    return {"payment_method_types": ("card",)}


def confirmation(call: Call[Any], params: Params) -> Confirmation:
    """How the params ask for a confirmation."""
    return Confirmation(
        outcome=call.outcome,
        off_session=bool(params.get("off_session")),
        return_url=params.get("return_url", ""),
        use_stripe_sdk=params.get("use_stripe_sdk", False),
        refuse_action=params.get("error_on_requires_action", False),
    )


def check_method(intent: PaymentIntent, method: PaymentMethod) -> None:
    """Raises ProviderError where the PaymentIntent cannot take this method."""
    type = method.type
    if type not in intent.payment_method_types or type not in CHARGEABLE:
        types = ", ".join(intent.payment_method_types)
        raise Errors.INCOMPATIBLE_PAYMENT_METHOD(
            f"The PaymentMethod provided ({method.type}) is not allowed for this PaymentIntent. Please "
            f"attach a PaymentMethod of one of the following types: {types}.",
            param="payment_method",
        )
    if type in CURRENCIES and intent.currency not in CURRENCIES[type]:
        raise Errors.PARAMETER_INVALID(
            f"The currency provided ({intent.currency}) is invalid. Payments with {type} support the "
            "following "
            f"currencies: {', '.join(sorted(CURRENCIES[type]))}.",
            param="currency",
        )
    if type in NO_MANUAL_CAPTURE and intent.manual_capture:
        raise Errors.PARAMETER_INVALID(
            f"The payment method type {type} does not support manual capture.", param="capture_method"
        )
    methods.check_usable(method, intent.customer)


def check_return_url(intent: PaymentIntent, method: PaymentMethod | None, params: Params) -> None:
    """Raises ProviderError where the payer may be sent away, and nobody said where to come back to."""
    if method is not None and method.type in REDIRECTS and not params.get("return_url"):
        raise Errors.PARAMETER_INVALID(
            "This PaymentIntent requires a payment method that redirects the payer: a `return_url` must be "
            f"provided to confirm it with {method.type}.",
            param="return_url",
        )
    automatic = intent.automatic_payment_methods
    if automatic is None or automatic["allow_redirects"] == "never":
        return
    if not params.get("return_url") and not params.get("use_stripe_sdk"):
        raise Errors.PARAMETER_INVALID(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. "
            "Because some of these payment methods might redirect your customer off of your page, you "
            "must provide a `return_url`. If you don't want to accept redirect-based payment methods, "
            "set `automatic_payment_methods[enabled]` to `true` and "
            "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents.",
            param="return_url",
        )


async def intent_of(scene: Scene, id: str) -> PaymentIntent:
    """Raises ProviderError where the account has none of that id."""
    found = await scene.work.get(PaymentIntent, id) if intent_shown(id) else None
    if found is None or found.merchant != scene.account:
        raise missing("payment_intent", id, param="intent")
    return found


def check_client_secret(
    intent: PaymentIntent | SetupIntent, merchant: Merchant, params: Params, noun: str = "payment_intent"
) -> None:
    """A publishable key sees an intent only with its client secret. Raises ProviderError."""
    given = params.get("client_secret")
    if given is None and not merchant.handle.startswith(PUBLISHABLE_PREFIX):
        return
    if not given:
        raise Errors.PARAMETER_MISSING("Missing required param: client_secret.", param="client_secret")
    if not same(given, intent.client_secret):
        raise missing(noun, intent.id, param="intent")


def as_client_sees(intent: PaymentIntent) -> dict[str, object]:
    """The reduced object that a publishable key is shown."""
    shape = intent.shown()
    for name in ("customer", "latest_charge", "metadata", "application", "review", "transfer_data"):
        shape.pop(name, None)
    return shape


def not_confirmable(intent: PaymentIntent) -> ProviderError | None:
    if intent.status in _CONFIRMABLE:
        return None
    if intent.status == "succeeded":
        return _unexpected(
            intent,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed.",
        )
    return _unexpected(
        intent,
        f"You cannot confirm this PaymentIntent because it has a status of {intent.status}. Only a "
        "PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
        "requires_action.",
    )


def without_method(intent: PaymentIntent) -> ProviderError:
    return _unexpected(
        intent,
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
        "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
        "directly with a payment method or ConfirmationToken.",
    )


def not_capturable(intent: PaymentIntent) -> ProviderError | None:
    if intent.status == "requires_capture":
        return None
    return _unexpected(
        intent,
        f"This PaymentIntent could not be captured because it has a status of {intent.status}. Only a "
        "PaymentIntent with one of the following statuses may be captured: requires_capture.",
    )


def not_cancelable(intent: PaymentIntent) -> ProviderError | None:
    if intent.status in _CANCELABLE and intent.status != "processing":
        return None
    return _unexpected(
        intent,
        f"You cannot cancel this PaymentIntent because it has a status of {intent.status}. Only a "
        f"PaymentIntent with one of the following statuses may be canceled: {', '.join(_CANCELABLE)}.",
    )


def not_changeable(intent: PaymentIntent, name: str) -> ProviderError:
    return _unexpected(
        intent,
        f"This PaymentIntent's {name} could not be updated because it has a status of {intent.status}. "
        f"You may only update the {name} of a PaymentIntent with one of the following statuses: "
        f"{', '.join(_CONFIRMABLE)}.",
    )


def is_open(intent: PaymentIntent) -> bool:
    return intent.status in _CONFIRMABLE


def _unexpected(intent: PaymentIntent, message: str) -> ProviderError:
    return Errors.UNEXPECTED_STATE(message, payment_intent=intent.shown())
