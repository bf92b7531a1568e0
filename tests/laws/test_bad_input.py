"""Whatever comes in, the provider's own error goes out: never a 500, and nothing is written.

`make fuzz` sends ten thousand bodies to each operation.
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.crypto import rsa
from paydouble.engine.idempotency import KeptAnswer
from paydouble.providers import load
from paydouble.providers.paypal import tokens
from paydouble.providers.wechatpay import signatures_v2, xml
from paydouble.store.protocol import Batch
from tests.merchants import World, bracketed, world

BODIES = int(os.environ.get("PAYDOUBLE_RANDOM_BODIES", "100"))
CONTRACTS = Path(__file__).parents[2] / "contracts"
PROVIDERS = load()
CASES = [(provider, operation) for provider in PROVIDERS for operation in provider.operations]

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**8, 10**30, 1.5, 1e308, "", " ", "0", "-1", "1e3", "１００", "a" * 300, "\x00",
    "\n", "😀", "订单", "../../etc", "%00", "{{7*7}}", "'; drop table", [], {}, [[]], [None], {"": ""},
    {"a": {"b": {"c": []}}}, "null", "NaN", "<xml/>", "http://127.0.0.1:1/x?y=z#f", "pm_card_visa", "cus_x",
)  # fmt: skip


def samples(provider: Provider, operation: Operation) -> list[dict[str, Any]]:
    """Good params to spoil: the contract's own examples."""
    api = operation.routes[0].api
    folder = CONTRACTS / provider.name / api / operation.id / "examples"
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("request.*.json"))]
    return [each for each in found if isinstance(each, dict)] or [{}]


def spoiled(value: Any, dice: random.Random, depth: int = 0) -> Any:
    """The same document with something else in a few of its places."""
    if dice.random() < 0.15 or depth > 6:
        return dice.choice(NASTY)
    if isinstance(value, dict):
        kept = {key: spoiled(inner, dice, depth + 1) for key, inner in value.items() if dice.random() > 0.1}
        if dice.random() < 0.15:
            kept[dice.choice(("extra", "amount", "", "é", "metadata", "expand", "mchid"))] = dice.choice(NASTY)
        return kept
    if isinstance(value, list):
        return [spoiled(inner, dice, depth + 1) for inner in value] * dice.choice((1, 1, 1, 3))
    return value


def noise(dice: random.Random) -> bytes:
    """Bytes that were never a document, or a document cut short."""
    return dice.choice((
        lambda: dice.randbytes(dice.randrange(200)),
        lambda: b'{"amount":' * dice.randrange(1, 200),
        lambda: b"[" * 5_000,
        lambda: b"a[b[c]=d&[]=e&a[=f&%=%zz&&==",
        lambda: b'\xff\xfe{"a":1}',
        lambda: b'{"a":1,"a":2}',
        lambda: b"amount=" + dice.randbytes(20),
    ))()


Sender = Callable[[World, str, str, Any], HttpRequest]


def as_form(here: World, method: str, path: str, params: Any) -> HttpRequest:
    raw = params if isinstance(params, bytes) else _form(params)
    in_query = method != "POST"
    target = f"{path}?{raw.decode('latin-1')}" if in_query else path
    secret = here.merchant("stripe").secrets["secret_key"]
    return HttpRequest(
        method=method, target=re.sub(r"[\x00-\x20\x7f-\xff]", "%20", target), body=b"" if in_query else raw,
        id=here.simulator.new_call_id(), base_url="http://127.0.0.1:4800",
        headers=Headers((
            ("Authorization", f"Bearer {secret}"), ("Content-Type", "application/x-www-form-urlencoded"),
        )),
    )


def _form(params: Any) -> bytes:
    if not isinstance(params, dict):
        return repr(params).encode()
    return "&".join(f"{key}={quote_plus(value)}" for key, value in bracketed(params)).encode()


def as_xml(here: World, method: str, path: str, params: Any) -> HttpRequest:
    """WeChat Pay v2: the caller is known and signs well, whatever else it sends."""
    merchant = here.merchant("wechatpay")
    # Noise that is no XML at all would be nobody's: it is sent as a field.
    if isinstance(params, bytes):
        params = {"noise": params.decode("latin-1")}
    if isinstance(params, dict):
        words = {re.sub(r"[^A-Za-z0-9_]", "_", f"x{name}")[1:] or "x": str(value) for name, value in params.items()}
        fields = {**words, "appid": merchant.secrets["appid"], "mch_id": merchant.id, "sign_type": "MD5"}
        spoken = {name: re.sub(r"[\x00-\x1f\ud800-\udfff]", "", text).strip() for name, text in fields.items()}
        params = spoken
    else:
        params = {"mch_id": merchant.id}
    signed = {**params, "sign": signatures_v2.sign(params, merchant.secrets["apiv2_key"], "MD5")}
    return HttpRequest(
        method=method, target=path, body=xml.write(signed), id=here.simulator.new_call_id(),
        base_url="http://127.0.0.1:4800", headers=Headers((("Content-Type", "text/xml"),)),
    )


def as_wechat(here: World, method: str, path: str, params: Any) -> HttpRequest:
    return (as_json if path.startswith("/v3/") else as_xml)(here, method, path, params)


