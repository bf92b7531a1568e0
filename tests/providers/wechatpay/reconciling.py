"""Do the bills that an SDK has downloaded say what the ledger says?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

BOM = "\ufeff"
GIVEN_BACK = ("REFUND", "REVOKED")


def read_bill(text: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Rows and sums of a bill's text, by the names of their columns."""
    *lines, sum_heads, sums = (line.split(",") for line in text.removeprefix(BOM).strip().split("\r\n"))
    heads, *rows = lines
    return [_named(heads, row) for row in rows], _named(sum_heads, sums)


def _named(heads: list[str], row: list[str]) -> dict[str, str]:
    return dict(zip(heads, (cell.removeprefix("`") for cell in row), strict=True))


def check_trade_bill(text: str, ledger: dict[str, Any]) -> None:
    """Every payment and refund is one row, and the sums are those of the entries."""
    rows, sums = read_bill(text)
    entries = ledger["entries"]
    paid = {each["memo"]: _moved(each) for each in entries if each["what"] == "capture"}
    refunded = {each["memo"]: _moved(each) for each in entries if each["what"] == "refund"}
    assert {row["微信订单号"]: row["订单金额"] for row in rows if row["交易状态"] == "SUCCESS"} == paid
    assert {row["微信退款单号"]: row["退款金额"] for row in rows if row["交易状态"] in GIVEN_BACK} == refunded
    assert sums["订单总金额"] == _sum(paid.values())
    assert sums["退款总金额"] == _sum(refunded.values())
    assert sums["总交易单数"] == str(len(paid) + len(refunded))
    fees = [Decimal(posting["amount"]) for each in entries for posting in each["postings"]
            if each["what"] == "fee" and posting["account"].endswith(":fees")]
    assert Decimal(sums["手续费总金额"]) == sum(fees, Decimal(0))


def check_fund_flow(text: str, ledger: dict[str, Any], account: str) -> None:
    """Every posting to the account is one row, and after the last one stands its balance."""
    rows, sums = read_bill(text)
    booked = {
        each["id"]: Decimal(posting["amount"]) for each in ledger["entries"] for posting in each["postings"]
        if posting["account"] == account
    }
    assert {row["资金流水单号"]: _signed(row) for row in rows} == booked
    assert Decimal(sums["资金流水总笔数"]) == len(booked)
    assert Decimal(sums["收入金额"]) - Decimal(sums["支出金额"]) == sum(booked.values())
    assert Decimal(sums["收入笔数"]) == sum(amount > 0 for amount in booked.values())


def _signed(row: dict[str, str]) -> Decimal:
    amount = Decimal(row["收支金额(元)"])
    return amount if row["收支类型"] == "收入" else -amount


def _moved(entry: dict[str, Any]) -> str:
    return str(max(entry["postings"], key=lambda posting: posting["minor"])["amount"])


def _sum(amounts: Any) -> str:
    return f"{sum(map(Decimal, amounts)):.2f}"
