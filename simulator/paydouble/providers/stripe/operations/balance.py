"""Balance and balance transactions (https://docs.stripe.com/api/balance, …/balance_transactions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import booking, lists
from paydouble.providers.stripe.altering import altered
from paydouble.providers.stripe.errors import Errors, missing, missing_reference
from paydouble.providers.stripe.lists import everything
from paydouble.providers.stripe.models import BalanceTransaction, Payout
from paydouble.providers.stripe.models.balance import balance_shown
from paydouble.providers.stripe.params import BalanceTransactionList, Named
from paydouble.providers.stripe.settings import terms_of

_URL = "/v1/balance_transactions"
_DOCS = "https://docs.stripe.com/api/balance_transactions/"


@operation(
    "balance_transactions.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("balance_transaction.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows one movement of the balance."""
    found = await call.work.get(BalanceTransaction, call.params["id"])
    if found is None or found.merchant != call.account:
        raise missing("balance transaction", call.params["id"])
    return Reply(found.shown(call.clock.now()), subject=found)


@operation(
    "balance_transactions.list",
    Route("v1", "GET", _URL),
    means=("balance_transaction.list", "statement.download"),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "list",
)
async def list_transactions(call: Call[BalanceTransactionList]) -> Reply:
    """Lists the movements of the balance, newest first."""
    params = call.params
    source, type, currency = (
        params.get("source", ""),
        params.get("type", ""),
        params.get("currency", "").lower(),
    )

    paid_out = await _paid_out(call, params["payout"]) if "payout" in params else everything

    def wanted(one: BalanceTransaction) -> bool:
        return (
            one.merchant == call.account
            and type in ("", one.type)
            and currency in ("", one.currency)
            and paid_out(one)
        )

    index = ("source", source) if source else ("merchant", call.account)
    if type and not source:
        index = ("merchant_type", f"{call.account}/{type}")
    found, more = await lists.page(call, BalanceTransaction, "balance transaction", index=index, where=wanted)
    found, now = await altered(call, found), call.clock.now()
    return Reply(lists.shown(_URL, [one.shown(now) for one in found], has_more=more))


async def _paid_out(call: Call[BalanceTransactionList], id: str) -> Callable[[BalanceTransaction], bool]:
    """Whether an automatic payout contains it: what had become available since the one before, and itself."""
    payout = await call.work.get(Payout, id)
    if payout is None or payout.merchant != call.account:
        raise missing_reference("payout", id, param="payout")
    if not payout.automatic:
        raise Errors.PARAMETER_INVALID(
            "Balance transaction history can only be filtered on automatic transfers, not manual.",
            param="payout",
        )
    since = max((
        one.created for one in await lists.every(call.work, Payout, "merchant", call.account)
        if one.automatic and one.currency == payout.currency and one.created < payout.created
    ), default=0)

    def contains(one: BalanceTransaction) -> bool:
        if one.type.startswith("payout"):
            return one.source == payout.id
        return one.currency == payout.currency and since < one.available_on <= payout.created

    return contains


@operation(
    "balance.retrieve",
    Route("v1", "GET", "/v1/balance"),
    means=("balance.query",),
    docs="https://docs.stripe.com/api/balance/balance_retrieve",
)
async def balance(call: Call[Any]) -> Reply:
    """What the account holds in each currency: available, and still pending."""
    available, pending = await booking.held(call.work, call.account, call.clock.now())
    return Reply(balance_shown(available, pending, terms_of(call.merchant).currency))


OPERATIONS = (retrieve, list_transactions, balance)
