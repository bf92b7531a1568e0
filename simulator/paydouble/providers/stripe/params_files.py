"""The params of files and their links."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged


class FileCreate(TypedDict, total=False):
    file: Required[str]
    purpose: Required[str]
    expand: list[str]
    file_link_data: Hash


class FileList(Paged, total=False):
    purpose: str


class FileLinkCreate(TypedDict, total=False):
    file: Required[str]
    expand: list[str]
    expires_at: int
    metadata: Metadata


class FileLinkUpdate(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    expires_at: int | str
    metadata: Metadata


class FileLinkList(Paged, total=False):
    expired: bool
    file: str
