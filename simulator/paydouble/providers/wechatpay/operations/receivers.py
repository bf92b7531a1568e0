"""With whom a merchant may share. https://pay.weixin.qq.com/doc/v3/merchant/4012067999"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.wechatpay import ordering, sensitive
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.sharing_records import MERCHANT, Receiver, receiver_id

RECEIVERS = "/v3/profitsharing/receivers"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
ERRORS = (Errors.APPID_MCHID_NOT_MATCH, Errors.RECEIVER_INVALID, Errors.SHARE_NO_AUTH, *COMMON)


class AddReceiver(TypedDict):
    appid: str
    sub_mchid: NotRequired[str]
    sub_appid: NotRequired[str]
    type: str
    account: str
    name: NotRequired[str]
    relation_type: str
    custom_relation: NotRequired[str]


class RemoveReceiver(TypedDict):
    appid: str
    sub_mchid: NotRequired[str]
    sub_appid: NotRequired[str]
    type: str
    account: str


@operation(
    "profitsharing.receivers_add", Route(API, "POST", f"{RECEIVERS}/add"), errors=ERRORS,
    docs=f"{DOCS}4012067999",
)
async def add(call: Call[AddReceiver]) -> Reply:
    """Name somebody with whom payments may be shared."""
    params = call.params
    name = sensitive.opened(call, params, "name")
    ordering.check_appid(call)
    if params["type"] == MERCHANT and not name:
        raise Errors.RECEIVER_INVALID()
    if params["relation_type"] == "CUSTOM" and not params.get("custom_relation"):
        raise Errors.RECEIVER_INVALID()
    await keep(call, params, name)
    return Reply({name: value for name, value in params.items() if name not in ("appid", "sub_appid")})


async def keep(call: Call[Any], params: AddReceiver, name: str) -> Receiver:
    id = receiver_id(call.merchant.id, params["type"], params["account"])
    await call.work.get(Receiver, id)
    receiver = Receiver(
        id=id, created=call.clock.now(), type=params["type"], account=params["account"], name=name,
        relation_type=params["relation_type"], custom_relation=params.get("custom_relation", ""),
    )
    call.work.save(receiver)
    return receiver


@operation(
    "profitsharing.receivers_delete", Route(API, "POST", f"{RECEIVERS}/delete"), errors=ERRORS,
    docs=f"{DOCS}4012068005",
)
async def delete(call: Call[RemoveReceiver]) -> Reply:
    """Share with somebody no more."""
    params = call.params
    ordering.check_appid(call)
    id = receiver_id(call.merchant.id, params["type"], params["account"])
    found = await call.work.get(Receiver, id)
    if found is None:
        raise Errors.RECEIVER_INVALID()
    call.work.save(replace(found, status="deleted"))
    shown: dict[str, object] = {"type": params["type"], "account": params["account"]}
    return Reply(shown | ({"sub_mchid": params["sub_mchid"]} if "sub_mchid" in params else {}))


OPERATIONS: tuple[Operation, ...] = (add, delete)
