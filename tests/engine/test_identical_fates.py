"""Same seed, same fate: whatever the order of arrival, and however many processes call at once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from paydouble.testing.in_process import PaydoubleServer

ORDERS = 60
ATTEMPTS = 2
RULES = """\
schema: 1
name: flaky
rules:
  - {name: 503, when: {operation: payment.charge, chance: 0.2}, then: {respond: {error: unavailable, committed: false}}}
  - {name: busy, when: {operation: payment.charge, chance: {p: 0.2, by: attempt, salt: b}}, then: {respond: {error: rate_limited}}}
  - {name: declined, when: {operation: payment.charge, chance: {p: 0.3, by: ref}}, then: {outcome: {result: declined, reason: do_not_honor}}}
"""
CLIENT = """\
import json, sys
from http.client import HTTPConnection
from urllib.parse import urlencode

port, key, orders, attempts = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
connection, fates = HTTPConnection("127.0.0.1", port, timeout=30), {}
for order in orders:
    for attempt in range(attempts):
        body = urlencode({
            "amount": 1000, "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
            "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
            "metadata[order_id]": order,
        })
        connection.request("POST", "/v1/payment_intents", body, {
            "Authorization": "Bearer " + key, "Content-Type": "application/x-www-form-urlencoded",
        })
        answer = connection.getresponse()
        answer.read()
        fates[f"{order}#{attempt}"] = answer.status
print(json.dumps(fates))
"""


def fates(server: PaydoubleServer, processes: int, shuffle: int) -> dict[str, int]:
    """The status of each attempt at each order, by clients that share the orders among them."""
    sandbox = server.sandbox(seed=20240611, clock="frozen")
    try:
        sandbox.control.post(f"{sandbox.path}/scenarios", {"yaml": RULES})
        orders = [f"order-{number}" for number in range(ORDERS)]
        random.Random(shuffle).shuffle(orders)
        port, key = server.url.rpartition(":")[2], str(sandbox.stripe.secret_key)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", CLIENT, port, key, json.dumps(orders[number::processes]), str(ATTEMPTS)],
                stdout=subprocess.PIPE, text=True,
            )
            for number in range(processes)
        ]
        return dict(sorted(_gathered(running)))
    finally:
        sandbox.delete()


def _gathered(running: list[subprocess.Popen[str]]) -> Iterator[tuple[str, int]]:
    for client in running:
        told, _ = client.communicate(timeout=60)
        assert client.returncode == 0
        found: dict[str, Any] = json.loads(told)
        yield from found.items()


@pytest.fixture(scope="module")
def serial(server: PaydoubleServer) -> dict[str, int]:
    return fates(server, 1, shuffle=0)


@pytest.mark.parametrize(("processes", "shuffle"), [(1, 1), (2, 2), (8, 3)])
def test_fates_are_identical(
    server: PaydoubleServer, serial: dict[str, int], processes: int, shuffle: int
) -> None:
    assert fates(server, processes, shuffle) == serial


def test_all_of_them_occur_and_a_declined_order_stays_declined(serial: dict[str, int]) -> None:
    assert set(serial.values()) == {200, 402, 429, 503}
    assert len(serial) == ORDERS * ATTEMPTS
    for number in range(ORDERS):
        done = {serial[f"order-{number}#{attempt}"] for attempt in range(ATTEMPTS)} & {200, 402}
        assert len(done) < 2, f"order-{number} was paid and declined"
