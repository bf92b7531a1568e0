"""Disputes: what the buyer, the seller, PayPal and time make of them, and where the money is meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.clock import DAY
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.providers.paypal.sources import buyer
from tests.providers.paypal.asserting import assertion
from tests.providers.paypal.checked import Shop, shop

DISPUTES = "/v1/customer/disputes"
NOT_RECEIVED, UNAUTHORISED = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "UNAUTHORISED"
OPENED, UPDATED, CLOSED = (f"CUSTOMER.DISPUTE.{what}" for what in ("CREATED", "UPDATED", "RESOLVED"))
STATE = (422, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")
EVIDENCE = {"evidences": [{
    "evidence_type": "PROOF_OF_FULFILLMENT", "notes": "Left at the door",
    "evidence_info": {"tracking_info": [{"carrier_name": "UPS", "tracking_number": "1Z999"}]},
}]}


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


async def disputed(here: Shop, reason: str = UNAUTHORISED, **details: Any) -> str:
    """The id of a dispute about a new payment of 100 dollars."""
    taken = await here.paid("100.00", unit={"invoice_id": details.pop("invoice", "inv-1"), "custom_id": "c-1"})
    moved = await here.act("capture", taken["id"], "dispute", reason=reason, **details)
    assert isinstance(moved, Record)
    return moved.id


async def do(here: Shop, id: str, action: str, body: Any = None, **more: Any) -> Any:
    done = await here.post(f"{DISPUTES}/{id}/{action}", {} if body is None else body, status=200, **more)
    assert done["links"][0]["rel"] == "self"
    return await here.get(f"{DISPUTES}/{id}")


async def balances(here: Shop) -> dict[str, int]:
    """Of the seller: free, and held for disputes."""
    seller = here.merchant.secrets["merchant_id"]
    kept = await here.sandbox.store.balances(here.sandbox.id)
    return {
        name: kept.get(f"merchant:{seller}:{name}", {}).get("USD", 0) for name in ("pending", "disputed")
    }


async def buyer_of(here: Shop) -> dict[str, str]:
    return assertion(here, str(buyer(here.sandbox.id, {})["payer_id"]))


async def test_a_claim_holds_the_money_and_is_accepted() -> None:
    async with shop() as here:
        id = await disputed(here)
        shown = await here.get(f"{DISPUTES}/{id}")
        assert (shown["status"], shown["dispute_life_cycle_stage"]) == ("WAITING_FOR_SELLER_RESPONSE", "CHARGEBACK")
        assert shown["dispute_state"] == "REQUIRED_ACTION"
        assert [one["rel"] for one in shown["links"]] == ["self", "accept_claim", "provide_evidence"]
        assert await balances(here) == {"pending": -398, "disputed": 10_000}
        ended = await do(here, id, "accept-claim", {"note": "Sorry", "accept_claim_type": "REFUND"})
        assert (ended["status"], ended["dispute_outcome"]) == (
            "RESOLVED", {"outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": usd("100.00")})
        assert await balances(here) == {"pending": -398, "disputed": 0}
        capture = shown["disputed_transactions"][0]["seller_transaction_id"]
        assert (await here.get(f"/v2/payments/captures/{capture}"))["status"] == "REFUNDED"
        assert (await here.types())[-3:] == [OPENED, "PAYMENT.CAPTURE.REFUNDED", CLOSED]
        assert await here.refused("POST", f"{DISPUTES}/{id}/accept-claim", {}) == STATE


async def test_evidence_wins_and_the_money_comes_back() -> None:
    async with shop() as here:
        id = await disputed(here)
        review = await do(here, id, "provide-evidence", EVIDENCE)
        assert (review["status"], review["dispute_state"]) == ("UNDER_REVIEW", "UNDER_PAYPAL_REVIEW")
        assert review["evidences"][0]["source"] == "SUBMITTED_BY_SELLER"
        await do(here, id, "provide-supporting-info", {"notes": "And here is the signature"})
        won = await do(here, id, "adjudicate", {"adjudication_outcome": "SELLER_FAVOR"})
        assert won["dispute_outcome"] == {"outcome_code": "RESOLVED_SELLER_FAVOUR"}
        assert won["adjudications"][0]["type"] == "DENY_BUYER"
        assert await balances(here) == {"pending": 9_602, "disputed": 0}
        assert (await here.types())[-4:] == [OPENED, UPDATED, UPDATED, CLOSED]


async def test_a_lost_dispute_reverses_the_capture_and_can_be_appealed_once() -> None:
    async with shop() as here:
        id = await disputed(here)
        await do(here, id, "provide-evidence", EVIDENCE)
        lost = await do(here, id, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})
        assert lost["dispute_state"] == "APPEALABLE"
        assert {one["affected_party"] for one in lost["money_movements"]} == {"SELLER", "BUYER"}
        assert await balances(here) == {"pending": -398, "disputed": 0}
        assert (await here.types())[-2:] == ["PAYMENT.CAPTURE.REVERSED", CLOSED]
        capture = lost["disputed_transactions"][0]["seller_transaction_id"]
        assert await here.refused("POST", f"/v2/payments/captures/{capture}/refund") == (
            422, "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")
        appealed = await do(here, id, "appeal", EVIDENCE)
        assert (appealed["status"], appealed["dispute_life_cycle_stage"]) == ("UNDER_REVIEW", "PRE_ARBITRATION")
        won = await do(here, id, "adjudicate", {"adjudication_outcome": "SELLER_FAVOR"})
        assert (won["dispute_state"], won["dispute_outcome"]["outcome_code"]) == (
            "RESOLVED", "RESOLVED_SELLER_FAVOUR")
        assert await balances(here) == {"pending": 9_602, "disputed": 0}
        assert (await here.get(f"/v2/payments/captures/{capture}"))["status"] == "COMPLETED"


async def test_an_inquiry_is_talked_over_and_settled_by_an_offer() -> None:
    async with shop() as here:
        id = await disputed(here, NOT_RECEIVED, message="Where is it?")
        shown = await here.get(f"{DISPUTES}/{id}")
        assert (shown["status"], shown["dispute_state"]) == ("OPEN", "OPEN_INQUIRIES")
        assert await balances(here) == {"pending": 9_602, "disputed": 0}
        assert await here.refused("POST", f"{DISPUTES}/{id}/provide-evidence", EVIDENCE) == STATE
        await do(here, id, "send-message", {"message": "On its way"})
        await here.act("dispute", id, "message", message="I doubt it")
        offer = {"note": "Half?", "offer_type": "REFUND", "offer_amount": usd("50.00")}
        assert (await do(here, id, "make-offer", offer))["status"] == "WAITING_FOR_BUYER_RESPONSE"
        await here.act("dispute", id, "deny_offer", note="No")
        await do(here, id, "make-offer", offer | {"offer_amount": usd("60.00")})
        await here.act("dispute", id, "accept_offer")
        ended = await here.get(f"{DISPUTES}/{id}")
        assert ended["dispute_outcome"]["amount_refunded"] == usd("60.00")
        assert [one["event_type"] for one in ended["offer"]["history"]] == [
            "PROPOSED", "DENIED", "PROPOSED", "ACCEPTED"]
        assert [one["posted_by"] for one in ended["messages"]] == ["BUYER", "SELLER", "BUYER"]
        assert await balances(here) == {"pending": 3_602, "disputed": 0}


async def test_an_inquiry_is_escalated() -> None:
    async with shop() as here:
        id = await disputed(here, NOT_RECEIVED)
        claim = await do(here, id, "escalate", {"note": "We cannot agree"})
        assert (claim["status"], claim["dispute_life_cycle_stage"]) == ("WAITING_FOR_SELLER_RESPONSE", "CHARGEBACK")
        assert (await balances(here))["disputed"] == 10_000
        assert await here.refused("POST", f"{DISPUTES}/{id}/escalate", {"note": "x"}) == STATE
        with pytest.raises(IllegalTrigger):
            await here.act("dispute", id, "escalate")


async def test_the_item_comes_back_first() -> None:
    async with shop() as here:
        id = await disputed(here, "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")
        body = {"accept_claim_type": "REFUND_WITH_RETURN", "refund_amount": usd("80.00")}
        assert (await do(here, id, "accept-claim", body))["status"] == "WAITING_FOR_BUYER_RESPONSE"
        await here.act("dispute", id, "send_back")
        back = await here.get(f"{DISPUTES}/{id}")
        assert [one["rel"] for one in back["links"]] == ["self", "acknowledge_return_item"]
        ended = await do(here, id, "acknowledge-return-item", {"acknowledgement_type": "ITEM_RECEIVED"})
        assert ended["dispute_outcome"]["amount_refunded"] == usd("80.00")
        other = await disputed(here, "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED", invoice="inv-2")
        await do(here, other, "accept-claim", body)
        await here.act("dispute", other, "send_back")
        review = await do(here, other, "acknowledge-return-item", {"acknowledgement_type": "DAMAGED", "note": "Bent"})
        assert review["status"] == "UNDER_REVIEW"


async def test_paypal_asks_for_more() -> None:
    async with shop() as here:
        id = await disputed(here)
        await do(here, id, "provide-evidence", EVIDENCE)
        asked = await do(here, id, "require-evidence", {"action": "SELLER_EVIDENCE"})
        assert asked["status"] == "WAITING_FOR_SELLER_RESPONSE"
        await do(here, id, "provide-evidence", EVIDENCE)
        asked = await do(here, id, "require-evidence", {"action": "BUYER_EVIDENCE"})
        assert asked["dispute_state"] == "REQUIRED_OTHER_PARTY_ACTION"
        await here.act("dispute", id, "answer", notes="It never came")
        assert (await here.get(f"{DISPUTES}/{id}"))["evidences"][-1]["source"] == "SUBMITTED_BY_BUYER"
        await here.act("dispute", id, "lose")
        assert (await here.get(f"{DISPUTES}/{id}"))["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"


async def test_time_decides_what_nobody_answers() -> None:
    async with shop() as here:
        inquiry, claim = await disputed(here, NOT_RECEIVED), await disputed(here, invoice="inv-2")
        await here.advance(10 * DAY)
        lost = await here.get(f"{DISPUTES}/{claim}")
        assert lost["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
        assert (await here.get(f"{DISPUTES}/{inquiry}"))["status"] == "OPEN"
        await here.advance(10 * DAY)
        closed = await here.get(f"{DISPUTES}/{inquiry}")
        assert closed["dispute_outcome"] == {"outcome_code": "CANCELED_BY_BUYER"}
        assert (await here.get(f"{DISPUTES}/{claim}"))["dispute_state"] == "RESOLVED"


async def test_a_buyer_withdraws_and_may_complain_again() -> None:
    async with shop() as here:
        id = await disputed(here, amount="30.00")
        assert (await balances(here))["disputed"] == 3_000
        await here.act("dispute", id, "cancel")
        assert await balances(here) == {"pending": 9_602, "disputed": 0}
        shown = await here.get(f"{DISPUTES}/{id}")
        capture = shown["disputed_transactions"][0]["seller_transaction_id"]
        assert shown["dispute_outcome"]["outcome_code"] == "CANCELED_BY_BUYER"
        again = await here.act("capture", capture, "dispute")
        assert again is not None
        with pytest.raises(IllegalTrigger):
            await here.act("capture", capture, "dispute")
        with pytest.raises(Declined):
            await disputed(here, "BOREDOM", invoice="inv-3")


async def test_a_full_refund_ends_a_dispute_and_a_partial_one_is_refused() -> None:
    async with shop() as here:
        id = await disputed(here)
        capture = (await here.get(f"{DISPUTES}/{id}"))["disputed_transactions"][0]["seller_transaction_id"]
        path = f"/v2/payments/captures/{capture}/refund"
        assert await here.refused("POST", path, {"amount": usd("1.00")}) == (422, "TRANSACTION_DISPUTED")
        await here.post(path)
        assert (await here.get(f"{DISPUTES}/{id}"))["status"] == "RESOLVED"
        assert await balances(here) == {"pending": -398, "disputed": 0}


async def test_a_buyer_opens_and_answers_a_dispute_by_call() -> None:
    async with shop() as here:
        taken, buyer = await here.paid("100.00"), await buyer_of(here)
        body: dict[str, Any] = {
            "disputed_transactions": [{"buyer_transaction_id": taken["id"]}], "reason": NOT_RECEIVED,
            "dispute_amount": usd("40.00"), "extensions": {"merchant_contacted": True},
        }
        assert await here.refused("POST", DISPUTES, body) == (403, "FORBIDDEN")
        wrong = body | {"dispute_amount": usd("100.01")}
        assert (await here.refused("POST", DISPUTES, wrong, **buyer))[0] == 400
        made = await here.post(DISPUTES, body, **buyer)
        id = made["links"][0]["href"].rpartition("/")[2]
        assert await here.refused("POST", DISPUTES, body, **buyer) == (422, "TRANSACTION_NOT_ELIGIBLE")
        await do(here, id, "change-reason", {"reason": "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED"}, **buyer)
        await do(here, id, "send-message", {"message": "Hello?"}, **buyer)
        assert await here.refused("POST", f"{DISPUTES}/{id}/make-offer", {"note": "x", "offer_type": "REFUND"}, **buyer) == STATE
        await do(here, id, "make-offer", {"note": "All of it", "offer_type": "REFUND"})
        await do(here, id, "deny-offer", {"note": "No"}, **buyer)
        await do(here, id, "make-offer", {"note": "Another?", "offer_type": "REPLACEMENT_WITHOUT_REFUND"})
        ended = await do(here, id, "accept-offer", {"note": "Fine"}, **buyer)
        assert ended["status"] == "RESOLVED"
        assert (await balances(here))["pending"] == 9_602


def parts(*parts: tuple[str, str, bytes]) -> bytes:
    """A multipart body: name, file name or nothing, content."""
    lines = []
    for name, filename, content in parts:
        file = f'; filename="{filename}"' if filename else ""
        kind = b"" if filename else b"Content-Type: application/json\r\n"
        lines.append(
            b'--xyz\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + file.encode()
            + b"\r\n" + kind + b"\r\n" + content + b"\r\n"
        )
    return b"".join(lines) + b"--xyz--\r\n"


MULTIPART = {"Content_Type": "multipart/form-data; boundary=xyz"}


async def test_evidence_comes_with_files() -> None:
    async with shop() as here:
        id = await disputed(here)
        path = f"{DISPUTES}/{id}/provide-evidence"
        told = json.dumps(EVIDENCE).encode()
        script = parts(("input", "", told), ("evidence-file", "run.exe", b"MZ"))
        assert await here.refused("POST", path, script, **MULTIPART) == (422, "INVALID_DOCUMENT")
        assert (await here.refused("POST", path, parts(("input", "", b"{")), **MULTIPART))[0] == 400
        assert (await here.refused("POST", path, b"nonsense", **MULTIPART))[0] == 400
        good = parts(("input", "", told), ("evidence-file", "proof.pdf", b"%PDF-1.7"))
        shown = await do(here, id, "provide-evidence", good, **MULTIPART)
        assert shown["evidences"][0]["documents"] == [{"name": "proof.pdf"}]
        assert shown["evidences"][0]["notes"] == "Left at the door"


async def test_disputes_are_listed() -> None:
    async with shop() as here:
        first, second = await disputed(here, NOT_RECEIVED), await disputed(here, invoice="inv-2")
        listed = await here.get(f"{DISPUTES}?page_size=1")
        next_page = listed["links"][-1]
        assert next_page["rel"] == "next"
        rest = await here.get(next_page["href"].partition("4800")[2])
        assert {listed["items"][0]["dispute_id"], rest["items"][0]["dispute_id"]} == {first, second}
        action = await here.get(f"{DISPUTES}?dispute_state=REQUIRED_ACTION")
        assert [one["dispute_id"] for one in action["items"]] == [second]
        capture = (await here.get(f"{DISPUTES}/{first}"))["disputed_transactions"][0]["seller_transaction_id"]
        mine = await here.get(f"{DISPUTES}?disputed_transaction_id={capture}")
        assert [one["dispute_id"] for one in mine["items"]] == [first]
        for query in ("start_time=2010-01-01T00:00:00Z", "start_time=x", "page_size=51", "next_page_token=zz"):
            assert (await here.refused("GET", f"{DISPUTES}?{query}"))[0] == 400
        both = f"start_time=2026-01-01T00:00:00Z&disputed_transaction_id={capture}"
        assert (await here.refused("GET", f"{DISPUTES}?{both}"))[0] == 400


async def test_the_sellers_address_is_noted() -> None:
    async with shop() as here:
        id = await disputed(here)
        patches = [{"op": "add", "path": "/communication_details", "value": {"email": "a@example.com"}}]
        assert (await here.call("PATCH", f"{DISPUTES}/{id}", patches)).status == 204
        assert (await here.get(f"{DISPUTES}/{id}"))["communication_details"]["email"] == "a@example.com"
        wrong = [{"op": "add", "path": "/reason", "value": "x"}]
        assert (await here.refused("PATCH", f"{DISPUTES}/{id}", wrong))[0] == 400


async def test_an_unknown_dispute_is_not_ours_to_see() -> None:
    async with shop() as here:
        answered = await here.call("GET", f"{DISPUTES}/PP-D-1")
        assert (answered.status, answered.json["name"]) == (403, "NOT_AUTHORIZED")
        assert answered.json["details"][0]["issue"] == "ACTION_NOT_ALLOWED"


async def test_an_order_shows_what_is_disputed() -> None:
    async with shop() as here:
        id = await here.approved("100.00")
        await here.post(f"/v2/checkout/orders/{id}/capture")
        order = await here.act("order", id, "dispute", reason=UNAUTHORISED)
        assert order is not None
        words = here.simulator.providers["paypal"].words
        assert words.view is not None
        found = await here.sandbox.work().get(type(order), id)
        assert words.view(found).disputed.minor == 10_000
