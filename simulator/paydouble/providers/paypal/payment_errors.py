"""What the Payments API refuses: one row an issue, with the manual's own description.

https://developer.paypal.com/docs/api/payments/v2/
"""

# ruff: noqa: E501  the table is as wide as its rows
from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault


# fmt: off
class PaymentErrors(ErrorTable):
    """Code: the issue. The error's name follows from the status."""

    INVALID_ARRAY_MAX_ITEMS = ("INVALID_ARRAY_MAX_ITEMS", 400, Fault.VALIDATION, "The number of items in an array parameter is too large.")
    INVALID_ARRAY_MIN_ITEMS = ("INVALID_ARRAY_MIN_ITEMS", 400, Fault.VALIDATION, "The number of items in an array parameter is too small.")
    INVALID_PARAMETER_SYNTAX = ("INVALID_PARAMETER_SYNTAX", 400, Fault.VALIDATION, "The value of a field does not conform to the expected format.")
    INVALID_PARAMETER_VALUE = ("INVALID_PARAMETER_VALUE", 400, Fault.VALIDATION, "The value of a field is invalid.")
    INVALID_STRING_LENGTH = ("INVALID_STRING_LENGTH", 400, Fault.VALIDATION, "The value of a field is either too short or too long.")
    INVALID_STRING_MAX_LENGTH = ("INVALID_STRING_MAX_LENGTH", 400, Fault.VALIDATION, "The value of a field is too long.")
    INVALID_STRING_MIN_LENGTH = ("INVALID_STRING_MIN_LENGTH", 400, Fault.VALIDATION, "The value of a field is too short.")
    MALFORMED_REQUEST_JSON = ("MALFORMED_REQUEST_JSON", 400, Fault.VALIDATION, "The request JSON is not well formed.")
    MISSING_REQUIRED_PARAMETER = ("MISSING_REQUIRED_PARAMETER", 400, Fault.VALIDATION, "A required field / parameter is missing.")
    INVALID_ACCOUNT_STATUS = ("INVALID_ACCOUNT_STATUS", 401, Fault.UNAUTHENTICATED, "Account validations failed for the user.")
    PERMISSION_DENIED = ("PERMISSION_DENIED", 403, Fault.FORBIDDEN, "You do not have permission to access or perform operations on this resource.")
    INVALID_RESOURCE_ID = ("INVALID_RESOURCE_ID", 404, Fault.NOT_FOUND, "Specified resource ID does not exist. Please check the resource ID and try again.")
    PREVIOUS_REQUEST_IN_PROGRESS = ("PREVIOUS_REQUEST_IN_PROGRESS", 409, Fault.CONFLICT, "A previous request on this resource is currently in progress. Please wait for sometime and try again. It is best to space out the initial and the subsequent request(s) to avoid receiving this error.")
    AUTHORIZATION_ALREADY_CAPTURED = ("AUTHORIZATION_ALREADY_CAPTURED", 422, Fault.VALIDATION, "Authorization has previously been captured.")
    AUTHORIZATION_DENIED = ("AUTHORIZATION_DENIED", 422, Fault.VALIDATION, "An denied authorization cannot be captured.")
    AUTHORIZATION_EXPIRED = ("AUTHORIZATION_EXPIRED", 422, Fault.VALIDATION, "An expired authorization cannot be captured.", ("expired",))
    AUTHORIZATION_VOIDED = ("AUTHORIZATION_VOIDED", 422, Fault.VALIDATION, "A voided authorization cannot be captured or reauthorized. ")
    AUTH_AMOUNT_EXCEEDED = ("AUTH_AMOUNT_EXCEEDED", 422, Fault.VALIDATION, "The amount of the reauthorization exceeds what is allowed.")
    AUTH_CAPTURE_CURRENCY_MISMATCH = ("AUTH_CAPTURE_CURRENCY_MISMATCH", 422, Fault.VALIDATION, "Currency of capture must be the same as currency of authorization.")
    AUTH_CURRENCY_MISMATCH = ("AUTH_CURRENCY_MISMATCH", 422, Fault.VALIDATION, "The currency specified during reauthorization should be the same as the currency specified in the original authorization. Please check the currency of the authorization for which you are trying to reauthorize and try again.")
    CANNOT_BE_NEGATIVE = ("CANNOT_BE_NEGATIVE", 422, Fault.VALIDATION, "Cannot be negative.")
    CANNOT_BE_VOIDED = ("CANNOT_BE_VOIDED", 422, Fault.VALIDATION, "A reauthorization cannot be voided. Please void the original parent authorization.")
    CANNOT_BE_ZERO_OR_NEGATIVE = ("CANNOT_BE_ZERO_OR_NEGATIVE", 422, Fault.VALIDATION, "Must be greater than zero. If the currency supports decimals, only two decimal place precision is supported.")
    CAPTURE_FULLY_REFUNDED = ("CAPTURE_FULLY_REFUNDED", 422, Fault.VALIDATION, "The capture has already been fully refunded")
    CURRENCY_MISMATCH = ("CURRENCY_MISMATCH", 422, Fault.VALIDATION, "Currency mismatch.")
    DECIMALS_NOT_SUPPORTED = ("DECIMALS_NOT_SUPPORTED", 422, Fault.VALIDATION, "Currency does not support decimals. Please refer to https://developer.paypal.com/docs/api/reference/currency-codes/ for more information.")
    DECIMAL_PRECISION = ("DECIMAL_PRECISION", 422, Fault.VALIDATION, "If the currency supports decimals, only two decimal place precision is supported.")
    DUPLICATE_INVOICE_ID = ("DUPLICATE_INVOICE_ID", 422, Fault.VALIDATION, "Requested invoice_id has been previously captured. Possible duplicate transaction.", ("duplicate_ref",))
    INVALID_CURRENCY_CODE = ("INVALID_CURRENCY_CODE", 422, Fault.VALIDATION, "Currency code is invalid or is not currently supported. Please refer https://developer.paypal.com/docs/api/reference/currency-codes/ for list of supported currency codes.")
    INVALID_PLATFORM_FEES_AMOUNT = ("INVALID_PLATFORM_FEES_AMOUNT", 422, Fault.VALIDATION, "The platform_fees amount cannot be greater than the capture amount.")
    MAX_CAPTURE_AMOUNT_EXCEEDED = ("MAX_CAPTURE_AMOUNT_EXCEEDED", 422, Fault.VALIDATION, "Capture amount exceeds allowable limit. Please contact customer service or your account manager to request the change to your overage limit. The default overage limit is 115%, which allows the sum of all captures to be up to 115% of the order amount. The ability to over capture is subjected to regulatory approvals.")
    MAX_CAPTURE_COUNT_EXCEEDED = ("MAX_CAPTURE_COUNT_EXCEEDED", 422, Fault.VALIDATION, "Maxmimum number of allowable captures has been reached. No additional captures are possible for this authorization. Contact Customer Service or your account manager to change the number of captures for a given authorization.")
    MAX_NUMBER_OF_REFUNDS_EXCEEDED = ("MAX_NUMBER_OF_REFUNDS_EXCEEDED", 422, Fault.VALIDATION, "You have exceeded the maximum number of refund attempts for this capture.")
    PARTIAL_REFUND_NOT_ALLOWED = ("PARTIAL_REFUND_NOT_ALLOWED", 422, Fault.VALIDATION, "You cannot do a refund less than the original capture amount.")
    PAYEE_ACCOUNT_LOCKED_OR_CLOSED = ("PAYEE_ACCOUNT_LOCKED_OR_CLOSED", 422, Fault.VALIDATION, "Transaction could not complete because payee account is locked or closed.")
    PAYEE_ACCOUNT_RESTRICTED = ("PAYEE_ACCOUNT_RESTRICTED", 422, Fault.VALIDATION, "Payee account is restricted.")
    PAYER_ACCOUNT_LOCKED_OR_CLOSED = ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", 422, Fault.DECLINED, "The payer account cannot be used for this transaction.", ("payer_closed", "account_frozen"))
    PAYER_CANNOT_PAY = ("PAYER_CANNOT_PAY", 422, Fault.DECLINED, "Payer cannot pay for this transaction. Please contact the payer to find other ways to pay for this transaction.", ("not_permitted",))
    PENDING_CAPTURE = ("PENDING_CAPTURE", 422, Fault.VALIDATION, "Cannot initiate a refund as the capture is pending. Capture is typically pending when the payer has funded the transaction using e-check/bank funded.")
    PLATFORM_FEE_EXCEEDED = ("PLATFORM_FEE_EXCEEDED", 422, Fault.VALIDATION, "Platform fee amount specified exceeds the amount that is available for refund. You can only refund up to the available platform fee amount. This error is also returned when no platform_fee was specified or was zero when the payment was captured.")
    PLATFORM_FEE_NOT_ENABLED = ("PLATFORM_FEE_NOT_ENABLED", 422, Fault.VALIDATION, "The API Caller account is not setup to be able to process refunds with 'platform_fees'. Please contact your Account Manager. This feature is useful when you want to contribute a portion of the 'platform_fees' you had capture as part of the refund being processed.")
    PREVIOUSLY_CAPTURED = ("PREVIOUSLY_CAPTURED", 422, Fault.VALIDATION, "Authorization has been previously captured and hence cannot be voided.")
    PREVIOUSLY_VOIDED = ("PREVIOUSLY_VOIDED", 422, Fault.VALIDATION, "Authorization has been previously voided and hence cannot be voided again.")
    REAUTHORIZATION_NOT_SUPPORTED = ("REAUTHORIZATION_NOT_SUPPORTED", 422, Fault.VALIDATION, "A reauthorize cannot be attempted on an authorization_id that is the result of a prior reauthorization or on an authorization made on an Order saved using the `v2/orders/id/save` API.")
    REAUTHORIZATION_TOO_SOON = ("REAUTHORIZATION_TOO_SOON", 422, Fault.VALIDATION, "A reauthorization is not allowed within the honor period of the authorization.")
    REFUND_AMOUNT_EXCEEDED = ("REFUND_AMOUNT_EXCEEDED", 422, Fault.VALIDATION, "The refund amount must be less than or equal to the capture amount that has not yet been refunded.")
    REFUND_AMOUNT_TOO_LOW = ("REFUND_AMOUNT_TOO_LOW", 422, Fault.VALIDATION, "The amount after applying currency conversion is zero and hence the capture cannot be refunded. The currency conversion is required because the currency of the capture is different than the currency in which the amount was settled into the payee account.")
    REFUND_CAPTURE_CURRENCY_MISMATCH = ("REFUND_CAPTURE_CURRENCY_MISMATCH", 422, Fault.VALIDATION, "Refund must be in the same currency as the capture")
    REFUND_FAILED_INSUFFICIENT_FUNDS = ("REFUND_FAILED_INSUFFICIENT_FUNDS", 422, Fault.DECLINED, "Capture could not be refunded due to insufficient funds. Please check to see if you have sufficient funds in your PayPal account or if the bank account linked to your PayPal account is verified and has sufficient funds.", ("seller_balance_low",))
    REFUND_IS_RESTRICTED = ("REFUND_IS_RESTRICTED", 422, Fault.VALIDATION, "This refund can only be processed by the API caller that had 'captured' the transaction. If you facilitate your transactions via a platform/partner, please initiate a refund through them.")
    REFUND_NOT_ALLOWED = ("REFUND_NOT_ALLOWED", 422, Fault.VALIDATION, "Capture cannot be refunded.", ("not_permitted",))
    REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK = ("REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK", 422, Fault.VALIDATION, "Refunds are not allowed on this capture due to a chargeback on the card or bank. Please contact the payee to resolve the chargeback.")
    REFUND_TIME_LIMIT_EXCEEDED = ("REFUND_TIME_LIMIT_EXCEEDED", 422, Fault.VALIDATION, "You are over the time limit to perform a refund on this capture", ("refund_window_over",))
    TRANSACTION_DISPUTED = ("TRANSACTION_DISPUTED", 422, Fault.VALIDATION, "Partial refunds cannot be offered at this time because there is an open case on this transaction. Visit the PayPal Resolution Center to review this case.")
    TRANSACTION_REFUSED = ("TRANSACTION_REFUSED", 422, Fault.DECLINED, "PayPal's internal controls prevent authorization from being captured.", ("fraud_suspected", "risk_review"))
# fmt: on
