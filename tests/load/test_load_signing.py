"""The load side's signatures against vectors that three independent SDKs have checked."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadtests.signing import (
    StripeVerifier,
    Unverifiable,
    WechatpaySigner,
    WechatpayVerifier,
    certified_key,
    public_key,
)

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "vectors" / "wechatpay.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
SECRET = "whsec_paydouble_default"

needs_vectors = pytest.mark.skipif(not VECTORS, reason="needs ../shared/vectors/wechatpay.json")


def cases(group: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS.get(group, [])]


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def signed_at(case: dict[str, Any]) -> float:
    return float(case["headers"]["Wechatpay-Timestamp"])


@pytest.fixture(scope="module")
def signer() -> WechatpaySigner:
    keys = VECTORS["keys"]
    return WechatpaySigner.of({
        "mchid": keys["mchid"], "public_key_id": keys["wechatpay_public_key"]["key_id"], **keys["merchant"],
    })


@pytest.fixture(scope="module")
def verifier() -> WechatpayVerifier:
    keys = VECTORS["keys"]
    certified = {keys[name]["serial_no"]: certified_key(keys[name]["certificate_pem"])
                 for name in ("platform_cert_a", "platform_cert_b")}
    own = keys["wechatpay_public_key"]
    return WechatpayVerifier({**certified, own["key_id"]: public_key(own["public_key_pem"])}, keys["apiv3_key"])


@needs_vectors
@pytest.mark.parametrize("case", cases("request_signatures"))
def test_requests_are_signed_byte_for_byte(signer: WechatpaySigner, case: dict[str, Any]) -> None:
    signed = signer.authorization(
        case["method"], case["url"], case["body"].encode(), case["timestamp"], case["nonce_str"]
    )
    assert f'signature="{case["signature"]}"' in signed
    assert f'serial_no="{VECTORS["keys"]["merchant"]["serial_no"]}"' in signed


@needs_vectors
@pytest.mark.parametrize("case", cases("response_signatures"))
def test_answers_verify(verifier: WechatpayVerifier, case: dict[str, Any]) -> None:
    verifier.check(lower(case["headers"]), case["body"].encode(), signed_at(case))


@needs_vectors
@pytest.mark.parametrize("case", cases("response_signature_negatives"))
def test_wrong_answers_do_not(verifier: WechatpayVerifier, case: dict[str, Any]) -> None:
    with pytest.raises(Unverifiable):
        verifier.check(lower(case["headers"]), case["body"].encode(), signed_at(case))


@needs_vectors
@pytest.mark.parametrize("case", cases("notifications"))
def test_notifications_are_verified_and_decrypted(verifier: WechatpayVerifier, case: dict[str, Any]) -> None:
    read = verifier.notification(lower(case["headers"]), case["body"].encode(), signed_at(case))
    assert read["plain"] == json.loads(case["decrypted"])


@needs_vectors
def test_an_old_notification_is_refused(verifier: WechatpayVerifier) -> None:
    case = VECTORS["notifications"][0]
    with pytest.raises(Unverifiable, match="away from now"):
        verifier.notification(lower(case["headers"]), case["body"].encode(), signed_at(case) + 301)


def stripe_headers(body: bytes, at: int, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={at},v1={digest},v0={'0' * 64}"}


def test_a_webhook_is_read_when_one_of_its_signatures_matches() -> None:
    body = b'{"id": "evt_1"}'
    rolled = stripe_headers(body, 1_000, "whsec_old")["stripe-signature"].split(",")[1]
    header = stripe_headers(body, 1_000)["stripe-signature"].replace("t=1000,", f"t=1000,{rolled},")
    assert StripeVerifier(SECRET).event({"stripe-signature": header}, body, 1_000)["id"] == "evt_1"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param(stripe_headers(b"{}", 1_000, "whsec_other"), b"{}", id="another secret"),
        pytest.param(stripe_headers(b"{}", 1_000), b"{ }", id="another body"),
        pytest.param(stripe_headers(b"{}", 600), b"{}", id="too old"),
        pytest.param({}, b"{}", id="no signature"),
        pytest.param({"stripe-signature": "t=x,v1=,"}, b"{}", id="no time"),
        pytest.param(stripe_headers(b"[", 1_000), b"[", id="not JSON"),
    ],
)
def test_a_wrong_webhook_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Unverifiable):
        StripeVerifier(SECRET).event(headers, body, 1_000)


def test_signing_brings_neither_locust_nor_gevent() -> None:
    code = "import sys, loadtests.signing; print(sorted({'locust', 'gevent'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
