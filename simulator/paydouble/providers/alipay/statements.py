"""Bills: what the ledger says of a day or a month, as Alipay's CSV files in GBK.

https://opendocs.alipay.com/apis/api_15/alipay.data.dataservice.bill.downloadurl.query
The columns of the account bill and of both summaries are those of
users' files, which differ from year to year: unverified.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from paydouble.core.clock import Instant
from paydouble.core.ledger import Entry, EntryKind, pending
from paydouble.core.statement import HONEST_STATEMENT, StatementEffect
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.alipay import buyers, times, zipping
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.models import Refund, Trade

TRADE, ACCOUNT = "trade", "signcustomer"
ACCOUNT_SUFFIX = "0156"

# fmt: off
DETAIL_COLUMNS = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称",
    "操作员", "终端号",
    "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）",
    "商家优惠（元）",
    "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号",
    "服务费（元）", "分润（元）",
    "备注",
)
SUMMARY_COLUMNS = (
    "门店编号", "门店名称", "交易订单总笔数", "退款订单总笔数", "订单金额（元）", "商家实收（元）",
    "支付宝优惠（元）",
    "商家优惠（元）", "卡消费金额（元）", "服务费（元）", "分润（元）", "实收净额（元）",
)
ACCOUNT_COLUMNS = (
    "账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号", "收入金额（+元）",
    "支出金额（-元）",
    "账户余额（元）", "交易渠道", "业务类型", "备注",
)
KINDS = {
    EntryKind.CAPTURE: "在线支付", EntryKind.REFUND: "交易退款", EntryKind.FEE: "收费",
    EntryKind.SHARE: "交易分账",
    EntryKind.PAYOUT: "转账", EntryKind.ADJUSTMENT: "其它",
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One movement of a merchant's balance, in fen."""

    entry: Entry
    minor: int
    trade: Trade | None
    refund: Refund | None
    fee_minor: int = 0
    """Of a payment or refund, the fee that went with it; negative where it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Half-open, and how its day or month is written: 20250101, 202501."""

    start: Instant
    end: Instant
    label: str


async def rows_of(work: Work, seller_id: str, period: Period) -> list[Row]:
    """Every entry that moved this merchant's balance in the period, oldest first."""
    entries = await _entries(work, period.start, period.end)
    fees = {entry.memo: _moved(entry, seller_id) for entry in entries if entry.what is EntryKind.FEE}
    rows = []
    for entry in entries:
        minor = _moved(entry, seller_id)
        if minor:
            trade = await work.get(Trade, entry.reference)
            refund = await work.get(Refund, entry.memo) if entry.what is EntryKind.REFUND else None
            rows.append(
                Row(entry=entry, minor=minor, trade=trade, refund=refund, fee_minor=fees.get(entry.memo, 0))
            )
    return rows


async def balance_before(work: Work, seller_id: str, start: Instant) -> int:
    """What all that happened earlier had left, in fen."""
    return sum(_moved(entry, seller_id) for entry in await _entries(work, Instant(0), start))


async def _entries(work: Work, start: Instant, end: Instant) -> list[Entry]:
    entries: list[Entry] = []
    after = ""
    while True:
        walk = Walk(between=(start, Instant(end - 1)), after=after, newest_first=False, limit=PAGE_MAX)
        page = await work.scan(Entry, walk)
        entries += page
        if len(page) < PAGE_MAX:
            return entries
        after = page[-1].id


def _moved(entry: Entry, seller_id: str) -> int:
    account = pending(seller_id)
    return sum(posting.money.minor for posting in entry.postings if posting.account == account)


def trade_bill(
    rows: Sequence[Row], seller_id: str, period: Period, now: Instant,
    effect: StatementEffect = HONEST_STATEMENT,
) -> bytes:
    """The archive of 业务明细 and its summary."""
    told = [row for row in rows if row.entry.what in (EntryKind.CAPTURE, EntryKind.REFUND) and row.trade]
    title, account = "业务明细", f"{seller_id}{ACCOUNT_SUFFIX}"
    details, totals = [_detail(row) for row in told], _totals(told)
    detail = _file(title, account, period, now, DETAIL_COLUMNS, details, totals, effect)
    summary = _file(f"{title}(汇总)", account, period, now, SUMMARY_COLUMNS, _summary(told), totals, effect)
    name = f"{account}_{period.label}"
    return zipping.archive([(f"{name}_业务明细.csv", detail), (f"{name}_业务明细(汇总).csv", summary)])


