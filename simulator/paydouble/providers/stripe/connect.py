"""Who may act for whom, and what a payment may pass on (https://docs.stripe.com/connect)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.call import Merchant
from paydouble.core.errors import ProviderError
from paydouble.core.work import Work
from paydouble.providers.stripe.accounts import application_of, masked
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.models import Account, Json
from paydouble.providers.stripe.scene import Scene

CARDS, TRANSFERS = "card_payments", "transfers"
_DESTINATION = "transfer_data[destination]"


async def reaches(work: Work, merchant: Merchant, account: str) -> None:
    """`Stripe-Account` must name an account of the caller. Raises ProviderError."""
    if account == merchant.id:
        return
    found = await work.get(Account, account)
    if found is None or found.merchant != merchant.id or found.deleted:
        raise refused(merchant, account)


def refused(merchant: Merchant, account: str) -> ProviderError:
    """The same for an account that never was, one of another platform, and one that is gone."""
    key = merchant.handle or merchant.secrets["secret_key"]
    return Errors.ACCOUNT_INVALID(
        f"The provided key '{masked(key)}' does not have access to account '{account}' (or that account "
        "does not exist). Application access may have been revoked."
    )


async def check_charges(scene: Scene, on_behalf_of: str = "") -> None:
    """Raises ProviderError where the account that is to be paid cannot take card payments."""
    id = on_behalf_of or (scene.account if scene.connected else "")
    if not id or id == scene.platform:
        return
    account = await scene.work.get(Account, id)
    if account is None or account.merchant != scene.platform or account.deleted:
        raise missing_reference("account", id, param="on_behalf_of")
    if account.charges_enabled:
        return
    if on_behalf_of:
        raise Errors.PARAMETER_INVALID(
            "The account referenced in the 'on_behalf_of' parameter is missing the required capabilities: "
            f"{CARDS}. The account must activate them before it can be used.",
            param="on_behalf_of",
        )
    raise Errors.CAPABILITY_NOT_ACTIVE(
        f"The account {id} cannot make charges: its capability {CARDS} is not active."
    )


async def destination_named(scene: Scene, id: str, *, param: str = "destination") -> Account:
    """Raises ProviderError where no money can be sent to that account."""
    if id == scene.account:
        raise Errors.PARAMETER_INVALID(
            "The destination param cannot be set to your own account.", param=param
        )
    account = await scene.work.get(Account, id)
    if account is None or account.merchant != scene.account or account.deleted:
        raise missing_reference("destination", id, param=param)
    if not account.active(TRANSFERS):
        raise Errors.TRANSFER_CAPABILITY_MISSING(param=param)
    return account


async def split(scene: Scene, params: Mapping[str, Any], amount: int) -> dict[str, Any]:
    """The fields about accounts of a payment that is asked for. Raises ProviderError."""
    asked = params.get("transfer_data")
    fee = params.get("application_fee_amount")
    data: Json | None = None
    if asked:
        await destination_named(scene, asked["destination"], param=_DESTINATION)
        data = {"amount": asked.get("amount"), "destination": asked["destination"]}
    check_shares(scene, amount, fee or None, data)
    on_behalf_of = params.get("on_behalf_of", "")
    await check_charges(scene, on_behalf_of)
    return {"transfer_data": data, "on_behalf_of": on_behalf_of, "application": application(scene)}


def application(scene: Scene) -> str:
    """Which platform made an object of a connected account; empty where it is the platform's own."""
    return application_of(scene.platform) if scene.connected else ""


def check_shares(scene: Scene, amount: int, fee: int | None, data: Json | None) -> None:
    """Raises ProviderError where more is passed on than is paid, or nobody is there to take it."""
    if fee is not None and data is None and not scene.connected:
        raise Errors.APPLICATION_FEES_NOT_ALLOWED(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment "
            "(using an OAuth key or Stripe-Account header) or destination payment (using "
            "`transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if fee is not None and data is not None and data["amount"] is not None:
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: application_fee_amount, transfer_data[amount].",
            param="application_fee_amount",
        )
    if fee is not None and fee > amount:
        raise Errors.PARAMETER_INVALID(
            "The application fee cannot be greater than the amount of the payment.",
            param="application_fee_amount",
        )
    if data is not None and (data["amount"] or 0) > amount:
        raise Errors.PARAMETER_INVALID(
            "The amount to transfer cannot be greater than the amount of the payment.",
            param="transfer_data[amount]",
        )
