"""What scenarios cost a call: nothing where there are none, little where there are a hundred rules."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median

from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.engine.admission import strictness
from paydouble.engine.sandbox import Sandbox
from paydouble.engine.selection import may_choose
from paydouble.engine.simulator import Simulator
from paydouble.engine.switches import Switches
from paydouble.providers import load
from paydouble.scenarios.drawing import Activation
from paydouble.scenarios.engine import Rulebook
from paydouble.scenarios.loader import load_text
from paydouble.store import open_store
from tests.facts import facts_of

CALLS = 1_000
BLOCKS = 5
CHECKS = 200_000
RULES = 100


class Nowhere:
    """No notification is sent in these."""

    async def send(self, request: HttpRequest, timeout_ms: int, **kwargs: object) -> HttpResponse:
        raise AssertionError("nobody is told")


def hundred_rules(ref: Callable[[int], str]) -> str:
    """On the very operation that is called, and none of them holds."""
    rules = "".join(
        f"- {{when: {{operation: payment.query, ref: {ref(number)}}}, then: {{respond: {{error: rate_limited}}}}}}\n"
        for number in range(RULES)
    )
    return f"schema: 1\nname: bench\nrules:\n{rules}"


async def _world() -> tuple[Simulator, Sandbox, HttpRequest]:
    simulator = Simulator(
        load(), store=open_store("memory"), transport=Nowhere(), switches=Switches(marks=False)
    )
    sandbox = await simulator.start()
    merchant = simulator.directory.merchant(sandbox.id, "stripe")
    assert merchant is not None
    headers = Headers((
        ("Authorization", f"Bearer {merchant.secrets['secret_key']}"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ))
    made = await simulator.serve("stripe", HttpRequest(
        method="POST", target="/v1/payment_intents", headers=headers, body=b"amount=100&currency=usd",
        id=simulator.new_call_id(),
    ))
    id = made.body.partition(b'"id": "')[2].partition(b'"')[0].decode()
    query = HttpRequest(
        method="GET", target=f"/v1/payment_intents/{id}", headers=headers, id=simulator.new_call_id()
    )
    assert (await simulator.serve("stripe", query)).status == 200
    return simulator, sandbox, query


async def _per_call(simulator: Simulator, query: HttpRequest) -> float:
    """CPU microseconds."""
    begun = time.process_time()
    for _ in range(CALLS):
        await simulator.serve("stripe", query)
    return (time.process_time() - begun) / CALLS * 1e6


async def added_by_rules(rounds: int) -> list[tuple[float, float]]:
    """(microseconds of a call without a scenario, microseconds that a hundred rules add), by round.

    Each round tells of its quietest blocks: what others do on this machine only ever adds.
    """
    simulator, sandbox, query = await _world()
    scenario = load_text(hundred_rules(lambda number: f"order-{number}"))
    measured = []
    for _ in range(rounds + 1):
        without, with_rules = [], []
        for _ in range(BLOCKS):
            without.append(await _per_call(simulator, query))
            activation = sandbox.rules.activate(scenario)
            await simulator.serve("stripe", query)
            with_rules.append(await _per_call(simulator, query))
            sandbox.rules.deactivate(activation.id)
        measured.append((min(without), min(with_rules) - min(without)))
    await simulator.close()
    return measured[1:]


async def draws(rounds: int) -> list[float]:
    """Microseconds of one draw against a hundred rules on the operation that is called."""
    simulator, sandbox, _ = await _world()
    provider = simulator.providers["stripe"]
    operation = next(each for each in provider.operations if each.id == "payment_intents.retrieve")
    activation = Activation("bench", load_text(hundred_rules(lambda number: f"order-{number}")), 1)
    book, facts = Rulebook(provider, (activation,)), facts_of(ref="order-x", amount=Decimal("1.00"), currency="USD")
    measured = []
    for _ in range(rounds + 1):
        begun = time.process_time()
        for _ in range(CALLS):
            await book.draw_call(
                operation, facts=facts, tally=sandbox.rules.tally, means=operation.means, trail=[]
            )
        measured.append((time.process_time() - begun) / CALLS * 1e6)
    await simulator.close()
    return measured[1:]


async def asked_without(rounds: int) -> list[float]:
    """Microseconds of all that a call asks about scenarios where none is in force."""
    simulator, sandbox, query = await _world()
    measured = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(CHECKS):
            strictness(sandbox.rules, "stripe", strict=False)
            if sandbox.rules.any or may_choose(query):
                raise AssertionError("no scenario is in force")
        measured.append((time.process_time() - begun) / CHECKS * 1e6)
    await simulator.close()
    return measured


def by_hand() -> str:
    """`python -m tests.benchmarks.rules`."""
    added = asyncio.run(added_by_rules(5))
    drawn = asyncio.run(draws(5))
    asked = asyncio.run(asked_without(5))
    return (
        f"a call {median(w for w, _ in added):.1f} µs, a hundred rules add {median(a for _, a in added):.1f} µs, "
        f"their draw takes {median(drawn):.1f} µs, no scenario costs {median(asked):.2f} µs"
    )


if __name__ == "__main__":
    print(by_hand())
