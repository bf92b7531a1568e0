"""Sellers of a platform: invited, and what became of it.

https://developer.paypal.com/docs/api/partner-referrals/v2/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.paypal.errors import COMMON, PARTNERS, REFERRALS, Errors, PartnerErrors
from paydouble.providers.paypal.identifiers import payer_id
from paydouble.providers.paypal.merchants import derived
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.partner_models import (
    ONBOARDED,
    PARTNERS_PATH,
    REFERRAL,
    REFERRALS_PATH,
    REVOKED,
    Referral,
    integration_url,
    links_of,
    referral_token,
)
from paydouble.providers.paypal.scene import of_act, of_call
from paydouble.providers.paypal.showing import link, present

DOCS = "https://developer.paypal.com/docs/api/partner-referrals/v2/"
INTEGRATIONS = f"{PARTNERS_PATH}/{{partner_id}}/merchant-integrations"
V1: tuple[ErrorTable, ...] = (
    Errors.VALIDATION_ERROR, Errors.MALFORMED_REQUEST, Errors.INVALID_RESOURCE_ID, *COMMON
)
PARTS = (
    "individual_owners", "business_entity", "email", "preferred_language_code", "tracking_id",
    "partner_config_override", "operations", "products", "capabilities", "legal_consents",
)


class ReferralRequest(TypedDict):
    operations: list[Mapping[str, Any]]
    legal_consents: list[Mapping[str, Any]]
    tracking_id: NotRequired[str]
    email: NotRequired[str]
    products: NotRequired[list[str]]
    capabilities: NotRequired[list[str]]
    partner_config_override: NotRequired[Mapping[str, Any]]


class ById(TypedDict):
    partner_referral_id: str


class FindRequest(TypedDict):
    partner_id: str
    tracking_id: NotRequired[str]


class BySeller(TypedDict):
    partner_id: str
    merchant_id: str


class ByPartner(TypedDict):
    partner_id: str


@operation(
    "partner-referrals.create", Route(REFERRALS, "POST", REFERRALS_PATH),
    docs=f"{DOCS}#partner-referrals_create", errors=(PartnerErrors.DUPLICATE_TRACKING_ID, *V1),
)
async def create(call: Call[ReferralRequest]) -> Reply:
    """Invite a seller: tells the address at which it signs up and agrees."""
    scene, params = of_call(call), call.params
    known = await call.work.find(
        Referral, "tracking_key", f"{call.merchant.id}/{params.get('tracking_id') or '-'}"
    )
    if known is not None and known.status == ONBOARDED:
        raise PartnerErrors.DUPLICATE_TRACKING_ID(field="/tracking_id", location="body")
    referral = Referral(
        id=referral_token(scene.ids, scene.merchant.sandbox), status=REFERRAL.initial, created=scene.now,
        merchant=scene.merchant.id, partner=scene.merchant.secrets["merchant_id"], base=scene.base,
        asked={name: value for name, value in params.items() if name in PARTS},
    )
    call.work.save(referral)
    return Reply({"links": links_of(referral, scene.base)}, 201, subject=referral)


@operation(
    "partner-referrals.read", Route(REFERRALS, "GET", f"{REFERRALS_PATH}/{{partner_referral_id}}"),
    docs=f"{DOCS}#partner-referrals_read", errors=V1,
)
async def read(call: Call[ById]) -> Reply:
    """Show what a seller was invited with."""
    referral = await call.work.get(Referral, call.params["partner_referral_id"])
    if referral is None or referral.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    shown = {
        "partner_referral_id": referral.id, "submitter_payer_id": referral.partner,
        "submitter_client_id": referral.merchant, "referral_data": dict(referral.asked),
        "links": links_of(referral, call.request.base_url),
    }
    return Reply(shown, subject=referral)


def _check_partner(call: Call[Any]) -> None:
    if call.params["partner_id"] != call.merchant.secrets["merchant_id"]:
        raise Errors.NOT_AUTHORIZED()


@operation(
    "merchant-integration.find", Route(PARTNERS, "GET", INTEGRATIONS),
    docs=f"{DOCS}#merchant-integration_find", errors=V1,
)
async def find(call: Call[FindRequest]) -> Reply:
    """Find a seller by the platform's own number."""
    _check_partner(call)
    key = f"{call.merchant.id}/{call.params.get('tracking_id', '')}"
    referral = await call.work.find(Referral, "tracking_key", key)
    if referral is None or not referral.seller:
        raise Errors.INVALID_RESOURCE_ID()
    shown = {
        "merchant_id": referral.seller, "tracking_id": referral.tracking_id,
        "links": [link(integration_url(referral, call.request.base_url), "self")],
    }
    return Reply(shown, subject=referral)


