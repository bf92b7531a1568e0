"""Objects made of a schema of the document: every required member, and what the request says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.clock import Instant
from paydouble.core.ids import Ids, prefixed
from paydouble.providers.stripe.fallback_document import Document, Schema

DEPTH_MAX = 5
_ID_LENGTH = 24
# fmt: off
_PREFIXES = {
    "billing.alert": "alrt_", "billing.credit_grant": "credgr_", "billing.meter": "mtr_",
    "climate.order": "climorder_", "entitlements.feature": "feat_",
    "financial_connections.account": "fca_", "financial_connections.session": "fcsess_",
    "forwarding.request": "fwdreq_", "identity.verification_session": "vs_",
    "issuing.authorization": "iauth_", "issuing.card": "ic_", "issuing.cardholder": "ich_",
    "issuing.dispute": "idp_", "issuing.transaction": "ipi_", "payment_link": "plink_",
    "person": "person_", "quote": "qt_", "radar.value_list": "rsl_", "radar.value_list_item": "rsli_",
    "reporting.report_run": "frr_", "shipping_rate": "shr_", "subscription_schedule": "sub_sched_",
    "tax.calculation": "taxcalc_", "tax.registration": "taxreg_", "tax.transaction": "tax_",
    "tax_id": "txi_", "terminal.configuration": "tmc_", "terminal.location": "tml_",
    "terminal.reader": "tmr_", "topup": "tu_", "treasury.financial_account": "fa_",
}
# fmt: on


def new_id(resource: str, ids: Ids) -> str:
    """With Stripe's own prefix where it is known."""
    known = _PREFIXES.get(resource) or f"{resource.rpartition('.')[2]}_"
    return prefixed(ids, f"{known}1", _ID_LENGTH)


def made(
    document: Document, schema: Schema, params: Mapping[str, Any], *, id: str, now: Instant, url: str
) -> dict[str, Any]:
    """An object of that schema; `url` is where it lives, for the lists inside it."""
    maker = _Maker(document, now, f"{url}/{id}" if id else url)
    body: dict[str, Any] = maker.object(schema, 0)
    if "id" in schema.get("properties", {}):
        body["id"] = id
    return merged(document, schema, body, params)


def merged(
    document: Document, schema: Schema, body: Mapping[str, Any], params: Mapping[str, Any]
) -> dict[str, Any]:
    """With the params that have the name and the kind of a member; an empty string unsets."""
    result = dict(body)
    for name, value in params.items():
        member = schema.get("properties", {}).get(name)
        if member is None or name in ("id", "object", "created"):
            continue
        if name == "metadata" and isinstance(value, Mapping):
            kept = {**(result.get(name) or {}), **value}
            result[name] = {key: text for key, text in kept.items() if text != ""}
        elif value == "" and member.get("nullable"):
            result[name] = None
        elif _fits(document, member, value):
            result[name] = value
    return result


def _fits(document: Document, member: Schema, value: object) -> bool:
    choices = member.get("anyOf") or [member]
    kinds = {document.resolved(each).get("type") for each in choices}
    enums = [one for each in choices for one in document.resolved(each).get("enum", ())]
    match value:
        case bool():
            return "boolean" in kinds
        case int():
            return bool(kinds & {"integer", "number"})
        case str():
            return "string" in kinds and (not enums or value in enums)
        case list():
            return "array" in kinds and all(isinstance(each, str | int | bool) for each in value)
        case _:
            return False


class _Maker:
    def __init__(self, document: Document, now: Instant, url: str) -> None:
        self._document = document
        self._now = now
        self._url = url

    def object(self, schema: Schema, depth: int) -> dict[str, Any]:
        """Members that may be null are; further down only what is required is there."""
        properties = schema.get("properties", {})
        if "data" in properties and "has_more" in properties:
            return {"object": "list", "data": [], "has_more": False, "url": self._url}
        required = schema.get("required", ())
        return {
            name: self.value(name, each, depth + 1)
            for name, each in properties.items()
            if name in required or (depth == 0 and not self._is_optional_object(each))
        }

    def _is_optional_object(self, schema: Schema) -> bool:
        return not schema.get("nullable") and self._document.resolved(schema).get("type") == "object"

    def value(self, name: str, schema: Schema, depth: int) -> Any:
        if schema.get("nullable"):
            return None
        plain = self._document.resolved(schema)
        if plain.get("enum"):
            return plain["enum"][0]
        match plain.get("type"):
            case "string":
                return "usd" if name == "currency" else ""
            case "integer":
                return self._now // 1_000 if plain.get("format") == "unix-time" else 0
            case "number":
                return 0
            case "boolean":
                return False
            case "array":
                return []
            case _:
                return self.object(plain, depth) if depth < DEPTH_MAX else {}
