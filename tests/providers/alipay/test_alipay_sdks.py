"""Whole purchases through unchanged SDKs, over real sockets: each checks every signature by its own means."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from paydouble.client.sandbox import Sandbox
from paydouble.providers.alipay import build
from paydouble.server.settings import ListenAt, Settings
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests.providers.alipay.programs import (
    COMMUNITY,
    OFFICIAL,
    bare_keys,
    environment,
    node,
    played,
    python,
)

PORT_80 = "127.0.0.2"
"""Alipay's own Python SDK knows no port."""
MUCH = "ACQ.REASON_TRADE_REFUND_FEE_ERR"


@pytest.fixture(scope="module")
def alipay_server() -> Iterator[PaydoubleServer]:
    providers = [build({"bills_at_once": "on"})]
    with InProcessServer(Settings(port=0, tls_port=None, seed=0, strict=True), providers=providers) as running:
        server = PaydoubleServer(running.url)
        yield server
        server.close()


@pytest.fixture
def sandbox(alipay_server: PaydoubleServer) -> Iterator[Sandbox]:
    here = alipay_server.sandbox()
    yield here
    assert here.audit()["ok"], here.audit()
    here.delete()


def check_refunds(refunds: list[dict[str, Any]]) -> None:
    """Three in part, and one too many."""
    assert [each.get("refund_fee", each.get("refundFee")) for each in refunds[:3]] == ["3.00", "6.01", "9.03"]
    assert refunds[3].get("sub_code", refunds[3].get("subCode")) == MUCH


@pytest.mark.parametrize("mode", ["keys", "certificates"])
def test_python_alipay_sdk(
    alipay_server: PaydoubleServer, sandbox: Sandbox, tmp_path: Path, mode: str
) -> None:
    env = environment(alipay_server, sandbox, tmp_path)
    saw = played(python(COMMUNITY, "flow_python_alipay_sdk.py", mode), env)
    assert (saw["waiting"]["code"], saw["cancelled"]["action"]) == ("10003", "close")
    assert saw["paid_at_once"]["code"] == saw["precreated"]["code"] == "10000"
    assert (saw["told"]["trade_status"], saw["told"]["verified"]) == ("TRADE_SUCCESS", True)
    assert saw["query"]["trade_status"] == "TRADE_SUCCESS"
    check_refunds(saw["refunds"])
    assert saw["refund"]["refund_amount"] == "3.01"
    assert (saw["bound"]["result_code"], saw["settled"]["code"]) == ("SUCCESS", "10000")
    assert saw.get("sent", {}).get("status") == ("SUCCESS" if mode == "certificates" else None)
    check_frozen(saw)
    assert moved(saw["bill"]) == sandbox.balance("pending", currency="CNY").minor


def test_alipay_sdk_python_on_port_80(tmp_path: Path) -> None:
    settings = Settings(port=0, tls_port=None, seed=0, strict=True, listen=(ListenAt("alipay", 80, PORT_80),))
    try:
        running = InProcessServer(settings, providers=[build({"bills_at_once": "on"})])
    except OSError as error:
        pytest.skip(f"port 80 of {PORT_80} is not to be had: {error}")
    with running:
        server = PaydoubleServer(running.url)
        sandbox = server.sandbox()
        env = environment(server, sandbox, tmp_path)
        env["ALIPAY_GATEWAY"] = f"http://{PORT_80}/gateway.do"
        saw = played(python(OFFICIAL, "flow_alipay_sdk_python.py"), env | bare_keys(env))
        balance = sandbox.balance("pending", currency="CNY").minor
        assert sandbox.audit()["ok"], sandbox.audit()
        server.close()
    assert (saw["waiting"]["code"], saw["cancelled"]["action"]) == ("10003", "close")
    assert saw["declined"]["sub_code"] == "ACQ.BUYER_BALANCE_NOT_ENOUGH"
    assert (saw["paid"]["code"], saw["gbk"]["code"]) == ("10000", "10000")
    assert saw["query"]["trade_status"] == "TRADE_SUCCESS"
    check_refunds(saw["refunds"])
    assert [(each["verified"], each.get("refund_fee")) for each in saw["told"]] == [
        (True, None), (True, "3.00"), (True, "6.01"), (True, "9.03"),
    ]
    assert saw["told"][0]["passback_params"] == "a%3D1%26b%3D%E4%B8%AD"
    check_after_payment(saw)
    assert moved(saw["bill"]) == balance
    assert saw["image"]["image_id"].startswith("A*")


