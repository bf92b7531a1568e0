"""Balance and balance transactions (https://docs.stripe.com/api/balance, …/balance_transactions)."""

from __future__ import annotations

from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import funds, lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.models import BalanceTransaction
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
    means=("balance_transaction.list",),
    errors=(Errors.REFERENCE_MISSING,),
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

    def wanted(one: BalanceTransaction) -> bool:
        return (
            one.merchant == call.account
            and type in ("", one.type)
            and currency in ("", one.currency)
            and "payout" not in params
        )

    index = ("source", source) if source else ("merchant", call.account)
    if type and not source:
        index = ("merchant_type", f"{call.account}/{type}")
    found, more = await lists.page(call, BalanceTransaction, "balance transaction", index=index, where=wanted)
    now = call.clock.now()
    return Reply(lists.shown(_URL, [one.shown(now) for one in found], has_more=more))


@operation(
    "balance.retrieve",
    Route("v1", "GET", "/v1/balance"),
    means=("balance.query",),
    docs="https://docs.stripe.com/api/balance/balance_retrieve",
)
async def balance(call: Call[Any]) -> Reply:
    """What the account holds in each currency: available, and still pending."""
    available, pending = await funds.held(call.work, call.account, call.clock.now())
    return Reply(balance_shown(available, pending, terms_of(call.merchant).currency))


OPERATIONS = (retrieve, list_transactions, balance)
