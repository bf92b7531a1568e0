"""With what a payer pays: an id, data, or a ConfirmationToken, as every confirmation takes them.

https://docs.stripe.com/payments/finalize-payments-on-the-server
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.providers.stripe import methods
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.models import ConfirmationToken, PaymentMethod
from paydouble.providers.stripe.scene import Scene

Params = Mapping[str, Any]
_WAYS = ("payment_method", "payment_method_data", "confirmation_token")


async def chosen(
    scene: Scene, params: Params, *, payment_intent: str = "", setup_intent: str = ""
) -> tuple[PaymentMethod | None, Params]:
    """The method, None where none is named, and the params with what a token adds. Raises ProviderError."""
    named = [name for name in _WAYS if params.get(name)]
    if len(named) > 1:
        raise Errors.PARAMETERS_EXCLUSIVE(
            f"You may only specify one of these parameters: {', '.join(named)}.", param=named[0]
        )
    match named:
        case ["payment_method"]:
            return await methods.resolved(scene, params["payment_method"]), params
        case ["payment_method_data"]:
            return await methods.made(scene, params["payment_method_data"]), params
        case ["confirmation_token"]:
            token = await _token(scene, params["confirmation_token"])
            taken = replace(token, payment_intent=payment_intent, setup_intent=setup_intent)
            if payment_intent or setup_intent:
                scene.work.save(taken)
            return token.method, _with_token(token, params)
        case _:
            return None, params


async def _token(scene: Scene, id: str) -> ConfirmationToken:
    found = await scene.work.get(ConfirmationToken, id)
    if found is None or found.merchant != scene.account:
        raise missing_reference("confirmation_token", id, param="confirmation_token")
    if found.used or scene.now >= found.expires:
        raise Errors.PARAMETER_INVALID(
            f"The ConfirmationToken {id} has {'already been used' if found.used else 'expired'}.",
            param="confirmation_token",
        )
    return found


def _with_token(token: ConfirmationToken, params: Params) -> Params:
    added: dict[str, object] = {}
    for name in ("return_url", "setup_future_usage", "shipping"):
        value = getattr(token, name)
        if value:
            added[name] = value
    return {**added, **params}
