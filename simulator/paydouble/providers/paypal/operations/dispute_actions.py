"""What seller and buyer do about a dispute, and the two things that only the sandbox can.

https://developer.paypal.com/docs/api/customer-disputes/v1/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import rfc3339_utc
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import disputing
from paydouble.providers.paypal.amounts import Json, money_of
from paydouble.providers.paypal.checking import check_amount
from paydouble.providers.paypal.dispute_errors import DisputeErrors
from paydouble.providers.paypal.dispute_models import Dispute
from paydouble.providers.paypal.dispute_showing import followed
from paydouble.providers.paypal.errors import COMMON, DISPUTES, Errors
from paydouble.providers.paypal.offering import WITH_RETURN, accepted, declined, proposed
from paydouble.providers.paypal.operations.disputes import DOCS, ITSELF, as_buyer, find
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.scene import Scene, of_call

DOCUMENT_KINDS = (".jpg", ".jpeg", ".gif", ".png", ".pdf")
DOCUMENT_BYTES_MAX, DOCUMENTS_BYTES_MAX = 10 * 1024 * 1024, 50 * 1024 * 1024
RECEIVED = "ITEM_RECEIVED"


class Noted(TypedDict):
    id: str
    note: NotRequired[str]


class Claim(Noted):
    accept_claim_type: NotRequired[str]
    accept_claim_reason: NotRequired[str]
    refund_amount: NotRequired[Mapping[str, Any]]


class Evidence(TypedDict):
    id: str
    evidences: NotRequired[list[Mapping[str, Any]]]
    documents: NotRequired[list[Mapping[str, Any]]]


class Message(TypedDict):
    id: str
    message: str
    documents: NotRequired[list[Mapping[str, Any]]]


class Offer(TypedDict):
    id: str
    note: str
    offer_type: str
    offer_amount: NotRequired[Mapping[str, Any]]


class Acknowledgement(Noted):
    acknowledgement_type: NotRequired[str]


class Support(TypedDict):
    id: str
    notes: str
    documents: NotRequired[list[Mapping[str, Any]]]


class Ruling(TypedDict):
    id: str
    adjudication_outcome: str


class Demand(TypedDict):
    id: str
    action: str


Do = Callable[[Call[Any], Scene, Dispute], Awaitable[Dispute]]


def _action(name: str, *, rel: str = "", errors: tuple[Any, ...] = ()) -> Callable[[Do], Operation]:
    """Declares an operation that one of a dispute's links offers; all of them answer alike."""
    offered = rel or name.replace("-", "_")

    def declare(do: Do) -> Operation:
        async def handler(call: Call[Any]) -> Reply:
            scene, dispute = of_call(call), await find(call, offered)
            _check_documents(call.params.get("documents") or ())
            dispute = await do(call, scene, dispute)
            return Reply(followed(dispute, scene.base), subject=dispute)

        handler.__doc__ = do.__doc__
        return operation(
            f"disputes.{name}", Route(DISPUTES, "POST", f"{ITSELF}/{name}"), means=("dispute.respond",),
            docs=f"{DOCS}#disputes_{name}",
            errors=(
                Errors.VALIDATION_ERROR, DisputeErrors.ACTION_NOT_ALLOWED,
                DisputeErrors.ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE, *errors, *COMMON,
            ),
        )(handler)

    return declare


def _check_documents(documents: Any) -> None:
    sizes = [int(document.get("size", 0)) for document in documents]
    kinds = [str(document["name"]).lower().endswith(DOCUMENT_KINDS) for document in documents]
    if not all(kinds) or max(sizes, default=0) > DOCUMENT_BYTES_MAX or sum(sizes) > DOCUMENTS_BYTES_MAX:
        raise DisputeErrors.INVALID_DOCUMENT()


def _part(dispute: Dispute, amount: Mapping[str, Any] | None, field: str) -> int:
    """What is offered or given back, all of it unless an amount is named."""
    if amount is None:
        return dispute.amount_minor
    check_amount(amount, field, PaymentErrors)
    money = money_of(amount)
    if money.currency != dispute.currency or money.minor > dispute.amount_minor:
        raise DisputeErrors.INVALID_OFFER_AMOUNT(field=f"{field}/value", location="body")
    return money.minor


AMOUNTS = (
    DisputeErrors.INVALID_OFFER_AMOUNT, PaymentErrors.INVALID_CURRENCY_CODE,
    PaymentErrors.CANNOT_BE_ZERO_OR_NEGATIVE, PaymentErrors.DECIMAL_PRECISION,
)


@_action("accept-claim", errors=AMOUNTS)
async def accept_claim(call: Call[Claim], scene: Scene, dispute: Dispute) -> Dispute:
    """Give the buyer the money back, at once or when the item is returned."""
    kind = call.params.get("accept_claim_type", "REFUND")
    asked = call.params.get("refund_amount")
    minor = _part(dispute, asked, "/refund_amount")
    if kind in WITH_RETURN:
        return disputing.moved(scene, dispute, "return", returning=True, refund_minor=minor)
    return await disputing.refunded(scene, dispute, minor)


