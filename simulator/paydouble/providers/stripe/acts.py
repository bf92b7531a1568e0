"""What happens to a payment without a call: the payer's doing, the bank's, and time's.

https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ProviderError
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.record import Record
from paydouble.providers.stripe import charging, methods, refunding, setups, sharing
from paydouble.providers.stripe.acts_disputes import DISPUTE_ACTS
from paydouble.providers.stripe.acts_payouts import PAYOUT_ACTS
from paydouble.providers.stripe.acts_sources import SOURCE_ACTS
from paydouble.providers.stripe.charging import Confirmation
from paydouble.providers.stripe.followups import followed_up
from paydouble.providers.stripe.followups import set_up as followed_set_up
from paydouble.providers.stripe.machines import ACTION, PAYMENT_INTENT, PROCESSING, SETUP_INTENT
from paydouble.providers.stripe.models import Charge, PaymentIntent, PaymentMethod, Refund, SetupIntent
from paydouble.providers.stripe.onboarding_page import ONBOARDING_ACTS
from paydouble.providers.stripe.scene import Scene, of_act
from paydouble.providers.stripe.test_banks import BY_ACCOUNT

PAYER_CARD = "pm_card_visa"
_FORCED = {
    "challenge": Outcome(Result.REQUIRES_ACTION, action="3ds"),
    "process": Outcome(Result.PENDING),
}


@act(PaymentIntent, "pay", "authorize", "challenge", "process", means=("payment.charge",))
async def pay(doing: Doing[PaymentIntent]) -> Record:
    """The payer completes the payment on the client, with `payment_method` of the details or a plain card."""
    scene, intent = of_act(doing), doing.record
    PAYMENT_INTENT.row(intent.status, doing.trigger)
    method = await _method(scene, intent, doing.details)
    outcome = doing.outcome or _FORCED.get(doing.trigger)
    moved, _ = charging.confirm(
        scene,
        intent,
        method,
        Confirmation(
            outcome=outcome, authenticated=intent.status == ACTION, pending=await _pending(scene, intent)
        ),
    )
    await followed_up(scene, moved)
    return moved


@act(PaymentIntent, "authenticate", means=("payment.charge",))
async def authenticate(doing: Doing[PaymentIntent]) -> Record:
    """The cardholder authenticates, and the card is charged; or, under manual confirmation, may be."""
    scene, intent = of_act(doing), doing.record
    PAYMENT_INTENT.row(intent.status, doing.trigger)
    if intent.confirmation_method == "manual":
        return fire(scene.work, PAYMENT_INTENT, intent, "authenticate", scene.now, next_action=None)
    method = await _method(scene, intent, {})
    moved, _ = charging.confirm(
        scene, intent, method, Confirmation(outcome=doing.outcome, authenticated=True)
    )
    await followed_up(scene, moved)
    return moved


@act(PaymentIntent, "fail")
async def fail(doing: Doing[PaymentIntent]) -> Record:
    """The cardholder fails to authenticate, or the bank refuses with the `reason` of the details."""
    scene, intent = of_act(doing), doing.record
    PAYMENT_INTENT.row(intent.status, doing.trigger)
    if intent.status == ACTION:
        moved = charging.unauthenticated(scene, intent, await _saved_method(scene, intent), doing.trigger)
        await followed_up(scene, moved)
        return moved
    outcome = Outcome(
        Result.DECLINED,
        reason=str(doing.details.get("reason", "")),
        native_code=str(doing.details.get("native_code", "")),
    )
    moved, _ = charging.confirm(
        scene,
        intent,
        await _method(scene, intent, doing.details),
        Confirmation(outcome=outcome, pending=await _pending(scene, intent)),
    )
    await followed_up(scene, moved)
    return moved


@act(PaymentIntent, "clear", means=("payment.charge",))
async def clear(doing: Doing[PaymentIntent]) -> Record:
    """A bank debit comes to its end, as its test account says; a plain one succeeds."""
    scene, intent = of_act(doing), doing.record
    PAYMENT_INTENT.row(intent.status, doing.trigger)
    method = await _method(scene, intent, {})
    account = BY_ACCOUNT.get(method.number) if scene.magic else None
    outcome = doing.outcome
    if outcome is None and account is not None and account.fails:
        outcome = Outcome(Result.DECLINED, native_code=account.failure)
    moved, _ = charging.confirm(
        scene, intent, method, Confirmation(outcome=outcome, pending=await _pending(scene, intent))
    )
    await followed_up(scene, moved)
    return moved


@act(PaymentIntent, "lapse")
async def lapse(doing: Doing[PaymentIntent]) -> Record:
    """The time for authenticating is over."""
    scene, intent = of_act(doing), doing.record
    if intent.status != ACTION or (intent.action_expires or 0) > doing.now:
        raise IllegalTrigger(PAYMENT_INTENT.name, intent.status, doing.trigger)
    moved = charging.unauthenticated(scene, intent, await _saved_method(scene, intent), doing.trigger)
    await followed_up(scene, moved)
    return moved


@act(PaymentIntent, "cancel", "expire")
async def cancel(doing: Doing[PaymentIntent]) -> Record:
    """The merchant cancels in the dashboard, or an authorisation lapses."""
    scene, intent = of_act(doing), doing.record
    PAYMENT_INTENT.row(intent.status, doing.trigger)
    charge = await scene.work.get(Charge, intent.latest_charge) if intent.latest_charge else None
    reason = "automatic" if doing.trigger == "expire" else str(doing.details.get("reason", ""))
    return charging.canceled(scene, intent, charge, reason, doing.trigger)


@act(PaymentIntent, "capture", means=("payment.capture",))
async def capture(doing: Doing[PaymentIntent]) -> Record:
    """The merchant captures in the dashboard: `amount` of the details in minor units, or all of it."""
    scene, intent = of_act(doing), doing.record
    PAYMENT_INTENT.row(intent.status, doing.trigger)
    charge = await scene.work.get(Charge, intent.latest_charge)
    assert charge is not None, f"{intent.id} is authorized without a charge"
    amount = int(doing.details.get("amount", intent.amount_capturable))
    if not 0 < amount <= intent.amount_capturable:
        raise Declined("amount", f"{amount} is not between 1 and {intent.amount_capturable}")
    await sharing.expect(scene, intent)
    return charging.captured(scene, intent, charge, amount, doing.outcome)


@act(SetupIntent, "succeed", "authenticate", "challenge")
async def set_up(doing: Doing[SetupIntent]) -> Record:
    """The payer's method is saved on the client; or the cardholder authenticates, or is asked to."""
    scene, setup = of_act(doing), doing.record
    SETUP_INTENT.row(setup.status, doing.trigger)
    try:
        id = str(doing.details.get("payment_method", "")) or setup.payment_method or PAYER_CARD
        method = await methods.resolved(scene, id)
    except ProviderError as error:
        raise Declined(error.row.code, error.message) from None
    outcome = doing.outcome or _FORCED.get(doing.trigger)
    asked = setups.Confirmation(outcome=outcome, authenticated=setup.status == ACTION)
    moved, _ = setups.confirm(scene, setup, method, asked)
    await followed_set_up(scene, moved)
    return moved


