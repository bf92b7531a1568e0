"""Disputes as the API and webhooks show them. https://developer.paypal.com/docs/api/customer-disputes/v1/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.notification import Event
from paydouble.providers.paypal import events
from paydouble.providers.paypal.amounts import Json, shown, shown_minor
from paydouble.providers.paypal.dispute_models import (
    BUYER,
    RESOLVED,
    SELLER,
    SELLER_FAVOUR,
    Dispute,
    allowed,
    state,
)
from paydouble.providers.paypal.showing import link, present

DISPUTES_PATH = "/v1/customer/disputes"
CREATED, UPDATED, CLOSED = (f"CUSTOMER.DISPUTE.{what}" for what in ("CREATED", "UPDATED", "RESOLVED"))


def dispute_links(dispute: Dispute, base: str, now: Instant, *, as_buyer: bool = False) -> list[Json]:
    itself = f"{base}{DISPUTES_PATH}/{dispute.id}"
    actions = allowed(dispute, now, as_buyer=as_buyer)
    return [link(itself, "self")] + [
        link(f"{itself}/{rel.replace('_', '-')}", rel, "POST") for rel in actions
    ]


def followed(dispute: Dispute, base: str) -> Json:
    """What all actions answer."""
    return {"links": [link(f"{base}{DISPUTES_PATH}/{dispute.id}", "self")]}


def in_list(dispute: Dispute, base: str, now: Instant) -> Json:
    return _head(dispute, now) | _dues(dispute) | {
        "links": [link(f"{base}{DISPUTES_PATH}/{dispute.id}", "self")]
    }


def _head(dispute: Dispute, now: Instant) -> Json:
    return {
        "dispute_id": dispute.id, "create_time": rfc3339_utc(dispute.created),
        "update_time": rfc3339_utc(dispute.updated), "reason": dispute.reason, "status": dispute.status,
        "dispute_state": state(dispute, now), "dispute_amount": shown(dispute.amount),
        "dispute_life_cycle_stage": dispute.stage, "dispute_channel": "INTERNAL",
    }


def _dues(dispute: Dispute) -> Json:
    name = {SELLER: "seller_response_due_date", BUYER: "buyer_response_due_date"}.get(dispute.status)
    return {name: rfc3339_utc(dispute.due)} if name and dispute.due else {}


def dispute_shown(
    dispute: Dispute, base: str, now: Instant, email: str, *, as_buyer: bool = False
) -> Json:
    """The whole dispute; `email` is the seller's."""
    return _head(dispute, now) | present(
        disputed_transactions=[_transaction(dispute, email)],
        dispute_outcome=_outcome(dispute), adjudications=list(dispute.adjudications),
        money_movements=list(dispute.movements), messages=list(dispute.messages),
        extensions=dict(dispute.extensions), evidences=list(dispute.evidences), offer=_offer(dispute),
        refund_details={"allowed_refund_amount": shown(dispute.amount)} if dispute.status != RESOLVED else {},
        communication_details=dict(dispute.contact), supporting_info=list(dispute.supports),
        allowed_response_options=_options(dispute, now, as_buyer=as_buyer),
    ) | _dues(dispute) | {"links": dispute_links(dispute, base, now, as_buyer=as_buyer)}


def _transaction(dispute: Dispute, email: str) -> Json:
    name = dispute.buyer.get("name") or {}
    whole = f"{name.get('given_name', '')} {name.get('surname', '')}".strip()
    return present(
        buyer_transaction_id=dispute.capture, seller_transaction_id=dispute.capture,
        reference_id=dispute.order, create_time=rfc3339_utc(dispute.paid_at), transaction_status="COMPLETED",
        gross_amount=shown_minor(dispute.gross_minor, dispute.currency), invoice_number=dispute.invoice_id,
        custom=dispute.custom_id, buyer=present(name=whole),
        seller={"email": email, "merchant_id": dispute.seller, "name": "Test Store"},
    ) | {"seller_protection_eligible": True}


def _outcome(dispute: Dispute) -> Json:
    if not dispute.outcome:
        return {}
    back = dispute.refunded_minor + dispute.lost_minor
    return {"outcome_code": dispute.outcome} | (
        {"amount_refunded": shown_minor(back, dispute.currency)} if back else {}
    )


def _offer(dispute: Dispute) -> Json:
    if not dispute.offers:
        return {}
    newest = next(one for one in reversed(dispute.offers) if one["event_type"] == "PROPOSED")
    return present(
        buyer_requested_amount=shown(dispute.amount), seller_offered_amount=newest.get("offer_amount"),
        offer_type=newest["offer_type"], history=list(dispute.offers),
    )


def _options(dispute: Dispute, now: Instant, *, as_buyer: bool) -> Json:
    actions = allowed(dispute, now, as_buyer=as_buyer)
    every: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("acknowledge_return_item", {"acknowledgement_types": list(ACKNOWLEDGEMENTS)}),
        ("accept_claim", {"accept_claim_types": list(CLAIM_TYPES)}),
        ("make_offer", {"offer_types": list(OFFER_TYPES)}),
    )
    return {name: options for name, options in every if name in actions}


ACKNOWLEDGEMENTS = (
    "ITEM_RECEIVED", "ITEM_NOT_RECEIVED", "DAMAGED", "EMPTY_PACKAGE_OR_DIFFERENT", "MISSING_ITEMS",
)
CLAIM_TYPES = ("REFUND", "REFUND_WITH_RETURN", "PARTIAL_REFUND", "REFUND_WITH_RETURN_SHIPMENT_LABEL")
OFFER_TYPES = ("REFUND", "REFUND_WITH_RETURN", "REFUND_WITH_REPLACEMENT", "REPLACEMENT_WITHOUT_REFUND")


def told(type: str, dispute: Dispute, now: Instant, email: str) -> Event:
    summary = {
        CREATED: f"A new dispute opened with Case # {dispute.id}",
        UPDATED: f"A dispute was updated with case # {dispute.id}",
        CLOSED: f"A dispute was resolved with case # {dispute.id}",
    }[type]
    event = events.event(
        type, dispute.merchant, dispute_shown(dispute, dispute.base, now, email), resource_type="dispute",
        version="", base=dispute.base, subject=dispute.order, ref=dispute.custom_id or dispute.invoice_id,
        summary=summary,
    )
    # Of one that the seller has not won, PAYMENT.CAPTURE.REVERSED tells, or nothing does.
    won = type != CLOSED or dispute.outcome == SELLER_FAVOUR
    return event if won else replace(event, meaning="dispute.closed")
