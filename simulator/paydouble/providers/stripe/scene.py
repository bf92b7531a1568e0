"""What the work behind a call and behind an act have in common: whose it is, when, and on which terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paydouble.core.act import Doing
from paydouble.core.call import Call
from paydouble.core.clock import Instant
from paydouble.core.ids import Ids, prefixed
from paydouble.core.work import Work
from paydouble.providers.stripe.events import Shown, event
from paydouble.providers.stripe.models.shapes import EMPTY, Json
from paydouble.providers.stripe.settings import Terms, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`account` owns what is made here."""

    work: Work
    ids: Ids
    account: str
    now: Instant
    terms: Terms
    version: str
    base_url: str = ""
    publishable_key: str = ""
    magic: bool = True
    """Test cards decide what happens."""

    def id(self, prefix: str, length: int = 23) -> str:
        return prefixed(self.ids, prefix, length)

    def tell(self, type: str, record: Shown, previous: Json = EMPTY) -> None:
        self.work.announce(event(type, record, previous=previous))


def of_call(call: Call[Any]) -> Scene:
    merchant = call.merchant
    return Scene(
        work=call.work,
        ids=call.ids,
        account=call.account,
        now=call.clock.now(),
        terms=terms_of(merchant),
        version=call.envelope.version,
        base_url=call.request.base_url,
        publishable_key=merchant.secrets["publishable_key"],
        magic=call.magic,
    )


def of_act(doing: Doing[Any]) -> Scene:
    merchant, terms = doing.merchant, terms_of(doing.merchant)
    return Scene(
        work=doing.work,
        ids=doing.ids,
        account=doing.record.merchant,
        now=doing.now,
        terms=terms,
        version=terms.api_version,
        publishable_key=merchant.secrets["publishable_key"],
        magic=doing.magic,
    )
