"""What a confirmation of a SetupIntent does: the method is saved for later, or the cardholder is asked first.

https://docs.stripe.com/payments/setupintents/lifecycle
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from paydouble.core.clock import later
from paydouble.core.effect import Outcome, Result, decided
from paydouble.core.errors import ProviderError
from paydouble.core.machine import fire
from paydouble.providers.stripe import intents, mandates, methods, microdeposits
from paydouble.providers.stripe.actions import next_action
from paydouble.providers.stripe.errors import Errors, decline, missing, shown
from paydouble.providers.stripe.instruments import CARD, DEBITS, REDIRECTS
from paydouble.providers.stripe.machines import SETUP_INTENT
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Json, PaymentMethod, SetupAttempt, SetupIntent
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_values import Authenticates

Params = Mapping[str, Any]

_ID_LENGTH = 23
_SECRET_LENGTH = 25
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_SAVEABLE = frozenset({CARD, *DEBITS, "paypal", "amazon_pay", "revolut_pay", "ideal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How a confirmation is asked for."""

    outcome: Outcome | None = None
    return_url: str = ""
    use_stripe_sdk: bool = False
    authenticated: bool = False
    mandate_data: Json | None = None
    single_use: Json | None = None
    """Amount and currency, where the mandate is for one payment only."""


Confirmed = tuple[SetupIntent, ProviderError | None]
"""With an error where the caller is refused and all this stays written."""


def asked_for(scene: Scene, params: Params) -> SetupIntent:
    """A new one, not yet saved. Raises ProviderError."""
    for name in ("mandate_data", "return_url", "single_use"):
        if name in params and not params.get("confirm"):
            raise Errors.PARAMETER_INVALID(
                f"The parameter `{name}` cannot be passed when creating a SetupIntent unless `confirm` is "
                "set "
                "to true.",
                param=name,
            )
    drawn = scene.ids.token(_ID_LENGTH + _SECRET_LENGTH)
    id = f"seti_1{drawn[:_ID_LENGTH]}"
    return SetupIntent(
        id=id,
        created=scene.now,
        merchant=scene.account,
        client_secret=f"{id}_secret_{drawn[_ID_LENGTH:]}",
        attach_to_self=params.get("attach_to_self"),
        customer=params.get("customer", ""),
        description=params.get("description", ""),
        excluded_payment_method_types=tuple(params.get("excluded_payment_method_types") or ()),
        flow_directions=tuple(params.get("flow_directions") or ()),
        metadata=merged({}, params.get("metadata")),
        on_behalf_of=params.get("on_behalf_of", ""),
        payment_method_options=params.get("payment_method_options") or {},
        usage=params.get("usage", "off_session"),
        **intents.types_asked_for(scene.version, params),
    )


async def setup_of(scene: Scene, id: str) -> SetupIntent:
    """Raises ProviderError where the account has none of that id."""
    found = await scene.work.get(SetupIntent, id)
    if found is None or found.merchant != scene.account:
        raise missing("setup_intent", id, param="intent")
    return found


def check_method(setup: SetupIntent, method: PaymentMethod) -> None:
    """Raises ProviderError where the SetupIntent cannot save this method."""
    if method.type not in setup.payment_method_types or method.type not in _SAVEABLE:
        types = ", ".join(setup.payment_method_types)
        raise Errors.PARAMETER_INVALID(
            f"The PaymentMethod provided ({method.type}) is not allowed for this SetupIntent. Please "
            "attach a "
            f"PaymentMethod of one of the following types: {types}.",
            param="payment_method",
        )
    methods.check_usable(method, setup.customer)


def confirm(scene: Scene, setup: SetupIntent, method: PaymentMethod, asked: Confirmation) -> Confirmed:
    """Decides, and writes all that follows."""
    outcome = decided(asked.outcome, _fate(scene, setup, method, asked))
    match outcome.result if outcome else Result.APPROVED:
        case Result.REQUIRES_ACTION:
            return _challenged(scene, setup, method, asked), None
        case Result.DECLINED | Result.FAILED:
            assert outcome is not None
            return _refused(scene, setup, method, decline(outcome))
        case Result.CANCELED:
            return canceled(scene, setup, "abandoned"), None
        case _:
            return _set_up(scene, setup, method, asked), None


def _fate(scene: Scene, setup: SetupIntent, method: PaymentMethod, asked: Confirmation) -> Outcome | None:
    """Cards that are refused when attached are refused here, others only when they are charged."""
    asked_first = microdeposits.are_asked_for(setup.payment_method_options, method.type)
    if asked_first and not asked.authenticated:
        return Outcome(Result.REQUIRES_ACTION, action=method.type)
    if method.type != CARD:
        redirected = method.type in REDIRECTS and not asked.authenticated
        return Outcome(Result.REQUIRES_ACTION) if redirected else None
    if not scene.magic:
        return None
    card = method.card
    asks = card.authenticates in (Authenticates.ALWAYS, Authenticates.UNLESS_SET_UP) or (
        card.authenticates is Authenticates.ON_SESSION and setup.usage == "on_session"
    )
    if asks and not asked.authenticated:
        return Outcome(Result.REQUIRES_ACTION, action="3ds")
    return None if card.attaches else card.after_authentication()


