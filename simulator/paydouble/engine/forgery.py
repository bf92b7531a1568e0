"""Which delivery attempts nobody may accept: what left them is not genuine, or not fresh."""

from __future__ import annotations

from paydouble.core.clock import MINUTE
from paydouble.core.effect import HONEST_SEAL, Corruption, Damage, KeyChoice, NotifyAttempt

FRESH_MS = 5 * MINUTE
"""Providers tell merchants to refuse what was signed longer ago."""

_NOT_OURS = frozenset({KeyChoice.FOREIGN, KeyChoice.UNKNOWN, KeyChoice.OTHER_MERCHANT})
_UNREADABLE = frozenset({
    Corruption.TRUNCATED, Corruption.NOT_JSON, Corruption.BAD_CIPHERTEXT, Corruption.EXTRA_BYTES,
})  # fmt: skip


def is_forged(plan: NotifyAttempt) -> bool:
    seal = plan.seal or HONEST_SEAL
    spoiled = seal.key in _NOT_OURS or seal.damage is not Damage.NONE
    return spoiled or abs(seal.skew) > FRESH_MS or plan.corrupt in _UNREADABLE
