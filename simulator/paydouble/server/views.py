"""What the control API shows: JSON shapes of sandboxes, calls, payments, notifications and the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from paydouble.core.clock import Instant
from paydouble.core.ledger import Entry
from paydouble.core.machine import Machine
from paydouble.core.money import ISO_EXPONENTS, Money
from paydouble.core.notification import Attempt, Notification
from paydouble.core.operation import NaturalKey, Operation, ReplayKey
from paydouble.core.provider import Provider, Violation

if TYPE_CHECKING:
    from paydouble.core.errors import ErrorTable
    from paydouble.engine.audit import Verdict
    from paydouble.engine.call_log import LoggedCall
    from paydouble.engine.explaining import Explanation
    from paydouble.engine.payments import Payment
    from paydouble.engine.sandbox import Sandbox
    from paydouble.engine.sequels import Timeline
    from paydouble.scenarios.drawing import Activation, Look
    from paydouble.scheduling.gates import HeldGate
    from paydouble.scheduling.timers import Ran
    from paydouble.server.masking import Masker

Json = dict[str, Any]
VALUE_SHOWN_MAX = 200


def moment(instant: Instant) -> str:
    """RFC 3339 in UTC, with milliseconds where there are any: 2026-03-01T15:50:00Z."""
    text = datetime.fromtimestamp(instant / 1_000, UTC)
    return text.isoformat(timespec="milliseconds" if instant % 1_000 else "seconds").replace("+00:00", "Z")


def sandbox(shown: Sandbox) -> Json:
    return {
        "id": shown.id, "seed": shown.head.seed, "clock": str(shown.clock.spec),
        "now": moment(shown.clock.now()), "webhooks": dict(shown.head.webhooks),
        "scenarios": [each.scenario.name for each in shown.rules.in_force], "calls": len(shown.log.calls),
    }


def clock(shown: Sandbox) -> Json:
    return {
        "mode": str(shown.clock.spec), "now": moment(shown.clock.now()),
        "wire_now": moment(shown.clock.wire_now()), "stands": shown.clock.stands,
    }


def ran(done: Iterable[Ran]) -> list[Json]:
    return [{"at": moment(each.at), "what": each.what, "subject": each.subject} for each in done]


def activation(shown: Activation) -> Json:
    return {
        "id": shown.id, "name": shown.scenario.name, "title": shown.scenario.title,
        "file": shown.scenario.file, "vars": variables(shown.scenario.vars),
        "rules": [rule.label for rule in shown.scenario.rules], "fired": dict(shown.fired),
        "unused": [rule.label for rule in shown.unused()],
        "expires": moment(shown.expires) if shown.expires is not None else None, "chosen_by": shown.level,
        "since": moment(shown.since),
    }


def variables(given: Mapping[str, Any]) -> Json:
    """A scenario's, with the numbers that it keeps exactly as JSON's own."""
    return {name: _number(value) if isinstance(value, Decimal) else value for name, value in given.items()}


def _number(exact: Decimal) -> int | float:
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def payment(shown: Payment, triggers: Sequence[str]) -> Json:
    view, exponents = shown.view, shown.provider.words.exponents
    amounts = {
        name: getattr(view, name).major(exponents)
        for name in ("amount", "captured", "refunded", "disputed", "fee")
    }
    return {
        "id": shown.id, "provider": shown.provider.name, "native_id": view.id, "ref": view.ref,
        "phase": view.phase.value, "status": view.status, "currency": view.amount.currency, **amounts,
        "merchant": view.merchant, "metadata": dict(view.metadata), "created": moment(shown.record.created),
        "triggers": list(triggers),
    }


def notification(owed: Notification, provider: Provider) -> Json:
    return {
        "id": owed.id, "provider": owed.provider, "event": owed.event_type,
        "means": provider.words.events.get(owed.told_as, ""), "event_id": owed.event, "ref": owed.ref,
        "payment": owed.subject, "url": owed.endpoint.url, "state": owed.status, "copy": owed.copy,
        "created": moment(owed.created), "due_at": moment(owed.due_at) if owed.due_at is not None else None,
        "attempts": [_attempt(attempt) for attempt in owed.attempts],
    }


def _attempt(attempt: Attempt) -> Json:
    return {
        "at": moment(attempt.at), "due": moment(attempt.due), "status": attempt.status,
        "outcome": attempt.outcome, "ms": attempt.took_ms, "because": attempt.because,
        "manual": attempt.manual,
        "request_headers": [list(pair) for pair in attempt.request_headers],
        "request_body": attempt.request_body.decode("utf-8", "backslashreplace"),
        "response_body": attempt.response_body.decode("utf-8", "backslashreplace"),
    }


def call(logged: LoggedCall, masker: Masker) -> Json:
    operation = logged.operation
    return {
        "id": logged.id, "at": moment(logged.at), "provider": logged.provider, "api": logged.api,
        "operation": operation.id if operation else None, "means": list(operation.means) if operation else [],
        "merchant": logged.merchant.id if logged.merchant else None, "took_ms": logged.took_us / 1_000,
        "request": masker.request(logged.request),
        "response": masker.response(logged.response) if logged.response is not None else None,
        "committed": logged.committed, "replayed": logged.replayed, "error": masker.text(logged.error),
        "hint": logged.hint, "plan": dict(logged.plan.because),
        "violations": [violation(each, masker) for each in logged.violations],
    }


def explained(shown: Explanation, masker: Masker) -> Json:
    logged = shown.call
    facts = logged.facts
    return {
        "id": logged.id, "sandbox": shown.sandbox, "means": list(shown.means),
        "operation": logged.operation.id if logged.operation else None,
        "facts": None if facts is None else {
            "ref": facts.ref, "amount": None if facts.amount is None else str(facts.amount),
            "currency": facts.currency, "method": facts.method, "idempotency_key": facts.idempotency_key,
            "payment": facts.payment, "phase": facts.phase, "metadata": dict(facts.metadata),
        },
        "plan": dict(logged.plan.because), "rules": [str(look) for look in shown.looks],
        "looks": [_look(look) for look in shown.looks], "built_in": masker.text(shown.built_in),
        "text": masker.text(shown.text()),
        "error": masker.text(logged.error), "hint": logged.hint,
        "violations": [violation(each, masker) for each in logged.violations],
    }  # fmt: skip


def _look(shown: Look) -> Json:
    miss = shown.miss
    return {
        "scenario": shown.scenario, "activation": shown.activation, "chosen_by": shown.chosen_by,
        "rule": shown.rule, "took": list(shown.took), "passed": list(shown.passed),
        "miss": None if miss is None
        else {"condition": miss.condition, "wanted": miss.wanted, "got": miss.got},
    }


def violation(found: Violation, masker: Masker) -> Json:
    # The value alone says nothing of its place, so the pointer goes through the masker with it.
    _, _, shown = masker.text(f"{found.pointer.rpartition('/')[2]}={found.value}").partition("=")
    return {
        "pointer": found.pointer, "keyword": found.keyword, "value": shown[:VALUE_SHOWN_MAX],
        "expected": found.expected, "label": found.label,
    }


class Books:
    """The ledger in major units; whose currency table holds is told by the merchant's account."""

    def __init__(self, exponents: Mapping[str, Mapping[str, int]]) -> None:
        """`exponents`: by merchant id and by provider's name."""
        self._exponents = exponents

    def balances(self, held: Mapping[str, Mapping[str, int]]) -> Json:
        return {
            account: {name: Money(minor, name).major(self._of(account)) for name, minor in each.items()}
            for account, each in sorted(held.items())
        }

    def entry(self, entry: Entry) -> Json:
        tables = [self._of(each.account) for each in entry.postings]
        table = next((each for each in tables if each is not ISO_EXPONENTS), ISO_EXPONENTS)
        return {
            "id": entry.id, "at": moment(entry.created), "what": entry.what.value,
            "reference": entry.reference, "memo": entry.memo,
            "postings": [
                {"account": each.account, "amount": each.money.major(table), "currency": each.money.currency,
                 "minor": each.money.minor}
                for each in entry.postings
            ],
        }

    def _of(self, account: str) -> Mapping[str, int]:
        owner = account.split(":")[1] if ":" in account else ""
        return self._exponents.get(owner, ISO_EXPONENTS)


