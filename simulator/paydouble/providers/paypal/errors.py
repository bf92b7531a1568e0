"""Errors that belong to no single issue: classes of errors, OAuth's, and what a broken contract is called.

https://developer.paypal.com/api/rest/responses/
"""

# ruff: noqa: E501  the table is as wide as its rows
from __future__ import annotations

from collections.abc import Mapping, Sequence

from paydouble.core.errors import ErrorTable, Fault, ProviderError
from paydouble.core.operation import Operation
from paydouble.core.provider import Violation
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors

OAUTH = {"style": "oauth"}
WHOLE = {"style": "whole"}
"""The code is the name itself, and there are no details but those of the call."""
V1 = {"style": "v1"}

# fmt: off
NAMES = {
    400: ("INVALID_REQUEST",        "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: ("AUTHENTICATION_FAILURE", "Authentication failed due to missing authorization header, or invalid authentication credentials."),
    403: ("NOT_AUTHORIZED",         "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND",     "The specified resource does not exist."),
    409: ("RESOURCE_CONFLICT",      "The server has detected a conflict while processing this request."),
    422: ("UNPROCESSABLE_ENTITY",   "The requested action could not be performed, semantically incorrect, or failed business validation."),
}
"""Status → name and message of an error that an issue details."""


class Errors(ErrorTable):
    """Of the platform, on any of its APIs."""

    INVALID_CLIENT = ("invalid_client", 401, Fault.UNAUTHENTICATED, "Client Authentication failed", (), OAUTH)
    UNSUPPORTED_GRANT_TYPE = ("unsupported_grant_type", 400, Fault.VALIDATION, "unsupported grant_type", (), OAUTH)
    GRANT_TYPE_NULL = ("unsupported_grant_type", 400, Fault.VALIDATION, "Grant Type is NULL", (), OAUTH)
    INVALID_GRANT = ("invalid_grant", 400, Fault.VALIDATION, "Invalid refresh token", (), OAUTH)
    INVALID_OAUTH_REQUEST = ("invalid_request", 400, Fault.VALIDATION, "Malformed request", (), OAUTH)
    TOKEN_FORGED = ("invalid_token", 401, Fault.SIGNATURE_REJECTED, "Token signature verification failed", (), OAUTH)
    TOKEN_EXPIRED = ("invalid_token", 401, Fault.TOKEN_EXPIRED, "The token passed in was not found in the system", (), OAUTH)
    AUTHENTICATION_FAILURE = ("AUTHENTICATION_FAILURE", 401, Fault.UNAUTHENTICATED, NAMES[401][1], (), WHOLE)
    NOT_AUTHORIZED = ("NOT_AUTHORIZED", 403, Fault.FORBIDDEN, NAMES[403][1], (), WHOLE)
    RESOURCE_NOT_FOUND = ("RESOURCE_NOT_FOUND", 404, Fault.NOT_FOUND, NAMES[404][1], (), WHOLE)
    UNSUPPORTED_MEDIA_TYPE = ("UNSUPPORTED_MEDIA_TYPE", 415, Fault.VALIDATION, "The server does not support the request payload's media type.", (), WHOLE)
    TOO_LARGE = ("REQUEST_ENTITY_TOO_LARGE", 413, Fault.VALIDATION, "The request is too large.", (), WHOLE)
    RATE_LIMIT_REACHED = ("RATE_LIMIT_REACHED", 429, Fault.RATE_LIMITED, "Too many requests. Blocked due to rate limiting.", (), WHOLE)
    INTERNAL_SERVER_ERROR = ("INTERNAL_SERVER_ERROR", 500, Fault.INTERNAL, "An internal server error occurred.", (), WHOLE)
    INTERNAL_SERVICE_ERROR = ("INTERNAL_SERVICE_ERROR", 500, Fault.INTERNAL, "An internal service error has occurred.", (), WHOLE)
    SERVICE_UNAVAILABLE = ("SERVICE_UNAVAILABLE", 503, Fault.UNAVAILABLE, "Service Unavailable.", (), WHOLE)
    MALFORMED_REQUEST = ("MALFORMED_REQUEST", 400, Fault.VALIDATION, "The request JSON is not well formed.", (), V1)
    VALIDATION_ERROR = ("VALIDATION_ERROR", 400, Fault.VALIDATION, "Invalid data provided", (), V1)
    INVALID_RESOURCE_ID = ("INVALID_RESOURCE_ID", 404, Fault.NOT_FOUND, "The requested resource ID was not found", (), V1)
    WEBHOOK_NUMBER_LIMIT_EXCEEDED = ("WEBHOOK_NUMBER_LIMIT_EXCEEDED", 400, Fault.VALIDATION, "The webhook number limit has been exceeded.", (), V1)
    WEBHOOK_URL_ALREADY_EXISTS = ("WEBHOOK_URL_ALREADY_EXISTS", 400, Fault.VALIDATION, "Webhook URL already exists", (), V1)
    DUPLICATE_REQUEST_ID = ("DUPLICATE_REQUEST_ID", 400, Fault.IDEMPOTENCY_MISMATCH, "The value of PayPal-Request-Id header has already been used", (), V1)
# fmt: on


class PayoutErrors(ErrorTable):
    """Of payouts; statuses and messages beyond the two best known ones are unverified."""

    INSUFFICIENT_FUNDS = ("INSUFFICIENT_FUNDS", 422, Fault.DECLINED, "Sender does not have sufficient funds. Please add funds and retry.", ("seller_balance_low", "insufficient_funds"), V1)
    USER_BUSINESS_ERROR = ("USER_BUSINESS_ERROR", 400, Fault.CONFLICT, "User business error.", ("duplicate_ref",), V1)
    SENDER_RESTRICTED = ("SENDER_RESTRICTED", 403, Fault.FORBIDDEN, "The sender's account is restricted.", ("account_frozen",), V1)
    SENDER_EMAIL_UNCONFIRMED = ("SENDER_EMAIL_UNCONFIRMED", 403, Fault.FORBIDDEN, "The sender's email address is not confirmed.", (), V1)
    SENDER_LOCKED = ("SENDER_LOCKED", 403, Fault.FORBIDDEN, "The sender's account is locked.", (), V1)
    AUTHORIZATION_ERROR = ("AUTHORIZATION_ERROR", 403, Fault.FORBIDDEN, "Authorization error occurred", (), V1)
    REQUIRED_SCOPE_MISSING = ("REQUIRED_SCOPE_MISSING", 403, Fault.FORBIDDEN, "Access token does not have required scope.", (), V1)
    CIP_NOT_VERIFIED = ("CIP_NOT_VERIFIED", 403, Fault.FORBIDDEN, "The sender's identity is not verified.", (), V1)
    INTERNAL_ERROR = ("INTERNAL_ERROR", 500, Fault.INTERNAL, "An internal service error has occurred", (), V1)
    NON_HOLDING_CURRENCY = ("NON_HOLDING_CURRENCY", 400, Fault.VALIDATION, "The sender does not hold this currency.", (), V1)
    RATE_LIMIT_VALIDATION = ("RATE_LIMIT_VALIDATION", 429, Fault.RATE_LIMITED, "Too many requests.", (), V1)
    REQUEST_TIMEOUT_EXCEEDED = ("REQUEST_TIMEOUT_EXCEEDED", 504, Fault.UNAVAILABLE, "The request took too long.", (), V1)
    SYNC_MODE_NOT_APPLICABLE = ("SYNC_MODE_NOT_APPLICABLE", 400, Fault.VALIDATION, "Synchronous mode is not available.", (), V1)
    PREVIOUS_REQUEST_IN_PROGRESS = ("PREVIOUS_REQUEST_IN_PROGRESS", 409, Fault.BUSY, "A previous request is still in progress.", (), V1)
    BATCH_NOT_COMPLETED = ("BATCH_NOT_COMPLETED", 400, Fault.CONFLICT, "The batch is not completed.", (), V1)
    ITEM_ALREADY_CANCELLED = ("ITEM_ALREADY_CANCELLED", 400, Fault.CONFLICT, "The item is cancelled already.", (), V1)
    ITEM_CANCELLATION_FAILED = ("ITEM_CANCELLATION_FAILED", 400, Fault.CONFLICT, "The item could not be cancelled.", (), V1)
    ITEM_INCORRECT_STATUS = ("ITEM_INCORRECT_STATUS", 400, Fault.CONFLICT, "Only an unclaimed item can be cancelled.", (), V1)


class VaultErrors(ErrorTable):
    """Of the vault; what it says of setup tokens that cannot be used differs between editions (unverified)."""

    INVALID_RESOURCE_ID = ("INVALID_RESOURCE_ID", 404, Fault.NOT_FOUND, "Specified resource ID does not exist. Please check the resource ID and try again.")
    SETUP_TOKEN_NOT_APPROVED = ("SETUP_TOKEN_NOT_APPROVED", 422, Fault.VALIDATION, "The setup token is not approved by the payer.")
    SETUP_TOKEN_USED = ("SETUP_TOKEN_USED", 422, Fault.VALIDATION, "The setup token was used before.")
    PAYPAL_REQUEST_ID_PREVIOUSLY_USED = ("PAYPAL_REQUEST_ID_PREVIOUSLY_USED", 422, Fault.IDEMPOTENCY_MISMATCH, "The idempotency key was used with another request.")
    PREVIOUS_REQUEST_IN_PROGRESS = ("PREVIOUS_REQUEST_IN_PROGRESS", 409, Fault.CONFLICT, "A previous request on this resource is currently in progress.")


class ReportErrors(ErrorTable):
    """Of transaction search."""

    INVALID_REQUEST = ("INVALID_REQUEST", 400, Fault.VALIDATION, NAMES[400][1], (), WHOLE)
    RESULTSET_TOO_LARGE = ("RESULTSET_TOO_LARGE", 400, Fault.VALIDATION, "Result set size is greater than the maximum limit. Change the filter criteria and try again.", (), WHOLE)


class PartnerErrors(ErrorTable):
    """Of the invitation of sellers (unverified)."""

    DUPLICATE_TRACKING_ID = ("DUPLICATE_TRACKING_ID", 422, Fault.CONFLICT, "A seller with this tracking ID is connected already.")


COMMON: tuple[ErrorTable, ...] = (
    Errors.AUTHENTICATION_FAILURE, Errors.TOKEN_FORGED, Errors.TOKEN_EXPIRED, Errors.NOT_AUTHORIZED,
    Errors.RESOURCE_NOT_FOUND, Errors.UNSUPPORTED_MEDIA_TYPE, Errors.RATE_LIMIT_REACHED,
    Errors.INTERNAL_SERVER_ERROR, Errors.SERVICE_UNAVAILABLE,
)
ORDERS, PAYMENTS, OAUTH_API, WEBHOOKS = "orders.v2", "payments.v2", "oauth2.v1", "webhooks.v1"
VAULT, PAYOUTS = "vault.v3", "payouts.v1"
CATALOG, BILLING = "catalogs.v1", "billing.v1"
DISPUTES, REPORTING = "disputes.v1", "reporting.v1"
INVOICING, CLASSIC = "invoicing.v2", "payments.v1"
REFERRALS, PARTNERS, RELEASES = "referrals.v2", "partners.v1", "referenced-payouts.v1"


_ISSUES = {
    "required": "MISSING_REQUIRED_PARAMETER", "minLength": "INVALID_STRING_LENGTH",
    "maxLength": "INVALID_STRING_MAX_LENGTH", "minItems": "INVALID_ARRAY_MIN_ITEMS",
    "maxItems": "INVALID_ARRAY_MAX_ITEMS", "enum": "INVALID_PARAMETER_VALUE", "const": "INVALID_PARAMETER_VALUE",
}
_INTEGERS = {"minimum": "INVALID_INTEGER_MIN_VALUE", "maximum": "INVALID_INTEGER_MAX_VALUE"}
_BILLING_ISSUES = _ISSUES | _INTEGERS | {"minLength": "INVALID_STRING_MIN_LENGTH"}
_ISSUE_NAMES = {CATALOG: _BILLING_ISSUES, BILLING: _BILLING_ISSUES, INVOICING: _ISSUES | _INTEGERS}
_ISSUE_TABLES: Mapping[str, type[ErrorTable]] = {
    ORDERS: OrderErrors, PAYMENTS: PaymentErrors, VAULT: OrderErrors, CATALOG: BillingErrors,
    BILLING: BillingErrors, INVOICING: InvoiceErrors,
}
"""The APIs that name an issue for each broken rule; the others tell a sentence."""
PATCHES = "patches"
"""The name under which params hold a body that is an array."""


def broken_contract(operation: Operation, violations: Sequence[Violation]) -> ProviderError:
    """Every violation is told, under the row of the first one."""
    api = operation.routes[0].api
    if api == OAUTH_API:
        return Errors.GRANT_TYPE_NULL()
    if api not in _ISSUE_TABLES:
        found = [{"field": _field(one), "location": _place(operation, one), "issue": _sentence(one)} for one in violations]
        return (ReportErrors.INVALID_REQUEST if api == REPORTING else Errors.VALIDATION_ERROR)(details=found)
    issues = _ISSUE_NAMES.get(api, _ISSUES)
    rows = [issue_row(api, issues.get(one.keyword, "INVALID_PARAMETER_SYNTAX")) for one in violations]
    return rows[0](details=[_detail(operation, one, row) for one, row in zip(violations, rows, strict=True)])


def issue_row(api: str, issue: str) -> ErrorTable:
    """KeyError for an issue that this API does not have."""
    return _ISSUE_TABLES[api][issue]


def _detail(operation: Operation, one: Violation, row: ErrorTable) -> dict[str, object]:
    shown = one.value if isinstance(one.value, (str, int, float)) and one.keyword != "required" else ""
    return {
        "field": _field(one), "value": str(shown), "location": _place(operation, one),
        "issue": row.code, "description": row.message,
    }


def _field(one: Violation) -> str:
    return one.pointer.removeprefix(f"/{PATCHES}") or "/"


def _place(operation: Operation, one: Violation) -> str:
    name = one.pointer.split("/")[1] if one.pointer else ""
    route = operation.routes[0]
    if f"{{{name}}}" in route.path:
        return "path"
    return "query" if route.method in ("GET", "DELETE") else "body"


def _sentence(one: Violation) -> str:
    return {
        "required": "Required field is missing", "type": "Value is of wrong type",
        "enum": "Value is not allowed", "maxLength": "Value is too long", "minLength": "Value is too short",
    }.get(one.keyword, "Value is invalid")
