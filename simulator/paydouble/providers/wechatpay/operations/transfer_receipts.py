"""Receipts of transfers: applied for, queried, downloaded; of bills as they are now, and of the old batches.

https://pay.weixin.qq.com/doc/v3/merchant/4012716452, https://pay.weixin.qq.com/doc/v3/merchant/4012458860;
the fields of the old batches' answers are unverified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import rfc3339_china
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import DIGITS
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import links
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.receipts import RECEIPT, Receipt
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.transfer_records import TransferBatch, TransferBill

ELECSIGN = "/v3/fund-app/mch-transfer/elecsign"
SIGN_FILE, VOUCHER_FILE = "/v3/transferdownload/signfile", "/v3/transferdownload/elecvoucherfile"
BATCH_RECEIPT, DETAIL_RECEIPT = "/v3/transfer/bill-receipt", "/v3/transfer-detail/electronic-receipts"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
ACCEPTED = {"GENERATING": "ACCEPTED", "FINISHED": "FINISHED"}
"""How the old batches' receipts call the same states."""

Params = dict[str, Any]
APPLY: tuple[ErrorTable, ...] = (Errors.TRANSFER_UNKNOWN, Errors.RECEIPT_NOT_YET, *COMMON)
QUERY: tuple[ErrorTable, ...] = (Errors.TRANSFER_UNKNOWN, *COMMON)
DOWNLOAD: tuple[ErrorTable, ...] = (Errors.BILL_NO_AUTH, Errors.BILL_LINK_OVER, *COMMON)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    """Under these settings."""
    of_bills = (
        pair for name, path in (("out_bill_no", "out-bill-no"), ("transfer_bill_no", "transfer-bill-no"))
        for pair in _of_bill(name, path, settings)
    )
    return (*of_bills, *_of_batches(settings), *(_file(*each) for each in _FILES))


_FILES = (("signfile", SIGN_FILE), ("elecvoucherfile", VOUCHER_FILE))


def _of_bill(name: str, path: str, settings: WechatpaySettings) -> tuple[Operation, Operation]:
    @operation(
        f"transfer_bills.apply_receipt_by_{name}", Route(API, "POST", f"{ELECSIGN}/{path}"),
        idempotency=NaturalKey((name,)), errors=APPLY, docs=f"{DOCS}4012716452",
    )
    async def apply(call: Call[Params]) -> Reply:
        """Apply for the receipt of a transfer."""
        receipt = await _applied(call, *await _bill(call))
        shown = {"state": receipt.status, "create_time": rfc3339_china(receipt.created)}
        return Reply(shown, subject=receipt)

    @operation(
        f"transfer_bills.receipt_by_{name}", Route(API, "GET", f"{ELECSIGN}/{path}/{{{name}}}"),
        errors=QUERY, docs=f"{DOCS}4012716453",
    )
    async def query(call: Call[Params]) -> Reply:
        """Query the receipt of a transfer: where to download it."""
        receipt = await _known(call, (await _bill(call))[0])
        return Reply({
            "state": receipt.status, "create_time": rfc3339_china(receipt.created),
            "update_time": rfc3339_china(receipt.updated), **_linked(call, receipt, SIGN_FILE, settings),
        }, subject=receipt)

    return apply, query


def _of_batches(settings: WechatpaySettings) -> tuple[Operation, ...]:
    def shown(call: Call[Params], receipt: Receipt) -> Reply:
        asked = {name: call.params[name] for name in _NUMBERS if name in call.params}
        return Reply({
            **asked, "signature_no": receipt.signature_no, "signature_status": ACCEPTED[receipt.status],
            "create_time": rfc3339_china(receipt.created), "update_time": rfc3339_china(receipt.updated),
            **_linked(call, receipt, VOUCHER_FILE, settings),
        }, subject=receipt)

    def pair(name: str, find: _Find, query_path: str, docs: str, what: str) -> tuple[Operation, Operation]:
        async def apply(call: Call[Params]) -> Reply:
            return shown(call, await _applied(call, *await find(call)))

        async def query(call: Call[Params]) -> Reply:
            return shown(call, await _known(call, (await find(call))[0]))

        apply.__doc__ = f"Apply for the receipt of {what}."
        query.__doc__ = f"Query the receipt of {what}."
        path = query_path.partition("/{")[0]
        return (
            operation(f"transfer_batches.apply_{name}", Route(API, "POST", path), errors=APPLY,
                      docs=f"{DOCS}{docs}")(apply),
            operation(f"transfer_batches.{name}", Route(API, "GET", query_path), errors=QUERY,
                      docs=f"{DOCS}{docs}")(query),
        )

    return (
        *pair("receipt", _batch, f"{BATCH_RECEIPT}/{{out_batch_no}}", "4012458860", "a batch"),
        *pair("detail_receipt", _detail, DETAIL_RECEIPT, "4012458866", "one transfer of a batch"),
    )


