"""Payment links: what each of their sessions is made from (https://docs.stripe.com/payment-links)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.providers.stripe.models.checkout import PaymentLink
from paydouble.providers.stripe.operations.billing_promotion_codes import named
from paydouble.providers.stripe.scene import Scene

LINK_PATH = "/b/{id}"
FROM_QUERY = {
    "prefilled_email": "customer_email",
    "client_reference_id": "client_reference_id",
    "locale": "locale",
}
EMAIL_MAX = 512


async def session_params(scene: Scene, link: PaymentLink, query: Mapping[str, str]) -> dict[str, Any]:
    """The params of a session for one visitor, with what the link's address adds."""
    params: dict[str, Any] = {**link.template, "mode": link.mode, "metadata": dict(link.metadata)}
    params["line_items"] = [
        {
            "price": item.price["id"],
            "quantity": item.quantity,
            "tax_rates": [rate["id"] for rate in item.tax_rates],
        }
        for item in link.items
    ]
    redirect = link.after_completion.get("redirect") or {}
    params["success_url"] = redirect.get("url", "")
    for name, param in FROM_QUERY.items():
        if query.get(name):
            params[param] = query[name][:EMAIL_MAX]
    if query.get("prefilled_promo_code") and link.template.get("allow_promotion_codes"):
        code = await named(scene, query["prefilled_promo_code"])
        if code is not None:
            params.pop("allow_promotion_codes")
            params["discounts"] = [{"promotion_code": code.id}]
    return params