@pytest.mark.parametrize("mode", ["keys", "certificates"])
def test_npm_alipay_sdk(alipay_server: PaydoubleServer, sandbox: Sandbox, tmp_path: Path, mode: str) -> None:
    saw = played(node("flow_alipay_sdk.mjs", mode), environment(alipay_server, sandbox, tmp_path))
    assert (saw["waiting"]["code"], saw["cancelled"]["action"]) == ("10003", "close")
    assert saw["told"] == {"status": "TRADE_SUCCESS", "verified": True}
    assert saw["query"]["tradeStatus"] == saw["encrypted"]["tradeStatus"] == "TRADE_SUCCESS"
    check_refunds(saw["refunds"])
    assert saw["v3"]["out_trade_no"] == "NV1"
    assert saw["v3encrypted"]["trade_status"] == "TRADE_SUCCESS"
    assert (saw["v3refused"]["code"], saw["v3refused"]["status"]) == ("ACQ.TRADE_NOT_EXIST", 400)
    assert saw["v3get"]["available_amount"] == "1000000.00"
    assert saw["page"].startswith(alipay_server.url)
    assert saw["app"]["resultStatus"] == "9000"
    assert "alipay_trade_app_pay_response" in saw["app"]["result"]


@pytest.mark.parametrize("protocol", ["v2", "v3"])
def test_npm_alipay_sdk_after_payments(
    alipay_server: PaydoubleServer, sandbox: Sandbox, tmp_path: Path, protocol: str
) -> None:
    """Shares, frozen money, a transfer, and bills that say what the ledger says."""
    env = environment(alipay_server, sandbox, tmp_path)
    saw = played(node("flow_alipay_sdk_after.mjs", protocol), env)
    check_after_payment(saw)
    assert saw["refunded"]["refund_fee"] == "12.34"
    trades = rows_of(saw["bills"]["trade"])
    assert [(row["商户订单号"].strip(), row["业务类型"], row["商家实收（元）"]) for row in trades] == [
        ("S1", "交易", "100.00"), ("S1", "退款", "-12.34"), ("A1P", "交易", "60.00"),
    ]
    # Paid less the shares, the refund and the transfer, and less 0.6 % of what was not refunded.
    left = 16_000 - 5_000 - 1_234 - 700 - (53 + 36)
    assert moved(saw["bills"]["signcustomer"]) == left == sandbox.balance("pending", currency="CNY").minor


def test_npm_alipay_sdk_uploads(alipay_server: PaydoubleServer, sandbox: Sandbox, tmp_path: Path) -> None:
    saw = played(node("upload_alipay_sdk.mjs"), environment(alipay_server, sandbox, tmp_path))
    assert saw["v2"].get("imageId", "").startswith("A*"), saw
    assert saw["program"]["subCode"] == "isv.invalid-file-extension"
    assert saw["v3"]["file_id"].startswith("A*")
    assert saw["v3program"] == {"code": "invalid-file-extension", "status": 400}


def check_after_payment(saw: dict[str, Any]) -> None:
    assert saw["bound"]["result_code"] == "SUCCESS"
    shares = [(each["trans_in"], each["amount"], each["state"]) for each in saw["split"]["royalty_detail_list"]]
    assert shares == [("2088102100004811", "30.00", "SUCCESS"), ("2088102100004812", "20.00", "SUCCESS")]
    check_frozen(saw)
    assert (saw["sent"]["status"], saw["sent"]["out_biz_no"]) == ("SUCCESS", "T1")


def check_frozen(saw: dict[str, Any]) -> None:
    """Frozen, paid out of in part, and the rest freed."""
    assert (saw["frozen"]["status"], saw["freed"]["status"]) == ("SUCCESS", "SUCCESS")
    assert saw["taken"]["total_amount"] == "60.00"
    assert (saw["after"]["rest_amount"], saw["after"]["order_status"]) == ("0.00", "FINISH")


def rows_of(archive: str) -> list[dict[str, str]]:
    """The lines of a bill's first file; the archive is in base64."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(archive))) as files:
        text = files.read(files.namelist()[0]).decode("gbk")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def moved(archive: str) -> int:
    """What an account bill adds up to, in fen."""
    return sum(fen(row["收入金额（+元）"]) + fen(row["支出金额（-元）"]) for row in rows_of(archive))


def fen(yuan: str) -> int:
    return int(Decimal(yuan.strip() or "0") * 100)
