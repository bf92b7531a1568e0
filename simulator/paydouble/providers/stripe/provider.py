"""The Stripe provider on one page (https://docs.stripe.com/api)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from paydouble.core.clock import HOUR, MINUTE, SECOND, Duration, parse_duration
from paydouble.core.http import HttpRequest
from paydouble.core.ids import Ids, prefixed
from paydouble.core.notification import RetrySchedule
from paydouble.core.operation import Operation
from paydouble.core.provider import Api, ErrorRoles, Provider
from paydouble.core.record import Record
from paydouble.providers.stripe import accounts
from paydouble.providers.stripe.acts import ACTS
from paydouble.providers.stripe.challenges import PAGES
from paydouble.providers.stripe.errors import Errors, broken_contract, unknown_url
from paydouble.providers.stripe.events import API, PROVIDER
from paydouble.providers.stripe.expand import expanded
from paydouble.providers.stripe.machines import DISPUTE, PAYMENT_INTENT, PAYOUT, REFUND, SETUP_INTENT
from paydouble.providers.stripe.models import (
    BalanceTransaction,
    Charge,
    ConfirmationToken,
    Customer,
    Dispute,
    EarlyFraudWarning,
    Mandate,
    PaymentIntent,
    PaymentMethod,
    Payout,
    PayoutTurn,
    Refund,
    Release,
    SetupAttempt,
    SetupIntent,
    Token,
    WebhookEndpoint,
)
from paydouble.providers.stripe.operations import (
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    tokens,
    webhook_endpoints,
)
from paydouble.providers.stripe.settings import account_facts
from paydouble.providers.stripe.versions import NEWEST
from paydouble.providers.stripe.wire import V1Wire
from paydouble.providers.stripe.words import WORDS

HOSTS = (
    "api.stripe.com",
    "files.stripe.com",
    "connect.stripe.com",
    "meter-events.stripe.com",
    "hooks.stripe.com",
)

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
)

RECORDS: tuple[type[Record], ...] = (
    PaymentIntent, Charge, Refund, SetupIntent, SetupAttempt, Mandate, Customer, PaymentMethod, Token,
    ConfirmationToken, Dispute, EarlyFraudWarning, Payout, PayoutTurn, Release, BalanceTransaction,
    WebhookEndpoint,
)  # fmt: skip


def build(settings: Mapping[str, str] | None = None) -> Provider:
    """With the settings of `paydouble.providers.stripe.settings`. Raises ValueError for others."""
    settings = settings or {}
    facts = account_facts(settings)
    timeout = parse_duration(settings["webhook_timeout"]) if "webhook_timeout" in settings else ANSWER_TIMEOUT
    return Provider(
        name=PROVIDER,
        hosts=HOSTS,
        apis=(Api(name=API, wire=V1Wire(facts.get("api_version", NEWEST)), claims=_any, version=NEWEST),),
        operations=OPERATIONS,
        acts=ACTS,
        machines=(PAYMENT_INTENT, SETUP_INTENT, REFUND, DISPUTE, PAYOUT),
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
        complete=expanded,
        pages=PAGES,
        loose_types=True,
    )


def _any(request: HttpRequest) -> bool:
    return True


def _event_id(ids: Ids) -> str:
    return prefixed(ids, "evt_3", 23)
