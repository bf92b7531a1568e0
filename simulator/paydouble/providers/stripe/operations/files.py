"""Files and file links (https://docs.stripe.com/api/files, …/file_links)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.http import HttpResponse
from paydouble.core.operation import Route, operation
from paydouble.core.page import Next, Page, Visit, page
from paydouble.providers.stripe import lists, uploads
from paydouble.providers.stripe.errors import Errors, missing, missing_reference
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import File, FileLink
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_files import (
    FileCreate,
    FileLinkCreate,
    FileLinkList,
    FileLinkUpdate,
    FileList,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

SIZE_MAX = 16 * 1024 * 1024
"""Of identity documents; other purposes take less, which is not checked."""

_URL = uploads.PATH
_LINKS = "/v1/file_links"
_LINK_PATH = "/links/{id}"
_DOCS = "https://docs.stripe.com/api/files/"
_LINK_DOCS = "https://docs.stripe.com/api/file_links/"
_LINKABLE = frozenset(
    "business_icon business_logo customer_signature dispute_evidence finance_report_run "
    "financial_account_statement identity_document_downloadable issuing_regulatory_reporting pci_document "
    "selfie sigma_scheduled_query tax_document_user_upload terminal_android_apk "
    "terminal_reader_splashscreen".split()
)
_TYPES = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf", "text/csv": "csv"}


@operation(
    "files.create",
    Route("v1", "POST", _URL),
    means=("file.create",),
    idempotency=ONCE,
    errors=(Errors.MALFORMED_REQUEST, Errors.PARAMETER_INVALID),
    docs=_DOCS + "create",
)
async def create(call: Call[FileCreate]) -> Reply:
    """Takes a file; with `file_link_data` everybody can read it at an address of its own."""
    scene, params = of_call(call), call.params
    try:
        part = uploads.uploaded(call.request)
    except uploads.Malformed:
        part = None
    if part is None:
        raise Errors.PARAMETER_INVALID(
            "Invalid file: files are uploaded as multipart/form-data.", param="file"
        )
    if not part.content or len(part.content) > SIZE_MAX:
        raise Errors.PARAMETER_INVALID("The file is empty, or too large.", param="file")
    id = scene.id("file_1")
    made = File(
        id=id,
        created=scene.wall,
        merchant=scene.account,
        purpose=params["purpose"],
        filename=part.filename or "upload",
        type=_TYPES.get(part.type) or _extension(part.filename),
        media_type=part.type or "application/octet-stream",
        content=part.content,
        url=f"{scene.base_url}{_URL}/{id}/contents",
    )
    scene.work.save(made)
    scene.tell("file.created", made)
    asked = params.get("file_link_data") or {}
    links = [_linked(scene, made, asked)] if asked.get("create") else []
    return Reply(_with_links(made, links, scene.wall), subject=made)


def _extension(filename: str) -> str:
    stem, dot, extension = filename.rpartition(".")
    return extension.lower()[:10] if stem and dot and extension else "bin"


def _with_links(file: File, links: list[FileLink], now: Instant) -> dict[str, object]:
    data = [link.shown(now) for link in links]
    url = f"{_LINKS}?file={file.id}"
    return {**file.shown(), "links": lists.shown(url, data, has_more=False)}


async def _file(scene: Scene, id: str) -> File:
    found = await scene.work.get(File, id)
    if found is None or found.merchant != scene.account:
        raise missing("file upload", id, param="file")
    return found


@operation(
    "files.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("file.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows what is known of a file."""
    scene = of_call(call)
    file = await _file(scene, call.params["id"])
    links = await lists.every(call.work, FileLink, "file", file.id)
    return Reply(_with_links(file, links, scene.wall), subject=file)


@operation(
    "files.contents",
    Route("v1", "GET", _URL + "/{id}/contents"),
    means=("file.download",),
    errors=(Errors.RESOURCE_MISSING,),
    docs="https://docs.stripe.com/file-upload#download-file-contents",
)
async def contents(call: Call[Named]) -> Reply:
    """Gives a file back, byte for byte."""
    file = await _file(of_call(call), call.params["id"])
    return Reply(file.content, subject=file, headers=_headers(file))


def _headers(file: File) -> tuple[tuple[str, str], ...]:
    name = quote(file.filename)
    disposition = f"attachment; filename*=UTF-8''{name}"
    return (("Content-Type", file.media_type), ("Content-Disposition", disposition))


