"""One attempt at moving the money: the charge it leaves, with the card, the checks and the issuer's word."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from paydouble.core.clock import later
from paydouble.core.ids import DIGITS
from paydouble.providers.stripe.models import Charge, Json, PaymentIntent, PaymentMethod
from paydouble.providers.stripe.models.shapes import EMPTY, intent_shown
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_banks import SEPA, US

_CODE_LENGTH = 6
_TRACE_LENGTH = 15
_TRANSACTION_LENGTH = 28
_BUYER_LENGTH = 12
_OF_US = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
_OF_SEPA = ("bank_code", "branch_code", "country", "fingerprint", "last4")


class Fate(TypedDict, total=False):
    """The fields of a charge that say how it came out."""

    status: str
    paid: bool
    captured: bool
    amount_captured: int
    failure_code: str
    failure_message: str
    outcome: Json


def attempted(
    scene: Scene, intent: PaymentIntent, method: PaymentMethod, *, authenticated: bool, fate: Fate,
    pending: Charge | None = None,
) -> Charge:
    """The charge as it came out, not yet saved; `pending` is one that was being processed until now."""
    if pending is not None:
        return replace(pending, **fate)
    return Charge(
        id=_id(scene, intent, method),
        created=scene.now,
        merchant=intent.merchant,
        amount=intent.amount,
        currency=intent.currency,
        payment_intent=intent.id,
        payment_method=method.id,
        card=method.number if method.type == "card" else "",
        method_type=method.type,
        billing_details=method.billing_details,
        customer=intent.customer,
        description=intent.description,
        metadata=intent.metadata,
        receipt_email=intent.receipt_email,
        shipping=intent.shipping,
        statement_descriptor=intent.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix,
        transfer_group=intent.transfer_group,
        transfer_data=intent.transfer_data,
        on_behalf_of=intent.on_behalf_of,
        application=intent.application,
        application_fee_amount=intent.application_fee_amount,
        payment_method_details=_details(scene, intent, method, authenticated=authenticated),
        **fate,
    )


def _id(scene: Scene, intent: PaymentIntent, method: PaymentMethod) -> str:
    if intent_shown(intent.id) is None:
        return intent.id
    return scene.id("ch_3" if method.type == "card" else "py_3")


_THREE_D_SECURE: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def _details(scene: Scene, intent: PaymentIntent, method: PaymentMethod, *, authenticated: bool) -> Json:
    if method.type != "card":
        return {method.type: _other_details(scene, method), "type": method.type}
    test = method.card
    digits = scene.ids.token(_CODE_LENGTH + _TRACE_LENGTH, DIGITS)
    card: dict[str, object] = {
        "amount_authorized": intent.amount,
        "authorization_code": digits[:_CODE_LENGTH],
        "brand": test.brand,
    }
    if intent.manual_capture:
        card["capture_before"] = later(scene.now, scene.terms.authorization_lasts) // 1_000
    card |= {
        "checks": method.checks,
        "country": test.country,
        "exp_month": method.exp_month,
        "exp_year": method.exp_year,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": method.fingerprint,
        "funding": test.funding,
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": test.number[-4:],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": test.brand,
        "network_token": {"used": False},
        "network_transaction_id": digits[_CODE_LENGTH:],
        "overcapture": {"maximum_amount_capturable": intent.amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": _THREE_D_SECURE if authenticated else None,
        "wallet": None,
    }
    return {"card": card, "type": "card"}


def _other_details(scene: Scene, method: PaymentMethod) -> Json:
    shown, mandate = method.details(), method.mandate or None
    if method.type == US:
        reference = scene.ids.token(_TRACE_LENGTH, DIGITS)
        return {**{name: shown[name] for name in _OF_US}, "mandate": mandate, "payment_reference": reference}
    if method.type == SEPA:
        return {**{name: shown[name] for name in _OF_SEPA}, "mandate": mandate}
    if method.type == "alipay":
        transaction = scene.ids.token(_TRANSACTION_LENGTH, DIGITS)
        buyer = f"2088{scene.ids.token(_BUYER_LENGTH, DIGITS)}"
        return {"buyer_id": buyer, "fingerprint": method.fingerprint or None, "transaction_id": transaction}
    if method.type == "wechat_pay":
        return {"fingerprint": None, "transaction_id": scene.ids.token(_TRANSACTION_LENGTH, DIGITS)}
    return EMPTY


def approved(intent: PaymentIntent, method: PaymentMethod) -> Fate:
    """The issuer says yes, and without manual capture the money moves at once."""
    manual = intent.manual_capture
    return Fate(
        status="succeeded", paid=True, captured=not manual, amount_captured=0 if manual else intent.amount,
        outcome=_authorized(method),
    )


def declined(method: PaymentMethod, told: Json, failure: str = "") -> Fate:
    """The issuer, or Radar, says no; `told` is the error of the caller, `failure` a bank's own code."""
    return Fate(
        status="failed", paid=False, failure_code=failure or str(told["code"]),
        failure_message=str(told["message"]), outcome=_declined(method, told),
    )


def unsettled() -> Fate:
    return Fate(status="pending", paid=False)


def _authorized(method: PaymentMethod) -> Json:
    risk_level = method.card.risk_level
    elevated = risk_level != "normal"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": f"{risk_level}_risk_level" if elevated else None,
        "risk_level": risk_level,
        "risk_score": 65 if elevated else 20,
        "seller_message": "Payment complete.",
        "type": "manual_review" if elevated else "authorized",
    }


def _declined(method: PaymentMethod, told: Json) -> Json:
    blocked = method.card.blocked
    said = told.get("decline_code") or told["code"]
    return {
        "advice_code": told.get("advice_code"),
        "network_advice_code": None,
        "network_decline_code": None if blocked else "01",
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": "highest_risk_level" if blocked else said,
        "risk_level": method.card.risk_level,
        "risk_score": 75 if blocked else 20,
        "seller_message": "Stripe blocked this payment as too risky."
        if blocked
        else f"The bank returned the decline code `{said}`.",
        "type": "blocked" if blocked else "issuer_declined",
    }
