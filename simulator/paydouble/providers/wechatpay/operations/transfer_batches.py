"""Transfers in batches, as they were before receivers had to confirm; closed to new merchants.

https://pay.weixin.qq.com/doc/v3/merchant/4012458841
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import rfc3339_china
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import identifiers, ordering, sensitive
from paydouble.providers.wechatpay.errors import COMMON, Errors, refusal
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.transfer_records import TRANSFER_BATCH, Detail, TransferBatch
from paydouble.providers.wechatpay.transferring import FAIL_REASONS, FAILS_OTHERWISE

BATCHES = "/v3/transfer/batches"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
PAGE = 20

CREATE: tuple[ErrorTable, ...] = (
    Errors.BATCH_SUMS_DIFFER, Errors.TRANSFER_DIFFERS, Errors.APPID_MCHID_NOT_MATCH,
    Errors.TRANSFER_NO_AUTH, Errors.TRANSFER_NOT_ENOUGH, Errors.TRANSFER_QUOTA, *COMMON,
)
QUERY: tuple[ErrorTable, ...] = (Errors.TRANSFER_UNKNOWN, *COMMON)


class DetailRequest(TypedDict):
    out_detail_no: str
    transfer_amount: int
    transfer_remark: str
    openid: str
    user_name: NotRequired[str]
    user_id_card: NotRequired[str]


class BatchRequest(TypedDict):
    appid: str
    out_batch_no: str
    batch_name: str
    batch_remark: str
    total_amount: int
    total_num: int
    transfer_detail_list: list[DetailRequest]
    transfer_scene_id: NotRequired[str]
    notify_url: NotRequired[str]


class BatchQuery(TypedDict):
    """Values of a query are text."""

    out_batch_no: NotRequired[str]
    batch_id: NotRequired[str]
    need_query_detail: str
    offset: NotRequired[str]
    limit: NotRequired[str]
    detail_status: NotRequired[str]


class DetailQuery(TypedDict):
    out_batch_no: NotRequired[str]
    batch_id: NotRequired[str]
    out_detail_no: NotRequired[str]
    detail_id: NotRequired[str]


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "transfer_batches.create", Route(API, "POST", BATCHES), means=("payout.create",),
        idempotency=NaturalKey(("out_batch_no",)), errors=CREATE, docs=f"{DOCS}4012458841",
    )
    async def create(call: Call[BatchRequest]) -> Reply:
        """Send money to many at once, who need not confirm."""
        return await _create(call, settings)

    return create, query_by_out_batch_no, query_by_batch_id, detail_by_out_detail_no, detail_by_detail_id


@operation(
    "transfer_batches.query_by_out_batch_no", Route(API, "GET", f"{BATCHES}/out-batch-no/{{out_batch_no}}"),
    means=("payout.query",), errors=QUERY, docs=f"{DOCS}4012458850",
)
async def query_by_out_batch_no(call: Call[BatchQuery]) -> Reply:
    """Query a batch by the merchant's number."""
    return _shown(call, await _known(call))


@operation(
    "transfer_batches.query_by_batch_id", Route(API, "GET", f"{BATCHES}/batch-id/{{batch_id}}"),
    means=("payout.query",), errors=QUERY, docs=f"{DOCS}4012458845",
)
async def query_by_batch_id(call: Call[BatchQuery]) -> Reply:
    """Query a batch by WeChat Pay's number."""
    return _shown(call, await _known(call))


@operation(
    "transfer_batches.detail_by_out_detail_no",
    Route(API, "GET", f"{BATCHES}/out-batch-no/{{out_batch_no}}/details/out-detail-no/{{out_detail_no}}"),
    means=("payout.query",), errors=QUERY, docs=f"{DOCS}4012458852",
)
async def detail_by_out_detail_no(call: Call[DetailQuery]) -> Reply:
    """Query one transfer of a batch by the merchant's numbers."""
    return await _detail(call)


@operation(
    "transfer_batches.detail_by_detail_id",
    Route(API, "GET", f"{BATCHES}/batch-id/{{batch_id}}/details/detail-id/{{detail_id}}"),
    means=("payout.query",), errors=QUERY, docs=f"{DOCS}4012458848",
)
async def detail_by_detail_id(call: Call[DetailQuery]) -> Reply:
    """Query one transfer of a batch by WeChat Pay's numbers."""
    return await _detail(call)


async def _known(call: Call[BatchQuery] | Call[DetailQuery]) -> TransferBatch:
    batch = None
    if "out_batch_no" in call.params:
        key = number_key(call.merchant.id, call.params["out_batch_no"])
        batch = await call.work.find(TransferBatch, "number", key)
    elif "batch_id" in call.params:
        batch = await call.work.get(TransferBatch, call.params["batch_id"])
    if batch is None or batch.mchid != call.merchant.id:
        raise Errors.TRANSFER_UNKNOWN()
    return batch


