"""Sources, and the cards and Sources that a customer has in the old way.

https://docs.stripe.com/api/sources, …/api/cards
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, legacy, lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer, PaymentMethod, Source
from paydouble.providers.stripe.models.shapes import address
from paydouble.providers.stripe.models.sources import NO_OWNER
from paydouble.providers.stripe.params_legacy import (
    CustomerSourceCreate,
    CustomerSourceList,
    CustomerSourceNamed,
    SourceCreate,
    SourceRetrieve,
    SourceUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/sources"
_SAVED = "/v1/customers/{customer}/sources"
_ONE = _SAVED + "/{id}"
_DOCS = "https://docs.stripe.com/api/sources/"
_CARD_DOCS = "https://docs.stripe.com/api/cards/"
_SECRET_LENGTH = 25
_KNOWN = frozenset(
    "ach_credit_transfer ach_debit acss_debit alipay au_becs_debit bancontact card card_present eps giropay "
    "ideal klarna multibanco p24 sepa_debit sofort three_d_secure wechat".split()
)
_AT_ONCE = ("card", "sepa_debit")
"""Types that need nothing further of the payer."""


@operation(
    "sources.create",
    Route("v1", "POST", _URL),
    means=("token.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING, Errors.CURRENCY_INVALID, Errors.REFERENCE_MISSING,
        Errors.TOKEN_ALREADY_USED, Errors.PARAMETER_INVALID,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[SourceCreate]) -> Reply:
    """Makes a Source of a card's token, or one that waits until the payer has been redirected."""
    scene, params = of_call(call), call.params
    type, token = params.get("type", ""), params.get("token", "")
    if not type:
        raise Errors.PARAMETER_MISSING("Missing required param: type.", param="type")
    if type not in _KNOWN:
        raise Errors.PARAMETER_INVALID(f"Invalid source type: {type[:40]}", param="type")
    if type == "card" and not token:
        raise Errors.PARAMETER_MISSING("Missing required param: token.", param="token")
    method = await legacy.tokenized(scene, token, param="token") if type == "card" else None
    currency = amounts.known_currency(params["currency"]) if "currency" in params else ""
    id = scene.id("src_1")
    flow = "none" if type in _AT_ONCE else params.get("flow", "redirect")
    source = Source(
        id=id,
        created=scene.now,
        status="chargeable" if type in _AT_ONCE else "pending",
        merchant=scene.account,
        type=type,
        flow=flow,
        client_secret=f"{id}_secret_{scene.ids.token(_SECRET_LENGTH)}",
        usage=params.get("usage") or ("reusable" if type in _AT_ONCE else "single_use"),
        amount=params.get("amount"),
        currency=currency,
        method=replace(method, id=id) if method is not None else _plain(scene, id, type),
        owner={**NO_OWNER, **_owner(params.get("owner") or {})},
        redirect=_redirect(scene, id, params) if flow == "redirect" else None,
        statement_descriptor=params.get("statement_descriptor", ""),
        metadata=merged({}, params.get("metadata")),
    )
    scene.work.save(source)
    if source.status == "chargeable":
        scene.tell("source.chargeable", source)
    return Reply(source.shown(), subject=source)


def _plain(scene: Scene, id: str, type: str) -> PaymentMethod:
    return PaymentMethod(id=id, created=scene.now, merchant=scene.account, type=type)


def _owner(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "address": address(given["address"])} if given.get("address") else given


def _redirect(scene: Scene, id: str, params: SourceCreate) -> dict[str, object]:
    """Nobody needs to follow it: a scenario or the control API pulls `authorize` or `fail`."""
    return {
        "failure_reason": None,
        "return_url": (params.get("redirect") or {}).get("return_url", ""),
        "status": "pending",
        "url": f"https://hooks.stripe.com/redirect/authenticate/{id}",
    }


async def _source(call: Call[Any], id: str) -> Source:
    found = await call.work.get(Source, id)
    if found is None or found.merchant != call.account:
        raise missing("source", id, param="source")
    return found


@operation(
    "sources.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("token.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[SourceRetrieve]) -> Reply:
    """Shows a Source."""
    source = await _source(call, call.params["id"])
    return Reply(source.shown(), subject=source)


