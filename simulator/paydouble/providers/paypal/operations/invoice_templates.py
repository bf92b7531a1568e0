"""Templates of invoices. https://developer.paypal.com/docs/api/invoicing/v2/#templates"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal.errors import COMMON, INVOICING
from paydouble.providers.paypal.invoice_amounts import refused
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.invoice_models import (
    TEMPLATES_PATH,
    InvoiceTemplate,
    template_id,
    template_shown,
)
from paydouble.providers.paypal.invoicing import ERRORS
from paydouble.providers.paypal.lists import every
from paydouble.providers.paypal.operations.invoices import DOCS, ListRequest
from paydouble.providers.paypal.scene import Scene, of_call, wants_whole
from paydouble.providers.paypal.showing import link

ITSELF = f"{TEMPLATES_PATH}/{{template_id}}"
PAGE_SIZE = 20
_PARTS = ("template_info", "settings", "unit_of_measure")


class TemplateRequest(TypedDict):
    name: str
    default_template: NotRequired[bool]
    template_info: NotRequired[Mapping[str, Any]]
    settings: NotRequired[Mapping[str, Any]]
    unit_of_measure: NotRequired[str]


class ReplaceRequest(TemplateRequest):
    template_id: str


class ById(TypedDict):
    template_id: str


async def _find(call: Call[Any]) -> InvoiceTemplate:
    id = call.params["template_id"]
    found = await call.work.get(InvoiceTemplate, id)
    if found is None or found.account != of_call(call).account:
        raise InvoiceErrors.INVALID_RESOURCE_ID(field="template_id", value=id, location="path")
    return found


async def _check_name(scene: Scene, name: str, known: str = "") -> None:
    taken = await scene.work.find(InvoiceTemplate, "name_key", f"{scene.account}/{name}")
    if taken is not None and taken.id != known:
        raise refused(InvoiceErrors.TEMPLATE_NAME_ALREADY_EXISTS, "/name", name)


async def _the_only_default(scene: Scene, chosen: InvoiceTemplate) -> None:
    """A new default takes the place of the one before."""
    for other in await every(scene.work, InvoiceTemplate, "account", scene.account):
        if other.default and other.id != chosen.id:
            scene.work.save(replace(other, default=False))


def _asked(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"unit_of_measure": "QUANTITY"} | {name: params[name] for name in _PARTS if name in params}


@operation(
    "templates.create", Route(INVOICING, "POST", TEMPLATES_PATH), docs=f"{DOCS}#templates_create",
    errors=(InvoiceErrors.TEMPLATE_NAME_ALREADY_EXISTS, *ERRORS, *COMMON),
)
async def create(call: Call[TemplateRequest]) -> Reply:
    """Keep a template. Without `Prefer: return=representation` only its link is told."""
    scene, params = of_call(call), call.params
    await _check_name(scene, params["name"])
    template = InvoiceTemplate(
        id=template_id(scene.ids), created=scene.now, updated=scene.now, merchant=scene.merchant.id,
        account=scene.account, name=params["name"], asked=_asked(params),
        default=params.get("default_template", False),
    )
    scene.work.save(template)
    if template.default:
        await _the_only_default(scene, template)
    if wants_whole(call):
        return Reply(template_shown(template, scene.base), 201, subject=template)
    return Reply(link(f"{scene.base}{TEMPLATES_PATH}/{template.id}", "self"), 201, subject=template)


@operation(
    "templates.list", Route(INVOICING, "GET", TEMPLATES_PATH), docs=f"{DOCS}#templates_list",
    errors=(*ERRORS, *COMMON),
)
async def listed(call: Call[ListRequest]) -> Reply:
    """List templates, the newest first, with the addresses that the seller can be reached at."""
    scene, params = of_call(call), call.params
    found = await every(call.work, InvoiceTemplate, "account", scene.account)
    size, page = int(params.get("page_size", PAGE_SIZE)), int(params.get("page", 1))
    fields = params.get("fields", "all") != "none"
    shown = [template_shown(one, scene.base, fields=fields) for one in found[(page - 1) * size : page * size]]
    links = [link(f"{scene.base}{TEMPLATES_PATH}?page={page}&page_size={size}", "self")]
    return Reply({"emails": scene.merchant.secrets["email"], "templates": shown, "links": links})


@operation(
    "templates.get", Route(INVOICING, "GET", ITSELF), docs=f"{DOCS}#templates_get", errors=(*ERRORS, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show a template."""
    template = await _find(call)
    return Reply(template_shown(template, call.request.base_url), subject=template)


@operation(
    "templates.update", Route(INVOICING, "PUT", ITSELF), docs=f"{DOCS}#templates_update",
    errors=(InvoiceErrors.TEMPLATE_NAME_ALREADY_EXISTS, *ERRORS, *COMMON),
)
async def update(call: Call[ReplaceRequest]) -> Reply:
    """Replace all of a template."""
    scene, params, known = of_call(call), call.params, await _find(call)
    await _check_name(scene, params["name"], known.id)
    template = replace(
        known, name=params["name"], asked=_asked(params), default=params.get("default_template", False),
        updated=scene.now,
    )
    scene.work.save(template)
    if template.default:
        await _the_only_default(scene, template)
    return Reply(template_shown(template, scene.base), subject=template)


@operation(
    "templates.delete", Route(INVOICING, "DELETE", ITSELF), docs=f"{DOCS}#templates_delete",
    errors=(*ERRORS, *COMMON),
)
async def delete(call: Call[ById]) -> Reply:
    """Forget a template."""
    call.work.remove(await _find(call))
    return Reply(b"", 204)


OPERATIONS: tuple[Operation, ...] = (create, listed, show, update, delete)
