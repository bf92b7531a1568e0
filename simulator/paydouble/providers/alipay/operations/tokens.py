"""Who a user is, and what an app may do for a merchant: https://opendocs.alipay.com/apis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, MINUTE, SECOND, Instant, later
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import Ids
from paydouble.core.operation import Operation, operation
from paydouble.core.page import Go, Next, Page, Show, Visit, page
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import buyers, identifiers, times
from paydouble.providers.alipay.errors import COMMON, Gateway
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.settings import AlipaySettings, OauthTimes

TOKEN: tuple[ErrorTable, ...] = (
    Gateway.GRANT_TYPE_INVALID, Gateway.CODE_INVALID, Gateway.REFRESH_TOKEN_INVALID,
    Gateway.REFRESH_TOKEN_TIME_OUT, Gateway.REFRESHED_TOKEN_INVALID, Gateway.UNMATCHED_APP_ID, *COMMON,
)
AUTHORIZE, AUTHORIZE_APP = "/oauth2/publicAppAuthorize.htm", "/oauth2/appToAppAuth.htm"
CODE_LIFETIME_MS = 5 * MINUTE
USER_LIFETIME_MS, USER_RENEWABLE_MS = 15 * DAY, 30 * DAY
APP_LIFETIME_MS, APP_RENEWABLE_MS = 365 * DAY, 372 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Record):
    """A code or a token; `id` is its text. Status: FRESH, USED."""

    kind: ClassVar[str] = "alipay.grant"

    what: str
    """code, token, refresh; of a user, or with app_ before it of a merchant."""
    app_id: str
    user_id: str
    scope: str = "auth_base"
    expires: Instant


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "system.oauth.token", *routes("system.oauth.token"), means=("token.create",), errors=TOKEN,
        docs=documented("system.oauth.token"),
    )
    async def token(call: Call[Any]) -> Reply:
        """Change a code, or an older token, into a user's token."""
        grant = await _spent(call, "")
        access, refresh, lives, renews = _issued(call, grant, "")
        ids = buyers.named(settings, grant.user_id, call.merchant.id, user="user_id", open_="open_id")
        written = str if settings.oauth_times is OauthTimes.TEXT else int
        return Reply({
            "access_token": access, "refresh_token": refresh, "expires_in": written(lives),
            "re_expires_in": written(renews),
            "auth_start": times.china(call.clock.now()), **ids,
            **({"alipay_user_id": grant.user_id} if "user_id" in ids else {}),
        })

    @operation(
        "user.info.share", *routes("user.info.share"), errors=(*TOKEN,), reads=True,
        docs=documented("user.info.share"),
    )
    async def share(call: Call[Any]) -> Reply:
        """See who has granted a token."""
        grant = await _held(call.work, _auth_token(call), "token", call.clock.now())
        if grant.app_id != call.merchant.id:
            raise Gateway.INVALID_AUTH_TOKEN()
        shown = buyers.named(settings, grant.user_id, call.merchant.id, user="user_id", open_="open_id")
        return Reply({**shown, "nick_name": "测试买家", "province": "浙江省", "city": "杭州市", "gender": "F",
                      "avatar": "https://tfs.alipayobjects.com/images/partner/paydouble"})

    return token, share, authorise, app_token, app_token_query


@operation(
    "user.info.auth", *routes("user.info.auth", ""), errors=TOKEN, reads=True,
    docs=documented("user.info.auth"),
)
async def authorise(call: Call[Any]) -> Reply:
    """Send a browser to the page on which a user lets the app know who he is."""
    params, scopes = call.params, call.params["scopes"]
    if not params.get("return_url"):
        raise Gateway.INVALID_PARAMETER("缺少return_url")
    told = {
        "app_id": call.merchant.id, "scope": ",".join(map(str, scopes)), "redirect_uri": params["return_url"],
        **({"state": params["state"]} if params.get("state") else {}),
    }
    url = f"{call.request.base_url}{AUTHORIZE}?{urlencode(told)}"
    return Reply(b"", 302, headers=(("Location", url), ("Cache-Control", "no-store")))


@operation("open.auth.token.app", *routes("open.auth.token.app"), means=("token.create",), errors=TOKEN,
           docs=documented("open.auth.token.app"))
async def app_token(call: Call[Any]) -> Reply:
    """Change a merchant's code, or an older token, into a token to act for that merchant."""
    grant = await _spent(call, "app_")
    access, refresh, lives, renews = _issued(call, grant, "app_")
    shown = {
        "app_auth_token": access, "app_refresh_token": refresh, "auth_app_id": call.merchant.id,
        "expires_in": lives, "re_expires_in": renews, "user_id": grant.user_id,
    }
    # The SDKs have both times as strings in the list, as numbers beside it.
    return Reply({**shown, "tokens": [{**shown, "expires_in": str(lives), "re_expires_in": str(renews)}]})


