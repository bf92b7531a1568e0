"""The schema of effects beside answer, outcome and notifications: connections, statements, fees."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from paydouble.core.effect import ConnectFault
from paydouble.scenarios import forms
from paydouble.scenarios.conditions import Strict
from paydouble.scenarios.forms import OneOrMore, one_of

ROW_KINDS = ("payment", "refund")
ENCODINGS = ("gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "latin-1")


class ConnectSpec(Strict):
    fault: Annotated[str, *one_of(*(fault.value for fault in ConnectFault))]
    hold: forms.Span | None = None


class RowSpec(Strict):
    """Which rows are meant: of a payment, or of its refunds where `kind` says so."""

    ref: forms.Text
    kind: Annotated[str, *one_of(*ROW_KINDS)] | None = None


class AddedRow(Strict):
    ref: forms.Text
    amount: forms.Amount
    kind: Annotated[str, *one_of(*ROW_KINDS)] = "payment"
    fee: forms.Amount | None = None


class AlteredRow(Strict):
    ref: forms.Text
    kind: Annotated[str, *one_of(*ROW_KINDS)] = "payment"
    amount: forms.Amount | None = None
    fee: forms.Amount | None = None


class StatementSpec(Strict):
    omit: OneOrMore[RowSpec] = ()
    add: OneOrMore[AddedRow] = ()
    alter: OneOrMore[AlteredRow] = ()
    duplicate: OneOrMore[RowSpec] = ()
    late_by: forms.Span | None = None
    encoding: Annotated[str, *one_of(*ENCODINGS)] | None = None
    missing_total_row: forms.Flag = False


class FeeSpec(Strict):
    """What a captured payment costs the merchant, in place of the provider's price list."""

    rate: forms.Probability | None = None
    fixed: forms.Amount | None = None
    currency: Annotated[str, *forms.CURRENCY] | None = Field(None, description="Of `fixed`; none: any.")
