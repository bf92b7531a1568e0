"""A provider that declares just enough for rules to be drawn against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest

from paydouble.core.errors import ErrorTable, Fault
from paydouble.core.operation import Operation, Route
from paydouble.core.provider import Provider
from paydouble.core.words import Words
from paydouble.scenarios.engine import Activation, Rulebook
from paydouble.scenarios.loader import load_text


class Rows(ErrorTable):
    SLOW_DOWN = "SLOW_DOWN", 429, Fault.RATE_LIMITED, "too many"
    BROKEN = "BROKEN", 500, Fault.INTERNAL, "broken"


class OtherRows(ErrorTable):
    RATE = "RATE", 429, Fault.RATE_LIMITED, "too many"
    TOKEN = "TOKEN", 401, Fault.TOKEN_EXPIRED, "expired"


def make_operation(id: str, method: str, path: str, *means: str, **others: Any) -> Operation:
    return Operation(
        id=id, routes=(Route("v1", method, path, others.get("selector", "")),), means=means, idempotency=None,
        errors=others.get("errors", ()), docs="", handler=cast(Any, None), summary="", reads=method == "GET",
    )  # fmt: skip


CREATE = make_operation("orders.create", "POST", "/v1/orders", "payment.create", errors=(OtherRows.RATE,))
CHARGE = make_operation("orders.pay", "POST", "/v1/orders/{id}/pay", "payment.charge", "payment.confirm")
QUERY = make_operation("orders.get", "GET", "/v1/orders/{id}", "payment.query", selector="shop.order.query")
REFUND = make_operation("refunds.create", "POST", "/v1/refunds", "refund.create")


def make_provider(name: str = "stripe", *operations: Operation) -> Provider:
    nothing = cast(Any, None)
    return Provider(
        name=name, hosts=(), apis=(), operations=operations or (CREATE, CHARGE, QUERY, REFUND), acts=(),
        machines=(), records=(), errors=(Rows, OtherRows), roles=nothing, merchant=nothing,
        credentials=nothing, subscribe=nothing, endpoints=nothing, event_id=nothing, retries=nothing,
        words=Words(events={"order.paid": "payment.succeeded", "refund.done": "refund.succeeded"}),
    )  # fmt: skip


class Tallies:
    """What a store does for counters."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    async def __call__(self, key: str) -> int:
        self.counts[key] += 1
        return self.counts[key]


@pytest.fixture
def tally() -> Tallies:
    return Tallies()


@pytest.fixture
def provider() -> Provider:
    return make_provider()


@pytest.fixture
def operations() -> dict[str, Operation]:
    return {"create": CREATE, "charge": CHARGE, "query": QUERY, "refund": REFUND}


@pytest.fixture
def rulebook(provider: Provider) -> Callable[..., Rulebook]:
    """Of texts that hold `rules:`; the first is the last activated."""

    def make(*rules: str, seed: int = 1, vars: dict[str, Any] | None = None) -> Rulebook:
        activations = []
        for number, text in enumerate(rules):
            scenario = load_text(f"schema: 1\nname: s{number}\n{text}", vars=vars or {})
            activations.append(Activation(f"a{number}", scenario, seed))
        return Rulebook(provider, activations)

    return make


@pytest.fixture
def providers() -> Callable[..., Provider]:
    return make_provider
