"""Bills and balances: https://opendocs.alipay.com/apis/api_15."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from paydouble.core.call import Call, Reply
from paydouble.core.clock import SECOND, Instant, later
from paydouble.core.errors import ErrorTable
from paydouble.core.http import HttpResponse
from paydouble.core.ids import HEX
from paydouble.core.operation import Operation, operation
from paydouble.core.page import Next, Page, Visit, page
from paydouble.core.record import Record
from paydouble.core.statement import HONEST_STATEMENT, StatementEffect
from paydouble.providers.alipay import identifiers, statements, times
from paydouble.providers.alipay.altering import altered
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON
from paydouble.providers.alipay.errors_reports import Bill
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.operations.transfers import available
from paydouble.providers.alipay.settings import AlipaySettings
from paydouble.providers.alipay.statements import ACCOUNT, TRADE, Period

ROWS: tuple[ErrorTable, ...] = (*Bill, *COMMON)
TYPES = (TRADE, ACCOUNT, "merchant_act", "trade_zft_merchant", "zft_acc", "settlementMerge")
EMPTY = "EMPTY_DATA_WITH_BILL_FILE"
DOWNLOAD = "/downloadBillFile.resource"
URL_LIFETIME_MS = 30 * SECOND
PAGE_SIZE_MAX = 2_000

_DAY, _MONTH = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII), re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFile(Record):
    """A download that was handed out; `id` is its token."""

    kind: ClassVar[str] = "alipay.bill_file"

    seller_id: str
    bill_type: str
    bill_date: str
    expires: Instant
    effect: StatementEffect = HONEST_STATEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Record):
    """An electronic receipt that was asked for; `id` is its file_id."""

    kind: ClassVar[str] = "alipay.receipt"

    seller_id: str
    about: str
    key: str


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "data.dataservice.bill.downloadurl.query", *routes("data.dataservice.bill.downloadurl.query", "GET"),
        means=("statement.download",), errors=ROWS,
        docs=documented("data.dataservice.bill.downloadurl.query"),
    )
    async def download(call: Call[Any]) -> Reply:
        """Get the address of a day's or a month's bill; it is good for thirty seconds."""
        return await _download(call, settings)

    @operation(
        "data.bill.balance.query", *routes("data.bill.balance.query", "GET"), errors=ROWS, reads=True,
        docs=documented("data.bill.balance.query"),
    )
    async def balance(call: Call[Any]) -> Reply:
        """See what is in the merchant's account."""
        left = yuan(await available(call.work, call.merchant.secrets["seller_id"], settings))
        return Reply({
            "available_amount": left, "total_amount": left, "freeze_amount": "0.00", "settle_amount": "0.00",
        })

    return download, balance, account_log, receipt, receipt_query


