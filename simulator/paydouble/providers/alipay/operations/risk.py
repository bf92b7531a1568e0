"""Risk: what texts and customers look like, what must be confirmed, and complaints as risk sees them.

https://opendocs.alipay.com/apis; every answer is the harmless one unless what is asked about says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import DIGITS, HEX
from paydouble.core.operation import Operation, operation
from paydouble.core.work import Walk
from paydouble.providers.alipay import times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON
from paydouble.providers.alipay.errors_around import Around
from paydouble.providers.alipay.errors_reports import Complaint
from paydouble.providers.alipay.operations.complaints import PROCESSING, TradeComplaint
from paydouble.providers.alipay.operations.routes import documented, routes

ROWS: tuple[ErrorTable, ...] = (*Around, *COMMON)
COMPLAINTS: tuple[ErrorTable, ...] = (*Complaint, *COMMON)
FORBIDDEN = ("违禁", "赌博", "刷单")
"""Words of PayDouble's own, for `content.detect`: live the list is a secret."""
RISKY = "risky"
"""In an account, a name or a number that is asked about: a high risk."""
SIZE_MAX = 100


def operations() -> tuple[Operation, ...]:
    return detect, customer, reported, policy, confirmed, listed, seen, finish, reply


@operation(
    "security.risk.content.detect", *routes("security.risk.content.detect", ""), errors=ROWS,
    docs=documented("security.risk.content.detect"),
)
async def detect(call: Call[Any]) -> Reply:
    """Ask whether a text may be shown: `REJECTED` with 违禁, 赌博 or 刷单 in it."""
    found = [word for word in FORBIDDEN if word in call.params["content"]]
    shown = {"action": "REJECTED" if found else "PASSED", "unique_id": call.ids.token(32, HEX)}
    return Reply({**shown, **({"keywords": found} if found else {})})


@operation(
    "security.risk.customerrisk.query", *routes("security.risk.customerrisk.query", ""), errors=ROWS,
    reads=True, docs=documented("security.risk.customerrisk.query"),
)
async def customer(call: Call[Any]) -> Reply:
    """Ask how risky a customer is: very, if `risky` stands in anything that is told of him."""
    risky = any(RISKY in value.lower() for value in call.params.values() if isinstance(value, str))
    result, text = ("HIGH", "高风险") if risky else ("LOW", "低风险")
    return Reply({"risk_result": result, "risk_result_desc": text})


@operation(
    "security.risk.customerrisk.send", *routes("security.risk.customerrisk.send"), errors=ROWS, reads=True,
    docs=documented("security.risk.customerrisk.send"),
)
async def reported(call: Call[Any]) -> Reply:
    """Tell how a warning about a customer was dealt with; nothing comes of it."""
    return Reply({})


@operation(
    "security.risk.policy.query", *routes("security.risk.policy.query", ""), errors=ROWS, reads=True,
    docs=documented("security.risk.policy.query"),
)
async def policy(call: Call[Any]) -> Reply:
    """Ask whether an operation has to be confirmed: none has."""
    id = call.ids.token(32, HEX)
    shown = {"success": True, "query_success": True, "has_to_check": False, "level": 0, "security_id": id}
    return Reply(shown)


@operation(
    "security.risk.policy.confirm", *routes("security.risk.policy.confirm", ""), errors=ROWS, reads=True,
    docs=documented("security.risk.policy.confirm"),
)
async def confirmed(call: Call[Any]) -> Reply:
    """Tell that an operation was confirmed."""
    return Reply({"success": True, "confirm_success": True})


@operation(
    "security.risk.complaint.info.batchquery", *routes("security.risk.complaint.info.batchquery", ""),
    errors=COMPLAINTS, reads=True, docs=documented("security.risk.complaint.info.batchquery"),
)
async def listed(call: Call[Any]) -> Reply:
    """List complaints, page by page."""
    params = call.params
    number, size = int(params.get("current_page_num") or 1), int(params.get("page_size") or 10)
    if not (number >= 1 and 1 <= size <= SIZE_MAX):
        raise Complaint.PARAM_ILLEGAL()
    walk = Walk(index="seller_id", value=call.merchant.secrets["seller_id"], limit=1_000)
    found = [each for each in await call.work.scan(TradeComplaint, walk)
             if params.get("trade_no", "") in ("", each.trade_no)]
    return Reply({
        "current_page": number, "page_size": size, "total_size": len(found),
        "complaint_list": [_shown(each) for each in found[(number - 1) * size : number * size]],
    })


@operation(
    "security.risk.complaint.info.query", *routes("security.risk.complaint.info.query", ""),
    errors=COMPLAINTS, reads=True, docs=documented("security.risk.complaint.info.query"),
)
async def seen(call: Call[Any]) -> Reply:
    """See one complaint."""
    return Reply(_shown(await _found(call, call.params["complain_id"])))


@operation(
    "security.risk.complaint.process.finish", *routes("security.risk.complaint.process.finish", ""),
    errors=COMPLAINTS, docs=documented("security.risk.complaint.process.finish"),
)
async def finish(call: Call[Any]) -> Reply:
    """Tell that complaints were dealt with."""
    for id in call.params["id_list"]:
        found = await _found(call, id)
        if found.status != PROCESSING:
            raise Complaint.STATUS_CHANGED()
        call.work.save(replace(found, status="MERCHANT_FEEDBACKED", modified=call.clock.now()))
    return Reply({"complaint_process_success": True})


@operation(
    "security.risk.complaint.reply.send", *routes("security.risk.complaint.reply.send", ""),
    errors=COMPLAINTS, docs=documented("security.risk.complaint.reply.send"),
)
async def reply(call: Call[Any]) -> Reply:
    """Write to the buyer."""
    found, now = await _found(call, call.params["complaint_id"]), call.clock.now()
    said = {"content": call.params["reply_content"], "gmt_create": times.china(now), "replier_name": "商家",
            "replier_role": "MERCHANT"}
    moved = replace(found, modified=now, replies=(*found.replies, said))
    call.work.save(moved)
    return Reply({}, subject=moved)


async def _found(call: Call[Any], id: str) -> TradeComplaint:
    found = await call.work.get(TradeComplaint, id)
    if found is None:
        raise Complaint.PARAM_ILLEGAL()
    if found.seller_id != call.merchant.secrets["seller_id"]:
        raise Complaint.AUTHORITY_ILLEGAL()
    return found


def _shown(complaint: TradeComplaint) -> dict[str, object]:
    """The same complaint as `merchant.tradecomplain.query` shows, under the names of this family."""
    number = "".join(digit for digit in complaint.id if digit in DIGITS)
    trade = {
        "complaint_record_id": number, "trade_no": complaint.trade_no, "out_no": complaint.out_trade_no,
        "amount": yuan(complaint.amount_minor), "status": complaint.status,
    }
    return {
        "id": number, "task_id": complaint.id, "status": complaint.status, "trade_no": complaint.trade_no,
        "complain_content": complaint.content, "complain_amount": yuan(complaint.amount_minor),
        "gmt_complain": times.china(complaint.created), "gmt_process": times.china(complaint.modified),
        "opposite_pid": complaint.seller_id, "complaint_trade_info_list": [trade],
    }
