"""JSON Patch as the Orders API takes it: which attributes, by which operations, with which values.

https://developer.paypal.com/docs/api/orders/v2/#orders_patch
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.providers.paypal.amounts import Json
from paydouble.providers.paypal.order_errors import OrderErrors

ADD, REPLACE, REMOVE = "add", "replace", "remove"
_SET, _ANY, _PUT = (ADD, REPLACE), (ADD, REPLACE, REMOVE), (REPLACE,)

_UNIT = re.compile(r"/purchase_units/@reference_id=='([^']*)'(?:/(.*))?", re.ASCII)
_VALUE = re.compile(r"[0-9]*\.?[0-9]+|-[0-9]*\.?[0-9]+", re.ASCII)
_QUANTITY = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}|C2", re.ASCII)
_TEXT_MAX, _VALUE_MAX, _UNITS_MAX, _ITEMS_MAX = 300, 32, 10, 500


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _TEXT_MAX


def _amount(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("currency_code"), str):
        return False
    number = value.get("value")
    if not isinstance(number, str) or len(number) > _VALUE_MAX or not _VALUE.fullmatch(number):
        return False
    parts = value.get("breakdown", {})
    return isinstance(parts, dict) and all(map(_amount, parts.values()))


def _items(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _ITEMS_MAX and all(_item(item) for item in value)


def _item(item: Any) -> bool:
    return (
        isinstance(item, dict) and _text(item.get("name")) and _amount(item.get("unit_amount"))
        and isinstance(item.get("quantity"), str) and bool(_QUANTITY.fullmatch(item["quantity"]))
        and ("tax" not in item or _amount(item["tax"]))
    )


def _name(value: Any) -> bool:
    return isinstance(value, dict) and _text(value.get("full_name"))


def _address(value: Any) -> bool:
    country = value.get("country_code") if isinstance(value, dict) else None
    return isinstance(country, str) and bool(_COUNTRY.fullmatch(country)) and all(map(_text, value.values()))


def _options(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and _text(one.get("id")) and _text(one.get("label"))
        and isinstance(one.get("selected"), bool) and ("amount" not in one or _amount(one["amount"]))
        for one in value
    )


def _fees(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 1 and all(
        isinstance(one, dict) and _amount(one.get("amount")) and isinstance(one.get("payee", {}), dict)
        for one in value
    )


def _instruction(value: Any) -> bool:
    return isinstance(value, dict) and _fees(value.get("platform_fees", [])) and _mode(
        value.get("disbursement_mode", "INSTANT")
    )


def _mode(value: Any) -> bool:
    return value in ("INSTANT", "DELAYED")


def _shipping(value: Any) -> bool:
    return (
        isinstance(value, dict) and ("name" not in value or _name(value["name"]))
        and ("address" not in value or _address(value["address"])) and _options(value.get("options", []))
    )


def _payee(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_text, value.values()))


def _unit(value: Any) -> bool:
    checks = (("reference_id", _text), ("description", _text), ("custom_id", _text), ("invoice_id", _text),
              ("soft_descriptor", _text), ("items", _items), ("shipping", _shipping), ("payee", _payee),
              ("payment_instruction", _instruction))
    return isinstance(value, dict) and _amount(value.get("amount")) and all(
        check(value[name]) for name, check in checks if name in value
    )


def _units(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _UNITS_MAX and all(map(_unit, value))


def _object(value: Any) -> bool:
    return isinstance(value, dict)


class Rule(NamedTuple):
    ops: tuple[str, ...]
    fits: Callable[[Any], bool]


# fmt: off
ORDER_RULES: Mapping[str, Rule] = {
    "/intent":                                    Rule(_PUT, lambda value: value in ("CAPTURE", "AUTHORIZE")),
    "/payer":                                     Rule(_SET, _object),
    "/purchase_units":                            Rule(_SET, _units),
    "/application_context/client_configuration":  Rule(_SET, _object),
}
UNIT_RULES: Mapping[str, Rule] = {
    "":                                       Rule((ADD,), _unit),
    "custom_id":                              Rule(_ANY, _text),
    "description":                            Rule(_ANY, _text),
    "invoice_id":                             Rule(_ANY, _text),
    "items":                                  Rule(_SET, _items),
    "soft_descriptor":                        Rule((REPLACE, REMOVE), _text),
    "amount":                                 Rule(_PUT, _amount),
    "payee/email_address":                    Rule(_PUT, _text),
    "shipping/name":                          Rule(_SET, _name),
    "shipping/address":                       Rule(_SET, _address),
    "shipping/options":                       Rule(_SET, _options),
    "shipping/email_address":                 Rule(_SET, _text),
    "shipping/phone_number":                  Rule(_SET, _object),
    "shipping/type":                          Rule(_SET, _text),
    "payment_instruction":                    Rule(_PUT, _instruction),
    "payment_instruction/platform_fees":      Rule(_SET, _fees),
    "payment_instruction/disbursement_mode":  Rule(_PUT, _mode),
    "payment_instruction/payee_receivable_fx_rate_id": Rule(_SET, _text),
}
# fmt: on


class Patched(NamedTuple):
    """An order's changeable parts after a patch."""

    intent: str
    units: list[Json]
    payer: Mapping[str, Any]


