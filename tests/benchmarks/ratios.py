"""The goals that are measured: each a ratio of two things taken in the same round."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests import sdks
from tests.benchmarks import rules
from tests.benchmarks.exchange import Counted, exchange, http
from tests.benchmarks.growth import flat_lists
from tests.benchmarks.processes import (
    Served,
    answers,
    bare_aiohttp,
    beside_a_busy_core,
    free_port,
    paydouble,
    served,
)
from tests.benchmarks.ratio import Ratio

ROUNDS = 5
SIGNED_CALLS = 3_000
CREATES = 400
STRIPE_OBJECTS = 500
STRIPE_KEY = "sk_test_paydouble_default"


def control(port: int, path: str, body: object = None) -> dict[str, object]:
    """One call of the control API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/_paydouble{path}", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        loaded: dict[str, object] = json.load(answer)
        return loaded


def start_up() -> Ratio:
    """Process start to the first answer of the health check, against the least that an aiohttp server needs."""
    ratio = Ratio("ready ÷ bare aiohttp server", at_most=1.3)
    return _started(ratio, lambda ours: ours.ready_s)


def first_call() -> Ratio:
    """Process start to the first answer of a provider, asked as soon as the port is open; no goal."""
    ratio = Ratio("first Stripe answer ÷ bare aiohttp server's first")
    return _started(ratio, _first_stripe_answer)


def _first_stripe_answer(ours: Served) -> float:
    answers(ours.port, "/v1/balance", f"Authorization: Bearer {STRIPE_KEY}\r\n")
    return time.perf_counter() - ours.started


def _started(ratio: Ratio, measured: Callable[[Served], float]) -> Ratio:
    for _ in range(ROUNDS + 1):
        with bare_aiohttp() as bare:
            reference = bare.ready_s
        with paydouble() as ours:
            took = measured(ours)
        ratio.rounds.append(took / reference)
        ratio.said.append(f"{took * 1e3:.0f} ms against {reference * 1e3:.0f} ms")
    return _warmed(ratio)


def _warmed(ratio: Ratio) -> Ratio:
    """Without its first round, which filled the page cache, or in which the server loaded what it does later."""
    ratio.rounds.pop(0)
    ratio.said.pop(0)
    return ratio


def rsa_bound(key: RSAPrivateKey) -> float:
    """Sign and verify pairs a second on one core, by OpenSSL itself where its command is there."""
    try:
        said = beside_a_busy_core(["openssl", "speed", "-seconds", "1", "rsa2048"])
        sign_s, verify_s = (float(word.rstrip("s")) for word in said.split("\n")[-2].split()[3:5])
        return 1 / (sign_s + verify_s)
    except (OSError, ValueError, IndexError):
        return _pairs_per_second(key)


def _pairs_per_second(key: RSAPrivateKey) -> float:
    public, pairs, begun = key.public_key(), 0, time.process_time()
    while time.process_time() - begun < 1:
        signature = key.sign(b"text", padding.PKCS1v15(), hashes.SHA256())
        public.verify(signature, b"text", padding.PKCS1v15(), hashes.SHA256())
        pairs += 1
    return pairs / (time.process_time() - begun)


@dataclass(slots=True)
class WechatMerchant:
    """Signs queries as a merchant of the default sandbox does."""

    mchid: str
    serial: str
    key: RSAPrivateKey

    def query(self, number: str, port: int) -> bytes:
        target = f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.mchid}"
        return self.signed("GET", target, port)

    def signed(self, method: str, target: str, port: int, body: bytes = b"") -> bytes:
        now, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"{method}\n{target}\n{now}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        authorization = (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{self.mchid}",nonce_str="{nonce}",timestamp="{now}",'
            f'serial_no="{self.serial}",signature="{signature}"'
        )
        headers = {
            "Authorization": authorization, "Accept": "application/json", "User-Agent": "bench",
            "Content-Type": "application/json",
        }
        return http(method, target, port, headers, body)


