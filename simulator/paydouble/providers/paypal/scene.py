"""What the work behind a call and behind an act have in common: whose it is, when, on which terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paydouble.core.act import Doing
from paydouble.core.call import Call, Merchant
from paydouble.core.clock import Instant
from paydouble.core.ids import Ids
from paydouble.core.money import Money
from paydouble.core.work import Work
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.identifiers import resource_id
from paydouble.providers.paypal.settings import Terms, terms_of

REQUEST_ID = "PayPal-Request-Id"
WHOLE = "return=representation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`account` is the seller, `merchant` the app that calls."""

    work: Work
    ids: Ids
    merchant: Merchant
    account: str
    now: Instant
    terms: Terms
    base: str = ""
    request_key: str = ""
    magic: bool = True
    """Documented cards and names decide; with `--no-magic` only scenarios do."""

    def id(self) -> str:
        return resource_id(self.ids)

    def fee(self, amount: Money, *, card: bool) -> int:
        """What PayPal keeps of a sale: by its terms, unless a scenario has another price."""
        named = self.work.fee(self.merchant.provider, amount, EXPONENTS)
        return self.terms.fee(amount, card=card) if named is None else named


def seller_of(merchant: Merchant, account: str) -> str:
    """An app acts for its own account where no assertion names another."""
    own = ("", merchant.id, merchant.secrets["email"])
    return merchant.secrets["merchant_id"] if account in own else account


def of_call(call: Call[Any]) -> Scene:
    return Scene(
        work=call.work,
        ids=call.ids,
        merchant=call.merchant,
        account=seller_of(call.merchant, call.account),
        now=call.clock.now(),
        terms=terms_of(call.merchant),
        base=call.request.base_url,
        request_key=request_key(call),
        magic=call.magic,
    )


def of_act(doing: Doing[Any]) -> Scene:
    return Scene(
        work=doing.work,
        ids=doing.ids,
        merchant=doing.merchant,
        account=doing.merchant.secrets["merchant_id"],
        now=doing.now,
        terms=terms_of(doing.merchant),
        base=doing.record.base,
        magic=doing.magic,
    )


def request_key(call: Call[Any]) -> str:
    """By which a replay finds what the first call made; empty without `PayPal-Request-Id`."""
    id = call.request.headers.get(REQUEST_ID)
    return f"{call.merchant.id}/{call.request.method} {call.envelope.path}/{id}" if id else ""


def wants_whole(call: Call[Any]) -> bool:
    """An unknown `Prefer` counts as the default, `return=minimal`."""
    return call.request.headers.get("Prefer").strip() == WHOLE
