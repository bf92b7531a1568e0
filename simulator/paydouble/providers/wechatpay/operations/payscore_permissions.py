"""Whether a user lets a merchant use its service of 支付分: ask, query, end.

https://pay.weixin.qq.com/doc/v3/merchant/4012587885 and those after it
"""

from __future__ import annotations

from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.wechatpay import identifiers, ordering
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.permission_records import PERMISSION, Permission, code_key
from paydouble.providers.wechatpay.settings import WechatpaySettings

PERMISSIONS = "/v3/payscore/permissions"
BY_CODE = f"{PERMISSIONS}/authorization-code/{{authorization_code}}"
BY_OPENID = f"{PERMISSIONS}/openid/{{openid}}"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"

Params = dict[str, Any]
ERRORS: tuple[ErrorTable, ...] = (
    Errors.PERMISSION_STATE, Errors.PAYSCORE_UNKNOWN, Errors.PAYSCORE_NO_AUTH, Errors.APPID_MCHID_NOT_MATCH,
    *COMMON,
)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "payscore.ask_permission", Route(API, "POST", PERMISSIONS), errors=ERRORS, docs=f"{DOCS}4012587885",
        idempotency=NaturalKey(("authorization_code",)),
    )
    async def ask(call: Call[Params]) -> Reply:
        """Ask a user for consent: returns the token with which WeChat shows the question."""
        params = call.params
        ordering.check_appid(call)
        key = code_key(call.merchant.id, params["service_id"], params["authorization_code"])
        known = await call.work.find(Permission, "number", key)
        if known is not None and known.status != "ASKED":
            raise Errors.PERMISSION_STATE()
        asked = known or Permission(
            id=identifiers.package_info(call.ids), status=PERMISSION.initial, created=call.clock.now(),
            mchid=call.merchant.id, appid=params["appid"], service_id=params["service_id"],
            authorization_code=params["authorization_code"], notify_url=params.get("notify_url", ""),
            public_key_mode=in_public_key_mode(call.envelope, settings),
        )
        call.work.save(asked)
        return Reply({"apply_permissions_token": asked.id}, subject=asked)

    return ask, query_by_code, query_by_openid, end_by_code, end_by_openid


@operation(
    "payscore.permission_by_code", Route(API, "GET", BY_CODE), errors=ERRORS, docs=f"{DOCS}4012587890"
)
async def query_by_code(call: Call[Params]) -> Reply:
    """Query a user's consent by the merchant's code."""
    permission = await _known(call)
    return Reply(permission.shown(), subject=permission)


@operation(
    "payscore.permission_by_openid", Route(API, "GET", BY_OPENID), errors=ERRORS, docs=f"{DOCS}4012587892"
)
async def query_by_openid(call: Call[Params]) -> Reply:
    """Query a user's consent by openid."""
    permission = await _known(call)
    return Reply(permission.shown(), subject=permission)


@operation(
    "payscore.end_permission_by_code", Route(API, "POST", f"{BY_CODE}/terminate"), errors=ERRORS,
    docs=f"{DOCS}4012587891",
)
async def end_by_code(call: Call[Params]) -> Reply:
    """Give a user's consent up, by the merchant's code."""
    return await _ended(call)


@operation(
    "payscore.end_permission_by_openid", Route(API, "POST", f"{BY_OPENID}/terminate"), errors=ERRORS,
    docs=f"{DOCS}4012587893",
)
async def end_by_openid(call: Call[Params]) -> Reply:
    """Give a user's consent up, by openid."""
    return await _ended(call)


async def _ended(call: Call[Params]) -> Reply:
    permission = await _known(call)
    if permission.status == "ASKED":
        raise Errors.PERMISSION_STATE()
    if permission.status == "AVAILABLE":
        permission = fire(call.work, PERMISSION, permission, "end", call.clock.now())
    return Reply(b"", status=204, subject=permission)


async def _known(call: Call[Params]) -> Permission:
    params = call.params
    by_code = "authorization_code" in params
    named = params["authorization_code"] if by_code else params["openid"]
    key = code_key(call.merchant.id, params["service_id"], named)
    permission = await call.work.find(Permission, "number" if by_code else "whose", key)
    if permission is None:
        raise Errors.PAYSCORE_UNKNOWN()
    return permission


@act(Permission, "agree")
async def agree(doing: Doing[Permission]) -> Record:
    """The user consents; `details` may name the `openid`."""
    openid = str(doing.details.get("openid", "")) or identifiers.openid(doing.ids)
    return fire(doing.work, PERMISSION, doing.record, "agree", doing.now, openid=openid)


ACTS: tuple[Act[Any], ...] = agree
