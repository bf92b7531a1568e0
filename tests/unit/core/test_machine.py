"""A machine is its table; firing does all that a row promises, and nothing where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar
from unittest.mock import Mock

import pytest

from paydouble.core.clock import Instant
from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.machine import IllegalTrigger, Machine, Phase, Transition, fire
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    kind: ClassVar[str] = "test.order"

    paid_at: Instant | None = None
    payer: str = ""


def captured(order: Order) -> Entry:
    return transfer(
        EntryKind.CAPTURE, source=PAYER, target=pending("m"), amount=Money(1, "CNY"),
        reference=order.id, memo=order.payer,
    )


def succeeded(order: Order) -> Event:
    return Event(id="", type="paid", api="v1", provider="p", merchant="m", subject=order.id, ref=order.status)


PAY = Transition("NOTPAY", "pay", "SUCCESS", stamp="paid_at", entry=captured, event=succeeded)
CLOSE: Transition[Order] = Transition("NOTPAY", "close", "CLOSED")
PHASES = {"NOTPAY": Phase.OPEN, "SUCCESS": Phase.PAID, "CLOSED": Phase.CLOSED}
MACHINE = Machine("order", record=Order, initial="NOTPAY", phases=PHASES, rows=(PAY, CLOSE))


def test_firing_moves_stamps_books_and_announces() -> None:
    work = Mock()
    moved = fire(work, MACHINE, Order(id="o1", status="NOTPAY"), "pay", Instant(7), payer="ann")
    assert moved == Order(id="o1", status="SUCCESS", paid_at=Instant(7), payer="ann")
    work.save.assert_called_once_with(moved)
    work.post.assert_called_once_with(captured(moved))
    work.announce.assert_called_once_with(succeeded(moved))


def test_a_row_without_stamp_entry_or_event_only_moves() -> None:
    work = Mock()
    before = Order(id="o1", status="NOTPAY")
    assert fire(work, MACHINE, before, "close", Instant(7)) == replace(before, status="CLOSED")
    work.post.assert_not_called()
    work.announce.assert_not_called()


def test_a_trigger_without_a_row_does_nothing() -> None:
    work = Mock()
    with pytest.raises(IllegalTrigger) as caught:
        fire(work, MACHINE, Order(id="o1", status="CLOSED"), "pay", Instant(7))
    assert (caught.value.status, caught.value.trigger) == ("CLOSED", "pay")
    assert work.mock_calls == []


def test_triggers_are_those_of_the_state_in_the_order_of_the_table() -> None:
    assert MACHINE.triggers("NOTPAY") == ("pay", "close")
    assert MACHINE.triggers("SUCCESS") == ()


@pytest.mark.parametrize(("initial", "rows"), [
    ("NOWHERE", (PAY,)), ("NOTPAY", (PAY, PAY)), ("NOTPAY", (replace(PAY, target="LOST"),)),
    ("NOTPAY", (replace(PAY, source="LOST"),)),
])
def test_a_table_that_contradicts_itself_is_refused(
    initial: str, rows: tuple[Transition[Order], ...]
) -> None:
    with pytest.raises(AssertionError):
        Machine("order", record=Order, initial=initial, phases=PHASES, rows=rows)
