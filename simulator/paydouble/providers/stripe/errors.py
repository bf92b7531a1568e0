"""Stripe's errors as rows (https://docs.stripe.com/error-codes), and which row a broken contract becomes.

Message texts are no part of Stripe's contract; these are close to what the live service says.
"""

# ruff: noqa: E501  the tables are as wide as their rows
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paydouble.core.errors import ErrorTable, Fault, ProviderError

if TYPE_CHECKING:
    from paydouble.core.effect import Outcome
    from paydouble.core.http import Envelope
    from paydouble.core.operation import Operation
    from paydouble.core.provider import Violation

INVALID = {"type": "invalid_request_error"}
API = {"type": "api_error"}
IDEMPOTENCY = {"type": "idempotency_error"}

AGAIN = "try_again_later"
NEVER = "do_not_try_again"
DATA = "confirm_card_data"


def _card(decline_code: str, advice: str = "", param: str = "") -> dict[str, str]:
    return {"type": "card_error", "decline_code": decline_code, "advice_code": advice, "param": param}


# fmt: off
class Errors(ErrorTable):
    """In the order in which Stripe looks for them; card errors last, in the order of the list of decline codes.

    TRANSFER_CAPABILITY_MISSING has a code that published logs show and the list of codes leaves out (unverified).
    """

    #                             code                           http fault                         message
    API_KEY_MISSING             = "",                            401, Fault.UNAUTHENTICATED,      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.", (), {**INVALID, "row": "missing"}
    API_KEY_INVALID             = "",                            401, Fault.UNAUTHENTICATED,      "Invalid API Key provided", (), INVALID
    API_KEY_EXPIRED             = "api_key_expired",             401, Fault.TOKEN_EXPIRED,        "Expired API Key provided", (), INVALID
    SECRET_KEY_REQUIRED         = "secret_key_required",         401, Fault.UNAUTHENTICATED,      "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.", (), INVALID
    PERMISSION_DENIED           = "",                            403, Fault.FORBIDDEN,            "The provided key does not have the required permissions for this endpoint.", (), INVALID
    ACCOUNT_INVALID             = "account_invalid",             403, Fault.FORBIDDEN,            "The provided key does not have access to that account (or that account does not exist). Application access may have been revoked.", (), INVALID
    UNKNOWN_URL                 = "",                            404, Fault.NOT_FOUND,            "Unrecognized request URL", (), INVALID
    API_VERSION_INVALID         = "",                            400, Fault.VALIDATION,           "Invalid Stripe API version", (), INVALID
    REQUEST_TOO_LARGE           = "",                            413, Fault.VALIDATION,           "The request is too large.", (), INVALID
    MALFORMED_REQUEST           = "",                            400, Fault.VALIDATION,           "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.", (), INVALID
    PARAMETER_UNKNOWN           = "parameter_unknown",           400, Fault.VALIDATION,           "Received unknown parameter", (), INVALID
    PARAMETER_MISSING           = "parameter_missing",           400, Fault.VALIDATION,           "Missing required param", (), INVALID
    PARAMETER_INVALID_EMPTY     = "parameter_invalid_empty",     400, Fault.VALIDATION,           "You passed an empty string. We assume empty values are an attempt to unset a parameter; however it cannot be unset.", (), INVALID
    PARAMETER_INVALID_INTEGER   = "parameter_invalid_integer",   400, Fault.VALIDATION,           "Invalid integer", (), INVALID
    PARAMETERS_EXCLUSIVE        = "parameters_exclusive",        400, Fault.VALIDATION,           "You may only specify one of these parameters.", (), INVALID
    PARAMETER_INVALID           = "",                            400, Fault.VALIDATION,           "Invalid request", (), INVALID
    CURRENCY_INVALID            = "",                            400, Fault.VALIDATION,           "Invalid currency", (), INVALID
    COUNTRY_UNKNOWN             = "",                            400, Fault.VALIDATION,           "Country not supported (you should use the 2-letter country code, e.g. US).", (), INVALID
    EXPAND_INVALID              = "",                            400, Fault.VALIDATION,           "This property cannot be expanded.", (), INVALID
    AMOUNT_TOO_SMALL            = "amount_too_small",            400, Fault.VALIDATION,           "The amount is less than the minimum amount allowed.", (), INVALID
    AMOUNT_TOO_LARGE            = "amount_too_large",            400, Fault.VALIDATION,           "The amount is greater than the maximum amount allowed.", (), INVALID
    IDEMPOTENCY_MISMATCH        = "",                            400, Fault.IDEMPOTENCY_MISMATCH, "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request.", (), IDEMPOTENCY
    IDEMPOTENCY_KEY_IN_USE      = "idempotency_key_in_use",      409, Fault.CONFLICT,             "There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, and the other request is still going through): {key}", (), IDEMPOTENCY
    RESOURCE_MISSING            = "resource_missing",            404, Fault.NOT_FOUND,            "No such object", (), INVALID
    REFERENCE_MISSING           = "resource_missing",            400, Fault.NOT_FOUND,            "No such object", (), INVALID
    UNEXPECTED_STATE            = "payment_intent_unexpected_state", 400, Fault.CONFLICT,         "This PaymentIntent's status does not allow that.", (), INVALID
    INCOMPATIBLE_PAYMENT_METHOD = "payment_intent_incompatible_payment_method", 400, Fault.VALIDATION, "The PaymentMethod's type is not among those of this PaymentIntent.", (), INVALID
    SETUP_UNEXPECTED_STATE      = "setup_intent_unexpected_state", 400, Fault.CONFLICT,           "This SetupIntent's status does not allow that.", (), INVALID
    TOKEN_ALREADY_USED          = "token_already_used",          400, Fault.CONFLICT,             "You cannot use a Stripe token more than once.", (), INVALID
    PAYMENT_METHOD_UNUSABLE     = "",                            400, Fault.CONFLICT,             "This PaymentMethod may not be used again.", (), INVALID
    CHARGE_ALREADY_CAPTURED     = "charge_already_captured",     400, Fault.CONFLICT,             "This charge has already been captured.", (), INVALID
    CHARGE_EXPIRED_FOR_CAPTURE  = "charge_expired_for_capture",  400, Fault.CONFLICT,             "The charge cannot be captured as its authorization has expired.", (), INVALID
    CHARGE_ALREADY_REFUNDED     = "charge_already_refunded",     400, Fault.CONFLICT,             "The charge has already been refunded.", (), INVALID
    CHARGE_NOT_REFUNDABLE       = "charge_not_refundable",       400, Fault.CONFLICT,             "This charge can no longer be refunded.", ("refund_window_over",), INVALID
    CHARGE_DISPUTED             = "charge_disputed",             400, Fault.CONFLICT,             "This charge has been charged back.", (), INVALID
    REFUND_TOO_LARGE            = "",                            400, Fault.CONFLICT,             "Refund amount is greater than unrefunded amount on charge.", (), INVALID
    DISPUTE_UNEXPECTED_STATE    = "",                            400, Fault.CONFLICT,             "This dispute cannot be changed any more.", (), INVALID
    PAYOUT_UNEXPECTED_STATE     = "",                            400, Fault.CONFLICT,             "This payout cannot be canceled in its present state.", (), INVALID
    REFUND_UNEXPECTED_STATE     = "",                            400, Fault.CONFLICT,             "This refund cannot be canceled in its present state.", (), INVALID
    BALANCE_INSUFFICIENT        = "balance_insufficient",        400, Fault.CONFLICT,             "Insufficient funds in your Stripe balance to refund this amount.", ("seller_balance_low",), INVALID
    NO_ACTIVE_CARD              = "missing",                     402, Fault.VALIDATION,           "Cannot charge a customer that has no active card", (), {"type": "card_error", "param": "card"}
    SOURCE_UNUSABLE             = "invalid_source_usage",        400, Fault.CONFLICT,             "The source cannot be used because it is not in the correct state.", (), INVALID
    REVIEW_CLOSED               = "",                            400, Fault.CONFLICT,             "This review has already been closed.", (), INVALID
    AMOUNTS_MISMATCH            = "payment_method_microdeposit_verification_amounts_mismatch", 400, Fault.VALIDATION, "The amounts provided do not match the amounts that were sent to the bank account.", (), INVALID
    DESCRIPTOR_MISMATCH         = "payment_method_microdeposit_verification_descriptor_code_mismatch", 400, Fault.VALIDATION, "The verification code provided does not match the one sent to the bank account.", (), INVALID
    VERIFICATION_EXCEEDED       = "payment_method_microdeposit_verification_attempts_exceeded", 400, Fault.CONFLICT, "You have exceeded the number of allowed verification attempts.", (), INVALID
    VERIFICATION_TIMEOUT        = "payment_method_microdeposit_verification_timeout", 400, Fault.CONFLICT, "The verification was not completed in time.", (), INVALID
    CAPABILITY_NOT_ACTIVE       = "capability_not_active",       400, Fault.CONFLICT,             "A capability that this needs is not active.", (), INVALID
    TRANSFER_CAPABILITY_MISSING = "insufficient_capabilities_for_transfer", 400, Fault.CONFLICT, "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments", (), INVALID
    APPLICATION_FEES_NOT_ALLOWED = "application_fees_not_allowed", 400, Fault.VALIDATION,       "Can only apply an application fee to a payment for a connected account.", (), INVALID
    TRANSFER_TOO_LARGE          = "",                            400, Fault.CONFLICT,             "The transfer is greater than what is left of the source charge.", (), INVALID
    REVERSAL_TOO_LARGE          = "",                            400, Fault.CONFLICT,             "The amount is greater than what is left to be returned.", (), INVALID
    NOT_ALLOWED_ON_STANDARD     = "not_allowed_on_standard_account", 400, Fault.FORBIDDEN,       "This is not allowed on accounts that Stripe itself manages.", (), INVALID
    RESOURCE_EXISTS             = "resource_already_exists",     400, Fault.CONFLICT,             "An object with that ID already exists.", (), INVALID
    COUPON_SPENT                = "coupon_expired",              400, Fault.CONFLICT,             "This coupon has expired.", (), INVALID
    CLOCK_BUSY                  = "",                            400, Fault.CONFLICT,             "This test clock is advancing.", (), INVALID
    INVOICE_NOT_EDITABLE        = "invoice_not_editable",        400, Fault.CONFLICT,             "This invoice is no longer editable.", (), INVALID
    INVOICE_UNEXPECTED_STATE    = "",                            400, Fault.CONFLICT,             "This invoice's status does not allow that.", (), INVALID
    INVOICE_WITHOUT_LINES       = "invoice_no_customer_line_items", 400, Fault.CONFLICT,          "Nothing to invoice for customer.", (), INVALID
    INVOICE_REQUIRES_ACTION     = "invoice_payment_intent_requires_action", 402, Fault.DECLINED,  "This payment requires additional user action before it can be completed successfully.", (), {**INVALID, "type": "card_error", "decline_code": ""}
    CUSTOMER_WITHOUT_METHOD     = "resource_missing",            400, Fault.CONFLICT,             "This customer has no attached payment source or default payment method. Please consider adding a default payment method.", (), INVALID
    SUBSCRIPTION_UNEXPECTED_STATE = "",                          400, Fault.CONFLICT,             "This subscription's status does not allow that.", (), INVALID
    SESSION_UNEXPECTED_STATE    = "",                            400, Fault.CONFLICT,             "This Checkout Session's status does not allow that.", (), INVALID
    QUOTE_UNEXPECTED_STATE      = "",                            400, Fault.CONFLICT,             "This quote's status does not allow that.", (), INVALID
    RATE_LIMIT                  = "rate_limit",                  429, Fault.RATE_LIMITED,         "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.", (), INVALID
    LOCK_TIMEOUT                = "lock_timeout",                429, Fault.BUSY,                 "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request.", (), INVALID
    INTERNAL                    = "",                            500, Fault.INTERNAL,             "An unknown error occurred.", (), API
    UNAVAILABLE                 = "",                            503, Fault.UNAVAILABLE,          "Stripe is temporarily unavailable. Please try again.", (), API

    #                             code                           http fault           message                                              neutral reasons           decline code, advice, param
    GENERIC_DECLINE             = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            ("risk_review", "expired"), _card("generic_decline", AGAIN)
    INSUFFICIENT_FUNDS          = "card_declined",               402, Fault.DECLINED, "Your card has insufficient funds.",                  ("insufficient_funds",),  _card("insufficient_funds", AGAIN)
    LOST_CARD                   = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            ("lost_or_stolen",),      _card("lost_card", NEVER)
    STOLEN_CARD                 = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            (),                       _card("stolen_card", NEVER)
    DO_NOT_HONOR                = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            ("do_not_honor",),        _card("do_not_honor", AGAIN)
    CARD_VELOCITY_EXCEEDED      = "card_declined",               402, Fault.DECLINED, "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.", ("limit_exceeded",), _card("card_velocity_exceeded", AGAIN)
    FRAUDULENT                  = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            ("fraud_suspected",),     _card("fraudulent", NEVER)
    RESTRICTED_CARD             = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            ("account_frozen",),      _card("restricted_card", NEVER)
    TRANSACTION_NOT_ALLOWED     = "card_declined",               402, Fault.DECLINED, "Your card does not support this type of purchase.",  ("not_permitted",),       _card("transaction_not_allowed", NEVER)
    DUPLICATE_TRANSACTION       = "card_declined",               402, Fault.DECLINED, "Your card was declined.",                            ("duplicate_ref", "already_paid"), _card("duplicate_transaction", NEVER)
    TEST_MODE_LIVE_CARD         = "card_declined",               402, Fault.DECLINED, "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.", (), _card("test_mode_live_card")
    EXPIRED_CARD                = "expired_card",                402, Fault.DECLINED, "Your card has expired.",                             ("card_expired",),        _card("expired_card", NEVER, "exp_month")
    INCORRECT_CVC               = "incorrect_cvc",               402, Fault.DECLINED, "Your card's security code is incorrect.",            ("wrong_cvc",),           _card("incorrect_cvc", DATA, "cvc")
    PROCESSING_ERROR            = "processing_error",            402, Fault.DECLINED, "An error occurred while processing your card. Try again in a little bit.", ("processing_error",), _card("processing_error", AGAIN)
    INCORRECT_NUMBER            = "incorrect_number",            402, Fault.DECLINED, "Your card number is incorrect.",                     (),                       _card("", DATA, "number")
    INVALID_EXPIRY_MONTH        = "invalid_expiry_month",        402, Fault.DECLINED, "Your card's expiration month is invalid.",           (),                       _card("", DATA, "exp_month")
    INVALID_EXPIRY_YEAR         = "invalid_expiry_year",         402, Fault.DECLINED, "Your card's expiration year is invalid.",            (),                       _card("", DATA, "exp_year")
    INVALID_CVC                 = "invalid_cvc",                 402, Fault.DECLINED, "Your card's security code is invalid.",              (),                       _card("", DATA, "cvc")
    AUTHENTICATION_REQUIRED     = "authentication_required",     402, Fault.DECLINED, "Your card was declined. This transaction requires authentication.", (),        _card("authentication_required")
    SETUP_AUTHENTICATION_FAILURE = "setup_intent_authentication_failure", 400, Fault.DECLINED, "The latest attempt to set up the payment method has failed because authentication failed.", (), {**INVALID, "decline_code": ""}
    ATTEMPT_FAILED              = "payment_intent_payment_attempt_failed", 400, Fault.DECLINED, "The payment failed.", (), {**INVALID, "decline_code": ""}
    ATTEMPT_EXPIRED             = "payment_intent_payment_attempt_expired", 400, Fault.DECLINED, "The payment attempt expired: the customer did not pay in time.", (), {**INVALID, "decline_code": ""}
    AUTHENTICATION_FAILURE      = "payment_intent_authentication_failure", 402, Fault.DECLINED, "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.", ("payer_closed",), {**INVALID, "decline_code": ""}
