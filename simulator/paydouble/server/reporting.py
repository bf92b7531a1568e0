"""The report on one sandbox: the same as JSON for the control API and in words for `paydouble run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

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
    return {**views.report(sandbox, verdicts, owed), "findings": findings}
