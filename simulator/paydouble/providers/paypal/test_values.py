"""PayPal's documented ways to ask the sandbox for an error: a header, and values of some fields.

https://developer.paypal.com/tools/sandbox/negative-testing/request-headers/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.effect import EMPTY_PLAN, Never, Plan, Refuse
from paydouble.core.errors import ErrorTable
from paydouble.core.http import Envelope
from paydouble.core.operation import Operation
from paydouble.core.provider import Params
from paydouble.providers.paypal.errors import ORDERS, PAYMENTS, Errors, PayoutErrors
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors

HEADER, CODES = "PayPal-Mock-Response", "mock_application_codes"
CLASSES: Mapping[str, ErrorTable] = {
    "INTERNAL_SERVER_ERROR": Errors.INTERNAL_SERVER_ERROR,
    "INTERNAL_SERVICE_ERROR": Errors.INTERNAL_SERVICE_ERROR,
    "SERVICE_UNAVAILABLE": Errors.SERVICE_UNAVAILABLE,
    "RATE_LIMIT_REACHED": Errors.RATE_LIMIT_REACHED,
}
"""Codes of whole classes of errors, beside the issues of the API."""
TABLES: Mapping[str, tuple[type[ErrorTable], ...]] = {
    ORDERS: (OrderErrors,), PAYMENTS: (PaymentErrors, OrderErrors),
}
"""On which APIs the header is heard at all."""


# fmt: off
PAYOUT_NOTES: Mapping[str, ErrorTable] = {
    "ERRPYO001": PayoutErrors.SENDER_RESTRICTED,
    "ERRPYO002": PayoutErrors.SENDER_EMAIL_UNCONFIRMED,
    "ERRPYO003": PayoutErrors.AUTHORIZATION_ERROR,
    "ERRPYO005": PayoutErrors.INSUFFICIENT_FUNDS,
    "ERRPYO006": PayoutErrors.INTERNAL_ERROR,
    "ERRPYO010": Errors.VALIDATION_ERROR,
    "ERRPYO011": PayoutErrors.REQUIRED_SCOPE_MISSING,
    "ERRPYO012": PayoutErrors.SENDER_LOCKED,
    "ERRPYO014": PayoutErrors.USER_BUSINESS_ERROR,
    "ERRPYO035": PayoutErrors.RATE_LIMIT_VALIDATION,
    "ERRPYO036": PayoutErrors.REQUEST_TIMEOUT_EXCEEDED,
    "ERRPYO037": PayoutErrors.SYNC_MODE_NOT_APPLICABLE,
    "ERRPYO038": PayoutErrors.NON_HOLDING_CURRENCY,
    "ERRPYO039": PayoutErrors.PREVIOUS_REQUEST_IN_PROGRESS,
    "ERRPYO040": PayoutErrors.CIP_NOT_VERIFIED,
}
"""The note of a batch's first item → what creating it is answered."""
CANCELLED_ITEMS: Mapping[str, ErrorTable] = {
    "ERRPOI001": Errors.INVALID_RESOURCE_ID,
    "ERRPYO004": PayoutErrors.BATCH_NOT_COMPLETED,
    "ERRPYO007": PayoutErrors.ITEM_ALREADY_CANCELLED,
    "ERRPYO008": PayoutErrors.ITEM_CANCELLATION_FAILED,
    "ERRPYO009": PayoutErrors.ITEM_INCORRECT_STATUS,
}
"""The id of an item → what cancelling it is answered."""
# fmt: on


def test_values(envelope: Envelope, operation: Operation, params: Params) -> Plan:
    """What the request's fields ask for, else its header."""
    value, table = "", PAYOUT_NOTES
    if operation.id == "payouts.post":
        value = str(params["items"][0].get("note", ""))
    elif operation.id == "payouts-item.cancel":
        value, table = str(params["payout_item_id"]), CANCELLED_ITEMS
    row = table.get(value)
    if row is None:
        return _mocked(envelope, operation)
    return Plan(commit=Never(), answer=Refuse(row), because={"respond": value})


def _mocked(envelope: Envelope, operation: Operation) -> Plan:
    """The first code that is known is answered, and nothing is done; unknown ones are not heard."""
    header = envelope.request.headers.get(HEADER)
    if not header:
        return EMPTY_PLAN
    tables = TABLES.get(operation.routes[0].api, ())
    rows = (row for code in _codes(header) if tables and (row := _row(code, tables)) is not None)
    row = next(rows, None)
    if row is None:
        return EMPTY_PLAN
    return Plan(commit=Never(), answer=Refuse(row), because={"respond": f"{HEADER}: {row.code}"})


def _row(code: str, tables: tuple[type[ErrorTable], ...]) -> ErrorTable | None:
    named = CLASSES.get(code)
    if named is not None:
        return named
    return next((table[code] for table in tables if code in table.__members__), None)


def _codes(header: str) -> Iterator[str]:
    """Of JSON, plain or with its quotes escaped; one code or a list."""
    try:
        document: Any = json_bytes.loads(header.replace('\\"', '"'))
    except ValueError:
        return
    codes = document.get(CODES) if isinstance(document, dict) else None
    for code in codes if isinstance(codes, list) else [codes]:
        if isinstance(code, str):
            yield code
