"""The params of API v2."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash


class Paged(TypedDict, total=False):
    limit: int
    page: str


class Included(TypedDict, total=False):
    id: Required[str]
    include: list[str]


class Named(TypedDict, total=False):
    id: Required[str]


class DestinationCreate(TypedDict, total=False):
    enabled_events: Required[list[str]]
    event_payload: Required[str]
    name: Required[str]
    type: Required[str]
    amazon_eventbridge: Hash
    azure_event_grid: Hash
    description: str
    events_from: list[str]
    include: list[str]
    metadata: dict[str, str]
    snapshot_api_version: str
    webhook_endpoint: Hash


class DestinationUpdate(TypedDict, total=False):
    id: Required[str]
    description: str
    enabled_events: list[str]
    include: list[str]
    metadata: dict[str, str | None]
    name: str
    webhook_endpoint: Hash


class DestinationList(Paged, total=False):
    include: list[str]


class EventList(Paged, total=False):
    created: dict[str, str]
    object_id: str
    types: list[str]
