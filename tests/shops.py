"""One way to pay, ask and refund for all four providers, in process: what a neutral scenario is tried on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from paydouble.core.http import HttpResponse
from paydouble.core.ledger import Entry, EntryKind
from paydouble.core.record import Record
from paydouble.core.words import PaymentView
from paydouble.engine.audit import every
from tests.merchants import CARDS, World
from tests.providers.alipay.shop import Shop as AlipayShop
from tests.providers.paypal.checked import Shop as PaypalShop
from tests.providers.paypal.checked import asked

HOOK = "http://127.0.0.1:9/hook"
AMOUNT = Decimal("30.00")


@dataclass(eq=False)
class Shop:
    """A merchant of one provider; what it does is told in neutral words."""

    name: str
    currency: str = "CNY"
    tokens: dict[str, str] = field(default_factory=dict)
    captures_of: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    async def open(self, here: World) -> None:
        """Wants to be told of everything."""
        await here.simulator.sandboxes.webhook(here.sandbox.id, self.name, HOOK)
        here.receiver.answer = lambda request: HttpResponse(200, (), b"success")

    async def prepare(self, here: World, ref: str, amount: Decimal = AMOUNT) -> None:
        """All that comes before the call that charges."""

    async def charge(
        self, here: World, ref: str, *, key: str = "k1", amount: Decimal = AMOUNT, **metadata: str
    ) -> HttpResponse:
        """The one call that moves the money."""
        raise NotImplementedError

    async def query(self, here: World, ref: str) -> str:
        """What the provider's own answer says: none, waiting, paid, failed."""
        raise NotImplementedError

    async def refund(self, here: World, ref: str, *, amount: Decimal, key: str = "r1") -> HttpResponse:
        raise NotImplementedError

    async def query_refund(self, here: World, ref: str, key: str = "r1") -> str:
        raise NotImplementedError

    async def pay(self, here: World, ref: str, *, amount: Decimal = AMOUNT, key: str = "k1") -> HttpResponse:
        await self.prepare(here, ref, amount)
        return await self.charge(here, ref, key=key, amount=amount)

    def provider(self, here: World) -> Any:
        return here.simulator.providers[self.name]

    async def record(self, here: World, ref: str) -> Record | None:
        for kind in self.provider(here).words.payments:
            found = await here.sandbox.work().find(kind, "ref", ref)
            if found is not None:
                return found
        return None

    async def view(self, here: World, ref: str) -> PaymentView | None:
        record = await self.record(here, ref)
        return self.provider(here).words.view(record) if record is not None else None

    async def phase(self, here: World, ref: str) -> str:
        view = await self.view(here, ref)
        return view.phase.value if view is not None else ""

    async def captures(self, here: World, ref: str) -> list[Entry]:
        """Of the ledger: however many payments go by this number."""
        ids = [
            record.id for kind in self.provider(here).words.payments
            async for record in every(here.sandbox, kind)
            if self.provider(here).words.view(record).ref == ref
        ]
        return [
            each async for each in every(here.sandbox, Entry)
            if each.reference in ids and each.what is EntryKind.CAPTURE
        ]

    async def told(self, here: World, event: str) -> int:
        """How many notifications of this neutral event are owed or were sent."""
        events = self.provider(here).words.events
        return sum(events.get(each.told_as) == event for each in await here.notifications())


def _json(response: HttpResponse) -> Any:
    return json.loads(response.body) if response.body else {}