# fmt: on


_DECLINES = tuple(row for row in Errors if row.fault is Fault.DECLINED)
_BY_NATIVE_CODE = {row.code: row for row in reversed(_DECLINES)} | {
    row.columns["decline_code"]: row for row in _DECLINES if row.columns["decline_code"]
}
_BY_REASON = {reason: row for row in _DECLINES for reason in row.reasons}


def decline(outcome: Outcome) -> ProviderError:
    """What the caller is told when a bank refuses: the native code first, then the neutral reason."""
    row = _BY_NATIVE_CODE.get(outcome.native_code) or _BY_REASON.get(outcome.reason) or Errors.GENERIC_DECLINE
    message = outcome.message or row.message
    if outcome.native_code and outcome.native_code not in _BY_NATIVE_CODE:
        return row(message, decline_code=outcome.native_code)
    return row(message)


def shown(error: ProviderError) -> dict[str, object]:
    """The members of `error`, and of `last_payment_error`: those that apply, in alphabetical order."""
    columns, details, code = error.row.columns, error.details, error.row.code
    members = {
        "advice_code": columns.get("advice_code"),
        "charge": details.get("charge"),
        "code": code,
        "decline_code": details.get("decline_code") or columns.get("decline_code"),
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}" if code else None,
        "message": error.message,
        "param": details.get("param") or columns.get("param"),
        "payment_intent": details.get("payment_intent"),
        "payment_method": details.get("payment_method"),
        "setup_intent": details.get("setup_intent"),
        "type": columns["type"],
    }
    return {name: value for name, value in members.items() if value}