@operation(
    "sources.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("token.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[SourceUpdate]) -> Reply:
    """Changes the owner and the metadata."""
    params = call.params
    source = await _source(call, params["id"])
    source = replace(
        source,
        owner={**source.owner, **_owner(params.get("owner") or {})},
        metadata=merged(source.metadata, params.get("metadata")),
        amount=params.get("amount", source.amount),
    )
    call.work.save(source)
    return Reply(source.shown(), subject=source)


async def _customer(scene: Scene, id: str) -> Customer:
    found = await scene.work.get(Customer, id)
    if found is None or found.merchant != scene.account or found.deleted:
        raise missing("customer", id, param="customer")
    return found


@operation(
    "customers.sources.create",
    Route("v1", "POST", _SAVED),
    means=("payment_method.attach",),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING, Errors.PARAMETER_MISSING, Errors.REFERENCE_MISSING,
        Errors.TOKEN_ALREADY_USED, Errors.SOURCE_UNUSABLE, Errors.GENERIC_DECLINE,
    ),
    docs=_CARD_DOCS + "create",
)
async def attach(call: Call[CustomerSourceCreate]) -> Reply:
    """Saves the card of a token, or a Source, with a customer; the first is the default."""
    scene, params = of_call(call), call.params
    customer = await _customer(scene, params["customer"])
    if not params.get("source"):
        raise Errors.PARAMETER_MISSING("Missing required param: source.", param="source")
    after, shape = await legacy.kept(scene, customer, params["source"])
    scene.work.save(after)
    return Reply(shape, subject=after)


async def _saved(scene: Scene, params: CustomerSourceNamed) -> tuple[Customer, PaymentMethod | Source]:
    customer, id = await _customer(scene, params["customer"]), params["id"]
    found = await scene.work.get(Source if id.startswith(legacy.SOURCE_PREFIX) else PaymentMethod, id)
    if not isinstance(found, PaymentMethod | Source) or found.customer != customer.id:
        raise missing("source", id)
    return customer, found


@operation(
    "customers.sources.retrieve",
    Route("v1", "GET", _ONE),
    means=("payment_method.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_CARD_DOCS + "retrieve",
)
async def retrieve_saved(call: Call[CustomerSourceNamed]) -> Reply:
    """Shows a customer's card or Source."""
    _, found = await _saved(of_call(call), call.params)
    return Reply(legacy.shown(found))


@operation(
    "customers.sources.delete",
    Route("v1", "DELETE", _ONE),
    means=("payment_method.detach",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_CARD_DOCS + "delete",
)
async def delete_saved(call: Call[CustomerSourceNamed]) -> Reply:
    """Takes a card away from its customer; another becomes the default. A Source is shown as it is then."""
    scene = of_call(call)
    customer, found = await _saved(scene, call.params)
    if isinstance(found, Source):
        found = replace(found, customer="", status="consumed")
        shape: dict[str, object] = found.shown()
    else:
        found = replace(found, customer="", spent=True)
        shape = {"id": found.id, "object": "card", "deleted": True}
    scene.work.save(found)
    scene.tell("customer.source.deleted", legacy.Told(customer.merchant, legacy.shown(found)))
    if customer.default_source == found.id:
        rest = [one for one in await legacy.saved(scene.work, customer.id) if one.id != found.id]
        scene.work.save(replace(customer, default_source=rest[0].id if rest else ""))
    return Reply(shape)


@operation(
    "customers.sources.list",
    Route("v1", "GET", _SAVED),
    means=("payment_method.list",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs=_CARD_DOCS + "list",
)
async def list_saved(call: Call[CustomerSourceList]) -> Reply:
    """Lists a customer's cards and Sources, newest first."""
    scene, wanted = of_call(call), call.params.get("object", "")
    customer = await _customer(scene, call.params["customer"])
    known = [legacy.shown(one) for one in await legacy.saved(scene.work, customer.id)]
    known = [one for one in known if wanted in ("", one["object"])]
    found, more = lists.page_of(call, known, "source")
    return Reply(lists.shown(f"/v1/customers/{customer.id}/sources", found, has_more=more))


OPERATIONS = (
    create, retrieve, update, attach, retrieve_saved, delete_saved, list_saved,
)  # fmt: skip
