"""Capabilities of a connected account (https://docs.stripe.com/api/capabilities)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists, onboarding
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.operations.accounts import account_of
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_connect import CapabilityNamed, CapabilityUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call

_URL = "/v1/accounts/{id}/capabilities"
_ONE = "/v1/accounts/{account}/capabilities/{id}"
_DOCS = "https://docs.stripe.com/api/capabilities/"

# fmt: off
KNOWN = frozenset(
    "acss_debit_payments affirm_payments afterpay_clearpay_payments alma_payments amazon_pay_payments "
    "au_becs_debit_payments bacs_debit_payments bancontact_payments bank_transfer_payments billie_payments "
    "blik_payments boleto_payments card_issuing card_payments cartes_bancaires_payments cashapp_payments "
    "crypto_payments eps_payments fpx_payments giropay_payments grabpay_payments ideal_payments "
    "india_international_payments jcb_payments kakao_pay_payments klarna_payments konbini_payments "
    "kr_card_payments legacy_payments link_payments mobilepay_payments multibanco_payments "
    "naver_pay_payments oxxo_payments p24_payments pay_by_bank_payments payco_payments paynow_payments "
    "pix_payments promptpay_payments revolut_pay_payments samsung_pay_payments satispay_payments "
    "sepa_debit_payments sofort_payments swish_payments tax_reporting_us_1099_k tax_reporting_us_1099_misc "
    "transfers treasury twint_payments us_bank_account_ach_payments zip_payments"
    .split()
)
# fmt: on


@operation(
    "capabilities.retrieve",
    Route("v1", "GET", _ONE),
    means=("account.query",),
    errors=(Errors.ACCOUNT_INVALID, Errors.RESOURCE_MISSING),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[CapabilityNamed]) -> Reply:
    """Shows whether an account has a capability, and what is missing for it."""
    account = await account_of(call, call.params["account"])
    name = call.params["id"]
    if name not in KNOWN:
        raise missing("capability", name, param="capability")
    return Reply(account.capability_shown(name))


@operation(
    "capabilities.update",
    Route("v1", "POST", _ONE),
    means=("account.update",),
    idempotency=ONCE,
    errors=(Errors.ACCOUNT_INVALID, Errors.RESOURCE_MISSING),
    docs=_DOCS + "update",
)
async def update(call: Call[CapabilityUpdate]) -> Reply:
    """Asks for a capability, or gives it up."""
    scene, params = of_call(call), call.params
    before, name = await account_of(call, params["account"]), params["id"]
    if name not in KNOWN:
        raise missing("capability", name, param="capability")
    asked = {name: {"requested": params.get("requested")}}
    after = replace(before, requested=onboarding.requested(before.requested, asked, scene.wall))
    after = onboarding.saved(scene, before, after)
    return Reply(after.capability_shown(name))


@operation(
    "capabilities.list",
    Route("v1", "GET", _URL),
    means=("account.query",),
    errors=(Errors.ACCOUNT_INVALID,),
    docs=_DOCS + "list",
)
async def list_capabilities(call: Call[Named]) -> Reply:
    """Lists the capabilities that an account has asked for."""
    account = await account_of(call, call.params["id"])
    data = [account.capability_shown(name) for name in sorted(account.requested)]
    return Reply(lists.shown(f"/v1/accounts/{account.id}/capabilities", data, has_more=False))


OPERATIONS = (retrieve, update, list_capabilities)
