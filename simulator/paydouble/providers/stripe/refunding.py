"""What a refund does to its charge, its PaymentIntent and the balance (https://docs.stripe.com/refunds)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ProviderError
from paydouble.core.ledger import PAYER, EntryKind, pending, transfer
from paydouble.core.machine import fire
from paydouble.providers.stripe import settling
from paydouble.providers.stripe.amounts import display, money
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.machines import REFUND
from paydouble.providers.stripe.models import Charge, Json, PaymentIntent, Refund
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_values import RefundFate

_BANKS_REASON = "expired_or_canceled_card"
_FAILURES = {
    "lost_or_stolen": "lost_or_stolen_card",
    "card_expired": _BANKS_REASON,
    "do_not_honor": "declined",
    "insufficient_funds": "insufficient_funds",
    "seller_balance_low": "insufficient_funds",
}


async def payment_of(scene: Scene, refund: Refund) -> tuple[Charge, PaymentIntent]:
    """What the refund takes back."""
    charge = await scene.work.get(Charge, refund.charge)
    intent = await scene.work.get(PaymentIntent, refund.payment_intent)
    assert charge is not None, f"{refund.id} has lost its charge"
    assert intent is not None, f"{refund.id} has lost its PaymentIntent"
    return charge, intent


def check_amount(charge: Charge, amount: int | None) -> int:
    """How much is refunded: all that is left, or what was asked. Raises ProviderError."""
    left = charge.refundable
    if left == 0:
        raise Errors.CHARGE_ALREADY_REFUNDED(f"Charge {charge.id} has already been refunded.")
    if amount is None:
        return left
    if amount > left:
        than = "unrefunded amount on charge" if charge.amount_refunded else "charge amount"
        raise Errors.REFUND_TOO_LARGE(
            f"Refund amount ({display(amount, charge.currency)}) is greater than {than} "
            f"({display(left, charge.currency)})",
            param="amount",
        )
    return amount


def refused(outcome: Outcome | None) -> ProviderError | None:
    """The error with which Stripe turns a refund down at once, for the reasons where it does."""
    if outcome is None or outcome.result is not Result.DECLINED:
        return None
    return next(
        (
            row(outcome.message or None)
            for row in Errors
            if outcome.reason in row.reasons and row.columns["type"] == "invalid_request_error"
        ),
        None,
    )


def made(
    scene: Scene,
    intent: PaymentIntent,
    charge: Charge,
    amount: int,
    outcome: Outcome | None,
    *,
    reason: str,
    metadata: Json,
    fee_back: int = 0,
) -> Refund:
    """Takes the money back from the account, and sends it to the card."""
    status, later_trigger = _course(charge, outcome, magic=scene.magic)
    refund = Refund(
        id=scene.id("re_3" if charge.card else "pyr_1"),
        created=scene.now,
        status=status,
        merchant=charge.merchant,
        amount=amount,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=intent.id,
        payment_method=charge.payment_method,
        method_type=charge.method_type,
        customer=charge.customer,
        ref=intent.ref,
        reason=reason,
        metadata=dict(metadata),
        pending_reason="processing" if status == "pending" else "",
    )
    transaction = settling.taken_back(scene, charge, refund.id, amount, fee_back)
    refund = replace(refund, balance_transaction=transaction)
    scene.work.save(refund)
    charge, intent = _taken(scene, intent, charge, refund)
    if later_trigger:
        scene.work.at(later(scene.now, scene.terms.refund_settles_after), refund, later_trigger)
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        return failed(scene, intent, charge, refund, outcome.reason)
    return refund


def _taken(
    scene: Scene, intent: PaymentIntent, charge: Charge, refund: Refund
) -> tuple[Charge, PaymentIntent]:
    """Both as they are with the refund, which is told."""
    charge = replace(charge, amount_refunded=charge.amount_refunded + refund.amount)
    intent = replace(intent, refunded=intent.refunded + refund.amount)
    scene.work.save(charge)
    scene.work.save(intent)
    scene.work.post(
        transfer(
            EntryKind.REFUND,
            source=pending(charge.merchant),
            target=PAYER,
            reference=intent.id,
            memo=refund.id,
            amount=money(refund.amount, charge.currency),
        )
    )
    scene.tell("refund.created", refund)
    scene.tell(
        "charge.refunded",
        charge,
        {
            "amount_refunded": charge.amount_refunded - refund.amount,
            **({"refunded": False} if charge.refundable == 0 else {}),
        },
    )
    return charge, intent


def _course(charge: Charge, outcome: Outcome | None, *, magic: bool) -> tuple[str, str]:
    """The first status, and what is triggered after a while; a scenario's `pending` waits for an act."""
    if outcome is not None:
        first = {
            Result.PENDING: "pending",
            Result.HELD: "pending",
            Result.DECLINED: "pending",
            Result.FAILED: "pending",
            Result.REQUIRES_ACTION: "requires_action",
        }
        return first.get(outcome.result, "succeeded"), ""
    match card_numbered(charge.card).refund if magic else RefundFate.SUCCEEDS:
        case RefundFate.PENDING:
            return "pending", "succeed"
        case RefundFate.FAILS:
            return "succeeded", "fail"
        case RefundFate.SUCCEEDS:
            return "succeeded", ""


def succeeded(scene: Scene, refund: Refund) -> Refund:
    """A pending refund has reached the card."""
    moved = fire(scene.work, REFUND, refund, "succeed", scene.now, pending_reason="")
    _tell(scene, "refund.updated", refund, moved)
    return moved


def failed(scene: Scene, intent: PaymentIntent, charge: Charge, refund: Refund, reason: str) -> Refund:
    """The bank sent it back: the money returns to the account."""
    moved = fire(
        scene.work,
        REFUND,
        refund,
        "fail",
        scene.now,
        pending_reason="",
        failure_reason=_FAILURES.get(reason, reason or _BANKS_REASON),
        failure_balance_transaction=settling.given_back(scene, charge, refund.id, refund.amount),
    )
    _returned(scene, intent, charge, refund)
    _tell(scene, "refund.failed", refund, moved)
    return moved


def canceled(scene: Scene, intent: PaymentIntent, charge: Charge, refund: Refund) -> Refund:
    """Only while the payer still has to do something. Raises IllegalTrigger otherwise."""
    moved = fire(
        scene.work,
        REFUND,
        refund,
        "cancel",
        scene.now,
        failure_balance_transaction=settling.given_back(scene, charge, refund.id, refund.amount),
    )
    _returned(scene, intent, charge, refund)
    _tell(scene, "refund.updated", refund, moved)
    return moved


def _returned(scene: Scene, intent: PaymentIntent, charge: Charge, refund: Refund) -> None:
    scene.work.save(replace(charge, amount_refunded=charge.amount_refunded - refund.amount))
    scene.work.save(replace(intent, refunded=intent.refunded - refund.amount))
    scene.work.post(
        transfer(
            EntryKind.REFUND_RETURNED,
            source=PAYER,
            target=pending(charge.merchant),
            reference=intent.id,
            memo=refund.id,
            amount=money(refund.amount, refund.currency),
        )
    )


def _tell(scene: Scene, type: str, before: Refund, after: Refund) -> None:
    """Also under the name that older integrations listen to."""
    previous = changed(before.shown(), after.shown()) if type == "refund.updated" else EMPTY
    scene.tell(type, after, previous)
    scene.tell("charge.refund.updated", after, previous)
