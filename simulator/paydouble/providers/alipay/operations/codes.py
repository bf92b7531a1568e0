"""The codes that buyers show: digits of a bar code, or the mark of a face."""

from __future__ import annotations

import re

_AUTH_CODE = re.compile(r"(?:2[5-9]|30)[0-9]{14,22}|fp[0-9A-Za-z]{35}", re.ASCII)


def is_auth_code(text: str) -> bool:
    return bool(_AUTH_CODE.fullmatch(text))
