"""Every identifier and nonce of a sandbox, from one seed."""

from __future__ import annotations

import random
from functools import lru_cache

from paydouble.core.ids import BASE62


class SeededIds:
    """Two sources with equal seed and incarnation give the same tokens in the same order.

    The incarnation tells apart two lives of one durable sandbox, so that ids never repeat after a restart.
    """

    def __init__(self, seed: int, sandbox: str, incarnation: int = 0) -> None:
        self._random = random.Random(f"{seed}|{sandbox}|{incarnation}")

    def token(self, length: int, alphabet: str = BASE62) -> str:
        return self._random.randbytes(length).translate(_letters(alphabet)).decode("ascii")

    def fraction(self) -> float:
        """Between 0 and 1: for latencies."""
        return self._random.random()

    def normal(self) -> float:
        """Standard normal: for lognormal latencies."""
        return self._random.normalvariate(0.0, 1.0)


@lru_cache(maxsize=32)
def _letters(alphabet: str) -> bytes:
    """Byte to letter: ten times as fast as drawing letters, and that some come more often harms nobody."""
    return bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256))
