"""Credit notes: what is taken back of an invoice, before it is paid or after.

https://docs.stripe.com/invoicing/dashboard/credit-notes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from paydouble.core.clock import from_unix
from paydouble.core.effect import Outcome
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import invoice_drafts, invoicing, refunding
from paydouble.providers.stripe.customer_balance import adjusted
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Charge
from paydouble.providers.stripe.models.credit_notes import CreditLine, CreditNote
from paydouble.providers.stripe.models.invoices import Invoice, Line
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.pricing import rounded
from paydouble.providers.stripe.scene import Scene

Params = Mapping[str, Any]


async def issued(scene: Scene, before: Invoice, params: Params, outcome: Outcome | None) -> CreditNote:
    """A new one with its money: less to pay, a refund, or a credit to the customer. Raises ProviderError."""
    if before.status not in ("open", "paid", "uncollectible"):
        raise Errors.INVOICE_UNEXPECTED_STATE(
            f"Credit notes can only be issued for finalized invoices; this one is {before.status}."
        )
    lines = _lines(scene, before, params)
    count = len(await scene.work.scan(CreditNote, Walk(index="invoice", value=before.id, limit=PAGE_MAX)))
    id = scene.id("cn_1")
    note = CreditNote(
        id=id,
        created=scene.now,
        merchant=scene.account,
        customer=before.customer,
        invoice=before.id,
        currency=before.currency,
        number=f"{before.number}-CN-{count + 1:02d}",
        lines=lines,
        pdf=f"{before.hosted_url}/pdf",
        memo=params.get("memo", ""),
        reason=params.get("reason", ""),
        metadata=merged({}, params.get("metadata")),
        effective_at=from_unix(params["effective_at"]) if "effective_at" in params else scene.now,
    )
    if note.total <= 0:
        raise Errors.PARAMETER_INVALID("The credit note's total must be more than zero.", param="amount")
    if before.status == "paid":
        return await _after_payment(scene, before, note, params, outcome)
    return await _before_payment(scene, before, note)


def _lines(scene: Scene, invoice: Invoice, params: Params) -> tuple[CreditLine, ...]:
    given: Sequence[Params] = params.get("lines") or ()
    if ("amount" in params) == bool(given):
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You must specify exactly one of `amount` and `lines`.", param="amount"
        )
    if not given:
        return (CreditLine(id=scene.id("cnli_1"), amount=params["amount"], quantity=1),)
    known = {line.id: line for line in invoice.lines}
    made = []
    for index, each in enumerate(given):
        if each["type"] == "custom_line_item":
            amount = each.get("amount", each.get("unit_amount", 0) * each.get("quantity", 1))
            made.append(
                CreditLine(
                    id=scene.id("cnli_1"),
                    amount=amount,
                    description=each.get("description", ""),
                    quantity=each.get("quantity", 1),
                    unit_amount=each.get("unit_amount"),
                )
            )
            continue
        line = known.get(each.get("invoice_line_item", ""))
        if line is None:
            raise missing_reference(
                "invoice line item",
                each.get("invoice_line_item", ""),
                param=f"lines[{index}][invoice_line_item]",
            )
        made.append(_share(scene, line, each))
    return tuple(made)


def _share(scene: Scene, line: Line, given: Params) -> CreditLine:
    """The part of a line that is named by an amount or a quantity, with its part of discount and taxes."""
    share = Decimal(1)
    if "amount" in given:
        share = Decimal(given["amount"]) / line.amount if line.amount else Decimal(0)
    elif "quantity" in given and line.quantity:
        share = Decimal(given["quantity"]) / line.quantity
    if not 0 < share <= 1:
        raise Errors.PARAMETER_INVALID("You cannot credit more than there is on the line.", param="lines")
    return CreditLine(
        id=scene.id("cnli_1"),
        amount=rounded(line.amount * share),
        description=line.description,
        discount=rounded(line.discounted * share),
        invoice_line_item=line.id,
        quantity=given.get("quantity"),
        tax=rounded(line.exclusive_tax * share),
    )


async def _before_payment(scene: Scene, before: Invoice, note: CreditNote) -> CreditNote:
    """Less is due; nothing left is as good as paid."""
    if note.total > before.amount_remaining:
        raise Errors.PARAMETER_INVALID(
            "The sum of credit notes cannot be more than the amount that remains to be paid.",
            param="amount",
        )
    note = replace(note, pre_payment_amount=note.total)
    scene.work.save(note)
    scene.tell("credit_note.created", note)
    after = replace(before, pre_payment_credit=before.pre_payment_credit + note.total)
    told(scene, "invoice.updated", before, after)
    if not after.amount_remaining:
        await invoicing.credited_in_full(scene, after)
    elif after.payment_intent:
        intent = await invoicing.intent_of(scene, after)
        scene.work.save(replace(intent, amount=after.amount_remaining))
    return note


async def _after_payment(
    scene: Scene, before: Invoice, note: CreditNote, params: Params, outcome: Outcome | None
) -> CreditNote:
    refund, credit = params.get("refund_amount", 0), params.get("credit_amount", 0)
    elsewhere = params.get("out_of_band_amount", 0)
    if params.get("refunds"):
        raise Errors.PARAMETER_INVALID(
            "PayDouble makes the refunds of credit notes itself; pass `refund_amount`.", param="refunds"
        )
    if refund + credit + elsewhere != note.total:
        raise Errors.PARAMETER_INVALID(
            "The sum of `credit_amount`, `refund_amount` and `out_of_band_amount` must equal the "
            f"post-payment credit note amount ({note.total}).",
            param="refund_amount",
        )
    if note.total > before.total - before.post_payment_credit - before.pre_payment_credit:
        raise Errors.PARAMETER_INVALID(
            "The sum of credit notes cannot be more than the invoice's total.", param="amount"
        )
    note = replace(note, post_payment_amount=note.total, out_of_band_amount=elsewhere)
    if refund:
        note = await _refunded(scene, before, note, refund, outcome)
    if credit:
        customer = await invoice_drafts.customer_of(scene, before)
        _, moved = adjusted(
            scene,
            customer,
            -credit,
            note.currency,
            type="credit_note",
            credit_note=note.id,
            invoice=before.id,
        )
        note = replace(note, balance_transaction=moved.id)
    scene.work.save(note)
    scene.tell("credit_note.created", note)
    told(
        scene,
        "invoice.updated",
        before,
        replace(before, post_payment_credit=before.post_payment_credit + note.total),
    )
    return note


async def _refunded(
    scene: Scene, invoice: Invoice, note: CreditNote, amount: int, outcome: Outcome | None
) -> CreditNote:
    intent = await invoicing.intent_of(scene, invoice) if invoice.payment_intent else None
    charge = await scene.work.get(Charge, intent.latest_charge) if intent and intent.latest_charge else None
    if intent is None or charge is None or not charge.captured:
        raise Errors.PARAMETER_INVALID("This invoice has no payment to refund.", param="refund_amount")
    refunding.check_amount(charge, amount)
    made = refunding.made(
        scene, intent, charge, amount, outcome, reason="requested_by_customer", metadata={}
    )
    return replace(note, refunds=({"amount_refunded": amount, "refund": made.id, "type": "refund"},))


async def voided(scene: Scene, before: CreditNote) -> CreditNote:
    """The invoice is owed again. Raises ProviderError where it is paid."""
    invoice = await scene.work.get(Invoice, before.invoice)
    if before.status != "issued" or invoice is None or invoice.status != "open":
        raise Errors.INVOICE_UNEXPECTED_STATE("You can only void a credit note of an open invoice.")
    after = replace(before, status="void", voided_at=scene.now)
    scene.work.save(after)
    scene.tell("credit_note.voided", after)
    owed = replace(invoice, pre_payment_credit=invoice.pre_payment_credit - before.pre_payment_amount)
    told(scene, "invoice.updated", invoice, owed)
    if owed.payment_intent:
        intent = await invoicing.intent_of(scene, owed)
        scene.work.save(replace(intent, amount=owed.amount_remaining))
    return after
