"""What the command refuses before anything is started, and how it words a result."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner, Result

from paydouble.cli import load_summary
from paydouble.cli import loadtest as command
from paydouble.cli.endings import ENVIRONMENT, USAGE


def called(*told: str) -> Result:
    return CliRunner().invoke(command.loadtest, told)


@pytest.fixture
def with_locust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _name: object())


@pytest.mark.parametrize(
    "url", ["https://api.stripe.com", "http://api.mch.weixin.qq.com", "http://192.168.0.7:4800",
            "https://127.0.0.1:4843", "http://127.0.0.1.example.com", "ftp://localhost", "localhost:4800"],
)
def test_load_goes_nowhere_but_to_loopback(url: str) -> None:
    done = called("--url", url)
    assert done.exit_code == USAGE
    assert "loopback" in done.output


@pytest.mark.parametrize("url", ["http://127.0.0.1:4800/", "http://localhost:4800", "http://[::1]:4800"])
def test_loopback_is_taken_by_name_and_by_number(
    url: str, monkeypatch: pytest.MonkeyPatch, with_locust: None
) -> None:
    seen = []
    monkeypatch.setattr(command, "_run", lambda wanted, place, at, *rest, **more: seen.append(at))
    called("--url", url)
    assert seen == [url.rstrip("/")]


def test_without_locust_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _name: None)
    done = called()
    assert done.exit_code == ENVIRONMENT
    assert "paydouble[load]" in done.output


@pytest.mark.usefixtures("with_locust")
@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("nosuch",), "there are some for alipay, paypal, stripe, wechatpay"),
        (("--master", "--worker"), "exclude each other"),
        (("--time", "soon"), "is no time"),
        (("--rate", "0"), "--rate"),
        (("--users", "0"), "--users"),
    ],
)
def test_what_cannot_be_is_refused(told: tuple[str, ...], said: str) -> None:
    done = called(*told)
    assert done.exit_code == USAGE
    assert said in done.output


VERDICT = {
    "promised": 3, "missing": ["stripe refund.created of a/0"], "unverifiable": [], "duplicates": 0, "unasked": 0,
    "laws_broken": [], "arrivals": 20, "dropped": 4, "seconds": 2.0,
    "cpu": 0.93, "server_cpu": 0.5,
}
TOOK = {"p50": 2, "p95": 4, "p99": 9, "max": 11}


def result(**more: Any) -> dict[str, Any]:
    rows = [
        {"method": "POST", "name": "wechatpay refunds.create", "requests": 400, "failures": 1, **TOOK},
        {"method": "CALLBACK", "name": "wechatpay REFUND.SUCCESS", "requests": 200, "failures": 0, **TOOK},
    ]
    return {
        "rate": 0, "users": 7, "rows": rows, "all_calls": TOOK, "failures": ["1 × …: 500"],
        "verdict": VERDICT, "complaints": ["1 callbacks never came"], **more,
    }


def test_a_summary_says_who_was_the_limit() -> None:
    said = load_summary.summary(result(), rsa_bound=1_000.0)
    assert "closed loop: 7 users" in said
    assert "93% of a core, its busiest process; its latencies are its own queue" in said
    assert "50% of a core, 2500 µs a call" in said
    assert "200 signed calls a second, 20% of the 1,000" in said


def test_a_summary_counts_callbacks_apart_from_calls() -> None:
    total = next(line for line in load_summary.summary(result()).splitlines() if "all calls" in line)
    assert total.split()[2:5] == ["400", "200", "1"]


def test_a_summary_tells_what_is_wrong() -> None:
    said = load_summary.summary(result())
    assert "3 promised, 1 lost" in said
    assert "complaint   1 callbacks never came" in said
    assert "failed      1 × …: 500" in said


def test_a_summary_states_the_arrivals_that_were_dropped() -> None:
    said = load_summary.summary(result(rate=10.0))
    assert "open loop: 10 arrivals a second, 20 came, 4 of them dropped; 2.0 s until" in said
