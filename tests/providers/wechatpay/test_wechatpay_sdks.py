"""Whole purchases through unchanged SDKs, over real sockets: each checks every signature by its own means."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import sdks

SDK = Path(__file__).parent / "sdk"
PATIENCE_S = 60
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000048002025010100000000004800"
PLATFORM_SERIAL = "48004A11CE0000000000000000000000000000A1"
SIGNED_BY = {"certificate": PLATFORM_SERIAL, "public_key": PUBLIC_KEY_ID}

# fmt: off
VARIABLES = {
    "WECHATPAY_MCHID":              "mchid",
    "WECHATPAY_APPID":              "appid",
    "WECHATPAY_APIV3_KEY":          "apiv3_key",
    "WECHATPAY_SERIAL_NO":          "serial_no",
    "WECHATPAY_PLATFORM_SERIAL_NO": "platform_serial_no",
    "WECHATPAY_PUBLIC_KEY_ID":      "public_key_id",
}
FILES = {
    "WECHATPAY_PRIVATE_KEY_PATH":          "private_key_pem",
    "WECHATPAY_PUBLIC_KEY_PATH":           "public_key_pem",
    "WECHATPAY_PLATFORM_CERTIFICATE_PATH": "platform_certificate_pem",
}
# fmt: on


def environment(server: Any, sandbox: Any, folder: Path) -> dict[str, str]:
    """What `paydouble run` exports, for this sandbox."""
    fields: Mapping[str, str] = sandbox.credentials["wechatpay"]
    given = {name: fields[field] for name, field in VARIABLES.items()}
    for name, field in FILES.items():
        path = folder / f"{field}.txt"
        path.write_text(fields[field])
        given[name] = str(path)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **given, "PAYDOUBLE_URL": server.url, "SANDBOX": sandbox.id}


def played(command: list[str], env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    saw: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return saw


def check_purchase(saw: dict[str, Any], mode: str) -> None:
    """What every SDK must have seen of: order, pay, query, refund in part, close another order."""
    assert saw["prepay"]["status"] == 200
    assert saw["prepay"]["body"]["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert saw["unpaid"]["body"]["trade_state"] == "NOTPAY"
    paid, by_number = saw["paid"], saw["by_number"]["body"]
    assert (paid["event"], paid["signed_by"]) == ("TRANSACTION.SUCCESS", SIGNED_BY[mode])
    assert paid["resource"].items() <= by_number.items()
    assert (by_number["trade_state"], by_number["attach"]) == ("SUCCESS", "till=7")
    assert saw["by_id"]["body"] == by_number
    assert saw["refund"]["body"]["amount"]["refund"] == 40
    refunded, shown = saw["refunded"], saw["refund_query"]["body"]
    assert (refunded["event"], refunded["signed_by"]) == ("REFUND.SUCCESS", SIGNED_BY[mode])
    assert refunded["resource"]["refund_id"] == shown["refund_id"] == saw["refund"]["body"]["refund_id"]
    assert (shown["status"], saw["after"]["body"]["trade_state"]) == ("SUCCESS", "REFUND")
    assert saw["close"] == {"status": 204, "body": None}
    assert saw["closed"]["body"]["trade_state"] == "CLOSED"
    assert (saw["close_paid"]["status"], saw["close_paid"]["body"]["code"]) == (400, "ORDERPAID")


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
def test_wechatpayv3_through_the_proxy(server: Any, tmp_path: Path, mode: str) -> None:
    sandbox = server.sandbox()
    env = environment(server, sandbox, tmp_path)
    authority = tmp_path / "ca.pem"
    authority.write_text(sandbox.credentials["ca_certificate_pem"])
    env |= {"HTTPS_PROXY": server.url, "REQUESTS_CA_BUNDLE": str(authority), "NO_PROXY": "127.0.0.1"}
    python = sdks.python_with("wechatpayv3==2.0.4")
    check_purchase(played([str(python), str(SDK / "flow_wechatpayv3.py"), mode], env), mode)


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
def test_axios_plugin_with_its_base_url(server: Any, tmp_path: Path, mode: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    env = environment(server, server.sandbox(), tmp_path)
    env["SDK_HOME"] = str(sdks.node_modules(SDK).parent)
    check_purchase(played([node, str(SDK / "flow_axios.mjs"), mode], env), mode)


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
def test_wechatpayv3_after_the_payment(server: Any, tmp_path: Path, mode: str) -> None:
    sandbox = server.sandbox(clock="frozen", start="2026-03-01T12:00:00+08:00")
    env = environment(server, sandbox, tmp_path)
    authority = tmp_path / "ca.pem"
    authority.write_text(sandbox.credentials["ca_certificate_pem"])
    env |= {"HTTPS_PROXY": server.url, "REQUESTS_CA_BUNDLE": str(authority), "NO_PROXY": "127.0.0.1"}
    python = sdks.python_with("wechatpayv3==2.0.4")
    saw = played([str(python), str(SDK / "flow_wechatpayv3_more.py"), mode], env)
    assert [part["trade_state"] for part in saw["combined_paid"]["resource"]["sub_orders"]] == ["SUCCESS"] * 2
    assert saw["combined_paid"]["resource"] == saw["combined_query"]["body"]
    assert (saw["abnormal"]["event"], saw["refunded"]["event"]) == ("REFUND.ABNORMAL", "REFUND.SUCCESS")
    assert saw["applied"]["body"]["user_received_account"] == "CMB_DEBIT0403"
    assert saw["receiver"]["status"] == 200
    assert [each["result"] for each in saw["share_query"]["body"]["receivers"]] == ["SUCCESS"] * 2
    assert {saw[name]["status"] for name in ("shared", "returned", "unfrozen", "uploaded")} == {200}
    assert saw["transfer"]["body"]["state"] == "WAIT_USER_CONFIRM"
    assert saw["transferred"]["resource"]["state"] == "SUCCESS"
    assert (saw["bill"]["status"], saw["file"]["status"]) == (200, 200)
    told = [saw[name] for name in ("combined_paid", "abnormal", "transferred")]
    assert {each["signed_by"] for each in told} == {SIGNED_BY[mode]}


def test_axios_plugin_by_api_v2(server: Any, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    sandbox = server.sandbox()
    env = environment(server, sandbox, tmp_path)
    env["WECHATPAY_APIV2_KEY"] = sandbox.credentials["wechatpay"]["apiv2_key"]
    env["SDK_HOME"] = str(sdks.node_modules(SDK).parent)
    saw = played([node, str(SDK / "flow_axios_v2.mjs")], env)
    assert saw["prepay"]["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert saw["verified"] is True
    assert saw["query"]["transaction_id"] == saw["paid"]["transaction_id"]
    assert saw["refunded"]["refund_id"] == saw["refund"]["refund_id"]
    assert (saw["refunded"]["refund_status"], saw["refund_query"]["refund_status_0"]) == ("SUCCESS", "SUCCESS")
