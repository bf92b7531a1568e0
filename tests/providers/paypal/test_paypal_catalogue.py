"""The tables of errors against PayPal's own documents: the same issue, the same words, to the last space."""

from __future__ import annotations

import pytest

from paydouble.core.errors import ErrorTable
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors
from tests.providers.paypal import official

pytestmark = pytest.mark.skipif(not official.SPECS.is_dir(), reason="PayPal's documents are not here")

OTHER_WORDS = {
    ("invoicing.v2", "INVALID_PARAMETER_SYNTAX"): "the document has a sentence per field",
    ("invoicing.v2", "INVALID_ARRAY_MAX_ITEMS"): "the document has a sentence per field",
    ("invoicing.v2", "INVALID_STRING_LENGTH"): "the document has a sentence per field",
    ("invoicing.v2", "INVALID_STRING_MAX_LENGTH"): "the document has a sentence per field",
    ("invoicing.v2", "MISSING_REQUIRED_PARAMETER"): "the document has a sentence per field",
    ("billing.v1", "INVALID_PARAMETER_SYNTAX"): "the table has another row of the general words",
    ("billing.v1", "SUBSCRIPTION_STATUS_INVALID"): "the document has a sentence per action, and none for revising",
}
"""(API, issue) → why its description is not the document's."""


@pytest.mark.parametrize(("api", "table", "least"), [
    ("orders.v2", OrderErrors, 180), ("payments.v2", PaymentErrors, 40), ("billing.v1", BillingErrors, 45),
    ("invoicing.v2", InvoiceErrors, 15),
])
def test_issues_are_described_in_paypals_words(api: str, table: type[ErrorTable], least: int) -> None:
    known = official.descriptions(api)
    rows = [row for row in table if known.get(row.code)]
    other = {(api, row.code) for row in rows if row.message not in known[row.code]}
    assert other == {place for place in OTHER_WORDS if place[0] == api}
    assert len({row.code for row in rows}) >= least
