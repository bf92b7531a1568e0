"""What an invoice comes to: discounts, then taxes, then the balance of its customer.

https://docs.stripe.com/invoicing/taxes, https://docs.stripe.com/billing/customer/balance
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from paydouble.providers.stripe import discounts
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice, Line
from paydouble.providers.stripe.models.shapes import Json
from paydouble.providers.stripe.pricing import rounded
from paydouble.providers.stripe.scene import Scene

_HUNDRED = Decimal(100)


async def totaled(scene: Scene, invoice: Invoice, customer: Customer) -> Invoice:
    """With what is taken off and added on every line, and what the balance does to the amount due."""
    held = discounts.in_force(await discounts.loaded(scene, invoice.discounts), scene.now)
    lines = discounts.taken_off(invoice.lines, held, invoice.currency)
    taxed_lines = tuple(taxed(line, invoice.default_tax_rates, customer.tax_exempt) for line in lines)
    priced = replace(invoice, lines=taxed_lines, starting_balance=customer.balance)
    return replace(priced, balance_applied=applied(customer.balance, priced.total))


def applied(balance: int, total: int) -> int:
    """How the balance changes an amount due: a credit lessens it down to nothing, a debit is added."""
    if balance > 0:
        return balance if total >= 0 else min(balance, -total)
    return max(balance, -total) if total > 0 else 0


def taxed(line: Line, by_default: Sequence[Json], exempt: str) -> Line:
    """With its own rates, or those that hold where it has none."""
    rates = line.tax_rates or by_default
    base = line.amount - line.discounted
    if exempt != "none":
        return replace(line, taxes=())
    return replace(line, taxes=tuple(_tax(base, rate) for rate in rates))


def _tax(base: int, rate: Json) -> Json:
    share = Decimal(str(rate["percentage"])) / _HUNDRED
    inclusive = rate["inclusive"]
    amount = rounded(base - base / (1 + share)) if inclusive else rounded(base * share)
    return {
        "amount": amount, "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]}, "taxability_reason": "not_available",
        "taxable_amount": base - amount if inclusive else base, "type": "tax_rate_details",
    }
