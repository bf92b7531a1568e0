"""WebhookEndpoint (https://docs.stripe.com/api/webhook_endpoints/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint(Record):
    """Status: enabled, disabled."""

    kind: ClassVar[str] = "stripe.webhook_endpoint"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "enabled"
    merchant: str
    url: str
    secret: str = field(repr=False)
    enabled_events: tuple[str, ...]
    own: bool = True
    """It is told of its account's own events,"""
    connect: bool = False
    """and of those of its connected accounts; what a dashboard sets up is told of both."""
    application: str = ""
    api_version: str = ""
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def wants(self, type: str) -> bool:
        return self.status == "enabled" and ("*" in self.enabled_events or type in self.enabled_events)

    def shown(self) -> dict[str, object]:
        """Without its secret, which only the answer to its creation has."""
        return {
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version or None,
            "application": self.application or None,
            "created": self.created // 1_000,
            "description": self.description or None,
            "enabled_events": list(self.enabled_events),
            "livemode": False,
            "metadata": self.metadata,
            "status": self.status,
            "url": self.url,
        }
