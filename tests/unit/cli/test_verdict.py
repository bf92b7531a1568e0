"""What reports mean for the exit code, and how they read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paydouble.cli.verdict import Verdict


def a_report(**changes: Any) -> dict[str, Any]:
    laws = [{"law": "all balances sum to zero", "ok": changes.get("ok", True), "detail": "-1 USD"}]
    return {
        "ok": True, "sandbox": "default", "seed": 7,
        "calls": {"total": 3, "refused": 1, "by_operation": {"stripe refunds.create": 3}},
        "notifications": {"total": 2, "by_state": {"acknowledged": 2}, "attempts": {"rejected": 1}},
        "violations": 0, "unused_rules": [], "unused_strict_rules": [],
        "internal_errors": [],
        "findings": {"no_double_charge": []}, "audit": {"ok": changes.get("ok", True), "laws": laws}, **changes,
    }


def a_verdict(*reports: dict[str, Any], strict: bool = False, answered: int = 3) -> Verdict:
    return Verdict(reports=reports, strict=strict, not_led={"the x SDK": "a line"}, answered=answered)


@pytest.mark.parametrize(("report", "strict", "code"), [
    ({}, True, 0),
    ({"ok": False}, False, 1),
    ({"unused_rules": ["a, rule 1"]}, False, 0),
    ({"unused_rules": ["a, rule 1"]}, True, 1),
    ({"ok": False, "internal_errors": ["ZeroDivisionError"]}, False, 4),
    ({"findings": {"no_double_charge": ["order-1 was paid 2 times"]}}, True, 0),
])
def test_the_exit_code_follows_from_the_reports(report: dict[str, Any], strict: bool, code: int) -> None:
    verdict = a_verdict(a_report(), a_report(**report), strict=strict)
    assert verdict.exit_code == code
    assert verdict.as_text().endswith("passed" if code == 0 else "FAILED")
    assert json.loads(verdict.as_json())["exit_code"] == code


def test_a_report_says_what_happened() -> None:
    text = a_verdict(a_report(
        violations=2, unused_rules=["lost, rule 1", "lost, rule 2"],
        findings={"no_double_charge": ["order-1 was paid 2 times"]},
    )).as_text()
    for said in (
        "sandbox default, seed 7", "3, 1 refused", "3  stripe refunds.create", "2 acknowledged", "1 rejected",
        "2 of request contracts", "never fired    lost, rule 1", "lost, rule 2",
        "no_double_charge order-1 was paid 2 times", "1 laws hold",
    ):
        assert said in text


def test_a_broken_law_is_named() -> None:
    assert "BROKEN LAW     all balances sum to zero: -1 USD" in a_verdict(a_report(ok=False)).as_text()


def test_long_lists_are_cut_in_text_only() -> None:
    verdict = a_verdict(a_report(unused_rules=[f"rule {number}" for number in range(30)]))
    assert "and 10 more" in verdict.as_text()
    assert "rule 29" not in verdict.as_text()
    assert "rule 29" in verdict.as_json()


def test_where_nothing_arrived_a_warning_says_so_and_clients_that_are_not_led_are_named() -> None:
    silent = a_report(calls={"total": 0, "refused": 0, "by_operation": {}})
    verdict = a_verdict(silent, answered=0)
    assert "  WARNING        nothing was called" in verdict.as_text()
    assert "  note           the x SDK: a line" in verdict.as_text()
    assert (verdict.exit_code, len(json.loads(verdict.as_json())["warnings"])) == (0, 1)
    arrived = a_verdict(silent, answered=1)
    assert "the x SDK" not in arrived.as_text()
    assert json.loads(arrived.as_json())["warnings"] == []


def test_rules_of_strict_files_are_told_apart() -> None:
    verdict = a_verdict(a_report(ok=True, unused_rules=["a, rule 1", "b, rule 1"], unused_strict_rules=["b, rule 1"]))
    assert "NEVER FIRED    b, rule 1" in verdict.as_text()
    assert "never fired    a, rule 1" in verdict.as_text()


def test_calls_of_sandboxes_that_are_gone_are_counted() -> None:
    assert "elsewhere      4 calls" in a_verdict(a_report(), answered=7).as_text()
    assert "elsewhere" not in a_verdict(a_report(), answered=3).as_text()


def test_empty_sandboxes_are_left_out_of_the_text() -> None:
    silent = a_report(sandbox="silent", calls={"total": 0, "refused": 0, "by_operation": {}})
    text = a_verdict(a_report(), silent, a_report(sandbox="busy")).as_text()
    assert "sandbox busy" in text
    assert "silent" not in text
