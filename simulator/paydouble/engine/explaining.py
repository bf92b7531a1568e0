"""Why a call was answered as it was: each rule that was looked at, and what the provider did by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paydouble.core.notification import Event, Notification
from paydouble.core.provider import Provider
from paydouble.core.words import Facts
from paydouble.engine.audit import every
from paydouble.engine.sandbox import Sandbox

if TYPE_CHECKING:
    from paydouble.engine.call_log import LoggedCall
    from paydouble.scenarios.drawing import Look

CHARGE = "payment.charge"
KEY_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Sent:
    """A notification that the call caused."""

    event: str
    url: str
    outcome: str
    """Of its last attempt: a status, or why there is none."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of one call."""

    call: LoggedCall
    sandbox: str
    means: Sequence[str]
    looks: Sequence[Look]
    sent: Sequence[Sent]

    @property
    def built_in(self) -> str:
        """What no rule had a hand in, and what followed."""
        plan, call = self.call.plan, self.call
        done = [] if plan.outcome is not None or CHARGE not in self.means else ["approved"]
        if call.error:
            done = [f"refused with {call.error}"]
        elif call.replayed:
            done = ["answered as before, under the same idempotency key"]
        elif plan.answer is None:
            done.append("answered")
        told = [f"{each.event} sent to {each.url} -> {each.outcome}" for each in self.sent]
        if not told and CHARGE in self.means and call.committed:
            told = ["no notification so far"]
        return ", ".join([*done, *told]) or "nothing"

    def text(self) -> str:
        """As `paydouble scenario explain` prints it."""
        return "\n".join([*self._head(), *self._rules(), f"built-in behaviour: {self.built_in}"])

    def _head(self) -> Iterator[str]:
        call, response = self.call, self.call.response
        answered = "no answer"
        if response is not None:
            fault = response.fault
            answered = fault.fault.value if fault is not None else str(response.status)
        took = round(call.took_us / 1_000)
        path = call.request.path
        yield f"{call.request.method} {path} -> {answered} in {took} ms   sandbox {self.sandbox}"
        facts, words = call.facts or Facts(), [", ".join(self.means) or "no neutral operation"]
        if facts.amount is not None:
            words.append(f"{facts.amount} {facts.currency.upper()}".strip())
        words += [f"ref {facts.ref}"] if facts.ref else []
        if facts.idempotency_key:
            key = facts.idempotency_key
            words.append(f"idempotency key {key[:KEY_SHOWN]}{'…' if len(key) > KEY_SHOWN else ''}")
        yield "   ".join(words)

    def _rules(self) -> Iterator[str]:
        if not self.looks:
            yield "no scenario has a rule for this call"
        shown = ""
        for look in self.looks:
            if look.activation != shown:
                shown = look.activation
                yield f"scenario {look.scenario} (chosen by: {look.chosen_by})"
            if look.miss is not None:
                passed = f"      ({', '.join(f'{name} ok' for name in look.passed)})" if look.passed else ""
                yield f"  not taken: {look.rule}   {look.miss}{passed}"
            else:
                took = ", ".join(look.took) or "nothing that was still open"
                yield f"  taken: {look.rule}   decides {took}"


async def explanation(sandbox: Sandbox, providers: Mapping[str, Provider], call: LoggedCall) -> Explanation:
    operation, means = call.operation, tuple[str, ...]()
    if operation is not None:
        words = providers[call.provider].words
        means = tuple(words.means(operation, call.params)) if call.params is not None else operation.means
    sent = await _sent(sandbox, providers[call.provider], call)
    return Explanation(call, sandbox.id, means, call.looks, sent)


async def _sent(sandbox: Sandbox, provider: Provider, call: LoggedCall) -> Sequence[Sent]:
    sent = []
    async for owed in every(sandbox, Notification):
        event = await sandbox.store.get(sandbox.id, Event, owed.event)
        if event is None or event.record.cause.get("request") != call.request.id:
            continue
        last = owed.attempts[-1] if owed.attempts else None
        outcome = "not yet" if last is None else str(last.status or last.outcome)
        name = provider.words.events.get(owed.told_as, owed.told_as)
        sent.append(Sent(name, owed.endpoint.url, outcome))
    return sent