@_action("provide-evidence", errors=(DisputeErrors.INVALID_DOCUMENT,))
async def provide_evidence(call: Call[Evidence], scene: Scene, dispute: Dispute) -> Dispute:
    """Send evidence, which PayPal reviews."""
    evidences = (*dispute.evidences, *_evidences(call, scene, dispute))
    return disputing.moved(scene, dispute, "answer", evidences=evidences)


def _evidences(call: Call[Any], scene: Scene, dispute: Dispute) -> tuple[Json, ...]:
    """As they are shown; files without words are evidence too."""
    given = call.params.get("evidences") or [{"evidence_type": "OTHER"}]
    source = "SUBMITTED_BY_BUYER" if as_buyer(call, dispute) else "SUBMITTED_BY_SELLER"
    documents = disputing.documents_shown(call.params.get("documents") or ())
    names = ("evidence_type", "evidence_info", "notes", "item_id")
    shown = [
        {name: one[name] for name in names if name in one}
        | {"source": source, "date": rfc3339_utc(scene.now), "dispute_life_cycle_stage": dispute.stage}
        for one in given
    ]
    if documents:
        shown[0]["documents"] = documents
    return tuple(shown)


@_action("appeal", errors=(DisputeErrors.INVALID_DOCUMENT,))
async def appeal(call: Call[Evidence], scene: Scene, dispute: Dispute) -> Dispute:
    """Ask PayPal to think again about a decision, with new evidence."""
    return disputing.appealed(scene, dispute, _evidences(call, scene, dispute))


@_action("escalate")
async def escalate(call: Call[Noted], scene: Scene, dispute: Dispute) -> Dispute:
    """Make a claim of an inquiry: PayPal decides, and holds the money until then."""
    return disputing.escalated(scene, dispute)


@_action("send-message", errors=(DisputeErrors.INVALID_DOCUMENT,))
async def send_message(call: Call[Message], scene: Scene, dispute: Dispute) -> Dispute:
    """Write to the other party, as long as both still talk."""
    by = "BUYER" if as_buyer(call, dispute) else "SELLER"
    message = disputing.posted(scene, by, call.params["message"], call.params.get("documents") or ())
    return disputing.changed(scene, dispute, messages=(*dispute.messages, message))


@_action("make-offer", errors=AMOUNTS)
async def make_offer(call: Call[Offer], scene: Scene, dispute: Dispute) -> Dispute:
    """Offer the buyer a refund or another item."""
    _part(dispute, call.params.get("offer_amount"), "/offer_amount")
    return proposed(scene, dispute, call.params)


@_action("accept-offer")
async def accept_offer(call: Call[Noted], scene: Scene, dispute: Dispute) -> Dispute:
    """Take the seller's offer, as the buyer."""
    return await accepted(scene, dispute, call.params.get("note", ""))


@_action("deny-offer")
async def deny_offer(call: Call[Noted], scene: Scene, dispute: Dispute) -> Dispute:
    """Turn the seller's offer down, as the buyer."""
    return declined(scene, dispute, call.params.get("note", ""))


@_action("acknowledge-return-item", errors=(DisputeErrors.INVALID_DOCUMENT,))
async def acknowledge(call: Call[Acknowledgement], scene: Scene, dispute: Dispute) -> Dispute:
    """Say that the item came back, which refunds the buyer; or what is wrong with it."""
    if call.params.get("acknowledgement_type", RECEIVED) == RECEIVED:
        return await disputing.refunded(scene, dispute, dispute.refund_minor)
    evidence = {
        "evidence_type": "OTHER", "source": "SUBMITTED_BY_SELLER", "date": rfc3339_utc(scene.now),
        "notes": call.params.get("note", str(call.params["acknowledgement_type"])),
    }
    return disputing.moved(
        scene, dispute, "answer", returning=False, evidences=(*dispute.evidences, evidence)
    )


@_action("provide-supporting-info", errors=(DisputeErrors.INVALID_DOCUMENT,))
async def provide_support(call: Call[Support], scene: Scene, dispute: Dispute) -> Dispute:
    """Add to the evidence while PayPal reviews it."""
    documents = disputing.documents_shown(call.params.get("documents") or ())
    info: Json = {
        "notes": call.params["notes"], "source": "SUBMITTED_BY_SELLER",
        "provided_time": rfc3339_utc(scene.now), "dispute_life_cycle_stage": dispute.stage,
    }
    info |= {"documents": documents} if documents else {}
    return disputing.changed(scene, dispute, supports=(*dispute.supports, info))


@_action("adjudicate")
async def adjudicate(call: Call[Ruling], scene: Scene, dispute: Dispute) -> Dispute:
    """Decide a dispute under review, in the sandbox only."""
    for_buyer = call.params["adjudication_outcome"] == "BUYER_FAVOR"
    return await disputing.decided(scene, dispute, for_buyer=for_buyer)


@_action("require-evidence")
async def require_evidence(call: Call[Demand], scene: Scene, dispute: Dispute) -> Dispute:
    """Ask one of the parties for evidence, in the sandbox only."""
    trigger = "ask_buyer" if call.params["action"] == "BUYER_EVIDENCE" else "ask_seller"
    return disputing.moved(scene, dispute, trigger)


OPERATIONS: tuple[Operation, ...] = (
    accept_claim, provide_evidence, appeal, escalate, send_message, make_offer, accept_offer, deny_offer,
    acknowledge, provide_support, adjudicate, require_evidence,
)
