"""The merchant's side of signatures: what is genuine opens, and every single change is noticed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paydouble.client.verifying import TOLERANCE_S, Forged, sender, stripe, wechatpay
from paydouble.core.http import Headers
from paydouble.engine.keyring import well_known

NOW = 1_750_000_000.0
WEBHOOK_SECRET = "whsec_paydouble_default"
# Made with openssl: printf '%s' '1750000000.{"id":"evt_1","type":"charge.succeeded","data":{"object":{"id":"ch_1"}}}' |
#   openssl dgst -sha256 -hmac whsec_paydouble_default
STRIPE_BODY = b'{"id":"evt_1","type":"charge.succeeded","data":{"object":{"id":"ch_1"}}}'
APIV3_KEY = "0123456789abcdef0123456789abcdef"
ORDER = {"out_trade_no": "o1", "trade_state": "SUCCESS"}


def _stripe_headers(signature: str, stamp: float = NOW) -> Headers:
    return Headers((("Stripe-Signature", f"t={stamp:.0f},v1={signature},v0=00"),))


def _stripe_signature(body: bytes = STRIPE_BODY, secret: str = WEBHOOK_SECRET, stamp: float = NOW) -> str:
    import hmac

    return hmac.new(secret.encode(), f"{stamp:.0f}.".encode() + body, "sha256").hexdigest()


def test_stripe_genuine() -> None:
    event = stripe(
        _stripe_headers(_stripe_signature()), STRIPE_BODY, {"webhook_secret": WEBHOOK_SECRET}, NOW + TOLERANCE_S
    )
    assert (event.id, event.type, event.content) == ("evt_1", "charge.succeeded", {"id": "ch_1"})


# fmt: off
@pytest.mark.parametrize(("headers", "body", "why"), [
    (Headers(),                                                     STRIPE_BODY,        "missing"),
    (_stripe_headers("0" * 64),                                     STRIPE_BODY,        "no v1 signature"),
    (_stripe_headers(_stripe_signature()),                          STRIPE_BODY + b" ", "no v1 signature"),
    (_stripe_headers(_stripe_signature(secret="whsec_other")),      STRIPE_BODY,        "no v1 signature"),
    (_stripe_headers(_stripe_signature(), NOW + 1),                 STRIPE_BODY,        "no v1 signature"),
    (_stripe_headers(_stripe_signature(stamp=NOW - 301), NOW - 301), STRIPE_BODY,       "301 seconds ago"),
    (_stripe_headers(_stripe_signature(stamp=NOW + 301), NOW + 301), STRIPE_BODY,       "301 seconds in the future"),
    (_stripe_headers(_stripe_signature(b"[]")),                     b"[]",              "not a JSON object"),
])
# fmt: on
def test_stripe_forged(headers: Headers, body: bytes, why: str) -> None:
    with pytest.raises(Forged, match=why):
        stripe(headers, body, {"webhook_secret": WEBHOOK_SECRET}, NOW)


def _credentials() -> dict[str, str]:
    ring = well_known()
    return {
        "apiv3_key": APIV3_KEY, "platform_serial_no": ring.serial("platform"),
        "platform_certificate_pem": ring.certificate_pem("platform"),
        "public_key_id": ring.serial("wechatpay-public-key"),
        "public_key_pem": ring.public_pem("wechatpay-public-key"),
    }


def _sealed(order: Mapping[str, Any] = ORDER, key: str = APIV3_KEY) -> bytes:
    box, nonce, about = AESGCM(key.encode()), "abcdefghijkl", "transaction"
    sealed = base64.b64encode(box.encrypt(nonce.encode(), json.dumps(order).encode(), about.encode()))
    resource = {"ciphertext": sealed.decode(), "nonce": nonce, "associated_data": about}
    return json.dumps({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": resource}).encode()


def _wechatpay_headers(body: bytes, key: str = "platform", serial: str = "", stamp: float = NOW) -> Headers:
    ring, nonce = well_known(), "nonce"
    message = f"{stamp:.0f}\n{nonce}\n{body.decode()}\n".encode()
    signature = ring.private(key).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return Headers((
        ("Wechatpay-Timestamp", f"{stamp:.0f}"), ("Wechatpay-Nonce", nonce),
        ("Wechatpay-Signature", base64.b64encode(signature).decode()),
        ("Wechatpay-Serial", serial or ring.serial(key)),
    ))


@pytest.mark.parametrize("key", ["platform", "wechatpay-public-key"])
def test_wechatpay_genuine(key: str) -> None:
    body = _sealed()
    event = wechatpay(_wechatpay_headers(body, key), body, _credentials(), NOW)
    assert (event.id, event.type, event.content) == ("EV-1", "TRANSACTION.SUCCESS", ORDER)


def test_wechatpay_forged() -> None:
    body, credentials = _sealed(), _credentials()
    genuine = _wechatpay_headers(body)
    other_key = _sealed(key="f" * 32)
    # fmt: off
    cases = (
        (Headers(genuine.pairs[:-1]),                                       body,           "header is missing"),
        (genuine,                                                           body + b" ",    "does not verify"),
        (_wechatpay_headers(body, "foreign", credentials["platform_serial_no"]), body,      "does not verify"),
        (_wechatpay_headers(body, "foreign"),                               body,           "neither"),
        (_wechatpay_headers(body, stamp=NOW - 301),                         body,           "301 seconds ago"),
        (_wechatpay_headers(other_key),                                     other_key,      "does not open"),
    )
    # fmt: on
    for headers, arrived, why in cases:
        with pytest.raises(Forged, match=why):
            wechatpay(headers, arrived, credentials, NOW)


def test_the_sender_is_told_by_its_headers() -> None:
    assert sender(_stripe_headers("")) == "stripe"
    assert sender(Headers((("Wechatpay-Nonce", "x"),))) == "wechatpay"
    assert sender(Headers((("Content-Type", "application/json"),))) == ""
