"""Where payment methods come from: a test id, a card's data, a saved one; and who may use which."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from paydouble.core.clock import Instant
from paydouble.core.effect import Outcome, Result
from paydouble.core.ids import BASE62
from paydouble.providers.stripe.errors import Errors, decline, missing_reference
from paydouble.providers.stripe.models import Customer, Json, PaymentMethod, Token
from paydouble.providers.stripe.models.shapes import EMPTY, billing_details
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_banks import (
    PREFIXES,
    ROUTING_NUMBER,
    SEPA,
    US,
    BankAccount,
    account_of_id,
)
from paydouble.providers.stripe.test_values import (
    BY_NUMBER,
    PAYMENT_METHOD_PREFIX,
    Card,
    card_of_id,
    passes_luhn,
)

_CENTURY = 2_000


TEST_PREFIXES = (PAYMENT_METHOD_PREFIX, *PREFIXES.values())


def of_test_id(scene: Scene, id: str) -> PaymentMethod | None:
    """A fresh one, not yet saved; None where the id is no documented one."""
    if not id.startswith(TEST_PREFIXES):
        return None
    card = card_of_id(id)
    if card is not None:
        return _of_card(scene, card, month=month_of(scene.now), year=year_of(scene.now) + 1)
    account = account_of_id(id)
    return _of_account(scene, account) if account is not None else None


async def resolved(scene: Scene, id: str, *, param: str = "payment_method") -> PaymentMethod:
    """The one with this id, or a fresh one for a test id, not yet saved. Raises ProviderError."""
    fresh = of_test_id(scene, id)
    if fresh is not None:
        return fresh
    found = await scene.work.get(PaymentMethod, id)
    if found is None or found.merchant != scene.account:
        raise missing_reference("PaymentMethod", id, param=param)
    return found


async def made(scene: Scene, data: Json) -> PaymentMethod:
    """From `payment_method_data`, or the params of a create. Raises ProviderError; it is not saved."""
    type = data["type"]
    if type == "card":
        method = await _of_card_data(scene, data.get("card") or EMPTY)
    elif type in (US, SEPA):
        method = _of_bank_data(scene, type, data.get(type) or EMPTY)
    else:
        method = PaymentMethod(id=scene.id("pm_1"), created=scene.now, merchant=scene.account, type=type)
    return replace(
        method,
        billing_details=billing_details(data.get("billing_details") or EMPTY),
        metadata=dict(data.get("metadata") or EMPTY),
        allow_redisplay=data.get("allow_redisplay", "unspecified"),
    )


async def customer_named(scene: Scene, id: str, *, param: str = "customer") -> Customer:
    """Raises ProviderError where there is none, or none any more."""
    found = await scene.work.get(Customer, id)
    if found is None or found.merchant != scene.account or found.deleted:
        raise missing_reference("customer", id, param=param)
    return found


def attached(scene: Scene, method: PaymentMethod, customer: str) -> PaymentMethod:
    """Saved with its customer. Raises ProviderError where another has it, or the issuer refuses."""
    if method.customer == customer:
        return method
    if method.customer:
        raise Errors.PAYMENT_METHOD_UNUSABLE(
            "The payment method you provided has already been attached to a customer.", param="payment_method"
        )
    if method.spent:
        raise Errors.PAYMENT_METHOD_UNUSABLE(_SPENT, param="payment_method")
    if method.type == "card" and not method.card.attaches and scene.magic:
        raise decline(Outcome(Result.DECLINED, native_code=method.card.decline))
    kept = replace(method, customer=customer)
    scene.work.save(kept)
    scene.tell("payment_method.attached", kept)
    return kept


def check_usable(method: PaymentMethod, customer: str) -> None:
    """Raises ProviderError where this customer may not pay with it."""
    if method.customer and method.customer != customer:
        if customer:
            raise Errors.PAYMENT_METHOD_UNUSABLE(
                f"The customer does not have a payment method with the ID {method.id}. The payment method "
                "must be attached to the customer.",
                param="payment_method",
            )
        raise Errors.PAYMENT_METHOD_UNUSABLE(
            f"The PaymentMethod provided ({method.id}) belongs to a Customer. Please include the Customer "
            "in the `customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    if method.spent and not method.customer:
        raise Errors.PAYMENT_METHOD_UNUSABLE(_SPENT, param="payment_method")


_SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, "
    "shared with a connected account without Customer attachment, or was detached from a Customer. It "
    "may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer "
    "first."
)


async def _of_card_data(scene: Scene, data: Json) -> PaymentMethod:
    token = data.get("token")
    if token is not None:
        return await of_token(scene, token)
    if not data:
        raise Errors.PARAMETER_MISSING("Missing required param: card.", param="card")
    return numbered(scene, data)


async def of_token(scene: Scene, id: str, *, param: str = "card[token]") -> PaymentMethod:
    """A token is used up by it, but not a documented one. Raises ProviderError."""
    card = card_of_id(id)
    if card is not None:
        return _of_card(scene, card, month=month_of(scene.now), year=year_of(scene.now) + 1)
    token = await scene.work.get(Token, id)
    if token is None or token.merchant != scene.account or token.type != "card":
        raise missing_reference("token", id, param=param)
    if token.used:
        raise Errors.TOKEN_ALREADY_USED(
            f"You cannot use a Stripe token more than once: {id}.", param=param
        )
    scene.work.save(replace(token, used=True))
    method = _of_card(scene, BY_NUMBER[token.number], month=token.exp_month, year=token.exp_year)
    return replace(method, cvc_given=token.cvc_given)


def numbered(scene: Scene, data: Json) -> PaymentMethod:
    """From a card's number, expiry and code. Raises ProviderError for what no test card has."""
    card = _card_numbered(data["number"])
    month, year, cvc = data["exp_month"], data["exp_year"], data.get("cvc", "")
    year += _CENTURY if year < 100 else 0
    if (year, month) < (year_of(scene.now), month_of(scene.now)):
        raise Errors.INVALID_EXPIRY_YEAR() if year < year_of(scene.now) else Errors.INVALID_EXPIRY_MONTH()
    if cvc and not (cvc.isdigit() and len(cvc) in (3, 4)):
        raise Errors.INVALID_CVC()
    return replace(_of_card(scene, card, month=month, year=year), cvc_given=bool(cvc))


