"""Stripe in neutral words: what a call is about, what its events mean, how a PaymentIntent is summed up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.http import Envelope
from paydouble.core.money import decimal
from paydouble.core.operation import Operation
from paydouble.core.words import Details, Facts, PaymentView, Words
from paydouble.core.work import Work
from paydouble.providers.stripe.amounts import EXPONENTS, money
from paydouble.providers.stripe.later import OUTCOMES, WAYS, emits
from paydouble.providers.stripe.machines import PAYMENT_INTENT
from paydouble.providers.stripe.models import Charge, Dispute, PaymentIntent, Refund, order_ref
from paydouble.providers.stripe.replay import KEY_HEADER

# fmt: off
EVENTS: Mapping[str, str] = {
    "payment_intent.succeeded":      "payment.succeeded",
    "payment_intent.payment_failed": "payment.failed",
    "payment_intent.processing":     "payment.pending",
    "payment_intent.canceled":       "payment.canceled",
    "charge.refunded":               "refund.succeeded",
    "refund.failed":                 "refund.failed",
    "charge.dispute.created":        "dispute.opened",
    "charge.dispute.closed":         "dispute.lost",
    "payout.paid":                   "payout.paid",
    "payout.failed":                 "payout.failed",
    "charge.dispute.funds_reinstated": "dispute.won",
}
# fmt: on


async def facts(work: Work, operation: Operation, envelope: Envelope, params: Mapping[str, Any]) -> Facts:
    """Of the params, and where they do not say it, of the PaymentIntent they name."""
    intent = await _intent(work, operation, params)
    given: Mapping[str, str] | None = params.get("metadata")

    def details() -> Details:
        minor = params.get("amount_to_capture", params.get("amount"))
        if minor is None and intent is not None:
            minor = intent.amount
        currency = str(params.get("currency") or (intent.currency if intent else "")).upper()
        return Details(
            amount=decimal(minor, currency, EXPONENTS) if isinstance(minor, int) and currency else None,
            currency=currency,
            method="card" if minor is not None else "",
            phase=PAYMENT_INTENT.phases[intent.status].value if intent else "",
            idempotency_key=envelope.request.headers.get(KEY_HEADER),
            metadata={**(intent.metadata if intent else {}), **(given or {})},
        )

    ref = intent.ref if intent else ""
    return Facts(
        ref=ref or (order_ref(given) if given else ""), payment=intent.id if intent else "", details=details
    )


_PAYMENTS = ("pi_", "ch_", "py_")
"""A charge in the old way is its own payment."""


async def _intent(work: Work, operation: Operation, params: Mapping[str, Any]) -> PaymentIntent | None:
    id = str(params.get("payment_intent", "") or params.get("id", ""))
    if operation.id.startswith("refunds."):
        id = await _of_refund(work, params) or id
    if id.startswith(("du_", "dp_")):
        dispute = await work.get(Dispute, id)
        id = dispute.payment_intent if dispute else ""
    return await work.get(PaymentIntent, id) if id.startswith(_PAYMENTS) else None


async def _of_refund(work: Work, params: Mapping[str, Any]) -> str:
    if params.get("charge"):
        charge = await work.get(Charge, str(params["charge"]))
        return charge.payment_intent if charge else ""
    if str(params.get("id", "")).startswith("re_"):
        refund = await work.get(Refund, str(params["id"]))
        return refund.payment_intent if refund else ""
    return ""


def view(intent: PaymentIntent) -> PaymentView:
    currency = intent.currency
    return PaymentView(
        id=intent.id,
        ref=intent.ref,
        phase=PAYMENT_INTENT.phases[intent.status],
        status=intent.status,
        amount=money(intent.amount, currency),
        captured=money(intent.amount_received, currency),
        refunded=money(intent.refunded, currency),
        disputed=money(intent.disputed, currency),
        fee=money(intent.fee, currency),
        merchant=intent.merchant,
        metadata=intent.metadata,
    )


WORDS = Words(
    events=EVENTS, facts=facts, payments=(PaymentIntent,), view=view, ways=WAYS,
    outcomes=OUTCOMES, emits=emits,
    impatient=("clear", "lapse"),
    exponents=EXPONENTS,
)
