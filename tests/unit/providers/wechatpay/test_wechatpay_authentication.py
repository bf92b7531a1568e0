"""Authentication errors in the service's order of precedence; each row breaks all that is checked later too."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core.clock import Instant
from paydouble.core.effect import Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import build

NOW = Instant(1_772_337_600_000)
SECONDS = NOW // 1000
REFUND = "/v3/refund/domestic/refunds/R1"
PAY = "/v3/pay/transactions/native"

MALFORMED = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
UNREADABLE = "签名信息错误，验签失败"
TYPE = "HTTP头Authorization认证类型不正确"
STALE = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
SERIAL = "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
NO_AGENT = "Http头缺少Accept或User-Agent"


def answer(world: Any, request: HttpRequest) -> tuple[HttpResponse, dict[str, Any]]:
    """What the wire answers, sealed as the engine seals it; fails the test where it lets the call through."""
    wire = world.provider.apis[0].wire
    envelope, merchant = wire.open(request), None
    try:
        merchant = wire.identify(envelope, lambda handle: world.merchant if handle == world.merchant.id else None)
        wire.verify(envelope, merchant, NOW)
        wire.decode(envelope, merchant, {})
    except ProviderError as error:
        response = wire.encode_error(envelope, error)
        sealed = wire.seal(envelope, response, merchant, Seal(NOW, "ab" * 16))
        return sealed, json.loads(sealed.body) if sealed.body else {}
    pytest.fail("the call was let through")


# fmt: off
@pytest.mark.parametrize(("target", "headers", "status", "code", "message"), [
    # no Accept or User-Agent
    (REFUND, {},                                                    400, "INVALID_REQUEST", NO_AGENT),
    (REFUND, {"User-Agent": "x"},                                   400, "INVALID_REQUEST", NO_AGENT),
    (REFUND, {"Accept": "*/*", "User-Agent": ""},                   400, "INVALID_REQUEST", NO_AGENT),
    # the header as such
    (REFUND, {"Accept": "*/*", "User-Agent": "x"},                  401, "SIGN_ERROR", MALFORMED),
    (REFUND, {"Accept": "*/*", "User-Agent": "x", "Authorization": "WECHATPAY2-SHA256-RSA2048 nonsense"},
                                                                    401, "SIGN_ERROR", MALFORMED),
    (REFUND, {"Accept": "*/*", "User-Agent": "x", "Authorization": "Bearer x"},
                                                                    401, "SIGN_ERROR", TYPE),
    (PAY,    {},                                                    401, "SIGN_ERROR", UNREADABLE),
    (PAY,    {"Authorization": "Bearer x"},                         401, "SIGN_ERROR", UNREADABLE),
])
# fmt: on
def test_before_anyone_is_known(
    world: Any, target: str, headers: dict[str, str], status: int, code: str, message: str
) -> None:
    request = HttpRequest(method="GET", target=target, headers=Headers(tuple(headers.items())), id="ab" * 16)
    response, body = answer(world, request)
    assert (response.status, body["code"], body["message"]) == (status, code, message)
    assert not response.header("Wechatpay-Signature")
    assert bool(response.header("Request-ID")) is (message != UNREADABLE)


# fmt: off
@pytest.mark.parametrize(("wrong", "status", "message"), [
    ({"mchid": "1999999999", "at": SECONDS - 301, "key": "foreign"},          401, SERIAL),
    ({"at": SECONDS - 301, "serial_no": "AB" * 20, "key": "foreign"},         401, STALE),
    ({"at": SECONDS + 301, "serial_no": "AB" * 20, "key": "foreign"},         401, STALE),
    ({"serial_no": "AB" * 20, "key": "foreign"},                              401, SERIAL),
    ({"key": "foreign"},                                                      401, "错误的签名，验签失败"),
    ({"scheme": "WECHATPAY2-SM2-WITH-SM3"},                                   401, TYPE),
])
# fmt: on
def test_order_of_checks(world: Any, signing: Any, wrong: dict[str, Any], status: int, message: str) -> None:
    response, body = answer(world, signing.request("GET", REFUND, **({"at": SECONDS} | wrong)))
    assert (response.status, body["code"], body["message"]) == (status, "SIGN_ERROR", message)
    assert not response.header("Wechatpay-Signature")


def test_wrong_signature_tells_what_was_expected(world: Any, signing: Any) -> None:
    request = signing.request("GET", "/v3/certificates", key="foreign", at=SECONDS)
    response, body = answer(world, request)
    message = f"GET\n/v3/certificates\n{SECONDS}\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n"
    assert body["detail"] == {
        "detail": {"issue": "sign not match"}, "field": "signature", "location": "authorization",
        "sign_information": {
            "method": "GET", "sign_message_length": len(message), "truncated_sign_message": message,
            "url": "/v3/certificates",
        },
    }
    assert response.header("Request-ID") == request.id.upper() + "-268443699"


@pytest.mark.parametrize("skew", [-300, 300])
def test_five_minutes_are_fresh(world: Any, signing: Any, skew: int) -> None:
    wire = world.provider.apis[0].wire
    wire.verify(wire.open(signing.request("GET", REFUND, at=SECONDS + skew)), world.merchant, NOW)


def test_serial_numbers_lose_case_and_leading_zeros(make_world: Callable[..., Any]) -> None:
    world = make_world()
    stored = "0" + "BF0678CD648F2BCFD0D880FA65C07DB7948482B"
    merchant = replace(world.merchant, secrets={**world.merchant.secrets, "serial_no": stored})
    wire = world.provider.apis[0].wire
    for serial_no in (stored, stored.lower(), stored[1:]):
        request = _signed(merchant, serial_no)
        wire.verify(wire.open(request), merchant, NOW)


def _signed(merchant: Any, serial_no: str) -> HttpRequest:
    message = f"GET\n{REFUND}\n{SECONDS}\nn\n\n".encode()
    signature = rsa.sign_sha256(merchant.keys.private("merchant"), message)
    header = (
        f'WECHATPAY2-SHA256-RSA2048 mchid="{merchant.id}",serial_no="{serial_no}",timestamp="{SECONDS}",'
        f'nonce_str="n",signature="{signature}"'
    )
    return HttpRequest(method="GET", target=REFUND, headers=Headers((("Authorization", header),)))


def test_a_signature_over_the_decoded_target_passes_while_lenient(
    make_world: Callable[..., Any], signing: Any
) -> None:
    decoded = "/v3/pay/transactions/out-trade-no/A|B*C?mchid=1900004800"
    sent = "/v3/pay/transactions/out-trade-no/A%7CB*C?mchid=1900004800"
    request = replace(signing.request("GET", decoded, at=SECONDS), target=sent)
    lenient, strict = make_world(), make_world(lenient_target="off")
    wire = lenient.provider.apis[0].wire
    wire.verify(wire.open(request), lenient.merchant, NOW)
    with pytest.raises(ProviderError, match="SIGN_ERROR"):
        strict.provider.apis[0].wire.verify(wire.open(request), strict.merchant, NOW)


# fmt: off
@pytest.mark.parametrize(("body", "headers", "message"), [
    ({"mchid": "1900000001"}, {"Wechatpay-Serial": "AB" * 20},  "http header中的mchid与post payload中的mchid不匹配"),
    ({"mchid": "1900004800"}, {"Wechatpay-Serial": "AB" * 20},  "平台证书序列号Wechatpay-Serial错误"),
    ({"mchid": "1900004800"}, {"Wechatpay-Serial": "PUB_KEY_ID_1"}, "平台证书序列号Wechatpay-Serial错误"),
])
# fmt: on
def test_after_authentication_errors_are_signed(
    world: Any, signing: Any, body: dict[str, str], headers: dict[str, str], message: str
) -> None:
    sent = json.dumps(body).encode()
    response, told = answer(world, signing.request("POST", PAY, sent, tuple(headers.items()), at=SECONDS))
    assert (response.status, told["code"], told["message"]) == (400, "PARAM_ERROR", message)
    assert response.header("Wechatpay-Signature")


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"null", b"\xff", b'{"a": NaN}', '{"attach": "\U0001f600"}'.encode(),
    rb'{"attach": "\ud83d\ude00"}', rb'{"attach": "\ud83d"}', b"[" * 100_000,
])
def test_unreadable_bodies_are_parameter_errors(world: Any, signing: Any, body: bytes) -> None:
    response, told = answer(world, signing.request("POST", PAY, body, at=SECONDS))
    assert (response.status, told["code"]) == (400, "PARAM_ERROR")


def test_unknown_path_and_wrong_method_have_no_body(world: Any, signing: Any) -> None:
    roles, wire = world.provider.roles, world.provider.apis[0].wire
    envelope = wire.open(signing.request("GET", "/v3/nothing"))
    unknown = wire.encode_error(envelope, roles.unknown_route(envelope))
    wrong = wire.encode_error(envelope, roles.wrong_method(envelope))
    assert (unknown.status, unknown.body, wrong.status, wrong.body) == (404, b"", 405, b"")


WIRE = build().apis[0].wire


@given(
    method=st.text(max_size=8), target=st.text(max_size=60), body=st.binary(max_size=60),
    headers=st.lists(st.tuples(
        st.sampled_from(["Authorization", "Accept", "User-Agent", "Wechatpay-Serial"]), st.text(max_size=80)
    ), max_size=4),
)
def test_opening_never_raises(
    method: str, target: str, body: bytes, headers: list[tuple[str, str]]
) -> None:
    request = HttpRequest(method=method, target=target, body=body, headers=Headers(tuple(headers)))
    envelope = WIRE.open(request)
    if envelope.problem is not None:
        assert WIRE.encode_error(envelope, envelope.problem).status in (400, 401)


@given(st.text(alphabet='WECHATPAY2-SHA256RSO mchid="nonce_str",timestamp1234567890serial_no=signature', max_size=200))
def test_opening_never_raises_on_what_looks_like_the_header(text: str) -> None:
    header = "WECHATPAY2-SHA256-RSA2048 " + text
    WIRE.open(HttpRequest(method="GET", target=PAY, headers=Headers((("Authorization", header),))))
