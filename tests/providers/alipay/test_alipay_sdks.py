"""Whole purchases through unchanged SDKs, over real sockets: each checks every signature by its own means."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from paydouble.client.sandbox import Sandbox
from paydouble.crypto import rsa
from paydouble.providers.alipay import build
from paydouble.providers.alipay.merchants import ENVIRONMENT, FILES
from paydouble.server.settings import ListenAt, Settings
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests import sdks

SDK = Path(__file__).parent / "sdk"
PATIENCE_S = 60
PORT_80 = "127.0.0.2"
"""Alipay's own Python SDK knows no port."""
MUCH = "ACQ.REASON_TRADE_REFUND_FEE_ERR"


@pytest.fixture(scope="module")
def alipay_server() -> Iterator[PaydoubleServer]:
    with InProcessServer(Settings(port=0, tls_port=None, seed=0, strict=True), providers=[build()]) as running:
        server = PaydoubleServer(running.url)
        yield server
        server.close()


@pytest.fixture
def sandbox(alipay_server: PaydoubleServer) -> Iterator[Sandbox]:
    here = alipay_server.sandbox()
    yield here
    assert here.audit()["ok"], here.audit()
    here.delete()


def environment(server: PaydoubleServer, sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """What `paydouble run` exports, for this sandbox."""
    fields: Mapping[str, str] = sandbox.credentials["alipay"]
    given = {name: fields[field] for name, field in ENVIRONMENT.items()}
    for name, field in FILES.items():
        path = folder / f"{field}.txt"
        path.write_text(fields[field])
        given[name] = str(path)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **given, "PAYDOUBLE_URL": server.url, "SANDBOX": sandbox.id}


def played(command: list[str], env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    saw: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return saw


def check_refunds(refunds: list[dict[str, Any]]) -> None:
    """Three in part, and one too many."""
    assert [each.get("refund_fee", each.get("refundFee")) for each in refunds[:3]] == ["3.00", "6.01", "9.03"]
    assert refunds[3].get("sub_code", refunds[3].get("subCode")) == MUCH


@pytest.mark.parametrize("mode", ["keys", "certificates"])
def test_python_alipay_sdk(
    alipay_server: PaydoubleServer, sandbox: Sandbox, tmp_path: Path, mode: str
) -> None:
    python = sdks.python_with("python-alipay-sdk==3.4.0")
    env = environment(alipay_server, sandbox, tmp_path)
    saw = played([str(python), str(SDK / "flow_python_alipay_sdk.py"), mode], env)
    assert (saw["waiting"]["code"], saw["cancelled"]["action"]) == ("10003", "close")
    assert saw["paid_at_once"]["code"] == saw["precreated"]["code"] == "10000"
    assert (saw["told"]["trade_status"], saw["told"]["verified"]) == ("TRADE_SUCCESS", True)
    assert saw["query"]["trade_status"] == "TRADE_SUCCESS"
    check_refunds(saw["refunds"])
    assert saw["refund"]["refund_amount"] == "3.01"
    assert (saw["bound"]["result_code"], saw["settled"]["code"]) == ("SUCCESS", "10000")
    assert saw.get("sent", {}).get("status") == ("SUCCESS" if mode == "certificates" else None)


def test_alipay_sdk_python_on_port_80(tmp_path: Path) -> None:
    settings = Settings(port=0, tls_port=None, seed=0, strict=True, listen=(ListenAt("alipay", 80, PORT_80),))
    try:
        running = InProcessServer(settings, providers=[build()])
    except OSError as error:
        pytest.skip(f"port 80 of {PORT_80} is not to be had: {error}")
    with running:
        server = PaydoubleServer(running.url)
        env = environment(server, server.sandbox(), tmp_path)
        env["ALIPAY_GATEWAY"] = f"http://{PORT_80}/gateway.do"
        env |= bare_keys(env)
        python = sdks.python_with("alipay-sdk-python==3.7.1411")
        saw = played([str(python), str(SDK / "flow_alipay_sdk_python.py")], env)
        server.close()
    assert (saw["waiting"]["code"], saw["cancelled"]["action"]) == ("10003", "close")
    assert saw["declined"]["sub_code"] == "ACQ.BUYER_BALANCE_NOT_ENOUGH"
    assert (saw["paid"]["code"], saw["gbk"]["code"]) == ("10000", "10000")
    assert saw["query"]["trade_status"] == "TRADE_SUCCESS"
    check_refunds(saw["refunds"])


def bare_keys(env: Mapping[str, str]) -> dict[str, str]:
    """Both keys as this SDK wants them: base64 without the lines around it."""
    private = rsa.load_private(Path(env["ALIPAY_APP_PRIVATE_KEY_PATH"]).read_bytes(), ours=True)
    pkcs1 = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption()
    ).decode()
    public = Path(env["ALIPAY_PUBLIC_KEY_PATH"]).read_text()
    return {"ALIPAY_APP_PRIVATE_KEY_PKCS1": _bare(pkcs1), "ALIPAY_PUBLIC_KEY": _bare(public)}


def _bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


@pytest.mark.parametrize("mode", ["keys", "certificates"])
def test_npm_alipay_sdk(alipay_server: PaydoubleServer, sandbox: Sandbox, tmp_path: Path, mode: str) -> None:
    modules = sdks.node_modules(SDK)
    node = shutil.which("node")
    assert node is not None
    program = sdks.beside(modules, SDK / "flow_alipay_sdk.mjs")
    saw = played([node, str(program), mode], environment(alipay_server, sandbox, tmp_path))
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
