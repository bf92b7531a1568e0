"""Referenced payouts: a seller's money that a platform held back is let go.

https://developer.paypal.com/docs/api/referenced-payouts/v1/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NotRequired, TypedDict

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import rfc3339_utc
from paydouble.core.errors import ErrorTable
from paydouble.core.notification import Event
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.paypal import events
from paydouble.providers.paypal.amounts import shown_minor
from paydouble.providers.paypal.disbursing import let_go
from paydouble.providers.paypal.errors import COMMON, RELEASES, Errors
from paydouble.providers.paypal.models import Capture, Json
from paydouble.providers.paypal.scene import Scene, of_act, of_call
from paydouble.providers.paypal.showing import link, present

DOCS = "https://developer.paypal.com/docs/api/referenced-payouts/v1/"
ITEMS_PATH, BATCHES_PATH = "/v1/payments/referenced-payouts-items", "/v1/payments/referenced-payouts"
V1: tuple[ErrorTable, ...] = (
    Errors.VALIDATION_ERROR, Errors.MALFORMED_REQUEST, Errors.INVALID_RESOURCE_ID, *COMMON
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Record):
    """One capture whose seller is to have its money. Status: SUCCESS, FAILED."""

    kind: ClassVar[str] = "paypal.release"
    indexes: ClassVar[tuple[str, ...]] = ("batch", "reference")

    merchant: str
    reference: str
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""
    batch: str = ""
    custom: str = ""
    invoice_id: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBatch(Record):
    """Several at once."""

    kind: ClassVar[str] = "paypal.release_batch"

    merchant: str
    items: tuple[str, ...]


class ItemRequest(TypedDict):
    reference_id: str
    reference_type: str
    custom: NotRequired[str]
    invoice_id: NotRequired[str]


class BatchRequest(TypedDict):
    referenced_payouts: list[Mapping[str, Any]]


class ByItem(TypedDict):
    payouts_item_id: str


class ByBatch(TypedDict):
    payouts_batch_id: str


def _shown(release: Release, base: str) -> Json:
    state = present(status=release.status, reason=release.reason)
    amount = shown_minor(release.amount_minor, release.currency) if release.currency else None
    return present(
        item_id=release.id, processing_state=state, reference_id=release.reference,
        reference_type="TRANSACTION_ID", payout_destination=release.merchant, payout_amount=amount,
        custom=release.custom, invoice_id=release.invoice_id, payout_transaction_id=release.reference,
        links=[link(f"{base}{ITEMS_PATH}/{release.id}", "self")],
    )


async def _released(scene: Scene, asked: Mapping[str, Any], batch: str = "") -> Release:
    """Raises INVALID_RESOURCE_ID for no capture of this platform; all else is told in the item."""
    taken = await scene.work.get(Capture, asked["reference_id"])
    if taken is None or taken.merchant != scene.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    made = Release(
        id=scene.id(), status="FAILED", created=scene.now, merchant=scene.merchant.id, reference=taken.id,
        reason=_why_not(taken), batch=batch, custom=asked.get("custom", ""),
        invoice_id=asked.get("invoice_id", taken.invoice_id), base=scene.base,
    )
    if not made.reason:
        minor = taken.held_back_minor
        scene.work.save(let_go(scene, taken, minor, made.id))
        made = replace(made, status="SUCCESS", amount_minor=minor, currency=taken.currency)
    scene.work.save(made)
    scene.work.announce(_told(made))
    return made


def _why_not(taken: Capture) -> str:
    paid = taken.status in ("COMPLETED", "PARTIALLY_REFUNDED")
    return "" if paid and taken.held_back_minor else "TRANSACTION_NOT_VALID"


@act(Capture, "disburse")
async def let_go_at_last(doing: Doing[Capture]) -> Record:
    """The longest time is over for which a platform may hold money back."""
    taken = doing.record
    freed = let_go(of_act(doing), taken, taken.held_back_minor, taken.id)
    doing.work.save(freed)
    return freed


def _told(made: Release) -> Event:
    what = "COMPLETED" if made.status == "SUCCESS" else "FAILED"
    return events.event(
        f"PAYMENT.REFERENCED-PAYOUT-ITEM.{what}", made.merchant,
        {**_shown(made, made.base), "create_time": rfc3339_utc(made.created)},
        resource_type="referenced-payout-item", version="", base=made.base, subject=made.reference,
    )


@operation(
    "referenced-payouts-items.create", Route(RELEASES, "POST", ITEMS_PATH),
    docs=f"{DOCS}#referenced-payouts-items_create", errors=V1,
)
async def release(call: Call[ItemRequest]) -> Reply:
    """Let the seller have the money of one capture."""
    scene = of_call(call)
    made = await _released(scene, call.params)
    return Reply(_shown(made, scene.base), 201, subject=made)


@operation(
    "referenced-payouts-items.get", Route(RELEASES, "GET", f"{ITEMS_PATH}/{{payouts_item_id}}"),
    docs=f"{DOCS}#referenced-payouts-items_get", errors=V1,
)
async def show(call: Call[ByItem]) -> Reply:
    """Show whether the seller got the money."""
    made = await call.work.get(Release, call.params["payouts_item_id"])
    if made is None or made.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    return Reply(_shown(made, call.request.base_url), subject=made)


@operation(
    "referenced-payouts.create-batch", Route(RELEASES, "POST", BATCHES_PATH),
    docs=f"{DOCS}#referenced-payouts_create-batch", errors=V1,
)
async def release_all(call: Call[BatchRequest]) -> Reply:
    """Let sellers have the money of several captures."""
    scene, id = of_call(call), call.ids.token(13)
    items: Sequence[Mapping[str, Any]] = call.params["referenced_payouts"]
    made = [await _released(scene, item, id) for item in items]
    batch = ReleaseBatch(
        id=id, created=scene.now, merchant=scene.merchant.id, items=tuple(item.id for item in made)
    )
    scene.work.save(batch)
    return Reply({"links": [link(f"{scene.base}{BATCHES_PATH}/{id}", "self")]}, 201, subject=batch)


@operation(
    "referenced-payouts.get-batch-details", Route(RELEASES, "GET", f"{BATCHES_PATH}/{{payouts_batch_id}}"),
    docs=f"{DOCS}#referenced-payouts_get-batch-details", errors=V1,
)
async def show_all(call: Call[ByBatch]) -> Reply:
    """Show what became of a batch."""
    batch = await call.work.get(ReleaseBatch, call.params["payouts_batch_id"])
    if batch is None or batch.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    base = call.request.base_url
    shown = []
    for id in batch.items:
        item = await call.work.get(Release, id)
        assert item is not None, f"{batch.id} lost {id}"
        shown.append(_shown(item, base))
    done = all(one["processing_state"]["status"] == "SUCCESS" for one in shown)
    links = [link(f"{base}{BATCHES_PATH}/{batch.id}", "self")]
    status = "SUCCESS" if done else "FAILED"
    return Reply({"payout_directive": {"status": status}, "referenced_payouts": shown, "links": links})


OPERATIONS: tuple[Operation, ...] = (release, show, release_all, show_all)
ACTS: tuple[Act[Any], ...] = let_go_at_last
RECORDS: tuple[type[Record], ...] = (Release, ReleaseBatch)
