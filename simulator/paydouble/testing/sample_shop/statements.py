"""The providers' daily files, as lines: order numbers, amounts, fees."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from paydouble.testing.sample_shop.values import Line, Unheard

CODEC = "gb18030"


def wechat_lines(content: bytes) -> list[Line]:
    """A trade bill: every field has a backtick before it, the last two rows are totals."""
    lines = csv.reader(io.StringIO(_text(content)))
    rows = [[field.strip().removeprefix("`") for field in row] for row in lines if row]
    if not rows:
        raise Unheard("an empty statement")
    head = rows[0]
    return list(_wechat(head, rows[1:]))


def _wechat(head: list[str], rows: list[list[str]]) -> Iterator[Line]:
    names = {
        "order": "商户订单号", "amount": "订单金额", "fee": "手续费", "state": "交易状态",
        "refund": "申请退款金额",
    }
    at = {name: head.index(title) for name, title in names.items() if title in head}
    for row in rows:
        if len(row) < len(head):
            return
        refund = row[at["state"]] == "REFUND"
        amount = row[at["refund"]] if refund and "refund" in at else row[at["amount"]]
        yield Line(row[at["order"]], _amount(amount), _amount(row[at["fee"]]), refund)


def alipay_lines(content: bytes) -> list[Line]:
    """The details within the archive; comments begin with `#`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            detail = next(name for name in names if "汇总" not in _name(name))
            text = archive.read(detail).decode(CODEC, "replace")
    except (zipfile.BadZipFile, StopIteration) as error:
        raise Unheard(f"no statement: {error!r}") from None
    rows = [[field.strip() for field in row] for row in csv.reader(io.StringIO(text))
            if row and not row[0].startswith("#")]
    head = next((row for row in rows if "商户订单号" in row), None)
    return list(_alipay(head, rows[rows.index(head) + 1 :])) if head else []


def _alipay(head: list[str], rows: list[list[str]]) -> Iterator[Line]:
    order, kind = head.index("商户订单号"), head.index("业务类型")
    amount = next(place for place, title in enumerate(head) if title.startswith("订单金额"))
    fee = next((place for place, title in enumerate(head) if title.startswith("服务费")), None)
    for row in rows:
        if len(row) == len(head) and row[order]:
            cost = _amount(row[fee]) if fee is not None else Decimal(0)
            yield Line(row[order], abs(_amount(row[amount])), abs(cost), row[kind] == "退款")


def _text(content: bytes) -> str:
    """UTF-8 is what is promised; what is not comes in the other charset of these files."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(CODEC, "replace")


def _name(name: str) -> str:
    """Archives say cp437 where they mean GBK."""
    try:
        return name.encode("cp437").decode("gbk")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.strip() or "0")
    except InvalidOperation:
        return Decimal(0)