def account_bill(
    rows: Sequence[Row], seller_id: str, period: Period, now: Instant,
    effect: StatementEffect = HONEST_STATEMENT, balance: int = 0,
) -> bytes:
    """The archive of 账务明细 and its summary; `balance`: in fen, before the first row."""
    title, account = "账务明细", f"{seller_id}{ACCOUNT_SUFFIX}"
    lines = []
    for row in rows:
        balance += row.minor
        lines.append(_movement(row, balance))
    income, spent = sum(max(0, row.minor) for row in rows), sum(min(0, row.minor) for row in rows)
    closing = [f"#收入合计：{sum(row.minor > 0 for row in rows)}笔，共{yuan(income)}元",
               f"#支出合计：{sum(row.minor < 0 for row in rows)}笔，共{yuan(spent)}元"]
    detail = _file(title, account, period, now, ACCOUNT_COLUMNS, lines, closing, effect)
    columns = ("收入（元）", "支出（元）", "净额（元）")
    summary = _file(f"{title}(汇总)", account, period, now, columns,
                    [(yuan(income), yuan(spent), yuan(income + spent))], closing, effect)
    name = f"{account}_{period.label}"
    return zipping.archive([(f"{name}_账务明细.csv", detail), (f"{name}_账务明细(汇总).csv", summary)])


def _detail(row: Row) -> tuple[str, ...]:
    trade = row.trade
    assert trade is not None, "only trades are told"
    refunded = row.entry.what is EntryKind.REFUND
    money = yuan(row.minor)
    done = times.china(row.entry.created)
    request = row.refund.out_request_no if row.refund else ""
    return (
        f"{trade.id}\t", f"{trade.out_trade_no}\t", "退款" if refunded else "交易", trade.subject,
        times.china(trade.created), done, f"{trade.store_id}\t", "", trade.operator_id, trade.terminal_id,
        f"({buyers.logon_id(trade.buyer_id)})", money, money, "0.00", "0.00", "0.00", "0.00", "0.00", "",
        "0.00",
        "0.00", request, yuan(row.fee_minor), "0.00", "",
    )


def _summary(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """A row for each store, and one for all."""
    stores: dict[str, list[Row]] = {}
    for row in rows:
        stores.setdefault(row.trade.store_id if row.trade else "", []).append(row)
    return [_sum(f"{store}\t", of_store) for store, of_store in sorted(stores.items())] + [_sum("合计", rows)]


def _sum(name: str, rows: Sequence[Row]) -> tuple[str, ...]:
    paid = sum(row.entry.what is EntryKind.CAPTURE for row in rows)
    money, fee = sum(row.minor for row in rows), sum(row.fee_minor for row in rows)
    return (
        name, "", str(paid), str(len(rows) - paid), yuan(money), yuan(money), "0.00", "0.00", "0.00",
        yuan(fee),
        "0.00", yuan(money + fee),
    )


def _totals(rows: Sequence[Row]) -> list[str]:
    paid = [row.minor for row in rows if row.entry.what is EntryKind.CAPTURE]
    back = [row.minor for row in rows if row.entry.what is EntryKind.REFUND]
    return [f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
            f"#退款合计：{len(back)}笔，商家实收退款共{yuan(sum(back))}元，商家优惠退款共0.00元"]


def _movement(row: Row, balance: int) -> tuple[str, ...]:
    trade = row.trade
    kind = KINDS.get(row.entry.what, "其它")
    return (
        f"{row.entry.id}\t", f"{row.entry.reference}\t", f"{trade.out_trade_no if trade else ''}\t",
        trade.subject if trade else "", times.china(row.entry.created),
        buyers.logon_id(trade.buyer_id) if trade else "", yuan(max(0, row.minor)), yuan(min(0, row.minor)),
        yuan(balance), "支付宝", kind, "",
    )


def _file(
    title: str, account: str, period: Period, now: Instant, columns: Sequence[str],
    rows: Sequence[Sequence[str]], closing: Sequence[str], effect: StatementEffect,
) -> bytes:
    """One file: GBK, lines with CR and LF."""
    text = io.StringIO()
    begins, ends = (times.china(instant, "%Y年%m月%d日 %H:%M:%S") for instant in (period.start, period.end))
    line = f"{title}列表"
    text.write(f"#支付宝{title}查询\r\n#账号：[{account}]\r\n#起始日期：[{begins}]   终止日期：[{ends}]\r\n")
    text.write(
        f"#-----------------------------------------{line}----------------------------------------\r\n"
    )
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    text.write(
        f"#-----------------------------------------{line}结束------------------------------------\r\n"
    )
    for each in () if effect.missing_total_row else closing:
        text.write(f"{each}\r\n")
    text.write(f"#导出时间：[{times.china(now, '%Y年%m月%d日 %H:%M:%S')}]\r\n")
    return effect.encode(text.getvalue(), "gbk")
