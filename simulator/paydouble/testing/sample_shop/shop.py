"""The shop's decisions: what it does when nothing is heard, and what it believes of what it is told."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from threading import RLock
from typing import Any

from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.values import (
    Busy,
    Done,
    Found,
    Order,
    Refund,
    Refused,
    State,
    Till,
    Told,
    Unheard,
)

TRIES_MAX = 6
TRIES_WHEN_CALLED = 3
"""While a provider waits for our acknowledgement; it comes again."""
BACKOFF_S = 0.45
WAIT_MAX_S = 3.0
FINAL = frozenset({"refunded", "disputed"})


class Unknown(Exception):
    """There is no such order."""


@dataclass(slots=True)
class Shop:
    """`tills` by provider; the first one takes orders that name none."""

    tills: Mapping[str, Till]
    flaws: frozenset[Flaw] = frozenset()
    orders: dict[str, Order] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    _lock: RLock = field(default_factory=RLock)
    _seen: set[str] = field(default_factory=set)

    def has(self, flaw: Flaw) -> bool:
        return flaw in self.flaws

    def order(self, id: str) -> Order:
        if id not in self.orders:
            raise Unknown(id)
        return self.orders[id]

    def take(self, order: Order) -> Order:
        """Charges, or asks the provider where the payer can pay. Raises Refused, Unheard."""
        self.orders[order.id] = order
        try:
            self._apply(order, self._created(order))
        except Refused:
            self._move(order, "failed")
            raise
        except Unheard:
            if order.backup and self._may_turn_away(order):
                order.provider, order.backup, order.native, order.number = order.backup, "", "", ""
                order.currency = self.tills[order.provider].currency
                return self.take(order)
            self._move(order, "failed" if self.has(Flaw.GIVES_UP) else "unknown")
            raise
        return order

    def _may_turn_away(self, order: Order) -> bool:
        """Only from a provider that says it has nothing, and will have nothing."""
        if self.has(Flaw.FAILS_OVER_BLINDLY) or self.has(Flaw.NEVER_ASKS):
            return self.has(Flaw.FAILS_OVER_BLINDLY)
        try:
            found = self.tills[order.provider].query(order)
            if found.state is State.OPEN:
                self.tills[order.provider].cancel(order)
                return True
            return found.state is State.ABSENT
        except (Unheard, Refused, Done):
            return False

    def _created(self, order: Order) -> Found:
        till = self.tills[order.provider]

        def once() -> Found:
            fresh = self.has(Flaw.NEW_KEY)
            order.number = f"{order.id}-{order.tries}" if fresh and order.tries > 1 else order.id
            key = str(uuid.uuid4()) if fresh else f"pay-{order.id}"
            try:
                return till.create(order, key)
            except Done:
                return till.query(order)

        return self._persisted(order, once, lambda: self._asked(order))

    def _persisted(
        self, order: Order, once: Callable[[], Found], ask: Callable[[], Found | None],
        tries: int = TRIES_MAX,
    ) -> Found:
        """Until there is an answer; before each new try the provider is asked what became of the last."""
        last: Unheard = Unheard("never tried")
        for attempt in range(1, tries + 1):
            order.tries += 1
            try:
                return once()
            except Unheard as error:
                last = error
                if self.has(Flaw.GIVES_UP):
                    break
                self._wait(attempt, error)
            if not isinstance(last, Busy) and not self.has(Flaw.NEW_KEY):
                found = ask()
                if found is not None:
                    return found
            if attempt >= 2 and order.backup:
                break
        raise last

    def _asked(self, order: Order) -> Found | None:
        """What the provider has of it, where that settles the matter."""
        if self.has(Flaw.NEVER_ASKS):
            return None
        try:
            found = self.tills[order.provider].query(order)
        except (Unheard, Refused, Done):
            return None
        # A payment that is only open may have lost the answer that holds the payer's code.
        return found if found.state in (State.PAID, State.PENDING, State.CLOSED) else None

    def _wait(self, attempt: int, error: Unheard) -> None:
        if not self.has(Flaw.NO_BACKOFF):
            asked = error.after if isinstance(error, Busy) else 0.0
            self.sleep(min(max(asked, BACKOFF_S * attempt), WAIT_MAX_S))

    def check(self, id: str) -> Order:
        """Asks the provider, as a job in the background would every few minutes."""
        order = self.order(id)
        if not self.has(Flaw.NEVER_ASKS):
            self._apply(order, self.tills[order.provider].query(order))
            for refund in order.refunds.values():
                self._check_refund(order, refund)
        return order

    def _check_refund(self, order: Order, refund: Refund) -> None:
        if refund.status in ("pending", "unknown"):
            state = self.tills[order.provider].refund_state(order, refund)
            self._settle(order, refund, "failed" if state == "absent" else state)

    def cancel(self, id: str) -> Order:
        order = self.order(id)
        self.tills[order.provider].cancel(order)
        self._move(order, "canceled")
        return order

    def came_back(self, id: str) -> Order:
        """The payer's browser is here again, which proves nothing."""
        order = self.order(id)
        if self.has(Flaw.TRUSTS_RETURN_URL):
            self._paid(order)
            return order
        return self._approved(order) if order.provider == "paypal" else self.check(id)

    def _approved(self, order: Order, tries: int = TRIES_MAX) -> Order:
        """The payer agreed; now the money is taken. Raises Unheard."""
        till = self.tills[order.provider]

        def once() -> Found:
            try:
                key = str(uuid.uuid4()) if self.has(Flaw.NEW_KEY) else f"take-{order.id}"
                return till.capture(order, key)
            except Done:
                return till.query(order)

        try:
            self._apply(order, self._persisted(order, once, lambda: self._asked(order), tries))
        except Refused:
            self._move(order, "failed")
        except Unheard:
            self._move(order, "failed" if self.has(Flaw.GIVES_UP) else "unknown")
            raise
        return order

    def _apply(self, order: Order, found: Found) -> None:
        """What a provider answered about the order's payment."""
        order.native = found.native or order.native
        order.charge = found.charge or order.charge
        order.pay_url = found.pay_url or order.pay_url
        self._heard(order, found.state, found.amount)

    def _heard(self, order: Order, state: State, amount: Decimal | None) -> None:
        match state:
            case State.PAID:
                if amount is not None and amount != order.amount:
                    order.mismatches += 1
                    if not self.has(Flaw.IGNORES_AMOUNT):
                        return
                self._paid(order)
            case State.PENDING:
                self._move(order, "pending")
                if self.has(Flaw.PENDING_IS_PAID):
                    self._paid(order)
            case State.OPEN:
                self._move(order, "to_be_paid")
            case State.FAILED:
                self._move(order, "canceled")
            case State.CLOSED:
                self._move(order, "canceled")
            case State.ABSENT:
                pass

    def _paid(self, order: Order) -> None:
        """Ships once, however often it is called, and by however many threads."""
        with nullcontext() if self.has(Flaw.NO_LOCK) else self._lock:
            shipped = order.shipments
            if self.has(Flaw.NO_LOCK):
                self.sleep(0.05)
            if shipped == 0 or self.has(Flaw.NO_DEDUPE):
                order.shipments += 1
            self._move(order, "paid")

    def _move(self, order: Order, status: str) -> None:
        """Never back: what is paid does not become open because an old message came late."""
        if order.status in FINAL and not self.has(Flaw.LATEST_WINS):
            return
        if order.status == "paid" and status in ("to_be_paid", "pending", "unknown", "failed", "canceled"):
            return
        order.status = status

    def refund(self, id: str, amount: Decimal | None = None) -> Order:
        """Of all, or a part. Raises Refused, Unheard."""
        order = self.order(id)
        with self._lock:
            asked = order.amount - order.refunded if amount is None else amount
            if asked <= 0 or order.refunded + asked > order.amount:
                raise Refused("more than was paid")
            refund = Refund(f"{order.id}-r{len(order.refunds) + 1}", asked)
            order.refunds[refund.number] = refund
        try:
            self._settle(order, refund, self._refunded(order, refund))
        except Refused:
            self._settle(order, refund, "done" if self.has(Flaw.BELIEVES_REFUNDS) else "failed")
            raise
        except Unheard:
            refund.status = "unknown"
            raise
        return order

    def _refunded(self, order: Order, refund: Refund) -> str:
        till = self.tills[order.provider]
        last = Unheard("never tried")
        number = refund.number
        for attempt in range(1, TRIES_MAX + 1):
            if self.has(Flaw.REFUNDS_AGAIN) and attempt > 1:
                refund.number = f"{number}-{attempt}"
            try:
                return till.refund(order, refund)
            except Unheard as error:
                last = error
                self._wait(attempt, error)
        raise last

    def _settle(self, order: Order, refund: Refund, status: str) -> None:
        refund.status = "done" if status == "pending" and self.has(Flaw.REFUND_IS_DONE) else status
        done = sum((each.amount for each in order.refunds.values() if each.status == "done"), Decimal(0))
        if done >= order.amount:
            order.status = "refunded"
        elif order.status == "refunded":
            order.status = "paid"

    def told(self, provider: str, told: Told) -> None:
        """A callback whose sender is known. Raises Unheard where it cannot be worked on now."""
        if not told.about:
            if self.has(Flaw.FAILS_ON_NEWS):
                raise Unheard("an event that we do not know")
            return
        with self._lock:
            news = told.id not in self._seen
        if not news and not self.has(Flaw.NO_DEDUPE):
            return
        order = self._order_of(provider, told)
        if order is not None:
            self._acted(order, told)
        self._seen.add(told.id)

    def _order_of(self, provider: str, told: Told) -> Order | None:
        """By our number, or the provider's; a paid one that we do not know was sold by a colleague."""
        for order in tuple(self.orders.values()):
            if told.order == order.id or (told.order and told.order == order.number):
                return order
            if told.native and told.native in (order.native, order.charge):
                return order
        if told.about == "payment" and told.order and told.amount is not None:
            adopted = Order(told.order, provider, told.amount, told.currency, number=told.order)
            return self.orders.setdefault(told.order, adopted)
        return None

    def _acted(self, order: Order, told: Told) -> None:
        match told.about:
            case "payment":
                order.native, order.charge = told.native or order.native, told.charge or order.charge
                if self.has(Flaw.LATEST_WINS) and order.status in FINAL:
                    order.status = "new"
                self._heard(order, told.state, told.amount)
            case "approval":
                order.native = told.native or order.native
                self._approved(order, TRIES_WHEN_CALLED)
            case "refund":
                self._refund_told(order, told)
            case "dispute":
                if not self.has(Flaw.IGNORES_DISPUTES):
                    self._disputed(order, told.status)

    def _refund_told(self, order: Order, told: Told) -> None:
        named = [each for each in order.refunds.values() if told.refund in (each.number, each.native)]
        for refund in named or order.refunds.values():
            if refund.status != "failed":
                self._settle(order, refund, told.status)
        if not order.refunds and told.amount is not None:
            order.refunds[told.refund or "theirs"] = Refund(told.refund, told.amount, told.status)
            self._settle(order, order.refunds[told.refund or "theirs"], told.status)

    def _disputed(self, order: Order, status: str) -> None:
        if status in ("won", "warning_closed", "RESOLVED"):
            order.status = "paid"
            return
        if order.status != "disputed":
            order.disputes += 1
        order.status = "disputed"

    def shown(self, id: str) -> dict[str, Any]:
        return self.order(id).shown()
