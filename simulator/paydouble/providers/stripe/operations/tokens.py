"""Tokens, ConfirmationTokens and Mandates (https://docs.stripe.com/api/tokens)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.clock import HOUR, later
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import externals, methods
from paydouble.providers.stripe.choosing import chosen
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.models import ConfirmationToken, Json, Mandate, Token
from paydouble.providers.stripe.models.shapes import shipping
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_saving import ConfirmationTokenCreate, TokenCreate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call
from paydouble.providers.stripe.test_values import TOKEN_PREFIX, card_of_id

CONFIRMATION_TOKEN_LASTS = 12 * HOUR

_URL = "/v1/tokens"
_DOCS = "https://docs.stripe.com/api/"
_KINDS = ("account", "bank_account", "card", "cvc_update", "person", "pii")
_PREFIXES = {"bank_account": "btok_1", "account": "ct_1", "person": "cpt_1", "cvc_update": "cvctok_1"}
_CARD_ADDRESS = {
    "address_city": "city", "address_country": "country", "address_line1": "line1", "address_line2": "line2",
    "address_state": "state", "address_zip": "postal_code",
}  # fmt: skip


@operation(
    "tokens.create",
    Route("v1", "POST", _URL),
    means=("token.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING, Errors.PARAMETERS_EXCLUSIVE, Errors.INCORRECT_NUMBER,
        Errors.INVALID_EXPIRY_YEAR, Errors.INVALID_CVC, Errors.CURRENCY_INVALID, Errors.COUNTRY_UNKNOWN,
    ),
    docs=_DOCS + "tokens/create_card",
)
async def create(call: Call[TokenCreate]) -> Reply:
    """Makes a token of a test card or a bank account, which can be used once."""
    scene, params = of_call(call), call.params
    kinds = [kind for kind in _KINDS if kind in params]
    if len(kinds) != 1:
        row = Errors.PARAMETERS_EXCLUSIVE if kinds else Errors.PARAMETER_MISSING
        raise row(
            f"You must supply exactly one of these parameters: {', '.join(_KINDS)}.",
            param=kinds[0] if kinds else "card",
        )
    kind = kinds[0]
    if kind == "card":
        token = _of_card(scene, params["card"])
    elif kind == "bank_account":
        token = _of_bank_account(scene, params["bank_account"])
    else:
        token = _token(scene, kind)
    scene.work.save(token)
    return Reply(token.shown(), subject=token)


def _token(scene: Scene, kind: str) -> Token:
    prefix = _PREFIXES.get(kind, f"{TOKEN_PREFIX}1")
    return Token(id=scene.id(prefix), created=scene.now, merchant=scene.account, type=kind)


def _of_card(scene: Scene, data: Json) -> Token:
    method = methods.numbered(scene, data)
    return replace(
        _token(scene, "card"),
        number=method.number,
        exp_month=method.exp_month,
        exp_year=method.exp_year,
        cvc_given=method.cvc_given,
        fingerprint=method.fingerprint,
        name=data.get("name", ""),
        address={short: data[name] for name, short in _CARD_ADDRESS.items() if data.get(name)},
        object_id=scene.id("card_1"),
    )


def _of_bank_account(scene: Scene, data: Json) -> Token:
    bank = {name: value for name, value in data.items() if name not in ("account_number", "payment_method")}
    bank["country"], bank["currency"] = externals.located(
        {"currency": scene.terms.currency, **data}, "bank_account"
    )
    return replace(
        _token(scene, "bank_account"),
        number=data["account_number"],
        fingerprint=methods.fingerprint(scene.account, data["account_number"]),
        bank=bank,
        object_id=scene.id("ba_1"),
    )


@operation(
    "tokens.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("token.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "tokens/retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a token; a documented one is always there, and never used up."""
    scene, id = of_call(call), call.params["id"]
    card = card_of_id(id) if id.startswith(TOKEN_PREFIX) else None
    if card is not None:
        year = methods.year_of(scene.now) + 1
        token = _of_card(scene, {"number": card.number, "exp_month": 12, "exp_year": year})
        return Reply(replace(token, id=id).shown())
    found = await call.work.get(Token, id)
    if found is None or found.merchant != call.account:
        raise missing("token", id, param="token")
    return Reply(found.shown(), subject=found)


@operation(
    "test_helpers.confirmation_tokens.create",
    Route("v1", "POST", "/v1/test_helpers/confirmation_tokens"),
    means=("token.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_MISSING, Errors.PARAMETERS_EXCLUSIVE, Errors.REFERENCE_MISSING),
    docs=_DOCS + "confirmation_tokens/test_create",
)
async def create_confirmation_token(call: Call[ConfirmationTokenCreate]) -> Reply:
    """Makes what a client makes of the payer's choice, for tests on the server."""
    scene, params = of_call(call), call.params
    method, _ = await chosen(scene, params)
    if method is None:
        raise Errors.PARAMETER_MISSING(
            "Missing required param: payment_method_data.", param="payment_method_data"
        )
    token = ConfirmationToken(
        id=scene.id("ctoken_1"),
        created=scene.now,
        merchant=scene.account,
        expires=later(scene.now, CONFIRMATION_TOKEN_LASTS),
        method=method,
        payment_method_options=params.get("payment_method_options"),
        return_url=params.get("return_url", ""),
        setup_future_usage=params.get("setup_future_usage", ""),
        shipping=shipping(params.get("shipping")),
    )
    scene.work.save(token)
    return Reply(token.shown(), subject=token)


@operation(
    "confirmation_tokens.retrieve",
    Route("v1", "GET", "/v1/confirmation_tokens/{id}"),
    means=("token.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "confirmation_tokens/retrieve",
)
async def retrieve_confirmation_token(call: Call[Named]) -> Reply:
    """Shows what a payer chose, and whether it has been used."""
    found = await call.work.get(ConfirmationToken, call.params["id"])
    if found is None or found.merchant != call.account:
        raise missing("confirmation_token", call.params["id"])
    return Reply(found.shown(), subject=found)


@operation(
    "mandates.retrieve",
    Route("v1", "GET", "/v1/mandates/{id}"),
    means=("mandate.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "mandates/retrieve",
)
async def retrieve_mandate(call: Call[Named]) -> Reply:
    """Shows by what a payer allowed to be debited."""
    found = await call.work.get(Mandate, call.params["id"])
    if found is None or found.merchant != call.account:
        raise missing("mandate", call.params["id"], param="mandate")
    return Reply(found.shown(), subject=found)


OPERATIONS = (
    create, retrieve, create_confirmation_token, retrieve_confirmation_token, retrieve_mandate,
)  # fmt: skip
