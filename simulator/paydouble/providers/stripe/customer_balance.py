"""The balance of a customer, owed to them (negative) or by them: changed only together with its record.

https://docs.stripe.com/billing/customer/balance
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.accounts_receivable import CustomerBalanceTransaction
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.scene import Scene


def adjusted(
    scene: Scene,
    customer: Customer,
    amount: int,
    currency: str,
    *,
    type: str = "adjustment",
    invoice: str = "",
    credit_note: str = "",
    description: str = "",
) -> tuple[Customer, CustomerBalanceTransaction]:
    """Moves the balance by an amount in minor units, and tells of the customer."""
    after = replace(customer, balance=customer.balance + amount, currency=customer.currency or currency)
    moved = CustomerBalanceTransaction(
        id=scene.id("cbtxn_1"),
        created=scene.now,
        merchant=scene.account,
        customer=customer.id,
        amount=amount,
        currency=currency,
        ending_balance=after.balance,
        type=type,
        invoice=invoice,
        credit_note=credit_note,
        description=description,
    )
    scene.work.save(moved)
    told(scene, "customer.updated", customer, after)
    return after, moved
