"""Invoices: drafted, finalized, paid or not, voided, written off.

https://docs.stripe.com/invoicing/integration/workflow-transitions
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from paydouble.core.clock import DAY, later
from paydouble.core.effect import Outcome
from paydouble.core.errors import ProviderError
from paydouble.core.machine import fire
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import amounts, charging, connect, invoice_drafts, methods, sharing
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.charging import Confirmation
from paydouble.providers.stripe.customer_balance import adjusted
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.invoice_totals import totaled
from paydouble.providers.stripe.machines_billing import INVOICE
from paydouble.providers.stripe.models import Customer, PaymentIntent, PaymentMethod
from paydouble.providers.stripe.models.invoices import Invoice, InvoicePayment
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.pricing import rounded
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.settings import DunningEnds

HOSTED_PATH = "/i/{key}/{token}"
_SECRET_LENGTH = 25
_ID_LENGTH = 23
_NOT_RETRIED = frozenset(
    "lost_card stolen_card pickup_card incorrect_number invalid_account revocation_of_authorization "
    "revocation_of_all_authorizations authentication_required transaction_not_allowed".split()
)
"""No further attempt is made until the method changes."""


async def finalized(scene: Scene, invoice: Invoice) -> Invoice:
    """Its content is settled: number, balance, PaymentIntent; what is not due is paid at once.

    Raises ProviderError.
    """
    customer = await invoice_drafts.customer_of(scene, invoice)
    invoice = await totaled(scene, replace(invoice, payer=invoice_drafts.payer(customer)), customer)
    if invoice.amount_due > amounts.AMOUNT_MAX:
        raise Errors.AMOUNT_TOO_LARGE(param="amount")
    shares = await _shares(scene, invoice)
    invoice, customer = _balanced(scene, invoice, customer)
    scene.work.save(replace(customer, next_invoice_sequence=customer.next_invoice_sequence + 1))
    hosted = HOSTED_PATH.replace("{key}", scene.publishable_key).replace("{token}", invoice.token)
    days = invoice.days_until_due
    invoice = replace(
        invoice,
        number=f"{customer.invoice_prefix}-{customer.next_invoice_sequence:04d}",
        effective_at=scene.now,
        hosted_url=f"{scene.base_url}{hosted}",
        automatically_finalizes_at=None,
        ending_balance=customer.balance,
        due_date=later(scene.now, days * DAY)
        if days is not None and invoice.due_date is None
        else invoice.due_date,
    )
    if invoice.amount_due:
        invoice = replace(invoice, payment_intent=_asked_for(scene, invoice, shares))
    invoice = fire(scene.work, INVOICE, invoice, "finalize", scene.now)
    if not invoice.amount_due:
        return await _settled(scene, replace(invoice, attempted=True), "")
    if invoice.due_date is not None and invoice.collection_method == "send_invoice":
        scene.at(invoice.due_date, invoice, "fall_due")
    return invoice


async def _shares(scene: Scene, invoice: Invoice) -> dict[str, Any]:
    """What connected accounts and the platform get of its payment. Raises ProviderError."""
    due, fee, data = invoice.amount_due, invoice.application_fee_amount, invoice.transfer_data
    percent, asked = invoice.shares.get("application_fee_percent"), invoice.shares.get("transfer_data")
    if percent:
        fee = _part(due, percent)
    if asked:
        part = asked.get("amount_percent")
        data = {"destination": asked["destination"], "amount": _part(due, part) if part else None}
    given = {"transfer_data": data, "application_fee_amount": fee, "on_behalf_of": invoice.on_behalf_of}
    return {**await connect.split(scene, given, due), "application_fee_amount": fee}


def _part(amount: int, percent: float) -> int:
    return rounded(amount * Decimal(str(percent)) / 100)


def _balanced(scene: Scene, invoice: Invoice, customer: Customer) -> tuple[Invoice, Customer]:
    """Credit is used up, debt is added, a negative total and what is too small to charge are kept."""
    change, kind = -invoice.balance_applied, "applied_to_invoice"
    if invoice.total < 0:
        change, kind = invoice.total + max(0, invoice.balance_applied), "applied_to_invoice"
    elif 0 < invoice.amount_due < amounts.least(invoice.currency):
        change, kind = change + invoice.amount_due, "invoice_too_small"
        invoice = replace(invoice, balance_applied=invoice.balance_applied - invoice.amount_due)
    if change:
        customer, _ = adjusted(scene, customer, change, invoice.currency, type=kind, invoice=invoice.id)
    return invoice, customer


def _asked_for(scene: Scene, invoice: Invoice, shares: dict[str, Any]) -> str:
    """The PaymentIntent that will pay it; an ordinary one."""
    drawn = scene.ids.token(_ID_LENGTH + _SECRET_LENGTH)
    id = f"pi_3{drawn[:_ID_LENGTH]}"
    by_subscription = bool(invoice.subscription)
    intent = PaymentIntent(
        id=id,
        created=scene.now,
        merchant=scene.account,
        amount=invoice.amount_due,
        currency=invoice.currency,
        client_secret=f"{id}_secret_{drawn[_ID_LENGTH:]}",
        capture_method="automatic",
        customer=invoice.customer,
        invoice=invoice.id,
        description=_description(invoice),
        setup_future_usage="off_session" if by_subscription else "",
        payment_method_types=tuple(
            invoice.payment_settings.get("payment_method_types") or ("card", "link")
        ),
        receipt_email=str(invoice.payer.get("email") or ""),
        **shares,
    )
    scene.work.save(intent)
    scene.tell("payment_intent.created", intent)
    scene.work.save(
        InvoicePayment(
            id=scene.id("inpay_1"),
            created=scene.now,
            merchant=scene.account,
            invoice=invoice.id,
            payment_intent=id,
            amount_requested=invoice.amount_due,
            currency=invoice.currency,
        )
    )
    return id


def _description(invoice: Invoice) -> str:
    match invoice.billing_reason:
        case "subscription_create":
            return "Subscription creation"
        case "subscription_cycle" | "subscription_update":
            return "Subscription update"
        case _:
            return f"Payment for Invoice {invoice.number}".strip()


async def default_method(scene: Scene, invoice: Invoice) -> str:
    """The invoice's own, the subscription's, the customer's; empty where there is none."""
    if invoice.default_payment_method:
        return invoice.default_payment_method
    subscription = await states.of_invoice(scene, invoice)
    if subscription is not None and subscription.default_payment_method:
        return subscription.default_payment_method
    customer = await invoice_drafts.customer_of(scene, invoice)
    return str(customer.invoice_settings.get("default_payment_method") or "")


