"""The control API's answers about payments, the ledger and its laws."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from paydouble.core.act import Declined
from paydouble.core.ledger import BANK, Entry, EntryKind, available, transfer
from paydouble.core.machine import IllegalTrigger
from paydouble.core.money import DEFAULT_EXPONENT, Money
from paydouble.engine import payments as found_payments
from paydouble.engine.acts import NoSuchRecord
from paydouble.engine.audit import audit, every
from paydouble.engine.payments import AmbiguousPayment, Payment
from paydouble.server import views
from paydouble.server.asking import Ask, Refused
from paydouble.server.masking import Masker
from paydouble.server.reporting import report as reported

if TYPE_CHECKING:
    from paydouble.server.control_models import Act, Balance


async def payments(ask: Ask[None]) -> object:
    """Lists the payments of all providers."""
    provider, ref, phase = (ask.query.get(name, "") for name in ("provider", "ref", "phase"))
    found = [
        (each.id, each) async for each in found_payments.listed(
            ask.sandbox, ask.simulator.providers, provider=provider, ref=ref, phase=phase
        )
    ]  # fmt: skip
    page, more = ask.page(found)
    return {"data": [_shown(ask, each) for each in page], "more": more}


async def payment(ask: Ask[None]) -> object:
    """Shows a payment, and in `triggers` what can happen to it now."""
    return _shown(ask, await _payment(ask))


async def act(ask: Ask[Act]) -> object:
    """Does to a payment what the payer, a bank or time would do."""
    found, trigger = await _payment(ask), ask.body.trigger
    record = found.record
    try:
        await ask.simulator.acts.act(ask.sandbox, record.kind, record.id, trigger, ask.body.details)
    except Declined as declined:
        raise Refused(409, "declined", f"{declined.reason}: {declined.message}",
                      "the payment is as it was; details.reason of an act chooses another refusal") from None
    except IllegalTrigger as illegal:
        _refuse(ask, found, illegal)
    except NoSuchRecord as missing:
        raise Refused(404, "no_payment", str(missing)) from None
    return _shown(ask, await _payment(ask))


def _refuse(ask: Ask[Act], found: Payment, illegal: IllegalTrigger) -> NoReturn:
    allowed = ", ".join(ask.simulator.acts.triggers(found.record)) or "nothing"
    message = f"'{illegal.trigger}' does nothing to {found.id}, which is {illegal.status}"
    raise Refused(409, "illegal_trigger", message, f"allowed now: {allowed}") from None


async def _payment(ask: Ask[None] | Ask[Act]) -> Payment:
    id, provider = ask.path["id"], ask.query.get("provider", "")
    try:
        found = await found_payments.found(ask.sandbox, ask.simulator.providers, id, provider=provider)
    except AmbiguousPayment as ambiguous:
        raise Refused(409, "ambiguous_payment", str(ambiguous), "add ?provider=NAME") from None
    if found is None:
        raise Refused(404, "no_payment", f"there is no payment {id}",
                      "by the provider's id, PayDouble's, or as ref:ORDER-NUMBER")
    return found


def _shown(ask: Ask[None] | Ask[Act], found: Payment) -> views.Json:
    return views.payment(found, ask.simulator.acts.triggers(found.record))


async def ledger(ask: Ask[None]) -> object:
    """Lists the ledger's entries, and the balances that they make."""
    reference, sandbox = ask.query.get("reference", ""), ask.sandbox
    entries = [each async for each in every(sandbox, Entry) if reference in ("", each.reference)]
    page, more = ask.page([(each.id, each) for each in reversed(entries)])
    books = _books(ask)
    held = await sandbox.store.balances(sandbox.id)
    return {
        "balances": books.balances(held), "minor": held, "entries": [books.entry(each) for each in page],
        "more": more,
    }  # fmt: skip


def _books(ask: Ask[None]) -> views.Books:
    providers = ask.simulator.providers
    exponents = {name: provider.words.exponents for name, provider in providers.items()}
    for merchant in ask.simulator.directory.of(ask.sandbox.id):
        exponents[merchant.id] = providers[merchant.provider].words.exponents
    return views.Books(exponents)


async def top_up(ask: Ask[Balance]) -> object:
    """Puts money into the account of a provider's merchant, from his bank."""
    provider, body = ask.provider(ask.body.provider), ask.body
    merchant = ask.simulator.directory.merchant(ask.sandbox.id, provider.name)
    amount = Decimal(body.amount).scaleb(provider.words.exponents.get(body.currency, DEFAULT_EXPONENT))
    if merchant is None or amount != amount.to_integral_value() or amount < 0:
        raise Refused(422, "bad_amount", f"{body.amount} {body.currency} is not an amount that can be held")
    work = ask.sandbox.work()
    work.post(transfer(
        EntryKind.ADJUSTMENT, source=BANK, target=available(merchant.id),
        amount=Money(int(amount), body.currency), reference="", memo="given",
    ))
    await work.commit()
    return {"account": available(merchant.id), "amount": body.amount, "currency": body.currency}


async def audited(ask: Ask[None]) -> object:
    """Checks the laws that the ledger must obey, and answers with a verdict on each."""
    return views.audit(await audit(ask.sandbox, ask.simulator.providers))


async def violations(ask: Ask[None]) -> object:
    """Lists the requests that broke their contracts."""
    masks = Masker(ask.simulator.directory.of(ask.sandbox.id))
    provider = ask.query.get("provider", "")
    found = [
        {"call": logged.id, "provider": logged.provider,
         "operation": logged.operation.id if logged.operation else None, **views.violation(each, masks)}
        for logged in tuple(ask.sandbox.log.calls) if provider in ("", logged.provider)
        for each in logged.violations
    ]
    return {"data": found}


async def report(ask: Ask[None]) -> object:
    """Sums the sandbox up, as the verdict that `run` prints."""
    return await reported(ask.sandbox, ask.simulator.providers)
