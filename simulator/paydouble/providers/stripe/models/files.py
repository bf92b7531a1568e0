"""File and FileLink (https://docs.stripe.com/api/files/object, …/file_links/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Record):
    """What was uploaded."""

    kind: ClassVar[str] = "stripe.file"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "merchant_purpose")

    merchant: str
    purpose: str
    filename: str
    type: str
    media_type: str
    content: bytes = field(repr=False)
    url: str

    @property
    def merchant_purpose(self) -> str:
        return f"{self.merchant}/{self.purpose}"

    def shown(self) -> dict[str, object]:
        """Without its links, which another operation adds."""
        return {
            "id": self.id,
            "object": "file",
            "created": self.created // 1_000,
            "expires_at": None,
            "filename": self.filename,
            "purpose": self.purpose,
            "size": len(self.content),
            "title": None,
            "type": self.type,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink(Record):
    """An address at which everybody can read a file."""

    kind: ClassVar[str] = "stripe.file_link"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "file")

    merchant: str
    file: str
    url: str
    expires: Instant | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def expired(self, now: Instant) -> bool:
        return self.expires is not None and self.expires <= now

    def shown(self, now: Instant) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "file_link",
            "created": self.created // 1_000,
            "expired": self.expired(now),
            "expires_at": None if self.expires is None else self.expires // 1_000,
            "file": self.file,
            "livemode": False,
            "metadata": self.metadata,
            "url": None if self.expired(now) else self.url,
        }