class Stripe(Shop):
    async def charge(
        self, here: World, ref: str, *, key: str = "k1", amount: Decimal = AMOUNT, **metadata: str
    ) -> HttpResponse:
        return (await here.stripe(
            "POST", "/v1/payment_intents", key=key, amount=int(amount * 100), currency="usd", confirm=True,
            payment_method="pm_card_visa", automatic_payment_methods=CARDS,
            metadata={"order_id": ref, **metadata},
        )).response

    async def query(self, here: World, ref: str) -> str:
        record = await self.record(here, ref)
        if record is None:
            return "none"
        found = await here.stripe("GET", f"/v1/payment_intents/{record.id}")
        return {"succeeded": "paid", "requires_payment_method": "failed"}.get(found.json["status"], "waiting")

    async def refund(self, here: World, ref: str, *, amount: Decimal, key: str = "r1") -> HttpResponse:
        record = await self.record(here, ref)
        assert record is not None
        made = await here.stripe(
            "POST", "/v1/refunds", key=key, payment_intent=record.id, amount=int(amount * 100)
        )
        if made.response.fault is None and made.status == 200:
            self.captures_of[key] = made.json["id"]
        return made.response

    async def query_refund(self, here: World, ref: str, key: str = "r1") -> str:
        return str((await here.stripe("GET", f"/v1/refunds/{self.captures_of[key]}")).json["status"])


class Paypal(Shop):
    async def _shop(self, here: World) -> PaypalShop:
        shop = PaypalShop(here.simulator, here.sandbox, here.receiver)
        if here.sandbox.id not in self.tokens:
            self.tokens[here.sandbox.id] = (await shop.sign_in(grant_type="client_credentials")).json["access_token"]
        shop.token = self.tokens[here.sandbox.id]
        return shop

    async def prepare(self, here: World, ref: str, amount: Decimal = AMOUNT) -> None:
        shop = await self._shop(here)
        await shop.post("/v2/checkout/orders", asked(str(amount), unit={"custom_id": ref}), key=f"make-{ref}")
        await here.pay("paypal", ref, "approve")

    async def charge(
        self, here: World, ref: str, *, key: str = "k1", amount: Decimal = AMOUNT, **metadata: str
    ) -> HttpResponse:
        shop, record = await self._shop(here), await self.record(here, ref)
        assert record is not None
        return await _unchecked(shop, "POST", f"/v2/checkout/orders/{record.id}/capture", key=key)

    async def query(self, here: World, ref: str) -> str:
        shop, record = await self._shop(here), await self.record(here, ref)
        if record is None:
            return "none"
        order = _json(await _unchecked(shop, "GET", f"/v2/checkout/orders/{record.id}"))
        if order["status"] != "COMPLETED":
            return "none"
        status = order["purchase_units"][0]["payments"]["captures"][0]["status"]
        return {"COMPLETED": "paid", "PENDING": "waiting"}.get(status, "failed")

    async def refund(self, here: World, ref: str, *, amount: Decimal, key: str = "r1") -> HttpResponse:
        shop, record = await self._shop(here), await self.record(here, ref)
        assert record is not None
        capture = record.captures[-1]  # type: ignore[attr-defined]
        body = {"amount": {"currency_code": "USD", "value": str(amount)}}
        return await _unchecked(shop, "POST", f"/v2/payments/captures/{capture}/refund", body, key=key)

    async def query_refund(self, here: World, ref: str, key: str = "r1") -> str:
        shop, record = await self._shop(here), await self.record(here, ref)
        assert record is not None
        refund = record.refunds[-1]  # type: ignore[attr-defined]
        return str(_json(await _unchecked(shop, "GET", f"/v2/payments/refunds/{refund}"))["status"])


async def _unchecked(
    shop: PaypalShop, method: str, target: str, body: Mapping[str, Any] | None = None, *, key: str = ""
) -> HttpResponse:
    """A scenario's answer need not keep to any contract."""
    from paydouble.core.http import Headers, HttpRequest

    fields = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
    if key:
        fields["PayPal-Request-Id"] = key
    return await shop.simulator.serve("paypal", HttpRequest(
        method=method, target=target, body=b"" if body is None else json.dumps(body).encode(),
        headers=Headers(tuple(fields.items())), id=shop.simulator.new_call_id(),
        base_url="http://127.0.0.1:4800",
    ))


