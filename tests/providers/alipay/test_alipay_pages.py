"""The cashier, visited as a browser would: log in, pay, be asked for a code, fail, leave, and come back signed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from paydouble.core.effect import Outcome, Plan, Result
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.crypto import rsa
from paydouble.server.pages import visited
from tests.providers.alipay.shop import BASE, FORM, NOTIFY, Shop, opened

ORDER = {"out_trade_no": "P1", "total_amount": "88.88", "subject": "<b>测试 & 商品</b>",
         "product_code": "FAST_INSTANT_TRADE_PAY"}
BACK = "http://127.0.0.1:9/return?shop=1"


class Browser:
    """Follows the cashier's forms."""

    def __init__(self, shop: Shop, url: str) -> None:
        self._shop = shop
        self.url = url
        self.answer = HttpResponse(0)

    async def open(self, **form: str) -> str:
        """The page's text; with a form, what comes of sending it."""
        request = HttpRequest(
            method="POST" if form else "GET", target=self.url.removeprefix(BASE),
            headers=Headers((("Content-Type", FORM),)), body=urlencode(form).encode(),
            id=self._shop.simulator.new_call_id(), base_url=BASE,
        )
        answer = await visited(self._shop.simulator.visits, "alipay", request)
        assert answer is not None
        self.answer = answer
        return answer.body.decode()


async def cashier(shop: Shop, method: str = "trade.page.pay", **common: str) -> Browser:
    values = shop.signed(shop.values(f"alipay.{method}", ORDER, notify_url=NOTIFY, return_url=BACK, **common))
    answer = await shop.raw(shop.request(values, "GET"))
    assert (answer.status, answer.body) == (302, b"")
    return Browser(shop, answer.header("Location"))


@pytest.mark.parametrize(("method", "told"), [
    ("trade.page.pay", "alipay.trade.page.pay.return"), ("trade.wap.pay", "alipay.trade.wap.pay.return"),
])
async def test_from_login_to_a_signed_return(shop: Shop, method: str, told: str) -> None:
    browser = await cashier(shop, method)
    page = await browser.open()
    assert "登录密码" in page
    assert "&lt;b&gt;测试 &amp; 商品&lt;/b&gt;" in page
    assert (await shop.call("trade.query", {"out_trade_no": "P1"})).sub_code == "ACQ.TRADE_NOT_EXIST"
    assert "支付密码" in await browser.open(step="login", account="buyer4801@example.com", password="1")
    assert (await shop.call("trade.query", {"out_trade_no": "P1"}))["trade_status"] == "WAIT_BUYER_PAY"
    await browser.open(step="pay", password="111111")
    assert browser.answer.status == 303
    check_return(shop, browser.answer.header("Location"), told)
    await shop.sandbox.timers.settle()
    assert [each["trade_status"] for each in shop.told()] == ["TRADE_SUCCESS"]
    assert "付款成功" in await browser.open()


def check_return(shop: Shop, url: str, method: str) -> None:
    values = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
    assert values.pop("shop") == "1", "the shop's own query is kept"
    sign = values.pop("sign")
    assert values.pop("sign_type") == "RSA2"
    text = "&".join(f"{name}={values[name]}" for name in sorted(values))
    assert rsa.verifies_sha256(shop.merchant.keys.public("platform"), text.encode(), sign)
    assert values.keys() == {
        "charset", "out_trade_no", "method", "total_amount", "trade_no", "auth_app_id", "version", "app_id",
        "seller_id", "timestamp",
    }
    assert (values["method"], values["total_amount"]) == (method, "88.88")


async def test_a_wrong_password_and_too_little_money_leave_the_trade_open(shop: Shop) -> None:
    browser = await cashier(shop)
    await browser.open(step="login", account="x")
    assert "支付密码错误" in await browser.open(step="pay", password="000000")
    assert "支付密码错误" in await browser.open(step="pay", password="１１１１１１")
    assert "余额不足" in await browser.open(step="fail")
    assert (await shop.call("trade.query", {"out_trade_no": "P1"}))["trade_status"] == "WAIT_BUYER_PAY"
    await browser.open(step="pay", password="111111")
    assert browser.answer.status == 303


