"""Disputes: shown, listed, opened by a buyer, and what may be noted on them.

https://developer.paypal.com/docs/api/customer-disputes/v1/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, later, parse_rfc3339, rfc3339_utc
from paydouble.core.errors import ProviderError
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import disputing
from paydouble.providers.paypal.amounts import money_of
from paydouble.providers.paypal.checking import check_amount
from paydouble.providers.paypal.dispute_errors import DisputeErrors
from paydouble.providers.paypal.dispute_models import RESOLVED, Dispute, allowed, state
from paydouble.providers.paypal.dispute_showing import DISPUTES_PATH, dispute_shown, followed, in_list
from paydouble.providers.paypal.errors import COMMON, DISPUTES, Errors
from paydouble.providers.paypal.lists import every
from paydouble.providers.paypal.models import Capture, Order
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.scene import of_call, seller_of
from paydouble.providers.paypal.showing import link

DOCS = "https://developer.paypal.com/docs/api/customer-disputes/v1/"
ITSELF = f"{DISPUTES_PATH}/{{id}}"
PAGE_SIZE, WINDOW_DAYS = 10, 180
PATCHED = ("/communication_details", "/partner_action")


class ById(TypedDict):
    id: str


class Listing(TypedDict):
    start_time: NotRequired[str]
    disputed_transaction_id: NotRequired[str]
    page_size: NotRequired[str]
    next_page_token: NotRequired[str]
    dispute_state: NotRequired[str]
    update_time_before: NotRequired[str]
    update_time_after: NotRequired[str]


class PatchRequest(ById):
    patches: list[Mapping[str, Any]]


class OpenRequest(TypedDict):
    disputed_transactions: list[Mapping[str, Any]]
    reason: str
    dispute_amount: NotRequired[Mapping[str, Any]]
    extensions: NotRequired[Mapping[str, Any]]


class ReasonRequest(ById):
    reason: str
    note: NotRequired[str]


async def find(call: Call[Any], action: str = "") -> Dispute:
    """The dispute of this path, if its links offer the action now. An unknown one is not ours to see."""
    dispute = await call.work.get(Dispute, call.params["id"])
    if dispute is None or dispute.merchant != call.merchant.id:
        raise DisputeErrors.ACTION_NOT_ALLOWED(field="id", value=call.params["id"], location="path")
    offered = allowed(dispute, call.clock.now(), as_buyer=as_buyer(call, dispute))
    if action and action not in offered:
        raise DisputeErrors.ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE()
    return dispute


def as_buyer(call: Call[Any], dispute: Dispute) -> bool:
    """The assertion names the buyer's account."""
    return call.account != call.merchant.id and call.account == dispute.buyer.get("payer_id")


def invalid(field: str, issue: str, place: str = "query") -> ProviderError:
    return Errors.VALIDATION_ERROR(details=[{"field": field, "location": place, "issue": issue}])


