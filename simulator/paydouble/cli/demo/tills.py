"""How the sample shop talks to its providers: through their SDKs, which block and so run in threads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from paydouble.cli.demo.care import Care

TIMEOUT_S: Final = 1.0
"""Short, so that a demonstration need not wait for a lost answer."""
ORDER_KEY: Final = "order_id"
Environment = Mapping[str, str]


class Unheard(Exception):
    """The provider did not answer; what it did is not known."""


class Refused(Exception):
    """The provider said no."""


@dataclass(slots=True)
class Order:
    """Amounts in minor units."""

    id: str
    provider: str
    amount: int
    tries: int = 0
    status: str = "new"
    numbers: list[str] = field(default_factory=list)
    """By what the provider knows it: a PaymentIntent, an out_trade_no."""
    pay_at: list[str] = field(default_factory=list)
    """Codes for the payer to scan, where the payer pays at the provider."""
    told: int = 0
    """Verified notifications of a payment that were acted upon."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification whose signature the SDK has verified."""

    id: str
    order: str
    paid: bool


class Till(Protocol):
    """One provider, as the shop uses it. Calls block."""

    def charge(self, order: Order, care: Care) -> None:
        """One try. Raises Unheard or Refused."""

    def refund(self, order: Order, care: Care) -> None: ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        """Raises ValueError for what the provider has not signed."""


class StripeTill:
    """Cards, charged at once; stripe-python is given the simulator's address."""

    currency = "USD"

    def __init__(self, environment: Environment) -> None:
        import stripe

        self._stripe = stripe
        self._secret = environment["STRIPE_WEBHOOK_SECRET"]
        self._client = stripe.StripeClient(
            environment["STRIPE_SECRET_KEY"], base_addresses={"api": environment["STRIPE_API_BASE"]},
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S), max_network_retries=0,
        )

    def charge(self, order: Order, care: Care) -> None:
        params = {
            "amount": order.amount, "currency": self.currency.lower(), "confirm": True,
            "payment_method": "pm_card_visa", "metadata": {ORDER_KEY: order.id},
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
        intent = self._asked(self._client.v1.payment_intents.create, params, care.key("pay", order.id))
        order.numbers.append(intent.id)
        order.status = "paid" if intent.status == "succeeded" else intent.status

    def refund(self, order: Order, care: Care) -> None:
        params = {"payment_intent": order.numbers[-1]}
        self._asked(self._client.v1.refunds.create, params, care.key("refund", order.id))
        order.status = "refunded"

    def _asked(self, call: Any, params: dict[str, Any], key: str) -> Any:
        try:
            return call(params=params, options={"idempotency_key": key})
        except self._stripe.APIConnectionError as error:
            raise Unheard(str(error)) from error
        except self._stripe.StripeError as error:
            raise Refused(error.user_message or str(error)) from error

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        try:
            event = self._client.construct_event(body, headers.get("Stripe-Signature", ""), self._secret)
        except self._stripe.SignatureVerificationError as error:
            raise ValueError(str(error)) from error
        subject = event.data.object
        metadata = subject.metadata.to_dict() if "metadata" in subject else {}
        return Told(event.id, metadata.get(ORDER_KEY, ""), event.type == "payment_intent.succeeded")


class WechatTill:
    """Codes that the payer scans; wechatpayv3 takes no address and comes here by HTTPS_PROXY."""

    currency = "CNY"

    def __init__(self, environment: Environment, notify_url: str) -> None:
        from wechatpayv3 import WeChatPay, WeChatPayType

        self._native = WeChatPayType.NATIVE
        self._client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE, mchid=environment["WECHATPAY_MCHID"],
            private_key=_read(environment["WECHATPAY_PRIVATE_KEY_PATH"]),
            cert_serial_no=environment["WECHATPAY_SERIAL_NO"], appid=environment["WECHATPAY_APPID"],
            apiv3_key=environment["WECHATPAY_APIV3_KEY"], notify_url=notify_url, timeout=TIMEOUT_S,
            public_key=_read(environment["WECHATPAY_PUBLIC_KEY_PATH"]),
            public_key_id=environment["WECHATPAY_PUBLIC_KEY_ID"],
        )

    def charge(self, order: Order, care: Care) -> None:
        number = care.number(order.id, order.tries)
        answer = self._asked(
            self._client.pay, description="Sample order", out_trade_no=number,
            amount={"total": order.amount, "currency": self.currency}, attach=order.id, pay_type=self._native,
        )
        order.numbers.append(number)
        order.pay_at.append(answer["code_url"])
        order.status = "to be paid"

    def refund(self, order: Order, care: Care) -> None:
        number = order.numbers[-1]
        self._asked(
            self._client.refund, out_refund_no=care.key("refund", number), out_trade_no=number,
            amount={"refund": order.amount, "total": order.amount, "currency": self.currency},
        )
        order.status = "refunded"

    def _asked(self, call: Any, **params: Any) -> dict[str, Any]:
        import requests

        try:
            status, text = call(**params)
        except requests.RequestException as error:
            raise Unheard(str(error)) from error
        answer: dict[str, Any] = json.loads(text) if text else {}
        if not 200 <= status < 300:
            raise Refused(f"{answer.get('code', status)}: {answer.get('message', '')}")
        return answer

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        # The SDK raises bare exceptions for what it cannot read, and returns nothing for a bad signature.
        try:
            notification = self._client.callback(headers, body)
        except Exception as error:
            raise ValueError(str(error)) from error
        if not notification:
            raise ValueError("the signature does not fit")
        resource = notification["resource"]
        paid = notification["event_type"] == "TRANSACTION.SUCCESS"
        return Told(notification["id"], resource.get("attach", ""), paid)


def _read(path: str) -> str:
    return Path(path).read_text("ascii")
