"""Connected accounts, links into their hosted form and their dashboard.

https://docs.stripe.com/api/accounts, …/account_links, …/accounts/login_link
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from paydouble.core.call import Call, Reply
from paydouble.core.clock import MINUTE, Duration, Instant, later
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, connect, externals, lists, onboarding
from paydouble.providers.stripe.accounts import application_of
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Account, AccountLink, Json
from paydouble.providers.stripe.models.connect import DELETED
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.onboarding_page import SETUP_PATH
from paydouble.providers.stripe.params import Named, Paged
from paydouble.providers.stripe.params_connect import (
    AccountCreate,
    AccountLinkCreate,
    AccountReject,
    AccountUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call
from paydouble.providers.stripe.settings import Onboarding

LINK_LASTS = Duration(5 * MINUTE)
OPENED = Instant(1_577_836_800_000)
"""When the platform itself was opened: whatever the clock says, long ago."""

_URL = "/v1/accounts"
_DOCS = "https://docs.stripe.com/api/accounts/"
_ID_LENGTH = 15
_TOKEN_LENGTH = 12
_BY_STRIPE = ("standard", "express")
"""Types whose owners tell Stripe itself who they are."""
_CURRENCIES = {"US": "usd", "GB": "gbp", "JP": "jpy", "CA": "cad", "AU": "aud", "CH": "chf", "SG": "sgd",
               "HK": "hkd", "MX": "mxn", "BR": "brl", "IN": "inr", "NZ": "nzd"}  # fmt: skip
_MERGED = ("business_profile", "settings")


def _controller(scene: Scene, type: str, given: Json) -> Json:
    """Who does what for the account; the older types are short for some of these."""
    dashboard = {"standard": "full", "express": "express"}.get(type, "none")
    platform_pays = "application" if type != "standard" else "stripe"
    shape = {
        "fees": {"payer": "account" if type == "standard" else f"application_{type}"},
        "is_controller": True,
        "losses": {"payments": platform_pays},
        "requirement_collection": "stripe" if type in _BY_STRIPE else "application",
        "stripe_dashboard": {"type": dashboard},
        "type": "application",
    }
    return {**shape, **given}


def _type(params: AccountCreate) -> str:
    if "controller" in params:
        if "type" in params:
            raise Errors.PARAMETERS_EXCLUSIVE(
                "You may only specify one of these parameters: controller, type.", param="controller"
            )
        return "none"
    return params.get("type", "standard")


@operation(
    "accounts.create",
    Route("v1", "POST", _URL),
    means=("account.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETERS_EXCLUSIVE, Errors.CURRENCY_INVALID, Errors.COUNTRY_UNKNOWN,
        Errors.REFERENCE_MISSING,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[AccountCreate]) -> Reply:
    """Connects an account to the platform; what it may do depends on what is said of it."""
    scene, params = of_call(call), call.params
    type = _type(params)
    country = externals.known_country(params.get("country", scene.terms.country), "country")
    account = Account(
        id=scene.id("acct_1", _ID_LENGTH),
        created=scene.wall,
        merchant=scene.account,
        type=type,
        controller=_controller(scene, type, params.get("controller") or EMPTY),
        country=country,
        currency=_CURRENCIES.get(country, "eur"),
        requested={"card_payments": scene.wall, "transfers": scene.wall} if type == "standard" else {},
    )
    account = await _changed(scene, account, params)
    account = replace(account, onboarded=scene.terms.onboarding is Onboarding.INSTANT)
    if account.onboarded and not account.externals:
        account = replace(account, externals=(externals.test_bank(scene, account),))
    account = onboarding.saved(scene, None, account)
    return Reply(account.shown(), subject=account)


async def _changed(scene: Scene, account: Account, params: Mapping[str, Any]) -> Account:
    changes: dict[str, Any] = {
        name: params[name] for name in ("email", "business_type") if name in params
    }
    for name in _MERGED:
        if name in params:
            changes[name] = {**getattr(account, name), **params[name]}
    for name in ("company", "individual"):
        if name in params:
            changes[name] = {**(getattr(account, name) or EMPTY), **onboarding.kept(params[name])}
    if "tos_acceptance" in params:
        changes["tos_acceptance"] = {**account.tos_acceptance, **params["tos_acceptance"]}
    if "default_currency" in params:
        changes["currency"] = amounts.known_currency(params["default_currency"])
    if "capabilities" in params:
        changes["requested"] = onboarding.requested(account.requested, params["capabilities"], scene.wall)
    changes["metadata"] = merged(account.metadata, params.get("metadata"))
    account = replace(account, **changes)
    given = params.get("external_account") or params.get("bank_account")
    if given:
        bank = await externals.made(scene, account, given)
        bank = {**bank, "default_for_currency": True}
        told = onboarding.Told(account.merchant, dict(bank))
        scene.on(account.id).tell("account.external_account.created", told)
        account = replace(account, externals=externals.default_first((), bank))
    return account


async def account_of(call: Call[Any], id: str) -> Account:
    """One of the caller's connected accounts, or the account it acts for. Raises ProviderError."""
    found = await call.work.get(Account, id)
    mine = found is not None and (found.merchant == call.account or found.id == call.account)
    if found is None or not mine or found.deleted:
        raise connect.refused(call.merchant, id)
    return found


