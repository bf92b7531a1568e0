"""What invoices and their templates refuse: one row an issue, with the manual's own description.

https://developer.paypal.com/docs/api/invoicing/v2/
"""

# ruff: noqa: E501  the table is as wide as its rows
from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault


# fmt: off
class InvoiceErrors(ErrorTable):
    """Code: the issue, which some rows share and tell apart by their description."""

    INVALID_PARAMETER_SYNTAX = ("INVALID_PARAMETER_SYNTAX", 400, Fault.VALIDATION, "The value of a field does not conform to the expected format.")
    INVALID_PARAMETER_VALUE = ("INVALID_PARAMETER_VALUE", 400, Fault.VALIDATION, "The value of a field is invalid.")
    INVALID_INTEGER_MAX_VALUE = ("INVALID_INTEGER_MAX_VALUE", 400, Fault.VALIDATION, "Value exceeds max value.")
    INVALID_INTEGER_MIN_VALUE = ("INVALID_INTEGER_MIN_VALUE", 400, Fault.VALIDATION, "Value less than minimum value.")
    INVALID_ARRAY_MAX_ITEMS = ("INVALID_ARRAY_MAX_ITEMS", 400, Fault.VALIDATION, "The number of items in an array parameter is too large.")
    INVALID_ARRAY_MIN_ITEMS = ("INVALID_ARRAY_MIN_ITEMS", 400, Fault.VALIDATION, "The number of items in an array parameter is too small.")
    INVALID_STRING_LENGTH = ("INVALID_STRING_LENGTH", 400, Fault.VALIDATION, "The value of a field is either too short or too long.")
    INVALID_STRING_MAX_LENGTH = ("INVALID_STRING_MAX_LENGTH", 400, Fault.VALIDATION, "The value of a field is too long.")
    MISSING_REQUIRED_PARAMETER = ("MISSING_REQUIRED_PARAMETER", 400, Fault.VALIDATION, "A required field is missing.")
    INVALID_PAYMENT_METHOD = ("INVALID_PAYMENT_METHOD", 400, Fault.VALIDATION, "The value provided is not an acceptable method of payment.")
    INVALID_REFUND_METHOD = ("INVALID_REFUND_METHOD", 400, Fault.VALIDATION, "The value provided is not an acceptable method of refund.")
    NOT_SUPPORTED = ("NOT_SUPPORTED", 400, Fault.VALIDATION, "Currency code is not supported.")
    TEMPLATE_NAME_ALREADY_EXISTS = ("TEMPLATE_NAME_ALREADY_EXISTS", 400, Fault.VALIDATION, "Template name already exists.")
    MALFORMED_REQUEST_JSON = ("MALFORMED_REQUEST_JSON", 400, Fault.VALIDATION, "The request JSON is not well formed.")
    PERMISSION_DENIED = ("PERMISSION_DENIED", 403, Fault.FORBIDDEN, "The requested invoice is not associated with the requested user.")
    CANNOT_DELETE_GLOBAL_TEMPLATE = ("CANNOT_DELETE_GLOBAL_TEMPLATE", 403, Fault.FORBIDDEN, "Global templates cannot be deleted.")
    INVALID_RESOURCE_ID = ("INVALID_RESOURCE_ID", 404, Fault.NOT_FOUND, "The requested resource ID was not found.")
    CURRENCY_MISMATCH = ("CURRENCY_MISMATCH", 422, Fault.VALIDATION, "All amounts of an invoice must be in its currency.")
    NEGATIVE_TOTAL = ("INVALID_TOTAL_AMOUNT", 422, Fault.VALIDATION, "The total amount of the invoice cannot be negative.")
    DUE_DATE_BEFORE_INVOICE_DATE = ("INVALID_DUE_DATE", 422, Fault.VALIDATION, "The due date is before the invoice date.")
    DUPLICATE_INVOICE_NUMBER = ("DUPLICATE_INVOICE_NUMBER", 422, Fault.CONFLICT, "Invoice number already exists.")
    INVOICE_ALREADY_SENT = ("INVOICE_ALREADY_SENT", 422, Fault.CONFLICT, "The invoice has already been sent.")
    CANT_SEND_INVOICE = ("CANT_SEND_INVOICE", 422, Fault.CONFLICT, "Only a draft invoice can be sent.")
    CANNOT_REMIND_INVOICE = ("CANNOT_REMIND_INVOICE", 422, Fault.CONFLICT, "You cannot remind an invoice which is in DRAFT status. Only UNPAID, SENT and PARTIALLY_PAID invoices can be reminded.")
    CANNOT_UPDATE_INVOICE = ("CANNOT_UPDATE_INVOICE", 422, Fault.CONFLICT, "The invoice can no longer be changed.")
    CANNOT_DELETE_INVOICE = ("CANNOT_DELETE_INVOICE", 422, Fault.CONFLICT, "Only draft and scheduled invoices can be deleted.")
    CANNOT_CANCEL_DRAFT_INVOICE = ("CANNOT_CANCEL_DRAFT_INVOICE", 422, Fault.CONFLICT, "Draft invoice cannot be canceled.")
    CANNOT_CANCEL_PAID_INVOICE = ("CANNOT_CANCEL_PAID_INVOICE", 422, Fault.CONFLICT, "Cannot cancel a paid or partially paid invoice.")
    CANNOT_CANCEL_REFUNDED_INVOICE = ("CANNOT_CANCEL_REFUNDED_INVOICE", 422, Fault.CONFLICT, "Cannot cancel a refunded or partially refunded invoice.")
    CANNOT_CANCEL_SCHEDULED_INVOICE = ("CANNOT_CANCEL_SCHEDULED_INVOICE", 422, Fault.CONFLICT, "Cannot cancel a scheduled invoice.")
    INVOICE_CANCELED_ALREADY = ("INVOICE_CANCELED_ALREADY", 422, Fault.CONFLICT, "Invoice is already cancelled.")
    PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE = ("PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE", 422, Fault.VALIDATION, "Payment amount is greater than the amount due.")
    CANNOT_PROCESS_PAYMENTS = ("CANNOT_PROCESS_PAYMENTS", 422, Fault.CONFLICT, "Current invoice state does not support payment processing.")
    CANNOT_DELETE_EXTERNAL_PAYMENT = ("CANNOT_DELETE_EXTERNAL_PAYMENT", 422, Fault.CONFLICT, "The external payment cannot be deleted as the recorded refund cannot exceed the recored payment for an invoice.")
    INVALID_REFUND_AMOUNT = ("INVALID_REFUND_AMOUNT", 422, Fault.VALIDATION, "Recorded refunds cannot exceed recorded payments.")
    CANNOT_PROCESS_REFUNDS = ("CANNOT_PROCESS_REFUNDS", 422, Fault.CONFLICT, "Current invoice state does not support refunds.")
# fmt: on
