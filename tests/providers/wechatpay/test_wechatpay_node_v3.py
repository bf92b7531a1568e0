"""npm's wechatpay-node-v3, unchanged, by way of the proxy: every product that it covers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import sdks
from tests.providers.wechatpay.reconciling import check_fund_flow, check_trade_bill
from tests.providers.wechatpay.test_wechatpay_sdks import PLATFORM_SERIAL, SDK, environment, played

TRADE_TYPES = {"native": "NATIVE", "jsapi": "JSAPI", "app": "APP", "h5": "MWEB"}


def test_every_product_is_paid_told_refunded_shared_and_billed(server: Any, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    sandbox = server.sandbox(clock="frozen", start="2026-03-01T12:00:00+08:00")
    env = environment(server, sandbox, tmp_path)
    authority = tmp_path / "ca.pem"
    authority.write_text(sandbox.credentials["ca_certificate_pem"])
    env |= {
        "SDK_HOME": str(sdks.node_modules(SDK).parent), "HTTPS_PROXY": server.url,
        "NODE_EXTRA_CA_CERTS": str(authority), "NO_PROXY": "127.0.0.1",
    }
    saw = played([node, str(SDK / "flow_node_v3.mjs")], env)
    assert saw["unverified"] == []
    for name, product in saw["products"].items():
        told = (product["event"], product["signed_by"], product["trade_type"], product["paid"])
        assert told == ("TRANSACTION.SUCCESS", PLATFORM_SERIAL, TRADE_TYPES[name], "SUCCESS")
    statuses = {name: each["status"] for name, each in saw.items() if isinstance(each, dict) and "status" in each}
    assert {name: status for name, status in statuses.items() if status != 200} == {
        "close": 204, "combine_close": 204,
    }
    assert saw["combined"]["resource"] == saw["combine_query"]["body"]
    assert saw["refunded"]["event"] == "REFUND.SUCCESS"
    assert saw["refund_query"]["body"]["status"] == "SUCCESS"
    assert [each["result"] for each in saw["share_query"]["body"]["receivers"]] == ["SUCCESS"] * 2
    assert saw["return_query"]["body"]["result"] == "SUCCESS"
    assert saw["amounts"]["body"]["unsplit_amount"] == 800
    assert saw["batch_told"]["event"] == "MCHTRANSFER.BATCH.FINISHED"
    assert (saw["batch_query"]["body"]["transfer_batch"]["batch_status"], saw["name"]) == ("FINISHED", "张三")
    # A probe is refused; of a certificate that is new the SDK fetches the key, and goes on.
    assert saw["probes"] == [True, False, False, True, True]
    ledger = sandbox.ledger()
    check_trade_bill(saw["tradebill_file"], ledger)
    account = f"merchant:{sandbox.credentials['wechatpay']['mchid']}:pending"
    check_fund_flow(saw["fundflowbill_file"], ledger, account)
    assert sandbox.audit()["ok"]