async def intent_of(scene: Scene, invoice: Invoice) -> PaymentIntent:
    intent = await scene.work.get(PaymentIntent, invoice.payment_intent)
    assert intent is not None, f"{invoice.id} has no PaymentIntent"
    return intent


async def collected(
    scene: Scene,
    invoice: Invoice,
    method: PaymentMethod,
    *,
    off_session: bool,
    outcome: Outcome | None = None,
    return_url: str = "",
    checkout: str = "",
) -> tuple[Invoice, ProviderError | None]:
    """One attempt at payment, with all that follows; an error where it came to nothing."""
    intent = await intent_of(scene, invoice)
    methods.check_usable(method, invoice.customer)
    if method.type not in intent.payment_method_types:
        intent = replace(intent, payment_method_types=(*intent.payment_method_types, method.type))
    intent = replace(intent, checkout=checkout)
    intent, error = charging.confirm(
        scene,
        intent,
        method,
        Confirmation(off_session=off_session, outcome=outcome, return_url=return_url),
    )
    return await after_attempt(scene, invoice, intent), error


async def after_attempt(scene: Scene, invoice: Invoice, intent: PaymentIntent) -> Invoice:
    """What a confirmation of its PaymentIntent has made of an invoice, and of its subscription."""
    if invoice.status not in ("open", "uncollectible"):
        return invoice
    match intent.status:
        case "succeeded":
            await sharing.expect(scene, intent)
            return await _settled(scene, _attempted(invoice), intent.payment_method, intent)
        case "processing":
            attempted = _attempted(invoice)
            told(scene, "invoice.updated", invoice, attempted)
            return attempted
        case "requires_action":
            attempted = _attempted(invoice)
            scene.work.save(attempted)
            scene.tell("invoice.payment_action_required", attempted)
            return attempted
        case _:
            return await _failed(scene, invoice, intent)


def _attempted(invoice: Invoice) -> Invoice:
    return replace(
        invoice, attempted=True, attempt_count=invoice.attempt_count + 1, next_payment_attempt=None
    )


async def _settled(
    scene: Scene,
    invoice: Invoice,
    method: str,
    intent: PaymentIntent | None = None,
    *,
    out_of_band: bool = False,
) -> Invoice:
    paid = invoice.amount_due if intent is not None else 0
    invoice = fire(
        scene.work,
        INVOICE,
        invoice,
        "pay",
        scene.now,
        amount_paid=invoice.amount_due if out_of_band else paid,
        paid_out_of_band=out_of_band,
        auto_advance=False,
        next_payment_attempt=None,
    )
    scene.tell("invoice.payment_succeeded", invoice)
    await states.on_paid(scene, invoice, method)
    payment = await scene.work.find(InvoicePayment, "invoice", invoice.id)
    if payment is not None and intent is not None:
        done = replace(payment, status="paid", amount_paid=paid, paid_at=scene.now)
        scene.work.save(done)
        scene.tell("invoice_payment.paid", done)
    return invoice


