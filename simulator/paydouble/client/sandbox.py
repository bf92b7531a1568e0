"""One sandbox as a test holds it: credentials, payers, clock, scenarios, and what was written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from paydouble.client.control import ControlClient, segment
from paydouble.client.scenario_files import SCENARIO_SUFFIXES, sent_along, visible
from paydouble.core.clock import parse_rfc3339
from paydouble.core.money import Money

WITHIN = "5s"
_AMOUNTS = ("amount", "captured", "refunded", "disputed", "fee")


class NotMet(AssertionError):
    """What was waited for did not happen in time."""


class NotFound(LookupError):
    """There is no such payment or notification, or more than one."""


class Fields(Mapping[str, Any]):
    """What JSON says, also as attributes: credentials.secret_key, vars.magic."""

    def __init__(self, of: str, values: Mapping[str, Any]) -> None:
        self._of = of
        self._values = dict(values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"{self._of} has no {name}; it has {', '.join(self._values)}") from None

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<{self._of}: {', '.join(self._values)}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment of any provider; amounts in major units."""

    id: str
    """PayDouble's own, unique among all providers."""
    provider: str
    native_id: str
    ref: str
    phase: str
    """open, pending, authorized, paid, failed, closed."""
    status: str
    """The provider's own word."""
    currency: str
    amount: Decimal
    captured: Decimal
    refunded: Decimal
    disputed: Decimal
    fee: Decimal
    triggers: tuple[str, ...]
    merchant: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    created: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Payment:
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values |= {name: Decimal(data[name]) for name in _AMOUNTS}
        return cls(**{**values, "triggers": tuple(data["triggers"])})


class SandboxClock:
    """Business time; wire time is always real."""

    def __init__(self, control: ControlClient, path: str) -> None:
        self._control = control
        self._path = path

    @property
    def now(self) -> int:
        """Milliseconds since the epoch."""
        return parse_rfc3339(self.text)

    @property
    def text(self) -> str:
        """As in 2026-03-01T15:50:00Z."""
        return str(self._control.get(self._path)["now"])

    def advance(self, by: str) -> list[dict[str, Any]]:
        """Moves standing time; returns what ran on the way: [{at, what, subject}]."""
        ran: list[dict[str, Any]] = self._control.post(f"{self._path}/advance", {"by": by})["ran"]
        return ran


