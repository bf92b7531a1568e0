"""The report on one sandbox: the same as JSON for the control API and in words for `paydouble run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paydouble.core.notification import Notification
from paydouble.engine.audit import audit, every
from paydouble.engine.invariants import NO_DOUBLE_CHARGE, double_charges
from paydouble.server import views

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.engine.sandbox import Sandbox


async def report(sandbox: Sandbox, providers: Mapping[str, Provider]) -> views.Json:
    """As `GET sandboxes/{s}/report` answers it."""
    verdicts = await audit(sandbox, providers)
    owed = [each async for each in every(sandbox, Notification)]
    findings = {NO_DOUBLE_CHARGE: list(await double_charges(sandbox, providers))}
    made = views.report(sandbox, verdicts, owed)
    expected = await expectations(sandbox, providers)
    ok = made["ok"] and all(each["ok"] for each in expected)
    return {**made, "ok": ok, "findings": findings, "expectations": expected}


def _stands_alone(data: Mapping[str, Any], *, story: bool) -> bool:
    """What a story expects is about what its steps do, and a probe is for who knows the application."""
    return "invariants" in data if story else not ("probe" in data or "${{" in str(data))


async def expectations(sandbox: Sandbox, providers: Mapping[str, Provider]) -> list[views.Json]:
    """Of the scenarios in force, as things are now; of a story that is not played, its invariants alone."""
    from paydouble.engine.expectations import Expectation

    found = []
    for activation in sandbox.rules.in_force:
        scenario = activation.scenario
        for each in scenario.expect:
            if not _stands_alone(each.data, story=bool(scenario.steps)):
                continue
            missing = await Expectation.parse(each.data).unmet(sandbox, providers)
            found.append({
                "scenario": activation.scenario.name, "place": each.place, "verb": next(iter(each.data)),
                "ok": not missing, "missing": missing,
            })
    return found
