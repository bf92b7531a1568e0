"""Secrets and card data never leave through the call log, wherever they stand."""

from __future__ import annotations

import pytest

from paydouble.core.call import Merchant
from paydouble.engine.keyring import well_known
from paydouble.server.masking import Masker

MERCHANT = Merchant(
    provider="stripe", id="acct_1", sandbox="s", handles=("sk_test_1",), keys=well_known(),
    secrets={"secret_key": "sk_test_1", "publishable_key": "pk_test_1", "apiv3_key": "k" * 32, "appid": "wx48001"},
)


# fmt: off
@pytest.mark.parametrize(("text", "shown"), [
    ("card[number]=4242424242424242&card[cvc]=123",     "card[number]=**** 4242&card[cvc]=****"),
    ("card%5Bnumber%5D=4242+4242+4242+4242",            "card%5Bnumber%5D=**** 4242"),
    ('{"number": "4000-0566-5566-5556"}',               '{"number": "**** 5556"}'),
    ('{"security_code":"0123"}',                        '{"security_code":"****"}'),
    ("key=sk_test_1&publishable=pk_test_1",             "key=****&publishable=pk_test_1"),
    (f"sign with {'k' * 32}",                           "sign with ****"),
    ("pi_1_secret_abcDEF123",                           "pi_1_secret_****"),
    ('{"access_token": "A21AAF"}',                      '{"access_token": "****"}'),
    ("appid=wx48001&out_trade_no=4242424242424242",     "appid=wx48001&out_trade_no=4242424242424242"),
    ("phone_number_of=5",                               "phone_number_of=5"),
])
# fmt: on
def test_texts(text: str, shown: str) -> None:
    assert Masker([MERCHANT]).text(text) == shown


def test_of_credentials_only_the_scheme_is_shown() -> None:
    headers = (("Authorization", "WECHATPAY2-SHA256-RSA2048 mchid=1"), ("cookie", "a=b"), ("Accept", "x"))
    assert Masker([]).headers(headers) == [
        ["Authorization", "WECHATPAY2-SHA256-RSA2048 ****"], ["cookie", "****"], ["Accept", "x"],
    ]


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert Masker([]).body(b"\xff\x00ok") == "\\xff\x00ok"
