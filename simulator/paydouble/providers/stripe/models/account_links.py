"""AccountLink (https://docs.stripe.com/api/account_links/object): a way into the hosted form, for one use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink(Record):
    """Its `merchant` is the platform; status: open, used."""

    kind: ClassVar[str] = "stripe.account_link"

    status: str = "open"
    merchant: str
    account: str
    expires: Instant
    url: str
    refresh_url: str = ""
    return_url: str = ""

    def usable(self, now: Instant) -> bool:
        return self.status == "open" and now < self.expires

    def shown(self) -> dict[str, object]:
        return {
            "object": "account_link",
            "created": self.created // 1_000,
            "expires_at": self.expires // 1_000,
            "url": self.url,
        }