def missing(noun: str, id: str, *, param: str = "id") -> ProviderError:
    """A path names what is not there."""
    return Errors.RESOURCE_MISSING(f"No such {noun}: '{id}'", param=param)


def missing_reference(noun: str, id: str, *, param: str) -> ProviderError:
    """A parameter names what is not there."""
    return Errors.REFERENCE_MISSING(f"No such {noun}: '{id}'", param=param)


def unknown_url(envelope: Envelope) -> ProviderError:
    return Errors.UNKNOWN_URL(
        f"Unrecognized request URL ({envelope.request.method}: {envelope.path}). Please see "
        "https://stripe.com/docs or we can help at https://support.stripe.com/."
    )


def bracketed(pointer: str) -> str:
    """A JSON pointer as forms write it: "/card/exp_month" is "card[exp_month]"."""
    first, *rest = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    return first + "".join(f"[{part}]" for part in rest)


_UNKNOWN = frozenset({"additionalProperties", "unevaluatedProperties", "propertyNames"})
_CARD_FIELDS = {
    "exp_month": Errors.INVALID_EXPIRY_MONTH, "exp_year": Errors.INVALID_EXPIRY_YEAR,
    "cvc": Errors.INVALID_CVC, "number": Errors.INCORRECT_NUMBER,
}
_TYPE_NAMES = {"integer": "integer", "number": "decimal", "boolean": "boolean", "array": "array",
               "object": "object", "string": "string"}


