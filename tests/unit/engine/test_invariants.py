"""no_double_charge: an order is paid for once, whatever was handed back not counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from paydouble.core.money import Money
from paydouble.engine import invariants
from paydouble.engine.invariants import double_charges
from paydouble.engine.sandbox import Sandbox


def a_payment(ref: str, captured: int, refunded: int = 0, provider: str = "stripe") -> Any:
    view = SimpleNamespace(
        ref=ref, captured=Money(captured, "USD"), refunded=Money(refunded, "USD"), amount=Money(1301, "USD")
    )
    named = SimpleNamespace(name=provider, words=SimpleNamespace(exponents={"USD": 2}))
    return SimpleNamespace(provider=named, view=view)


# fmt: off
@pytest.mark.parametrize(("payments", "found"), [
    ([],                                                                            ()),
    ([a_payment("o", 1301)],                                                        ()),
    ([a_payment("o", 1301), a_payment("o", 0)],                                     ()),
    ([a_payment("o", 1301), a_payment("p", 1301)],                                  ()),
    ([a_payment("", 1301), a_payment("", 1301)],                                    ()),
    ([a_payment("o", 1301), a_payment("o", 1301, 1301)],                            ()),
    ([a_payment("o", 1301), a_payment("o", 1301, provider="wechatpay")],            ()),
    ([a_payment("o", 1301), a_payment("o", 1301)],      ("o was paid 2 times at stripe: 13.01 + 13.01 USD",)),
    ([a_payment("o", 1301), a_payment("o", 900, 100)],  ("o was paid 2 times at stripe: 13.01 + 9.00 USD",)),
])
# fmt: on
async def test_an_order_is_paid_for_once(
    payments: list[Any], found: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listed(sandbox: object, providers: object) -> Any:
        for payment in payments:
            yield payment

    monkeypatch.setattr(invariants, "listed", listed)
    assert await double_charges(cast(Sandbox, None), {}) == found
