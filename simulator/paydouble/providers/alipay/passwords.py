"""Payment passwords and the codes of text messages: six digits, all of them good but one."""

from __future__ import annotations

import re

WRONG = "000000"

_SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


def is_good(digits: str) -> bool:
    return bool(_SIX_DIGITS.fullmatch(digits)) and digits != WRONG
