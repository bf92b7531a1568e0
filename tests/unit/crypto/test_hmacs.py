"""Digests against the RFCs' own examples, and comparison of any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paydouble.crypto import hmacs

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


def test_hmac_is_that_of_rfc_4231() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmacs.hmac_sha256_hex(b"Jefe", b"what do ya want for nothing?") == expected
    assert hmacs.hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == expected


def test_md5_is_that_of_rfc_1321() -> None:
    assert hmacs.md5_hex(b"message digest") == "f96b697d7cb7938d525a2f31aaf161d0"


@given(ANY_TEXT, ANY_TEXT)
def test_same_is_equality_of_any_two_texts(left: str, right: str) -> None:
    assert hmacs.same(left, left)
    assert hmacs.same(left, right) is (left == right)