def _set_up(scene: Scene, setup: SetupIntent, method: PaymentMethod, asked: Confirmation) -> SetupIntent:
    if asked.mandate_data:
        method = mandates.agreed(scene, method, asked.mandate_data, single_use=asked.single_use)
    attempt = _attempt(scene, setup, method, "succeeded", authenticated=asked.authenticated)
    if setup.customer:
        kept = replace(method, customer=setup.customer, set_up=True)
        if not method.customer:
            scene.tell("payment_method.attached", kept)
    else:
        kept = replace(method, set_up=True)
    scene.work.save(kept)
    trigger = "authenticate" if asked.authenticated else "succeed"
    return fire(
        scene.work, SETUP_INTENT, setup, trigger, scene.now, payment_method=method.id, mandate=kept.mandate,
        latest_attempt=attempt.id, last_setup_error=None, next_action=None,
    )


def _refused(scene: Scene, setup: SetupIntent, method: PaymentMethod, error: ProviderError) -> Confirmed:
    told = {**shown(error), "payment_method": method.shown()}
    attempt = _attempt(scene, setup, method, "failed", error=told)
    if not method.customer:
        scene.work.save(method)
    moved = fire(
        scene.work, SETUP_INTENT, setup, "fail", scene.now, payment_method="", last_setup_error=told,
        latest_attempt=attempt.id, next_action=None,
    )
    details = {**error.details, "payment_method": method.shown(), "setup_intent": moved.shown()}
    return moved, ProviderError(error.row, error.message, details)


def _challenged(
    scene: Scene, setup: SetupIntent, method: PaymentMethod, asked: Confirmation
) -> SetupIntent:
    expires = later(scene.now, scene.terms.action_lasts)
    if asked.mandate_data:
        method = mandates.agreed(scene, method, asked.mandate_data, single_use=asked.single_use)
    scene.work.save(method)
    attempt = _attempt(scene, setup, method, "requires_action")
    action = next_action(
        scene, setup, method.type, return_url=asked.return_url, use_stripe_sdk=asked.use_stripe_sdk
    )
    moved = fire(
        scene.work, SETUP_INTENT, setup, "challenge", scene.now, payment_method=method.id, next_action=action,
        latest_attempt=attempt.id, action_expires=expires, return_url=asked.return_url,
    )
    scene.work.at(expires, moved, "lapse")
    return moved


async def unauthenticated(scene: Scene, setup: SetupIntent, trigger: str) -> SetupIntent:
    """The cardholder failed, or never came."""
    told = shown(Errors.SETUP_AUTHENTICATION_FAILURE())
    method = await scene.work.get(PaymentMethod, setup.payment_method) if setup.payment_method else None
    if method is not None:
        told["payment_method"] = method.shown()
    attempt = await scene.work.get(SetupAttempt, setup.latest_attempt)
    if attempt is not None:
        scene.work.save(replace(attempt, status="failed", setup_error=told))
    return fire(
        scene.work, SETUP_INTENT, setup, trigger, scene.now, payment_method="", next_action=None,
        last_setup_error=told,
    )


def canceled(scene: Scene, setup: SetupIntent, reason: str) -> SetupIntent:
    return fire(
        scene.work, SETUP_INTENT, setup, "cancel", scene.now, cancellation_reason=reason, next_action=None
    )


def _attempt(
    scene: Scene, setup: SetupIntent, method: PaymentMethod, status: str, *, authenticated: bool = False,
    error: Json | None = None,
) -> SetupAttempt:
    attempt = SetupAttempt(
        id=scene.id("setatt_1"),
        created=scene.now,
        status=status,
        merchant=setup.merchant,
        setup_intent=setup.id,
        payment_method=method.id,
        payment_method_details={method.type: _details(method, authenticated), "type": method.type},
        customer=setup.customer,
        flow_directions=setup.flow_directions,
        on_behalf_of=setup.on_behalf_of,
        setup_error=error,
        usage=setup.usage,
    )
    scene.work.save(attempt)
    return attempt


def _details(method: PaymentMethod, authenticated: bool) -> Json:
    if method.type != CARD:
        return EMPTY
    shape = {
        name: value
        for name, value in method.details().items()
        if name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    }
    secure = {
        "authentication_flow": "challenge", "electronic_commerce_indicator": "05", "result": "authenticated",
        "result_reason": None, "transaction_id": None, "version": "2.2.0",
    }
    return {
        **shape, "network": method.card.brand, "three_d_secure": secure if authenticated else None,
        "wallet": None,
    }


def not_confirmable(setup: SetupIntent) -> ProviderError | None:
    if setup.status in _CONFIRMABLE:
        return None
    if setup.status == "succeeded":
        return unexpected(
            setup,
            "You cannot confirm this SetupIntent because it has already succeeded after being previously "
            "confirmed.",
        )
    return unexpected(
        setup,
        f"You cannot confirm this SetupIntent because it has a status of {setup.status}. Only a SetupIntent "
        "with one of the following statuses may be confirmed: requires_confirmation, requires_action.",
    )


def is_open(setup: SetupIntent) -> bool:
    return setup.status in _CONFIRMABLE


def unexpected(setup: SetupIntent, message: str) -> ProviderError:
    return Errors.SETUP_UNEXPECTED_STATE(message, setup_intent=setup.shown())