def as_json(here: World, method: str, path: str, params: Any) -> HttpRequest:
    if method == "GET":
        return here.signed(method, path, b"")
    raw = params if isinstance(params, bytes) else json.dumps(params).encode()
    return here.signed(method, path, raw)


def as_gateway(here: World, method: str, path: str, params: Any) -> HttpRequest:
    """Signed as the SDKs do; the path ends with `#` and the method's name."""
    raw = params if isinstance(params, bytes) else json.dumps(params).encode()
    merchant, target = here.merchant("alipay"), path.partition("#")
    values = {
        b"app_id": merchant.id.encode(), b"method": target[2].encode(), b"charset": b"utf-8", b"sign_type": b"RSA2",
        b"timestamp": b"2026-03-01 12:00:00", b"version": b"1.0", b"biz_content": raw,
    }
    text = b"&".join(name + b"=" + values[name] for name in sorted(values) if values[name])
    values[b"sign"] = rsa.sign_sha256(merchant.keys.private("merchant"), text).encode()
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in values.items()).encode()
    return HttpRequest(
        method=method, target=target[0], body=body, id=here.simulator.new_call_id(),
        base_url="http://127.0.0.1:4800",
        headers=Headers((("Content-Type", "application/x-www-form-urlencoded"),)),
    )


def as_bearer(here: World, method: str, path: str, params: Any) -> HttpRequest:
    """PayPal: JSON under a token that says itself whose it is; the token itself is asked for by a form."""
    merchant = here.merchant("paypal")
    client, secret = merchant.id, merchant.secrets["client_secret"]
    body = params.get("patches", params) if isinstance(params, dict) else params
    raw = params if isinstance(params, bytes) else json.dumps(body).encode()
    in_query = method in ("GET", "DELETE")
    authorization, kind = f"Bearer {tokens.issue(client, secret, 'nonce')}", "application/json"
    if path.startswith("/v1/oauth2/"):
        raw = params if isinstance(params, bytes) else _form(params)
        basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
        authorization, kind = f"Basic {basic}", "application/x-www-form-urlencoded"
    elif in_query and not isinstance(params, bytes):
        raw = _form(params)
    target = re.sub(r"[\x00-\x20\x7f-\xff]", "%20", f"{path}?{raw.decode('latin-1')}" if in_query else path)
    return HttpRequest(
        method=method, target=target, body=b"" if in_query else raw, id=here.simulator.new_call_id(),
        base_url="http://127.0.0.1:4800",
        headers=Headers((("Authorization", authorization), ("Content-Type", kind))),
    )


SENDERS: dict[str, Sender] = {
    "stripe": as_form, "wechatpay": as_wechat, "alipay": as_gateway, "paypal": as_bearer,
}


def is_refusal(provider: Provider, answer: HttpResponse) -> bool:
    """Alipay's gateway answers everything with 200: a refusal has a `sub_code`, or is a page that says so."""
    if provider.name == "alipay":
        return b'"sub_code":' in answer.body or "错误代码".encode("gbk") in answer.body
    # WeChat Pay v2 says 200 to everything too, and FAIL in one of two places.
    return answer.status >= 400 or b"_code><![CDATA[FAIL]]>" in answer.body


def requests(
    here: World, provider: Provider, operation: Operation, dice: random.Random
) -> Iterator[HttpRequest]:
    route, good = operation.routes[0], samples(provider, operation)
    send = SENDERS[provider.name]
    for number in range(BODIES):
        example = dice.choice(good)
        params = noise(dice) if number % 10 == 0 else spoiled(example, dice)
        path = re.sub(r"\{(\w+)\}", lambda match: dice.choice(("x", "%00", "%7C", "..", "pi_1")), route.path)
        if isinstance(params, dict):
            params = {name: value for name, value in params.items() if f"{{{name}}}" not in route.path}
        yield send(here, route.method, f"{path}#{route.selector}" if route.selector else path, params)


class Watched:
    """The store, with every write that a call made."""

    def __init__(self, here: World) -> None:
        self.written: list[str] = []
        commit = here.simulator.store.commit

        async def noted(batch: Batch) -> None:
            kinds = {kind for kind, _ in (*batch.puts, *batch.removes)} - {KeptAnswer.kind}
            self.written += [*kinds, *(entry.kind for entry in batch.entries)]
            await commit(batch)

        here.simulator.store.commit = noted  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("provider", "operation"), CASES, ids=lambda case: getattr(case, "id", getattr(case, "name", ""))
)
async def test_random_bodies_get_the_providers_own_error(provider: Provider, operation: Operation) -> None:
    dice = random.Random(f"{provider.name} {operation.id}")
    async with world() as here:
        accepted, watched = 0, Watched(here)
        for request in requests(here, provider, operation, dice):
            before = here.sandbox.log.errors
            watched.written.clear()
            answer = await here.simulator.serve(provider.name, request)
            assert answer.status < 500, (request.target, request.body[:300], answer.body)
            refused = here.sandbox.log.errors > before
            assert refused == is_refusal(provider, answer), (request.body[:300], answer.status)
            declined = answer.status == 402    # a card that is refused leaves a failed charge in the books
            assert not watched.written or declined or not refused, (request.body[:300], watched.written)
            accepted += not refused
        assert here.sandbox.log.internal_errors == []
        takes_nothing = operation.reads and "{" not in operation.routes[0].path
        assert accepted < BODIES or takes_nothing, "nothing was ever refused: the test is blind"
