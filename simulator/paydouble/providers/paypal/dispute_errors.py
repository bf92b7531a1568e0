"""What disputes refuse. https://developer.paypal.com/docs/api/customer-disputes/v1/#errors"""

# ruff: noqa: E501  the table is as wide as its rows
from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault

_WHOLE = {"style": "whole"}


# fmt: off
class DisputeErrors(ErrorTable):
    """An issue, or with `whole` the name itself. The wording of the first two is unverified."""

    ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE = ("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", 422, Fault.CONFLICT, "The action is not allowed in the current state of the dispute.")
    INVALID_OFFER_AMOUNT = ("INVALID_OFFER_AMOUNT", 422, Fault.VALIDATION, "The amount is more than the dispute is about.")
    INVALID_DOCUMENT = ("INVALID_DOCUMENT", 422, Fault.VALIDATION, "Documents are JPG, GIF, PNG or PDF files of up to 10 MB each and 50 MB together.")
    ACTION_NOT_ALLOWED = ("ACTION_NOT_ALLOWED", 403, Fault.FORBIDDEN, "You are not allowed to perform this action on the dispute.")
    TRANSACTION_NOT_ELIGIBLE = ("TRANSACTION_NOT_ELIGIBLE", 422, Fault.VALIDATION, "The transaction cannot be disputed.")
    FORBIDDEN = ("FORBIDDEN", 403, Fault.FORBIDDEN, "No permission for the requested operation.", (), _WHOLE)
    AUTHORIZATION_ERROR = ("AUTHORIZATION_ERROR", 403, Fault.FORBIDDEN, "Authorization error occurred.", (), _WHOLE)
    INVALID_RESOURCE_ID = ("INVALID_RESOURCE_ID", 404, Fault.NOT_FOUND, "The requested resource was not found.", (), _WHOLE)
    NOT_ACCEPTABLE = ("NOT_ACCEPTABLE", 406, Fault.VALIDATION, "The server does not implement the media type that would be acceptable to the client.", (), _WHOLE)
    UNPROCESSABLE_ENTITY = ("UNPROCESSABLE_ENTITY", 422, Fault.VALIDATION, "The requested action could not be performed, semantically incorrect, or failed business validation.", (), _WHOLE)
# fmt: on
