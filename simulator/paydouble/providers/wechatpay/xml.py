"""The flat XML of API v2, both ways: read without entities, written in CDATA."""

from __future__ import annotations

from collections.abc import Mapping

FIELDS_MAX = 200


def read(body: bytes) -> dict[str, str]:
    """Children of the root by name. ValueError for anything else: entities, nesting, a name twice."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise ValueError(f"not XML: {error}") from None
    fields: dict[str, str] = {}
    if len(root) > FIELDS_MAX:
        raise ValueError("too many elements")
    for child in root:
        if len(child) or child.tag in fields:
            raise ValueError(f"{child.tag} is nested, or there twice")
        fields[child.tag] = (child.text or "").strip()
    return fields


def write(fields: Mapping[str, object], root: str = "xml") -> bytes:
    """Every value in CDATA; the sequence that ends one is split between two."""
    inner = "".join(
        f"<{name}><![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<{root}>{inner}</{root}>".encode("utf-8", "replace")