_NUMBERS = ("accept_type", "out_batch_no", "out_detail_no")
_Found = tuple[str, tuple[str, ...]]
_Find = Callable[[Call[Params]], Awaitable[_Found]]


def _file(name: str, path: str) -> Operation:
    @operation(
        f"transfer_bills.download_{name}", Route(API, "GET", path), errors=DOWNLOAD, docs=f"{DOCS}4012716453"
    )
    async def download(call: Call[Params]) -> Reply:
        """A receipt's file in PDF, unsigned."""
        receipt = await call.work.get(Receipt, links.opened(call, path, call.params["token"])["receipt"])
        if receipt is None:
            raise Errors.BILL_NO_AUTH()
        return Reply(receipt.file(), headers=(("Content-Type", "application/pdf"),))

    return download


async def _bill(call: Call[Params]) -> _Found:
    """The id of its receipt, and what stands in it; empty lines where it has not succeeded."""
    params, bill = call.params, None
    if "out_bill_no" in params:
        number = number_key(call.merchant.id, params["out_bill_no"])
        bill = await call.work.find(TransferBill, "number", number)
    else:
        bill = await call.work.get(TransferBill, params["transfer_bill_no"])
    if bill is None or bill.mchid != call.merchant.id:
        raise Errors.TRANSFER_UNKNOWN()
    amount = f"amount {bill.amount.major()} CNY"
    lines = (f"transfer_bill_no {bill.id}", f"out_bill_no {bill.out_bill_no}", amount)
    return f"{bill.mchid}/bill/{bill.id}", lines if bill.status == "SUCCESS" else ()


async def _batch(call: Call[Params]) -> _Found:
    batch = await _known_batch(call)
    lines = (f"batch_id {batch.id}", f"out_batch_no {batch.out_batch_no}", f"transfers {len(batch.details)}")
    return f"{batch.mchid}/batch/{batch.id}", lines if batch.status == "FINISHED" else ()


async def _detail(call: Call[Params]) -> _Found:
    batch, number = await _known_batch(call), call.params["out_detail_no"]
    detail = next((each for each in batch.details if each.out_detail_no == number), None)
    if detail is None:
        raise Errors.TRANSFER_UNKNOWN()
    lines = (f"detail_id {detail.detail_id}", f"out_detail_no {number}", f"fen {detail.amount_minor}")
    return f"{batch.mchid}/detail/{detail.detail_id}", lines if detail.status == "SUCCESS" else ()


async def _known_batch(call: Call[Params]) -> TransferBatch:
    number = number_key(call.merchant.id, call.params.get("out_batch_no", ""))
    batch = await call.work.find(TransferBatch, "number", number)
    if batch is None:
        raise Errors.TRANSFER_UNKNOWN()
    return batch


async def _applied(call: Call[Params], id: str, lines: tuple[str, ...]) -> Receipt:
    """The known one, or one that is there a moment later."""
    known = await call.work.get(Receipt, id)
    if known is not None:
        return known
    if not lines:
        raise Errors.RECEIPT_NOT_YET()
    now = call.clock.now()
    receipt = Receipt(
        id=id, status=RECEIPT.initial, created=now, updated=now, lines=lines,
        signature_no=call.ids.token(24, DIGITS),
    )
    call.work.save(receipt)
    call.work.at(now, receipt, "finish")
    return receipt


async def _known(call: Call[Params], id: str) -> Receipt:
    receipt = await call.work.get(Receipt, id)
    if receipt is None:
        raise Errors.TRANSFER_UNKNOWN()
    return receipt


def _linked(
    call: Call[Params], receipt: Receipt, path: str, settings: WechatpaySettings
) -> dict[str, object]:
    if receipt.status != "FINISHED":
        return {}
    return {
        "hash_type": "SHA256", "hash_value": hashlib.sha256(receipt.file()).hexdigest(),
        "download_url": links.link(call, path, {"receipt": receipt.id}, settings),
    }
