"""What carries WeChat Pay's signature, read as a merchant reads it: every key and every damage."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paydouble.core.clock import Instant
from paydouble.core.effect import Damage, KeyChoice, Seal
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification

NOW = Instant(1_772_337_600_000)
NONCE = "0123456789abcdef0123456789abcdef"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000048002025010100000000004800"
BODY = b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}'
BROKEN = (Damage.CORRUPT, Damage.PROBE, Damage.WRONG_ALGORITHM, Damage.TAMPERED_BODY)


def verifies(world: Any, headers: Mapping[str, str], body: bytes) -> bool:
    """With the keys that the merchant knows, by serial number; KeyError where it knows none."""
    keys = world.merchant.keys
    known = {keys.serial(name): keys.public(name) for name in ("platform", "platform-next", "wechatpay-public-key")}
    public = known[headers["Wechatpay-Serial"]]
    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    try:
        public.verify(base64.b64decode(headers["Wechatpay-Signature"]), message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def answer(
    world: Any, seal: Seal, *, serial: str = "", status: int = 200, body: bytes = BODY
) -> tuple[dict[str, str], bytes]:
    wire = world.provider.apis[0].wire
    sent = Headers((("Wechatpay-Serial", serial),) if serial else ())
    envelope = wire.open(HttpRequest(method="GET", target="/v3/certificates", headers=sent, id=NONCE))
    sealed = wire.seal(envelope, HttpResponse(status, (), body), world.merchant, seal)
    return dict(sealed.headers), sealed.body


def notification(world: Any, seal: Seal, version: str = "") -> HttpRequest:
    payload = b'{"mchid":"1900004800","trade_state":"SUCCESS"}'
    event = Event(
        id="EV-1", created=NOW, type="TRANSACTION.SUCCESS", api="v3", provider="wechatpay", merchant="1900004800"
    )
    owed = Notification(
        id="n", event="EV-1", event_type=event.type, provider="wechatpay", merchant="1900004800",
        endpoint=Endpoint("notify_url", "http://127.0.0.1/n", version=version), payload=payload,
    )
    request: HttpRequest = world.provider.apis[0].wire.notification(owed, event, world.merchant, seal)
    return request


def opened(world: Any, body: bytes) -> dict[str, Any]:
    resource = json.loads(body)["resource"]
    box = AESGCM(world.merchant.secrets["apiv3_key"].encode())
    associated = resource.get("associated_data", "").encode()
    plain = box.decrypt(resource["nonce"].encode(), base64.b64decode(resource["ciphertext"]), associated)
    opened: dict[str, Any] = json.loads(plain)
    return opened


@pytest.mark.parametrize(("serial", "shown"), [
    ("", "48004A11CE0000000000000000000000000000A1"),
    ("48004A11CE0000000000000000000000000000A1", "48004A11CE0000000000000000000000000000A1"),
    (PUBLIC_KEY_ID, PUBLIC_KEY_ID),
])
@pytest.mark.parametrize(("status", "body"), [(200, BODY), (202, BODY), (204, b""), (404, b"{}"), (500, b"{}")])
def test_the_request_chooses_the_key(world: Any, serial: str, shown: str, status: int, body: bytes) -> None:
    headers, sent = answer(world, Seal(NOW, NONCE), serial=serial, status=status, body=body)
    assert headers["Wechatpay-Serial"] == shown
    assert headers["Wechatpay-Timestamp"] == "1772337600"
    assert sent == body
    assert verifies(world, headers, sent)


@pytest.mark.parametrize("serial", ["", PUBLIC_KEY_ID])
@pytest.mark.parametrize("damage", BROKEN)
def test_damaged_answers_do_not_verify(world: Any, serial: str, damage: Damage) -> None:
    headers, body = answer(world, Seal(NOW, NONCE, damage=damage), serial=serial)
    assert not verifies(world, headers, body)
    assert json.loads(body) == json.loads(BODY)


def test_an_empty_body_that_is_to_be_tampered_with_has_a_corrupt_signature(world: Any) -> None:
    headers, body = answer(world, Seal(NOW, NONCE, damage=Damage.TAMPERED_BODY), status=204, body=b"")
    assert body == b""
    assert not verifies(world, headers, body)


def test_a_missing_signature_leaves_no_header(world: Any) -> None:
    headers, _ = answer(world, Seal(NOW, NONCE, damage=Damage.MISSING))
    assert not [name for name in headers if name.startswith("Wechatpay-")]


def test_a_probe_is_as_long_as_a_signature_and_decodable(world: Any) -> None:
    honest, _ = answer(world, Seal(NOW, NONCE))
    probe, _ = answer(world, Seal(NOW, NONCE, damage=Damage.PROBE))
    assert probe["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert len(probe["Wechatpay-Signature"]) == len(honest["Wechatpay-Signature"])
    assert len(base64.b64decode(probe["Wechatpay-Signature"], validate=True)) == 256


@pytest.mark.parametrize("mode", ["", PUBLIC_KEY_ID])
def test_keys(world: Any, mode: str) -> None:
    def seal(key: KeyChoice) -> dict[str, str]:
        return answer(world, Seal(NOW, NONCE, key), serial=mode)[0]

    current, following = seal(KeyChoice.CURRENT), seal(KeyChoice.NEXT)
    assert verifies(world, following, BODY)
    assert following["Wechatpay-Serial"] != current["Wechatpay-Serial"]
    foreign = seal(KeyChoice.FOREIGN)
    assert foreign["Wechatpay-Serial"] == current["Wechatpay-Serial"]
    assert not verifies(world, foreign, BODY)
    with pytest.raises(KeyError):
        verifies(world, seal(KeyChoice.UNKNOWN), BODY)
    assert verifies(world, seal(KeyChoice.OTHER_MERCHANT), BODY)


def test_rotation_moves_the_signing_key(make_world: Callable[..., Any]) -> None:
    signed_by = {
        rotation: answer(make_world(rotation=rotation), Seal(NOW, NONCE))[0]["Wechatpay-Serial"][-2:]
        for rotation in ("before", "overlap", "switched", "after")
    }
    assert signed_by == {"before": "A1", "overlap": "A1", "switched": "A2", "after": "A2"}


def test_business_errors_are_unsigned_where_the_setting_says_so(make_world: Callable[..., Any]) -> None:
    world = make_world(sign_errors="off")
    assert answer(world, Seal(NOW, NONCE), status=404, body=b"{}")[0] == {}
    assert answer(world, Seal(NOW, NONCE), status=204, body=b"")[0] != {}


@pytest.mark.parametrize(("version", "serial"), [
    ("", "48004A11CE0000000000000000000000000000A1"), ("public-key", PUBLIC_KEY_ID),
])
def test_notifications_are_signed_and_open_with_the_apiv3_key(world: Any, version: str, serial: str) -> None:
    request = notification(world, Seal(NOW, NONCE), version)
    headers, body = dict(request.headers), json.loads(request.body)
    assert headers["Wechatpay-Serial"] == serial
    assert verifies(world, headers, request.body)
    assert {name: value for name, value in body.items() if name != "resource"} == {
        "id": "EV-1", "create_time": "2026-03-01T12:00:00+08:00", "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS", "summary": "支付成功",
    }
    assert opened(world, request.body) == {"mchid": "1900004800", "trade_state": "SUCCESS"}


def test_each_attempt_is_encrypted_afresh(world: Any) -> None:
    first, second = (notification(world, Seal(NOW, nonce)) for nonce in (NONCE, NONCE[::-1]))
    assert opened(world, first.body) == opened(world, second.body)
    assert first.body != second.body


@pytest.mark.parametrize("damage", BROKEN)
def test_damaged_notifications_do_not_verify(world: Any, damage: Damage) -> None:
    request = notification(world, Seal(NOW, NONCE, damage=damage))
    assert not verifies(world, dict(request.headers), request.body)
    opened(world, request.body)


def test_bad_ciphertext_is_well_signed_and_does_not_open(world: Any) -> None:
    request = notification(world, Seal(NOW, NONCE, damage=Damage.BAD_CIPHERTEXT))
    assert verifies(world, dict(request.headers), request.body)
    with pytest.raises(InvalidTag):
        opened(world, request.body)


def test_what_is_meant_for_another_merchant_verifies_and_does_not_open(world: Any) -> None:
    wire, keys = world.provider.apis[0].wire, world.merchant.keys
    honest = notification(world, Seal(NOW, NONCE))
    other = world.provider.merchant("other", keys)
    owed = Notification(
        id="n", event="EV-1", event_type="TRANSACTION.SUCCESS", provider="wechatpay", merchant="1900004800",
        endpoint=Endpoint("notify_url", honest.target), payload=b"{}",
    )
    event = Event(
        id="EV-1", type="TRANSACTION.SUCCESS", api="v3", provider="wechatpay", merchant="1900004800"
    )
    request = wire.notification(owed, event, other, Seal(NOW, NONCE, KeyChoice.OTHER_MERCHANT))
    assert verifies(world, dict(request.headers), request.body)
    with pytest.raises(InvalidTag):
        opened(world, request.body)


@pytest.mark.parametrize(("setting", "shown"), [("original_type", "transaction"), ("empty", ""), ("absent", None)])
def test_associated_data(make_world: Callable[..., Any], setting: str, shown: str | None) -> None:
    world = make_world(associated_data=setting)
    request = notification(world, Seal(NOW, NONCE))
    assert json.loads(request.body)["resource"].get("associated_data") == shown
    opened(world, request.body)


@pytest.mark.parametrize(("status", "acknowledged"), [
    (200, True), (204, True), (201, False), (302, False), (400, False), (500, False),
])
def test_the_status_alone_acknowledges(world: Any, status: int, acknowledged: bool) -> None:
    said = HttpResponse(status, body=b'{"code":"FAIL","message":"x"}')
    assert world.provider.apis[0].wire.acknowledged(said) is acknowledged


def test_retries_span_a_day(world: Any) -> None:
    delays = world.provider.retries.delays
    assert len(delays) == 15
    assert sum(delays) == (24 * 60 + 4) * 60_000
    assert world.provider.retries.timeout == 5_000
