"""The Stripe provider on one page (https://docs.stripe.com/api)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from paydouble.core.clock import HOUR, MINUTE, SECOND, Duration, parse_duration
from paydouble.core.http import HttpRequest
from paydouble.core.ids import Ids, prefixed
from paydouble.core.notification import RetrySchedule
from paydouble.core.operation import Operation
from paydouble.core.provider import Api, ErrorRoles, Provider, no_accounts
from paydouble.core.record import Record
from paydouble.providers.stripe import accounts, billing, connect, later
from paydouble.providers.stripe.acts import ACTS
from paydouble.providers.stripe.challenges import PAGES
from paydouble.providers.stripe.errors import Errors, broken_contract, unknown_url
from paydouble.providers.stripe.events import API, PROVIDER
from paydouble.providers.stripe.expand import completed
from paydouble.providers.stripe.machines import DISPUTE, PAYMENT_INTENT, PAYOUT, REFUND, SETUP_INTENT
from paydouble.providers.stripe.models import (
    Account,
    AccountLink,
    ApplicationFee,
    BalanceTransaction,
    Charge,
    ConfirmationToken,
    Customer,
    Dispute,
    EarlyFraudWarning,
    EventDestination,
    FeeRefund,
    File,
    FileLink,
    Mandate,
    PaymentIntent,
    PaymentMethod,
    Payout,
    PayoutTurn,
    Refund,
    Release,
    Review,
    SetupAttempt,
    SetupIntent,
    Source,
    Token,
    Transfer,
    TransferReversal,
    WebhookEndpoint,
)
from paydouble.providers.stripe.models.fallback import FallbackObject
from paydouble.providers.stripe.onboarding_page import ONBOARDING_PAGES
from paydouble.providers.stripe.operations import (
    accounts as account_operations,
)
from paydouble.providers.stripe.operations import (
    application_fees,
    balance,
    capabilities,
    charges,
    charges_legacy,
    customers,
    disputes,
    events,
    external_accounts,
    files,
    microdeposits,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    reviews,
    search,
    setup_intents,
    sources,
    tokens,
    transfers,
    v2_core,
    webhook_endpoints,
)
from paydouble.providers.stripe.settings import account_facts
from paydouble.providers.stripe.versions import NEWEST
from paydouble.providers.stripe.wire import V1Wire
from paydouble.providers.stripe.wire_v2 import V2Wire, claims
from paydouble.providers.stripe.words import WORDS

HOSTS = (
    "api.stripe.com",
    "files.stripe.com",
    "connect.stripe.com",
    "meter-events.stripe.com",
    "hooks.stripe.com",
)

V2 = "v2"

RETRY_DELAYS = (Duration(5 * MINUTE), Duration(30 * MINUTE), Duration(2 * HOUR))
"""In test mode three retries over a few hours; Stripe publishes no more than that (unverified)."""
ANSWER_TIMEOUT = Duration(30 * SECOND)
"""Unpublished; the Stripe CLI waits as long."""

OPERATIONS: tuple[Operation, ...] = (
    *payment_intents.OPERATIONS,
    *customers.OPERATIONS,
    *setup_intents.OPERATIONS,
    *payment_methods.OPERATIONS,
    *tokens.OPERATIONS,
    *charges.OPERATIONS,
    *refunds.OPERATIONS,
    *disputes.OPERATIONS,
    *payouts.OPERATIONS,
    *events.OPERATIONS,
    *webhook_endpoints.OPERATIONS,
    *balance.OPERATIONS,
    *billing.OPERATIONS,
    *account_operations.OPERATIONS,
    *capabilities.OPERATIONS,
    *external_accounts.OPERATIONS,
    *transfers.OPERATIONS,
    *application_fees.OPERATIONS,
    *charges_legacy.OPERATIONS,
    *sources.OPERATIONS,
    *reviews.OPERATIONS,
    *microdeposits.OPERATIONS,
    *search.OPERATIONS,
    *files.OPERATIONS,
    *v2_core.OPERATIONS,
)

RECORDS: tuple[type[Record], ...] = (
    PaymentIntent, Charge, Refund, SetupIntent, SetupAttempt, Mandate, Customer, PaymentMethod, Token,
    ConfirmationToken, Dispute, EarlyFraudWarning, Payout, PayoutTurn, Release, BalanceTransaction,
    WebhookEndpoint, Account, AccountLink, Transfer, TransferReversal, ApplicationFee, FeeRefund,
    Review, Source, File, FileLink,
    EventDestination, FallbackObject,
    *billing.RECORDS,
)  # fmt: skip


def build(settings: Mapping[str, str] | None = None) -> Provider:
    """With the settings of `paydouble.providers.stripe.settings`. Raises ValueError for others."""
    settings = settings or {}
    facts = account_facts(settings)
    timeout = parse_duration(settings["webhook_timeout"]) if "webhook_timeout" in settings else ANSWER_TIMEOUT
    stateless = settings.get("stateless") == "on"
    v1 = V1Wire(facts.get("api_version", NEWEST), stateless=stateless)
    return Provider(
        name=PROVIDER,
        hosts=HOSTS,
        apis=(
            Api(name=API, wire=v1, claims=_not_v2, version=NEWEST),
            Api(name=V2, wire=V2Wire(v1), claims=claims),
        ),
        operations=_operations(settings, stateless=stateless),
        acts=(*later.ACTS, *ACTS, *billing.ACTS),
        machines=(PAYMENT_INTENT, SETUP_INTENT, REFUND, DISPUTE, PAYOUT, *billing.MACHINES),
        records=RECORDS,
        errors=(Errors,),
        roles=ErrorRoles(
            unknown_route=unknown_url,
            wrong_method=unknown_url,
            broken_contract=broken_contract,
            internal=Errors.INTERNAL,
            too_large=Errors.REQUEST_TOO_LARGE,
            routes_first=False,
        ),
        merchant=partial(accounts.merchant, facts=facts),
        credentials=accounts.credentials,
        subscribe=accounts.subscribe,
        endpoints=accounts.endpoints,
        event_id=_event_id,
        retries=RetrySchedule(RETRY_DELAYS, timeout),
        words=WORDS,
        complete=completed,
        reaches=no_accounts if stateless else connect.reaches,
        pages=(*PAGES, *billing.PAGES, *ONBOARDING_PAGES, *files.FILE_PAGES),
        loose_types=True,
    )


def _operations(settings: Mapping[str, str], *, stateless: bool) -> tuple[Operation, ...]:
    """With those of the document that `fallback_spec` names. Raises ValueError where it is none."""
    path = settings.get("fallback_spec", "")
    if not path:
        if stateless:
            raise ValueError("stripe setting stateless: it needs fallback_spec, Stripe's OpenAPI document")
        return OPERATIONS
    from pathlib import Path

    from paydouble.providers.stripe import fallback
    from paydouble.providers.stripe.fallback_document import Document

    made = fallback.operations(Document.of(Path(path)), OPERATIONS, stateless=stateless)
    return made if stateless else (*OPERATIONS, *made)


def _not_v2(request: HttpRequest) -> bool:
    return not claims(request)


def _event_id(ids: Ids) -> str:
    return prefixed(ids, "evt_3", 23)
