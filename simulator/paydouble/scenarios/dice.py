"""The throw of `chance`: a pure function of seed, scenario, rule and what arrived, never of arrival order."""

from __future__ import annotations

from hashlib import blake2b

BITS = 64
SIDES = float(1 << BITS)


def throw(seed: int, scenario: str, rule: str, key: str) -> float:
    """From 0 up to 1; `rule` is the rule's name, or its salt."""
    hashed = blake2b(f"{seed}|{scenario}|{rule}|{key}".encode(), digest_size=BITS // 8)
    return int.from_bytes(hashed.digest()) / SIDES
