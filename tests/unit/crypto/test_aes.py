"""Boxes that open for their own key, nonce and data only, and the two older modes."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.crypto import aes

KEY = b"0123456789abcdef0123456789abcdef"
NONCE = "61f9c719728a"


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_box_gives_back_what_was_put_in(plaintext: bytes, associated_data: str) -> None:
    box = aes.GcmBox(KEY)
    assert box.decrypt(box.encrypt(plaintext, NONCE, associated_data), NONCE, associated_data) == plaintext


@pytest.mark.parametrize(("key", "nonce", "associated_data"), [
    (KEY[::-1], NONCE, "transaction"),
    (KEY, NONCE[::-1], "transaction"),
    (KEY, NONCE, "refund"),
])  # fmt: skip
def test_a_box_stays_shut_for_anything_else(key: bytes, nonce: str, associated_data: str) -> None:
    sealed = aes.GcmBox(KEY).encrypt(b"{}", NONCE, "transaction")
    with pytest.raises(ValueError, match="authentication tag"):
        aes.GcmBox(key).decrypt(sealed, nonce, associated_data)


@pytest.mark.parametrize("ciphertext", ["", "AAAA", "not base64!", "密文", "A" * 64])
def test_no_text_but_a_value_error_comes_out_of_garbage(ciphertext: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the library words it)
        aes.GcmBox(KEY).decrypt(ciphertext, NONCE, "")


def test_a_key_or_nonce_of_a_wrong_size_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="key"):
        aes.GcmBox(b"short")
    with pytest.raises(ValueError, match=r"(?i)nonce"):
        aes.GcmBox(KEY).encrypt(b"", "", "")
    with pytest.raises(ValueError, match="key"):
        aes.cbc_encrypt(b"short", b"")


@given(st.binary())
def test_the_older_modes_give_back_what_was_put_in(plaintext: bytes) -> None:
    assert aes.cbc_decrypt(KEY[:16], aes.cbc_encrypt(KEY[:16], plaintext)) == plaintext
    assert aes.ecb_decrypt(KEY, aes.ecb_encrypt(KEY, plaintext)) == plaintext


def test_ecb_repeats_itself_and_cbc_does_not() -> None:
    twice = bytes(32)
    ecb, cbc = base64.b64decode(aes.ecb_encrypt(KEY, twice)), base64.b64decode(aes.cbc_encrypt(KEY, twice))
    assert ecb[:16] == ecb[16:32] == cbc[:16]
    assert cbc[16:32] != cbc[:16]


@pytest.mark.parametrize("ciphertext", ["", "AAAA", "not base64!", "密文", "A" * 22 + "=="])
def test_the_older_modes_refuse_what_is_not_padded_blocks(ciphertext: str) -> None:
    for decrypt in (aes.cbc_decrypt, aes.ecb_decrypt):
        with pytest.raises(ValueError):  # noqa: PT011  (the library words it)
            decrypt(KEY, ciphertext)
