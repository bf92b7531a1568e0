"""Facts for tests, whole from the beginning."""

from __future__ import annotations

from typing import Any

from paydouble.core.words import Details, Facts


def facts_of(*, ref: str = "", payment: str = "", **details: Any) -> Facts:
    return Facts(ref=ref, payment=payment, details=Details(**details))
