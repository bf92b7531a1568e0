"""The clients of the control API: threads, refusals, connections that went away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from socketserver import StreamRequestHandler, TCPServer

import pytest

from paydouble.client.control import AsyncControlClient, ControlClient, ControlError, Unreachable, segment
from paydouble.client.sandbox import NotFound, NotMet, Sandbox
from paydouble.core.money import Money
from paydouble.testing.in_process import PaydoubleServer
from tests.toy_shop import Shop

CARD = {"number": "4242424242424242"}


def test_many_threads_share_one_client(toy_server: PaydoubleServer) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: toy_server.control.get("health")["status"], range(40)))
    assert answers == ["ok"] * 40


def test_a_connection_is_kept_alive(toy_server: PaydoubleServer) -> None:
    with ControlClient(toy_server.url) as control:
        control.get("health")
        before = control._idle[0][0]
        with pytest.raises(ControlError):
            control.get("nothing")
        assert control._idle[0][0] is before, "a refusal is an answer like any other"


def test_a_refusal_says_what_is_wrong(toy_server: PaydoubleServer) -> None:
    with pytest.raises(ControlError, match="no_sandbox: there is no sandbox 'x'") as refused:
        toy_server.control.get("sandboxes/x")
    assert refused.value.status == 404
    assert "POST /_paydouble/sandboxes" in refused.value.help


@pytest.mark.parametrize("url", ["127.0.0.1:4800", "ftp://x", "http://"])
def test_an_address_without_a_scheme_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a PayDouble"):
        ControlClient(url)


def test_nobody_at_the_address_is_told_so() -> None:
    with TCPServer(("127.0.0.1", 0), StreamRequestHandler) as closed:
        port = closed.server_address[1]
    with ControlClient(f"http://127.0.0.1:{port}") as control, pytest.raises(Unreachable):
        control.get("health")


async def test_the_client_of_an_event_loop_does_the_same(toy_server: PaydoubleServer) -> None:
    async with AsyncControlClient(toy_server.url) as control:
        made = await control.post("sandboxes", {"clock": "frozen"})
        place = f"sandboxes/{segment(made['id'])}"
        assert (await control.get(f"{place}/payments", ref="o 1&2"))["data"] == []
        assert await control.delete(place) is None
        with pytest.raises(ControlError, match="no_sandbox"):
            await control.get(place)


async def test_the_client_of_an_event_loop_tells_that_nobody_is_there() -> None:
    with TCPServer(("127.0.0.1", 0), StreamRequestHandler) as closed:
        port = closed.server_address[1]
    async with AsyncControlClient(f"http://127.0.0.1:{port}") as control:
        with pytest.raises(Unreachable):
            await control.get("health")


@pytest.mark.parametrize("ref", ["2026/03 #7?", "toy:1", "ref:2"])
def test_any_order_number_is_one_segment_of_a_path(toy_sandbox: Sandbox, toy_shop: Shop, ref: str) -> None:
    toy_shop.order(ref)
    assert toy_sandbox.pay(ref=ref).phase == "paid"


def test_a_payment_itself_can_be_acted_on(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    toy_shop.order("o1")
    first = toy_sandbox.payments(ref="o1")[0]
    assert toy_sandbox.act(first, "close").phase == "closed"
    assert toy_sandbox.payment(ref="o1").phase == "open", "an order number alone means the newest"


def test_a_rule_is_in_force_inside_its_block(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    when, then = {"operation": "payment.charge", "amount": Decimal("10.00")}, {"outcome": {"result": "declined"}}
    body = {"ref": "o1", "amount": 1_000, "card": CARD}
    with toy_sandbox.rule(when=when, then=then):
        assert toy_shop.ask("POST", "/toy/orders", body).status == 402
    assert toy_shop.ask("POST", "/toy/orders", body).status == 201


def test_a_rule_declines_the_payer_as_it_declines_a_call(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    then = {"outcome": {"result": "declined", "reason": "insufficient_funds"}}
    with (
        toy_sandbox.rule(when={"operation": "payment.charge"}, then=then),
        pytest.raises(ControlError, match="declined: insufficient_funds"),
    ):
        toy_sandbox.pay(ref="o1")


def test_variables_of_scenarios_are_attributes(toy_sandbox: Sandbox) -> None:
    toy_sandbox.scenario("lost-response", magic=20.25)
    assert toy_sandbox.vars.magic == 20.25
    with pytest.raises(AttributeError, match="vars has no missing; it has magic"):
        _ = toy_sandbox.vars.missing


def test_credentials_are_attributes_of_their_provider(toy_sandbox: Sandbox) -> None:
    assert toy_sandbox.account("toy").shop == f"shop-{toy_sandbox.id}"
    with pytest.raises(NotFound, match="no provider 'stripe'"):
        _ = toy_sandbox.stripe


def test_a_wait_that_is_not_met_says_what_there_is(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    with pytest.raises(NotMet, match="the nearest has phase open"):
        toy_sandbox.wait_for(payment={"ref": "o1", "phase": "paid"}, within="1ms")


def test_a_wait_ends_when_another_thread_acts(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    payer = threading.Thread(target=toy_sandbox.pay, kwargs={"ref": "o1"})
    payer.start()
    toy_sandbox.wait_for(payment={"ref": "o1", "phase": "paid"})
    payer.join()


def test_balances_are_money(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    with pytest.raises(NotFound, match="holds nothing"):
        toy_sandbox.balance()
    toy_shop.order("o1", 1_000, card=CARD)
    assert toy_sandbox.balance("pending") == Money(1_000, "EUR")
    toy_shop.order("o2", 500, currency="JPY", card=CARD)
    with pytest.raises(NotFound, match="EUR, JPY"):
        toy_sandbox.balance()
    assert toy_sandbox.balance(currency="JPY") == Money(500, "JPY")
    assert toy_sandbox.balance("available", currency="JPY") == Money(0, "JPY")


def test_the_clock_is_read_in_milliseconds(toy_sandbox: Sandbox) -> None:
    before = toy_sandbox.clock.now
    toy_sandbox.clock.advance("1h30m")
    assert toy_sandbox.clock.now - before == 90 * 60_000


def test_the_default_sandbox_is_there_already(toy_server: PaydoubleServer) -> None:
    default = Sandbox.of(toy_server.control)
    assert default.account("toy").secret_key == "toy_secret_default"
