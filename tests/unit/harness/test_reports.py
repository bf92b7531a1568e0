"""Verdicts, exit codes, and reports that hold hostile text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from paydouble.harness.reports import as_json, junit
from paydouble.harness.verdicts import Finding, Kind, Verdict, exit_code


def a_verdict(**more: Any) -> Verdict:
    return Verdict(**{"story": "lost", "title": "t", "provider": "stripe", "variant": "careful", **more})


PASSED = a_verdict(took_ms=1_500)
FAILED = a_verdict(findings=[Finding("a.yaml:3", "payment: \x00<&>\"0 payments")], calls="POST /\x1b[31m")
ERROR = a_verdict(provider="alipay", trouble="nobody at home", choice={"n": Decimal("10.00")})


@pytest.mark.parametrize(("verdicts", "code"), [
    ([], 5), ([PASSED], 0), ([PASSED, FAILED], 1), ([PASSED, FAILED, ERROR], 3),
])  # fmt: skip
def test_exit_codes(verdicts: list[Verdict], code: int) -> None:
    assert exit_code(verdicts) == code


def test_names_and_kinds() -> None:
    assert [each.kind for each in (PASSED, FAILED, ERROR)] == [Kind.PASSED, Kind.FAILED, Kind.ERROR]
    assert ERROR.name == "lost[alipay,n=10.00,careful]"


def test_junit_can_be_read() -> None:
    root = ElementTree.fromstring(junit([PASSED, FAILED, ERROR]))
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in root] == [
        ("stories.stripe", "2", "1", "0"), ("stories.alipay", "1", "0", "1"),
    ]
    failure = root.find(".//failure")
    assert failure is not None
    assert "payment: " in (failure.text or "")
    assert "\x1b" not in junit([FAILED])


def test_json_tells_the_same() -> None:
    told = json.loads(as_json([PASSED, FAILED, ERROR]))
    assert told["counts"] == {"passed": 1, "failed": 1, "error": 1}
    assert told["stories"][1]["findings"][0]["place"] == "a.yaml:3"
    assert told["stories"][2]["choice"] == {"n": 10.0}
