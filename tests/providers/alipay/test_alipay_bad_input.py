"""Input that is no input: Alipay's own error, by either protocol, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.store.protocol import Batch
from tests.providers.alipay.shop import FORM, Shop, opened

ORDER = {"out_trade_no": "B1", "total_amount": "1.00", "subject": "x", "buyer_id": "2088102100004801"}
CREATE = "alipay.trade.create"
MEBIBYTE = 1_024 * 1_024


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with opened() as here:
        written: list[str] = []
        commit = here.simulator.store.commit

        async def noted(batch: Batch) -> None:
            written.extend(kind for kind, _ in batch.puts)
            await commit(batch)

        here.simulator.store.commit = noted  # type: ignore[method-assign]
        yield here
        assert written == []
        assert here.sandbox.log.internal_errors == []


async def refused(shop: Shop, values: dict[str, str]) -> str:
    answered = await shop.sent(values)
    assert answered.response.status == 200
    assert answered.signed
    return answered.sub_code


# fmt: off
@pytest.mark.parametrize("amount", [
    "0.001", "-1", "1e3", "１００", "0", "0.00", "01.00", "1.", ".5", "1,000", " 1.00", "1.00\n", "", "NaN", "Infinity",
    "100000000.01", "99999999999999999999", None, True, [], {}, ["1.00"],
])
# fmt: on
async def test_what_is_no_amount(shop: Shop, amount: Any) -> None:
    order = {**ORDER, "total_amount": amount}
    told = await refused(shop, shop.signed(shop.values(CREATE, order)))
    assert told in ("ACQ.INVALID_PARAMETER", "ACQ.TOTAL_FEE_EXCEED")
    answer = await shop.v3("POST", "/v3/alipay/trade/create", order)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, told)


@pytest.mark.parametrize("raw", ["0.001", "-1", "1e3", "1E+2", "-0", "1.0000"])
async def test_numbers_are_judged_as_they_are_written(shop: Shop, raw: str) -> None:
    text = json.dumps(ORDER).replace('"1.00"', raw)
    told = await refused(shop, shop.signed(shop.values(CREATE, text)))
    assert told in ("ACQ.INVALID_PARAMETER", "ACQ.TOTAL_FEE_EXCEED")


@pytest.mark.parametrize(("name", "digits"), [
    ("total_amount", "１.００"), ("timeout_express", "９０m"), ("time_expire", "２０３０-01-01 00:00:00"),
])
async def test_full_width_digits_are_no_digits(shop: Shop, name: str, digits: str) -> None:
    assert await refused(shop, shop.signed(shop.values(CREATE, {**ORDER, name: digits}))) == "ACQ.INVALID_PARAMETER"


# fmt: off
@pytest.mark.parametrize("text", [
    '{"out_trade_no":"B1","out_trade_no":5}', '{"out_trade_no":{"a":"}"},"subject":"{{{"}', '"}{"', "{}}", "{{}", "[]",
    "null", "{'a':1}", '{"a":1,}', "\x00", '{"a":"\x01"}', '{"a":"\\ud800"}', "{" * 50_000, '{"a":' * 50_000,
])
# fmt: on
async def test_what_is_no_order(shop: Shop, text: str) -> None:
    told = await refused(shop, shop.signed(shop.values(CREATE, text)))
    assert told in ("isv.illegal-json", "ACQ.INVALID_PARAMETER", "isv.missing-parameter")


async def test_a_mebibyte_of_order_is_refused_for_what_is_wrong_in_it(shop: Shop) -> None:
    large = {**ORDER, "subject": "x" * MEBIBYTE}
    assert await refused(shop, shop.signed(shop.values(CREATE, large))) == "ACQ.INVALID_PARAMETER"
    answer = await shop.v3("POST", "/v3/alipay/trade/create", large)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "ACQ.INVALID_PARAMETER")


@pytest.mark.parametrize("cut", [1, 2, 3, 100, 343])
async def test_a_signature_that_is_cut_short(shop: Shop, cut: int) -> None:
    values = shop.signed(shop.values(CREATE, ORDER))
    assert await refused(shop, {**values, "sign": values["sign"][:-cut]}) == "isv.invalid-signature"


@pytest.mark.parametrize("cipher", ["AAAA", "QUJD", "not base64!", "=", "QUJDREVGR0hJSktMTU5PUA="])
async def test_ciphertext_that_is_cut_short(shop: Shop, cipher: str) -> None:
    values = shop.signed(shop.values(CREATE, cipher, encrypt_type="AES"))
    assert await refused(shop, values) == "isv.decryption-error-unknown"
    answer = await shop.v3("POST", "/v3/alipay/trade/create", cipher.encode(), **{"alipay-encrypt-type": "AES"})
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "invalid-encrypt")


async def test_a_weaker_digest_cannot_be_named_afterwards(shop: Shop) -> None:
    values = shop.signed(shop.values(CREATE, ORDER))
    assert await refused(shop, {**values, "sign_type": "RSA"}) == "isv.invalid-signature"
    for unheard_of in ("MD5", "rsa2", "RSA3"):
        assert await refused(shop, {**values, "sign_type": unheard_of}) == "isv.invalid-signature-type"


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "latin-1", "idna", "rot13", "../x", "utf-8;gbk"])
async def test_a_charset_that_is_none_of_alipays(shop: Shop, charset: str) -> None:
    values = shop.signed(shop.values(CREATE, ORDER, charset=charset))
    assert await refused(shop, values) == "isv.invalid-charset"


async def test_bytes_of_another_charset(shop: Shop) -> None:
    values = shop.signed(shop.values(CREATE, {**ORDER, "subject": "中文"}))
    request = shop.request(values)
    body = request.body.replace(b"%E4%B8%AD", b"%D6%D0%CE")
    answer = await shop.raw(HttpRequest(
        method="POST", target=request.target, headers=Headers((("Content-Type", FORM),)), body=body, id=request.id,
    ))
    assert b"isv.invalid-charset" in answer.body


async def test_a_number_that_was_signed_cannot_be_given_twice(shop: Shop) -> None:
    """The first value counts, for the signature and for the order alike."""
    values = shop.signed(shop.values(CREATE, ORDER))
    request = shop.request(values)
    other = b"biz_content=" + json.dumps({**ORDER, "total_amount": "0.01"}).encode().replace(b" ", b"") + b"&"
    answer: HttpResponse = await shop.raw(HttpRequest(
        method="POST", target=request.target, headers=request.headers, body=other + request.body, id=request.id,
    ))
    assert b"isv.invalid-signature" in answer.body
