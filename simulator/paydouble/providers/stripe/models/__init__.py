"""The records of the Stripe simulator: a superset of all versions, each shown as the newest one does."""

from __future__ import annotations

from paydouble.providers.stripe.models.account_links import AccountLink
from paydouble.providers.stripe.models.balance import BalanceTransaction, Release
from paydouble.providers.stripe.models.charges import Charge
from paydouble.providers.stripe.models.connect import Account
from paydouble.providers.stripe.models.customers import Customer
from paydouble.providers.stripe.models.disputes import Dispute, EarlyFraudWarning
from paydouble.providers.stripe.models.event_destinations import EventDestination
from paydouble.providers.stripe.models.files import File, FileLink
from paydouble.providers.stripe.models.payment_intents import PaymentIntent
from paydouble.providers.stripe.models.payment_methods import PaymentMethod
from paydouble.providers.stripe.models.payouts import Payout, PayoutTurn
from paydouble.providers.stripe.models.refunds import Refund
from paydouble.providers.stripe.models.reviews import Review
from paydouble.providers.stripe.models.setup_intents import Mandate, SetupAttempt, SetupIntent
from paydouble.providers.stripe.models.shapes import Json, Owned, order_ref
from paydouble.providers.stripe.models.sources import Source
from paydouble.providers.stripe.models.tokens import ConfirmationToken, Token
from paydouble.providers.stripe.models.transfers import (
    ApplicationFee,
    FeeRefund,
    Transfer,
    TransferReversal,
)
from paydouble.providers.stripe.models.webhook_endpoints import WebhookEndpoint

__all__ = [
    "Account",
    "AccountLink",
    "ApplicationFee",
    "BalanceTransaction",
    "Charge",
    "ConfirmationToken",
    "Customer",
    "Dispute",
    "EarlyFraudWarning",
    "EventDestination",
    "FeeRefund",
    "File",
    "FileLink",
    "Json",
    "Mandate",
    "Owned",
    "PaymentIntent",
    "PaymentMethod",
    "Payout",
    "PayoutTurn",
    "Refund",
    "Release",
    "Review",
    "SetupAttempt",
    "SetupIntent",
    "Source",
    "Token",
    "Transfer",
    "TransferReversal",
    "WebhookEndpoint",
    "order_ref",
]
