"""Bank accounts and debit cards of a connected account (https://docs.stripe.com/api/external_accounts)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import externals, lists, onboarding
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Account, Json
from paydouble.providers.stripe.operations.accounts import account_of
from paydouble.providers.stripe.params_connect import (
    ExternalAccountCreate,
    ExternalAccountList,
    ExternalAccountNamed,
    ExternalAccountUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/accounts/{account}/external_accounts"
_ONE = _URL + "/{id}"
_DOCS = "https://docs.stripe.com/api/external_account_bank_accounts/"
_EVENT = "account.external_account."


def _tell(scene: Scene, account: Account, type: str, shape: Json, previous: Json | None = None) -> None:
    told = onboarding.Told(account.merchant, dict(shape))
    scene.on(account.id).tell(_EVENT + type, told, previous or {})


@operation(
    "external_accounts.create",
    Route("v1", "POST", _URL),
    means=("external_account.create",),
    idempotency=ONCE,
    errors=(
        Errors.ACCOUNT_INVALID, Errors.PARAMETER_MISSING, Errors.CURRENCY_INVALID, Errors.COUNTRY_UNKNOWN,
        Errors.REFERENCE_MISSING, Errors.TOKEN_ALREADY_USED,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[ExternalAccountCreate]) -> Reply:
    """Adds a bank account or a debit card; the first of its currency is paid out to."""
    scene, params = of_call(call), call.params
    before = await account_of(call, params["account"])
    given = params.get("external_account") or params.get("bank_account")
    if not given:
        raise Errors.PARAMETER_MISSING(
            "Missing required param: external_account.", param="external_account"
        )
    bank = dict(await externals.made(scene, before, given))
    if params.get("default_for_currency"):
        bank["default_for_currency"] = True
    bank["metadata"] = dict(merged({}, params.get("metadata")))
    after = replace(before, externals=externals.default_first(before.externals, bank))
    _tell(scene, before, "created", bank)
    onboarding.saved(scene, before, after)
    return Reply(bank)


@operation(
    "external_accounts.retrieve",
    Route("v1", "GET", _ONE),
    means=("external_account.query",),
    errors=(Errors.ACCOUNT_INVALID, Errors.RESOURCE_MISSING),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[ExternalAccountNamed]) -> Reply:
    """Shows a bank account or a debit card."""
    account = await account_of(call, call.params["account"])
    return Reply(dict(externals.named(account, call.params["id"])))


@operation(
    "external_accounts.update",
    Route("v1", "POST", _ONE),
    means=("external_account.update",),
    idempotency=ONCE,
    errors=(Errors.ACCOUNT_INVALID, Errors.RESOURCE_MISSING),
    docs=_DOCS + "update",
)
async def update(call: Call[ExternalAccountUpdate]) -> Reply:
    """Changes its holder's name, its metadata, or makes it the one that is paid out to."""
    scene, params = of_call(call), call.params
    account = await account_of(call, params["account"])
    old = externals.named(account, params["id"])
    new: dict[str, Any] = {**old, "metadata": dict(merged(old["metadata"], params.get("metadata")))}
    if "account_holder_name" in params:
        new["account_holder_name"] = params["account_holder_name"]
    if "account_holder_type" in params:
        new["account_holder_type"] = params["account_holder_type"]
    if params.get("default_for_currency"):
        new["default_for_currency"] = True
    previous = changed(old, new)
    if previous:
        after = replace(account, externals=externals.default_first(account.externals, new))
        _tell(scene, account, "updated", new, previous)
        onboarding.saved(scene, account, after)
    return Reply(new)


@operation(
    "external_accounts.delete",
    Route("v1", "DELETE", _ONE),
    means=("external_account.delete",),
    errors=(Errors.ACCOUNT_INVALID, Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "delete",
)
async def delete(call: Call[ExternalAccountNamed]) -> Reply:
    """Removes one that is not the default of its currency."""
    scene, params = of_call(call), call.params
    account = await account_of(call, params["account"])
    old = externals.named(account, params["id"])
    if old["default_for_currency"]:
        raise Errors.PARAMETER_INVALID(
            "You cannot delete the default external account for your default currency. Please make another "
            "external account the default using the `default_for_currency` param, and then delete this one."
        )
    rest = tuple(one for one in account.externals if one["id"] != old["id"])
    _tell(scene, account, "deleted", old)
    onboarding.saved(scene, account, replace(account, externals=rest))
    return Reply({"id": old["id"], "object": old["object"], "deleted": True})


@operation(
    "external_accounts.list",
    Route("v1", "GET", _URL),
    means=("external_account.query",),
    errors=(Errors.ACCOUNT_INVALID, Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_external_accounts(call: Call[ExternalAccountList]) -> Reply:
    """Lists bank accounts, debit cards, or both, the default ones first."""
    params = call.params
    account = await account_of(call, params["account"])
    wanted = params.get("object", "")
    known = [dict(one) for one in account.externals if wanted in ("", one["object"])]
    found, more = lists.page_of(call, known, "external account")
    url = f"/v1/accounts/{account.id}/external_accounts"
    return Reply(lists.shown(url, found, has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_external_accounts)
