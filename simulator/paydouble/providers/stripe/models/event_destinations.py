"""EventDestination (https://docs.stripe.com/api/v2/core/event-destinations/object): who is told by API v2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record

SELF, ACCOUNTS = "@self", "@accounts"
THIN_PREFIX = "v1."


def iso(instant: Instant) -> str:
    """As API v2 writes times: RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(instant / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDestination(Record):
    """Status: enabled, disabled."""

    kind: ClassVar[str] = "stripe.event_destination"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "enabled"
    merchant: str
    name: str
    payload: str
    """snapshot or thin."""
    enabled_events: tuple[str, ...]
    url: str
    secret: str = field(repr=False)
    events_from: tuple[str, ...] = (SELF,)
    snapshot_api_version: str = ""
    description: str = ""
    updated: Instant
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def thin(self) -> bool:
        return self.payload == "thin"

    def wants(self, type: str) -> bool:
        name = type if not self.thin or type.startswith("v2.") else f"{THIN_PREFIX}{type}"
        return self.status == "enabled" and ("*" in self.enabled_events or name in self.enabled_events)

    def shown(self, include: tuple[str, ...] = ()) -> dict[str, object]:
        """URL and secret only for who asks for them."""
        shape: dict[str, object] = {
            "id": self.id,
            "object": "v2.core.event_destination",
            "created": iso(self.created),
            "description": self.description,
            "enabled_events": list(self.enabled_events),
            "event_payload": self.payload,
            "events_from": list(self.events_from),
            "livemode": False,
            "metadata": self.metadata,
            "name": self.name,
            "status": self.status,
            "type": "webhook_endpoint",
            "updated": iso(self.updated),
        }
        if self.status == "disabled":
            shape["status_details"] = {"disabled": {"reason": "user"}}
        if self.snapshot_api_version:
            shape["snapshot_api_version"] = self.snapshot_api_version
        inside: dict[str, object] = {}
        if "webhook_endpoint.url" in include:
            inside["url"] = self.url
        if "webhook_endpoint.signing_secret" in include:
            inside["signing_secret"] = self.secret
        if inside:
            shape["webhook_endpoint"] = inside
        return shape
