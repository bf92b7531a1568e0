"""`next_action`: where the payer is sent, by type of payment method.

https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode

from paydouble.providers.stripe.instruments import QR
from paydouble.providers.stripe.models.shapes import Json
from paydouble.providers.stripe.scene import Scene

CHALLENGE_PATH = "/3d_secure/{id}"
SETUP_PATH = "/3d_secure_setup/{id}"


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
    source = scene.id("src_1")
    url = _page(scene, intent, source)
    if type != "card" or (return_url and not use_stripe_sdk):
        return {"redirect_to_url": {"return_url": return_url or None, "url": url}, "type": "redirect_to_url"}
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"source": source, "stripe_js": url, "type": "three_d_secure_redirect"},
    }


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
