"""The vault: setup tokens and payment tokens. https://developer.paypal.com/docs/api/payment-tokens/v3/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.paypal import replay, sources
from paydouble.providers.paypal.errors import COMMON, VAULT, VaultErrors
from paydouble.providers.paypal.identifiers import order_id
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.scene import of_call
from paydouble.providers.paypal.vault_models import PaymentToken, SetupToken
from paydouble.providers.paypal.vaulting import (
    DELETED,
    KEPT,
    SETUP,
    SETUP_PATH,
    TOKENS_PATH,
    coded,
    keep,
    kept_form,
    setup_shown,
    tell,
    token_shown,
)

DOCS = "https://developer.paypal.com/docs/api/payment-tokens/v3/"
LIFETIME_DAYS = 3
PAGE_SIZE = 5


class SetupRequest(TypedDict):
    payment_source: Mapping[str, Any]
    customer: NotRequired[Mapping[str, Any]]


class ById(TypedDict):
    id: str


class Listing(TypedDict):
    customer_id: str
    page_size: NotRequired[str]
    page: NotRequired[str]
    total_required: NotRequired[str]


async def setup_now(call: Call[Any], token: SetupToken) -> Reply:
    return Reply(setup_shown(token, call.request.base_url), subject=token)


async def token_now(call: Call[Any], token: PaymentToken) -> Reply:
    return Reply(token_shown(token, call.request.base_url), subject=token)


@operation(
    "setup-tokens.create", Route(VAULT, "POST", SETUP_PATH), idempotency=replay.of_vault(setup_now),
    docs=f"{DOCS}#setup-tokens_create",
    errors=(
        OrderErrors.MISSING_REQUIRED_PARAMETER, OrderErrors.CARD_EXPIRED,
        OrderErrors.PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED, *COMMON,
    ),
)
async def create_setup(call: Call[SetupRequest]) -> Reply:
    """Ask for a payment source to be kept."""
    scene, given = of_call(call), call.params["payment_source"]
    source = sources.read(given, scene.now, magic=scene.magic)
    if source is None or source.kind not in ("card", *sources.WALLETS):
        raise OrderErrors.MISSING_REQUIRED_PARAMETER(field="/payment_source", value="", location="body")
    status, shown = "APPROVED", dict(source.shown)
    if source.kind == "card":
        asks = given["card"].get("verification_method") == "SCA_ALWAYS" or source.asks
        status = "PAYER_ACTION_REQUIRED" if asks else "APPROVED"
        shown = kept_form(source.shown)
    else:
        wallet = given[source.kind]
        status = "PAYER_ACTION_REQUIRED" if source.context.get("return_url") else "CREATED"
        names = ("description", "usage_type", "customer_type", "permit_multiple_payment_tokens")
        shown = {source.kind: {name: wallet[name] for name in names if name in wallet}}
    token = SetupToken(
        id=order_id(scene.ids, scene.merchant.sandbox), status=status, created=scene.now,
        merchant=scene.merchant.id, customer=_customer(call), source=shown, card=source.card,
        context=source.context, base=scene.base,
    )
    call.work.save(token)
    call.work.at(later(scene.now, LIFETIME_DAYS * DAY), token, "expire")
    return Reply(setup_shown(token, scene.base), 201, subject=token)


def _customer(call: Call[Any]) -> str:
    named = str((call.params.get("customer") or {}).get("id", ""))
    return named or call.ids.token(10)


@operation(
    "setup-tokens.get", Route(VAULT, "GET", f"{SETUP_PATH}/{{id}}"), docs=f"{DOCS}#setup-tokens_get",
    errors=(VaultErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show_setup(call: Call[ById]) -> Reply:
    """Show a setup token."""
    return await setup_now(call, await _setup(call, call.params["id"]))


async def _setup(call: Call[Any], id: str) -> SetupToken:
    token = await call.work.get(SetupToken, id)
    if token is None or token.merchant != call.merchant.id or token.status == "EXPIRED":
        raise VaultErrors.INVALID_RESOURCE_ID()
    return token


@operation(
    "payment-tokens.create", Route(VAULT, "POST", TOKENS_PATH), idempotency=replay.of_vault(token_now),
    docs=f"{DOCS}#payment-tokens_create",
    errors=(
        VaultErrors.INVALID_RESOURCE_ID, VaultErrors.SETUP_TOKEN_NOT_APPROVED, VaultErrors.SETUP_TOKEN_USED,
        OrderErrors.MISSING_REQUIRED_PARAMETER, *COMMON,
    ),
)
async def create(call: Call[SetupRequest]) -> Reply:
    """Keep a card, or the source of a setup token."""
    scene, given = of_call(call), call.params["payment_source"]
    asked = given.get("token")
    if asked is None:
        source = sources.read(given, scene.now, magic=scene.magic)
        if source is None or source.kind != "card" or not source.shown["card"]:
            raise OrderErrors.MISSING_REQUIRED_PARAMETER(field="/payment_source", value="", location="body")
        token = keep(scene, kept_form(source.shown), source.card, _customer(call))
    else:
        setup = await _setup(call, asked["id"])
        if setup.status == "VAULTED":
            raise VaultErrors.SETUP_TOKEN_USED()
        if setup.status != "APPROVED":
            raise VaultErrors.SETUP_TOKEN_NOT_APPROVED()
        fire(call.work, SETUP, setup, "vault", scene.now)
        token = keep(scene, setup.source, setup.card, setup.customer, setup.id)
    return replace(await token_now(call, token), status=201)


@operation(
    "customer.payment-tokens.get", Route(VAULT, "GET", TOKENS_PATH), errors=COMMON,
    docs=f"{DOCS}#customer_payment-tokens_get",
)
async def listed(call: Call[Listing]) -> Reply:
    """List what is kept of a customer."""
    params, base = call.params, call.request.base_url
    customer = params["customer_id"]
    size, page = int(params.get("page_size", PAGE_SIZE)), int(params.get("page", 1))
    key = f"{call.merchant.id}/{customer}"
    found = await call.work.scan(PaymentToken, Walk(index="customer_key", value=key, limit=PAGE_MAX))
    kept = [token for token in found if token.status == KEPT]
    size, page = max(1, size), max(1, page)
    shown = [token_shown(token, base) for token in kept[(page - 1) * size : page * size]]
    body: dict[str, object] = {
        "customer": {"id": customer}, "payment_tokens": shown,
        "links": [coded(f"{base}{TOKENS_PATH}?customer_id={customer}&page={page}&page_size={size}", "self")],
    }
    if params.get("total_required") == "true":
        body |= {"total_items": len(kept), "total_pages": -(-len(kept) // size)}
    return Reply(body)


@operation(
    "payment-tokens.get", Route(VAULT, "GET", f"{TOKENS_PATH}/{{id}}"), docs=f"{DOCS}#payment-tokens_get",
    errors=(VaultErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show a payment token."""
    return await token_now(call, await _find(call))


@operation(
    "payment-tokens.delete", Route(VAULT, "DELETE", f"{TOKENS_PATH}/{{id}}"),
    docs=f"{DOCS}#payment-tokens_delete", errors=(VaultErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def delete(call: Call[ById]) -> Reply:
    """Forget a payment source."""
    token, now = await _find(call), call.clock.now()
    call.work.save(replace(token, status=DELETED))
    tell(call.work, "VAULT.PAYMENT-TOKEN.DELETION-INITIATED", token, now)
    tell(call.work, "VAULT.PAYMENT-TOKEN.DELETED", token, now)
    return Reply(b"", 204)


async def _find(call: Call[Any]) -> PaymentToken:
    token = await call.work.get(PaymentToken, call.params["id"])
    if token is None or token.merchant != call.merchant.id or token.status != KEPT:
        raise VaultErrors.INVALID_RESOURCE_ID()
    return token


OPERATIONS: tuple[Operation, ...] = (create_setup, show_setup, create, listed, show, delete)