class Alipay(Shop):
    async def _call(self, here: World, id: str, biz: Mapping[str, Any], **common: str) -> HttpResponse:
        shop = AlipayShop(here.simulator, here.sandbox, here.receiver)
        return await shop.raw(shop.request(shop.signed(shop.values(f"alipay.{id}", biz, **common))))

    async def charge(
        self, here: World, ref: str, *, key: str = "k1", amount: Decimal = AMOUNT, **metadata: str
    ) -> HttpResponse:
        biz = {
            "out_trade_no": ref, "total_amount": str(amount), "subject": "A thing", "scene": "bar_code",
            "auth_code": f"28{zlib.crc32(ref.encode()):016d}", "product_code": "FACE_TO_FACE_PAYMENT",
        }
        if metadata:
            biz["passback_params"] = json.dumps(metadata)
        return await self._call(here, "trade.pay", biz, notify_url=HOOK)

    async def query(self, here: World, ref: str) -> str:
        answer = _json(await self._call(here, "trade.query", {"out_trade_no": ref}))
        status = answer["alipay_trade_query_response"].get("trade_status", "")
        return {"": "none", "TRADE_SUCCESS": "paid", "WAIT_BUYER_PAY": "waiting"}.get(status, "failed")

    async def refund(self, here: World, ref: str, *, amount: Decimal, key: str = "r1") -> HttpResponse:
        biz = {"out_trade_no": ref, "refund_amount": str(amount), "out_request_no": key}
        return await self._call(here, "trade.refund", biz)

    async def query_refund(self, here: World, ref: str, key: str = "r1") -> str:
        biz = {"out_trade_no": ref, "out_request_no": key}
        answer = _json(await self._call(here, "trade.fastpay.refund.query", biz))
        return str(answer["alipay_trade_fastpay_refund_query_response"].get("refund_status", ""))


class Wechatpay(Shop):
    async def charge(
        self, here: World, ref: str, *, key: str = "k1", amount: Decimal = AMOUNT, **metadata: str
    ) -> HttpResponse:
        merchant = here.merchant("wechatpay")
        body: dict[str, Any] = {
            "appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "A thing",
            "out_trade_no": ref, "amount": {"total": int(amount * 100), "currency": "CNY"},
            "payer": {"auth_code": "130061098828009406"},
            "scene_info": {"device_id": "POS-1", "store_info": {"id": "S1"}},
        }
        if metadata:
            body["attach"] = json.dumps(metadata)
        return (await here.wechatpay("POST", "/v3/pay/transactions/codepay", body)).response

    async def query(self, here: World, ref: str) -> str:
        mchid = here.merchant("wechatpay").id
        answer = await here.wechatpay("GET", f"/v3/pay/transactions/out-trade-no/{ref}?mchid={mchid}")
        if answer.status == 404:
            return "none"
        state = answer.json["trade_state"]
        return {"SUCCESS": "paid", "PAYERROR": "failed"}.get(state, "waiting")

    async def refund(self, here: World, ref: str, *, amount: Decimal, key: str = "r1") -> HttpResponse:
        record = await self.record(here, ref)
        assert record is not None
        total = record.total_minor  # type: ignore[attr-defined]
        return (await here.wechatpay("POST", "/v3/refund/domestic/refunds", {
            "out_trade_no": ref, "out_refund_no": key, "notify_url": HOOK,
            "amount": {"refund": int(amount * 100), "total": total, "currency": "CNY"},
        })).response

    async def query_refund(self, here: World, ref: str, key: str = "r1") -> str:
        return str((await here.wechatpay("GET", f"/v3/refund/domestic/refunds/{key}")).json["status"])


STRIPE, PAYPAL = Stripe("stripe", "USD"), Paypal("paypal", "USD")
ALIPAY, WECHATPAY = Alipay("alipay"), Wechatpay("wechatpay")
SHOPS: tuple[Shop, ...] = (STRIPE, PAYPAL, ALIPAY, WECHATPAY)
