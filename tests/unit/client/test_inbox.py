"""The inbox: what is genuine is acknowledged and waited for, what is forged is refused and kept."""

from __future__ import annotations

import pytest

from paydouble.client.inbox import Inbox, NothingCame
from paydouble.client.sandbox import Sandbox
from tests.toy_shop import Shop


def _forge(sandbox: Sandbox, signature: str) -> None:
    sandbox.scenario([{"when": {"notification": "payment.succeeded"}, "then": {"notify": {"signature": signature}}}])


@pytest.mark.parametrize("signature", ["missing", "wrong_key", "tampered_body"])
def test_a_forged_notification_is_refused_and_kept(
    toy_sandbox: Sandbox, toy_shop: Shop, toy_inbox: Inbox, signature: str
) -> None:
    _forge(toy_sandbox, signature)
    toy_shop.order("o1", notify_url=toy_inbox.url_of("toy"))
    toy_sandbox.pay(ref="o1")
    toy_sandbox.wait_for(notifications={"rejected": 1})
    assert [(each.answered, each.problem) for each in toy_inbox.forged] == [(401, "Toy-Signature is wrong")]
    assert toy_inbox.genuine == ()
    with pytest.raises(NothingCame, match=r"0 of 1 notifications of order.paid.*Toy-Signature is wrong"):
        toy_inbox.one("order.paid", within_s=0.01)


def test_the_next_answers_can_be_chosen(
    toy_sandbox: Sandbox, toy_shop: Shop, toy_inbox: Inbox
) -> None:
    toy_inbox.answer(503)
    toy_shop.order("o1", notify_url=toy_inbox.url_of("toy"))
    toy_sandbox.pay(ref="o1")
    toy_sandbox.clock.advance("1m")
    assert [each.answered for each in toy_inbox.wait(2)] == [503, 200]
    with pytest.raises(NothingCame, match="2 notifications came where one was expected"):
        toy_inbox.one()
    toy_inbox.clear()
    assert toy_inbox.all == ()


def test_what_nobody_signed_is_refused(toy_inbox: Inbox) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection(toy_inbox.url.removeprefix("http://"), timeout=5)
    connection.request("POST", "/somewhere", b"{}")
    with connection.getresponse() as response:
        assert response.status == 401
    connection.close()
    assert toy_inbox.all[0].problem == "no provider's headers, and no provider's path"
