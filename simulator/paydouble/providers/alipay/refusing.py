"""From a broken contract, or a scenario's outcome, to the row of Alipay's tables that stands for it."""

from __future__ import annotations

from collections.abc import Sequence

from paydouble.core.effect import Outcome
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.http import Envelope
from paydouble.core.operation import Operation
from paydouble.core.provider import Violation
from paydouble.providers.alipay.errors import Acq, Gateway

ORDER = ("out_trade_no", "trade_no")
ZERO_AMOUNTS = {
    "buyer_pay_amount": "0.00", "invoice_amount": "0.00", "point_amount": "0.00", "receipt_amount": "0.00",
}


def unknown_method(envelope: Envelope) -> ProviderError:
    return Gateway.NOT_FOUND() if envelope.version == "v3" else Gateway.INVALID_METHOD()


def broken_contract(operation: Operation, violations: Sequence[Violation]) -> ProviderError:
    """Payments have a row of their own for it; live it names no field, here the text does."""
    first = violations[0]
    field = first.pointer.lstrip("/").replace("/", ".")
    if first.keyword == "required":
        return Gateway.MISSING_PARAMETER(f"缺少参数{field}")
    row = Acq.INVALID_PARAMETER if operation.id.startswith("trade.") else Gateway.INVALID_PARAMETER
    return row(f"{row.message}: {field}" if field else None)


def refusal(outcome: Outcome, rows: Sequence[ErrorTable], otherwise: ErrorTable) -> ProviderError:
    """The row that a scenario's outcome stands for: by native code, by reason, or the one named last."""
    native = outcome.native_code
    by_code = (
        row for row in rows if native and native in (row.code, row.name, row.code.removeprefix("ACQ."))
    )
    by_reason = (row for row in rows if outcome.reason in row.reasons)
    row = next(by_code, None) or next(by_reason, None) or otherwise
    details = {"sub_code": native} if native and native not in (row.code, row.name) else {}
    return row(outcome.message or None, **details)
