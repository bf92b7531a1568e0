"""What becomes of connections to a sandbox's own port, before anybody knows whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paydouble.core.effect import Connect
from paydouble.core.timeline import Owner
from paydouble.engine.sequels import About, remembered

if TYPE_CHECKING:
    from paydouble.engine.sandbox import Sandbox
    from paydouble.scenarios.drawing import Memory, Scene

NOBODY = About(provider="", payment="", ref="")


async def fate_of_connection(sandbox: Sandbox) -> Connect | None:
    """Drawn once for each connection that was accepted; None: it is served."""
    if not sandbox.rules.in_force:
        return None
    from paydouble.scenarios.connections import draw_connection

    return await draw_connection(sandbox.rules.in_force, sandbox.rules.tally, await _scene(sandbox))


async def is_port_closed(sandbox: Sandbox) -> bool:
    """Whether a rule refuses whoever comes now. Looking counts nothing."""
    if not sandbox.rules.in_force:
        return False
    from paydouble.scenarios.connections import closes_port

    return closes_port(sandbox.rules.in_force, await _scene(sandbox)) is not None


async def note_closed_port(sandbox: Sandbox) -> None:
    """The rule has fired, though nobody was there to be counted."""
    from paydouble.scenarios.connections import closes_port

    found = closes_port(sandbox.rules.in_force, await _scene(sandbox))
    if found is not None:
        fired, label = found.activation.fired, found.rule.label
        fired[label] = fired.get(label, 0) + 1


async def _scene(sandbox: Sandbox) -> Scene:
    from paydouble.scenarios.drawing import Memory, Scene

    memories: dict[str, Memory] = {}
    work = sandbox.work()
    for activation in sandbox.rules.in_force:
        states = activation.scenario.states
        if states is not None:
            owner = Owner(activation.id, activation.scenario.name)
            kept = await remembered(work, owner, states, NOBODY)
            if kept is not None:
                memories[activation.id] = Memory(kept.state, kept.vars)
    return Scene(now=sandbox.clock.now(), ticks=sandbox.rules.ticks, memories=memories)
