"""A shop's whole flow through unchanged official SDKs, over a real socket; the payer approves on the page."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests import sdks

SDK = Path(__file__).parent / "sdk"
PATIENCE_S = 90
LINKS = ["self", "approve", "update", "capture"]


def played(server: Any, folder: Path, *command: str | Path, proxied: bool = False) -> dict[str, Any]:
    """What the program saw, in a sandbox of its own."""
    sandbox = server.sandbox(clock="real")
    given = sandbox.credentials["paypal"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = {
        **kept, "PAYDOUBLE_URL": server.url, "PAYPAL_CLIENT_ID": given["client_id"],
        "PAYPAL_CLIENT_SECRET": given["client_secret"], "PYTHONPATH": str(SDK),
    }
    if proxied:
        authority = folder / "ca.pem"
        authority.write_text(sandbox.credentials["ca_certificate_pem"])
        env |= {
            "HTTPS_PROXY": server.url, "REQUESTS_CA_BUNDLE": str(authority),
            "NODE_EXTRA_CA_CERTS": str(authority), "NO_PROXY": "127.0.0.1",
        }
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    assert sandbox.audit()["ok"]
    saw: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return saw


def test_the_newest_python_sdk_through_the_proxy(server: Any, tmp_path: Path) -> None:
    python = sdks.python_with("paypal-server-sdk==2.4.0")
    saw = played(server, tmp_path, python, SDK / "flow_server_sdk.py", proxied=True)
    assert saw == {
        "created": [201, "CREATED", LINKS],
        "replayed": [200, True],
        "early": [422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED"],
        "page": True,
        "captured": [201, "COMPLETED", "COMPLETED", "96.02"],
        "refunded": ["30.00", "50.00"],
        "too much": [422, "REFUND_AMOUNT_EXCEEDED"],
        "shown": "PARTIALLY_REFUNDED",
        "authorized": ["CREATED", "PARTIALLY_CAPTURED"],
        "voided": 204,
    }


def test_the_retired_python_checkout_sdk_with_a_base_url(server: Any, tmp_path: Path) -> None:
    python = sdks.python_with("paypal-checkout-serversdk==1.0.3")
    assert played(server, tmp_path, python, SDK / "flow_checkout.py") == {
        "created": [201, "CREATED", "1000"],
        "early": [422, "ORDER_NOT_APPROVED"],
        "page": True,
        "captured": [201, "COMPLETED", "916"],
        "refunded": "COMPLETED",
        "shown": ["PARTIALLY_REFUNDED", "400"],
    }


def test_the_newest_node_sdk_through_the_proxy(server: Any, tmp_path: Path) -> None:
    program = sdks.beside(sdks.node_modules(SDK), SDK / "flow_server_sdk.mjs")
    assert played(server, tmp_path, "node", program, proxied=True) == {
        "created": [201, "CREATED", LINKS],
        "replayed": [200, True],
        "early": [422, "ORDER_NOT_APPROVED"],
        "page": True,
        "captured": [201, "COMPLETED", "COMPLETED", "96.02"],
        "refunded": [201, "COMPLETED", "30.00"],
        "shown": "PARTIALLY_REFUNDED",
        "voided": 204,
    }


def test_the_retired_node_checkout_sdk_with_a_base_url(server: Any, tmp_path: Path) -> None:
    program = sdks.beside(sdks.node_modules(SDK), SDK / "flow_checkout.mjs")
    assert played(server, tmp_path, "node", program) == {
        "created": [201, "CREATED"],
        "early": [422, "ORDER_NOT_APPROVED"],
        "cancelled": True,
        "approved": True,
        "captured": [201, "COMPLETED"],
        "refunded": "COMPLETED",
    }


def test_the_retired_node_payouts_sdk_with_a_base_url(server: Any, tmp_path: Path) -> None:
    program = sdks.beside(sdks.node_modules(SDK), SDK / "flow_payouts.mjs")
    assert played(server, tmp_path, "node", program) == {
        "created": [201, "PENDING"],
        "shown": ["PENDING", "PENDING"],
        "cancelled": [400, "BATCH_NOT_COMPLETED"],
        "again": [400, "USER_BUSINESS_ERROR"],
    }
