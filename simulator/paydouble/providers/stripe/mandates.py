"""The payer's permission to debit a bank account, or to charge a card later (https://docs.stripe.com/api/mandates)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.instruments import DEBITS
from paydouble.providers.stripe.models import Json, Mandate, PaymentMethod
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.scene import Scene

_REFERENCE_LENGTH = 16
_NOTHING_KNOWN: Json = {"ip_address": None, "user_agent": None}


def agreed(
    scene: Scene, method: PaymentMethod, data: Json, *, single_use: Json | None = None
) -> PaymentMethod:
    """The method with a mandate as `mandate_data` describes it; the method itself is not saved."""
    given = data["customer_acceptance"]
    how = given["type"]
    mandate = Mandate(
        id=scene.id("mandate_1"),
        created=scene.now,
        merchant=scene.account,
        payment_method=method.id,
        method_type=method.type,
        acceptance={
            "accepted_at": given.get("accepted_at", scene.now // 1_000),
            how: {**_NOTHING_KNOWN, **(given.get("online") or EMPTY)} if how == "online" else EMPTY,
            "type": how,
        },
        single_use=single_use,
        reference=scene.ids.token(_REFERENCE_LENGTH),
    )
    scene.work.save(mandate)
    scene.tell("mandate.updated", mandate)
    return replace(method, mandate=mandate.id)


def check(method: PaymentMethod, data: Json | None, mandate: str) -> None:
    """Raises ProviderError where a debit is asked for that nobody has allowed."""
    if method.type in DEBITS and not (data or mandate or method.mandate):
        raise Errors.PARAMETER_MISSING(
            f"To confirm with the payment method type {method.type}, `mandate_data` is required: the payer's "
            "acceptance of a mandate.",
            param="mandate_data",
        )