class Sandbox:
    """A world of one's own. Nothing is kept here but credentials: every question goes to the server."""

    def __init__(self, control: ControlClient, data: Mapping[str, Any]) -> None:
        """`data` is the answer of POST sandboxes."""
        self.control = control
        self.id: str = data["id"]
        self.url = control.url
        self.path = f"sandboxes/{segment(self.id)}"
        self.provider = ""
        """The one that a test is about, where its marker names providers."""
        self.vars = Fields("vars", data.get("vars", {}))
        """Of the scenarios that were activated from here."""
        self.player: Callable[[Sandbox, str | Path, Mapping[str, Any]], None] | None = None
        """Who plays stories: the pytest plugin brings one."""
        self.clock = SandboxClock(control, f"{self.path}/clock")
        self.urls: Mapping[str, str] = data.get("urls", {})
        self.listener: Mapping[str, Any] = data.get("listener") or {}
        """{"port", "url", "tls_url"} of this sandbox alone, where a scenario asked for a port of its own."""
        self._credentials: Mapping[str, Any] = data["credentials"]

    @classmethod
    def create(
        cls, control: ControlClient, *, clock: str = "auto",
        scenarios: Iterable[str | Mapping[str, Any]] = (), webhooks: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Sandbox:
        """A new one; `more` as POST sandboxes takes it: seed, start, id, fresh_keys."""
        body = {"clock": clock, "scenarios": list(scenarios), "webhooks": dict(webhooks or {}), **more}
        return cls(control, control.post("sandboxes", body))

    @classmethod
    def of(cls, control: ControlClient, id: str = "default") -> Sandbox:
        """One that is there already."""
        path = f"sandboxes/{segment(id)}"
        return cls(control, {**control.get(path), "credentials": control.get(f"{path}/credentials")})

    @property
    def credentials(self) -> Mapping[str, Any]:
        """By provider, with `ca_certificate_pem` and `proxy` beside them."""
        return self._credentials

    def account(self, provider: str) -> Fields:
        """The credentials of one provider, as attributes."""
        if not isinstance(self._credentials.get(provider), Mapping):
            raise NotFound(f"this PayDouble has no provider '{provider}'")
        return Fields(f"{provider}'s credentials", self._credentials[provider])

    @property
    def stripe(self) -> Fields:
        return self.account("stripe")

    @property
    def paypal(self) -> Fields:
        return self.account("paypal")

    @property
    def alipay(self) -> Fields:
        return self.account("alipay")

    @property
    def wechatpay(self) -> Fields:
        return self.account("wechatpay")

    def webhook(self, provider: str, url: str) -> None:
        """Tells this provider's notifications to the URL, as its dashboard would."""
        self.control.post(f"{self.path}/webhooks", {"provider": provider, "url": url})

    def payments(self, *, ref: str = "", provider: str = "", phase: str = "") -> list[Payment]:
        data = self._data("payments", ref=ref, provider=provider, phase=phase)
        return [Payment.read(each) for each in data]

    def payment(self, id: str = "", *, ref: str = "", provider: str = "") -> Payment:
        """By PayDouble's or the provider's id, or the newest of an order number. Raises ControlError."""
        place = segment(f"ref:{ref}" if ref else id)
        return Payment.read(self.control.get(f"{self.path}/payments/{place}", provider=provider))

    def pay(self, *, ref: str, **details: Any) -> Payment:
        """The payer pays."""
        return self.act(ref, "pay", **details)

    def act(self, payment: str | Payment, trigger: str, /, **details: Any) -> Payment:
        """What payer or bank do: pay, fail, cancel, expire, dispute… Raises ControlError where it is refused.

        Text is an order number; where two providers have it, the Payment itself says which is meant.
        """
        place = segment(payment.id if isinstance(payment, Payment) else f"ref:{payment}")
        body = {"trigger": trigger, "details": details}
        return Payment.read(self.control.post(f"{self.path}/payments/{place}/act", body))

    def wait_for(self, *, within: str = WITHIN, **expectation: Any) -> None:
        """As in wait_for(payment={"ref": "order-1", "phase": "paid"}). Raises NotMet.

        `within` is real time.
        """
        answer = self.control.post(f"{self.path}/clock/wait", {"for": expectation, "within": within})
        if not answer["met"]:
            raise NotMet(f"not within {within}: {answer['missing']}")

    def notifications(
        self, *, event: str = "", ref: str = "", provider: str = "", state: str = ""
    ) -> list[Any]:
        """What is owed and was sent, in order; `event` by the provider's name or the neutral one."""
        return self._data("notifications", event=event, ref=ref, provider=provider, state=state)

    def redeliver(self, notification: str | Mapping[str, Any]) -> dict[str, Any]:
        """One more attempt now; returns the notification with what came of it."""
        id = notification if isinstance(notification, str) else str(notification["id"])
        answer: dict[str, Any] = self.control.post(f"{self.path}/notifications/{segment(id)}/redeliver")
        return answer

    def calls(self, *, operation: str = "", ref: str = "", provider: str = "") -> list[Any]:
        """Of the log, in order; `operation` by its id or a neutral name."""
        return self._data("calls", operation=operation, ref=ref, provider=provider)

    def explain(self, call: str) -> dict[str, Any]:
        """Why each rule did or did not act on a call."""
        answer: dict[str, Any] = self.control.get(f"{self.path}/calls/{segment(call)}/explain")
        return answer

    def scenario(self, source: Source, *, ttl: str = "", **vars: Any) -> str:
        """Activates a name, a file (*.yaml), rules, or all that a file can hold as a mapping.

        Returns the activation's id. With `ttl`, as in "10m" of real time, it ends by itself.
        """
        more = {"ttl": ttl} if ttl else {}
        answer = self.control.post(f"{self.path}/scenarios", activation(source, vars, **more))
        self.vars = Fields("vars", {**self.vars, **answer["vars"]})
        self.listener = answer.get("listener") or self.listener
        return str(answer["id"])

    def scenarios(self) -> list[dict[str, Any]]:
        """Those in force, the one that is looked at first on top, with what fired so far."""
        data: list[dict[str, Any]] = self.control.get(f"{self.path}/scenarios")["data"]
        return data

    def play(self, source: str | Path, **vars: Any) -> None:
        """Plays a story here: rules, steps, expectations. Raises AssertionError for what it finds."""
        if self.player is None:
            raise RuntimeError("stories are played by pytest's fixture, or by `paydouble scenario run`")
        self.player(self, source, vars)

    def end_scenario(self, activation: str, *, release: bool = False) -> None:
        """Payments that were created under it stay under it, unless they are released."""
        payments = "release" if release else ""
        self.control.delete(f"{self.path}/scenarios/{segment(activation)}", payments=payments)

    @contextmanager
    def rule(
        self, *, when: Mapping[str, Any], then: Mapping[str, Any], settings: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Iterator[str]:
        """One rule, in force inside the `with` and not after it; `more` are times, name, optional…

        `settings` as in a file: {"listener": "dedicated"} for rules on connections, whose port is then
        in `self.listener`.
        """
        rule = {"when": dict(when), "then": dict(then), **more}
        id = self.scenario({"rules": [rule], "settings": settings} if settings else [rule])
        try:
            yield id
        finally:
            self.end_scenario(id, release=True)

    def signal(self, name: str, *, ref: str = "") -> int:
        """Gates, timelines, states and held notifications that wait for it go on; how many did.

        With a ref, those of that order alone.
        """
        answer = self.control.post(f"{self.path}/signals", {"name": name, "ref": ref})
        return int(answer["opened"]) + int(answer["moved"])

    def state(self, name: str, *, ref: str = "") -> None:
        """Moves a scenario's machine: the sandbox's own, or that of one order. Raises ControlError."""
        self.control.post(f"{self.path}/state", {"state": name, "ref": ref})

    def notify(
        self, event: str, *, ref: str, notify: Mapping[str, Any] | list[Any] | None = None, provider: str = ""
    ) -> list[Any]:
        """Tells of an event about a payment now, as in notify={"signature": "wrong_key"}; what was sent.

        The event by its neutral name, or the provider's.
        """
        body = {"event": event, "ref": ref, "provider": provider, "notify": notify}
        data: list[Any] = self.control.post(f"{self.path}/notifications", body)["data"]
        return data

    def ledger(self) -> dict[str, Any]:
        """Balances and all entries, oldest first."""
        answer: dict[str, Any] = self.control.get(f"{self.path}/ledger", limit=PAGE)
        while answer["more"]:
            rest = self.control.get(f"{self.path}/ledger", limit=PAGE, after=answer["entries"][-1]["id"])
            answer = {**rest, "entries": [*answer["entries"], *rest["entries"]]}
        return answer

    def balance(self, account: str = "pending", *, currency: str = "", merchant: str = "") -> Money:
        """What the merchants' accounts of this kind hold: pending, available, reserved.

        Raises NotFound where they hold several currencies and none was named, or none at all.
        """
        held: dict[str, int] = {}
        for name, each in self.control.get(f"{self.path}/ledger", limit=1)["minor"].items():
            owner, _, kind = name.removeprefix("merchant:").partition(":")
            if name.startswith("merchant:") and kind == account and merchant in ("", owner):
                for code, minor in each.items():
                    held[code] = held.get(code, 0) + minor
        if currency:
            return Money(held.get(currency, 0), currency)
        if len(held) != 1:
            raise NotFound(f"'{account}' holds {', '.join(held) or 'nothing'}; say which currency")
        return next(Money(minor, code) for code, minor in held.items())

    def audit(self) -> dict[str, Any]:
        """{"ok", "laws": [{"law", "ok", "detail"}]}."""
        answer: dict[str, Any] = self.control.post(f"{self.path}/audit")
        return answer

    def report(self) -> dict[str, Any]:
        """The verdict that `paydouble run` prints."""
        answer: dict[str, Any] = self.control.get(f"{self.path}/report")
        return answer

    def reset(self) -> None:
        self.control.post(f"{self.path}/reset")

    def snapshot(self, name: str) -> None:
        self.control.post(f"{self.path}/snapshot", {"name": name})

    def restore(self, name: str) -> None:
        self.control.post(f"{self.path}/restore", {"name": name})

    def delete(self) -> None:
        self.control.delete(self.path)

    def _data(self, what: str, **query: str) -> list[Any]:
        """All pages of a list."""
        found: list[Any] = []
        after = ""
        while True:
            page = self.control.get(f"{self.path}/{what}", limit=PAGE, after=after, **query)
            found += page["data"]
            if not page["more"]:
                return found
            after = found[-1]["id"]


PAGE = 1_000


Source = str | Path | Mapping[str, Any] | Iterable[Mapping[str, Any]]
"""A name, a file (*.yaml), a whole scenario, or its rules."""


def activation(source: Source, vars: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The body of POST scenarios. Files are read here: the server opens no file that a client names.

    `more` as POST scenarios takes it: provider, matrix, ttl.
    """
    if isinstance(source, Path) or (isinstance(source, str) and source.endswith(SCENARIO_SUFFIXES)):
        return {**sent_along(Path(source)), "vars": dict(vars), **more}
    if isinstance(source, Mapping):
        document = json.dumps({"schema": 1, "name": "inline", **source}, default=_as_number)
        return {"yaml": document, "file": "inline", "vars": dict(vars), **more}
    if isinstance(source, str):
        return {"name": source, "vars": dict(vars), "environment": visible(""), **more}
    return {"rules": [dict(rule) for rule in source], "vars": dict(vars), **more}


def _as_number(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} has no place in a scenario")
