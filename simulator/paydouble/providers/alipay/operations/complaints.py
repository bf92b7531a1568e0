"""Complaints of buyers about trades (交易投诉): https://opendocs.alipay.com/apis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, later
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import Operation, operation
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work
from paydouble.providers.alipay import identifiers, messages, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON
from paydouble.providers.alipay.errors_reports import Complaint
from paydouble.providers.alipay.models import Trade
from paydouble.providers.alipay.operations.routes import documented, routes

ROWS: tuple[ErrorTable, ...] = (*Complaint, *COMMON)
BASE = "/v3/alipay/merchant/tradecomplain"
CHANGED = "alipay.merchant.tradecomplain.changed"
PROCESSING, FEEDBACKED, FINISHED = "MERCHANT_PROCESSING", "MERCHANT_FEEDBACKED", "FINISHED"
CODES = ("02", "03", "04", "05", "06", "194")
PAGE_SIZE_MAX = 20
SPAN_MS, DEFAULT_SPAN_MS = 366 * DAY, 30 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeComplaint(Record):
    """One complaint; `id` is the complain_event_id."""

    kind: ClassVar[str] = "alipay.complaint"
    indexes: ClassVar[tuple[str, ...]] = ("seller_id",)

    app_id: str
    seller_id: str
    trade_no: str
    out_trade_no: str
    amount_minor: int
    reason: str
    content: str
    modified: Instant
    replies: tuple[Mapping[str, str], ...] = field(default=())

    def shown(self) -> dict[str, object]:
        return {
            "complain_event_id": self.id, "status": self.status, "trade_no": self.trade_no,
            "merchant_order_no": self.out_trade_no, "gmt_create": times.china(self.created),
            "gmt_modified": times.china(self.modified), "complain_reason": self.reason,
            "content": self.content,
            "target_id": self.seller_id, "target_type": "PID", "phone_no": "138****0000",
            "leaf_category_name": "其他",
        }


@act(Trade, "complain")
async def complain(doing: Doing[Trade]) -> Record:
    """The buyer complains: `content` says of what."""
    trade = doing.record
    if not trade.was_paid:
        raise Declined("not_permitted", "交易未付款，不能投诉")
    made = TradeComplaint(
        id=identifiers.complaint(doing.ids, doing.now), status=PROCESSING, created=doing.now,
        modified=doing.now,
        app_id=trade.app_id, seller_id=trade.seller_id, trade_no=trade.id, out_trade_no=trade.out_trade_no,
        amount_minor=trade.total_minor, reason=str(doing.details.get("reason", "未收到货")),
        content=str(doing.details.get("content", "商家没有发货")),
    )
    doing.work.save(made)
    _tell(doing.work, made)
    return trade


ACTS: tuple[Act[Any], ...] = complain


def operations() -> tuple[Operation, ...]:
    return listed, query, feedback, reply, supplement


@operation(
    "merchant.tradecomplain.batchquery", *routes("merchant.tradecomplain.batchquery"), errors=ROWS,
    reads=True,
    docs=documented("merchant.tradecomplain.batchquery"),
)
async def listed(call: Call[Any]) -> Reply:
    """List complaints, page by page."""
    params, now = call.params, call.clock.now()
    size, number = _number(params, "page_size", 10), _number(params, "page_num", 1)
    try:
        end = times.parse(params["end_time"]) if params.get("end_time") else now
        begin = times.parse(params["begin_time"]) if params.get("begin_time") else later(
            end, -DEFAULT_SPAN_MS
        )
    except ValueError:
        raise Complaint.PARAM_ILLEGAL() from None
    if not (1 <= size <= PAGE_SIZE_MAX and number >= 1 and 0 <= end - begin <= SPAN_MS):
        raise Complaint.PARAM_ILLEGAL()
    walk = Walk(
        index="seller_id", value=call.merchant.secrets["seller_id"], between=(begin, end), limit=1_000
    )
    status = params.get("status", "")
    found = [each for each in await call.work.scan(TradeComplaint, walk) if status in ("", each.status)]
    return Reply({
        "page_num": number, "page_size": size, "total_num": len(found),
        "total_page_num": -(-len(found) // size),
        "trade_complain_infos": [each.shown() for each in found[(number - 1) * size : number * size]],
    })


@operation(
    "merchant.tradecomplain.query",
    *routes("merchant.tradecomplain.query", "GET", f"{BASE}/{{complain_event_id}}"),
    errors=ROWS, reads=True, docs=documented("merchant.tradecomplain.query"),
)
async def query(call: Call[Any]) -> Reply:
    """See a complaint with all that was said."""
    found = await _found(call)
    replies = [dict(each) for each in found.replies]
    return Reply({**found.shown(), "trade_amount": yuan(found.amount_minor), "reply_detail_infos": replies})


@operation(
    "merchant.tradecomplain.feedback.submit",
    *routes("merchant.tradecomplain.feedback.submit", path=f"{BASE}/feedback"), errors=ROWS,
    docs=documented("merchant.tradecomplain.feedback.submit"),
)
async def feedback(call: Call[Any]) -> Reply:
    """Say what has been done about a complaint."""
    if call.params["feedback_code"] not in CODES:
        raise Complaint.PARAM_ILLEGAL()
    found = await _found(call)
    if found.status != PROCESSING:
        raise Complaint.STATUS_CHANGED()
    return _said(call, found, call.params["feedback_content"], FEEDBACKED)


@operation(
    "merchant.tradecomplain.reply.submit",
    *routes("merchant.tradecomplain.reply.submit", path=f"{BASE}/reply"),
    errors=ROWS, docs=documented("merchant.tradecomplain.reply.submit"),
)
async def reply(call: Call[Any]) -> Reply:
    """Write to the buyer."""
    found = await _found(call)
    return _said(call, found, call.params["reply_content"], found.status)


@operation(
    "merchant.tradecomplain.supplement.submit",
    *routes("merchant.tradecomplain.supplement.submit", path=f"{BASE}/supplement"), errors=ROWS,
    docs=documented("merchant.tradecomplain.supplement.submit"),
)
async def supplement(call: Call[Any]) -> Reply:
    """Add evidence to a complaint."""
    found = await _found(call)
    return _said(call, found, call.params["supplement_content"], found.status)


def _said(call: Call[Any], found: TradeComplaint, content: str, status: str) -> Reply:
    now = call.clock.now()
    said = {
        "content": content, "gmt_create": times.china(now), "replier_name": "商家",
        "replier_role": "MERCHANT",
    }
    moved = replace(found, status=status, modified=now, replies=(*found.replies, said))
    call.work.save(moved)
    if status != found.status:
        _tell(call.work, moved)
    return Reply({}, subject=moved)


def _tell(work: Work, complaint: TradeComplaint) -> None:
    content = {"complain_event_id": complaint.id, "status": complaint.status}
    work.announce(messages.message(CHANGED, complaint.app_id, content, ref=complaint.out_trade_no))


async def _found(call: Call[Any]) -> TradeComplaint:
    found = await call.work.get(TradeComplaint, call.params["complain_event_id"])
    if found is None:
        raise Complaint.PARAM_ILLEGAL()
    if found.seller_id != call.merchant.secrets["seller_id"]:
        raise Complaint.AUTHORITY_ILLEGAL()
    return found


def _number(params: Mapping[str, Any], name: str, default: int) -> int:
    text = params.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Complaint.PARAM_ILLEGAL()
    return int(text)
