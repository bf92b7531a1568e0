"""What tells a careful shop from a careless one: numbers and keys of a second try, and repeated callbacks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Protocol


class Care(Protocol):
    """Asked by a shop whose provider's answer it has not heard."""

    def key(self, what: str, order: str) -> str:
        """An idempotency key for this try."""

    def number(self, order: str, attempt: int) -> str:
        """The order's number at the provider, for this try."""

    def is_news(self, notification: str) -> bool:
        """Whether a notification of this id is to be acted upon."""


@dataclass(slots=True)
class Careful:
    """Every try is the same request; a notification counts once."""

    _seen: set[str] = field(default_factory=set)

    def key(self, what: str, order: str) -> str:
        return f"{what}-{order}"

    def number(self, order: str, attempt: int) -> str:
        return order

    def is_news(self, notification: str) -> bool:
        new = notification not in self._seen
        self._seen.add(notification)
        return new


@dataclass(frozen=True, slots=True)
class Careless:
    """Every try is a new request; every notification counts."""

    def key(self, what: str, order: str) -> str:
        return str(uuid.uuid4())

    def number(self, order: str, attempt: int) -> str:
        return f"{order}-{attempt}"

    def is_news(self, notification: str) -> bool:
        return True
