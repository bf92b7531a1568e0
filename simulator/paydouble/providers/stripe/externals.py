"""Bank accounts and debit cards to which a connected account is paid out.

https://docs.stripe.com/api/external_accounts
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.providers.stripe import accounts, methods
from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.errors import Errors, missing, missing_reference
from paydouble.providers.stripe.models import Account, Json, Token
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_banks import BY_ACCOUNT, ROUTING_NUMBER

TEST_ACCOUNT = "000123456789"
TEST_TOKEN = "btok_us_verified"
"""A documented bank account that always works."""


async def made(scene: Scene, account: Account, given: str | Mapping[str, Any]) -> Json:
    """From a token, or from what is written out. Raises ProviderError."""
    if isinstance(given, Mapping):
        return _from_hash(scene, account, given)
    if given == TEST_TOKEN:
        return test_bank(scene, account)
    token = await scene.work.get(Token, given)
    if token is None or token.merchant not in (scene.account, scene.platform, account.id):
        raise missing_reference("token", given, param="external_account")
    if token.used:
        raise Errors.TOKEN_ALREADY_USED(
            f"You cannot use a Stripe token more than once: {token.id}.", param="external_account"
        )
    scene.work.save(replace(token, used=True))
    inside = token.shown().get("bank_account") or token.shown().get("card")
    if not isinstance(inside, Mapping):
        raise Errors.PARAMETER_INVALID(
            "The token must be of a bank account or a debit card.", param="external_account"
        )
    return _belonging(account, inside)


def _from_hash(scene: Scene, account: Account, given: Mapping[str, Any]) -> Json:
    number = str(given.get("account_number", ""))
    for name in ("country", "currency", "account_number"):
        if not given.get(name):
            raise Errors.PARAMETER_MISSING(
                f"Missing required param: external_account[{name}].", param=f"external_account[{name}]"
            )
    country, currency = located(given, "external_account")
    test = BY_ACCOUNT.get(number)
    return _belonging(account, {
        "id": scene.id("ba_1"),
        "object": "bank_account",
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": given.get("account_type"),
        "bank_name": "STRIPE TEST BANK" if test or number == TEST_ACCOUNT else None,
        "country": country,
        "currency": currency,
        "fingerprint": methods.fingerprint(account.id, number),
        "last4": number[-4:],
        "routing_number": given.get("routing_number"),
        "status": "new",
    })


def located(bank: Mapping[str, Any], param: str) -> tuple[str, str]:
    """Country and currency of a bank account. Raises ProviderError."""
    country = known_country(str(bank["country"]), f"{param}[country]")
    return country, known_currency(str(bank["currency"]), f"{param}[currency]")


def known_country(text: str, param: str) -> str:
    """In upper case. Raises ProviderError for what is no code of two letters.

    The words are reported for bank accounts; that accounts themselves get the same is unverified.
    https://github.com/invoiceninja/invoiceninja/issues/7084
    """
    country = text.upper()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Errors.COUNTRY_UNKNOWN(
            f"Country {text} not supported (you should use the 2-letter country code, e.g. US).", param=param
        )
    return country


def test_bank(scene: Scene, account: Account) -> Json:
    """The one that the hosted form fills in."""
    return _from_hash(scene, account, {
        "account_holder_name": "Jenny Rosen", "account_holder_type": "individual", "country": account.country,
        "currency": account.currency, "account_number": TEST_ACCOUNT, "routing_number": ROUTING_NUMBER,
    })


def own_bank(account: Account) -> Json:
    """The platform's."""
    return _belonging(account, {
        "id": accounts.bank_of(account.id), "object": "bank_account", "account_holder_name": None,
        "account_holder_type": None, "account_type": None, "bank_name": "STRIPE TEST BANK",
        "country": account.country, "currency": account.currency, "fingerprint": None,
        "last4": TEST_ACCOUNT[-4:], "routing_number": ROUTING_NUMBER, "status": "verified",
    })


def _belonging(account: Account, shape: Mapping[str, Any]) -> Json:
    first = all(one.get("currency") != shape.get("currency", account.currency) for one in account.externals)
    slow = shape["object"] == "bank_account"
    own: dict[str, object] = {
        "account": account.id,
        "available_payout_methods": ["standard"] if slow else ["instant", "standard"],
        "default_for_currency": first,
        "metadata": {},
    }
    if shape["object"] == "card":
        own["currency"] = account.currency
    return dict(sorted({**shape, **own}.items()))


def default_first(externals: tuple[Json, ...], chosen: Json) -> tuple[Json, ...]:
    """With this one as the default of its currency, and in its old place otherwise."""
    def seen(one: Json) -> Json:
        if one["id"] == chosen["id"]:
            return chosen
        loses = chosen["default_for_currency"] and one["currency"] == chosen["currency"]
        return {**one, "default_for_currency": False} if loses else one

    known = tuple(seen(one) for one in externals)
    known = known if any(one["id"] == chosen["id"] for one in externals) else (*known, chosen)
    return tuple(sorted(known, key=lambda one: not one["default_for_currency"]))


def named(account: Account, id: str) -> Json:
    """Raises ProviderError where the account has none of that id."""
    for one in account.externals:
        if one["id"] == id:
            return one
    raise missing("external account", id)


async def paid_out_to(scene: Scene, currency: str, asked: str) -> str:
    """Where a payout goes: the one that is named, or the default of the currency. Raises ProviderError."""
    if not scene.connected:
        bank = accounts.bank_of(scene.account)
        if asked and asked != bank:
            raise missing_reference("external account", asked, param="destination")
        return bank
    account = await scene.work.get(Account, scene.account)
    assert account is not None, f"{scene.account} was permitted"
    known = [str(one["id"]) for one in account.externals if not asked or one["id"] == asked]
    of_currency = [str(one["id"]) for one in account.externals if one["currency"] == currency]
    if asked and not known:
        raise missing_reference("external account", asked, param="destination")
    if not asked and not of_currency:
        raise Errors.PARAMETER_INVALID(
            f"Sorry, you don't have any external accounts in that currency ({currency})."
        )
    return asked or of_currency[0]
