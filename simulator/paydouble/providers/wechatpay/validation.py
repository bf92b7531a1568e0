"""What WeChat Pay says of a field that breaks its rules: texts and `detail` as merchants report them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from paydouble.core.errors import ProviderError
from paydouble.core.operation import Operation
from paydouble.core.provider import Violation
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.errors_v2 import ErrorsV2
from paydouble.providers.wechatpay.notices import V2

_Text = Callable[[str, Violation], str]


def _size(value: object) -> int:
    return len(value) if isinstance(value, (str, list)) else 0


def _wrong_type(source: str, broken: Violation) -> str:
    if broken.expected == "integer" and isinstance(broken.value, (int, float)):
        wanted = "合法的 64 位有符号整数"
        return f"无法将输入源“{source}”映射到目标字段“{broken.label}”中，此字段需要一个{wanted}"
    kind = broken.expected if isinstance(broken.expected, str) else "string"
    wanted = f" {kind} 类型的 Json 值"
    return f"无法将 JSON 输入源“{source}”映射到目标字段“{broken.label}”中，此字段需要一个{wanted}"


def _missing(source: str, broken: Violation) -> str:
    return f"输入源“{source}”映射到字段“{broken.label}”必填性规则校验失败，此字段为必填项"


def _string(tail: Callable[[Violation], str]) -> _Text:
    return lambda source, broken: (
        f"输入源“{source}”映射到值字段“{broken.label}”字符串规则校验失败，{tail(broken)}"
    )


def _number(tail: Callable[[Violation], str]) -> _Text:
    return lambda source, broken: (
        f"输入源“{source}”映射到数值字段“{broken.label}”规则校验失败，{tail(broken)}"
    )


# Those for enum, const, maximum and lists are ours, in the manner of the others: unverified.
# fmt: off
_TEXTS: dict[str, _Text] = {
    "required":  _missing,
    "type":      _wrong_type,
    "minLength": _string(lambda broken: f"字符数 {_size(broken.value)}，小于最小值 {broken.expected}"),
    "maxLength": _string(lambda broken: f"字符数 {_size(broken.value)}，大于最大值 {broken.expected}"),
    "pattern":   _string(lambda broken: f"字符串必须匹配正则表达式“{broken.expected}”"),
    "format":    _string(lambda broken: "字符串必须符合 RFC 3339 格式"),
    "enum":      _string(lambda broken: "值不在取值范围内"),
    "const":     _string(lambda broken: "值不在取值范围内"),
    "minimum":   _number(lambda broken: f"值低于最小值 {broken.expected}"),
    "maximum":   _number(lambda broken: f"值高于最大值 {broken.expected}"),
    "minItems":  _number(lambda broken: f"元素个数 {_size(broken.value)}，小于最小值 {broken.expected}"),
    "maxItems":  _number(lambda broken: f"元素个数 {_size(broken.value)}，大于最大值 {broken.expected}"),
}
_SIZED = {"minLength", "maxLength", "minItems", "maxItems"}
# fmt: on


def broken_contract(operation: Operation, violations: Sequence[Violation]) -> ProviderError:
    """The complaint about the first violation."""
    first = violations[0]
    if operation.routes[0].api == V2:
        return _broken_v2(first)
    place = _place(operation, first.pointer)
    if first.keyword == "additionalProperties":
        return Errors.FIELD_UNKNOWN(detail=_detail(place, first.pointer, first.value))
    by_openid = Errors.OPENID_MISSING in operation.errors
    if by_openid and first.keyword == "required" and _is_openid(first.pointer):
        return Errors.OPENID_MISSING()
    text = _TEXTS.get(first.keyword)
    if text is None:
        return Errors.PARAM_ERROR(detail=_detail(place, first.pointer, first.value))
    value = _size(first.value) if first.keyword in _SIZED else first.value
    message = text(f"/{place}{first.pointer}", first)
    return Errors.PARAM_ERROR(message, detail=_detail(place, first.pointer, value))


def _broken_v2(first: Violation) -> ProviderError:
    """Of a message in XML; the texts are in the manner of the manual, unverified."""
    name = first.pointer.lstrip("/")
    if first.keyword in ("required", "anyOf"):
        return ErrorsV2.LACK_PARAMS(f"缺少参数:{name}" if name else None)
    return ErrorsV2.PARAM_INVALID(f"参数错误:{name}")


def too_many_bytes(pointer: str, label: str, count: int, limit: int) -> ProviderError:
    """For the limits that count bytes of UTF-8, where a contract counts characters."""
    tail = f"字节数 {count}，大于最大值 {limit}"
    text = f"输入源“/body{pointer}”映射到值字段“{label}”字符串规则校验失败，{tail}"
    return Errors.PARAM_ERROR(text, detail=_detail("body", pointer, count))


def _is_openid(pointer: str) -> bool:
    return pointer in ("/payer", "/payer/openid")


def _place(operation: Operation, pointer: str) -> str:
    """Params come from three places; only the route tells from which."""
    name = pointer.split("/")[1] if pointer else ""
    route = operation.routes[0]
    if f"{{{name}}}" in route.path:
        return "path"
    return "query" if route.method == "GET" else "body"


def _detail(place: str, pointer: str, value: object) -> dict[str, object]:
    """`location` knows no path: the manual's words are body, url and query."""
    name = pointer if place == "body" else pointer.lstrip("/")
    detail: dict[str, object] = {"field": name, "location": "url" if place == "path" else place}
    if value is not None:
        detail["value"] = value
    return detail
