"""All of billing, as the provider lists it: what is sold, subscribed to, invoiced and checked out."""

from __future__ import annotations

from typing import Any

from paydouble.core.act import Act
from paydouble.core.machine import Machine
from paydouble.core.operation import Operation
from paydouble.core.page import Page
from paydouble.core.record import Record
from paydouble.providers.stripe import acts_billing
from paydouble.providers.stripe.acts_agreements import AGREEMENT_ACTS
from paydouble.providers.stripe.acts_checkout import CHECKOUT_ACTS
from paydouble.providers.stripe.billing_pages import BILLING_PAGES
from paydouble.providers.stripe.checkout_page import CHECKOUT_PAGES
from paydouble.providers.stripe.machines_agreements import QUOTE, SCHEDULE
from paydouble.providers.stripe.machines_billing import CHECKOUT, INVOICE, SUBSCRIPTION
from paydouble.providers.stripe.models.accounts_receivable import (
    CustomerBalanceTransaction,
    Discount,
    TestClock,
)
from paydouble.providers.stripe.models.agreements import Quote, SubscriptionSchedule
from paydouble.providers.stripe.models.catalog import Coupon, Price, Product, PromotionCode, TaxRate
from paydouble.providers.stripe.models.checkout import CheckoutSession, PaymentLink
from paydouble.providers.stripe.models.credit_notes import CreditNote, PortalSession
from paydouble.providers.stripe.models.invoices import Invoice, InvoiceItem, InvoicePayment
from paydouble.providers.stripe.models.subscriptions import ItemPlace, Subscription
from paydouble.providers.stripe.operations import (
    billing_coupons,
    billing_customer_balance,
    billing_invoice_items,
    billing_invoice_steps,
    billing_invoices,
    billing_portal,
    billing_prices,
    billing_products,
    billing_promotion_codes,
    billing_subscription_items,
    billing_subscriptions,
    billing_tax_rates,
    billing_test_clocks,
    checkout_sessions,
    credit_notes,
    payment_links,
    quotes,
    subscription_schedules,
)

OPERATIONS: tuple[Operation, ...] = (
    *billing_products.OPERATIONS,
    *billing_prices.OPERATIONS,
    *billing_coupons.OPERATIONS,
    *billing_promotion_codes.OPERATIONS,
    *billing_tax_rates.OPERATIONS,
    *billing_customer_balance.OPERATIONS,
    *billing_test_clocks.OPERATIONS,
    *billing_subscriptions.OPERATIONS,
    *billing_subscription_items.OPERATIONS,
    *billing_invoice_steps.OPERATIONS,
    *billing_invoices.OPERATIONS,
    *billing_invoice_items.OPERATIONS,
    *quotes.OPERATIONS,
    *subscription_schedules.OPERATIONS,
    *credit_notes.OPERATIONS,
    *billing_portal.OPERATIONS,
    *checkout_sessions.OPERATIONS,
    *payment_links.OPERATIONS,
)

RECORDS: tuple[type[Record], ...] = (
    Product, Price, Coupon, PromotionCode, TaxRate, CustomerBalanceTransaction, Discount, TestClock,
    InvoiceItem, Invoice, InvoicePayment, Subscription, ItemPlace, CheckoutSession,
    PaymentLink, CreditNote, PortalSession, Quote, SubscriptionSchedule,
)  # fmt: skip

MACHINES: tuple[Machine[Any], ...] = (INVOICE, SUBSCRIPTION, CHECKOUT, QUOTE, SCHEDULE)

ACTS: tuple[Act[Any], ...] = (
    *billing_coupons.ACTS,
    *billing_promotion_codes.ACTS,
    *billing_test_clocks.ACTS,
    *acts_billing.BILLING_ACTS,
    *CHECKOUT_ACTS,
    *AGREEMENT_ACTS,
)

PAGES: tuple[Page, ...] = (*CHECKOUT_PAGES, *BILLING_PAGES)
