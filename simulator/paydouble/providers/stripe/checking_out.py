"""The payer pays at the checkout: a PaymentIntent, a SetupIntent or a subscription is made and confirmed.

https://docs.stripe.com/payments/checkout/how-checkout-works
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Declined
from paydouble.core.effect import Outcome
from paydouble.core.errors import ProviderError
from paydouble.providers.stripe import charging, intents, methods, setups, sharing, subscribing
from paydouble.providers.stripe.charging import Confirmation
from paydouble.providers.stripe.models import Customer, PaymentIntent, PaymentMethod, SetupIntent
from paydouble.providers.stripe.models.checkout import CheckoutSession, PaymentLink
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.shapes import EMPTY, billing_details
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.scene import Scene

PREFIX_LENGTH = 8
_OF_INTENT = (
    "application_fee_amount",
    "capture_method",
    "description",
    "on_behalf_of",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
    "metadata",
)


async def method_of(scene: Scene, session: CheckoutSession, details: Mapping[str, Any]) -> PaymentMethod:
    """By card data, by id, or by type. Raises ProviderError."""
    holder = {"email": details.get("email") or None, "name": details.get("name") or None}
    if details.get("number"):
        method = methods.numbered(scene, details)
    elif details.get("payment_method"):
        return await methods.resolved(scene, str(details["payment_method"]))
    elif details.get("type", "card") != "card":
        type = str(details["type"])
        method = await methods.made(scene, {"type": type, type: _account(type, details)})
    else:
        method = await methods.resolved(scene, "pm_card_visa")
    return replace(method, billing_details=billing_details(holder))


def _account(type: str, details: Mapping[str, Any]) -> dict[str, str]:
    """A bank account that works, where none is typed."""
    given = str(details.get("account", ""))
    match type:
        case "us_bank_account":
            return {"account_number": given or "000123456789", "routing_number": "110000000"}
        case "sepa_debit":
            return {"iban": given or "AT611904300234573201"}
        case _:
            return {}


async def paid(
    scene: Scene, session: CheckoutSession, details: Mapping[str, Any], outcome: Outcome | None
) -> CheckoutSession:
    """One attempt; a refusal is kept in the session, which stays open. Raises Declined."""
    try:
        method = await method_of(scene, session, details)
        match session.mode:
            case "payment":
                return await _payment(scene, session, method, details, outcome)
            case "setup":
                return await _setup(scene, session, method, details, outcome)
            case _:
                return await _subscription(scene, session, method, details, outcome)
    except ProviderError as error:
        raise Declined(error.row.code, error.message) from None


async def _customer(scene: Scene, session: CheckoutSession, details: Mapping[str, Any]) -> CheckoutSession:
    """A customer is made where one is needed."""
    if session.customer or session.customer_creation == "if_required":
        return session
    customer = Customer(
        id=scene.id("cus_", 14),
        created=scene.now,
        merchant=scene.account,
        email=str(details.get("email") or session.customer_email),
        name=str(details.get("name") or ""),
        invoice_prefix=scene.ids.token(PREFIX_LENGTH, "0123456789ABCDEF"),
    )
    scene.work.save(customer)
    scene.tell("customer.created", customer)
    return replace(session, customer=customer.id)


async def _payment(
    scene: Scene,
    session: CheckoutSession,
    method: PaymentMethod,
    details: Mapping[str, Any],
    outcome: Outcome | None,
) -> CheckoutSession:
    session = await _customer(scene, session, details)
    if not session.amount_total:
        return await completed(scene, session, details, payment_status="no_payment_required")
    intent = await scene.work.get(PaymentIntent, session.attempted) if session.attempted else None
    if intent is None:
        data = session.payment_intent_data
        intent = await intents.asked_for(
            scene,
            {
                "amount": session.amount_total,
                "currency": session.currency,
                "customer": session.customer,
                "payment_method_types": list(session.payment_method_types),
                **{name: data[name] for name in _OF_INTENT if name in data},
            },
        )
        intent = replace(intent, checkout=session.id)
        scene.work.save(intent)
        scene.tell("payment_intent.created", intent)
    intents.check_method(intent, method)
    session = replace(
        session, attempted=intent.id, last_error="", customer_details=_details(session, details)
    )
    intent, error = charging.confirm(
        scene, intent, method, Confirmation(outcome=outcome, return_url=session.url)
    )
    session = replace(session, last_error=error.message if error is not None else "")
    scene.work.save(session)
    return await after_payment(scene, session, intent)


async def after_payment(scene: Scene, session: CheckoutSession, intent: PaymentIntent) -> CheckoutSession:
    """What a confirmation has made of the session."""
    if session.status == "complete":
        return _async_result(scene, session, intent)
    if intent.status == "requires_payment_method" and intent.last_payment_error:
        told_error = replace(session, last_error=str(intent.last_payment_error["message"]))
        scene.work.save(told_error)
        return told_error
    if intent.status not in ("succeeded", "requires_capture", "processing"):
        return session
    if intent.status == "succeeded":
        await sharing.expect(scene, intent)
    done = intent.status != "processing"
    found = replace(session, payment_intent=intent.id)
    return await completed(scene, found, EMPTY, payment_status="paid" if done else "unpaid")


def _async_result(scene: Scene, session: CheckoutSession, intent: PaymentIntent) -> CheckoutSession:
    """A delayed method comes to its end after the session."""
    if session.payment_status != "unpaid" or session.mode != "payment":
        return session
    if intent.status == "succeeded":
        paid_now = replace(session, payment_status="paid")
        scene.work.save(paid_now)
        scene.tell("checkout.session.async_payment_succeeded", paid_now)
        return paid_now
    if intent.status == "requires_payment_method":
        scene.tell("checkout.session.async_payment_failed", session)
    return session


async def _setup(
    scene: Scene,
    session: CheckoutSession,
    method: PaymentMethod,
    details: Mapping[str, Any],
    outcome: Outcome | None,
) -> CheckoutSession:
    setup = await scene.work.get(SetupIntent, session.attempted) if session.attempted else None
    if setup is None:
        data = session.setup_intent_data
        setup = setups.asked_for(
            scene,
            {
                "customer": session.customer,
                "payment_method_types": list(session.payment_method_types),
                **{
                    name: data[name] for name in ("description", "metadata", "on_behalf_of") if name in data
                },
            },
        )
        setup = replace(setup, checkout=session.id)
        scene.work.save(setup)
        scene.tell("setup_intent.created", setup)
    setups.check_method(setup, method)
    session = replace(session, attempted=setup.id, customer_details=_details(session, details))
    setup, error = setups.confirm(
        scene, setup, method, setups.Confirmation(outcome=outcome, return_url=session.url)
    )
    session = replace(session, last_error=error.message if error is not None else "")
    scene.work.save(session)
    return await after_setup(scene, session, setup)


async def after_setup(scene: Scene, session: CheckoutSession, setup: SetupIntent) -> CheckoutSession:
    """A method that is saved completes the session."""
    if setup.status != "succeeded" or session.status != "open":
        return session
    found = replace(session, setup_intent=setup.id)
    return await completed(scene, found, EMPTY, payment_status="no_payment_required")


async def _subscription(
    scene: Scene,
    session: CheckoutSession,
    method: PaymentMethod,
    details: Mapping[str, Any],
    outcome: Outcome | None,
) -> CheckoutSession:
    """A refusal leaves nothing of the subscription. Raises ProviderError."""
    session = await _customer(scene, session, details)
    customer = await methods.customer_named(scene, session.customer)
    method = methods.attached(scene, method, customer.id)
    data = session.subscription_data
    asked = await subscribing.asked_for(
        scene,
        customer,
        {
            **data,
            "currency": session.currency,
            "default_payment_method": "",
            "items": [_item(each) for each in session.items if each.recurring],
        },
    )
    asked = replace(asked, default_payment_method=method.id)
    begun = await subscribing.begun(
        scene,
        asked,
        {
            "payment_behavior": "error_if_incomplete",
            "outcome": outcome,
            "method": method,
            "discounts": [{"discount": id} for id in session.discount_ids],
            "add_invoice_items": [_item(each) for each in session.items if not each.recurring],
            "return_url": session.url,
            "checkout": session.id,
        },
    )
    session = replace(
        session,
        subscription=begun.id,
        invoice=begun.latest_invoice,
        last_error="",
        customer_details=_details(session, details),
    )
    scene.work.save(session)
    return await after_subscription(scene, session, begun)


async def after_subscription(
    scene: Scene, session: CheckoutSession, subscription: Subscription
) -> CheckoutSession:
    """A subscription whose first invoice is settled completes the session."""
    if subscription.status not in ("active", "trialing") or session.status != "open":
        return session
    invoice = await scene.work.get(Invoice, subscription.latest_invoice)
    free = invoice is not None and not invoice.amount_paid
    return await completed(scene, session, EMPTY, payment_status="no_payment_required" if free else "paid")


def _item(item: Any) -> dict[str, Any]:
    return {
        "price": item.price["id"],
        "quantity": item.quantity,
        "tax_rates": [rate["id"] for rate in item.tax_rates],
        "metadata": dict(item.metadata),
    }


def _details(session: CheckoutSession, details: Mapping[str, Any]) -> dict[str, object]:
    return {
        "address": None,
        "business_name": None,
        "email": details.get("email") or session.customer_email or None,
        "individual_name": None,
        "name": details.get("name") or None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


async def completed(
    scene: Scene, session: CheckoutSession, details: Mapping[str, Any], *, payment_status: str
) -> CheckoutSession:
    """The session is over, and that is told; its payment link counts it."""
    done = replace(
        session,
        status="complete",
        payment_status=payment_status,
        last_error="",
        customer_details=session.customer_details or _details(session, details),
    )
    scene.work.save(done)
    scene.tell("checkout.session.completed", done)
    link = await scene.work.get(PaymentLink, session.payment_link) if session.payment_link else None
    if link is not None:
        counted = replace(link, completed=link.completed + 1)
        spent = counted.limit is not None and counted.completed >= counted.limit
        told(scene, "payment_link.updated", link, replace(counted, status="inactive") if spent else counted)
    return done


def expired(scene: Scene, session: CheckoutSession) -> CheckoutSession:
    over = replace(session, status="expired")
    scene.work.save(over)
    scene.tell("checkout.session.expired", over)
    return over