@operation(
    "disputes.get", Route(DISPUTES, "GET", ITSELF), means=("dispute.query",), docs=f"{DOCS}#disputes_get",
    errors=(DisputeErrors.ACTION_NOT_ALLOWED, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show a dispute, with links for what can be done next."""
    dispute, email = await find(call), call.merchant.secrets["email"]
    buyer = as_buyer(call, dispute)
    body = dispute_shown(dispute, call.request.base_url, call.clock.now(), email, as_buyer=buyer)
    return Reply(body, subject=dispute)


@operation(
    "disputes.list", Route(DISPUTES, "GET", DISPUTES_PATH), means=("dispute.query",),
    docs=f"{DOCS}#disputes_list", errors=(Errors.VALIDATION_ERROR, *COMMON),
)
async def list_disputes(call: Call[Listing]) -> Reply:
    """List disputes, the newest first: of a transaction, of some days, in some states."""
    params, now, base = call.params, call.clock.now(), call.request.base_url
    if params.get("start_time") and params.get("disputed_transaction_id"):
        raise invalid("start_time", "Only one of start_time and disputed_transaction_id can be given")
    states = [one for one in params.get("dispute_state", "").split(",") if one]
    start = _time(params, "start_time", Instant(0), now)
    after, before = _time(params, "update_time_after", Instant(0), now), _time(
        params, "update_time_before", now, now
    )
    found = [
        each for each in await every(call.work, Dispute, "merchant", call.merchant.id)
        if each.created >= start and after <= each.updated <= before
        and params.get("disputed_transaction_id", each.capture) == each.capture
        and (not states or state(each, now) in states)
    ]
    return Reply(_page(found, params, base, now))


def _page(found: list[Dispute], params: Listing, base: str, now: Instant) -> dict[str, Any]:
    size, token = int(params.get("page_size", PAGE_SIZE)), params.get("next_page_token", "")
    ids = [each.id.replace("-", "") for each in found]
    if token and token not in ids:
        raise invalid("next_page_token", "The token is not valid")
    begin = ids.index(token) if token else 0
    rest = found[begin:]
    href = f"{base}{DISPUTES_PATH}?page_size={size}"
    links = [link(href, "self"), link(href, "first")]
    if len(rest) > size:
        links.append(link(f"{href}&next_page_token={ids[begin + size]}", "next"))
    return {"items": [in_list(each, base, now) for each in rest[:size]], "links": links}


def _time(params: Mapping[str, Any], name: str, otherwise: Instant, now: Instant) -> Instant:
    text = str(params.get(name, ""))
    if not text:
        return otherwise
    try:
        instant = parse_rfc3339(text)
    except ValueError:
        raise invalid(name, "Value is not a date and time") from None
    if instant < later(now, -WINDOW_DAYS * DAY):
        raise invalid(name, "Value must be within the last 180 days")
    return instant


@operation(
    "disputes.create", Route(DISPUTES, "POST", DISPUTES_PATH),
    docs="https://developer.paypal.com/docs/disputes/",
    errors=(
        Errors.VALIDATION_ERROR, DisputeErrors.FORBIDDEN, DisputeErrors.TRANSACTION_NOT_ELIGIBLE,
        PaymentErrors.CURRENCY_MISMATCH, *COMMON,
    ),
)
async def create(call: Call[OpenRequest]) -> Reply:
    """Open a dispute as its buyer, whom the assertion names; in the sandbox only."""
    scene, params = of_call(call), call.params
    transaction = str(params["disputed_transactions"][0].get("buyer_transaction_id", ""))
    taken = await call.work.get(Capture, transaction)
    if taken is None or taken.merchant != call.merchant.id:
        raise invalid("disputed_transactions", "The transaction is not known", "body")
    order = await call.work.get(Order, taken.order)
    assert order is not None, f"{taken.id} has no order"
    if scene.account == seller_of(call.merchant, "") or scene.account != order.payer.get("payer_id"):
        raise DisputeErrors.FORBIDDEN()
    if taken.status not in ("COMPLETED", "PARTIALLY_REFUNDED") or taken.dispute:
        raise DisputeErrors.TRANSACTION_NOT_ELIGIBLE()
    minor = taken.refundable_minor
    if "dispute_amount" in params:
        check_amount(params["dispute_amount"], "/dispute_amount", PaymentErrors)
        amount = money_of(params["dispute_amount"])
        if amount.currency != taken.currency:
            raise PaymentErrors.CURRENCY_MISMATCH(field="/dispute_amount/currency_code", location="body")
        if amount.minor > minor:
            raise invalid("dispute_amount", "The amount is more than the transaction's", "body")
        minor = amount.minor
    known = {name: value for name, value in (params.get("extensions") or {}).items() if name in _EXTENSIONS}
    dispute = disputing.opened(scene, order, taken, params["reason"], minor, extensions=known)
    return Reply(followed(dispute, scene.base), 201, subject=dispute)


_EXTENSIONS = ("merchant_contacted", "merchant_contacted_outcome", "merchant_contacted_mode")


@operation(
    "disputes.patch", Route(DISPUTES, "PATCH", ITSELF), docs=f"{DOCS}#disputes_patch",
    errors=(DisputeErrors.ACTION_NOT_ALLOWED, Errors.VALIDATION_ERROR, *COMMON),
)
async def patch(call: Call[PatchRequest]) -> Reply:
    """Note how the seller can be reached."""
    scene, dispute = of_call(call), await find(call)
    for number, change in enumerate(call.params["patches"]):
        value = change.get("value")
        if change.get("path") not in PATCHED or change["op"] not in ("add", "replace"):
            raise invalid(f"/{number}/path", "The field cannot be patched", "body")
        if change["path"] == PATCHED[0]:
            dispute = disputing.changed(scene, dispute, contact=_contact(value, number, scene.now))
    return Reply(b"", 204, subject=dispute)


def _contact(value: Any, number: int, now: Instant) -> Mapping[str, Any]:
    texts = ("email", "note")
    if not isinstance(value, dict) or not all(isinstance(value.get(name, ""), str) for name in texts):
        raise invalid(f"/{number}/value", "Value is not valid", "body")
    return {name: value[name] for name in texts if value.get(name)} | {"time_posted": rfc3339_utc(now)}


@operation(
    "disputes.change-reason", Route(DISPUTES, "POST", f"{ITSELF}/change-reason"), docs=f"{DOCS}#disputes_get",
    errors=(
        DisputeErrors.ACTION_NOT_ALLOWED, DisputeErrors.ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE, *COMMON,
    ),
)
async def change_reason(call: Call[ReasonRequest]) -> Reply:
    """Give another reason for a dispute; in the sandbox only."""
    scene, dispute = of_call(call), await find(call)
    if dispute.status == RESOLVED:
        raise DisputeErrors.ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE()
    dispute = disputing.changed(scene, dispute, reason=call.params["reason"])
    return Reply(followed(dispute, scene.base), subject=dispute)


OPERATIONS: tuple[Operation, ...] = (list_disputes, show, create, patch, change_reason)