async def paid_elsewhere(scene: Scene, invoice: Invoice) -> Invoice:
    """Its merchant says that the money came on another way."""
    if invoice.payment_intent:
        await _called_off(scene, invoice)
    return await _settled(scene, _attempted(invoice), "", out_of_band=True)


async def _failed(scene: Scene, before: Invoice, intent: PaymentIntent) -> Invoice:
    invoice = _attempted(before)
    said = intent.last_payment_error or {}
    code = str(said.get("decline_code") or said.get("code") or "")
    invoice = _next_attempt(scene, invoice)
    scene.work.save(invoice)
    if code == "authentication_required":
        scene.tell("invoice.payment_action_required", invoice)
    scene.tell("invoice.payment_failed", invoice)
    told(scene, "invoice.updated", before, invoice)
    await states.on_failed(scene, invoice)
    await _given_up(scene, invoice)
    return invoice


def _next_attempt(scene: Scene, invoice: Invoice) -> Invoice:
    """Renewals are tried again while attempts are left; a first invoice is left to its payer."""
    gaps = scene.terms.invoice_retries
    by_itself = (
        invoice.auto_advance and invoice.subscription and invoice.billing_reason != "subscription_create"
    )
    if not by_itself or invoice.attempt_count > len(gaps):
        return replace(invoice, next_payment_attempt=None)
    again = later(scene.now, gaps[invoice.attempt_count - 1])
    scene.at(again, invoice, "retry")
    return replace(invoice, next_payment_attempt=again)


async def _given_up(scene: Scene, invoice: Invoice) -> None:
    """After the last attempt the account's own choice decides on the subscription."""
    gaps = scene.terms.invoice_retries
    if not invoice.auto_advance or invoice.attempt_count <= len(gaps):
        return
    subscription = await states.of_invoice(scene, invoice)
    if subscription is None or subscription.status != "past_due":
        return
    match scene.terms.dunning_ends:
        case DunningEnds.CANCEL:
            states.canceled(scene, subscription, "payment_failed")
            await subscription_ends(scene, subscription)
        case DunningEnds.UNPAID:
            states.moved(scene, subscription, "give_up")
        case DunningEnds.PAST_DUE:
            pass


async def retried(scene: Scene, invoice: Invoice, method: PaymentMethod) -> Invoice:
    """A further attempt; a refusal for good is not repeated with the same method, and still counts."""
    intent = await intent_of(scene, invoice)
    said = intent.last_payment_error or {}
    refused = (said.get("payment_method") or {}).get("id")
    if refused == method.id and (said.get("decline_code") or said.get("code")) in _NOT_RETRIED:
        after = _next_attempt(scene, _attempted(invoice))
        told(scene, "invoice.updated", invoice, after)
        await _given_up(scene, after)
        return after
    paid, _ = await collected(scene, invoice, method, off_session=True)
    return paid


async def _called_off(scene: Scene, invoice: Invoice) -> None:
    """Its PaymentIntent is canceled with it."""
    intent = await intent_of(scene, invoice)
    if intent.status not in ("succeeded", "canceled"):
        charging.canceled(scene, intent, None, "void_invoice")
    payment = await scene.work.find(InvoicePayment, "invoice", invoice.id)
    if payment is not None and payment.status == "open":
        scene.work.save(replace(payment, status="canceled", canceled_at=scene.now))


async def voided(scene: Scene, invoice: Invoice) -> Invoice:
    """Raises IllegalTrigger where it is a draft, paid or void."""
    INVOICE.row(invoice.status, "void")
    if invoice.payment_intent:
        await _called_off(scene, invoice)
    return fire(
        scene.work, INVOICE, invoice, "void", scene.now, auto_advance=False, next_payment_attempt=None
    )


def written_off(scene: Scene, invoice: Invoice) -> Invoice:
    """Raises IllegalTrigger where it is not open."""
    return fire(
        scene.work, INVOICE, invoice, "write_off", scene.now, auto_advance=False, next_payment_attempt=None
    )


async def subscription_ends(scene: Scene, subscription: Subscription) -> None:
    """What is still open of a subscription that has ended is not collected any more."""
    walk = Walk(index="subscription", value=subscription.id, limit=PAGE_MAX)
    for found in await scene.work.scan(Invoice, walk):
        invoice = await scene.work.get(Invoice, found.id)
        if invoice is not None and invoice.auto_advance and invoice.status in ("open", "draft"):
            told(
                scene,
                "invoice.updated",
                invoice,
                replace(invoice, auto_advance=False, next_payment_attempt=None),
            )


async def unpayable(scene: Scene, invoice: Invoice) -> Invoice:
    """There is nothing to charge: an attempt that failed without a charge."""
    return await _failed(scene, invoice, await intent_of(scene, invoice))


async def credited_in_full(scene: Scene, invoice: Invoice) -> Invoice:
    """Credit notes leave nothing to pay."""
    if invoice.payment_intent:
        await _called_off(scene, invoice)
    return await _settled(scene, invoice, "")
