"""Payments, acts and the ledger over the control API."""

from __future__ import annotations

import pytest

from paydouble.client.control import ControlError
from paydouble.client.sandbox import Sandbox
from tests.toy_shop import Shop
from tests.unit.server.asking import DECLINE, refused


def test_payments_are_found_by_each_of_their_names(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    order = toy_shop.order("o1", 1_234)
    by_ref = toy_sandbox.payment(ref="o1")
    assert by_ref.native_id == order["id"]
    assert by_ref == toy_sandbox.payment(order["id"]) == toy_sandbox.payment(f"toy:{order['id']}")
    assert str(by_ref.amount) == "12.34"
    assert by_ref.triggers == ("pay", "fail", "expire", "close")
    assert refused(toy_sandbox.control, "get", f"{toy_sandbox.path}/payments/ref:o2").code == "no_payment"


def test_yen_have_no_decimals(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1", 500, currency="JPY", card={"number": "4242424242424242"})
    shown = toy_sandbox.control.get(f"{toy_sandbox.path}/payments/ref:o1")
    assert (shown["amount"], shown["captured"]) == ("500", "500")
    assert toy_sandbox.ledger()["balances"]["payer:external"] == {"JPY": "-500"}


def test_lists_are_paged_and_filtered(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    for number in range(5):
        toy_shop.order(f"o{number}")
    toy_sandbox.pay(ref="o3")
    path = f"{toy_sandbox.path}/payments"
    first = toy_sandbox.control.get(path, limit=2)
    assert ([each["ref"] for each in first["data"]], first["more"]) == (["o0", "o1"], True)
    second = toy_sandbox.control.get(path, limit=9, after=first["data"][-1]["id"])
    assert ([each["ref"] for each in second["data"]], second["more"]) == (["o2", "o3", "o4"], False)
    newest = toy_sandbox.control.get(path, limit=1, order="newest")
    assert [each["ref"] for each in newest["data"]] == ["o4"]
    assert [each.ref for each in toy_sandbox.payments(phase="paid")] == ["o3"]
    assert refused(toy_sandbox.control, "get", f"{path}?limit=0").code == "bad_limit"
    assert refused(toy_sandbox.control, "get", f"{path}?after=x").code == "bad_cursor"


def test_an_illegal_trigger_names_the_allowed_ones(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    with pytest.raises(ControlError) as answer:
        toy_sandbox.act("o1", "dispute")
    assert (answer.value.status, answer.value.code) == (409, "illegal_trigger")
    assert answer.value.help == "allowed now: pay, fail, expire, close"


def test_a_declined_act_writes_nothing(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    with pytest.raises(ControlError) as answer:
        toy_sandbox.pay(ref="o1", reason="insufficient_funds")
    assert (answer.value.status, answer.value.code) == (409, "declined")
    assert "insufficient_funds" in answer.value.message
    assert toy_sandbox.payment(ref="o1").phase == "open"


def test_nobody_pays_an_order_that_is_not_there(toy_sandbox: Sandbox) -> None:
    with pytest.raises(ControlError) as answer:
        toy_sandbox.pay(ref="o1")
    assert (answer.value.status, answer.value.code) == (404, "no_payment")


def test_the_books_balance(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    order = toy_shop.order("o1", card={"number": "4242424242424242"})
    assert toy_shop.ask("POST", f"/toy/orders/{order['id']}/refund", {"amount": 250}).status == 200
    ledger = toy_sandbox.ledger()
    assert [each["what"] for each in ledger["entries"]] == ["capture", "refund"]
    assert ledger["balances"][f"merchant:shop-{toy_sandbox.id}:pending"] == {"EUR": "7.50"}
    audit = toy_sandbox.audit()
    assert audit["ok"]
    assert all(law.keys() == {"law", "ok", "detail"} for law in audit["laws"])


def test_the_report_sums_up(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_sandbox.scenario([{"name": "idle", **DECLINE}])
    toy_shop.order("o1")
    report = toy_sandbox.report()
    assert report["calls"]["by_operation"] == {"toy orders.create": 1}
    assert report["unused_rules"] == ["inline, rule 'idle'"]
    assert report["ok"]
