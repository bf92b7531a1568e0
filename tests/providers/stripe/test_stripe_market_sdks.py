"""A marketplace's flow through unchanged official SDKs, over a real socket."""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import sdks
from tests.benchmarks.exchange import exchange, http
from tests.providers.stripe.test_stripe_sdks import SDK, played

MANY = 10_000


def test_a_marketplace_on_the_newest_python_sdk(server: Any) -> None:
    pytest.importorskip("stripe")
    assert played(server, sys.executable, SDK / "market_stripe16.py") == {
        "account": [True, "active"],
        "destination": ["succeeded", 10_000, 1_230],
        "direct": ["succeeded", "ca_"],
        "apart": ["InvalidRequestError", "resource_missing"],
        "stranger": ["PermissionError", 403, "account_invalid"],
        "balance": [10_000 - 1_230 + 5_000 - 175 - 500],
        "refund": [5_000, 615],
        "link": "account_link",
        "searched": 12,
        "bad query": ["InvalidRequestError", "query"],
        "file": [16, "dispute_evidence", 1],
        "thin": ["v1.transfer.created", "v1.transfer.created", True],
    }


async def test_ten_thousand_objects_are_read_page_by_page(server: Any) -> None:
    pytest.importorskip("stripe")
    sandbox = server.sandbox(clock="real")
    port = urlsplit(server.url).port
    headers = {"Authorization": f"Bearer {sandbox.credentials['stripe']['secret_key']}",
               "Content-Type": "application/x-www-form-urlencoded"}
    made = await exchange(port, lambda number: http("POST", "/v1/customers", port, headers, b"name=c"), MANY, 4)
    assert made.failures == 0
    saw = await asyncio.to_thread(played, server, sys.executable, SDK / "paging_stripe16.py", sandbox=sandbox)
    assert saw == {"forwards": [MANY, MANY], "backwards": [MANY - 1, True]}


@pytest.mark.parametrize("version", ["17.7.0", "23.1.0"])
def test_a_marketplace_on_node(server: Any, version: str) -> None:
    modules = sdks.node_modules(SDK / "node17" if version.startswith("17") else SDK)
    saw = played(server, "node", sdks.beside(modules, SDK / "market_node.mjs"))
    file = {} if version.startswith("17") else {"file": [16, "pdf", "receipt.pdf"]}
    assert saw == {
        "sdk": version,
        "account": [True, True],
        "destination": ["succeeded", 10_000],
        "direct": "succeeded",
        "stranger": ["StripePermissionError", 403, "account_invalid"],
        "reversal": [4_000, 4_000],
        "fees": [500, 1_230],
        "searched": [6, 6],
        "legacy": ["succeeded", "Visa"],
        **file,
    }
