"""Bills as text: which rows of the ledger a merchant sees of a day, and how WeChat Pay writes them.

https://pay.weixin.qq.com/doc/v3/merchant/4012791866: UTF-8 with BOM, CRLF, a backtick before every value.
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from paydouble.core.clock import DAY, HOUR, Instant
from paydouble.core.ledger import Entry, EntryKind, available, fees, pending
from paydouble.core.money import Money
from paydouble.core.statement import (
    HONEST_STATEMENT,
    PAYMENT,
    REFUND,
    Line,
    RowOf,
    StatementEffect,
    rewritten,
)
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.wechatpay.models import CNY, Refund, Transaction
from paydouble.providers.wechatpay.notices import PROVIDER

_AHEAD_MS = 8 * HOUR
BOM = "\ufeff"
UNKNOWN_TRADE = "4200000000000000000000000000"
"""The number of an order that is in no book."""

# fmt: off
ORDER_HEAD = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额".split(",")
REFUND_HEAD = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态".split(",")
TAIL = "商品名称,商户数据包,手续费,费率,订单金额".split(",")
HEADS: Mapping[str, Sequence[str]] = {
    "ALL":     [*ORDER_HEAD, *REFUND_HEAD, *TAIL, "申请退款金额", "费率备注"],
    "SUCCESS": [*ORDER_HEAD, *TAIL, "费率备注"],
    "REFUND":  [*ORDER_HEAD, "退款申请时间", "退款成功时间", *REFUND_HEAD, *TAIL, "申请退款金额", "费率备注"],
}
SUMS: Mapping[str, Sequence[str]] = {
    "ALL":     "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额".split(","),
    "SUCCESS": "总交易单数,应结订单总金额,手续费总金额,订单总金额".split(","),
    "REFUND":  "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额".split(","),
}
FUNDS_HEAD = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号".split(",")
FUNDS_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额".split(",")
# Published nowhere: a guess.
SHARES_HEAD = "分账时间,分账发起方,分账方,微信订单号,微信分账单号,分账接收方,分账金额,业务类型".split(",")
BUSINESS = {
    EntryKind.CAPTURE:         "交易",
    EntryKind.REFUND:          "退款",
    EntryKind.REFUND_RETURNED: "退款退回",
    EntryKind.FEE:             "扣除交易手续费",
    EntryKind.SHARE:           "分账",
    EntryKind.PAYOUT:          "商家转账",
    EntryKind.ADJUSTMENT:      "充值",
}
REFUND_STATES = {"SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING", "ABNORMAL": "CHANGE", "CLOSED": "FAIL"}
# fmt: on


@dataclass(frozen=True, slots=True)
class Whose:
    """The merchant of a bill; with a sub-merchant, of its orders alone."""

    mchid: str
    sub_mchid: str = ""

    @property
    def account(self) -> str:
        return self.sub_mchid or self.mchid

    def owns(self, order: Transaction) -> bool:
        return order.mchid == self.mchid and self.sub_mchid in ("", order.sub_mchid)


def day_of(date: str) -> tuple[Instant, Instant]:
    """First and last millisecond of a day in China, of "2021-01-28". Raises ValueError."""
    midnight = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
    begin = round(midnight.timestamp() * 1_000) - _AHEAD_MS
    return Instant(begin), Instant(begin + DAY - 1)


def clock_time(now: Instant) -> str:
    """As in 2021-01-28 15:35:18."""
    moment = datetime.fromtimestamp(now // 1_000, UTC) + timedelta(milliseconds=_AHEAD_MS)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


async def entries(work: Work, between: tuple[Instant, Instant]) -> AsyncIterator[Entry]:
    """The oldest first."""
    after = ""
    while True:
        page = await work.scan(
            Entry, Walk(between=between, after=after, newest_first=False, limit=PAGE_MAX)
        )
        for entry in page:
            yield entry
        if len(page) < PAGE_MAX:
            return
        after = page[-1].id


async def trade_bill(
    work: Work, whose: Whose, date: str, kind: str, rate: Decimal,
    effect: StatementEffect = HONEST_STATEMENT,
) -> str:
    """Empty where there was no trade of this kind."""
    day = [entry async for entry in entries(work, day_of(date))]
    charged = _fees(day)
    rows = []
    for entry in day:
        order = await work.get(Transaction, entry.reference)
        if order is None or not whose.owns(order):
            continue
        if entry.what is EntryKind.CAPTURE and kind != "REFUND":
            rows.append(_paid(order, entry, charged.get(entry.memo, 0), rate))
        elif entry.what is EntryKind.REFUND and kind != "SUCCESS":
            refund = await work.get(Refund, entry.memo)
            rows.append(_refunded(order, refund, entry, charged.get(entry.memo, 0), rate))
    rows = rewritten(rows, effect, about=_about, alter=_altered, make=lambda line: _unknown(line, whose, date))
    return _text(HEADS[kind], rows, SUMS[kind], _trade_sums(rows, SUMS[kind]), effect) if rows else ""


async def fund_flow_bill(
    work: Work, whose: Whose, date: str, account_type: str, effect: StatementEffect = HONEST_STATEMENT
) -> str:
    """Every change of one account; empty where there was none."""
    begin, end = day_of(date)
    account = {"BASIC": pending, "OPERATION": available}.get(account_type, lambda mchid: "")(whose.account)
    balance, rows, flows = 0, [], []
    async for entry in entries(work, (Instant(0), end)):
        for posting in entry.postings:
            if posting.account != account:
                continue
            balance += posting.money.minor
            if entry.created >= begin:
                flows.append(posting.money.minor)
                about = RowOf("") if effect is HONEST_STATEMENT else await _whose(work, entry)
                rows.append((about, _flow(entry, posting.money.minor, balance, whose)))
    income, expense = [each for each in flows if each > 0], [-each for each in flows if each < 0]
    sums = [f"{len(flows)}.0", f"{len(income)}.0", _yuan(sum(income)), f"{len(expense)}.0", _yuan(sum(expense))]
    def make(line: Line) -> tuple[RowOf, dict[str, str]]:
        return line.whose, _unknown_flow(line, whose, date)

    told = rewritten(rows, effect, about=lambda row: row[0], alter=_altered_flow, make=make)
    return _text(FUNDS_HEAD, [row for _, row in told], FUNDS_SUMS, sums, effect) if told else ""


async def _whose(work: Work, entry: Entry) -> RowOf:
    order = await work.get(Transaction, entry.reference)
    back = entry.what is EntryKind.REFUND or entry.memo not in ("", entry.reference)
    return RowOf(order.out_trade_no if order else "", REFUND if back else PAYMENT)


def _altered_flow(row: tuple[RowOf, dict[str, str]], line: Line) -> tuple[RowOf, dict[str, str]]:
    about, flow = row
    is_fee = flow["业务名称"] in (BUSINESS[EntryKind.FEE], "退还手续费")
    amount = line.fee if is_fee else line.amount
    return about, flow if amount is None else flow | {"收支金额(元)": f"{amount:.2f}"}


def _unknown_flow(line: Line, whose: Whose, date: str) -> dict[str, str]:
    back = line.whose.kind == REFUND
    name = BUSINESS[EntryKind.REFUND if back else EntryKind.CAPTURE]
    values = [
        f"{date} 00:00:00", UNKNOWN_TRADE, f"{UNKNOWN_TRADE}0", name, name, "支出" if back else "收入",
        f"{line.amount or 0:.2f}", "0.00", f"{whose.mchid}API", "", line.whose.ref,
    ]
    return dict(zip(FUNDS_HEAD, values, strict=True))


async def share_bill(work: Work, whose: Whose, date: str, columns: str = "") -> str:
    """What was shared, and what came back, on one day; empty where there was nothing."""
    heads = columns.split(",") if columns else SHARES_HEAD
    rows, total = [], 0
    async for entry in entries(work, day_of(date)):
        order = await work.get(Transaction, entry.reference) if entry.what is EntryKind.SHARE else None
        if order is None or not whose.owns(order):
            continue
        source, target = entry.postings
        given = source.account == pending(order.payee)
        other = target.account if given else source.account
        total += target.money.minor
        values = [clock_time(entry.created), whose.mchid, order.payee, order.id, entry.memo,
                  _named(other), _yuan(target.money.minor), "分账" if given else "分账回退"]
        rows.append(dict(zip(heads, values, strict=True)))
    return _text(heads, rows, ("总笔数", "总金额"), (str(len(rows)), _yuan(total))) if rows else ""


def _named(account: str) -> str:
    return account.split(":")[1]


def _fees(day: Iterable[Entry]) -> dict[str, int]:
    """By what caused them; what was handed back is negative."""
    charged: dict[str, int] = {}
    for entry in day:
        if entry.what is EntryKind.FEE:
            for posting in entry.postings:
                if posting.account == fees(PROVIDER):
                    charged[entry.memo] = charged.get(entry.memo, 0) + posting.money.minor
    return charged


def _yuan(minor: int) -> str:
    return Money(minor, CNY).major()


def _fee(minor: int) -> str:
    return f"{_yuan(minor)}000"


def _plain(text: str) -> str:
    """Commas and line breaks are not escaped in this format."""
    return text.replace(",", " ").replace("\r", " ").replace("\n", " ")


def _order(order: Transaction, at: Instant, state: str, rate: Decimal) -> dict[str, str]:
    return {
        "交易时间": clock_time(at), "公众账号ID": order.appid, "商户号": order.seller or order.mchid,
        "特约商户号": order.sub_mchid or "0", "设备号": order.device_id, "微信订单号": order.id,
        "商户订单号": order.out_trade_no, "用户标识": order.openid, "交易类型": order.trade_type,
        "交易状态": state, "付款银行": order.bank_type, "货币种类": CNY, "代金券金额": "0.00",
        "充值券退款金额": "0.00", "商品名称": _plain(order.description), "商户数据包": _plain(order.attach),
        "费率": f"{rate * 100:.2f}%", "费率备注": "",
    }


def _paid(order: Transaction, entry: Entry, fee: int, rate: Decimal) -> dict[str, str]:
    return _order(order, entry.created, "SUCCESS", rate) | {
        "应结订单金额": _yuan(order.total_minor), "微信退款单号": "0", "商户退款单号": "0",
        "退款金额": "0.00", "退款类型": "", "退款状态": "", "手续费": _fee(fee),
        "订单金额": _yuan(order.total_minor), "申请退款金额": "0.00",
    }


def _refunded(
    order: Transaction, refund: Refund | None, entry: Entry, fee: int, rate: Decimal
) -> dict[str, str]:
    """Without a refund of its own it is a reversal."""
    amount = _yuan(entry.postings[1].money.minor)
    ended = refund is not None and refund.status == "SUCCESS"
    state = "REVOKED" if refund is None else "REFUND"
    return _order(order, entry.created, state, rate) | {
        "应结订单金额": "0.00", "退款申请时间": clock_time(entry.created),
        "退款成功时间": clock_time(refund.success_time) if refund is not None and ended else "",
        "微信退款单号": refund.id if refund else order.id,
        "商户退款单号": refund.out_refund_no if refund else order.out_trade_no,
        "退款金额": amount, "退款类型": refund.channel if refund else "ORIGINAL",
        "退款状态": REFUND_STATES[refund.status] if refund else "SUCCESS", "手续费": _fee(fee),
        "订单金额": "0.00", "申请退款金额": amount,
    }


def _about(row: Mapping[str, str]) -> RowOf:
    return RowOf(row["商户订单号"], REFUND if row["交易状态"] in ("REFUND", "REVOKED") else PAYMENT)


def _altered(row: dict[str, str], line: Line) -> dict[str, str]:
    amounts = ("退款金额", "申请退款金额") if _about(row).kind == REFUND else ("应结订单金额", "订单金额")
    figures = {} if line.amount is None else dict.fromkeys(amounts, f"{line.amount:.2f}")
    return row | figures | ({} if line.fee is None else {"手续费": f"{line.fee:.5f}"})


def _unknown(line: Line, whose: Whose, date: str) -> dict[str, str]:
    """A row that is in no book."""
    back = line.whose.kind == REFUND
    row = dict.fromkeys({head for heads in HEADS.values() for head in heads}, "") | {
        "交易时间": f"{date} 00:00:00", "商户号": whose.mchid, "特约商户号": whose.sub_mchid or "0",
        "微信订单号": UNKNOWN_TRADE, "商户订单号": line.whose.ref, "交易状态": "REFUND" if back else "SUCCESS",
        "货币种类": CNY, "应结订单金额": "0.00", "代金券金额": "0.00", "微信退款单号": "0", "商户退款单号": "0",
        "退款金额": "0.00", "充值券退款金额": "0.00", "手续费": "0.00000", "费率": "0.00%", "订单金额": "0.00",
        "申请退款金额": "0.00",
    }
    return _altered(row, line)


def _trade_sums(rows: Sequence[Mapping[str, str]], heads: Sequence[str]) -> list[str]:
    def total(name: str) -> Decimal:
        return sum((Decimal(row[name]) for row in rows), Decimal(0))

    sums = {
        "总交易单数": str(len(rows)),
        "应结订单总金额": f"{total('应结订单金额'):.2f}",
        "退款总金额": f"{total('退款金额'):.2f}",
        "充值券退款总金额": "0.00",
        "手续费总金额": f"{total('手续费'):.5f}",
        "订单总金额": f"{total('订单金额'):.2f}",
        "申请退款总金额": f"{total('申请退款金额'):.2f}",
    }
    return [sums[head] for head in heads]


def _flow(entry: Entry, minor: int, balance: int, whose: Whose) -> dict[str, str]:
    name = BUSINESS.get(entry.what, "其他")
    if entry.what is EntryKind.FEE and minor > 0:
        name = "退还手续费"
    values = [
        clock_time(entry.created), entry.reference, entry.id, name, name, "收入" if minor > 0 else "支出",
        _yuan(abs(minor)), _yuan(balance), f"{whose.mchid}API", "", entry.memo,
    ]
    return dict(zip(FUNDS_HEAD, values, strict=True))


def _text(
    heads: Sequence[str], rows: Sequence[Mapping[str, str]], sum_heads: Sequence[str], sums: Sequence[str],
    effect: StatementEffect = HONEST_STATEMENT,
) -> str:
    lines = [",".join(heads)]
    lines += [",".join(f"`{row[head]}" for head in heads) for row in rows]
    if not effect.missing_total_row:
        lines += [",".join(sum_heads), ",".join(f"`{each}" for each in sums)]
    return BOM + "".join(f"{line}\r\n" for line in lines)
