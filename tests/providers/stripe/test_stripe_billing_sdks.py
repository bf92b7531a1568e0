"""Billing and checkout through unchanged official SDKs, over a real socket."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests import sdks
from tests.providers.stripe.test_stripe_sdks import SDK, played


def test_a_subscription_lives_for_a_year_under_the_newest_python_sdk(server: Any) -> None:
    pytest.importorskip("stripe")
    assert played(server, sys.executable, SDK / "life_stripe16.py") == {
        "found": True,
        "begun": ["active", "paid", 1_490],
        "period": [0, 31 * 86_400],
        "failed": ["past_due", "open", 0],
        "paid by hand": ["CardError", 402, "card_declined"],
        "recovered": ["active", "paid", 2_000],
        "upgraded": [["active", "paid"], True],
        "a year": [["active", "paid", 5_000], 12],
        "canceled": ["canceled", "cancellation_requested"],
        "invoice": ["paid", 1_500],
        "failures told": 2,
        "verified": True,
    }


@pytest.mark.parametrize("version", ["17.7.0", "23.1.0"])
def test_the_node_sdk_subscribes_and_checks_out(server: Any, version: str) -> None:
    modules = sdks.node_modules(SDK / "node17" if version.startswith("17") else SDK)
    assert played(server, "node", sdks.beside(modules, SDK / "life_node.mjs")) == {
        "price": [None, "1999.5"],
        "waiting": ["incomplete", "pi_"],
        "active": "active",
        "renewed": ["active", "subscription_cycle", 2_000],
        "preview": 2_000,
        "failed": ["past_due", "open", 1],
        "year": ["active", 1, 12],
        "session": ["open", 3_600, "Mug", True],
        "expired": "expired",
    }


def test_an_old_python_sdk_sees_its_own_shapes(server: Any) -> None:
    assert played(server, sdks.python_with("stripe==7.14.0"), SDK / "life_stripe7.py") == {
        "sdk": "7.14.0",
        "waiting": ["incomplete", "requires_payment_method", True],
        "active": ["active", True],
        "paid": [True, True, True, "subscription"],
        "intent": True,
        "session": ["hosted", 500],
        "failed": ["past_due", False, "card_declined"],
        "a year": ["active", 13, True],
    }
