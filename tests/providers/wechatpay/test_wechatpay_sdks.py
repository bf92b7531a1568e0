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
from tests.providers.wechatpay.reconciling import check_fund_flow, check_trade_bill

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
    "WECHATPAY_APIV2_KEY":          "apiv2_key",
    "WECHATPAY_SERIAL_NO":          "serial_no",
    "WECHATPAY_PLATFORM_SERIAL_NO": "platform_serial_no",
    "WECHATPAY_PUBLIC_KEY_ID":      "public_key_id",
}
FILES = {
    "WECHATPAY_PRIVATE_KEY_PATH":          "private_key_pem",
    "WECHATPAY_PUBLIC_KEY_PATH":           "public_key_pem",
    "WECHATPAY_CERTIFICATE_PATH":          "certificate_pem",
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
    assert saw["applied"]["body"]["user_received_account"] == "招商银行借记卡0403"
    assert saw["receiver"]["status"] == 200
    assert [each["result"] for each in saw["share_query"]["body"]["receivers"]] == ["SUCCESS"] * 2
    assert {saw[name]["status"] for name in ("shared", "returned", "unfrozen", "uploaded")} == {200}
    assert saw["transfer"]["body"]["state"] == "WAIT_USER_CONFIRM"
    assert saw["transferred"]["resource"]["state"] == "SUCCESS"
    assert (saw["bill"]["status"], saw["file"]["status"]) == (200, 200)
    told = [saw[name] for name in ("combined_paid", "abnormal", "transferred")]
    assert {each["signed_by"] for each in told} == {SIGNED_BY[mode]}


QUIET = {"paid", "partner", "partner_refunded", "transferred", "canceled", "batch", "name", "confirmed", "collected", "refunded", "complained",
         "moved", "phone", "sent", "files", "verified", "confirmed_again", "elsewhere", "consented"}
NO_CONTENT = {"combine_close", "close", "complaint_notification_delete", "complaint_response", "complaint_update_refund",
              "complaint_complete", "payscore_permission_terminate"}


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
def test_wechatpayv3_with_every_call_that_is_served(server: Any, tmp_path: Path, mode: str) -> None:
    sandbox = server.sandbox(clock="frozen", start="2026-03-01T12:00:00+08:00")
    env = environment(server, sandbox, tmp_path)
    authority = tmp_path / "ca.pem"
    authority.write_text(sandbox.credentials["ca_certificate_pem"])
    env |= {"HTTPS_PROXY": server.url, "REQUESTS_CA_BUNDLE": str(authority), "NO_PROXY": "127.0.0.1"}
    python = sdks.python_with("wechatpayv3==2.0.4")
    saw = played([str(python), str(SDK / "flow_wechatpayv3_all.py"), mode], env)
    statuses = {name: saw[name]["status"] for name in saw if name not in QUIET}
    assert len(statuses) >= 60
    assert {name: status for name, status in statuses.items() if status != 200} == dict.fromkeys(NO_CONTENT, 204)
    assert saw["paid"] == {
        "JSAPI": "JSAPI", "APP": "APP", "NATIVE": "NATIVE", "H5": "MWEB", "MINIPROG": "JSAPI",
    }
    assert {*saw["partner"].values(), saw["partner_refunded"]} == {"1900000110"}
    told = {name: saw[name] for name in ("transferred", "canceled", "batch", "confirmed", "collected", "refunded")}
    assert told == {
        "transferred": "SUCCESS", "canceled": "CANCELLED", "batch": "FINISHED", "refunded": "REFUND.SUCCESS",
        "confirmed": "PAYSCORE.USER_CONFIRM", "collected": "PAYSCORE.USER_PAID",
    }
    assert saw["elsewhere"] == ["DONE", "20260301121212"]
    assert saw["consented"] == ["PAYSCORE.USER_OPEN_SERVICE", "PAYSCORE.USER_CLOSE_SERVICE"]
    assert (saw["complained"], saw["sent"]) == ("COMPLAINT.CREATE", "COUPON.SEND")
    assert sorted(saw["moved"]) == ["MERCHANT_CONFIRM_COMPLETE", "MERCHANT_REJECT_REFUND", "MERCHANT_RESPONSE"]
    assert (saw["name"], saw["phone"].isdigit()) == ("张三", True)
    assert saw["verified"] == [False, False, False, True, True, True]
    ledger, mchid = sandbox.ledger(), sandbox.credentials["wechatpay"]["mchid"]
    check_trade_bill(saw["files"]["trade_bill"], ledger)
    check_fund_flow(saw["files"]["fundflow_bill"], ledger, f"merchant:{mchid}:pending")
    assert sandbox.audit()["ok"]
