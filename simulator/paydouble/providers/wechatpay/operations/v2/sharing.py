"""Profit sharing by API v2: the twin of v3, with receivers as JSON in a field.

https://pay.weixin.qq.com/doc/v2/merchant/4011985519
"""

from __future__ import annotations

from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Call, Reply
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import sharing
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2, ErrorsV2
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.profit_sharing import (
    ReturnRequest,
    Unfreeze,
    free,
    payment,
    share,
    take_back,
)
from paydouble.providers.wechatpay.operations.receivers import AddReceiver, keep
from paydouble.providers.wechatpay.operations.v2.orders import DOCS, Fields, digest
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.sharing_records import Receiver, ShareOrder, ShareReturn, receiver_id

ERRORS = (ErrorsV2.INVALID_REQUEST, ErrorsV2.NOTENOUGH, ErrorsV2.NOAUTH, ErrorsV2.ORDERNOTEXIST, *COMMON_V2)
AMOUNT_MAX = 100_000_000


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "secapi.profitsharing", Route(V2, "POST", "/secapi/pay/profitsharing"),
        Route(V2, "POST", "/secapi/pay/multiprofitsharing"), idempotency=NaturalKey(("out_order_no",)),
        errors=ERRORS, docs=f"{DOCS}4011985519",
    )
    async def profitsharing(call: Call[Fields]) -> Reply:
        """Share a payment: once and for all, or, at the other address, several times."""
        multi = call.envelope.path.endswith("multiprofitsharing")
        asked = sharing.Asked(
            mchid=call.merchant.id, sub_mchid=call.params.get("sub_mch_id", ""),
            out_order_no=call.params["out_order_no"], digest=digest(call.params),
            receivers=_receivers(call.params["receivers"]), unfreezes=not multi,
        )
        made = await share(call, call.params["transaction_id"], asked, settings)
        return Reply(_named(made))

    @operation(
        "secapi.profitsharingfinish", Route(V2, "POST", "/secapi/pay/profitsharingfinish"),
        idempotency=NaturalKey(("out_order_no",)), errors=ERRORS, docs=f"{DOCS}4011985524",
    )
    async def profitsharingfinish(call: Call[Fields]) -> Reply:
        """Give what was not shared to the merchant, and share no more."""
        params = call.params
        asked = Unfreeze(
            transaction_id=params["transaction_id"], out_order_no=params["out_order_no"],
            description=params["description"],
        )
        return Reply(_named(await free(call, asked, settings)))

    @operation(
        "secapi.profitsharingreturn", Route(V2, "POST", "/secapi/pay/profitsharingreturn"),
        idempotency=NaturalKey(("out_return_no",)), errors=ERRORS, docs=f"{DOCS}4011985527",
    )
    async def profitsharingreturn(call: Call[Fields]) -> Reply:
        """Take back from a receiver what was shared with it."""
        params = call.params
        asked = ReturnRequest(
            out_return_no=params["out_return_no"], return_mchid=params["return_account"],
            amount=int(params["return_amount"]), description=params["description"],
        )
        if "order_id" in params:
            asked["order_id"] = params["order_id"]
        else:
            asked["out_order_no"] = params["out_order_no"]
        return Reply(_returned(await take_back(call, asked, settings)))

    return (
        profitsharing, profitsharingfinish, profitsharingreturn, profitsharingquery, returnquery,
        orderamountquery, addreceiver, removereceiver,
    )


@operation(
    "pay.profitsharingquery", Route(V2, "POST", "/pay/profitsharingquery"), errors=ERRORS,
    docs=f"{DOCS}4011985521", reads=True,
)
async def profitsharingquery(call: Call[Fields]) -> Reply:
    """Query what became of one request to share."""
    key = number_key(call.merchant.id, call.params["out_order_no"])
    found = await call.work.find(ShareOrder, "number", key)
    if found is None or found.transaction_id != call.params["transaction_id"]:
        raise ErrorsV2.ORDERNOTEXIST()
    receivers = [
        {name: value for name, value in each.shown().items() if name not in ("create_time", "detail_id")}
        for each in found.shares
    ]
    listed = json_bytes.dumps(receivers).decode()
    return Reply(_named(found) | {"status": found.status, "receivers": listed}, subject=found)


