"""A shop's whole flow through unchanged official SDKs, over a real socket; each verifies its own webhooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import sdks

SDK = Path(__file__).parent / "sdk"
PATIENCE_S = 90

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
SETTLED = [*PAID, "charge.updated"]
DISPUTES = [
    ["needs_response", "under_review", "won", [-5700, 5700]],
    ["needs_response", "under_review", "lost", [-5700]],
]


def played(server: Any, *command: str | Path, sandbox: Any = None) -> dict[str, Any]:
    """What the program saw, in a sandbox of its own unless one is given."""
    given = (sandbox or server.sandbox(clock="real")).credentials["stripe"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env={**kept, "PAYDOUBLE_URL": server.url, "STRIPE_SECRET_KEY": given["secret_key"],
             "STRIPE_WEBHOOK_SECRET": given["webhook_secret"]},
    )
    assert done.returncode == 0, done.stderr
    saw: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return saw


def test_the_newest_python_sdk(server: Any) -> None:
    pytest.importorskip("stripe")
    saw = played(server, sys.executable, SDK / "flow_stripe16.py")
    assert saw.pop("sdk") >= "12"
    assert saw == {
        "paid": ["succeeded", 1099],
        "replayed": [True, "true"],
        "mismatch": ["IdempotencyError", 400],
        "declined": ["CardError", 402, "card_declined", "insufficient_funds", "requires_payment_method",
                     "insufficient_funds"],
        "action": ["requires_action", "redirect_to_url", "https://shop.example/back"],
        "captured": ["requires_capture", 5000, "succeeded", 3000],
        "refunded": ["succeeded", "InvalidRequestError", 400, "amount"],
        "expanded": [1000, 117, 1],
        "listed": [25, 25, True],
        "backwards": 24,
        "missing": ["InvalidRequestError", 404, "resource_missing", "intent"],
        "deleted": [True, True],
        "events": [
            SETTLED,
            ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated",
             "charge.captured", "payment_intent.succeeded", "refund.created", "charge.refunded"],
            ["payment_intent.created", "payment_intent.requires_action"],
        ],
        "event": ["2026-10-28.endive", "first", True],
        "fetched": ["payment_intent.succeeded", True],
        "wrong secret": "refused",
        "disputes": DISPUTES,
    }


def test_an_old_python_sdk_is_answered_in_its_own_version(server: Any) -> None:
    saw = played(server, sdks.python_with("stripe==7.14.0"), SDK / "flow_stripe7.py")
    assert saw == {
        "sdk": "7.14.0",
        "paid": ["succeeded", 1099, "automatic", True],
        "replayed": True,
        "declined": ["CardError", 402, "card_declined", "insufficient_funds"],
        "action": ["requires_action", "redirect_to_url"],
        "captured": ["requires_capture", "succeeded", 3000],
        "refunded": ["succeeded", "InvalidRequestError", "amount"],
        "charge": [3000, 3000, 117, None],
        "listed": [25, 25],
        "versions": ["2023-10-16"],
        "events": PAID,
        "wrong secret": "refused",
        "disputes": DISPUTES,
    }


@pytest.mark.parametrize("version", ["17.7.0", "23.1.0"])
def test_the_node_sdk(server: Any, version: str) -> None:
    modules = sdks.node_modules(SDK / "node17" if version.startswith("17") else SDK)
    released_shown = 2_000 if version.startswith("17") else 0   # before basil a partial capture refunds the rest
    saw = played(server, "node", sdks.beside(modules, SDK / "flow_node.mjs"))
    assert saw == {
        "sdk": version,
        "name": "Jenny Rosén 🦊",
        "paid": ["succeeded", 1099],
        "replayed": [True, "true"],
        "mismatch": ["StripeIdempotencyError", 400],
        "declined": ["StripeCardError", 402, "card_declined", "insufficient_funds", "requires_payment_method"],
        "action": ["requires_action", "redirect_to_url"],
        "captured": ["requires_capture", "succeeded", 3000],
        "refunded": ["succeeded", "StripeInvalidRequestError", "amount"],
        "expanded": [1000 + released_shown, 117],
        "listed": [25, 25],
        "events": SETTLED,
        "wrong secret": "StripeSignatureVerificationError",
        "disputes": DISPUTES,
    }