def _shown(call: Call[BatchQuery], batch: TransferBatch) -> Reply:
    params = call.params
    if params["need_query_detail"] != "true":
        return Reply({"transfer_batch": batch.shown()}, subject=batch)
    offset, limit = int(params.get("offset", "0")), int(params.get("limit", str(PAGE)))
    status = params.get("detail_status", "ALL")
    found = [each for each in batch.details if status in ("ALL", each.status)]
    listed = [
        {"detail_id": each.detail_id, "out_detail_no": each.out_detail_no, "detail_status": each.status}
        for each in found[offset:offset + limit]
    ]
    page = {"transfer_detail_list": listed, "offset": offset, "limit": limit}
    return Reply({"transfer_batch": batch.shown(), **page}, subject=batch)


async def _detail(call: Call[DetailQuery]) -> Reply:
    batch, params = await _known(call), call.params
    wanted = {params.get("out_detail_no"), params.get("detail_id")}
    found = next((each for each in batch.details if wanted & {each.out_detail_no, each.detail_id}), None)
    if found is None:
        raise Errors.TRANSFER_UNKNOWN()
    shown: dict[str, object] = {
        "mchid": batch.mchid, "out_batch_no": batch.out_batch_no, "batch_id": batch.id, "appid": batch.appid,
        "out_detail_no": found.out_detail_no, "detail_id": found.detail_id, "detail_status": found.status,
        "transfer_amount": found.amount_minor, "transfer_remark": found.remark, "openid": found.openid,
        "initiate_time": rfc3339_china(batch.created), "update_time": rfc3339_china(batch.updated),
    }
    if found.fail_reason:
        shown["fail_reason"] = found.fail_reason
    if found.user_name:
        shown["user_name"] = sensitive.sealed(call, found.user_name)
    return Reply(shown, subject=batch)


async def _create(call: Call[BatchRequest], settings: WechatpaySettings) -> Reply:
    params, now, outcome = call.params, call.clock.now(), call.outcome
    ordering.check_appid(call)
    listed = params["transfer_detail_list"]
    total = sum(each["transfer_amount"] for each in listed)
    if (total, len(listed)) != (params["total_amount"], params["total_num"]):
        raise Errors.BATCH_SUMS_DIFFER()
    names = [
        sensitive.opened(call, each, "user_name", f"/transfer_detail_list/{index}/user_name")
        for index, each in enumerate(listed)
    ]
    plain = [{**each, "user_name": name} for each, name in zip(listed, names, strict=True)]
    asked = ordering.digest({**params, "transfer_detail_list": plain}, "batch")
    number = number_key(call.merchant.id, params["out_batch_no"])
    known = await call.work.find(TransferBatch, "number", number)
    if known is not None:
        if known.asked != asked:
            raise Errors.TRANSFER_DIFFERS()
        return Reply(_taken(known), subject=known)
    if outcome is not None and outcome.result is Result.DECLINED:
        raise refusal(outcome, CREATE, Errors.TRANSFER_NOT_ENOUGH)
    failed = outcome is not None and outcome.result is Result.FAILED
    batch = TransferBatch(
        id=identifiers.batch_id(call.ids, now), status=TRANSFER_BATCH.initial, created=now, updated=now,
        mchid=call.merchant.id, appid=params["appid"], out_batch_no=params["out_batch_no"], asked=asked,
        name=params["batch_name"], remark=params["batch_remark"], scene=params.get("transfer_scene_id", ""),
        notify_url=params.get("notify_url", ""), public_key_mode=in_public_key_mode(call.envelope, settings),
        fails=FAIL_REASONS.get(outcome.reason, FAILS_OTHERWISE) if outcome and failed else "",
        details=tuple(
            Detail(detail_id=identifiers.batch_id(call.ids, now), out_detail_no=each["out_detail_no"],
                   amount_minor=each["transfer_amount"], remark=each["transfer_remark"],
                   openid=each["openid"], user_name=name)
            for each, name in zip(listed, names, strict=True)
        ),
    )
    call.work.save(batch)
    if outcome is None or outcome.result not in (Result.PENDING, Result.HELD):
        canceled = outcome is not None and outcome.result is Result.CANCELED
        call.work.at(now, batch, "close" if canceled else "finish")
    return Reply(_taken(batch), subject=batch)


def _taken(batch: TransferBatch) -> dict[str, object]:
    return {
        "out_batch_no": batch.out_batch_no, "batch_id": batch.id, "batch_status": batch.status,
        "create_time": rfc3339_china(batch.created),
    }
