"""Keeping payment sources, and finding them again: for the vault's own API and for orders.

https://developer.paypal.com/docs/api/payment-tokens/v3/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call
from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.work import Work
from paydouble.providers.paypal import events
from paydouble.providers.paypal.identifiers import vault_id
from paydouble.providers.paypal.models import Json, Order
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.scene import Scene
from paydouble.providers.paypal.showing import page_base
from paydouble.providers.paypal.sources import WALLETS, Source
from paydouble.providers.paypal.vault_models import PaymentToken, SetupToken

SETUP_PATH, TOKENS_PATH = "/v3/vault/setup-tokens", "/v3/vault/payment-tokens"
AGREE_PATH = "/agreements/approve"
KEPT, DELETED = "kept", "deleted"
KINDS = ("card", *WALLETS)

# fmt: off
SETUP: Machine[SetupToken] = Machine(
    "paypal.setup_token",
    record=SetupToken,
    initial="CREATED",
    phases={"CREATED": Phase.OPEN, "PAYER_ACTION_REQUIRED": Phase.OPEN, "APPROVED": Phase.PENDING,
            "VAULTED": Phase.PAID, "EXPIRED": Phase.CLOSED},
    rows=(
        Transition("CREATED",               "approve", "APPROVED"),
        Transition("CREATED",               "expire",  "EXPIRED"),
        Transition("PAYER_ACTION_REQUIRED", "approve", "APPROVED"),
        Transition("PAYER_ACTION_REQUIRED", "cancel",  "PAYER_ACTION_REQUIRED"),
        Transition("PAYER_ACTION_REQUIRED", "expire",  "EXPIRED"),
        Transition("APPROVED",              "vault",   "VAULTED"),
        Transition("APPROVED",              "expire",  "EXPIRED"),
    ),
)
# fmt: on


def coded(href: str, rel: str, method: str = "GET") -> Json:
    return {"href": href, "rel": rel, "method": method, "encType": "application/json"}


def setup_shown(token: SetupToken, base: str) -> Json:
    itself = f"{base}{SETUP_PATH}/{token.id}"
    links = [coded(itself, "self"), coded(f"{base}{TOKENS_PATH}", "confirm", "POST")]
    if token.status == "PAYER_ACTION_REQUIRED":
        links.insert(0, coded(f"{page_base(base)}{AGREE_PATH}?approval_session_id={token.id}", "approve"))
    return {
        "id": token.id, "customer": {"id": token.customer}, "status": token.status,
        "payment_source": dict(token.source), "links": links,
    }


def token_shown(token: PaymentToken, base: str) -> Json:
    itself = f"{base}{TOKENS_PATH}/{token.id}"
    return {
        "id": token.id, "customer": {"id": token.customer}, "payment_source": dict(token.source),
        "links": [coded(itself, "self"), coded(itself, "delete", "DELETE")],
    }


def keep(
    scene: Scene, source: Mapping[str, Any], card: Mapping[str, Any], customer: str, setup: str = ""
) -> PaymentToken:
    """A new payment token, with its event."""
    token = PaymentToken(
        id=vault_id(scene.ids), status=KEPT, created=scene.now, merchant=scene.merchant.id,
        customer=customer or scene.ids.token(10), source=source, card=card, setup_token=setup,
        base=scene.base,
    )
    scene.work.save(token)
    tell(scene.work, "VAULT.PAYMENT-TOKEN.CREATED", token, scene.now)
    return token


def tell(work: Work, type: str, token: PaymentToken, now: Instant) -> None:
    resource = token_shown(token, token.base) | {"time_created": rfc3339_utc(now)}
    work.announce(events.event(
        type, token.merchant, resource, resource_type="payment_token", version="3.0", base=token.base,
        summary="A payment token has been created." if type.endswith("CREATED") else "",
    ))


async def kept(call: Call[Any], given: Mapping[str, Any]) -> Source | None:
    """The source that a `vault_id` names, ready to pay. Raises PERMISSION_DENIED for one that is not kept."""
    for kind in KINDS:
        wanted = given.get(kind)
        if isinstance(wanted, dict) and wanted.get("vault_id"):
            token = await call.work.get(PaymentToken, str(wanted["vault_id"]))
            if token is None or token.status != KEPT or token.merchant != call.merchant.id or (
                kind not in token.source
            ):
                raise OrderErrors.PERMISSION_DENIED()
            return Source(kind=kind, shown=paying_form(token), pays=True, card=token.card)
    return None


def paying_form(token: PaymentToken) -> Json:
    """As an order shows what the vault keeps."""
    [(kind, held)] = token.source.items()
    if kind == "card":
        return {"card": {name: value for name, value in held.items() if name != "verification_status"}}
    return {kind: {
        "email_address": held["email_address"], "account_id": held["payer_id"], "account_status": "VERIFIED",
        "name": held["name"], "address": held["address"],
    }}


def kept_form(source: Mapping[str, Any]) -> Json:
    """As the vault shows what an order was paid with."""
    [(kind, used)] = source.items()
    if kind == "card":
        names = ("name", "last_digits", "brand", "expiry")
        return {"card": {name: used[name] for name in names if name in used}}
    return {kind: {
        "email_address": used["email_address"], "payer_id": used["account_id"], "name": used["name"],
        "address": used["address"],
    }}


def wants_keeping(given: Mapping[str, Any]) -> str | None:
    """The customer for whom a paid source is to be kept, "" for a new one; None where it is not."""
    for kind in KINDS:
        attributes = (given.get(kind) or {}).get("attributes") or {}
        if (attributes.get("vault") or {}).get("store_in_vault"):
            return str((attributes.get("customer") or {}).get("id", ""))
    return None


def kept_with(scene: Scene, order: Order) -> Order:
    """The order after what paid it was kept, where it was so asked for, and paid."""
    if "keep_for" not in order.card or not (order.captured_count or order.authorized_minor):
        return order
    [(kind, used)] = order.source.items()
    card = {name: value for name, value in order.card.items() if name != "keep_for"}
    token = keep(scene, kept_form(order.source), card, str(order.card["keep_for"]))
    attributes = {"vault": {
        "id": token.id, "status": "VAULTED", "customer": {"id": token.customer},
        "links": token_shown(token, scene.base)["links"],
    }}
    return replace(order, card=card, source={kind: {**used, "attributes": attributes}})