@act(SetupIntent, "fail", "lapse")
async def fail_setup(doing: Doing[SetupIntent]) -> Record:
    """The cardholder fails to authenticate, or never comes."""
    scene, setup = of_act(doing), doing.record
    SETUP_INTENT.row(setup.status, doing.trigger)
    if doing.trigger == "lapse" and (setup.action_expires or 0) > doing.now:
        raise IllegalTrigger(SETUP_INTENT.name, setup.status, doing.trigger)
    return await setups.unauthenticated(scene, setup, doing.trigger)


@act(Charge, "settle")
async def settle(doing: Doing[Charge]) -> Record:
    """The balance transaction of an automatic_async payment is made."""
    scene, charge = of_act(doing), doing.record
    intent = await scene.work.get(PaymentIntent, charge.payment_intent)
    if charge.balance_transaction or not charge.captured or intent is None:
        raise IllegalTrigger(charge.kind, charge.status, doing.trigger)
    await sharing.expect(scene, intent)
    return charging.settled_later(scene, intent, charge)


@act(Refund, "succeed")
async def succeed_refund(doing: Doing[Refund]) -> Record:
    """The refund reaches the card."""
    return refunding.succeeded(of_act(doing), doing.record)


@act(Refund, "fail")
async def fail_refund(doing: Doing[Refund]) -> Record:
    """The bank sends the refund back, for the `reason` of the details."""
    scene, refund = of_act(doing), doing.record
    charge, intent = await refunding.payment_of(scene, refund)
    return refunding.failed(scene, intent, charge, refund, str(doing.details.get("reason", "")))


async def _saved_method(scene: Scene, intent: PaymentIntent) -> PaymentMethod | None:
    return await scene.work.get(PaymentMethod, intent.payment_method) if intent.payment_method else None


async def _method(scene: Scene, intent: PaymentIntent, details: Mapping[str, Any]) -> PaymentMethod:
    """The one the payer names, the one already chosen, or a card that works. Raises Declined."""
    id = str(details.get("payment_method", ""))
    try:
        if id:
            return await methods.resolved(scene, id)
        return await _saved_method(scene, intent) or await methods.resolved(scene, PAYER_CARD)
    except ProviderError as error:
        raise Declined(error.row.code, error.message) from None


async def _pending(scene: Scene, intent: PaymentIntent) -> Charge | None:
    return await scene.work.get(Charge, intent.latest_charge) if intent.status == PROCESSING else None


ACTS: tuple[Act[Any], ...] = (
    *pay,
    *authenticate,
    *fail,
    *clear,
    *lapse,
    *cancel,
    *capture,
    *set_up,
    *fail_setup,
    *settle,
    *succeed_refund,
    *fail_refund,
    *DISPUTE_ACTS,
    *PAYOUT_ACTS,
    *ONBOARDING_ACTS,
    *SOURCE_ACTS,
)
