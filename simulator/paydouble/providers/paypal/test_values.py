"""PayPal's documented ways to ask the sandbox for an error: a header, and values of some fields.

https://developer.paypal.com/tools/sandbox/negative-testing/request-headers/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.effect import EMPTY_PLAN, Never, Plan, Refuse, Say
from paydouble.core.errors import ErrorTable
from paydouble.core.http import Envelope
from paydouble.core.operation import Operation
from paydouble.core.provider import Params
from paydouble.providers.paypal import canned_payouts
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.errors import CLASSIC, ORDERS, PAYMENTS, Errors
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.trigger_values import PAYOUT_NOTES, TRIGGERS

HEADER, CODES = "PayPal-Mock-Response", "mock_application_codes"
VENMO_WITHOUT_NOTE = "ERRPYO013"
"""The only one that is looked for in the number of a batch."""
CLASSES: Mapping[str, ErrorTable] = {
    "INTERNAL_SERVER_ERROR": Errors.INTERNAL_SERVER_ERROR,
    "INTERNAL_SERVICE_ERROR": Errors.INTERNAL_SERVICE_ERROR,
    "SERVICE_UNAVAILABLE": Errors.SERVICE_UNAVAILABLE,
    "RATE_LIMIT_REACHED": Errors.RATE_LIMIT_REACHED,
}
"""Codes of whole classes of errors, beside the issues of the API."""
TABLES: Mapping[str, tuple[type[ErrorTable], ...]] = {
    ORDERS: (OrderErrors,), PAYMENTS: (PaymentErrors, OrderErrors), CLASSIC: (ClassicErrors, Errors),
}
"""On which APIs the header is heard at all."""
CLASSIC_MOCKED = ("payment.create", "payment.execute")
"""Of the classic API only these hear it."""


def test_values(envelope: Envelope, operation: Operation, params: Params) -> Plan:
    """What the request's fields and ids ask for, else its header."""
    field, table = TRIGGERS.get(operation.id, ("", {}))
    value = str(_at(params, field)) if field else ""
    if operation.id == "payouts.post":
        number = str(params["sender_batch_header"].get("sender_batch_id", ""))
        value, table = str(params["items"][0].get("note", "")), PAYOUT_NOTES
        value = number if number == VENMO_WITHOUT_NOTE else value
    row = table.get(value)
    if row is not None:
        return Plan(commit=Never(), answer=Refuse(row), because={"respond": value})
    canned = _canned(envelope, operation, params)
    return _mocked(envelope, operation) if canned is None else canned


def _at(params: Params, field: str) -> object:
    """The value of a field, or of one inside another."""
    name, _, inner = field.partition(".")
    value = params.get(name, "")
    return value.get(inner, "") if inner and isinstance(value, dict) else value


def _canned(envelope: Envelope, operation: Operation, params: Params) -> Plan | None:
    """What is shown for an id that the sandbox knows by heart; not page by page."""
    base = envelope.request.base_url
    body: Mapping[str, object] | None = None
    if operation.id == "payouts.get" and "page_size" not in params:
        body = canned_payouts.batch(str(params["id"]), base)
    elif operation.id == "payouts-item.get":
        body = canned_payouts.item(str(params["payout_item_id"]), base)
    elif operation.id == "payouts-item.cancel" and params["payout_item_id"] == canned_payouts.CANCELLED:
        body = canned_payouts.cancelled(base)
    if body is None:
        return None
    headers = (("Content-Type", "application/json"),)
    said = Say(200, headers, json_bytes.dumps(body))
    return Plan(commit=Never(), answer=said, because={"respond": "canned id"})


def _mocked(envelope: Envelope, operation: Operation) -> Plan:
    """The first code that is known is answered, and nothing is done; unknown ones are not heard."""
    header = envelope.request.headers.get(HEADER)
    if not header:
        return EMPTY_PLAN
    api = operation.routes[0].api
    heard = api != CLASSIC or operation.id in CLASSIC_MOCKED
    tables = TABLES.get(api, ()) if heard else ()
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
