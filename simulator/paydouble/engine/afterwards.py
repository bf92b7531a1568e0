"""What hangs on a commit beside the work itself: sticky effects, timelines, states, and who waits for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from paydouble.core.clock import Instant
from paydouble.core.effect import Plan, Result
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.timeline import Decide, Owner
from paydouble.core.work import Timer
from paydouble.engine import fates, noticing, sequels
from paydouble.engine.contention import until_committed
from paydouble.engine.sequels import NOBODY, About
from paydouble.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from paydouble.engine.sandbox import Sandbox
    from paydouble.scenarios.drawing import Activation

REFUND, CHARGE = "refund.create", "payment.charge"
WAITS = frozenset({Result.PENDING, Result.HELD, Result.REQUIRES_ACTION})


async def hang(
    sandbox: Sandbox, provider: Provider, work: UnitOfWork, plan: Plan, *, subject: Record | None,
    payment: str, means: Collection[str], now: Instant, chosen: Sequence[Activation] = (),
) -> None:
    """Before the commit of a call or act. `payment` is what it was about, where its subject is no payment."""
    if subject is not None and type(subject) in provider.words.payments:
        payment, subject = subject.id, None
    if REFUND in means:
        subject = _refund_of(provider, subject, work)
    else:
        subject = None
    await fates.bind(work, plan, payment)
    if sandbox.rules.any or chosen:
        await _begin_machines(sandbox, provider, work, chosen, now)
    if plan.sequel is not None:
        sandbox.plays = True
        about = await about_of(provider, work, payment)
        if CHARGE in means and _decides(plan):
            _be_patient(provider, work, about)
        begun = await sequels.bind(work, plan, subject, about, sandbox.rules.scripts, now)
        for id in begun:
            await noticing.already(work, id, now, {provider.name: provider})
    if sandbox.plays:
        await noticing.phases(work, provider, now)


def _decides(plan: Plan) -> bool:
    """It lets a payment wait, and says what comes of that: by a timeline, or by a state."""
    sequel, outcome = plan.sequel, plan.outcome
    if sequel is None or outcome is None or outcome.result not in WAITS:
        return False
    return any(isinstance(step, Decide) for step in sequel.timeline) or any(m.state for m in sequel.moves)


def _be_patient(provider: Provider, work: UnitOfWork, about: About) -> None:
    """The scenario decides, and not the provider's own clock."""
    for record in tuple(work.saved.values()):
        if not isinstance(record, Timer) or record.subject != about.payment:
            continue
        if record.trigger in provider.words.impatient:
            work.remove(record)


def _refund_of(provider: Provider, subject: Record | None, work: UnitOfWork) -> Record | None:
    """The refund that is made here, also where the answer is about its payment."""
    kinds = {kind for kind, _ in provider.words.ways} - {kind.kind for kind in provider.words.payments}
    if subject is not None and subject.kind in kinds:
        return subject
    return next((record for record in work.created if record.kind in kinds), None)


async def about_of(provider: Provider, work: UnitOfWork, payment: str) -> About:
    if not payment or provider.words.view is None:
        return NOBODY
    for kind in provider.words.payments:
        record = await work.get(kind, payment)
        if record is not None:
            view = provider.words.view(record)
            return About(provider=provider.name, payment=payment, ref=view.ref)
    return NOBODY


async def _begin_machines(
    sandbox: Sandbox, provider: Provider, work: UnitOfWork, chosen: Sequence[Activation], now: Instant
) -> None:
    """One for each payment that is born here, of each scenario that has states for payments."""
    under = [each for each in (*chosen, *sandbox.rules.in_force) if _is_of_payments(each, provider)]
    if not under:
        return
    kinds = {kind.kind for kind in provider.words.payments}
    for payment in [record for record in work.created if record.kind in kinds]:
        sandbox.plays = True
        about = await about_of(provider, work, payment.id)
        for activation in under:
            states = activation.scenario.states
            assert states is not None, "checked above"
            owner = Owner(activation.id, activation.scenario.name)
            memory = await sequels.begin(work, owner, states, about, now)
            if memory is not None:
                await noticing.already(work, memory.id, now, {provider.name: provider})


def _is_of_payments(activation: Activation, provider: Provider) -> bool:
    states = activation.scenario.states
    return (
        states is not None and bool(states.table) and not states.per_sandbox
        and provider.name in activation.scenario.providers
    )


async def begin_for_sandbox(sandbox: Sandbox, activations: Iterable[Activation]) -> None:
    """The machines that a sandbox has one of."""
    for activation in activations:
        states = activation.scenario.states
        if states is None or not states.per_sandbox:
            continue
        sandbox.plays = True
        owner = Owner(activation.id, activation.scenario.name)
        work = sandbox.work()
        await sequels.begin(work, owner, states, NOBODY, activation.since)
        await work.commit()
    sandbox.wake()


async def remember(
    sandbox: Sandbox, provider: Provider, plan: Plan, payment: str, *, timeline: bool = False
) -> None:
    """For what stands although no work was done: what the refusing rule itself says of states, variables.

    With `timeline`, all that the plan says: a provider's refusal that a scenario decided is a decision, too.
    """
    if plan.sequel is None:
        return
    sandbox.plays = True

    async def once() -> None:
        work, now = sandbox.work(), sandbox.clock.now()
        about = await about_of(provider, work, payment)
        begun = await sequels.bind(
            work, plan, None, about, sandbox.rules.scripts, now, timeline=timeline
        )
        for id in begun:
            await noticing.already(work, id, now, {provider.name: provider})
        await work.commit()

    await until_committed(once, f"what a rule says of {payment}")
    sandbox.wake()