@operation(
    "open.auth.token.app.query", *routes("open.auth.token.app.query", "GET"), errors=TOKEN, reads=True,
    docs=documented("open.auth.token.app.query"),
)
async def app_token_query(call: Call[Any]) -> Reply:
    """See what a token to act for a merchant is good for."""
    grant = await call.work.get(Grant, call.params["app_auth_token"])
    if grant is None or grant.what != "app_token":
        raise Gateway.INVALID_APP_AUTH_TOKEN()
    now = call.clock.now()
    return Reply({
        "status": "valid" if now < grant.expires else "invalid", "auth_app_id": grant.app_id,
        "user_id": grant.user_id, "expires_in": max(0, grant.expires - now) // SECOND,
        "auth_start": times.china(grant.created), "auth_end": times.china(grant.expires),
        "auth_methods": ["alipay.trade.pay", "alipay.trade.query", "alipay.trade.refund"],
    })


def pages() -> tuple[Page, ...]:
    return authorize, authorize_app


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("app_id", ""), ""


@page(AUTHORIZE, folder="paydouble.providers.alipay", names=_names)
async def authorize(visit: Visit) -> Next:
    """The page on which a user lets an app know who he is."""
    return _granting(visit, "code", "auth_code")


@page(AUTHORIZE_APP, folder="paydouble.providers.alipay", names=_names)
async def authorize_app(visit: Visit) -> Next:
    """The page on which a merchant lets an app act for it."""
    return _granting(visit, "app_code", "app_auth_code")


def _granting(visit: Visit, what: str, name: str) -> Next:
    fields = visit.fields
    back, scope = fields.get("redirect_uri", ""), fields.get("scope", "auth_base")
    if not back.startswith(("http://", "https://")):
        return Show(
            "done.html", {"heading": "redirect_uri 无效", "amount": "", "link": "", "refused": ""}, 400
        )
    if not visit.submitted:
        return Show("grant.html", {"scope": scope, "app_id": visit.merchant.id, "refused": ""})
    user = buyers.DEFAULT if what == "code" else visit.merchant.secrets["seller_id"]
    code = identifiers.token(visit.ids, "")
    visit.work.save(Grant(
        id=code, status="FRESH", created=visit.now, what=what, app_id=visit.merchant.id, user_id=user,
        scope=scope,
        expires=later(visit.now, CODE_LIFETIME_MS),
    ))
    told = {"app_id": visit.merchant.id, "source": "alipay_wallet", "scope": scope, name: code}
    if state := fields.get("state"):
        told["state"] = state
    return Go(f"{back}{'&' if '?' in back else '?'}{urlencode(told)}")


async def _spent(call: Call[Any], of: str) -> Grant:
    """The code or refresh token that this call brings, used up by it."""
    params, now = call.params, call.clock.now()
    match params["grant_type"]:
        case "authorization_code":
            id, what, wrong = params.get("code", ""), f"{of}code", Gateway.CODE_INVALID
        case "refresh_token":
            id, what, wrong = params.get("refresh_token", ""), f"{of}refresh", Gateway.REFRESH_TOKEN_INVALID
        case _:
            raise Gateway.GRANT_TYPE_INVALID()
    grant = await call.work.get(Grant, id) if id else None
    if grant is None or grant.what != what:
        raise wrong()
    if grant.app_id != call.merchant.id:
        raise Gateway.UNMATCHED_APP_ID()
    if grant.status == "USED":
        raise (Gateway.REFRESHED_TOKEN_INVALID if "refresh" in what else wrong)()
    if now >= grant.expires:
        raise (Gateway.REFRESH_TOKEN_TIME_OUT if "refresh" in what else wrong)()
    call.work.save(replace(grant, status="USED"))
    return grant


def _issued(call: Call[Any], grant: Grant, of: str) -> tuple[str, str, int, int]:
    """Token, refresh token, and for how many seconds each is good."""
    lives, renews = (APP_LIFETIME_MS, APP_RENEWABLE_MS) if of else (USER_LIFETIME_MS, USER_RENEWABLE_MS)
    access = _kept(call.work, call.ids, grant, f"{of}token", call.clock.now(), lives)
    refresh = _kept(call.work, call.ids, grant, f"{of}refresh", call.clock.now(), renews)
    return access, refresh, lives // SECOND, renews // SECOND


def _kept(work: Work, ids: Ids, grant: Grant, what: str, now: Instant, lives: int) -> str:
    id = identifiers.token(ids, "authbseB" if "token" in what else "")
    work.save(replace(grant, id=id, status="FRESH", created=now, what=what, expires=later(now, lives)))
    return id


async def _held(work: Work, token: str, what: str, now: Instant) -> Grant:
    grant = await work.get(Grant, token) if token else None
    if grant is None or grant.what != what:
        raise Gateway.INVALID_AUTH_TOKEN()
    if now >= grant.expires:
        raise Gateway.AUTH_TOKEN_TIME_OUT()
    return grant


def _auth_token(call: Call[Any]) -> str:
    """A common parameter of the gateway; in v3 a field."""
    token: str = call.envelope.fields.get("auth_token") or call.params.get("auth_token", "")
    return token
