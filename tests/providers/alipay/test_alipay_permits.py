"""What only the store knows of a call: tokens to act for a merchant, and nonces that come again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from paydouble.core.clock import DAY, MINUTE
from paydouble.core.http import Headers, HttpRequest
from paydouble.crypto import rsa
from tests.providers.alipay.shop import BASE, Shop, opened

QUERY = "/v3/alipay/trade/query"


async def granted(shop: Shop) -> dict[str, Any]:
    """The merchant lets the app act for it, on the page that it is sent to."""
    back = await shop.visit(
        f"/oauth2/appToAppAuth.htm?app_id={shop.merchant.id}&redirect_uri=http://127.0.0.1:9/x", b"ok=1"
    )
    code = dict(parse_qsl(urlsplit(back.header("Location")).query))["app_auth_code"]
    got = await shop.call("open.auth.token.app", {"grant_type": "authorization_code", "code": code})
    assert got.code == "10000"
    return got.value


async def test_a_token_to_act_for_a_merchant_is_looked_up(shop: Shop) -> None:
    await shop.paid("P1")
    token = (await granted(shop))["app_auth_token"]
    query = {"out_trade_no": "P1"}
    assert (await shop.call("trade.query", query, app_auth_token=token)).code == "10000"
    unknown = await shop.call("trade.query", query, app_auth_token="nobodys")
    assert (unknown.code, unknown.sub_code, unknown.signed) == ("20001", "aop.invalid-app-auth-token", True)
    valid = await shop.call("open.auth.token.app.query", {"app_auth_token": token})
    assert (valid["status"], valid["auth_app_id"]) == ("valid", shop.merchant.id)
    await shop.advance(365 * DAY)
    late = await shop.call("trade.query", query, app_auth_token=token)
    assert (late.code, late.sub_code) == ("20001", "aop.app-auth-token-time-out")
    assert (await shop.call("open.auth.token.app.query", {"app_auth_token": token}))["status"] == "invalid"


async def test_a_token_of_v3_is_signed_and_looked_up(shop: Shop) -> None:
    await shop.paid("P1")
    token = (await granted(shop))["app_auth_token"]
    for sent, status, code in ((token, 200, None), ("nobodys", 401, "invalid-app-auth-token")):
        answer = await shop.raw(signed(shop, "n-" + sent, {"out_trade_no": "P1"}, sent))
        assert (answer.status, json.loads(answer.body).get("code")) == (status, code)


async def test_nobody_asks_for_a_token_in_anothers_name(shop: Shop) -> None:
    token = (await granted(shop))["app_auth_token"]
    asked = {"grant_type": "refresh_token", "refresh_token": "x"}
    refused = await shop.call("open.auth.token.app", asked, app_auth_token=token)
    assert (refused.code, refused.sub_code) == ("40002", "isv.not-support-app-auth")


def signed(shop: Shop, nonce: str, body: dict[str, str], token: str = "") -> HttpRequest:
    auth = f"app_id={shop.merchant.id},nonce={nonce},timestamp={round(time.time() * 1_000)}"
    raw = json.dumps(body).encode()
    message = f"{auth}\nPOST\n{QUERY}\n".encode() + raw + b"\n" + (f"{token}\n".encode() if token else b"")
    sign = rsa.sign_sha256(shop.merchant.keys.private("merchant"), message)
    headers = [("authorization", f"ALIPAY-SHA256withRSA {auth},sign={sign}")]
    if token:
        headers.append(("alipay-app-auth-token", token))
    return HttpRequest(
        method="POST", target=QUERY, headers=Headers(tuple(headers)), body=raw,
        id=shop.simulator.new_call_id(), base_url=BASE,
    )


async def test_a_nonce_that_comes_again_is_refused(shop: Shop) -> None:
    await shop.paid("P1")
    request = signed(shop, "once", {"out_trade_no": "P1"})
    assert (await shop.raw(request)).status == 200
    again = await shop.raw(replace(request, id=shop.simulator.new_call_id()))
    assert (again.status, json.loads(again.body)["code"]) == (400, "invalid-parameter")
    assert (await shop.raw(signed(shop, "twice", {"out_trade_no": "P1"}))).status == 200
    await shop.advance(10 * MINUTE)
    assert (await shop.raw(replace(request, id=shop.simulator.new_call_id()))).status == 200


@pytest.mark.parametrize("setting", ["on", "off"])
async def test_nonces_may_be_let_alone(setting: str) -> None:
    async with opened({"v3_nonce_once": setting}) as shop:
        await shop.paid("P1")
        request = signed(shop, "same", {"out_trade_no": "P1"})
        statuses = [(await shop.raw(replace(request, id=f"call_{n}"))).status for n in range(2)]
        assert statuses == [200, 400 if setting == "on" else 200]