def audit(verdicts: Sequence[Verdict]) -> Json:
    laws = [{"law": each.law, "ok": each.ok, "detail": each.detail} for each in verdicts]
    return {"ok": all(each.ok for each in verdicts), "laws": laws}


def report(shown: Sandbox, verdicts: Sequence[Verdict], owed: Sequence[Notification]) -> Json:
    """The verdict that `paydouble run` prints."""
    audited = audit(verdicts)
    unused, strict = shown.rules.unused(), shown.rules.unused_strict()
    return {
        "ok": audited["ok"] and not strict, "sandbox": shown.id, "seed": shown.head.seed,
        "now": moment(shown.clock.now()),
        "calls": {"total": sum(shown.log.by_operation.values()), "refused": shown.log.errors,
                  "by_operation": dict(sorted(shown.log.by_operation.items()))},
        "notifications": {
            "total": len(owed), "by_state": dict(Counter(each.status for each in owed)),
            "attempts": dict(Counter(attempt.outcome for each in owed for attempt in each.attempts)),
        },
        "violations": shown.log.violations_count,
        "unused_rules": unused, "unused_strict_rules": strict,
        "internal_errors": list(shown.log.internal_errors), "audit": audited,
    }


def gate(held: HeldGate) -> Json:
    return {"id": held.id, "call": held.call, "at": held.at.value, "signal": held.signal,
            "ref": held.ref}


def timeline(played: Timeline) -> Json:
    """`step` counts from 1, and is past the last where all is done."""
    return {
        "id": played.id, "scenario": played.owner.scenario, "provider": played.about.provider,
        "payment": played.about.payment, "ref": played.about.ref, "state": played.status,
        "step": played.position + 1, "steps": len(played.steps), "waits": played.waits or None,
        "failures": list(played.failures), "created": moment(played.created),
    }


def operation(provider: Provider, declared: Operation) -> Json:
    key = declared.idempotency
    return {
        "provider": provider.name, "id": declared.id, "summary": declared.summary, "docs": declared.docs,
        "means": list(declared.means), "reads": declared.reads,
        "routes": [
            {"api": each.api, "method": each.method, "path": each.path, "selector": each.selector}
            for each in declared.routes
        ],
        "errors": [row.name for row in declared.errors],
        "idempotency": (
            {"header": key.header, "scope": key.scope.value} if isinstance(key, ReplayKey)
            else {"fields": list(key.fields)} if isinstance(key, NaturalKey) else None
        ),
    }


def error(provider: Provider, row: ErrorTable) -> Json:
    return {
        "provider": provider.name, "name": row.name, "code": row.code, "http": row.http,
        "fault": row.fault.value, "message": row.message, "reasons": list(row.reasons),
        **({"columns": dict(row.columns)} if row.columns else {}),
    }


def machine(provider: Provider, declared: Machine[Any]) -> Json:
    return {
        "provider": provider.name, "name": declared.name, "record": declared.record.kind,
        "initial": declared.initial,
        "states": {state: phase.value for state, phase in declared.phases.items()},
        "rows": [
            {"source": row.source, "trigger": row.trigger, "target": row.target,
             "moves_money": row.entry is not None, "tells": row.event is not None}
            for row in declared.rows
        ],
    }
