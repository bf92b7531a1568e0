"""Where identifiers and nonces come from: one seeded source, asked for shapes."""

from __future__ import annotations

from typing import Protocol

DIGITS = "0123456789"
HEX = "0123456789abcdef"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids(Protocol):
    """A source of identifiers that is unpredictable to nobody: the seed decides them all."""

    def token(self, length: int, alphabet: str = BASE62) -> str:
        """`length` characters of the alphabet, different at every call."""


def prefixed(ids: Ids, prefix: str, length: int = 24) -> str:
    """As in "pi_3MtwBwLkdIwHu7ix28a3tqPa"."""
    return prefix + ids.token(length)


def uuid_shaped(ids: Ids) -> str:
    """Thirty-two hex digits in the 8-4-4-4-12 grouping, marked as version 4."""
    digits = ids.token(32, HEX)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