def patched(
    patches: Sequence[Mapping[str, Any]], intent: str, units: Sequence[Mapping[str, Any]],
    payer: Mapping[str, Any],
) -> Patched:
    """All patches, or the error of the first that is wrong."""
    state = Patched(intent, [copy.deepcopy(dict(unit)) for unit in units], payer)
    for number, patch in enumerate(patches):
        state = _apply(state, patch, f"/{number}")
    return state


def _apply(state: Patched, patch: Mapping[str, Any], at: str) -> Patched:
    path = patch.get("path")
    if not path:
        raise _wrong(OrderErrors.PATCH_PATH_REQUIRED, f"{at}/path", "")
    if not path.startswith("/"):
        raise _wrong(OrderErrors.INVALID_JSON_POINTER_FORMAT, f"{at}/path", path)
    found = _UNIT.fullmatch(path)
    rule = ORDER_RULES.get(path) if found is None else UNIT_RULES.get(found[2] or "")
    if rule is None:
        raise _wrong(OrderErrors.NOT_PATCHABLE, path, patch.get("value", ""))
    if patch["op"] not in rule.ops:
        raise _wrong(OrderErrors.INVALID_PATCH_OPERATION, f"{at}/op", patch["op"])
    if patch["op"] != REMOVE:
        if "value" not in patch:
            raise _wrong(OrderErrors.PATCH_VALUE_REQUIRED, f"{at}/value", "")
        if not rule.fits(patch["value"]):
            raise _wrong(OrderErrors.UNSUPPORTED_PATCH_PARAMETER_VALUE, path, "")
    if found is not None:
        return state._replace(units=_unit_patched(state.units, found[1], found[2] or "", patch))
    name = {"/intent": "intent", "/payer": "payer", "/purchase_units": "units"}.get(path)
    return state._replace(**{name: patch["value"]}) if name else state


def _unit_patched(units: list[Json], reference: str, place: str, patch: Mapping[str, Any]) -> list[Json]:
    named = next((unit for unit in units if unit["reference_id"] == reference), None)
    if not place:
        added = {**patch["value"], "reference_id": reference}
        return [*(unit for unit in units if unit is not named), added]
    if named is None:
        raise _wrong(OrderErrors.REFERENCE_ID_NOT_FOUND, str(patch["path"]), reference)
    *parents, name = place.split("/")
    inside = named
    for parent in parents:
        inside = inside.setdefault(parent, {})
    if patch["op"] == REMOVE:
        inside.pop(name, None)
    else:
        inside[name] = patch["value"]
    return units


def _wrong(row: ErrorTable, field: str, value: object) -> ProviderError:
    return row(field=field, value=str(value), location="body")


PATCH_REFUSALS: tuple[ErrorTable, ...] = (
    OrderErrors.PATCH_PATH_REQUIRED, OrderErrors.NOT_PATCHABLE, OrderErrors.PATCH_VALUE_REQUIRED,
    OrderErrors.INVALID_PATCH_OPERATION, OrderErrors.UNSUPPORTED_PATCH_PARAMETER_VALUE,
)
TRACKER_RULES: Mapping[str, Rule] = {
    "/status": Rule(_PUT, lambda value: value == "CANCELLED"),
    "/items": Rule(_PUT, lambda value: isinstance(value, list) and all(map(_object, value))),
    "/notify_payer": Rule(_PUT, lambda value: isinstance(value, bool)),
}


def tracker_patched(tracker: Json, patches: Sequence[Mapping[str, Any]], now: str) -> Json:
    """A shipment after these patches; `now` as it is shown."""
    changed = {**tracker, "update_time": now}
    for number, patch in enumerate(patches):
        path = patch.get("path")
        if not path:
            raise _wrong(OrderErrors.PATCH_PATH_REQUIRED, f"/{number}/path", "")
        rule = TRACKER_RULES.get(path)
        if rule is None:
            raise _wrong(OrderErrors.NOT_PATCHABLE, path, "")
        if patch["op"] not in rule.ops:
            raise _wrong(OrderErrors.INVALID_PATCH_OPERATION, f"/{number}/op", patch["op"])
        if "value" not in patch:
            raise _wrong(OrderErrors.PATCH_VALUE_REQUIRED, f"/{number}/value", "")
        if not rule.fits(patch["value"]):
            raise _wrong(OrderErrors.UNSUPPORTED_PATCH_PARAMETER_VALUE, path, "")
        if path != "/notify_payer":
            changed[path[1:]] = patch["value"]
    return changed