@page(
    DOWNLOAD, BillFile, folder="paydouble.providers.alipay",
    names=lambda fields: (fields.get("app_id", ""), fields.get("token", "")),
)
async def bill_file(visit: Visit) -> Next:
    """The archive behind a bill's address."""
    found = visit.record
    if not isinstance(found, BillFile) or visit.now > found.expires:
        body = "下载链接已失效".encode("gbk")
        return HttpResponse(403, (("Content-Type", "text/html;charset=GBK"),), body)
    period = period_of(found.bill_date)
    assert period is not None, "it was read once"
    rows = await statements.rows_of(visit.work, found.seller_id, period)
    rows = altered(rows, found.seller_id, period, found.effect)
    name = f"{found.seller_id}_{period.label}.csv.zip"
    headers = (
        ("Content-Type", "application/octet-stream"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    )
    if found.bill_type == TRADE:
        made = statements.trade_bill(rows, found.seller_id, period, visit.now, found.effect)
    else:
        balance = await statements.balance_before(visit.work, found.seller_id, period.start)
        made = statements.account_bill(rows, found.seller_id, period, visit.now, found.effect, balance)
    return HttpResponse(200, headers, made)


PAGES: tuple[Page, ...] = (bill_file,)


@operation(
    "data.bill.accountlog.query", *routes("data.bill.accountlog.query", "GET"), errors=ROWS, reads=True,
    docs=documented("data.bill.accountlog.query"),
)
async def account_log(call: Call[Any]) -> Reply:
    """List the movements of the merchant's account."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    try:
        period = Period(
            start=times.parse(params["start_time"]), end=times.parse(params["end_time"]), label=""
        )
    except ValueError:
        raise Bill.INVAILID_ARGUMENTS() from None
    number, size = _number(params, "page_no", 1), _number(params, "page_size", PAGE_SIZE_MAX)
    if period.end <= period.start or not (number >= 1 and 1 <= size <= PAGE_SIZE_MAX):
        raise Bill.INVAILID_ARGUMENTS()
    rows = await statements.rows_of(call.work, seller, period)
    shown = []
    balance = await statements.balance_before(call.work, seller, period.start)
    for row in rows:
        balance += row.minor
        shown.append(_logged(row, balance))
    return Reply({
        "page_no": str(number), "page_size": str(size), "total_size": str(len(shown)),
        "detail_list": shown[(number - 1) * size : number * size],
    })


@operation(
    "data.bill.ereceipt.apply", *routes("data.bill.ereceipt.apply"), errors=ROWS,
    docs=documented("data.bill.ereceipt.apply"),
)
async def receipt(call: Call[Any]) -> Reply:
    """Ask for an electronic receipt."""
    made = Receipt(
        id=identifiers.file_id(call.ids), status="SUCCESS", created=call.clock.now(),
        about=call.params["type"],
        seller_id=call.merchant.secrets["seller_id"], key=call.params["key"],
    )
    call.work.save(made)
    return Reply({"file_id": made.id})


@operation(
    "data.bill.ereceipt.query", *routes("data.bill.ereceipt.query", "GET"), errors=ROWS, reads=True,
    docs=documented("data.bill.ereceipt.query"),
)
async def receipt_query(call: Call[Any]) -> Reply:
    """See whether an electronic receipt is ready; the file itself is not made."""
    found = await call.work.get(Receipt, call.params["file_id"])
    if found is None or found.seller_id != call.merchant.secrets["seller_id"]:
        raise Bill.FILE_NOT_EXIST()
    return Reply({"status": found.status})


def period_of(bill_date: str) -> Period | None:
    """A day or a month in China; None for what is neither."""
    pattern = "%Y-%m-%d" if _DAY.fullmatch(bill_date) else "%Y-%m" if _MONTH.fullmatch(bill_date) else ""
    try:
        first = datetime.strptime(bill_date, pattern) if pattern else None
    except ValueError:
        first = None
    if first is None:
        return None
    last = first + timedelta(days=1) if pattern.endswith("d") else (first + timedelta(days=32)).replace(day=1)
    start, end = (times.parse(moment.strftime(times.FORMAT)) for moment in (first, last))
    return Period(start=start, end=end, label=bill_date.replace("-", ""))


async def _download(call: Call[Any], settings: AlipaySettings) -> Reply:
    params, now = call.params, call.clock.now()
    if params["bill_type"] not in TYPES:
        raise Bill.TYPE_NOT_SUPPORTED()
    period = period_of(params["bill_date"])
    if period is None:
        raise Bill.INVAILID_ARGUMENTS()
    if call.statement.ready(period.end) > now and not (settings.bills_at_once and period.start <= now):
        raise Bill.BILL_NOT_EXIST()
    file = BillFile(
        id=call.ids.token(32, HEX), created=now, seller_id=call.merchant.secrets["seller_id"],
        bill_type=params["bill_type"], bill_date=params["bill_date"], expires=later(now, URL_LIFETIME_MS),
        effect=call.statement,
    )
    call.work.save(file)
    rows = await statements.rows_of(call.work, file.seller_id, period)
    rows = altered(rows, file.seller_id, period, file.effect)
    query = urlencode({
        "bizType": file.bill_type, "userId": file.seller_id, "fileType": "csv.zip", "bizDates": period.label,
        "downloadFileName": f"{file.seller_id}_{period.label}.csv.zip", "app_id": call.merchant.id,
        "token": file.id,
    })
    shown: Mapping[str, object] = {"bill_download_url": f"{call.request.base_url}{DOWNLOAD}?{query}"}
    return Reply(shown if rows else {**shown, "bill_file_code": EMPTY})


def _number(params: Mapping[str, Any], name: str, default: int) -> int:
    text = params.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Bill.INVAILID_ARGUMENTS()
    return int(text)


def _logged(row: statements.Row, balance: int) -> dict[str, object]:
    return {
        "account_log_id": row.entry.id, "alipay_order_no": row.entry.reference, "balance": yuan(balance),
        "merchant_order_no": row.trade.out_trade_no if row.trade else "", "trans_amount": yuan(row.minor),
        "direction": "收入" if row.minor > 0 else "支出", "trans_dt": times.china(row.entry.created),
        "type": statements.KINDS.get(row.entry.what, "其它"),
    }
