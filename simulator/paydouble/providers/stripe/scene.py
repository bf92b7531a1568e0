"""What the work behind a call and behind an act have in common: whose it is, when, and on which terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from paydouble.core.act import Doing
from paydouble.core.call import Call
from paydouble.core.clock import Instant
from paydouble.core.ids import Ids, prefixed
from paydouble.core.page import Visit
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.stripe.behalf import for_account
from paydouble.providers.stripe.events import Shown, event
from paydouble.providers.stripe.models import PaymentIntent
from paydouble.providers.stripe.models.shapes import EMPTY, Json, intent_shown
from paydouble.providers.stripe.settings import Terms, terms_of

_OF_INTENTS = "payment_intent."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`account` owns what is made here."""

    work: Work
    ids: Ids
    account: str
    platform: str
    """Whose key it is; another than `account` where that is a connected one."""
    now: Instant
    """As its customer lives: a test clock's, where there is one."""
    wall: Instant
    """The sandbox's own time: when money settles, and what is not about a customer."""
    terms: Terms
    version: str
    base_url: str = ""
    publishable_key: str = ""
    magic: bool = True
    """Test cards decide what happens."""
    timeline: str = ""
    """The test clock that `now` is read from; empty: none."""

    @property
    def connected(self) -> bool:
        return self.account != self.platform

    def on(self, account: str) -> Scene:
        """The same scene with another of the platform's accounts, or the platform itself."""
        return replace(self, account=account, work=for_account(self.work, self.platform, account))

    def muted(self) -> Scene:
        """The same scene, in which no PaymentIntent is told of: a charge in the old way has none to show."""
        return replace(self, work=for_account(self.work, self.platform, self.account, _OF_INTENTS))

    def at(self, due: Instant, subject: Record, trigger: str) -> None:
        """A timer on the time by which `now` goes."""
        self.work.at(due, subject, trigger, self.timeline)

    def id(self, prefix: str, length: int = 23) -> str:
        return prefixed(self.ids, prefix, length)

    def tell(self, type: str, record: Shown, previous: Json = EMPTY) -> None:
        self.work.announce(event(type, record, previous=previous))


def of_call(call: Call[Any]) -> Scene:
    merchant = call.merchant
    return Scene(
        work=for_account(call.work, merchant.id, call.account),
        ids=call.ids,
        account=call.account,
        platform=merchant.id,
        now=call.clock.now(),
        wall=call.clock.now(),
        terms=terms_of(merchant),
        version=call.envelope.version,
        base_url=call.request.base_url,
        publishable_key=merchant.secrets["publishable_key"],
        magic=call.magic,
    )


def _muted(record: Record) -> str:
    legacy = isinstance(record, PaymentIntent) and intent_shown(record.id) is None
    return _OF_INTENTS if legacy else ""


def of_visit(visit: Visit, account: str) -> Scene:
    merchant, terms = visit.merchant, terms_of(visit.merchant)
    return Scene(
        work=for_account(visit.work, merchant.id, account),
        ids=visit.ids,
        account=account,
        platform=merchant.id,
        now=visit.now,
        wall=visit.now,
        terms=terms,
        version=terms.api_version,
        base_url=visit.base_url,
        publishable_key=merchant.secrets["publishable_key"],
    )


def of_act(doing: Doing[Any]) -> Scene:
    merchant, terms = doing.merchant, terms_of(doing.merchant)
    return Scene(
        work=for_account(doing.work, merchant.id, doing.record.merchant, _muted(doing.record)),
        ids=doing.ids,
        account=doing.record.merchant,
        platform=merchant.id,
        now=doing.now,
        wall=doing.now,
        terms=terms,
        version=terms.api_version,
        publishable_key=merchant.secrets["publishable_key"],
        magic=doing.magic,
    )