@operation(
    "accounts.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("account.query",),
    errors=(Errors.ACCOUNT_INVALID,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a connected account, or the platform's own."""
    if call.params["id"] == call.merchant.id == call.account:
        return Reply(_own(call).shown())
    account = await account_of(call, call.params["id"])
    return Reply(account.shown(), subject=account)


def _own(call: Call[Any]) -> Account:
    """The account of the key itself, which has always been there."""
    scene = of_call(call)
    bank = scene.platform
    account = Account(
        id=bank, created=OPENED, merchant=bank, type="standard",
        controller={"type": "account"}, country=scene.terms.country, currency=scene.terms.currency,
        email="owner@paydouble.example", onboarded=True,
        requested={"card_payments": OPENED, "transfers": OPENED},
    )  # fmt: skip
    return replace(account, externals=(externals.own_bank(account),))


@operation(
    "account.retrieve",
    Route("v1", "GET", "/v1/account"),
    means=("account.query",),
    docs=_DOCS + "retrieve",
)
async def retrieve_own(call: Call[Any]) -> Reply:
    """Shows the account of the key, or the one it acts for."""
    if call.account == call.merchant.id:
        return Reply(_own(call).shown())
    account = await account_of(call, call.account)
    return Reply(account.shown(), subject=account)


@operation(
    "accounts.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("account.update",),
    idempotency=ONCE,
    errors=(
        Errors.ACCOUNT_INVALID, Errors.NOT_ALLOWED_ON_STANDARD, Errors.CURRENCY_INVALID,
        Errors.COUNTRY_UNKNOWN, Errors.REFERENCE_MISSING,
    ),
    docs=_DOCS + "update",
)
async def update(call: Call[AccountUpdate]) -> Reply:
    """Says more of a connected account, or asks for further capabilities."""
    scene, params = of_call(call), call.params
    before = await account_of(call, params["id"])
    if before.controller["requirement_collection"] == "stripe" and params.get("tos_acceptance"):
        raise Errors.NOT_ALLOWED_ON_STANDARD(
            "You cannot accept the Terms of Service on behalf of accounts where "
            "`controller[requirement_collection]=stripe`, which includes Standard and Express accounts.",
            param="tos_acceptance",
        )
    after = onboarding.saved(scene, before, await _changed(scene, before, params))
    return Reply(after.shown(), subject=after)


@operation(
    "accounts.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("account.delete",),
    errors=(Errors.ACCOUNT_INVALID,),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Takes an account away from the platform for good."""
    scene = of_call(call)
    account = await account_of(call, call.params["id"])
    id = application_of(account.merchant)
    application: dict[str, object] = {"id": id, "object": "application", "name": "PayDouble"}
    told = onboarding.Told(account.merchant, application)
    scene.on(account.id).tell("account.application.deauthorized", told)
    account = replace(account, status=DELETED)
    scene.work.save(account)
    return Reply(account.shown(), subject=account)


@operation(
    "accounts.reject",
    Route("v1", "POST", _URL + "/{id}/reject"),
    means=("account.update",),
    idempotency=ONCE,
    errors=(Errors.ACCOUNT_INVALID,),
    docs=_DOCS + "reject",
)
async def reject(call: Call[AccountReject]) -> Reply:
    """Shuts an account out that the platform finds suspicious."""
    scene = of_call(call)
    before = await account_of(call, call.params["id"])
    after = replace(before, status="rejected", rejected=call.params["reason"])
    after = onboarding.saved(scene, before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "accounts.list",
    Route("v1", "GET", _URL),
    means=("account.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_accounts(call: Call[Paged]) -> Reply:
    """Lists the platform's connected accounts, newest first."""
    found, more = await lists.page(
        call, Account, "account", index=("merchant", call.account), where=lambda one: not one.deleted
    )
    return Reply(lists.shown(_URL, [one.shown() for one in found], has_more=more))


@operation(
    "account_links.create",
    Route("v1", "POST", "/v1/account_links"),
    means=("account_link.create",),
    idempotency=ONCE,
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETER_MISSING),
    docs="https://docs.stripe.com/api/account_links/create",
)
async def create_link(call: Call[AccountLinkCreate]) -> Reply:
    """Makes a link by which an account's owner fills in the hosted form: for one use, and five minutes."""
    scene, params = of_call(call), call.params
    account = await call.work.get(Account, params["account"])
    if account is None or account.merchant != scene.account or account.deleted:
        raise missing_reference("account", params["account"], param="account")
    for name in ("refresh_url", "return_url"):
        if not params.get(name):
            raise Errors.PARAMETER_MISSING(f"Missing required param: {name}.", param=name)
    token = scene.ids.token(_TOKEN_LENGTH)
    path = SETUP_PATH.replace("{account}", account.id).replace("{id}", token)
    link = AccountLink(
        id=token,
        created=scene.wall,
        merchant=scene.account,
        account=account.id,
        expires=later(scene.wall, LINK_LASTS),
        url=f"{scene.base_url}{path}?{urlencode({'publishable_key': scene.publishable_key})}",
        refresh_url=params["refresh_url"],
        return_url=params["return_url"],
    )
    scene.work.save(link)
    return Reply(link.shown(), subject=link)


@operation(
    "accounts.login_links.create",
    Route("v1", "POST", _URL + "/{id}/login_links"),
    means=("account_link.create",),
    idempotency=ONCE,
    errors=(Errors.ACCOUNT_INVALID, Errors.PARAMETER_INVALID),
    docs="https://docs.stripe.com/api/accounts/login_link/create",
)
async def create_login_link(call: Call[Named]) -> Reply:
    """Makes a link into the dashboard of an Express account, which is not simulated."""
    scene = of_call(call)
    account = await account_of(call, call.params["id"])
    if account.controller["stripe_dashboard"]["type"] != "express":
        raise Errors.PARAMETER_INVALID(
            f"Cannot create a login link for {account.id}, which does not use the Express Dashboard."
        )
    if account.due:
        raise Errors.PARAMETER_INVALID(
            "Cannot create a login link for an account that has not completed onboarding."
        )
    url = f"{scene.base_url}/express/{account.id}/{scene.ids.token(_TOKEN_LENGTH)}"
    return Reply({"object": "login_link", "created": scene.wall // 1_000, "url": url})


OPERATIONS = (
    create, retrieve, retrieve_own, update, delete, reject, list_accounts, create_link, create_login_link,
)  # fmt: skip