async def test_a_closed_trade_is_paid_no_more(shop: Shop) -> None:
    browser = await cashier(shop)
    await browser.open(step="login", account="x")
    assert "交易已关闭" in await browser.open(step="close")
    assert "交易已关闭" in await browser.open(step="pay", password="111111")
    assert (await shop.call("trade.query", {"out_trade_no": "P1"}))["trade_status"] == "TRADE_CLOSED"


async def test_leaving_leaves_the_trade_as_it_is(shop: Shop) -> None:
    browser = await cashier(shop)
    await browser.open(step="login", account="x")
    assert "你已放弃付款" in await browser.open(step="cancel")
    assert (await shop.call("trade.query", {"out_trade_no": "P1"}))["trade_status"] == "WAIT_BUYER_PAY"


async def test_risk_asks_for_the_code_of_an_sms(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def risky(*_: Any) -> Plan:
        return Plan(outcome=Outcome(Result.REQUIRES_ACTION))

    browser = await cashier(shop)
    await browser.open(step="login", account="x")
    monkeypatch.setattr("paydouble.engine.acts.Acts._plan", risky)
    assert "短信校验码" in await browser.open(step="pay", password="111111")
    assert "校验码错误" in await browser.open(step="sms", code="000000")
    await browser.open(step="sms", code="888888")
    assert browser.answer.status == 303


async def test_a_code_can_be_opened_here(here: Shop) -> None:
    made = await here.call("trade.precreate", {**ORDER, "product_code": "FACE_TO_FACE_PAYMENT"})
    browser = Browser(here, made["qr_code"])
    assert "登录密码" in await browser.open()
    await browser.open(step="login", account="2088102100004999")
    assert "付款成功" in await browser.open(step="pay", password="111111")
    assert (await here.call("trade.query", {"out_trade_no": "P1"}))["buyer_user_id"] == "2088102100004999"


@pytest.fixture
async def here() -> AsyncIterator[Shop]:
    async with opened({"qr_codes": "here"}) as shop:
        yield shop


@pytest.mark.parametrize("url", ["/standard/auth.htm?payOrderId=1", "/standard/auth.htm", "/qr/x?app_id=1"])
async def test_a_link_that_nobody_made_is_not_found(shop: Shop, url: str) -> None:
    browser = Browser(shop, url)
    await browser.open()
    assert browser.answer.status == 404


async def test_an_order_that_nobody_made_is_not_found(shop: Shop) -> None:
    browser = Browser(shop, f"/standard/auth.htm?payOrderId=1&app_id={shop.merchant.id}")
    assert "订单不存在" in await browser.open(step="pay", password="111111")


async def test_errors_of_pages_are_pages(shop: Shop) -> None:
    values = shop.signed(shop.values("alipay.trade.page.pay", ORDER, app_id="2021999999999999"))
    answer = await shop.raw(shop.request(values, "GET"))
    text = answer.body.decode("gbk")
    assert (answer.status, "错误代码 invalid-app-id 错误原因: 无效的AppID参数" in text) == (200, True)


async def test_an_app_pays_its_order_string(shop: Shop) -> None:
    order = {**ORDER, "product_code": "QUICK_MSECURITY_PAY"}
    values = shop.signed(shop.values("alipay.trade.app.pay", order, notify_url=NOTIFY))
    answer = await shop.raw(shop.request(values))
    result = json.loads(answer.body)
    assert result["resultStatus"] == "9000"
    found = re.fullmatch(
        r'\{"alipay_trade_app_pay_response":(\{.*\}),"sign":"(.*)","sign_type":"RSA2"\}', result["result"]
    )
    assert found is not None
    assert rsa.verifies_sha256(shop.merchant.keys.public("platform"), found[1].encode(), found[2])
    assert (await shop.call("trade.query", {"out_trade_no": "P1"}))["trade_status"] == "TRADE_SUCCESS"
