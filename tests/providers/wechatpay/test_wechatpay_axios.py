"""npm's wechatpay-axios-plugin, unchanged, with every product of both APIs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import sdks
from tests.providers.wechatpay.reconciling import check_fund_flow, check_trade_bill
from tests.providers.wechatpay.test_wechatpay_sdks import SDK, SIGNED_BY, environment, played

TRADE_TYPES = {"native": "NATIVE", "app": "APP", "h5": "MWEB", "jsapi": "JSAPI", "miniprogram": "JSAPI"}
AT = {"clock": "frozen", "start": "2026-03-01T12:00:00+08:00"}


def program(server: Any, sandbox: Any, folder: Path, name: str, *arguments: str) -> dict[str, Any]:
    """What it saw."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    env = environment(server, sandbox, folder)
    env["SDK_HOME"] = str(sdks.node_modules(SDK).parent)
    return played([node, str(SDK / name), *arguments], env)


@pytest.mark.parametrize("mode", ["certificate", "public_key"])
def test_every_product_and_what_follows_a_payment(server: Any, tmp_path: Path, mode: str) -> None:
    sandbox = server.sandbox(**AT)
    saw = program(server, sandbox, tmp_path, "flow_axios_products.mjs", mode)
    for kind in ("products", "partner"):
        told = {name: each["resource"]["trade_type"] for name, each in saw[kind].items()}
        assert told == {name: TRADE_TYPES[name] for name in told}
    everything = [*saw["products"].values(), *saw["partner"].values(), *saw["combined"].values()]
    assert {each["event"] for each in everything} == {"TRANSACTION.SUCCESS"}
    assert {each["signed_by"] for each in everything} == {SIGNED_BY[mode]}
    assert {len(each["resource"]["sub_orders"]) for each in saw["combined"].values()} == {2}
    assert saw["sp_query"]["body"]["sub_mchid"] == "1900000110"
    assert (saw["codepay"]["body"]["trade_state"], saw["reversed"]["status"]) == ("SUCCESS", 200)
    assert (saw["abnormal"]["event"], saw["refunded"]["event"]) == ("REFUND.ABNORMAL", "REFUND.SUCCESS")
    assert saw["applied"]["body"]["user_received_account"] == "招商银行借记卡0403"
    receivers = saw["share_query"]["body"]["receivers"]
    assert [(each["type"], each["result"]) for each in receivers] == [
        ("MERCHANT_ID", "SUCCESS"), ("PERSONAL_OPENID", "SUCCESS"),
    ]
    assert saw["returned"]["body"]["result"] in ("PROCESSING", "SUCCESS")
    assert saw["transferred"]["resource"]["state"] == "SUCCESS"
    assert saw["verified"] == [False, False, False, False, True]
    assert [each["intact"] for each in saw["bills"].values()] == [True, True]
    ledger, mchid = sandbox.ledger(), sandbox.credentials["wechatpay"]["mchid"]
    check_fund_flow(saw["bills"]["fundflowbill"]["text"], ledger, f"merchant:{mchid}:pending")
    check_trade_bill(saw["bills"]["tradebill"]["text"], ledger)
    assert sandbox.audit()["ok"]


def test_api_v2_from_the_order_to_the_bill(server: Any, tmp_path: Path) -> None:
    sandbox = server.sandbox(**AT)
    saw = program(server, sandbox, tmp_path, "flow_axios_v2.mjs")
    assert saw["prepay"]["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert saw["verified"] is True
    assert saw["query"]["transaction_id"] == saw["paid"]["transaction_id"]
    assert saw["refunded"]["refund_id"] == saw["refund"]["refund_id"]
    assert (saw["refunded"]["refund_status"], saw["refund_query"]["refund_status_0"]) == ("SUCCESS", "SUCCESS")
    assert (saw["micropay"]["trade_type"], saw["reversed"]["recall"]) == ("MICROPAY", "N")
    assert saw["closed"]["result_code"] == "SUCCESS"
    assert (saw["shared"]["out_order_no"], saw["share_query"]["status"]) == ("P1", "FINISHED")
    assert "SDK-V2-1" in saw["bill"]
    assert sandbox.audit()["ok"]
