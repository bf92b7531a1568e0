"""What scenarios do to signatures: of answers by both protocols, of notifications, of return URLs."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Damage, KeyChoice, Seal
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.crypto import rsa
from paydouble.engine import keyring
from paydouble.providers.alipay import keys, notices
from paydouble.providers.alipay.merchants import merchant
from paydouble.providers.alipay.settings import AlipaySettings
from paydouble.providers.alipay.wire import Wire
from paydouble.providers.alipay.wire_v3 import WireV3

RING = keyring.well_known()
SHOP: Merchant = merchant("default", RING)
WIRE = Wire(frozenset({"alipay.trade.query"}))
NOW = Instant(1_772_337_600_000)

# fmt: off
SEALS = [
    # seal                                     good by the key, with SHA-256
    (Seal(NOW, "n"),                                                "platform"),
    (Seal(NOW, "n", KeyChoice.NEXT),                                "platform-next"),
    (Seal(NOW, "n", KeyChoice.FOREIGN),                             "foreign"),
    (Seal(NOW, "n", KeyChoice.UNKNOWN),                             "foreign"),
    (Seal(NOW, "n", damage=Damage.CORRUPT),                         ""),
    (Seal(NOW, "n", damage=Damage.PROBE),                           ""),
    (Seal(NOW, "n", damage=Damage.WRONG_ALGORITHM),                 ""),
    (Seal(NOW, "n", damage=Damage.TAMPERED_BODY),                   ""),
]
# fmt: on


def good_by(message: bytes, signature: str) -> str:
    names = ("platform", "platform-next", "foreign")
    return next((name for name in names if rsa.verifies_sha256(RING.public(name), message, signature)), "")


def answered(seal: Seal, **more: str) -> bytes:
    values = {"method": "alipay.trade.query", "charset": "utf-8", "sign_type": "RSA2", **more}
    envelope = WIRE.open(HttpRequest(method="GET", target=f"/gateway.do?{urlencode(values)}", id="0" * 32))
    return WIRE.seal(envelope, WIRE.encode(envelope, Reply({"a": "1"})), SHOP, seal).body


@pytest.mark.parametrize(("seal", "name"), SEALS)
def test_answers_of_the_gateway(seal: Seal, name: str) -> None:
    found = re.fullmatch(rb'\{"alipay_trade_query_response":(\{.*\}),"sign":"(.*)"\}', answered(seal))
    assert found is not None
    assert good_by(found[1], found[2].decode()) == name
    assert json.loads(found[1])["a"] == "1"


def test_a_signature_can_be_missing() -> None:
    body = answered(Seal(NOW, "n", damage=Damage.MISSING))
    assert body == b'{"alipay_trade_query_response":{"code":"10000","msg":"Success","a":"1"}}'


@pytest.mark.parametrize(("choice", "name"), [
    (KeyChoice.CURRENT, "platform"), (KeyChoice.NEXT, "platform-next"), (KeyChoice.FOREIGN, "platform"),
    (KeyChoice.UNKNOWN, "foreign"),
])
def test_the_sn_says_which_certificate_is_meant(choice: KeyChoice, name: str) -> None:
    body = json.loads(answered(Seal(NOW, "n", choice), app_cert_sn="x"))
    assert body["alipay_cert_sn"] == keys.alipay_cert_sn(RING, name)


@pytest.mark.parametrize("body", [b"", b"OK", b"<html></html>", b'{"a":', b"{}"])
def test_what_is_no_value_of_ours_is_left_alone(body: bytes) -> None:
    envelope = WIRE.open(HttpRequest(method="GET", target="/gateway.do?method=alipay.trade.query"))
    given = HttpResponse(200, (("Content-Type", "text/html"),), body)
    assert WIRE.seal(envelope, given, SHOP, Seal(NOW, "n")) == given


@pytest.mark.parametrize(("seal", "name"), SEALS)
def test_answers_of_v3(seal: Seal, name: str) -> None:
    v3 = WireV3(AlipaySettings())
    envelope = v3.open(HttpRequest(method="POST", target="/v3/alipay/trade/query", headers=Headers()))
    sealed = v3.seal(envelope, v3.encode(envelope, Reply({"a": "1"})), SHOP, seal)
    message = f"{sealed.header('alipay-timestamp')}\n{sealed.header('alipay-nonce')}\n".encode()
    assert good_by(message + sealed.body + b"\n", sealed.header("alipay-signature")) == name


def noticed(seal: Seal, whose: Merchant = SHOP) -> dict[str, str]:
    body = {"notify_type": "trade_status_sync", "app_id": SHOP.id, "total_amount": "88.88", "charset": "utf-8"}
    event = Event(id="1", type="x", api="v2", provider="alipay", merchant=SHOP.id, body=body, created=NOW)
    owed = Notification(
        id="n", event="1", event_type="x", provider="alipay", merchant=SHOP.id,
        endpoint=Endpoint("notify_url", "http://127.0.0.1:9/"), payload=notices.announcement(event),
    )
    return dict(parse_qsl(notices.notification(owed, event, whose, seal).body.decode()))


@pytest.mark.parametrize(("seal", "name"), SEALS)
def test_notifications(seal: Seal, name: str) -> None:
    values = noticed(seal)
    sign = values.pop("sign")
    text = "&".join(f"{each}={values[each]}" for each in sorted(values) if each != "sign_type")
    assert good_by(text.encode(), sign) == name
    assert (values["total_amount"] == "0.01") is (seal.damage is Damage.TAMPERED_BODY)


def test_a_notification_for_somebody_else_is_well_signed_and_names_him() -> None:
    other = merchant("other", RING)
    assert noticed(Seal(NOW, "n", KeyChoice.OTHER_MERCHANT), other)["app_id"] == other.id
    assert "sign" not in noticed(Seal(NOW, "n", damage=Damage.MISSING))


@pytest.mark.parametrize(("seal", "name"), SEALS)
def test_return_urls(seal: Seal, name: str) -> None:
    url = WIRE.return_to("http://shop/", {"total_amount": "88.88", "trade_no": "1"}, SHOP, seal)
    values = dict(parse_qsl(urlsplit(url).query))
    sign = values.pop("sign")
    text = "&".join(f"{each}={values[each]}" for each in sorted(values) if each != "sign_type")
    assert good_by(text.encode(), sign) == name


@pytest.mark.parametrize(("answer", "taken"), [
    (HttpResponse(200, (), b"success"), True), (HttpResponse(200, (), b"success\n"), False),
    (HttpResponse(200, (), b"SUCCESS"), False), (HttpResponse(204, (), b""), False),
    (HttpResponse(500, (), b"success"), False), (HttpResponse(200, (), b'"success"'), False),
])
def test_one_word_alone_takes_a_notification(answer: HttpResponse, taken: bool) -> None:
    assert WIRE.acknowledged(answer) is taken


def test_merchants_of_sandboxes_are_told_apart_and_share_keys() -> None:
    first, second = merchant("a", RING), merchant("b", RING)
    assert len({first.id, second.id, SHOP.id}) == 3
    assert all(len(each.id) == len(each.secrets["seller_id"]) == 16 for each in (first, second, SHOP))
    assert (SHOP.id, SHOP.secrets["seller_id"]) == ("2021000000004800", "2088000000004800")
    assert keys.app_cert_sn(first) != keys.app_cert_sn(second)
