"""Checkout Sessions from params: defaults, what excludes what, and the URL at which payers pay.

https://docs.stripe.com/api/checkout/sessions/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.clock import DAY, MINUTE, from_unix, later
from paydouble.providers.stripe import amounts, discounts, methods
from paydouble.providers.stripe.checkout_items import sold, totaled
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.instruments import CHARGEABLE
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.checkout import CheckoutSession, SoldItem
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.scene import Scene

PAGE_PATH = "/c/pay/{id}"
EXPIRES_LATEST = DAY
EXPIRES_EARLIEST = 30 * MINUTE
_ID_LENGTH = 58
_SECRET_LENGTH = 60
_OLD_UI_MODES = {"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}
_TEXTS = (
    "cancel_url",
    "client_reference_id",
    "locale",
    "return_url",
    "submit_type",
    "success_url",
    "billing_address_collection",
    "customer_email",
    "redirect_on_completion",
    "integration_identifier",
)
_DATA_OF = {
    "payment_intent_data": "payment",
    "subscription_data": "subscription",
    "setup_intent_data": "setup",
}

Params = Mapping[str, Any]


async def asked_for(scene: Scene, params: Params, *, link: str = "") -> CheckoutSession:
    """A new one, not yet saved; `link` is the payment link that makes it. Raises ProviderError."""
    mode = params.get("mode") or ("setup" if not params.get("line_items") else "payment")
    ui_mode = str(params.get("ui_mode", "hosted_page"))
    ui_mode = _OLD_UI_MODES.get(ui_mode, ui_mode)
    _check(params, mode, ui_mode, linked=bool(link))
    if params.get("customer"):
        await methods.customer_named(scene, params["customer"])
    items: tuple[SoldItem, ...] = ()
    held: tuple[str, ...] = ()
    if mode != "setup":
        items, held = await _sold(scene, params, mode)
    id = f"cs_test_a1{scene.ids.token(_ID_LENGTH)}"
    types = tuple(
        params.get("payment_method_types") or params.get("allowed_payment_method_types") or ("card",)
    )
    currency = items[0].currency if items else _currency(params)
    session = CheckoutSession(
        id=id,
        created=scene.now,
        merchant=scene.account,
        mode=mode,
        expires_at=_expires(scene, params),
        url=f"{scene.base_url}{PAGE_PATH.replace('{id}', id)}?key={scene.publishable_key}",
        base_url=scene.base_url,
        items=items,
        discount_ids=held,
        currency=currency,
        ui_mode=ui_mode,
        payment_status="no_payment_required" if mode == "setup" else "unpaid",
        client_secret="" if ui_mode == "hosted_page" else f"{id}_secret_{scene.ids.token(_SECRET_LENGTH)}",
        allow_promotion_codes=params.get("allow_promotion_codes"),
        customer=params.get("customer", ""),
        payment_link=link,
        customer_creation=_creation(params, mode),
        payment_method_types=types,
        allowed_payment_method_types=tuple(params.get("allowed_payment_method_types") or ()),
        discounts=tuple(
            {"coupon": each.get("coupon") or None, "promotion_code": each.get("promotion_code") or None}
            for each in params.get("discounts") or ()
        ),
        payment_method_collection=params.get("payment_method_collection", "always")
        if mode == "subscription"
        else "",
        phone_number_collection=bool(
            (params.get("phone_number_collection") or EMPTY).get("enabled") == "true"
        ),
        metadata=merged({}, params.get("metadata")),
        **{name: params[name] for name in _TEXTS if name in params},
        **{name: params[name] for name in _DATA_OF if name in params},
    )
    _check_total(session)
    return session


def _check(params: Params, mode: str, ui_mode: str, *, linked: bool) -> None:
    """Raises ProviderError."""
    if ui_mode == "hosted_page" and not params.get("success_url") and not linked:
        raise Errors.PARAMETER_MISSING("Missing required param: success_url.", param="success_url")
    if ui_mode == "hosted_page" and params.get("return_url"):
        raise Errors.PARAMETER_INVALID(
            "`return_url` is not supported for hosted Checkout; use `success_url`.", param="return_url"
        )
    embedded = ui_mode != "hosted_page"
    if embedded and not params.get("return_url") and params.get("redirect_on_completion") != "never":
        raise Errors.PARAMETER_MISSING("Missing required param: return_url.", param="return_url")
    if params.get("customer") and params.get("customer_email"):
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: customer, customer_email.", param="customer"
        )
    if params.get("discounts") and params.get("allow_promotion_codes"):
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: allow_promotion_codes, discounts.",
            param="discounts",
        )
    for name, its_mode in _DATA_OF.items():
        if params.get(name) and mode != its_mode:
            raise Errors.PARAMETER_INVALID(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    for type in params.get("payment_method_types") or ():
        if type not in CHARGEABLE and type != "link":
            raise Errors.PARAMETER_INVALID(
                f"The payment method type provided: {type} is invalid.", param="payment_method_types"
            )


async def _sold(scene: Scene, params: Params, mode: str) -> tuple[tuple[SoldItem, ...], tuple[str, ...]]:
    items = await sold(scene, params.get("line_items") or (), mode, params.get("currency", "").lower())
    held = await discounts.redeemed(
        scene, params.get("discounts") or (), customer=params.get("customer", ""), quiet=True
    )
    data = params.get("subscription_data") or EMPTY
    trial = bool(data.get("trial_period_days") or data.get("trial_end"))
    return totaled(scene, items, held, trial=trial), tuple(each.id for each in held)


def _currency(params: Params) -> str:
    return amounts.known_currency(params["currency"]) if params.get("currency") else ""


def _creation(params: Params, mode: str) -> str:
    if mode == "payment" and not params.get("customer"):
        return str(params.get("customer_creation", "if_required"))
    return "always" if mode == "subscription" and not params.get("customer") else ""


def _expires(scene: Scene, params: Params) -> Any:
    if "expires_at" not in params:
        return later(scene.now, EXPIRES_LATEST)
    at = from_unix(params["expires_at"])
    if not later(scene.now, EXPIRES_EARLIEST) - 1_000 <= at <= later(scene.now, EXPIRES_LATEST):
        raise Errors.PARAMETER_INVALID(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session "
            "creation.",
            param="expires_at",
        )
    return at


def _check_total(session: CheckoutSession) -> None:
    """What is charged at once is not too little, and not too much. Raises ProviderError."""
    total = session.amount_total
    if session.mode == "setup" or total == 0:
        return
    least = amounts.least(session.currency)
    if total < least and session.mode == "payment":
        raise Errors.AMOUNT_TOO_SMALL(
            f"The Checkout Session's total amount due must add up to at least "
            f"{amounts.display(least, session.currency)} {session.currency}"
        )
    if total > amounts.AMOUNT_MAX:
        raise Errors.AMOUNT_TOO_LARGE(
            "The Checkout Session's total amount must be no more than "
            f"{amounts.display(amounts.AMOUNT_MAX, session.currency)}"
        )
