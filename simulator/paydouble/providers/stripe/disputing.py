"""What a dispute does to its charge and to the balance, from its opening to its end.

https://docs.stripe.com/disputes/how-disputes-work
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from paydouble.core.clock import later
from paydouble.core.ledger import PAYER, EntryKind, fees, pending, transfer
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.providers.stripe.amounts import money
from paydouble.providers.stripe.booking import book
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.events import PROVIDER, changed
from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.machines import DISPUTE
from paydouble.providers.stripe.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    EarlyFraudWarning,
    PaymentIntent,
)
from paydouble.providers.stripe.scene import Scene

EVIDENCE_LENGTH_MAX = 150_000
"""Of all texts together."""
_OUTCOMES: Mapping[str, str] = {
    "winning_evidence": "win", "losing_evidence": "lose", "escalate_inquiry_evidence": "escalate",
}  # fmt: skip
_NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1", "noncompliant": "98"}
_GENERAL_CODE = "13.9"
_INQUIRY_CODE = "10"


async def opened(scene: Scene, charge: Charge, reason: str, *, inquiry: bool) -> Dispute:
    """The cardholder disputes a charge. Raises IllegalTrigger where there is nothing to dispute."""
    if charge.status != "succeeded" or not charge.captured or charge.disputed or charge.refundable <= 0:
        raise IllegalTrigger(charge.kind, charge.status, "dispute")
    code = _INQUIRY_CODE if inquiry else _NETWORK_CODES.get(reason, _GENERAL_CODE)
    dispute = Dispute(
        id=scene.id("du_1"),
        created=scene.now,
        status="warning_needs_response" if inquiry else "needs_response",
        merchant=charge.merchant,
        amount=charge.refundable,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        reason=reason,
        brand=card_numbered(charge.card).brand,
        network_reason_code=code,
        due_by=later(scene.now, scene.terms.dispute_answered_within),
        ref=charge.ref,
    )
    if not inquiry:
        dispute = await _withdrawn(scene, dispute)
    scene.work.save(dispute)
    after = replace(charge, disputed=True, refund_barred=not inquiry)
    scene.work.save(after)
    scene.tell("charge.dispute.created", dispute)
    if not inquiry:
        scene.tell("charge.dispute.funds_withdrawn", dispute)
    scene.tell("charge.updated", after, {"disputed": False})
    scene.work.at(dispute.due_by, dispute, "lapse")
    return dispute


async def _withdrawn(scene: Scene, dispute: Dispute) -> Dispute:
    """The money leaves the balance, and the fee with it."""
    fee = scene.terms.dispute_fee
    await _counted(scene, dispute, dispute.amount)
    _post(scene, dispute, dispute.amount, fee)
    transaction = _transaction(scene, dispute, -dispute.amount, fee, "dispute", "Chargeback withdrawal")
    return replace(dispute, fee=fee, transactions=(*dispute.transactions, transaction))


async def _counted(scene: Scene, dispute: Dispute, amount: int) -> None:
    """On the PaymentIntent, where refunds and disputes meet."""
    intent = await scene.work.get(PaymentIntent, dispute.payment_intent)
    if intent is not None:
        scene.work.save(replace(intent, disputed=intent.disputed + amount))


def _post(scene: Scene, dispute: Dispute, amount: int, fee: int) -> None:
    """Negative amounts come back."""
    own = pending(dispute.merchant)
    for kind, sum_, other in ((EntryKind.DISPUTE, amount, PAYER), (EntryKind.FEE, fee, fees(PROVIDER))):
        if sum_:
            source, target = (own, other) if sum_ > 0 else (other, own)
            scene.work.post(transfer(
                kind, source=source, target=target, amount=money(abs(sum_), dispute.currency),
                reference=dispute.payment_intent, memo=dispute.id,
            ))


def _transaction(
    scene: Scene, dispute: Dispute, amount: int, fee: int, category: str, words: str
) -> BalanceTransaction:
    transaction = BalanceTransaction(
        id=scene.id("txn_1"), created=scene.now, merchant=dispute.merchant, amount=amount, fee=fee,
        currency=dispute.currency, source=dispute.id, type="adjustment", reporting_category=category,
        available_on=scene.now, description=f"{words} for {dispute.charge}",
    )
    book(scene, transaction)
    return transaction


def answered(scene: Scene, dispute: Dispute, evidence: Mapping[str, str], *, submit: bool) -> Dispute:
    """Evidence is staged, or handed in for good. Raises ProviderError."""
    whole = {name: value for name, value in {**dispute.evidence, **evidence}.items() if value}
    if sum(map(len, whole.values())) > EVIDENCE_LENGTH_MAX:
        raise Errors.PARAMETER_INVALID(
            f"The combined length of all evidence may be at most {EVIDENCE_LENGTH_MAX} characters.",
            param="evidence",
        )
    staged = replace(dispute, evidence=whole)
    if not submit:
        scene.work.save(staged)
        return staged
    moved = fire(
        scene.work, DISPUTE, staged, "submit", scene.now, submissions=dispute.submissions + 1
    )
    trigger = _OUTCOMES.get(str(whole.get("uncategorized_text", "")))
    if trigger is not None and scene.magic:
        scene.work.at(later(scene.now, scene.terms.dispute_decided_after), moved, trigger)
    return moved


async def lost(scene: Scene, dispute: Dispute, trigger: str = "lose") -> Dispute:
    """The cardholder keeps the money; an inquiry just ends."""
    moved = fire(scene.work, DISPUTE, dispute, trigger, scene.now, past_due=trigger == "lapse")
    if dispute.inquiry:
        await _released(scene, dispute)
    _closed(scene, dispute, moved)
    return moved


async def won(scene: Scene, dispute: Dispute) -> Dispute:
    """The money comes back, and the fee with it."""
    transaction = _transaction(
        scene, dispute, dispute.amount, -dispute.fee, "dispute_reversal", "Chargeback reversal"
    )
    moved = fire(
        scene.work, DISPUTE, dispute, "win", scene.now, transactions=(*dispute.transactions, transaction)
    )
    _post(scene, dispute, -dispute.amount, -dispute.fee)
    await _counted(scene, dispute, -dispute.amount)
    await _released(scene, dispute)
    _closed(scene, dispute, moved)
    scene.tell("charge.dispute.funds_reinstated", moved)
    return moved


async def escalated(scene: Scene, dispute: Dispute) -> Dispute:
    """An inquiry becomes a chargeback."""
    moved = fire(
        scene.work, DISPUTE, await _withdrawn(scene, dispute), "escalate", scene.now,
        due_by=later(scene.now, scene.terms.dispute_answered_within),
    )
    charge = await scene.work.get(Charge, dispute.charge)
    if charge is not None:
        scene.work.save(replace(charge, refund_barred=True))
    scene.tell("charge.dispute.updated", moved, changed(dispute.shown(), moved.shown()))
    scene.tell("charge.dispute.funds_withdrawn", moved)
    scene.work.at(moved.due_by, moved, "lapse")
    return moved


async def _released(scene: Scene, dispute: Dispute) -> None:
    charge = await scene.work.get(Charge, dispute.charge)
    if charge is not None and charge.refund_barred:
        scene.work.save(replace(charge, refund_barred=False))


def _closed(scene: Scene, before: Dispute, after: Dispute) -> None:
    scene.tell("charge.dispute.closed", after, changed(before.shown(), after.shown()))


def reported(scene: Scene, charge: Charge) -> EarlyFraudWarning:
    """The issuer says that the card was used by somebody else."""
    warning = EarlyFraudWarning(
        id=scene.id("issfr_1"), created=scene.now, merchant=charge.merchant, charge=charge.id,
        payment_intent=charge.payment_intent,
    )
    scene.work.save(warning)
    scene.tell("radar.early_fraud_warning.created", warning)
    return warning