def wechat_merchant(port: int) -> WechatMerchant:
    fields = control(port, "/sandboxes/default/credentials")["wechatpay"]
    assert isinstance(fields, dict)
    key = serialization.load_pem_private_key(fields["private_key_pem"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return WechatMerchant(fields["mchid"], fields["serial_no"], key)


def order_of(merchant: WechatMerchant, number: str) -> bytes:
    return json.dumps({
        "appid": "wx4800d0b1e0004800", "mchid": merchant.mchid, "description": "bench",
        "out_trade_no": number, "notify_url": "http://127.0.0.1:9/notify", "amount": {"total": 100},
    }).encode()


def signed_calls() -> Ratio:
    """WeChat Pay queries, each verified and its answer signed, per CPU second of the server."""
    ratio = Ratio("WeChat Pay signed calls ÷ RSA bound of one core", at_least=0.6)
    with paydouble() as server:
        merchant = wechat_merchant(server.port)
        number = f"bench{secrets.token_hex(8)}"
        body = order_of(merchant, number)
        order = merchant.signed("POST", "/v3/pay/transactions/native", server.port, body)
        made = asyncio.run(exchange(server.port, lambda _: order, 1, 1))
        assert made.failures == 0, "the order was refused"
        for _ in range(ROUNDS + 1):
            bound = rsa_bound(merchant.key)
            pool = [merchant.query(number, server.port) for _ in range(200)]
            per_cpu_second = _per_cpu_second(server, lambda i, p=pool: p[i % len(p)], SIGNED_CALLS)
            ratio.rounds.append(per_cpu_second / bound)
            ratio.said.append(f"{per_cpu_second:.0f}/s of {bound:.0f}/s")
    return _warmed(ratio)


def _per_cpu_second(server: Served, request: Callable[[int], bytes], calls: int) -> float:
    before = server.cpu_s()
    counted = asyncio.run(exchange(server.port, request, calls, 8))
    assert counted.failures == 0, f"{counted.failures} of {counted.calls} calls failed"
    return counted.calls / (server.cpu_s() - before)


@contextlib.contextmanager
def localstripe() -> Iterator[Served]:
    """The stateful Stripe double that most projects know, from its package."""
    python = sdks.python_with("localstripe==1.15.10", "setuptools<81")
    port = free_port()
    command = [str(Path(python).with_name("localstripe")), "--port", str(port), "--from-scratch"]
    with served(command, port) as server:
        yield server


def _customer(port: int) -> Callable[[int], bytes]:
    headers = {
        "Authorization": f"Bearer {STRIPE_KEY}", "Content-Type": "application/x-www-form-urlencoded",
    }
    return lambda number: http(
        "POST", "/v1/customers", port, headers, f"email=c{number}%40example.com&name=Bench".encode()
    )


def _creates(port: int, calls: int) -> Counted:
    counted = asyncio.run(exchange(port, _customer(port), calls, 1))
    assert counted.failures == 0, f"{counted.failures} of {counted.calls} creates failed"
    return counted


def stripe_creates() -> Ratio:
    """Creating one more customer among 500, against localstripe doing the same."""
    ratio = Ratio("Stripe creates ÷ localstripe's at 500 objects", at_least=20)
    for _ in range(3):
        with localstripe() as theirs:
            _creates(theirs.port, STRIPE_OBJECTS)
            reference = _creates(theirs.port, 20).per_second
        with paydouble() as ours:
            _creates(ours.port, STRIPE_OBJECTS)
            measured = _creates(ours.port, CREATES).per_second
        ratio.rounds.append(measured / reference)
        ratio.said.append(f"{measured:.0f}/s against {reference:.0f}/s")
    return ratio


def hundred_rules() -> Ratio:
    """What a hundred rules on the very operation that is called add to the whole call."""
    ratio = Ratio("µs that 100 rules add to a call", at_most=15)
    added = asyncio.run(rules.added_by_rules(ROUNDS))
    drawn = asyncio.run(rules.draws(ROUNDS))
    ratio.rounds = [more for _, more in added]
    ratio.said = [
        f"to {call:.0f} µs; their draw takes {draw:.1f}" for (call, _), draw in zip(added, drawn, strict=True)
    ]
    return ratio


def no_scenario() -> Ratio:
    """All that a call asks about scenarios where none is in force."""
    ratio = Ratio("µs a call without a scenario", at_most=2)
    ratio.rounds = asyncio.run(rules.asked_without(ROUNDS))
    calls = asyncio.run(rules.added_by_rules(ROUNDS))
    ratio.said = [
        f"{took:.2f} µs of a call's {call:.0f}" for took, (call, _) in zip(ratio.rounds, calls, strict=True)
    ]
    return ratio


ALL: tuple[Callable[[], Ratio], ...] = (
    start_up, first_call, signed_calls, stripe_creates, flat_lists, hundred_rules, no_scenario,
)
