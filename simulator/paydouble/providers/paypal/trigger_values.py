"""Values of fields and ids by which the sandbox is asked for an error: which, where, and what is answered.

https://developer.paypal.com/tools/sandbox/negative-testing/request-headers/
"""

# ruff: noqa: E501  the tables are as wide as their rows
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from paydouble.core.errors import ErrorTable
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.dispute_errors import DisputeErrors
from paydouble.providers.paypal.errors import Errors, PayoutErrors
from paydouble.providers.paypal.invoice_errors import InvoiceErrors

Rows = Mapping[str, ErrorTable]

# fmt: off
PAYOUT_NOTES: Rows = {
    "ERRPYO001": PayoutErrors.SENDER_RESTRICTED,
    "ERRPYO002": PayoutErrors.SENDER_EMAIL_UNCONFIRMED,
    "ERRPYO003": PayoutErrors.AUTHORIZATION_ERROR,
    "ERRPYO005": PayoutErrors.INSUFFICIENT_FUNDS,
    "ERRPYO006": PayoutErrors.INTERNAL_ERROR,
    "ERRPYO010": Errors.VALIDATION_ERROR,
    "ERRPYO011": PayoutErrors.REQUIRED_SCOPE_MISSING,
    "ERRPYO012": PayoutErrors.SENDER_LOCKED,
    "ERRPYO013": Errors.VALIDATION_ERROR,
    "ERRPYO014": PayoutErrors.USER_BUSINESS_ERROR,
    "ERRPYO035": PayoutErrors.RATE_LIMIT_VALIDATION,
    "ERRPYO036": PayoutErrors.REQUEST_TIMEOUT_EXCEEDED,
    "ERRPYO037": PayoutErrors.SYNC_MODE_NOT_APPLICABLE,
    "ERRPYO038": PayoutErrors.NON_HOLDING_CURRENCY,
    "ERRPYO039": PayoutErrors.PREVIOUS_REQUEST_IN_PROGRESS,
    "ERRPYO040": PayoutErrors.CIP_NOT_VERIFIED,
}
"""The note of a batch's first item, or the number of the batch → what creating it is answered."""
SHOWN_BATCHES: Rows = {"ERRPYO032": Errors.INVALID_RESOURCE_ID, "ERRPYO033": PayoutErrors.INTERNAL_ERROR}
SHOWN_ITEMS: Rows = {"ERRPYO057": Errors.INVALID_RESOURCE_ID, "ERRPYO058": PayoutErrors.INTERNAL_ERROR}
CANCELLED_ITEMS: Rows = {
    "ERRPOI001": Errors.INVALID_RESOURCE_ID,
    "ERRPYO004": PayoutErrors.BATCH_NOT_COMPLETED,
    "ERRPYO007": PayoutErrors.ITEM_ALREADY_CANCELLED,
    "ERRPYO008": PayoutErrors.ITEM_CANCELLATION_FAILED,
    "ERRPYO009": PayoutErrors.ITEM_INCORRECT_STATUS,
}

CLASSES: Mapping[str, ErrorTable] = {
    "E": Errors.INTERNAL_SERVER_ERROR, "A": Errors.NOT_AUTHORIZED, "N": Errors.RESOURCE_NOT_FOUND,
    "R": BillingErrors.INVALID_REQUEST, "U": BillingErrors.UNPROCESSABLE_ENTITY,
}
BILLING: Sequence[tuple[str, str, str, int, str]] = (
    ("products.create",               "name",           "ERRCAT",  1, "EARRU"),
    ("products.list",                 "total_required", "ERRCAT",  6, "EA"),
    ("products.get",                  "product_id",     "ERRCAT",  8, "EAN"),
    ("products.patch",                "product_id",     "ERRSUB", 11, "EARU"),
    ("plans.create",                  "name",           "ERRSUB",  1, "EARU"),
    ("plans.list",                    "total_required", "ERRSUB",  5, "EAR"),
    ("plans.get",                     "id",             "ERRSUB",  8, "EAN"),
    ("plans.patch",                   "id",             "ERRSUB", 11, "EANR"),
    ("plans.activate",                "id",             "ERRSUB", 15, "EANU"),
    ("plans.deactivate",              "id",             "ERRSUB", 19, "EANU"),
    ("plans.update-pricing-schemes",  "id",             "ERRSUB", 23, "EARNUUUUU"),
    ("subscriptions.create",          "plan_id",        "ERRSUB", 32, "EARRRRRUU"),
    ("subscriptions.get",             "id",             "ERRSUB", 44, "EAN"),
    ("subscriptions.patch",           "id",             "ERRSUB", 47, "EANRUU"),
    ("subscriptions.revise",          "id",             "ERRSUB", 53, "EARU"),
    ("subscriptions.suspend",         "id",             "ERRSUB", 59, "EARU"),
    ("subscriptions.cancel",          "id",             "ERRSUB", 63, "EAN"),
    ("subscriptions.activate",        "id",             "ERRSUB", 66, "EANUU"),
    ("subscriptions.capture",         "id",             "ERRSUB", 71, "EANRR"),
    ("subscriptions.transactions",    "id",             "ERRSUB", 76, "E"),
)
"""Operation, the field that is looked at, how its values begin, the first number, and a class for each."""

