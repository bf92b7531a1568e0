"""A seller's transactions and balances, read from the ledger.

https://developer.paypal.com/docs/api/transaction-search/v1/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from paydouble.core.clock import Instant
from paydouble.core.ledger import Entry, EntryKind, pending, reserved
from paydouble.core.money import Money
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.paypal.amounts import Json, shown_minor
from paydouble.providers.paypal.disbursing import held_back
from paydouble.providers.paypal.dispute_models import Dispute
from paydouble.providers.paypal.disputing import held
from paydouble.providers.paypal.invoice_models import Invoice
from paydouble.providers.paypal.invoicing import recipients
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.payout_models import PayoutItem
from paydouble.providers.paypal.showing import present
from paydouble.providers.paypal.subscription_models import Sale, SaleRefund, Subscription

PRIMARY = "USD"
# fmt: off
CHECKOUT, SUBSCRIPTION, MASS_PAY      = "T0006", "T0002", "T0001"
INVOICE, PARTNER_FEE                  = "T0000", "T0113"
REFUND, CORRECTION                    = "T1107", "T1900"
HOLD, RELEASE, CHARGEBACK             = "T1110", "T1111", "T1201"
HELD_BACK, LET_GO                     = "T2107", "T2108"
MASS_PAY_BACK                         = "T1114"
AUTHORIZATION, VOID                   = "T1300", "T1302"
# fmt: on
# Codes of invoices and of delayed disbursement (T0000, T2107, T2108) are chosen from the list (unverified).
NOT_BALANCE = (AUTHORIZATION, VOID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One transaction as the seller sees it; amounts in minor units, negative where money leaves."""

    id: str
    code: str
    at: Instant
    minor: int
    currency: str
    fee_minor: int = 0
    reference: str = ""
    reference_type: str = ""
    status: str = "S"
    invoice_id: str = ""
    custom: str = ""
    subject: str = ""
    ending_minor: int = 0
    card: bool = False
    order: str = ""
    payer: Any = None


