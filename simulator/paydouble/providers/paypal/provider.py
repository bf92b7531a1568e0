"""The PayPal provider on one page (https://developer.paypal.com/docs/api/overview/)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from paydouble.core.clock import HOUR, MINUTE, SECOND, Duration
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpRequest
from paydouble.core.notification import RetrySchedule
from paydouble.core.operation import Operation
from paydouble.core.provider import Api, ErrorRoles, Provider
from paydouble.providers.paypal import assertions, browser_sdk, ipn, later, merchants
from paydouble.providers.paypal.acts import ACTS
from paydouble.providers.paypal.billing_acts import ACTS as BILLING_ACTS
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.billing_pages import PAGES as BILLING_PAGES
from paydouble.providers.paypal.catalog import Product
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.classic_pages import PAGES as CLASSIC_PAGES
from paydouble.providers.paypal.dispute_acts import ACTS as DISPUTE_ACTS
from paydouble.providers.paypal.dispute_errors import DisputeErrors
from paydouble.providers.paypal.dispute_models import DISPUTE, Dispute
from paydouble.providers.paypal.errors import (
    BILLING,
    CATALOG,
    CLASSIC,
    DISPUTES,
    INVOICING,
    OAUTH_API,
    ORDERS,
    PARTNERS,
    PAYMENTS,
    PAYOUTS,
    REFERRALS,
    RELEASES,
    REPORTING,
    VAULT,
    WEBHOOKS,
    Errors,
    PartnerErrors,
    PayoutErrors,
    ReportErrors,
    VaultErrors,
    broken_contract,
)
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.identifiers import event_id
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.invoice_models import INVOICE, Invoice, InvoiceTemplate
from paydouble.providers.paypal.invoice_pages import PAGES as INVOICE_PAGES
from paydouble.providers.paypal.machines import AUTHORIZATION, CAPTURE, ORDER, REFUND
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund, Webhook
from paydouble.providers.paypal.operations import (
    authorizations,
    captures,
    classic_money,
    classic_orders,
    classic_payments,
    dispute_actions,
    disputes,
    invoice_life,
    invoice_templates,
    invoices,
    oauth,
    order_payments,
    orders,
    partners,
    payouts,
    plans,
    products,
    releases,
    reporting,
    subscription_changes,
    subscriptions,
    tracking,
    vault,
    webhook_events,
    webhook_lookups,
    webhooks,
)
from paydouble.providers.paypal.operations.webhook_lookups import WebhookLookup
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.pages import PAGES
from paydouble.providers.paypal.partner_models import REFERRAL, Referral
from paydouble.providers.paypal.partner_pages import PAGES as PARTNER_PAGES
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.payout_models import BATCH, ITEM, PayoutBatch, PayoutItem
from paydouble.providers.paypal.plans import PLAN, Plan
from paydouble.providers.paypal.replay import refusing_other_bodies
from paydouble.providers.paypal.settings import folds_ids, refuses_other_bodies, settings_of
from paydouble.providers.paypal.subscription_models import (
    SALE,
    SUBSCRIPTION,
    Sale,
    SaleRefund,
    Subscription,
)
from paydouble.providers.paypal.test_values import test_values
from paydouble.providers.paypal.vault_models import PaymentToken, SetupToken
from paydouble.providers.paypal.vaulting import SETUP
from paydouble.providers.paypal.wire import RestWire
from paydouble.providers.paypal.words import WORDS

HOSTS = (
    "api-m.sandbox.paypal.com", "api.sandbox.paypal.com", "api-m.paypal.com", "api.paypal.com",
    "www.sandbox.paypal.com", "www.paypal.com", "ipnpb.sandbox.paypal.com", "ipnpb.paypal.com",
)
PREFIXES = {
    OAUTH_API: ("/v1/oauth2", "/v1/identity"),
    ORDERS: ("/v2/checkout",),
    PAYMENTS: ("/v2/payments",),
    WEBHOOKS: ("/v1/notifications",),
    VAULT: ("/v3/vault",),
    INVOICING: ("/v2/invoicing",),
    PAYOUTS: ("/v1/payments/payouts", "/v1/payments/payouts-item"),
    CATALOG: ("/v1/catalogs",),
    CLASSIC: tuple(
        f"/v1/payments/{name}" for name in ("payment", "sale", "authorization", "orders", "capture", "refund")
    ),
    BILLING: ("/v1/billing/plans", "/v1/billing/subscriptions"),
    DISPUTES: ("/v1/customer/disputes",),
    REPORTING: ("/v1/reporting/transactions", "/v1/reporting/balances"),
    REFERRALS: ("/v2/customer",),
    PARTNERS: ("/v1/customer/partners",),
    RELEASES: ("/v1/payments/referenced-payouts", "/v1/payments/referenced-payouts-items"),
    ipn.IPN: (),
}
"""API → how its paths begin; of the last one only the listeners hear."""

RETRIES = RetrySchedule(
    delays=(
        *(Duration(minutes * MINUTE) for minutes in (1, 2, 4, 8, 15, 30)),
        *(Duration(hours * HOUR) for hours in (1, 2, 3)),
        *(Duration(4 * HOUR) for _ in range(16)),
    ),
    timeout=Duration(30 * SECOND),
)
"""Twenty-five in three days, as the manual says; spacing and timeout are not published (unverified)."""

OPERATIONS: tuple[Operation, ...] = (
    *oauth.OPERATIONS,
    *orders.OPERATIONS,
    *order_payments.OPERATIONS,
    *tracking.OPERATIONS,
    *authorizations.OPERATIONS,
    *captures.OPERATIONS,
    *vault.OPERATIONS,
    *payouts.OPERATIONS,
    *products.OPERATIONS,
    *plans.OPERATIONS,
    *subscriptions.OPERATIONS,
    *subscription_changes.OPERATIONS,
    *disputes.OPERATIONS,
    *dispute_actions.OPERATIONS,
    *reporting.OPERATIONS,
    *classic_payments.OPERATIONS,
    *classic_money.OPERATIONS,
    *classic_orders.OPERATIONS,
    *partners.OPERATIONS,
    *releases.OPERATIONS,
    *invoices.OPERATIONS,
    *invoice_life.OPERATIONS,
    *invoice_templates.OPERATIONS,
    *webhooks.OPERATIONS,
    *webhook_lookups.OPERATIONS,
    *webhook_events.OPERATIONS,
)


def build(settings: Mapping[str, str] | None = None) -> Provider:
    """With the settings of `paydouble.providers.paypal.settings`. Raises ValueError for others."""
    facts = settings_of(settings or {})
    folds = folds_ids(facts)
    operations = OPERATIONS
    if refuses_other_bodies(facts):
        operations = tuple(refusing_other_bodies(one) for one in OPERATIONS)
    return Provider(
        name=PROVIDER,
        hosts=HOSTS,
        apis=tuple(
            Api(name=name, wire=RestWire(name, folds_ids=folds), claims=_under(prefixes))
            for name, prefixes in PREFIXES.items()
        ),
        operations=operations,
        acts=(
            *ACTS, *later.ACTS, *payouts.ACTS, *BILLING_ACTS, *DISPUTE_ACTS, *invoice_life.ACTS,
            *partners.ACTS, *releases.ACTS,
        ),
        machines=(
            ORDER, AUTHORIZATION, CAPTURE, REFUND, SETUP, BATCH, ITEM, PLAN, SUBSCRIPTION, SALE, INVOICE,
            DISPUTE, REFERRAL,
        ),
        records=(
            Order, Authorization, Capture, Refund, Webhook, SetupToken, PaymentToken, PayoutBatch, PayoutItem,
            Invoice, InvoiceTemplate, Product, Plan, Subscription, Sale, SaleRefund,
            Dispute, WebhookLookup, Referral, *releases.RECORDS,
        ),
        errors=(
            Errors, OrderErrors, PaymentErrors, VaultErrors, PayoutErrors, InvoiceErrors, ClassicErrors,
            BillingErrors, DisputeErrors, ReportErrors, PartnerErrors,
        ),
        roles=ErrorRoles(
            unknown_route=_unknown,
            wrong_method=_unknown,
            broken_contract=broken_contract,
            internal=Errors.INTERNAL_SERVER_ERROR,
            too_large=Errors.TOO_LARGE,
            routes_first=False,
        ),
        merchant=partial(merchants.merchant, facts=facts),
        credentials=merchants.credentials,
        subscribe=merchants.subscribe,
        endpoints=partial(merchants.endpoints, ipn_url=facts.get("ipn_url", "")),
        event_id=event_id,
        retries=RETRIES,
        own_retries={ipn.IPN: ipn.RETRIES},
        words=WORDS,
        test_values=test_values,
        permit=assertions.permit,
        pages=(*PAGES, *BILLING_PAGES, *browser_sdk.PAGES, *INVOICE_PAGES, *CLASSIC_PAGES, *PARTNER_PAGES),
    )


def _under(prefixes: tuple[str, ...]) -> Callable[[HttpRequest], bool]:
    def claims(request: HttpRequest) -> bool:
        return any(request.path == prefix or request.path.startswith(f"{prefix}/") for prefix in prefixes)

    return claims


def _unknown(envelope: Envelope) -> ProviderError:
    return Errors.RESOURCE_NOT_FOUND()
