"""What real providers send passes the merchant's own checks, through server, sandbox and inbox."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from paydouble.client.inbox import Inbox
from paydouble.client.sandbox import Sandbox
from paydouble.crypto.rsa import load_private
from paydouble.testing.in_process import PaydoubleServer


@pytest.fixture
def sandbox(server: PaydoubleServer) -> Iterator[Sandbox]:
    sandbox = server.sandbox(clock="frozen")
    yield sandbox
    assert sandbox.audit()["ok"], sandbox.audit()
    sandbox.delete()


@pytest.fixture
def inbox(sandbox: Sandbox) -> Iterator[Inbox]:
    with Inbox(sandbox.credentials) as inbox:
        yield inbox


def _ask(sandbox: Sandbox, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers)
        with connection.getresponse() as response:
            answer = response.read()
            assert response.status < 300, answer
            return json.loads(answer)
    finally:
        connection.close()


def _wechat_order(sandbox: Sandbox, ref: str, notify_url: str, serial: str = "") -> None:
    account, path = sandbox.wechatpay, "/v3/pay/transactions/native"
    body = json.dumps({
        "appid": account.appid, "mchid": account.mchid, "description": "A thing", "out_trade_no": ref,
        "notify_url": notify_url, "amount": {"total": 1_301, "currency": "CNY"},
    })
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    signed = load_private(account.private_key_pem.encode(), ours=True).sign(
        f"POST\n{path}\n{stamp}\n{nonce}\n{body}\n".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    fields = {
        "mchid": account.mchid, "nonce_str": nonce, "timestamp": stamp, "serial_no": account.serial_no,
        "signature": base64.b64encode(signed).decode(),
    }
    parameters = ",".join(f'{name}="{value}"' for name, value in fields.items())
    headers = {
        "Authorization": f"WECHATPAY2-SHA256-RSA2048 {parameters}", "Content-Type": "application/json",
        "Accept": "application/json", "User-Agent": "a merchant",
    }
    if serial:
        headers["Wechatpay-Serial"] = serial
    _ask(sandbox, "POST", path, body.encode(), headers)


@pytest.mark.parametrize("mode", ["certificate", "public key"])
def test_wechatpay_tells_of_a_payment(sandbox: Sandbox, inbox: Inbox, mode: str) -> None:
    serial = sandbox.wechatpay.public_key_id if mode == "public key" else ""
    _wechat_order(sandbox, "order-1", inbox.url, serial)
    assert sandbox.pay(ref="order-1").phase == "paid"
    told = inbox.one("TRANSACTION.SUCCESS")
    assert (told.content["out_trade_no"], told.content["amount"]["total"]) == ("order-1", 1_301)
    assert told.answered == 204


def test_stripe_tells_of_a_payment(sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.webhook("stripe", inbox.url)
    form = urlencode({
        "amount": 1_301, "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa",
        "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
        "metadata[order_id]": "order-1",
    })
    headers = {
        "Authorization": f"Bearer {sandbox.stripe.secret_key}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    created = _ask(sandbox, "POST", "/v1/payment_intents", form.encode(), headers)
    told = inbox.one("payment_intent.succeeded")
    assert told.content["id"] == created["id"]
    assert sandbox.payment(created["id"]).phase == "paid"


def _paypal_order(sandbox: Sandbox, ref: str) -> None:
    account = sandbox.paypal
    basic = base64.b64encode(f"{account.client_id}:{account.client_secret}".encode()).decode()
    form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    token = _ask(sandbox, "POST", "/v1/oauth2/token", b"grant_type=client_credentials", form)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    unit = {"amount": {"currency_code": "USD", "value": "13.01"}, "custom_id": ref}
    body = json.dumps({"intent": "CAPTURE", "purchase_units": [unit]}).encode()
    id = _ask(sandbox, "POST", "/v2/checkout/orders", body, headers)["id"]
    sandbox.pay(ref=ref)
    _ask(sandbox, "POST", f"/v2/checkout/orders/{id}/capture", b"{}", headers)


def _alipay_order(sandbox: Sandbox, ref: str, notify_url: str) -> None:
    account = sandbox.alipay
    content = {"out_trade_no": ref, "total_amount": "13.01", "subject": "一件商品"}
    fields = {
        "app_id": account.app_id, "method": "alipay.trade.precreate", "charset": "utf-8", "sign_type": "RSA2",
        "timestamp": time.strftime("%Y-%m-%d %H:%M:%S"), "version": "1.0", "notify_url": notify_url,
        "biz_content": json.dumps(content, ensure_ascii=False),
    }
    text = "&".join(f"{name}={value}" for name, value in sorted(fields.items())).encode()
    key = load_private(account.app_private_key_pem.encode(), ours=True)
    fields["sign"] = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
    _ask(sandbox, "POST", "/gateway.do", urlencode(fields).encode(), headers)
    sandbox.pay(ref=ref)


def test_paypal_tells_of_a_payment(sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.webhook("paypal", inbox.url)
    _paypal_order(sandbox, "order-1")
    assert inbox.one("PAYMENT.CAPTURE.COMPLETED").content["custom_id"] == "order-1"


def test_alipay_tells_of_a_payment(sandbox: Sandbox, inbox: Inbox) -> None:
    _alipay_order(sandbox, "order-1", inbox.url_of("alipay"))
    told = inbox.one("trade_status_sync")
    assert (told.content["out_trade_no"], told.content["subject"]) == ("order-1", "一件商品")
    sandbox.wait_for(notifications={"acknowledged": 1})


@pytest.mark.parametrize("signature", ["missing", "corrupt", "wrong_key", "tampered_body"])
@pytest.mark.parametrize("provider", ["paypal", "alipay"])
def test_no_forged_notification_of_a_wallet_passes(
    sandbox: Sandbox, inbox: Inbox, provider: str, signature: str
) -> None:
    sandbox.scenario([
        {"when": {"notification": "*"}, "then": {"notify": {"signature": signature, "retry": "none"}}}
    ])
    if provider == "paypal":
        sandbox.webhook("paypal", inbox.url_of("paypal"))
        _paypal_order(sandbox, "order-1")
    else:
        _alipay_order(sandbox, "order-1", inbox.url_of("alipay"))
    sandbox.wait_for(notifications={"rejected": 1})
    assert inbox.genuine == ()
    assert inbox.forged[0].problem


@pytest.mark.parametrize("signature", ["missing", "corrupt", "wrong_key", "tampered_body"])
def test_no_forged_notification_passes(sandbox: Sandbox, inbox: Inbox, signature: str) -> None:
    rule = {"when": {"notification": "payment.succeeded"}, "then": {"notify": {"signature": signature}}}
    sandbox.scenario([rule])
    _wechat_order(sandbox, "order-1", inbox.url)
    sandbox.pay(ref="order-1")
    sandbox.wait_for(notifications={"rejected": 1})
    assert inbox.genuine == ()
    assert inbox.forged[0].problem
