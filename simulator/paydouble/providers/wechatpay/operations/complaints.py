"""Complaints of payers, and what merchants answer. https://pay.weixin.qq.com/doc/v3/merchant/4012289036"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Clock, Instant, rfc3339_china
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import DIGITS, Ids
from paydouble.core.notification import Event
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work
from paydouble.providers.wechatpay import sensitive
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import names_public_key
from paydouble.providers.wechatpay.machines import API, PROVIDER
from paydouble.providers.wechatpay.models import Transaction
from paydouble.providers.wechatpay.models_more import Complaint, ComplaintEndpoint, Said

COMPLAINTS = "/v3/merchant-service/complaints-v2"
NOTIFICATIONS = "/v3/merchant-service/complaint-notifications"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
PHONE = "13800138000"
LOG_ID_LENGTH = 32

Params = dict[str, Any]
ERRORS: tuple[ErrorTable, ...] = (Errors.COMPLAINT_UNKNOWN, Errors.COMPLAINT_DONE, *COMMON)


@operation("complaints.list", Route(API, "GET", COMPLAINTS), errors=COMMON, docs=f"{DOCS}4012289036")
async def list_complaints(call: Call[Params]) -> Reply:
    """The complaints about a merchant."""
    walk = Walk(index="mchid", value=call.merchant.id)
    found = await call.work.scan(Complaint, walk)
    days = call.params["begin_date"], call.params["end_date"]
    inside = [_shown(call, each) for each in found if days[0] <= _day(each.created) <= days[1]]
    return Reply(_page(call, inside))


@operation(
    "complaints.get", Route(API, "GET", f"{COMPLAINTS}/{{complaint_id}}"), errors=ERRORS,
    docs=f"{DOCS}4012467220",
)
async def get(call: Call[Params]) -> Reply:
    """One complaint."""
    complaint = await _known(call)
    return Reply(_shown(call, complaint), subject=complaint)


@operation(
    "complaints.negotiation_history",
    Route(API, "GET", f"{COMPLAINTS}/{{complaint_id}}/negotiation-historys"),
    errors=ERRORS, docs=f"{DOCS}4012467219",
)
async def negotiation_history(call: Call[Params]) -> Reply:
    """What was said about a complaint, the newest first."""
    complaint = await _known(call)
    said = await call.work.scan(Said, Walk(index="complaint", value=complaint.id))
    return Reply(_page(call, [each.shown() for each in said]))


@operation(
    "complaints.response", Route(API, "POST", f"{COMPLAINTS}/{{complaint_id}}/response"), errors=ERRORS,
    docs=f"{DOCS}4012467217",
)
async def response(call: Call[Params]) -> Reply:
    """Answer the payer."""
    return await _answered(call, "MERCHANT_RESPONSE", "PROCESSING", call.params["response_content"])


@operation(
    "complaints.complete", Route(API, "POST", f"{COMPLAINTS}/{{complaint_id}}/complete"), errors=ERRORS,
    docs=f"{DOCS}4012467222",
)
async def complete(call: Call[Params]) -> Reply:
    """Say that a complaint is settled."""
    return await _answered(call, "MERCHANT_CONFIRM_COMPLETE", "PROCESSED", "")


@operation(
    "complaints.refund_progress", Route(API, "POST", f"{COMPLAINTS}/{{complaint_id}}/update-refund-progress"),
    errors=ERRORS, docs=f"{DOCS}4012467224",
)
async def refund_progress(call: Call[Params]) -> Reply:
    """Say whether the payer gets a refund."""
    approved = call.params["action"] == "APPROVE"
    action = "MERCHANT_APPROVE_REFUND" if approved else "MERCHANT_REJECT_REFUND"
    return await _answered(call, action, "PROCESSING", call.params.get("reject_reason", ""))


@operation("complaints.subscribe", Route(API, "POST", NOTIFICATIONS), errors=COMMON, docs=f"{DOCS}4012458106")
async def subscribe(call: Call[Params]) -> Reply:
    """Say where complaints are told."""
    return await _subscribed(call)


@operation(
    "complaints.resubscribe", Route(API, "PUT", NOTIFICATIONS), errors=COMMON,
    docs=f"{DOCS}4012459065",
)
async def resubscribe(call: Call[Params]) -> Reply:
    """Say anew where complaints are told."""
    return await _subscribed(call)


@operation(
    "complaints.subscription", Route(API, "GET", NOTIFICATIONS), errors=ERRORS,
    docs=f"{DOCS}4012458959",
)
async def subscription(call: Call[Params]) -> Reply:
    """Where complaints are told."""
    found = await call.work.get(ComplaintEndpoint, call.merchant.id)
    if found is None:
        raise Errors.COMPLAINT_UNKNOWN()
    return Reply({"mchid": call.merchant.id, "url": found.url})


@operation(
    "complaints.unsubscribe", Route(API, "DELETE", NOTIFICATIONS), errors=COMMON,
    docs=f"{DOCS}4012460474",
)
async def unsubscribe(call: Call[Params]) -> Reply:
    """Tell complaints to nobody."""
    found = await call.work.get(ComplaintEndpoint, call.merchant.id)
    if found is not None:
        call.work.remove(found)
    return Reply(b"", status=204)


@operation(
    "complaints.immediate_service",
    Route(API, "POST", f"{COMPLAINTS}/{{complaint_id}}/response-immediate-service"),
    idempotency=NaturalKey(("idempotent_id",)), errors=ERRORS, docs=f"{DOCS}4012467225",
)
async def immediate_service(call: Call[Params]) -> Reply:
    """Answer a payer who waits in a chat."""
    complaint = await _known(call)
    if complaint.status == "PROCESSED":
        raise Errors.COMPLAINT_DONE()
    # The same message sent twice is one line of the talk.
    same = f"{complaint.id}/{call.params['idempotent_id']}".encode("utf-8", "surrogatepass")
    log_id = hashlib.sha256(same).hexdigest()[:LOG_ID_LENGTH]
    if await call.work.get(Said, log_id) is None:
        call.work.save(Said(
            id=log_id, created=call.clock.now(), complaint=complaint.id, operator="商户",
            type="MERCHANT_RESPONSE_IMMEDIATE_SERVICE", text=call.params["message"],
        ))
    return Reply({"log_id": log_id}, subject=complaint)


OPERATIONS: tuple[Operation, ...] = (
    list_complaints, get, negotiation_history, response, complete, refund_progress, immediate_service,
    subscribe, resubscribe, subscription, unsubscribe,
)


async def _subscribed(call: Call[Params]) -> Reply:
    await call.work.get(ComplaintEndpoint, call.merchant.id)
    url = call.params["url"]
    call.work.save(ComplaintEndpoint(
        id=call.merchant.id, url=url, created=call.clock.now(),
        public_key_mode=names_public_key(call.envelope),
    ))
    return Reply({"mchid": call.merchant.id, "url": url})


async def _known(call: Call[Params]) -> Complaint:
    complaint = await call.work.get(Complaint, call.params["complaint_id"])
    if complaint is None or complaint.mchid != call.merchant.id:
        raise Errors.COMPLAINT_UNKNOWN()
    return complaint


async def _answered(call: Call[Params], action: str, state: str, text: str) -> Reply:
    complaint = await _known(call)
    if complaint.status == "PROCESSED":
        raise Errors.COMPLAINT_DONE()
    moved = replace(complaint, status=state, answers=complaint.answers + 1)
    call.work.save(moved)
    note(call.work, call.ids, call.clock, moved.id, "商户", action, text)
    await tell(call.work, moved, "COMPLAINT.STATE_CHANGE", action)
    return Reply(b"", status=204)


def _shown(call: Call[Params], complaint: Complaint) -> dict[str, object]:
    return complaint.shown(sensitive.sealed(call, PHONE))


def _page(call: Call[Params], found: Sequence[dict[str, object]]) -> dict[str, object]:
    offset, limit = int(call.params.get("offset", "0")), int(call.params.get("limit", "10"))
    data = found[offset:offset + limit]
    return {"data": data, "limit": limit, "offset": offset, "total_count": len(found)}


def _day(now: Instant) -> str:
    return rfc3339_china(now)[:10]


def note(work: Work, ids: Ids, clock: Clock, complaint: str, operator: str, type: str, text: str) -> None:
    work.save(Said(
        id=ids.token(24, DIGITS), created=clock.now(), complaint=complaint, operator=operator, type=type,
        text=text,
    ))


async def tell(work: Work, complaint: Complaint, type: str, action: str) -> None:
    """To the address for complaints; to nobody where there is none."""
    endpoint = await work.get(ComplaintEndpoint, complaint.mchid)
    if endpoint is not None:
        work.announce(Event(
            id="", type=type, api=API, provider=PROVIDER, merchant=complaint.mchid, url=endpoint.url,
            body={"complaint_id": complaint.id, "action_type": action}, subject=complaint.id,
        ))


@act(Transaction, "complain")
async def complain(doing: Doing[Transaction]) -> Record:
    """The payer complains about a paid order; `details` may say `detail`."""
    order = doing.record
    complaint = Complaint(
        id=f"2002{doing.ids.token(24, DIGITS)}", status="PENDING", created=doing.now, mchid=order.mchid,
        transaction_id=order.id, out_trade_no=order.out_trade_no, amount_minor=order.total_minor,
        openid=order.openid, detail=str(doing.details.get("detail", "商品未收到")),
    )
    doing.work.save(complaint)
    said = "USER_CREATE_COMPLAINT"
    note(doing.work, doing.ids, doing.clock, complaint.id, "投诉人", said, complaint.detail)
    await tell(doing.work, complaint, "COMPLAINT.CREATE", "CREATE_COMPLAINT")
    return order


ACTS: tuple[Act[Any], ...] = complain
