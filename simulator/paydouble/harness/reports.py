"""Verdicts as JUnit XML and as JSON, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from paydouble.harness.verdicts import Kind, Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdicts: Sequence[Verdict]) -> str:
    """A suite for each provider."""
    suites = []
    for provider in dict.fromkeys(each.provider for each in verdicts):
        mine = [each for each in verdicts if each.provider == provider]
        failed, errors = (sum(each.kind is kind for each in mine) for kind in (Kind.FAILED, Kind.ERROR))
        took = sum(each.took_ms for each in mine) / 1_000
        head = f'<testsuite name={quoteattr(f"stories.{provider}")} tests="{len(mine)}"'
        suites.append(f'{head} failures="{failed}" errors="{errors}" time="{took:.3f}">')
        suites += [_case(each) for each in mine]
        suites.append("</testsuite>")
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""])


def _case(verdict: Verdict) -> str:
    head = (
        f"<testcase classname={quoteattr(f'story.{verdict.provider}.{verdict.story}')} "
        f'name={quoteattr(verdict.name)} time="{verdict.took_ms / 1_000:.3f}">'
    )
    seed = f'<properties><property name="seed" value="{verdict.seed}"/></properties>'
    match verdict.kind:
        case Kind.PASSED:
            return f"{head}{seed}</testcase>"
        case Kind.ERROR:
            return f"{head}{seed}<error message={_attribute(verdict.trouble)}/></testcase>"
        case Kind.FAILED:
            first = str(verdict.findings[0])
            told = "\n".join([*map(str, verdict.findings), "", verdict.calls])
            failure = f"<failure message={_attribute(first)}>{escape(_legal(told))}</failure>"
            return f"{head}{seed}{failure}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    """Without what XML cannot hold: bodies are hostile by design."""
    return _NOT_XML.sub("\ufffd", text)


def as_json(verdicts: Sequence[Verdict]) -> str:
    counts = {kind.value: sum(each.kind is kind for each in verdicts) for kind in Kind}
    document = {"version": 1, "counts": counts, "stories": [_shown(each) for each in verdicts]}
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name, "story": verdict.story, "title": verdict.title, "provider": verdict.provider,
        "choice": dict(verdict.choice), "variant": verdict.variant, "verdict": verdict.kind.value,
        "findings": [{"place": each.place, "what": each.what} for each in verdict.findings],
        "trouble": verdict.trouble, "took_ms": verdict.took_ms, "seed": verdict.seed,
    }


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return str(value)