@operation(
    "files.list",
    Route("v1", "GET", _URL),
    means=("file.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_files(call: Call[FileList]) -> Reply:
    """Lists files, newest first."""
    purpose = call.params.get("purpose", "")
    index = ("merchant_purpose", f"{call.account}/{purpose}") if purpose else ("merchant", call.account)
    found, more = await lists.page(call, File, "file", index=index)
    return Reply(lists.shown(_URL, [one.shown() for one in found], has_more=more))


def _linked(scene: Scene, file: File, asked: Mapping[str, Any]) -> FileLink:
    """Raises ProviderError where the file is for nobody else's eyes."""
    if file.purpose not in _LINKABLE:
        raise Errors.PARAMETER_INVALID(
            f"You cannot create a file link for a file whose purpose is {file.purpose}.", param="file"
        )
    expires = asked.get("expires_at")
    if expires and expires * 1_000 <= scene.wall:
        raise Errors.PARAMETER_INVALID("expires_at must be in the future.", param="expires_at")
    id = scene.id("link_1")
    path = _LINK_PATH.replace("{id}", id)
    link = FileLink(
        id=id,
        created=scene.wall,
        merchant=scene.account,
        file=file.id,
        url=f"{scene.base_url}{path}?publishable_key={scene.publishable_key}",
        expires=Instant(expires * 1_000) if expires else None,
        metadata=merged({}, asked.get("metadata")),
    )
    scene.work.save(link)
    return link


@operation(
    "file_links.create",
    Route("v1", "POST", _LINKS),
    means=("file.link",),
    idempotency=ONCE,
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_LINK_DOCS + "create",
)
async def create_link(call: Call[FileLinkCreate]) -> Reply:
    """Makes an address at which everybody can read a file."""
    scene, params = of_call(call), call.params
    file = await scene.work.get(File, params["file"])
    if file is None or file.merchant != scene.account:
        raise missing_reference("file upload", params["file"], param="file")
    link = _linked(scene, file, params)
    return Reply(link.shown(scene.wall), subject=link)


async def _link(scene: Scene, id: str) -> FileLink:
    found = await scene.work.get(FileLink, id)
    if found is None or found.merchant != scene.account:
        raise missing("file link", id, param="link")
    return found


@operation(
    "file_links.retrieve",
    Route("v1", "GET", _LINKS + "/{id}"),
    means=("file.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_LINK_DOCS + "retrieve",
)
async def retrieve_link(call: Call[Named]) -> Reply:
    """Shows a link, and whether it has expired."""
    scene = of_call(call)
    link = await _link(scene, call.params["id"])
    return Reply(link.shown(scene.wall), subject=link)


@operation(
    "file_links.update",
    Route("v1", "POST", _LINKS + "/{id}"),
    means=("file.link",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_LINK_DOCS + "update",
)
async def update_link(call: Call[FileLinkUpdate]) -> Reply:
    """Lets a link expire: at an instant, now, or never."""
    scene, params = of_call(call), call.params
    link = await _link(scene, params["id"])
    if link.expired(scene.wall):
        raise Errors.PARAMETER_INVALID("This file link has already expired.")
    expires = link.expires
    match params.get("expires_at"):
        case "now":
            expires = scene.wall
        case "":
            expires = None
        case int(seconds):
            expires = Instant(seconds * 1_000)
    link = replace(link, expires=expires, metadata=merged(link.metadata, params.get("metadata")))
    scene.work.save(link)
    return Reply(link.shown(scene.wall), subject=link)


@operation(
    "file_links.list",
    Route("v1", "GET", _LINKS),
    means=("file.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_LINK_DOCS + "list",
)
async def list_links(call: Call[FileLinkList]) -> Reply:
    """Lists file links, newest first."""
    params, now = call.params, of_call(call).wall
    file, expired = params.get("file", ""), params.get("expired")

    def wanted(link: FileLink) -> bool:
        return link.merchant == call.account and expired in (None, link.expired(now))

    index = ("file", file) if file else ("merchant", call.account)
    found, more = await lists.page(call, FileLink, "file link", index=index, where=wanted)
    return Reply(lists.shown(_LINKS, [one.shown(now) for one in found], has_more=more))


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("publishable_key", ""), fields.get("id", "")


@page(_LINK_PATH, FileLink, folder="paydouble.providers.stripe", names=_names)
async def read(visit: Visit) -> Next:
    """Everybody reads the file until the link expires."""
    link = visit.record
    file = await visit.work.get(File, link.file) if isinstance(link, FileLink) else None
    if not isinstance(link, FileLink) or file is None or link.expired(visit.now):
        return HttpResponse(404, (("Content-Type", "text/plain"),), b"This link has expired.")
    return HttpResponse(200, _headers(file), file.content)


OPERATIONS = (
    create, retrieve, contents, list_files, create_link, retrieve_link, update_link, list_links,
)  # fmt: skip
FILE_PAGES: tuple[Page, ...] = (read,)
