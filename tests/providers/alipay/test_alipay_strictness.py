"""Params that Alipay ignores: recorded, or refused by a strict scenario."""

from __future__ import annotations

import pytest

from paydouble.scenarios.loader import load_text
from tests.providers.alipay.shop import Shop, opened

ORDER = {"out_trade_no": "L1", "total_amount": "1.00", "subject": "A thing"}


def put(shop: Shop, contracts: str) -> None:
    shop.sandbox.rules.activate(load_text(f"schema: 1\nname: s\nsettings: {{contracts: {contracts}}}"))


@pytest.mark.parametrize("contracts", ["provider", "strict", "lenient"])
async def test_a_known_call_is_served_whatever_the_strictness(shop: Shop, contracts: str) -> None:
    put(shop, contracts)
    assert (await shop.call("trade.precreate", ORDER)).code == "10000"


@pytest.mark.parametrize(
    ("contracts", "code", "recorded"),
    [("provider", "10000", ["/x_unknown"]), ("lenient", "10000", ["/x_unknown"]), ("strict", "40004", ["/x_unknown"])],
)  # fmt: skip
async def test_a_param_that_alipay_does_not_know(
    shop: Shop, contracts: str, code: str, recorded: list[str]
) -> None:
    put(shop, contracts)
    answered = await shop.call("trade.precreate", {**ORDER, "x_unknown": "1"})
    assert answered.code == code
    assert [violation.pointer for violation in shop.sandbox.log.calls[-1].violations] == recorded


@pytest.mark.parametrize(("strict", "code"), [(False, "10000"), (True, "40004")])
async def test_without_a_scenario_a_strict_server_refuses_it(strict: bool, code: str) -> None:
    async with opened(strict=strict) as here:
        answered = await here.call("trade.precreate", {**ORDER, "x_unknown": "1"})
        assert answered.code == code
        assert [violation.pointer for violation in here.sandbox.log.calls[-1].violations] == ["/x_unknown"]


async def test_a_scenario_says_otherwise_than_a_strict_server() -> None:
    async with opened(strict=True) as here:
        put(here, "provider")
        assert (await here.call("trade.precreate", {**ORDER, "x_unknown": "1"})).code == "10000"
