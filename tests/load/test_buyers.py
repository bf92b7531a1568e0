"""Two seconds of each Locust user against a live server; Locust runs in a process of its own, as it patches its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WITHIN_S = 90

pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="Locust is not installed: paydouble[load]")


def environment(**more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYDOUBLE_")}
    path = os.pathsep.join([str(ROOT / "simulator"), str(ROOT)])
    return {**own, "PYTHONPATH": path, **more}


def loadtest(folder: Path, *told: str) -> dict[str, Any]:
    """The result of `paydouble loadtest`, with its exit code and what it printed."""
    command = [sys.executable, "-m", "paydouble", "loadtest", "--time", "2s", "--report", str(folder), *told]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False,
                          cwd=ROOT, env=environment())
    result = folder / "result.json"
    assert result.exists(), done.stdout + done.stderr
    return {**json.loads(result.read_text()), "code": done.returncode, "printed": done.stdout + done.stderr}


def requests(result: dict[str, Any], method: str = "") -> dict[str, int]:
    return {row["name"]: row["requests"] for row in result["rows"] if method in ("", row["method"])}


# fmt: off
OPERATIONS = {
    "alipay": {
        "alipay trade.precreate", "alipay trade.query", "alipay trade.refund", "alipay trade.fastpay.refund.query",
        "paydouble payments.act",
    },
    "paypal": {
        "paypal orders.create", "paypal orders.capture", "paypal orders.get", "paypal captures.refund",
        "paydouble payments.act",
    },
    "stripe": {
        "stripe payment_intents.create", "stripe payment_intents.confirm", "stripe payment_intents.retrieve",
        "stripe refunds.create", "stripe refunds.retrieve",
    },
    "wechatpay": {
        "wechatpay transactions.native", "wechatpay transactions.query_by_out_trade_no",
        "wechatpay refunds.create", "wechatpay refunds.query", "paydouble payments.act",
    },
}
CALLBACKS = {
    "alipay":    {"alipay trade_status_sync.TRADE_SUCCESS", "alipay trade_status_sync.refund"},
    "paypal":    {"paypal PAYMENT.CAPTURE.COMPLETED", "paypal PAYMENT.CAPTURE.REFUNDED"},
    "stripe":    {"stripe payment_intent.succeeded", "stripe refund.created"},
    "wechatpay": {"wechatpay TRANSACTION.SUCCESS", "wechatpay REFUND.SUCCESS"},
}
# fmt: on


@pytest.mark.parametrize("provider", sorted(OPERATIONS))
def test_every_call_of_a_buyer_succeeds_and_every_callback_comes(tmp_path: Path, provider: str) -> None:
    result = loadtest(tmp_path, provider, "--users", "2")
    assert result["code"] == 0, result["printed"]
    assert result["failures"] == []
    callbacks, verdict = requests(result, "CALLBACK"), result["verdict"]
    assert set(requests(result)) == OPERATIONS[provider] | CALLBACKS[provider]
    assert set(callbacks) == CALLBACKS[provider]
    assert verdict["promised"] == verdict["received"] == sum(callbacks.values()) > 0
    assert verdict["ok"]
    assert "audit clean" in result["printed"]
    assert (tmp_path / "report.html").exists()


def test_in_the_open_loop_buyers_of_all_providers_arrive_on_schedule(tmp_path: Path) -> None:
    result = loadtest(tmp_path, "--rate", "20")
    assert result["code"] == 0, result["printed"]
    verdict, arrivals = result["verdict"], requests(result, "ARRIVAL")
    assert verdict["dropped"] == 0
    assert verdict["arrivals"] == sum(arrivals.values())
    assert 0 < verdict["arrivals"] <= 20 * (verdict["seconds"] + 1)
    assert set(arrivals) == {"AlipayBuyer", "PayPalBuyer", "StripeBuyer", "WechatpayBuyer"}
    assert "open loop: 20 arrivals a second" in result["printed"]


def test_workers_settle_their_own_books(tmp_path: Path) -> None:
    result = loadtest(tmp_path, "stripe", "--users", "2", "--processes", "2")
    assert result["code"] == 0, result["printed"]
    assert result["verdict"]["promised"] == sum(requests(result, "CALLBACK").values()) > 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that takes free ports."""
    folder = tmp_path_factory.mktemp("server")
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "paydouble", "serve", "--port", "0", "--tls-port", "0",
               "--ready-file", str(ready)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environment())
    try:
        while not ready.exists():
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        yield json.loads(ready.read_text())["url"]
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    ("shop", "complaint"),
    [("with_the_wrong_secret", "callbacks could not be verified"), ("that_never_hears", "callbacks never came")],
)
def test_a_run_fails_whose_callbacks_were_not_all_good(server: str, shop: str, complaint: str) -> None:
    wrong = Path(__file__).with_name("wrong_shops.py")
    command = [sys.executable, "-m", "locust", "-f", str(wrong), "--headless", "--host", server, "-u", "1",
               "-t", "1s", "--stop-timeout", "10", "--only-summary"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False,
                          env=environment(PAYDOUBLE_LOAD_PROVIDERS="stripe", WRONG_SHOP=shop))
    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stderr
