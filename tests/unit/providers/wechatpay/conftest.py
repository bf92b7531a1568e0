"""A merchant who signs, and a world of one sandbox in which handlers and acts run without an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from paydouble.core.act import Doing
from paydouble.core.call import Call, Merchant, Reply
from paydouble.core.clock import Instant, parse_rfc3339
from paydouble.core.effect import Outcome
from paydouble.core.http import Envelope, Headers, HttpRequest
from paydouble.core.ledger import Entry
from paydouble.core.machine import fire
from paydouble.core.notification import Event
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.work import Timer, Walk
from paydouble.crypto import rsa
from paydouble.engine import keyring
from paydouble.providers.wechatpay import build
from paydouble.scheduling.clocks import ClockSpec, SandboxClock
from paydouble.scheduling.ids import SeededIds
from paydouble.store.memory import MemoryStore
from paydouble.store.unit_of_work import UnitOfWork

NOON = parse_rfc3339("2026-03-01T12:00:00+08:00")
AGENT = (("User-Agent", "tests"), ("Accept", "application/json"))


@dataclass
class Signing:
    """Signs requests as a merchant's SDK does; each part can be made wrong."""

    merchant: Merchant

    def authorization(
        self, method: str, target: str, body: bytes = b"", *, at: int = NOON // 1000, key: str = "merchant",
        serial_no: str = "", mchid: str = "", scheme: str = "WECHATPAY2-SHA256-RSA2048",
    ) -> str:
        nonce = "593BEC0C930BF1AFEB40B4A08C8FB242"
        message = f"{method}\n{target}\n{at}\n{nonce}\n".encode() + body + b"\n"
        signature = rsa.sign_sha256(self.merchant.keys.private(key), message)
        serial = serial_no or self.merchant.secrets["serial_no"]
        return (
            f'{scheme} mchid="{mchid or self.merchant.id}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{at}",serial_no="{serial}"'
        )

    def request(
        self, method: str, target: str, body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = AGENT, **wrong: Any,
    ) -> HttpRequest:
        authorization = self.authorization(method, target, body, **wrong)
        return HttpRequest(
            method=method, target=target, body=body, id="0123456789abcdef0123456789abcdef",
            headers=Headers((("Authorization", authorization), *headers)),
        )


@dataclass
class World:
    """One sandbox on a standing clock."""

    provider: Provider
    merchant: Merchant
    clock: SandboxClock = field(default_factory=lambda: SandboxClock(ClockSpec.parse("frozen"), NOON))
    ids: SeededIds = field(default_factory=lambda: SeededIds(1, "unit"))
    store: MemoryStore = field(default_factory=MemoryStore)
    events: list[Event] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)

    def work(self) -> UnitOfWork:
        return UnitOfWork(
            self.store, "unit", ids=self.ids, now=self.clock.now, real_due=self.clock.real_due,
            event_id=self.provider.event_id,
        )

    async def commit(self, work: UnitOfWork) -> None:
        self.events += work.announced
        self.timers += work.timers
        await work.commit()

    async def call(
        self, operation: str, params: Mapping[str, Any], *, outcome: Outcome | None = None,
        headers: tuple[tuple[str, str], ...] = (), whose: Merchant | None = None,
    ) -> Reply:
        """Raises ProviderError, and then nothing is written."""
        found = next(each for each in self.provider.operations if each.id == operation)
        merchant, work = whose or self.merchant, self.work()
        request = HttpRequest(method="POST", target="/", headers=Headers(headers))
        reply = await found.handler(Call(
            request=request, envelope=Envelope(request=request, path="/", fields={"mchid": merchant.id}),
            merchant=merchant, account=merchant.id, params=params, outcome=outcome, work=work,
            clock=self.clock, ids=self.ids,
        ))
        await self.commit(work)
        return reply

    async def act(
        self, record: Record, trigger: str, details: Mapping[str, Any] | None = None,
        outcome: Outcome | None = None,
    ) -> Record | None:
        """Raises Declined or IllegalTrigger."""
        work = self.work()
        fresh = await work.get(type(record), record.id)
        assert fresh is not None
        acts = (each for each in self.provider.acts if (each.record, each.trigger) == (type(record), trigger))
        declared = next(acts, None)
        if declared is None:
            machine = next(each for each in self.provider.machines if each.record is type(record))
            moved: Record | None = fire(work, machine, fresh, trigger, self.clock.now())
        else:
            moved = await declared.handler(Doing(
                record=fresh, trigger=trigger, merchant=self.merchant, outcome=outcome, work=work,
                clock=self.clock, ids=self.ids, now=self.clock.now(), details=details or {},
            ))
        await self.commit(work)
        return moved

    async def run_timers(self, until: Instant) -> None:
        """Triggers that are due by then, each once."""
        while due := sorted((each for each in self.timers if each.due <= until), key=lambda each: each.due):
            timer = due[0]
            self.timers.remove(timer)
            self.clock.move_to(timer.due)
            kind = next(each for each in self.provider.records if each.kind == timer.subject_kind)
            record = await self.work().get(kind, timer.subject)
            assert record is not None
            machine = next(each for each in self.provider.machines if each.record is kind)
            if timer.trigger in machine.triggers(record.status):
                await self.act(record, timer.trigger)
        self.clock.move_to(until)

    async def entries(self, reference: str) -> list[Entry]:
        found = await self.work().scan(
            Entry, Walk(index="reference", value=reference, newest_first=False)
        )
        return list(found)

    def order(self, **changes: Any) -> dict[str, Any]:
        """Params of a Native order."""
        return {
            "appid": self.merchant.secrets["appid"], "mchid": self.merchant.id, "description": "三体",
            "out_trade_no": "ORDER-000001", "notify_url": "http://127.0.0.1:9/notify",
            "amount": {"total": 100, "currency": "CNY"},
        } | changes


@pytest.fixture
def make_world() -> Callable[..., World]:
    def make(**settings: str) -> World:
        provider = build(settings)
        return World(provider, provider.merchant("default", keyring.well_known()))

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def signing(world: World) -> Signing:
    return Signing(world.merchant)