def broken_contract(operation: Operation, violations: Sequence[Violation]) -> ProviderError:
    """Unknown parameters come first, then missing ones, then values of the wrong form."""
    unknown = [bracketed(each.pointer) for each in violations if each.keyword in _UNKNOWN]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        return Errors.PARAMETER_UNKNOWN(f"Received unknown parameter{plural}: {', '.join(unknown)}", param=unknown[0])
    for each in violations:
        if each.keyword == "required":
            name = bracketed(each.pointer)
            return Errors.PARAMETER_MISSING(f"Missing required param: {name}.", param=name)
    return _wrong_value(violations[0])


def _wrong_value(violation: Violation) -> ProviderError:
    name, value = bracketed(violation.pointer), violation.value
    *above, field = violation.pointer.split("/")
    if above[-1:] == ["card"] and field in _CARD_FIELDS and value != "":
        return _CARD_FIELDS[field]()
    if value == "":
        return Errors.PARAMETER_INVALID_EMPTY(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.", param=name)
    return _told(violation, name, value)


def _told(violation: Violation, name: str, value: object) -> ProviderError:
    expected = violation.expected
    match violation.keyword:
        case "type" if expected == "integer" or (isinstance(expected, list) and "integer" in expected):
            return Errors.PARAMETER_INVALID_INTEGER(f"Invalid integer: {value}", param=name)
        case "type":
            wanted = _TYPE_NAMES.get(str(expected), "value")
            shown = f": {value}" if isinstance(value, str) else ""
            return Errors.PARAMETER_INVALID(f"Invalid {wanted}{shown}", param=name)
        case "enum" | "const":
            allowed = [str(one) for one in expected] if isinstance(expected, list | tuple) else [str(expected)]
            return Errors.PARAMETER_INVALID(f"Invalid {name}: must be {_one_of(allowed)}", param=name)
        case "minimum" | "exclusiveMinimum":
            return Errors.PARAMETER_INVALID_INTEGER(
                f"This value must be greater than or equal to {expected}.", param=name)
        case "maximum" if violation.pointer == "/amount":
            return Errors.AMOUNT_TOO_LARGE(param=name)
        case "maximum" | "exclusiveMaximum":
            return Errors.PARAMETER_INVALID_INTEGER(
                f"This value must be less than or equal to {expected} (it currently is '{value}').", param=name)
        case "maxLength":
            return Errors.PARAMETER_INVALID(
                f"Invalid string: {_shortened(value)}; must be at most {expected} characters", param=name)
        case "anyOf" | "oneOf" if isinstance(value, str) and not isinstance(expected, str):
            return Errors.PARAMETER_INVALID(f"Invalid {name}: {_shortened(value)}", param=name)
        case _:
            shown = f": {_shortened(value)}" if isinstance(value, str | int) else ""
            return Errors.PARAMETER_INVALID(f"Invalid {name}{shown}", param=name)


def _one_of(allowed: list[str]) -> str:
    if len(allowed) == 1:
        return allowed[0]
    return f"one of {', '.join(allowed[:-1])}, or {allowed[-1]}"


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:12]}...{text[-9:]}"
