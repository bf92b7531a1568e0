"""A whole provider in one file: the proof that the engine needs to be told no more than this.

Toypay takes JSON under a bearer key. An order is paid by card when it is made, or later by its payer; its
notifications carry an HMAC of their body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from paydouble.core import json_bytes
from paydouble.core.act import Declined, Doing, act
from paydouble.core.call import Call, Merchant, PlatformKeys, Reply
from paydouble.core.clock import DAY, HOUR, MINUTE, SECOND, Clock, Instant, later, seconds
from paydouble.core.effect import Damage, KeyChoice, Result, Seal
from paydouble.core.errors import ErrorTable, Fault, ProviderError
from paydouble.core.http import Envelope, Headers, HttpRequest, HttpResponse
from paydouble.core.ids import prefixed
from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.machine import Machine, Phase, Transition, fire
from paydouble.core.money import Money
from paydouble.core.notification import Endpoint, Event, Notification, RetrySchedule
from paydouble.core.operation import Keeps, NaturalKey, Operation, ReplayKey, Route, Scope, Shows, operation
from paydouble.core.provider import (
    Api,
    Credentials,
    ErrorRoles,
    FindMerchant,
    Params,
    Provider,
    Violation,
)
from paydouble.core.record import Record
from paydouble.core.words import Details, Facts, PaymentView, Words
from paydouble.core.work import Walk, Work
from paydouble.crypto.hmacs import hmac_sha256_hex

CONTRACTS = Path(__file__).parent / "toy_contracts"
NAME, V1, DOCS = "toy", "v1", "https://toypay.example/docs"
EXPIRES_AFTER = 2 * HOUR
SIGNATURE = "Toy-Signature"


class Refusal(ErrorTable):
    UNAUTHORIZED = ("unauthorized", 401, Fault.UNAUTHENTICATED, "no such key")
    INVALID = ("invalid", 400, Fault.VALIDATION, "the request is not valid")
    NOT_FOUND = ("not_found", 404, Fault.NOT_FOUND, "there is no such thing")
    WRONG_METHOD = ("wrong_method", 405, Fault.VALIDATION, "not with this method")
    CONFLICT = ("conflict", 409, Fault.CONFLICT, "the order's state forbids it")
    RUNNING = ("running", 409, Fault.BUSY, "a call with this key is running")
    MISMATCH = ("mismatch", 422, Fault.IDEMPOTENCY_MISMATCH, "the key was used for something else")
    DECLINED = ("declined", 402, Fault.DECLINED, "the bank declined", ("insufficient_funds",))
    TOO_LARGE = ("too_large", 413, Fault.VALIDATION, "the body is too large")
    INTERNAL = ("internal", 500, Fault.INTERNAL, "something broke")
    UNAVAILABLE = ("unavailable", 503, Fault.UNAVAILABLE, "come back later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    kind: ClassVar[str] = "toy.order"
    indexes: ClassVar[tuple[str, ...]] = ("ref",)

    merchant: str
    ref: str
    total: Money
    notify_url: str = ""
    paid_at: Instant = Instant(0)
    refunded_minor: int = 0

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id, "ref": self.ref, "status": self.status, "amount": self.total.minor,
            "currency": self.total.currency, "refunded": self.refunded_minor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook(Record):
    """The URL of the merchant's dashboard."""

    kind: ClassVar[str] = "toy.hook"

    url: str


def captured(order: Order) -> Entry:
    return transfer(
        EntryKind.CAPTURE, source=PAYER, target=pending(order.merchant), amount=order.total,
        reference=order.id, memo=order.id,
    )


def told(type: str, order: Order) -> Event:
    return Event(
        id="", type=type, api=V1, provider=NAME, merchant=order.merchant, body=order.shown(),
        url=order.notify_url, subject=order.id, ref=order.ref,
    )


# fmt: off
ORDER: Machine[Order] = Machine(
    "toy.order",
    record=Order,
    initial="open",
    phases={"open": Phase.OPEN, "paid": Phase.PAID, "failed": Phase.FAILED, "closed": Phase.CLOSED},
    rows=(
        Transition("open", "pay",    "paid",   stamp="paid_at", entry=captured, event=lambda o: told("order.paid", o)),
        Transition("open", "fail",   "failed", event=lambda o: told("order.failed", o)),
        Transition("open", "expire", "closed"),
        Transition("open", "close",  "closed"),
    ),
)
# fmt: on


@act(Order, "pay", means=("payment.charge",))
async def pay(doing: Doing[Order]) -> Order:
    """The payer pays at the cashier's page."""
    ORDER.row(doing.record.status, "pay")
    reason = doing.details.get("reason", "")
    if doing.outcome is not None and doing.outcome.result is Result.DECLINED:
        reason = doing.outcome.reason
    if reason:
        raise Declined(reason, Refusal.DECLINED.message)
    return fire(doing.work, ORDER, doing.record, "pay", doing.now)