def told(instant: Instant) -> str:
    """As reports write a time: 2026-03-01T15:50:00+0000."""
    return datetime.fromtimestamp(instant // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


async def entries(work: Work, until: Instant) -> list[Entry]:
    """The whole ledger up to an instant, the oldest first."""
    found: list[Entry] = []
    after = ""
    while True:
        walk = Walk(after=after, newest_first=False, limit=PAGE_MAX, between=(Instant(0), until))
        page = await work.scan(Entry, walk)
        found += page
        if len(page) < PAGE_MAX:
            return found
        after = page[-1].id


def _on(entry: Entry, account: str) -> list[Money]:
    return [posting.money for posting in entry.postings if posting.account == account]


async def rows(work: Work, ledger: Sequence[Entry], seller: str, client: str) -> list[Row]:
    """All of the seller's transactions, the oldest first, with the balance after each."""
    free: dict[str, int] = {}
    fees = _fees(ledger, seller)
    found: list[Row] = []
    for entry in ledger:
        for row in await _rows(work, entry, seller, client, fees):
            if row.code not in NOT_BALANCE:
                free[row.currency] = free.get(row.currency, 0) + row.minor + row.fee_minor
            found.append(replace(row, ending_minor=free.get(row.currency, 0)))
    return found


def _fees(ledger: Sequence[Entry], seller: str) -> dict[str, int]:
    """What PayPal kept, by the record that it was kept of."""
    kept: dict[str, int] = {}
    for entry in ledger:
        if entry.what is EntryKind.FEE:
            for money in _on(entry, pending(seller)):
                kept[entry.memo] = kept.get(entry.memo, 0) + money.minor
    return kept


async def _rows(
    work: Work, entry: Entry, seller: str, client: str, fees: dict[str, int]
) -> list[Row]:
    if entry.what is EntryKind.FEE:
        return []
    moved, withheld = _on(entry, pending(seller)), _on(entry, held(seller))
    if entry.what in (EntryKind.AUTHORIZE, EntryKind.VOID):
        return [await _held_row(work, entry, money) for money in _on(entry, reserved(client))]
    if entry.what is EntryKind.DISPUTE and withheld and not moved:
        return list(_lost_rows(entry, withheld[0]))
    if _on(entry, held_back(seller)):
        return [_delayed_row(entry, money) for money in moved]
    return [await _row(work, entry, money, fees) for money in moved]


async def _held_row(work: Work, entry: Entry, money: Money) -> Row:
    held_of = await work.get(Authorization, entry.memo)
    code = AUTHORIZATION if entry.what is EntryKind.AUTHORIZE else VOID
    return Row(
        id=entry.memo, code=code, at=entry.created, minor=money.minor, currency=money.currency,
        reference=entry.reference, reference_type="ODR",
        invoice_id=held_of.invoice_id if held_of else "", custom=held_of.custom_id if held_of else "",
    )


def _delayed_row(entry: Entry, money: Money) -> Row:
    """A platform holds money back, or lets it go."""
    code = HELD_BACK if money.minor < 0 else LET_GO
    return Row(
        id=f"{entry.memo}{code}", code=code, at=entry.created, minor=money.minor, currency=money.currency,
        reference=entry.memo, reference_type="TXN",
    )


def _lost_rows(entry: Entry, money: Money) -> Iterator[Row]:
    """What was held is set free, and taken back."""
    id = "".join(letter for letter in entry.memo if letter.isalnum())
    for code, minor in ((RELEASE, -money.minor), (CHARGEBACK, money.minor)):
        yield Row(
            id=f"{id}{code}", code=code, at=entry.created, minor=minor, currency=money.currency,
            reference=entry.reference, reference_type="TXN",
        )


async def _row(work: Work, entry: Entry, money: Money, fees: dict[str, int]) -> Row:
    match entry.what:
        case EntryKind.CAPTURE:
            return await _payment(work, entry, money, fees)
        case EntryKind.REFUND | EntryKind.REFUND_RETURNED:
            return await _refund(work, entry, money)
        case EntryKind.PAYOUT:
            item = await work.get(PayoutItem, entry.memo)
            code = MASS_PAY if money.minor < 0 else MASS_PAY_BACK
            id = item.transaction if item is not None and item.transaction else entry.memo
            return Row(id=id, code=code, at=entry.created, minor=money.minor, currency=money.currency)
        case EntryKind.DISPUTE:
            dispute = await work.get(Dispute, entry.memo)
            code = HOLD if money.minor < 0 else RELEASE
            id = "".join(letter for letter in entry.memo if letter.isalnum())
            return Row(
                id=f"{id}{code}", code=code, at=entry.created, minor=money.minor, currency=money.currency,
                reference=dispute.capture if dispute else entry.reference, reference_type="TXN",
            )
        case what:
            return Row(
                id=entry.memo, code=PARTNER_FEE if what is EntryKind.SHARE else CORRECTION, at=entry.created,
                minor=money.minor, currency=money.currency, reference=entry.memo, reference_type="TXN",
            )


async def _payment(work: Work, entry: Entry, money: Money, fees: dict[str, int]) -> Row:
    taken, sale = await work.get(Capture, entry.memo), await work.get(Sale, entry.memo)
    fee = fees.get(entry.memo, 0)
    if sale is not None:
        subscription = await work.get(Subscription, sale.subscription)
        return Row(
            id=sale.id, code=SUBSCRIPTION, at=entry.created, minor=money.minor, currency=money.currency,
            fee_minor=fee, reference=sale.subscription.replace("-", ""), reference_type="SUB",
            custom=sale.custom_id, status="V" if sale.status in ("refunded", "reversed") else "S",
            card=bool(subscription and subscription.card), payer=sale.payer,
        )
    invoice = await work.get(Invoice, entry.reference)
    if invoice is not None:
        addresses = recipients(invoice)
        return Row(
            id=entry.memo, code=INVOICE, at=entry.created, minor=money.minor, currency=money.currency,
            fee_minor=fee, invoice_id=invoice.number,
            payer={"email_address": addresses[0]} if addresses else None,
        )
    order = await work.get(Order, entry.reference)
    unit = order.units[taken.unit] if order is not None and taken is not None else {}
    return Row(
        id=entry.memo, code=CHECKOUT, at=entry.created, minor=money.minor, currency=money.currency,
        fee_minor=fee, reference=entry.reference, reference_type="ODR",
        status="V" if taken is not None and taken.status == "REFUNDED" else "S",
        invoice_id=taken.invoice_id if taken else "", custom=taken.custom_id if taken else "",
        subject=str(unit.get("description", "")), card=order is not None and order.is_card,
        order=entry.reference, payer=order.payer if order else None,
    )


async def _refund(work: Work, entry: Entry, money: Money) -> Row:
    made, of_sale = await work.get(Refund, entry.memo), await work.get(SaleRefund, entry.memo)
    reference = made.capture if made else of_sale.sale if of_sale else entry.reference
    return Row(
        id=entry.memo, code=REFUND if money.minor < 0 else CORRECTION, at=entry.created,
        minor=money.minor, currency=money.currency, reference=reference, reference_type="TXN",
        invoice_id=made.invoice_id if made else "", custom=made.custom_id if made else "",
    )


def info_shown(row: Row, seller: str) -> Json:
    card = {"instrument_type": "CREDITCARD"} if row.card else {}
    return present(
        paypal_account_id=seller, transaction_id=row.id, paypal_reference_id=row.reference,
        paypal_reference_id_type=row.reference_type if row.reference else "",
        transaction_event_code=row.code, transaction_initiation_date=told(row.at),
        transaction_updated_date=told(row.at), transaction_amount=shown_minor(row.minor, row.currency),
        fee_amount=shown_minor(row.fee_minor, row.currency) if row.fee_minor else {},
        transaction_status=row.status, transaction_subject=row.subject, invoice_id=row.invoice_id,
        custom_field=row.custom, protection_eligibility="01" if row.code == CHECKOUT else "02", **card,
    ) | {
        "ending_balance": shown_minor(row.ending_minor, row.currency),
        "available_balance": shown_minor(row.ending_minor, row.currency),
    }


def payer_shown(payer: Any) -> Json:
    if not payer:
        return {}
    name = payer.get("name") or {}
    whole = f"{name.get('given_name', '')} {name.get('surname', '')}".strip()
    return present(
        account_id=payer.get("payer_id"), email_address=payer.get("email_address"), address_status="Y",
        payer_status="Y", payer_name=present(
            given_name=name.get("given_name"), surname=name.get("surname"), alternate_full_name=whole
        ), country_code=(payer.get("address") or {}).get("country_code"),
    )


def balances(ledger: Sequence[Entry], seller: str) -> dict[str, tuple[int, int]]:
    """Currency → (free, held for disputes or by a platform); the primary currency is always there."""
    sums: dict[str, list[int]] = {PRIMARY: [0, 0]}
    for entry in ledger:
        for number, account in ((0, pending(seller)), (1, held(seller)), (1, held_back(seller))):
            for money in _on(entry, account):
                sums.setdefault(money.currency, [0, 0])[number] += money.minor
    return {currency: (free, kept) for currency, (free, kept) in sums.items()}