DISPUTE_ROWS: tuple[ErrorTable, ...] = (
    DisputeErrors.FORBIDDEN, DisputeErrors.INVALID_RESOURCE_ID, DisputeErrors.NOT_ACCEPTABLE,
    Errors.UNSUPPORTED_MEDIA_TYPE, Errors.RATE_LIMIT_REACHED, Errors.SERVICE_UNAVAILABLE,
    Errors.INTERNAL_SERVICE_ERROR, DisputeErrors.AUTHORIZATION_ERROR,
)
_U, _V = DisputeErrors.UNPROCESSABLE_ENTITY, Errors.VALIDATION_ERROR
DISPUTES: Sequence[tuple[str, str, int, tuple[ErrorTable, ...]]] = (
    ("disputes.get",                     "id",                       15, ()),
    ("disputes.list",                    "disputed_transaction_id",  23, (_V,) * 4),
    ("disputes.provide-evidence",        "id",                       35, (_U, *(_V,) * 7)),
    ("disputes.accept-claim",            "id",                       51, (_U, *(_V,) * 5, _U)),
    ("disputes.appeal",                  "id",                       66, (_U, *(_V,) * 7)),
    ("disputes.escalate",                "id",                       82, (_U,)),
    ("disputes.send-message",            "id",                       91, (_U,)),
    ("disputes.make-offer",              "id",                      100, (_U,)),
    ("disputes.acknowledge-return-item", "id",                      109, (_U,)),
)
"""Operation, the field, the first number, and the rows after the eight that all begin with."""

_I = InvoiceErrors
_E, _A, _N, _R = (CLASSES[letter] for letter in "EANR")
_FORBIDDEN = (_E, Errors.NOT_AUTHORIZED, Errors.AUTHENTICATION_FAILURE, _N)
_BODY = (_E, _A, Errors.UNSUPPORTED_MEDIA_TYPE, _R, _R, _R)
INVOICES: Sequence[tuple[str, str, str, int, tuple[ErrorTable, ...]]] = (
    ("invoices.create",                         "detail.reference", "ERRINV",               1, _BODY),
    ("invoices.get",                            "invoice_id",       "INV2-ABCD-1234-EINV-", 7, _FORBIDDEN),
    ("invoices.send",                           "invoice_id",       "INV2-ABCD-1234-EINV-", 11, (*_FORBIDDEN, _I.CANT_SEND_INVOICE)),
    ("invoices.send",                           "invoice_id",       "INV2-ABCD-1234-EINV-", 30, (_I.INVOICE_ALREADY_SENT,)),
    ("invoices.remind",                         "invoice_id",       "INV2-ABCD-1234-EINV-", 17, (*_FORBIDDEN, _I.CANNOT_REMIND_INVOICE, _I.CANNOT_REMIND_INVOICE)),
    ("invoices.cancel",                         "invoice_id",       "INV2-ABCD-1234-EINV-", 24, (*_FORBIDDEN, _I.CANNOT_CANCEL_DRAFT_INVOICE)),
    ("invoices.payments",                       "invoice_id",       "INV2-ABCD-1234-EINV-", 31, (*_FORBIDDEN, _I.CANNOT_PROCESS_PAYMENTS, _I.PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE)),
    ("invoices.payments-delete",                "transaction_id",   "EXT-ABCDEFGHERRINV",   38, (*_FORBIDDEN, _I.CANNOT_DELETE_EXTERNAL_PAYMENT)),
    ("invoices.refunds",                        "invoice_id",       "INV2-ABCD-1234-EINV-", 43, (*_FORBIDDEN, _I.CANNOT_PROCESS_REFUNDS, _I.INVALID_REFUND_AMOUNT)),
    ("invoices.refunds-delete",                 "transaction_id",   "EXT-ABCDEFGHERRINV",   50, (*_FORBIDDEN, _I.CANNOT_PROCESS_REFUNDS)),
    ("invoices.delete",                         "invoice_id",       "INV2-ABCD-1234-EINV-", 55, _FORBIDDEN),
    ("invoices.update",                         "invoice_id",       "INV2-ABCD-1234-EINV-", 60, _BODY),
    ("invoicing.generate-next-invoice-number",  "reference",        "ERRINV",               66, (_E, _A)),
    ("invoices.search-invoices",                "reference",        "ERRINV",               68, (_E, _A, _R)),
)
"""Operation, the field, how its values begin, the first number, and the rows. Values for success are not known."""
# fmt: on


def _invoices() -> Mapping[str, tuple[str, Rows]]:
    found: dict[str, tuple[str, dict[str, ErrorTable]]] = {}
    for operation, field, prefix, first, rows in INVOICES:
        digits = 4 if prefix.startswith("INV2") else 3
        values = {f"{prefix}{number:0{digits}}": row for number, row in enumerate(rows, first)}
        found.setdefault(operation, (field, {}))[1].update(values)
    return found


def _numbered(prefix: str, first: int, rows: Iterable[ErrorTable]) -> Rows:
    return {f"{prefix}{number:03}": row for number, row in enumerate(rows, first)}


TRIGGERS: Mapping[str, tuple[str, Rows]] = {
    **{
        operation: (field, _numbered(prefix, first, (CLASSES[letter] for letter in letters)))
        for operation, field, prefix, first, letters in BILLING
    },
    **{
        operation: (field, _numbered("ERRDIS", first, (*DISPUTE_ROWS, *extra)))
        for operation, field, first, extra in DISPUTES
    },
    **_invoices(),
    "payouts.get": ("id", SHOWN_BATCHES),
    "payouts-item.get": ("payout_item_id", SHOWN_ITEMS),
    "payouts-item.cancel": ("payout_item_id", CANCELLED_ITEMS),
}
"""Operation → the field that is looked at, a dot before one inside, and what its values are answered."""