@operation(
    "orders.create", Route(V1, "POST", "/toy/orders"), docs=DOCS, means=("payment.create", "payment.charge"),
    idempotency=ReplayKey(
        header="Toy-Key", scope=Scope.ACCOUNT, lifetime=DAY, keeps=Keeps.DONE, shows=Shows.FIRST,
        in_progress=Refusal.RUNNING, mismatch=Refusal.MISMATCH, marks=(("Toy-Replayed", "true"),),
    ),
    errors=(Refusal.DECLINED, Refusal.CONFLICT),
)
async def create(call: Call[Any]) -> Reply:
    """Makes an order; with a card it is paid at once."""
    now, params = call.clock.now(), call.params
    order = Order(
        id=prefixed(call.ids, "toy_"), status=ORDER.initial, created=now, merchant=call.merchant.id,
        ref=params["ref"], total=Money(params["amount"], params.get("currency", "EUR")),
        notify_url=params.get("notify_url", ""),
    )
    if "card" not in params:
        call.work.save(order)
        call.work.at(later(now, EXPIRES_AFTER), order, "expire")
        return Reply(order.shown(), 201, order)
    if call.outcome is not None and call.outcome.result is Result.DECLINED:
        failed = fire(call.work, ORDER, order, "fail", now)
        return Reply.refused(Refusal.DECLINED(call.outcome.message or None), failed)
    paid = fire(call.work, ORDER, order, "pay", now)
    return Reply(paid.shown(), 201, paid)


@operation(
    "orders.retrieve", Route(V1, "GET", "/toy/orders/{id}"), docs=DOCS, means=("payment.query",),
    errors=(Refusal.NOT_FOUND,),
)
async def retrieve(call: Call[Any]) -> Reply:
    """One order."""
    order = await _order(call)
    return Reply(order.shown(), subject=order)


@operation("orders.list", Route(V1, "GET", "/toy/orders"), docs=DOCS)
async def listed(call: Call[Any]) -> Reply:
    """The newest orders."""
    return Reply({"data": [order.shown() for order in await call.work.scan(Order, Walk())]})


@operation(
    "orders.close", Route(V1, "POST", "/toy/orders/{id}/close"), docs=DOCS, means=("payment.cancel",),
    errors=(Refusal.NOT_FOUND, Refusal.CONFLICT),
)
async def close(call: Call[Any]) -> Reply:
    """Closes an order that nobody has paid."""
    order = await _order(call)
    if order.status != "open":
        raise Refusal.CONFLICT(f"the order is {order.status}")
    closed = fire(call.work, ORDER, order, "close", call.clock.now())
    return Reply(closed.shown(), subject=closed)


@operation(
    "orders.refund", Route(V1, "POST", "/toy/orders/{id}/refund"), docs=DOCS, means=("refund.create",),
    idempotency=NaturalKey(("id",)), errors=(Refusal.NOT_FOUND, Refusal.CONFLICT),
)
async def refund(call: Call[Any]) -> Reply:
    """Gives back some of what was paid."""
    order, amount = await _order(call), call.params["amount"]
    if order.status != "paid" or order.refunded_minor + amount > order.total.minor:
        raise Refusal.CONFLICT("more than was paid")
    refunded = replace(order, refunded_minor=order.refunded_minor + amount)
    call.work.save(refunded)
    call.work.post(transfer(
        EntryKind.REFUND, source=pending(order.merchant), target=PAYER,
        amount=Money(amount, order.total.currency), reference=order.id, memo=order.id,
    ))
    call.work.announce(told("order.refunded", refunded))
    return Reply(refunded.shown(), subject=refunded)


async def _order(call: Call[Any]) -> Order:
    order = await call.work.get(Order, call.params["id"])
    if order is None:
        raise Refusal.NOT_FOUND(f"there is no order {call.params['id']}")
    return order


class ToyWire:
    """JSON under a bearer key."""

    def open(self, request: HttpRequest) -> Envelope:
        return Envelope(request=request, path=request.path)

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        scheme, _, key = envelope.request.headers.get("Authorization").partition(" ")
        merchant = find(key) if scheme == "Bearer" else None
        if merchant is None:
            raise Refusal.UNAUTHORIZED()
        return merchant

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """A bearer key is all there is."""

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        try:
            body = json_bytes.loads(envelope.request.body or b"{}")
        except ValueError:
            raise Refusal.INVALID("the body is not JSON") from None
        if not isinstance(body, dict):
            raise Refusal.INVALID("the body is not an object")
        return {**body, **dict(parse_qsl(envelope.request.query)), **path}

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        assert not isinstance(reply.body, bytes)
        return _answer(reply.status, reply.body, reply.headers)

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        return _answer(error.row.http, {"error": error.row.code, "message": error.message})

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        return replace(response, headers=(*response.headers, ("Toy-Request", envelope.request.id)))

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        return json_bytes.dumps({"id": event.id, "type": event.type, "order": event.body})

    def notification(
        self, owed: Notification, event: Event, merchant: Merchant, with_: Seal
    ) -> HttpRequest:
        secret = merchant.secrets["webhook_secret"]
        if with_.key is not KeyChoice.CURRENT:
            secret += with_.key.value
        stamp = str(with_.now // SECOND)
        signature = hmac_sha256_hex(secret.encode(), stamp.encode() + b"." + owed.payload)
        signed = () if with_.damage is Damage.MISSING else ((SIGNATURE, f"{stamp} {signature}"),)
        body = owed.payload + b" " if with_.damage is Damage.TAMPERED_BODY else owed.payload
        headers = Headers((("Content-Type", "application/json"), *signed))
        return HttpRequest(method="POST", target=owed.endpoint.url, headers=headers, body=body)

    def acknowledged(self, answer: HttpResponse) -> bool:
        return answer.status == 200


def _answer(
    status: int, body: Mapping[str, object], headers: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "application/json"), *headers), json_bytes.dumps(body))


