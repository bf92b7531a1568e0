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
from paydouble.providers.paypal import merchants
from paydouble.providers.paypal.acts import ACTS
from paydouble.providers.paypal.errors import (
    OAUTH_API,
    ORDERS,
    PAYMENTS,
    PAYOUTS,
    VAULT,
    WEBHOOKS,
    Errors,
    PayoutErrors,
    VaultErrors,
    broken_contract,
)
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.identifiers import event_id
from paydouble.providers.paypal.machines import AUTHORIZATION, CAPTURE, ORDER, REFUND
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund, Webhook
from paydouble.providers.paypal.operations import (
    authorizations,
    captures,
    oauth,
    order_payments,
    orders,
    payouts,
    tracking,
    vault,
    webhook_events,
    webhooks,
)
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.pages import PAGES
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.payout_models import BATCH, ITEM, PayoutBatch, PayoutItem
from paydouble.providers.paypal.settings import settings_of
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
    PAYOUTS: ("/v1/payments/payouts", "/v1/payments/payouts-item"),
}
"""API → how its paths begin."""

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
    *webhooks.OPERATIONS,
    *webhook_events.OPERATIONS,
)


def build(settings: Mapping[str, str] | None = None) -> Provider:
    """With the settings of `paydouble.providers.paypal.settings`. Raises ValueError for others."""
    facts = settings_of(settings or {})
    return Provider(
        name=PROVIDER,
        hosts=HOSTS,
        apis=tuple(
            Api(name=name, wire=RestWire(name), claims=_under(prefixes))
            for name, prefixes in PREFIXES.items()
        ),
        operations=OPERATIONS,
        acts=(*ACTS, *payouts.ACTS),
        machines=(ORDER, AUTHORIZATION, CAPTURE, REFUND, SETUP, BATCH, ITEM),
        records=(
            Order, Authorization, Capture, Refund, Webhook, SetupToken, PaymentToken, PayoutBatch, PayoutItem,
        ),
        errors=(Errors, OrderErrors, PaymentErrors, VaultErrors, PayoutErrors),
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
        endpoints=merchants.endpoints,
        event_id=event_id,
        retries=RETRIES,
        words=WORDS,
        test_values=test_values,
        pages=PAGES,
    )


def _under(prefixes: tuple[str, ...]) -> Callable[[HttpRequest], bool]:
    def claims(request: HttpRequest) -> bool:
        return any(request.path == prefix or request.path.startswith(f"{prefix}/") for prefix in prefixes)

    return claims


def _unknown(envelope: Envelope) -> ProviderError:
    return Errors.RESOURCE_NOT_FOUND()
