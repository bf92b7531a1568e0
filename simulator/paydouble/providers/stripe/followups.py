"""What follows the confirmation of an intent: for the invoice that it pays, the checkout it was made in.

https://docs.stripe.com/billing/subscriptions/webhooks, https://docs.stripe.com/checkout/fulfillment
"""

from __future__ import annotations

from paydouble.providers.stripe import checking_out, clocks, invoicing
from paydouble.providers.stripe.models import Customer, PaymentIntent, SetupIntent
from paydouble.providers.stripe.models.checkout import CheckoutSession
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.scene import Scene


async def followed_up(scene: Scene, intent: PaymentIntent) -> None:
    """To be called wherever a PaymentIntent was confirmed by somebody else than its invoice or checkout."""
    if intent.invoice:
        invoice = await scene.work.get(Invoice, intent.invoice)
        if invoice is not None:
            customer = await scene.work.get(Customer, invoice.customer)
            await invoicing.after_attempt(await clocks.of_customer(scene, customer), invoice, intent)
    session = await scene.work.get(CheckoutSession, intent.checkout) if intent.checkout else None
    if session is None:
        return
    if session.mode == "payment":
        await checking_out.after_payment(scene, session, intent)
        return
    subscription = await scene.work.get(Subscription, session.subscription)
    if subscription is not None:
        await checking_out.after_subscription(scene, session, subscription)


async def set_up(scene: Scene, setup: SetupIntent) -> None:
    """The same of a SetupIntent."""
    session = await scene.work.get(CheckoutSession, setup.checkout) if setup.checkout else None
    if session is not None:
        await checking_out.after_setup(scene, session, setup)