def _broken(operation: Operation, violations: Sequence[Violation]) -> ProviderError:
    return Refusal.INVALID(f"{violations[0].pointer} {violations[0].keyword}")


def _merchant(sandbox: str, keys: PlatformKeys) -> Merchant:
    secret = f"toy_secret_{sandbox}"
    secrets = {"secret_key": secret, "webhook_secret": f"toy_hook_{sandbox}"}
    return Merchant(
        provider=NAME, id=f"shop-{sandbox}", sandbox=sandbox, handles=(secret,), secrets=secrets, keys=keys
    )


def _credentials(merchant: Merchant, base: str) -> Credentials:
    return Credentials(
        fields={
            "api_base": base, "shop": merchant.id, **merchant.secrets,
            "public_key_pem": merchant.keys.public_pem("platform"),
        },
        environment={"TOY_SECRET_KEY": "secret_key", "TOY_BASE": "api_base"},
        files={"TOY_PUBLIC_KEY_PATH": "public_key_pem"},
    )


async def _subscribe(work: Work, merchant: Merchant, url: str, clock: Clock) -> None:
    await work.get(Hook, merchant.id)
    work.save(Hook(id=merchant.id, created=clock.now(), url=url))


async def _endpoints(work: Work, event: Event) -> Sequence[Endpoint]:
    hook = await work.get(Hook, event.merchant)
    url = event.url or (hook.url if hook is not None else "")
    return [Endpoint("hook", url)] if url else []


async def _facts(work: Work, operation: Operation, envelope: Envelope, params: Params) -> Facts:
    if "id" in params:
        order = await work.get(Order, params["id"])
        return Facts() if order is None else _of(order, params.get("amount", order.total.minor))
    if "ref" not in params:
        return Facts()
    total = Money(params["amount"], params.get("currency", "EUR"))
    key = envelope.request.headers.get("Toy-Key")
    details = Details(amount=total.decimal(), currency=total.currency, idempotency_key=key)
    return Facts(ref=params["ref"], details=details)


def _of(order: Order, minor: int) -> Facts:
    amount = Money(minor, order.total.currency)
    details = Details(amount=amount.decimal(), currency=amount.currency)
    return Facts(ref=order.ref, payment=order.id, details=details)


def _view(order: Order) -> PaymentView:
    nothing = replace(order.total, minor=0)
    return PaymentView(
        id=order.id, ref=order.ref, phase=ORDER.phases[order.status], status=order.status,
        amount=order.total, captured=order.total if order.status == "paid" else nothing,
        refunded=replace(order.total, minor=order.refunded_minor), disputed=nothing, fee=nothing,
        merchant=order.merchant,
    )


def _means(operation: Operation, params: Params) -> Sequence[str]:
    return operation.means if "card" in params else [each for each in operation.means if "charge" not in each]


def build(settings: Mapping[str, str]) -> Provider:
    """Settings: `retries`, how many seconds lie between attempts, as in "60,600"."""
    delays = tuple(seconds(int(each)) for each in settings.get("retries", "").split(",") if each)
    return Provider(
        name=NAME, hosts=("api.toypay.example",),
        apis=(Api(name=V1, wire=ToyWire(), claims=lambda request: True),),
        operations=(create, retrieve, listed, close, refund), acts=pay, machines=(ORDER,),
        records=(Order, Hook), errors=(Refusal,),
        roles=ErrorRoles(
            unknown_route=lambda envelope: Refusal.NOT_FOUND(f"no route {envelope.path}"),
            wrong_method=lambda envelope: Refusal.WRONG_METHOD(), broken_contract=_broken,
            internal=Refusal.INTERNAL, too_large=Refusal.TOO_LARGE,
        ),
        merchant=_merchant, credentials=_credentials, subscribe=_subscribe, endpoints=_endpoints,
        event_id=lambda ids: prefixed(ids, "toyevt_"),
        retries=RetrySchedule(delays or (MINUTE, HOUR), seconds(2)),
        words=Words(
            events={
                "order.paid": "payment.succeeded", "order.failed": "payment.failed",
                "order.refunded": "refund.succeeded",
            },
            facts=_facts, means=_means, payments=(Order,), view=_view,
        ),
    )  # fmt: skip
