"""A shop's whole flow through unchanged official SDKs, over a real socket; the payer approves on the page."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests import sdks

SDK = Path(__file__).parent / "sdk"
PATIENCE_S = 90
LINKS = ["self", "approve", "update", "capture"]


def surroundings(server: Any, sandbox: Any, folder: Path, *, proxied: bool) -> dict[str, str]:
    """The environment of a program that knows nothing of PayDouble but where it is."""
    given = sandbox.credentials["paypal"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = {
        **kept, "PAYDOUBLE_URL": server.url, "PAYPAL_CLIENT_ID": given["client_id"],
        "PAYPAL_CLIENT_SECRET": given["client_secret"], "PYTHONPATH": str(SDK),
        "PAYDOUBLE_SANDBOX": sandbox.id,
    }
    if proxied:
        authority = folder / "ca.pem"
        authority.write_text(sandbox.credentials["ca_certificate_pem"])
        env |= {
            "HTTPS_PROXY": server.url, "REQUESTS_CA_BUNDLE": str(authority),
            "NODE_EXTRA_CA_CERTS": str(authority), "NO_PROXY": "127.0.0.1",
        }
    return env


def played(
    server: Any, folder: Path, *command: str | Path, proxied: bool = False, clock: str = "real",
    scenario: str = "",
) -> dict[str, Any]:
    """What the program saw, in a sandbox of its own."""
    sandbox = server.sandbox(clock=clock)
    if scenario:
        sandbox.scenario({**yaml.safe_load(scenario), "schema": 1, "name": "test"})
    env = surroundings(server, sandbox, folder, proxied=proxied)
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


def test_the_classic_python_sdk_with_an_endpoint(server: Any, tmp_path: Path) -> None:
    python = sdks.python_with("paypalrestsdk==1.13.3")
    assert played(server, tmp_path, python, SDK / "flow_classic.py") == {
        "early": "PAYMENT_NOT_APPROVED_FOR_EXECUTION",
        "sale": ["approved", "completed", "1.54"],
        "refund": [True, "completed", "10.00"],
        "too much": [False, "REFUND_EXCEEDED_TRANSACTION_AMOUNT"],
        "state": "partially_refunded",
        "captured": [True, "completed", "captured"],
        "voided": [True, "voided"],
        "order": ["completed", "COMPLETED"],
        "listed": [2, True],
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


DECLINED_ONCE = """
rules:
  - when: {operation: payment.charge, ref: declined, nth: 1}
    then: {outcome: {result: declined, reason: insufficient_funds}}
"""


def test_the_newest_python_sdk_where_time_stands_still(server: Any, tmp_path: Path) -> None:
    python = sdks.python_with("paypal-server-sdk==2.4.0")
    program = SDK / "flow_frozen.py"
    saw = played(server, tmp_path, python, program, proxied=True, clock="frozen", scenario=DECLINED_ONCE)
    assert saw == {
        "declined": [422, "INSTRUMENT_DECLINED", "redirect"],
        "approved again": ["COMPLETED", "COMPLETED"],
        "too soon": [422, "REAUTHORIZATION_TOO_SOON"],
        "renewed": [201, "CREATED", True],
        "captured": [201, "COMPLETED"],
        "plan": [201, "ACTIVE"],
        "subscription": [201, "APPROVAL_PENDING", "approve"],
        "active": ["ACTIVE", "10.0"],
        "broke": ["SUSPENDED", 1, "10.0", "PAYER_CANNOT_PAY"],
        "collected": [202, "10.00"],
        "again": "ACTIVE",
        "payments": 2,
        "dispute": "WAITING_FOR_SELLER_RESPONSE",
        "in dispute": "TRANSACTION_DISPUTED",
        "resolved": ["RESOLVED", "RESOLVED_BUYER_FAVOUR"],
        "balance": ["USD", "206.38"],
    }


def test_the_classic_python_sdk_with_a_base_url(server: Any, tmp_path: Path) -> None:
    # The last pyOpenSSL that has the function by which this SDK verifies.
    python = sdks.python_with("paypalrestsdk==1.13.3", "pyOpenSSL==23.2.0", "cryptography==41.0.7")
    assert played(server, tmp_path, python, SDK / "flow_rest.py", clock="frozen") == {
        "webhook": True,
        "listed": True,
        "types": True,
        "payout": [True, "PENDING"],
        "again": [False, "USER_BUSINESS_ERROR"],
        "items": ["SUCCESS", "SUCCESS", "UNCLAIMED"],
        "cancelled": "RETURNED",
        "arrived": True,
        "by certificate": True,
        "tampered": False,
        "another webhook": False,
        "by call": ["SUCCESS", "FAILURE"],
    }


def test_the_newest_node_sdk_where_time_stands_still(server: Any, tmp_path: Path) -> None:
    program = sdks.beside(sdks.node_modules(SDK), SDK / "flow_billing.mjs")
    assert played(server, tmp_path, "node", program, proxied=True, clock="frozen") == {
        "plan": [201, "ACTIVE", "10.0"],
        "plans": 1,
        "made": [201, "APPROVAL_PENDING"],
        "failed": ["ACTIVE", "PAYER_CANNOT_PAY", 0],
        "paid": [["COMPLETED", "10.00"], ["COMPLETED", "10.00"]],
        "suspended": 204,
        "listed": 1,
        "refused": [422, "SUBSCRIPTION_STATUS_INVALID"],
        "balance": [["USD", "18.32"]],
    }