@operation(
    "pay.profitsharingreturnquery", Route(V2, "POST", "/pay/profitsharingreturnquery"), errors=ERRORS,
    docs=f"{DOCS}4011985528", reads=True,
)
async def returnquery(call: Call[Fields]) -> Reply:
    """Query what became of what was taken back."""
    key = number_key(call.merchant.id, call.params["out_return_no"])
    found = await call.work.find(ShareReturn, "number", key)
    if found is None:
        raise ErrorsV2.ORDERNOTEXIST()
    return Reply(_returned(found), subject=found)


@operation(
    "pay.profitsharingorderamountquery", Route(V2, "POST", "/pay/profitsharingorderamountquery"),
    errors=ERRORS, docs=f"{DOCS}4011985525", reads=True,
)
async def orderamountquery(call: Call[Fields]) -> Reply:
    """How much of a payment can still be shared."""
    order = await payment(call, call.params["transaction_id"])
    if order is None:
        raise ErrorsV2.ORDERNOTEXIST()
    return Reply({"transaction_id": order.id, "unsplit_amount": str(order.unsplit_minor)}, subject=order)


@operation(
    "pay.profitsharingaddreceiver", Route(V2, "POST", "/pay/profitsharingaddreceiver"), errors=ERRORS,
    docs=f"{DOCS}4011985522",
)
async def addreceiver(call: Call[Fields]) -> Reply:
    """Name somebody with whom payments may be shared."""
    told = _object(call.params["receiver"], "type", "account", "relation_type")
    receiver = AddReceiver(
        appid=call.params["appid"], type=told["type"], account=told["account"],
        relation_type=told["relation_type"], custom_relation=told.get("custom_relation", ""),
    )
    await keep(call, receiver, told.get("name", ""))
    return Reply({"receiver": call.params["receiver"]})


@operation(
    "pay.profitsharingremovereceiver", Route(V2, "POST", "/pay/profitsharingremovereceiver"), errors=ERRORS,
    docs=f"{DOCS}4011985523",
)
async def removereceiver(call: Call[Fields]) -> Reply:
    """Share with somebody no more."""
    told = _object(call.params["receiver"], "type", "account")
    found = await call.work.get(Receiver, receiver_id(call.merchant.id, told["type"], told["account"]))
    if found is None:
        raise ErrorsV2.PARAM_ERROR()
    call.work.remove(found)
    return Reply({"receiver": call.params["receiver"]})


def _named(made: ShareOrder) -> dict[str, object]:
    return {"transaction_id": made.transaction_id, "out_order_no": made.out_order_no, "order_id": made.id}


def _returned(back: ShareReturn) -> dict[str, object]:
    return {
        "order_id": back.order_id, "out_order_no": back.out_order_no, "out_return_no": back.out_return_no,
        "return_no": back.id, "return_account_type": "MERCHANT_ID", "return_account": back.return_mchid,
        "return_amount": str(back.amount_minor), "description": back.description, "result": back.status,
    }


def _json(text: str, field: str) -> Any:
    try:
        return json_bytes.loads(text)
    except ValueError:
        raise ErrorsV2.PARAM_INVALID(f"参数错误:{field}") from None


def _object(text: str, *needed: str) -> dict[str, str]:
    """A receiver, all of whose values are strings. Raises ProviderError."""
    told = _json(text, "receiver")
    strings = isinstance(told, dict) and all(isinstance(value, str) for value in told.values())
    if not strings or not all(told.get(name) for name in needed):
        raise ErrorsV2.PARAM_INVALID("参数错误:receiver")
    found: dict[str, str] = told
    return found


def _receivers(text: str) -> list[sharing.Wished]:
    told = _json(text, "receivers")
    if not isinstance(told, list) or not 1 <= len(told) <= sharing.SHARES_MAX:
        raise ErrorsV2.PARAM_INVALID("参数错误:receivers")
    return [_wished(each) for each in told]


def _wished(told: object) -> sharing.Wished:
    if isinstance(told, dict):
        amount = told.get("amount")
        words = [told.get(name) for name in ("type", "account", "description")]
        named = all(isinstance(word, str) and word for word in words)
        if named and type(amount) is int and 1 <= amount <= AMOUNT_MAX:
            kind, account, description = map(str, words)
            return sharing.Wished(
                type=kind, account=account, amount_minor=amount, description=description,
                name=str(told.get("name", "")),
            )
    raise ErrorsV2.PARAM_INVALID("参数错误:receivers")
