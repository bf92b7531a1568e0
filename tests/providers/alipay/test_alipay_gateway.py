"""The gateway as a protocol: charsets, keys and certificates, encryption, and every way to call it wrongly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.crypto import aes, certificates
from paydouble.providers.alipay import keys
from paydouble.providers.alipay.merchants import credentials
from paydouble.providers.alipay.models import Trade
from tests.providers.alipay.shop import FORM, Shop, from_base64, opened

ORDER = {"out_trade_no": "G1", "total_amount": "88.88", "subject": "测试商品"}
PRECREATE = "alipay.trade.precreate"


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize(("charset", "sign_type"), [("utf-8", "RSA2"), ("GBK", "RSA2"), ("UTF-8", "RSA")])
async def test_any_verb_charset_and_digest(shop: Shop, verb: str, charset: str, sign_type: str) -> None:
    order = {**ORDER, "out_trade_no": "中文单号"}
    values = shop.signed(shop.values(PRECREATE, order, charset=charset), sign_type)
    answered = await shop.sent(values, verb)
    assert (answered.code, answered.signed, answered["out_trade_no"]) == ("10000", True, "中文单号")
    assert answered.response.header("Content-Type") == f"text/html;charset={charset}"
    assert len(answered.response.header("trace_id")) == 32


async def test_another_path_before_the_gateway_is_the_same(shop: Shop) -> None:
    request = shop.request(shop.signed(shop.values(PRECREATE, ORDER)))
    moved = HttpRequest(
        method="POST", target=f"/alipay{request.target}", headers=request.headers, body=request.body
    )
    assert b'"code":"10000"' in (await shop.raw(moved)).body


# fmt: off
@pytest.mark.parametrize(("changes", "code", "sub_code", "name", "signed"), [
    ({"method": ""},                    "40001", "isv.missing-method",         "error_response", False),
    ({"app_id": ""},                    "40001", "isv.missing-app-id",         "alipay_trade_precreate_response", False),
    ({"app_id": "2021999999999999"},    "40002", "isv.invalid-app-id",         "alipay_trade_precreate_response", False),
    ({"charset": "latin-9"},            "40002", "isv.invalid-charset",        "alipay_trade_precreate_response", True),
    ({"timestamp": ""},                 "40001", "isv.missing-timestamp",      "alipay_trade_precreate_response", True),
    ({"timestamp": "2026-03-01T12:00"}, "40002", "isv.invalid-timestamp",      "alipay_trade_precreate_response", True),
    ({"version": ""},                   "40001", "isv.missing-version",        "alipay_trade_precreate_response", True),
    ({"format": "xml"},                 "40002", "isv.invalid-format",         "alipay_trade_precreate_response", True),
    ({"method": "alipay.trade.steal"},  "40002", "isv.invalid-method",         "error_response", True),
    ({"biz_content": "{"},              "40002", "isv.illegal-json",           "alipay_trade_precreate_response", True),
    ({"biz_content": "[]"},             "40002", "isv.illegal-json",           "alipay_trade_precreate_response", True),
    ({"biz_content": '{"a":NaN}'},      "40002", "isv.illegal-json",           "alipay_trade_precreate_response", True),
    ({"biz_content": '{"a":"\\ud800"}'}, "40002", "isv.illegal-json",          "alipay_trade_precreate_response", True),
    ({"biz_content": "[" * 100_000},    "40002", "isv.illegal-json",           "alipay_trade_precreate_response", True),
    ({"encrypt_type": "RC4"},           "40002", "isv.decryption-error-not-valid-encrypt-type", "alipay_trade_precreate_response", True),
    ({"encrypt_type": "AES"},           "40003", "isv.decryption-error-unknown", "alipay_trade_precreate_response", True),
    ({"app_cert_sn": "ff", "alipay_root_cert_sn": "ee"}, "40002", "isv.app-cert-not-exist", "alipay_trade_precreate_response", True),
])
# fmt: on
async def test_a_wrong_call_is_told_what_is_wrong(
    shop: Shop, changes: dict[str, str], code: str, sub_code: str, name: str, signed: bool
) -> None:
    values = {**shop.values(PRECREATE, ORDER), **changes}
    answered = await shop.sent(shop.signed({key: value for key, value in values.items() if value}))
    assert (answered.code, answered.sub_code, answered.signed) == (
        code, sub_code, signed or "app_cert_sn" in changes
    )
    assert answered.name == name
    assert (await shop.call("trade.query", {"out_trade_no": "G1"})).sub_code == "ACQ.TRADE_NOT_EXIST"


@pytest.mark.parametrize("sign", ["", "AAAA", "not base64!", "QUJD", "=" * 344, "😀"])
async def test_a_bad_signature_is_told_the_text_to_sign(shop: Shop, sign: str) -> None:
    values = shop.signed(shop.values("alipay.trade.query", {"out_trade_no": "G1"}))
    answered = await shop.sent({**values, "sign": sign})
    if not sign:
        assert answered.sub_code == "isv.missing-signature"
        return
    expected = '{&quot;out_trade_no&quot;: &quot;G1&quot;}&amp;charset=utf-8&amp;format=json'
    assert (answered.sub_code, answered.signed) == ("isv.invalid-signature", True)
    assert f"app_id={shop.merchant.id}&amp;biz_content={expected}" in answered["sub_msg"]


async def test_a_signature_is_checked_by_the_digest_that_is_named(shop: Shop) -> None:
    values = shop.signed(shop.values("alipay.trade.query", {"out_trade_no": "G1"}))
    assert (await shop.sent({**values, "sign_type": "RSA"})).sub_code == "isv.invalid-signature"
    assert (await shop.sent({**values, "sign_type": "MD5"})).sub_code == "isv.invalid-signature-type"


async def test_bytes_of_another_charset_are_refused(shop: Shop) -> None:
    request = HttpRequest(
        method="POST", target=f"/gateway.do?charset=utf-8&method={PRECREATE}&app_id={shop.merchant.id}",
        headers=Headers((("Content-Type", FORM),)), body=b"biz_content=%D6%D0&sign_type=RSA2",
    )
    assert b"isv.invalid-charset" in (await shop.raw(request)).body


async def test_a_name_that_comes_twice_has_its_first_value(shop: Shop) -> None:
    request = shop.request(shop.signed(shop.values(PRECREATE, ORDER)))
    twice = HttpRequest(method="POST", target=request.target, headers=request.headers, id=request.id,
                        body=request.body + b"&biz_content=%7B%7D&method=alipay.trade.refund")
    assert b'"code":"10000"' in (await shop.raw(twice)).body


async def test_a_large_order_is_taken_or_refused_but_never_breaks(shop: Shop) -> None:
    goods = {"goods_id": "x" * 500_000, "goods_name": "书", "quantity": 1, "price": 0.01}
    answered = await shop.call("trade.precreate", {**ORDER, "goods_detail": [goods]})
    assert answered.code == "10000"
    refused = await shop.call("trade.precreate", {**ORDER, "subject": "x" * 500_000})
    assert refused.sub_code == "ACQ.INVALID_PARAMETER"


@pytest.mark.parametrize("subject", ["a}b", "a{b", '}"{', "{\\", "中}文"])
async def test_braces_in_strings_leave_no_brace_in_the_answer(shop: Shop, subject: str) -> None:
    order = {**ORDER, "body": subject, "buyer_id": "2088102100004801"}
    assert (await shop.call("trade.create", order)).code == "10000"
    seen = await shop.call("trade.query", {"out_trade_no": "G1"})
    assert (seen["body"], seen.signed) == (subject, True)
    assert seen.response.body.count(b"{") == seen.response.body.count(b"}") == 2


async def test_certificate_mode(shop: Shop) -> None:
    merchant = shop.merchant
    given = credentials(merchant, "http://127.0.0.1:4800").fields
    common = {
        "app_cert_sn": certificates.alipay_sn(given["app_certificate_pem"]),
        "alipay_root_cert_sn": certificates.alipay_root_sn(given["alipay_root_certificate_pem"]),
    }
    answered = await shop.call("trade.precreate", ORDER, **common)
    sn = certificates.alipay_sn(given["alipay_certificate_pem"])
    assert answered.signed
    assert f'"alipay_cert_sn":"{sn}","sign":"'.encode() in answered.response.body
    wrong = await shop.call("trade.precreate", ORDER, **{**common, "alipay_root_cert_sn": "x"})
    assert wrong.sub_code == "isv.invalid-alipay-root-cert-sn"
    alone = await shop.call("trade.precreate", ORDER, app_cert_sn=common["app_cert_sn"])
    assert alone.sub_code == "isv.missing-alipay-root-cert-sn"


async def test_encrypted_both_ways(shop: Shop) -> None:
    key = from_base64(shop.merchant.secrets["encrypt_key"])
    content = aes.cbc_encrypt(key, json.dumps(ORDER).encode())
    answered = await shop.call("trade.precreate", content, encrypt_type="AES")
    assert answered.signed
    plain = json.loads(aes.cbc_decrypt(key, answered["encrypted"]))
    assert (plain["code"], plain["out_trade_no"]) == ("10000", "G1")
    refused = await shop.call("trade.query", aes.cbc_encrypt(key, b"{}"), encrypt_type="AES")
    assert json.loads(aes.cbc_decrypt(key, refused["encrypted"]))["sub_code"] == "ACQ.INVALID_PARAMETER"


async def test_v3_answers_bare_and_signed(shop: Shop) -> None:
    made = await shop.v3("POST", "/v3/alipay/trade/precreate", ORDER)
    assert (made.status, shop.verifies_v3(made)) == (200, True)
    assert json.loads(made.body).keys() == {"out_trade_no", "qr_code"}
    assert made.header("alipay-sn") == keys.alipay_cert_sn(shop.merchant.keys, keys.CURRENT)


# fmt: off
@pytest.mark.parametrize(("verb", "path", "body", "status", "code"), [
    ("POST", "/v3/alipay/trade/query",   {"out_trade_no": "none"},  400, "ACQ.TRADE_NOT_EXIST"),
    ("POST", "/v3/alipay/trade/query",   b"{",                      400, "illegal-json"),
    ("POST", "/v3/alipay/trade/nothing", {},                        404, "not-found"),
    ("PUT",  "/v3/alipay/trade/query",   {},                        404, "not-found"),
    ("POST", "/v3/alipay/trade/precreate", {"subject": "x"},        400, "missing-parameter"),
])
# fmt: on
async def test_v3_errors(shop: Shop, verb: str, path: str, body: Any, status: int, code: str) -> None:
    refused = await shop.v3(verb, path, body)
    told = json.loads(refused.body)
    assert (refused.status, told["code"]) == (status, code)
    assert told["links"][0]["desc"] == "解决方案"
    assert refused.header("alipay-signature") == ""


@pytest.mark.parametrize(("setting", "status"), [("400", 400), ("401", 401)])
async def test_v3_refuses_a_bad_signature(setting: str, status: int) -> None:
    async with opened({"v3_signature_status": setting, "sign_v3_errors": "on"}) as shop:
        refused = await shop.v3("POST", "/v3/alipay/trade/query", {"out_trade_no": "1"},
                                **{"alipay-app-auth-token": "unsigned"})
        assert (refused.status, json.loads(refused.body)["code"]) == (status, "invalid-signature")
        assert shop.verifies_v3(refused)


@pytest.mark.parametrize("signed_verb", ["POST", "GET"])
async def test_v3_takes_one_verb_for_another(shop: Shop, signed_verb: str) -> None:
    """Whichever of the two the signature is about."""
    target = f"/v3/alipay/fund/account/query?alipay_user_id={shop.merchant.secrets['seller_id']}"
    meant = {"X-HTTP-Method-Override": "GET"}
    answer = await shop.v3("POST", target, None, signed_verb=signed_verb, **meant)
    assert (answer.status, shop.verifies_v3(answer)) == (200, True)
    assert (await shop.v3("POST", target)).status == 404
    forged = await shop.v3("POST", target, None, signed_verb="DELETE", **meant)
    assert json.loads(forged.body)["code"] == "invalid-signature"


async def test_v3_without_authorization_misses_a_timestamp(shop: Shop) -> None:
    refused = await shop.raw(HttpRequest(method="POST", target="/v3/alipay/trade/query"))
    assert (refused.status, json.loads(refused.body)["code"]) == (400, "missing-timestamp")


async def test_v3_pays_by_barcode_and_waits_without_a_code(shop: Shop) -> None:
    order = {**ORDER, "total_amount": "2000.00", "scene": "bar_code", "auth_code": "281234567890123456"}
    asked = json.loads((await shop.v3("POST", "/v3/alipay/trade/pay", order)).body)
    assert ("code" in asked, asked["out_trade_no"]) == (False, "G1")
    await shop.act("G1", "pay")
    seen = json.loads((await shop.v3("POST", "/v3/alipay/trade/query", {"out_trade_no": "G1"})).body)
    assert seen["trade_status"] == "TRADE_SUCCESS"


async def test_nothing_is_written_by_what_is_refused(shop: Shop) -> None:
    values = shop.signed(shop.values(PRECREATE, ORDER))
    await shop.sent({**values, "biz_content": json.dumps({**ORDER, "total_amount": "0.01"})})
    assert await shop.sandbox.work().find(Trade, "ref", "G1") is None
