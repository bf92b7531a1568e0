"""A row of an error table makes its exception."""

from __future__ import annotations

from enum import unique

from paydouble.core.errors import ErrorTable, Fault, ProviderError


@unique
class Errors(ErrorTable):
    NOT_FOUND = ("ORDER_NOT_EXIST", 404, Fault.NOT_FOUND, "no such order")
    DECLINED = (
        "DECLINED", 402, Fault.DECLINED, "declined", ("insufficient_funds",), {"sub_code": "ACQ.POOR"}
    )


def test_a_row_has_its_columns() -> None:
    row = Errors.DECLINED
    assert (row.code, row.http, row.fault, row.message) == ("DECLINED", 402, Fault.DECLINED, "declined")
    assert row.reasons == ("insufficient_funds",)
    assert row.columns == {"sub_code": "ACQ.POOR"}
    assert (Errors.NOT_FOUND.reasons, Errors.NOT_FOUND.columns) == ((), {})


def test_calling_a_row_makes_its_exception_with_the_row_s_message() -> None:
    error = Errors.NOT_FOUND()
    assert isinstance(error, ProviderError)
    assert (error.row, error.message, dict(error.details)) == (Errors.NOT_FOUND, "no such order", {})
    assert str(error) == "NOT_FOUND: no such order"


def test_message_and_details_may_be_given() -> None:
    error = Errors.NOT_FOUND("order 7 is missing", field="/id", message="kept apart")
    assert error.message == "order 7 is missing"
    assert error.details == {"field": "/id", "message": "kept apart"}
    assert Errors.NOT_FOUND("").message == ""
