"""What a scenario, or a hand, makes happen to a payment as a whole: by which triggers, acts and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.errors import ProviderError
from paydouble.core.ledger import EntryKind, fees, pending, transfer
from paydouble.core.money import DEFAULT_EXPONENT
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work
from paydouble.providers.stripe import disputing, funds, refunding
from paydouble.providers.stripe.amounts import EXPONENTS, money
from paydouble.providers.stripe.booking import book
from paydouble.providers.stripe.events import PROVIDER, Shown, event
from paydouble.providers.stripe.models import BalanceTransaction, Charge, Dispute, PaymentIntent, Refund
from paydouble.providers.stripe.scene import Scene, of_act

# fmt: off
WAYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (PaymentIntent.kind, "approved"):        ("clear", "pay", "capture"),
    (PaymentIntent.kind, "declined"):        ("fail",),
    (PaymentIntent.kind, "failed"):          ("fail",),
    (PaymentIntent.kind, "canceled"):        ("cancel", "fail"),
    (PaymentIntent.kind, "pending"):         ("process",),
    (PaymentIntent.kind, "held"):            ("process",),
    (PaymentIntent.kind, "requires_action"): ("challenge",),
    (PaymentIntent.kind, "settle"):          ("adjust_fee",),
    (PaymentIntent.kind, "refund"):          ("refund",),
    (PaymentIntent.kind, "dispute.opened"):  ("dispute",),
    (PaymentIntent.kind, "dispute.won"):     ("win_dispute",),
    (PaymentIntent.kind, "dispute.lost"):    ("lose_dispute",),
    (Refund.kind,        "approved"):        ("succeed",),
    (Refund.kind,        "declined"):        ("fail",),
    (Refund.kind,        "failed"):          ("fail",),
    (Refund.kind,        "canceled"):        ("cancel",),
}

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "payment.charge":  ("declined", "pending", "held", "requires_action", "canceled", "failed"),
    "payment.confirm": ("declined", "pending", "held", "requires_action", "canceled", "failed"),
    "payment.capture": ("declined", "failed", "partial"),
    "refund.create":   ("declined", "pending", "held", "requires_action", "failed"),
    "payout.create":   ("declined", "failed"),
}
# fmt: on


@act(PaymentIntent, "adjust_fee")
async def adjust_fee(doing: Doing[PaymentIntent]) -> Record:
    """The fee turns out to be another than the price list says."""
    scene, intent = of_act(doing), doing.record
    fee = doing.outcome.fee if doing.outcome else None
    charge = await _charged(scene, intent)
    if fee is None:
        raise Declined("not_permitted", "no fee is named")
    more = fee.minor - intent.fee
    if more:
        own, other = pending(intent.merchant), fees(PROVIDER)
        source, target = (own, other) if more > 0 else (other, own)
        scene.work.post(transfer(
            EntryKind.FEE, source=source, target=target, amount=money(abs(more), intent.currency),
            reference=intent.id, memo=charge.id,
        ))
    transaction = await scene.work.get(BalanceTransaction, charge.balance_transaction)
    if transaction is not None:
        book(scene, replace(transaction, fee=fee.minor + transaction.application_fee), transaction)
    changed = replace(intent, fee=fee.minor)
    scene.work.save(changed)
    scene.tell("charge.updated", charge)
    return changed


@act(PaymentIntent, "refund", means=("refund.create",))
async def refund(doing: Doing[PaymentIntent]) -> Record | None:
    """The merchant refunds in the dashboard: `amount` in major units, or all that is left."""
    scene, intent = of_act(doing), doing.record
    charge = await _charged(scene, intent)
    if charge.refund_barred:
        raise Declined("not_permitted", "the charge is disputed")
    try:
        amount = refunding.check_amount(charge, _asked(doing.details, intent.currency))
        await funds.expect(scene)
        refunding.made(scene, intent, charge, amount, doing.outcome, reason="", metadata={})
    except ProviderError as error:
        raise Declined(error.row.code, error.message) from None
    return await scene.work.get(PaymentIntent, intent.id)


def _asked(details: Mapping[str, Any], currency: str) -> int | None:
    text = details.get("amount")
    if text is None:
        return None
    try:
        return int(Decimal(str(text)).scaleb(EXPONENTS.get(currency.upper(), DEFAULT_EXPONENT)))
    except InvalidOperation:
        raise Declined("amount", f"{text} is not an amount") from None


@act(PaymentIntent, "dispute")
async def dispute(doing: Doing[PaymentIntent]) -> Record | None:
    """The cardholder disputes the payment, for the `reason` of the details; `fee` is what it costs."""
    scene, intent = of_act(doing), doing.record
    charge = await _charged(scene, intent)
    fee = doing.outcome.fee if doing.outcome else None
    if fee is not None:
        scene = replace(scene, terms=replace(scene.terms, dispute_fee=fee.minor))
    await disputing.opened(scene, charge, str(doing.details.get("reason", "fraudulent")), inquiry=False)
    return await scene.work.get(PaymentIntent, intent.id)


@act(PaymentIntent, "win_dispute", "lose_dispute")
async def decide_dispute(doing: Doing[PaymentIntent]) -> Record | None:
    """The bank decides the newest dispute of the payment."""
    scene, intent = of_act(doing), doing.record
    found = await _newest(scene.work, Dispute, intent.id)
    if found is None:
        raise Declined("not_permitted", "the payment is not disputed")
    if found.status == ("won" if doing.trigger == "win_dispute" else "lost"):
        # Time, or the evidence, has decided the same before.
        return intent
    if doing.trigger == "win_dispute":
        await disputing.won(scene, found)
    else:
        await disputing.lost(scene, found)
    return await scene.work.get(PaymentIntent, intent.id)


async def _charged(scene: Scene, intent: PaymentIntent) -> Charge:
    charge = await scene.work.get(Charge, intent.latest_charge) if intent.latest_charge else None
    if charge is None or charge.status != "succeeded" or not charge.captured:
        raise Declined("not_permitted", f"{intent.id} is not paid")
    return charge


async def _newest(work: Work, kind: type[Any], intent: str) -> Any:
    found = await work.scan(kind, Walk(index="payment_intent", value=intent, limit=1))
    return found[0] if found else None


async def emits(work: Work, intent: PaymentIntent, type: str) -> Event | None:
    """About what its name begins with: the dispute, the refund, the charge, or else the PaymentIntent."""
    record: Shown | None = intent
    if type.startswith("charge.dispute."):
        record = await _newest(work, Dispute, intent.id)
    elif type.startswith(("refund.", "charge.refund.")):
        record = await _newest(work, Refund, intent.id)
    elif type.startswith("charge."):
        record = await work.get(Charge, intent.latest_charge) if intent.latest_charge else None
    return event(type, record) if record is not None else None


ACTS: tuple[Act[Any], ...] = (*adjust_fee, *refund, *dispute, *decide_dispute)