@operation(
    "merchant-integration.status", Route(PARTNERS, "GET", f"{INTEGRATIONS}/{{merchant_id}}"),
    docs=f"{DOCS}#merchant-integration_status", errors=V1,
)
async def status(call: Call[BySeller]) -> Reply:
    """Show whether a seller can be paid, and what it agreed to."""
    _check_partner(call)
    referral = await call.work.find(Referral, "seller", call.params["merchant_id"])
    if referral is None or referral.merchant != call.merchant.id or referral.status == REVOKED:
        raise Errors.INVALID_RESOURCE_ID()
    return Reply(_status(referral, call.request.base_url), subject=referral)


def _status(referral: Referral, base: str) -> Json:
    features = _features(referral)
    scopes = [f"https://uri.paypal.com/services/{_SCOPES.get(name, name.lower())}" for name in features]
    products = [
        {"name": name, "vetting_status": "SUBSCRIBED", "status": "ACTIVE", "capabilities": _CAPABILITIES}
        for name in referral.asked.get("products", ())
    ]
    third_party = {
        "partner_client_id": referral.merchant, "merchant_client_id": "", "scopes": scopes,
    }
    integration = {
        "integration_type": "OAUTH_THIRD_PARTY", "integration_method": "PAYPAL",
        "oauth_third_party": [{name: value for name, value in third_party.items() if value}],
    }
    email = str(referral.asked.get("email") or f"sb-{referral.seller.lower()}@business.example.com")
    return present(
        merchant_id=referral.seller, tracking_id=referral.tracking_id, products=products,
        capabilities=[{"name": name, "status": "ACTIVE"} for name in _CAPABILITIES],
    ) | {"payments_receivable": True, "primary_email_confirmed": True} | present(
        legal_name="Test Store", primary_email=email, primary_currency="USD",
        granted_permissions=[_PERMISSIONS[name] for name in features if name in _PERMISSIONS],
        country="US", oauth_integrations=[integration],
        links=[link(integration_url(referral, base), "self")],
    )


_PERMISSIONS = {
    "PAYMENT": "EXPRESS_CHECKOUT", "REFUND": "REFUND", "BILLING_AGREEMENT": "BILLING_AGREEMENT",
    "ACCESS_MERCHANT_INFORMATION": "ACCESS_BASIC_PERSONAL_DATA", "TRANSACTION_SEARCH": "TRANSACTION_SEARCH",
}
"""Feature that was asked for → what the classic list of permissions calls it."""
_CAPABILITIES = ["CUSTOM_CARD_PROCESSING"]
_SCOPES = {
    "PAYMENT": "payments/realtimepayment", "REFUND": "payments/refund", "PARTNER_FEE": "payments/partnerfee",
    "DELAY_FUNDS_DISBURSEMENT": "payments/delay-funds-disbursement", "VAULT": "vault/payment-tokens/read",
    "READ_SELLER_DISPUTE": "disputes/read-seller", "UPDATE_SELLER_DISPUTE": "disputes/update-seller",
}


def _features(referral: Referral) -> list[str]:
    for asked in referral.asked.get("operations", ()):
        rest = (asked.get("api_integration_preference") or {}).get("rest_api_integration") or {}
        details = rest.get("third_party_details") or rest.get("first_party_details") or {}
        if details.get("features"):
            return list(details["features"])
    return []


@operation(
    "merchant-integration.credentials", Route(PARTNERS, "GET", f"{INTEGRATIONS}/credentials"),
    docs=f"{DOCS}#merchant-integration_credentials", errors=V1,
)
async def credentials(call: Call[ByPartner]) -> Reply:
    """Show the seller's own app, where it integrates as first party."""
    _check_partner(call)
    sandbox = call.merchant.sandbox
    return Reply({
        "client_id": "A" + derived(sandbox, "seller client id", 79),
        "client_secret": "E" + derived(sandbox, "seller secret", 79),
        "payer_id": derived(sandbox, "seller", 13, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"),
    })


@act(Referral, "agree")
async def agree(doing: Doing[Referral]) -> Record:
    """The seller signs up and agrees to what the platform asks for."""
    scene, referral = of_act(doing), doing.record
    seller = str(doing.details.get("merchant_id") or referral.seller or payer_id(scene.ids))
    return fire(scene.work, REFERRAL, replace(referral, seller=seller), "agree", scene.now)


OPERATIONS: tuple[Operation, ...] = (create, read, find, credentials, status)
ACTS: tuple[Act[Any], ...] = agree
