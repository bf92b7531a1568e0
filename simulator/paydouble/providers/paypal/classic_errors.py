"""What the classic Payments API refuses. Statuses beside 400 and some messages are unverified.

https://developer.paypal.com/docs/api/payments/v1/#errors
"""

# ruff: noqa: E501  the table is as wide as its rows
from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault

V1 = {"style": "v1"}


# fmt: off
class ClassicErrors(ErrorTable):
    """Code: the name of the error."""

    PAYMENT_NOT_APPROVED_FOR_EXECUTION = ("PAYMENT_NOT_APPROVED_FOR_EXECUTION", 400, Fault.VALIDATION, "Payer has not approved payment", (), V1)
    PAYMENT_ALREADY_DONE = ("PAYMENT_ALREADY_DONE", 400, Fault.CONFLICT, "Payment has been done already for this cart.", ("already_paid",), V1)
    PAYMENT_STATE_INVALID = ("PAYMENT_STATE_INVALID", 400, Fault.CONFLICT, "This request is invalid due to the current state of the payment", (), V1)
    INVALID_PAYER_ID = ("INVALID_PAYER_ID", 400, Fault.VALIDATION, "Payer ID is invalid", (), V1)
    INSTRUMENT_DECLINED = ("INSTRUMENT_DECLINED", 400, Fault.DECLINED, "The instrument presented  was either declined by the processor or bank, or it can't be used for this payment.", ("insufficient_funds", "do_not_honor"), V1)
    CREDIT_PAYMENT_NOT_ALLOWED = ("CREDIT_PAYMENT_NOT_ALLOWED", 400, Fault.DECLINED, "Credit payment not allowed", ("not_permitted",), V1)
    CREDIT_CARD_REFUSED = ("CREDIT_CARD_REFUSED", 400, Fault.DECLINED, "Credit card was refused.", (), V1)
    EXPIRED_CREDIT_CARD = ("EXPIRED_CREDIT_CARD", 400, Fault.DECLINED, "Credit card is expired", ("card_expired",), V1)
    CREDIT_CARD_CVV_CHECK_FAILED = ("CREDIT_CARD_CVV_CHECK_FAILED", 400, Fault.DECLINED, "The credit card CVV check failed.", ("wrong_cvc",), V1)
    TRANSACTION_REFUSED = ("TRANSACTION_REFUSED", 400, Fault.DECLINED, "The request was refused", ("fraud_suspected", "risk_review"), V1)
    PAYER_ACCOUNT_LOCKED_OR_CLOSED = ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", 400, Fault.DECLINED, "The account of the payer is locked or closed.", ("payer_closed", "account_frozen"), V1)
    TRANSACTION_LIMIT_EXCEEDED = ("TRANSACTION_LIMIT_EXCEEDED", 400, Fault.DECLINED, "Total payment amount exceeded transaction limit", ("limit_exceeded",), V1)
    TRANSACTION_ALREADY_REFUNDED = ("TRANSACTION_ALREADY_REFUNDED", 400, Fault.CONFLICT, "This transaction has already been fully refunded", (), V1)
    REFUND_EXCEEDED_TRANSACTION_AMOUNT = ("REFUND_EXCEEDED_TRANSACTION_AMOUNT", 400, Fault.VALIDATION, "Refund amount exceeded the amount of the transaction", (), V1)
    TRANSACTION_REFUSED_PARTIAL_REFUND = ("TRANSACTION_REFUSED_PARTIAL_REFUND", 400, Fault.VALIDATION, "Partial refund is not allowed for this transaction", (), V1)
    REFUND_TIME_LIMIT_EXCEEDED = ("REFUND_TIME_LIMIT_EXCEEDED", 400, Fault.VALIDATION, "This transaction is too old to refund", ("refund_window_over",), V1)
    REFUND_FAILED_INSUFFICIENT_FUNDS = ("REFUND_FAILED_INSUFFICIENT_FUNDS", 400, Fault.DECLINED, "The account has too little money for this refund.", ("seller_balance_low",), V1)
    AUTHORIZATION_VOIDED = ("AUTHORIZATION_VOIDED", 400, Fault.CONFLICT, "Authorization has been voided", (), V1)
    AUTHORIZATION_EXPIRED = ("AUTHORIZATION_EXPIRED", 400, Fault.CONFLICT, "Authorization has expired", ("expired",), V1)
    AUTHORIZATION_ALREADY_COMPLETED = ("AUTHORIZATION_ALREADY_COMPLETED", 400, Fault.CONFLICT, "Authorization has already been completed", (), V1)
    CAPTURE_AMOUNT_LIMIT_EXCEEDED = ("CAPTURE_AMOUNT_LIMIT_EXCEEDED", 400, Fault.VALIDATION, "Capture amount exceeds allowable limit", (), V1)
    AUTHORIZATION_AMOUNT_LIMIT_EXCEEDED = ("AUTHORIZATION_AMOUNT_LIMIT_EXCEEDED", 400, Fault.VALIDATION, "Authorization amount exceeded allowed order limit", (), V1)
    REAUTHORIZATION_TOO_SOON = ("CANNOT_REAUTH_INSIDE_HONOR_PERIOD", 400, Fault.CONFLICT, "A reauthorization is not allowed inside the honor period", (), V1)
    CANNOT_REAUTH_CHILD_AUTHORIZATION = ("CANNOT_REAUTH_CHILD_AUTHORIZATION", 400, Fault.CONFLICT, "Can only reauthorize the original authorization, not a reauthorization", (), V1)
    ORDER_ALREADY_COMPLETED = ("ORDER_ALREADY_COMPLETED", 400, Fault.CONFLICT, "Order is already voided, expired, or completed", (), V1)
    DUPLICATE_TRANSACTION = ("DUPLICATE_TRANSACTION", 400, Fault.CONFLICT, "Duplicate invoice Id detected.", ("duplicate_ref",), V1)
    CURRENCY_NOT_ALLOWED = ("CURRENCY_NOT_ALLOWED", 400, Fault.VALIDATION, "Currency of the transaction is not allowed", (), V1)
    CURRENCY_MISMATCH = ("CURRENCY_MISMATCH", 400, Fault.VALIDATION, "Currency of the transaction does not match that of the payment", (), V1)
    MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED = ("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", 400, Fault.DECLINED, "You have exceeded the maximum number of payment attempts for this token", (), V1)
    IN_PROGRESS = ("REQUEST_IN_PROGRESS", 409, Fault.CONFLICT, "A request with this PayPal-Request-Id is in progress.", (), V1)
# fmt: on
