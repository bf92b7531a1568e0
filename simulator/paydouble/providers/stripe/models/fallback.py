"""An object of a resource that PayDouble does not model, as the fallback keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json

HEADER = "Paydouble-Fallback"
"""Of an answer that is made of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackObject(Record):
    """Status: empty, or deleted."""

    kind: ClassVar[str] = "stripe.fallback_object"
    indexes: ClassVar[tuple[str, ...]] = ("place",)

    merchant: str
    collection: str
    """The path under which it was made, with the ids of its parents."""
    body: Json

    @property
    def place(self) -> str:
        return f"{self.merchant}{self.collection}"

    def shown(self) -> dict[str, object]:
        return dict(self.body)
