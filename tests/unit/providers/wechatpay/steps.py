"""Steps that tests of orders and refunds share: order, pay, and meet a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.errors import ProviderError
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.models import Transaction


async def refused(call: Any) -> Errors:
    with pytest.raises(ProviderError) as caught:
        await call
    row = caught.value.row
    assert isinstance(row, Errors)
    return row


async def ordered(world: Any, **changes: Any) -> Transaction:
    reply = await world.call("transactions.native", world.order(**changes))
    assert isinstance(reply.subject, Transaction)
    return reply.subject


async def paid(world: Any, **changes: Any) -> Transaction:
    order = await world.act(await ordered(world, **changes), "pay")
    assert isinstance(order, Transaction)
    return order


def refund(amount: int, number: str = "R1", total: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "out_trade_no": "ORDER-000001", "out_refund_no": number,
        "amount": {"refund": amount, "total": total, "currency": "CNY"}, **more,
    }


def by_number(world: Any, number: str = "ORDER-000001") -> dict[str, str]:
    return {"out_trade_no": number, "mchid": world.merchant.id}