def _card_numbered(text: str) -> Card:
    number = text.replace(" ", "").replace("-", "")
    card = BY_NUMBER.get(number)
    if card is None:
        raise Errors.TEST_MODE_LIVE_CARD() if passes_luhn(number) else Errors.INCORRECT_NUMBER()
    return card


def _of_card(scene: Scene, card: Card, *, month: int, year: int) -> PaymentMethod:
    return PaymentMethod(
        id=scene.id("pm_1"),
        created=scene.now,
        merchant=scene.account,
        number=card.number,
        exp_month=month,
        exp_year=year,
        fingerprint=fingerprint(scene.account, card.number),
        cvc_given=True,
    )


def _of_bank_data(scene: Scene, type: str, data: Json) -> PaymentMethod:
    """Any number is taken; only the documented ones are special. Raises ProviderError for none."""
    name = "account_number" if type == US else "iban"
    number = str(data.get(name, "")).replace(" ", "").upper()
    if not number:
        raise Errors.PARAMETER_MISSING(f"Missing required param: {type}[{name}].", param=f"{type}[{name}]")
    names = ("account_holder_type", "account_type", "routing_number")
    kept = {key: data[key] for key in names if key in data}
    return _banked(scene, type, number, kept)


def _of_account(scene: Scene, account: BankAccount) -> PaymentMethod:
    bank = {"routing_number": ROUTING_NUMBER} if account.type == US else {}
    return _banked(scene, account.type, account.number, bank)


def _banked(scene: Scene, type: str, number: str, bank: Json) -> PaymentMethod:
    return PaymentMethod(
        id=scene.id("pm_1"), created=scene.now, merchant=scene.account, type=type, number=number, bank=bank,
        fingerprint=fingerprint(scene.account, number),
    )


@lru_cache(maxsize=1_024)
def fingerprint(account: str, number: str) -> str:
    """The same for the same number within an account."""
    digest = hashlib.blake2b(f"{account}/{number}".encode(), digest_size=16).digest()
    return "".join(BASE62[byte % 62] for byte in digest)


def year_of(now: Instant) -> int:
    return datetime.fromtimestamp(now // 1_000, UTC).year


def month_of(now: Instant) -> int:
    return datetime.fromtimestamp(now // 1_000, UTC).month
