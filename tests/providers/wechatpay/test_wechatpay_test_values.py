"""Amounts and numbers that decide by themselves, as `paydouble list test-values` names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.providers.wechatpay import test_values
from paydouble.providers.wechatpay.acts import DECLINED, DECLINED_OTHERWISE
from tests.providers.wechatpay.checked import Shop, shop

NATIVE = "/v3/pay/transactions/native"
REFUSED = {digits: each for digits, each in test_values.PAYMENTS.items() if each.result.value in ("declined", "failed")}


async def placed(here: Shop, number: str, total: int) -> None:
    await here.post(NATIVE, **here.order(number, total))


@pytest.mark.parametrize("digits", REFUSED)
@pytest.mark.parametrize("by", ["amount", "number"])
async def test_a_payer_is_declined(digits: str, by: str) -> None:
    number, total = ("ORDER-000001", 4_800 + int(digits)) if by == "amount" else (f"PD48{digits}-1", 100)
    async with shop() as here:
        await placed(here, number, total)
        with pytest.raises(Declined) as declined:
            await here.pay(number)
        reason = REFUSED[digits].reason
        assert (declined.value.reason, declined.value.message) == (reason, DECLINED.get(reason, DECLINED_OTHERWISE))
        assert (await here.transaction(number)).status == "NOTPAY"
        assert await here.events() == []


async def test_a_code_by_sms_is_wanted() -> None:
    async with shop() as here:
        await placed(here, "PD4807-1", 100)
        assert (await here.pay("PD4807-1")).sms_asked
        assert (await here.pay("PD4807-1", "verify")).status == "SUCCESS"


@pytest.mark.parametrize(("number", "total"), [("ORDER-000001", 4_801), ("PD4801-1", 100)])
async def test_nothing_is_magic_where_it_is_switched_off(number: str, total: int) -> None:
    async with shop(magic=False) as here:
        await placed(here, number, total)
        assert (await here.pay(number)).status == "SUCCESS"


async def test_a_scenario_comes_first() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: payment.charge}, then: {outcome: approved}}")
        await placed(here, "PD4801-1", 100)
        assert (await here.pay("PD4801-1")).status == "SUCCESS"


@pytest.mark.parametrize("total", [4_800, 4_808, 4_899, 4_900, 48])
async def test_other_amounts_are_as_usual(total: int) -> None:
    async with shop() as here:
        assert (await here.paid(total=total)).status == "SUCCESS"


def test_every_value_is_listed_with_what_it_is_for() -> None:
    listed: Mapping[str, Any] = {each.number: each for each in test_values.CARDS}
    for table in (test_values.PAYMENTS, test_values.REFUNDS, test_values.TRANSFERS, test_values.SHARES):
        for digits, outcome in table.items():
            magic = listed[f"48.{digits} PD48{digits}"]
            assert (magic.result, magic.reason) == (outcome.result.value, outcome.reason)
    assert "act:pay" in listed["48.01 PD4801"].names
