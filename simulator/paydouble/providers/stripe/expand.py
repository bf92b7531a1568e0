"""`expand[]`: ids become objects, inside the unit of work of the call (https://docs.stripe.com/api/expanding_objects)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from paydouble.core.call import Call, Reply
from paydouble.core.record import Record
from paydouble.core.work import Walk
from paydouble.providers.stripe import legacy, lists
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.expand_billing import BILLING, INSIDE, THROUGH
from paydouble.providers.stripe.expandable import Only, Shape
from paydouble.providers.stripe.models import (
    Account,
    ApplicationFee,
    BalanceTransaction,
    Charge,
    Customer,
    Dispute,
    File,
    Mandate,
    PaymentIntent,
    PaymentMethod,
    Payout,
    Refund,
    Review,
    SetupAttempt,
    SetupIntent,
    Transfer,
    TransferReversal,
)
from paydouble.providers.stripe.models.accounts_receivable import TestClock
from paydouble.providers.stripe.models.fallback import HEADER
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.older import ONLY_BEFORE_BASIL, filled
from paydouble.providers.stripe.versions import BASIL, since

DEPTH_MAX = 4


@runtime_checkable
class Showable(Protocol):
    """A record that becomes an object."""

    def shown(self) -> dict[str, Any]: ...


_LISTED_MAX = 10

async def _refunds(call: Call[Any], charge: Shape) -> object:
    found = await call.work.scan(Refund, Walk(index="charge", value=charge["id"], limit=_LISTED_MAX + 1))
    data = [refund.shown() for refund in found[:_LISTED_MAX]]
    return lists.shown(f"/v1/charges/{charge['id']}/refunds", data, has_more=len(found) > _LISTED_MAX)


async def _subscriptions(call: Call[Any], customer: Shape) -> object:
    """Those that have not ended."""
    walk = Walk(index="customer", value=customer["id"], limit=_LISTED_MAX)
    found = await call.work.scan(Subscription, walk)
    data = [each.shown() for each in found if not each.ended]
    return lists.shown(f"/v1/customers/{customer['id']}/subscriptions", data, has_more=False)


async def _sources(call: Call[Any], customer: Shape) -> object:
    """Those that were saved in the old way."""
    found = await legacy.saved(call.work, customer["id"])
    data = [legacy.shown(each) for each in found[:_LISTED_MAX]]
    url = f"/v1/customers/{customer['id']}/sources"
    return lists.shown(url, data, has_more=len(found) > _LISTED_MAX)


def _none_of(name: str) -> Only:
    async def fetch(call: Call[Any], customer: Shape) -> object:
        return lists.shown(f"/v1/customers/{customer['id']}/{name}", [], has_more=False)

    return Only(fetch)


_NOTHING: tuple[type[Record], ...] = ()
"""Expandable, but always null here."""

_SOURCES = (Charge, Refund, Dispute, Payout, Transfer, ApplicationFee)
"""Of balance transactions."""

# fmt: off
_EXPANDABLE: dict[tuple[str, str], tuple[type[Record], ...] | Only] = {
    ("payment_intent", "application"):                _NOTHING,
    ("payment_intent", "customer"):                   (Customer,),
    ("payment_intent", "latest_charge"):              (Charge,),
    ("payment_intent", "on_behalf_of"):               (Account,),
    ("payment_intent", "payment_method"):             (PaymentMethod,),
    ("payment_intent", "payment_record"):             _NOTHING,
    ("payment_intent", "review"):                     (Review,),
    ("payment_intent", "source"):                     _NOTHING,
    ("charge", "application"):                        _NOTHING,
    ("charge", "application_fee"):                    (ApplicationFee,),
    ("charge", "balance_transaction"):                (BalanceTransaction,),
    ("charge", "customer"):                           (Customer,),
    ("charge", "failure_balance_transaction"):        (BalanceTransaction,),
    ("charge", "on_behalf_of"):                       (Account,),
    ("charge", "payment_intent"):                     (PaymentIntent,),
    ("charge", "refunds"):                            Only(_refunds),
    ("charge", "review"):                             (Review,),
    ("charge", "source_transfer"):                    (Transfer,),
    ("charge", "transfer"):                           (Transfer,),
    ("setup_intent", "application"):                  _NOTHING,
    ("setup_intent", "customer"):                     (Customer,),
    ("setup_intent", "latest_attempt"):               (SetupAttempt,),
    ("setup_intent", "mandate"):                      (Mandate,),
    ("setup_intent", "on_behalf_of"):                 (Account,),
    ("setup_intent", "payment_method"):               (PaymentMethod,),
    ("setup_intent", "single_use_mandate"):           (Mandate,),
    ("setup_attempt", "application"):                 _NOTHING,
    ("setup_attempt", "customer"):                    (Customer,),
    ("setup_attempt", "on_behalf_of"):                (Account,),
    ("setup_attempt", "payment_method"):              (PaymentMethod,),
    ("setup_attempt", "setup_intent"):                (SetupIntent,),
    ("dispute", "charge"):                            (Charge,),
    ("dispute", "payment_intent"):                    (PaymentIntent,),
    ("radar.early_fraud_warning", "charge"):          (Charge,),
    ("radar.early_fraud_warning", "payment_intent"):  (PaymentIntent,),
    ("payout", "balance_transaction"):                (BalanceTransaction,),
    ("payout", "destination"):                        _NOTHING,
    ("payout", "failure_balance_transaction"):        (BalanceTransaction,),
    ("payout", "original_payout"):                    _NOTHING,
    ("payout", "reversed_by"):                        _NOTHING,
    ("mandate", "payment_method"):                    (PaymentMethod,),
    ("refund", "balance_transaction"):                (BalanceTransaction,),
    ("refund", "charge"):                             (Charge,),
    ("refund", "customer"):                           (Customer,),
    ("refund", "failure_balance_transaction"):        (BalanceTransaction,),
    ("refund", "payment_intent"):                     (PaymentIntent,),
    ("refund", "payment_method"):                     (PaymentMethod,),
    ("refund", "source_transfer_reversal"):           (TransferReversal,),
    ("refund", "transfer_reversal"):                  (TransferReversal,),
    ("customer", "cash_balance"):                     _NOTHING,
    ("customer", "default_source"):                   _NOTHING,
    ("customer", "sources"):                          Only(_sources),
    ("customer", "subscriptions"):                    Only(_subscriptions),
    ("customer", "tax_ids"):                          _none_of("tax_ids"),
    ("customer", "test_clock"):                       (TestClock,),
    ("invoice_settings", "default_payment_method"):   (PaymentMethod,),
    ("payment_method", "customer"):                   (Customer,),
    **BILLING,
    ("balance_transaction", "source"):                _SOURCES,
    ("review", "charge"):                             (Charge,),
    ("review", "payment_intent"):                     (PaymentIntent,),
    ("file_link", "file"):                            (File,),
    ("transfer", "balance_transaction"):              (BalanceTransaction,),
    ("transfer", "destination"):                      (Account,),
    ("transfer", "destination_payment"):              (Charge,),
    ("transfer", "source_transaction"):               (Charge,),
    ("transfer_reversal", "balance_transaction"):     (BalanceTransaction,),
    ("transfer_reversal", "source_refund"):           (Refund,),
    ("transfer_reversal", "transfer"):                (Transfer,),
    ("transfer_reversal", "destination_payment_refund"):(Refund,),
    ("application_fee", "account"):                   (Account,),
    ("application_fee", "application"):               _NOTHING,
    ("application_fee", "balance_transaction"):       (BalanceTransaction,),
    ("application_fee", "charge"):                    (Charge,),
    ("application_fee", "originating_transaction"):   (Charge,),
    ("fee_refund", "balance_transaction"):            (BalanceTransaction,),
    ("fee_refund", "fee"):                            (ApplicationFee,),
    ("capability", "account"):                        (Account,),
    ("bank_account", "account"):                      (Account,),
    ("transfer_data", "destination"):                 (Account,),
}
# fmt: on
_INSIDE = {
    ("customer", "invoice_settings"): "invoice_settings",
    ("charge", "transfer_data"): "transfer_data",
    ("payment_intent", "transfer_data"): "transfer_data",
    **INSIDE,
}
"""Hashes without an `object` of their own, through which a path may lead."""


async def completed(call: Call[Any], reply: Reply) -> Reply:
    """The reply with what its version had inside, and all that `expand[]` asks for. Raises ProviderError."""
    if isinstance(reply.body, bytes) or any(name == HEADER for name, _ in reply.headers):
        return reply
    body = await filled(call, reply.body)
    for index, path in enumerate(call.params.get("expand") or ()):
        if path == "total_count" and path in body:
            continue
        names = path.split(".")
        if len(names) > DEPTH_MAX:
            raise Errors.EXPAND_INVALID(
                f"You cannot expand more than {DEPTH_MAX} levels of a property ({path}).",
                param=f"expand[{index}]",
            )
        await _expand(call, body, names, path, f"expand[{index}]")
    return replace(reply, body=body)


async def _expand(call: Call[Any], shape: Shape, names: list[str], path: str, param: str) -> None:
    name, rest = names[0], names[1:]
    if shape.get("object") in ("list", "search_result"):
        if name != "data" or not rest:
            hint = f" You may want to try expanding 'data.{path}' instead." if name != "data" else ""
            raise _refusal(path, param, hint)
        for element in shape["data"]:
            await _expand(call, element, rest, path, param)
        return
    if shape.get("deleted"):
        return
    inside = _INSIDE.get((shape["object"], name))
    if inside is not None and rest:
        shape[name] = {"object": inside, **shape[name]}
        await _expand(call, shape[name], rest, path, param)
        del shape[name]["object"]
        return
    if (shape["object"], name) in THROUGH and rest and shape.get(name):
        shape[name] = deepcopy(shape[name])
        await _expand(call, shape[name], rest, path, param)
        return
    value = await _fetched(call, shape, name, path, param)
    if rest and isinstance(value, list):
        for element in value:
            await _expand(call, element, rest, path, param)
        return
    if rest and value is not None:
        await _expand(call, value, rest, path, param)


async def _fetched(call: Call[Any], shape: Shape, name: str, path: str, param: str) -> Any:
    """The object that the member names, put in the place of its id."""
    member = shape["object"], name
    declared = _EXPANDABLE.get(member)
    if declared is None or (member in ONLY_BEFORE_BASIL and since(call.envelope.version, BASIL)):
        raise _refusal(path, param)
    value = shape.get(name)
    if isinstance(declared, Only):
        value = value or await declared.fetch(call, shape)
        shape[name] = value = await filled(call, value) if isinstance(value, dict) else value
    elif isinstance(value, str):
        value = shape[name] = await _behind(call, declared, value)
    elif isinstance(value, list):
        value = shape[name] = [await _behind(call, declared, each) for each in value]
    return value


async def _behind(call: Call[Any], kinds: tuple[type[Record], ...], id: Any) -> Any:
    """The object with this id; the id itself where there is none, or it is one already."""
    for kind in kinds if isinstance(id, str) else ():
        record = await call.work.get(kind, id)
        if record is not None:
            return await filled(call, _shown(call, record))
    return id


def _shown(call: Call[Any], record: Record) -> Shape:
    if isinstance(record, BalanceTransaction):
        return record.shown(call.clock.now())
    assert isinstance(record, Showable), f"{record.kind} cannot be shown"
    return record.shown()


def _refusal(path: str, param: str, hint: str = "") -> Exception:
    return Errors.EXPAND_INVALID(f"This property cannot be expanded ({path}).{hint}", param=param)
