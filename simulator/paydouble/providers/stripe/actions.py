"""`next_action`: where the payer is sent, by type of payment method.

https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode

from paydouble.core.clock import DAY, Duration, later
from paydouble.core.ids import DIGITS
from paydouble.providers.stripe import microdeposits
from paydouble.providers.stripe.instruments import QR, VOUCHERS
from paydouble.providers.stripe.models.shapes import Json
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_banks import US

CHALLENGE_PATH = "/3d_secure/{id}"
SETUP_PATH = "/3d_secure_setup/{id}"
VOUCHER_LASTS = Duration(3 * DAY)
"""The default of each of them; merchants may set another."""
_NUMBER_LENGTH = 14


class Intent(Protocol):
    """What the payer is to act on."""

    @property
    def id(self) -> str: ...

    @property
    def client_secret(self) -> str: ...


def next_action(
    scene: Scene, intent: Intent, type: str, *, return_url: str, use_stripe_sdk: bool
) -> Json:
    """All of them lead to our own page; only cards can be left to Stripe.js."""
    if type == QR:
        return _qr_code(_page(scene, intent, ""))
    if type == "alipay":
        redirect = {
            "native_data": None, "native_url": None, "return_url": return_url or None,
            "url": _page(scene, intent, ""),
        }
        return {"alipay_handle_redirect": redirect, "type": "alipay_handle_redirect"}
    if type in VOUCHERS:
        return _voucher(scene, type, _page(scene, intent, ""))
    if type == US:
        return microdeposits.action(scene.wall, _page(scene, intent, ""))
    source = scene.id("src_1")
    url = _page(scene, intent, source)
    if type != "card" or (return_url and not use_stripe_sdk):
        return {"redirect_to_url": {"return_url": return_url or None, "url": url}, "type": "redirect_to_url"}
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"source": source, "stripe_js": url, "type": "three_d_secure_redirect"},
    }


def _voucher(scene: Scene, type: str, url: str) -> Json:
    """What the payer takes to the counter; each type calls its members by names of its own."""
    expires = later(scene.now, VOUCHER_LASTS) // 1_000
    number = scene.ids.token(_NUMBER_LENGTH, DIGITS)
    details: dict[str, object]
    match type:
        case "konbini":
            stores = ("familymart", "lawson", "ministop", "seicomart")
            codes = {"confirmation_number": number[:11], "payment_code": number[:6]}
            details = {"expires_at": expires, "hosted_voucher_url": url}
            details["stores"] = dict.fromkeys(stores, codes)
        case "multibanco":
            details = {"entity": number[:5], "expires_at": expires, "hosted_voucher_url": url}
            details["reference"] = number[:9]
        case "boleto":
            details = {"expires_at": expires, "hosted_voucher_url": url, "number": number}
            details["pdf"] = f"{url}&pdf=1"
        case _:
            details = {"expires_after": expires, "hosted_voucher_url": url, "number": number}
    return {f"{type}_display_details": details, "type": f"{type}_display_details"}


def _page(scene: Scene, intent: Intent, source: str) -> str:
    path = SETUP_PATH if intent.id.startswith("seti_") else CHALLENGE_PATH
    path = path.replace("{id}", intent.id)
    query = {"publishable_key": scene.publishable_key, "client_secret": intent.client_secret}
    return f"{scene.base_url}{path}?{urlencode(query | ({'source': source} if source else {}))}"


def _qr_code(url: str) -> Json:
    """In test mode the code leads to a page, as Stripe's does; its pictures are left to whoever shows it."""
    code = {
        "data": url, "hosted_instructions_url": url, "image_data_url": "data:image/png;base64,",
        "image_url_png": f"{url}&image=png", "image_url_svg": f"{url}&image=svg",
    }
    return {"type": "wechat_pay_display_qr_code", "wechat_pay_display_qr_code": code}
