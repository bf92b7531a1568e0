"""Orders: prepay, query, close, direct and of partners.

https://pay.weixin.qq.com/doc/v3/merchant/4012791856, https://pay.weixin.qq.com/doc/v3/partner/4012069852
"""

# ruff: noqa: E501 — a table, aligned

from __future__ import annotations

from typing import NamedTuple, cast

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import ordering
from paydouble.providers.wechatpay.errors import Errors, refusal
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API, TRANSACTION
from paydouble.providers.wechatpay.models import ClosedNumber, Transaction, number_key
from paydouble.providers.wechatpay.operations.order_errors import CLOSE, PARTNER, PREPAY, QUERY
from paydouble.providers.wechatpay.operations.order_params import (
    AnyOrder,
    ByOutTradeNo,
    ByTransactionId,
    DirectOrder,
    PartnerOrder,
)
from paydouble.providers.wechatpay.settings import CloseUnknown, WechatpaySettings

DIRECT, OF_PARTNERS = "/v3/pay/transactions", "/v3/pay/partner/transactions"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
PARTNER_DOCS = "https://pay.weixin.qq.com/doc/v3/partner/"


class Product(NamedTuple):
    """One way to pay."""

    name: str
    trade_type: str
    docs: str
    partner_docs: str
    summary: str


# fmt: off
PRODUCTS = (
    Product("native",      "NATIVE", "4012791877", "4012738519", "Native order: returns the code_url that the shop shows as a QR code."),
    Product("jsapi",       "JSAPI",  "4012791856", "4012738519", "JSAPI order: returns the prepay_id with which a page or mini program opens WeChat's cashier."),
    Product("app",         "APP",    "4013070347", "4012738519", "APP order: returns the prepay_id with which an app opens WeChat."),
    Product("h5",          "MWEB",   "4012791834", "4012738519", "H5 order: returns the h5_url to which a browser outside WeChat is sent."),
    Product("miniprogram", "JSAPI",  "",           "4012738519", "Mini-program order of a partner: as JSAPI."),
)
# fmt: on
SHOWN = {"NATIVE": "code_url", "MWEB": "h5_url"}
"""What an order answers with, where that is not the prepay_id."""


def shown_to_pay(order: Transaction) -> dict[str, object]:
    name = SHOWN.get(order.trade_type, "prepay_id")
    return {name: getattr(order, name)}


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    """All that can be done with orders, under these settings."""

    @operation(
        "transactions.close", Route(API, "POST", f"{DIRECT}/out-trade-no/{{out_trade_no}}/close"),
        means=("payment.cancel",), idempotency=NaturalKey(("out_trade_no",)), errors=CLOSE,
        docs=f"{DOCS}4012791860",
    )
    async def close(call: Call[ByOutTradeNo]) -> Reply:
        """Close an order that is not paid, so that it never will be."""
        return await _close(call, settings)

    @operation(
        "partner.close", Route(API, "POST", f"{OF_PARTNERS}/out-trade-no/{{out_trade_no}}/close"),
        means=("payment.cancel",), idempotency=NaturalKey(("out_trade_no",)), errors=(*PARTNER, *CLOSE),
        docs=f"{PARTNER_DOCS}4012759911",
    )
    async def close_for_sub_merchant(call: Call[ByOutTradeNo]) -> Reply:
        """Close a sub-merchant's order that is not paid."""
        return await _close(call, settings)

    direct = (_direct(product, settings) for product in PRODUCTS if product.docs)
    partner = (_of_partner(product, settings) for product in PRODUCTS)
    return (
        *direct, query_by_out_trade_no, query_by_id, close,
        *partner, partner_query_by_out_trade_no, partner_query_by_id, close_for_sub_merchant,
    )


def _direct(product: Product, settings: WechatpaySettings) -> Operation:
    async def prepay(call: Call[DirectOrder]) -> Reply:
        order = await _prepay(call, product.trade_type, settings)
        return Reply(shown_to_pay(order), subject=order)

    prepay.__doc__ = product.summary
    own = (Errors.OPENID_MISSING,) if product.name == "jsapi" else ()
    return operation(
        f"transactions.{product.name}", Route(API, "POST", f"{DIRECT}/{product.name}"),
        means=("payment.create",), idempotency=NaturalKey(("out_trade_no",)), errors=(*own, *PREPAY),
        docs=DOCS + product.docs,
    )(prepay)


def _of_partner(product: Product, settings: WechatpaySettings) -> Operation:
    async def prepay(call: Call[PartnerOrder]) -> Reply:
        ordering.check_sub_merchant(call.merchant.id, call.params["sub_mchid"], settings)
        order = await _prepay(call, product.trade_type, settings)
        return Reply(shown_to_pay(order), subject=order)

    prepay.__doc__ = f"For a sub-merchant. {product.summary}"
    own = (Errors.OPENID_MISSING,) if product.trade_type == "JSAPI" else ()
    return operation(
        f"partner.{product.name}", Route(API, "POST", f"{OF_PARTNERS}/{product.name}"),
        means=("payment.create",), idempotency=NaturalKey(("out_trade_no",)),
        errors=(*own, *PARTNER, *PREPAY), docs=PARTNER_DOCS + product.partner_docs,
    )(prepay)


@operation(
    "transactions.query_by_out_trade_no", Route(API, "GET", f"{DIRECT}/out-trade-no/{{out_trade_no}}"),
    means=("payment.query",), errors=QUERY, docs=f"{DOCS}4012791859",
)
async def query_by_out_trade_no(call: Call[ByOutTradeNo]) -> Reply:
    """Query an order by the merchant's number."""
    order = await found(call, call.params["out_trade_no"])
    return Reply(order.shown(), subject=order)


@operation(
    "transactions.query_by_id", Route(API, "GET", f"{DIRECT}/id/{{transaction_id}}"),
    means=("payment.query",), errors=QUERY, docs=f"{DOCS}4012791858",
)
async def query_by_id(call: Call[ByTransactionId]) -> Reply:
    """Query a paid order by WeChat Pay's number."""
    return await _query_by_id(call)


@operation(
    "partner.query_by_out_trade_no", Route(API, "GET", f"{OF_PARTNERS}/out-trade-no/{{out_trade_no}}"),
    means=("payment.query",), errors=(*QUERY, Errors.SUB_MCHID_DIFFERS), docs=f"{PARTNER_DOCS}4012759909",
)
async def partner_query_by_out_trade_no(call: Call[ByOutTradeNo]) -> Reply:
    """Query a sub-merchant's order by the partner's number."""
    order = await found(call, call.params["out_trade_no"])
    return Reply(order.shown(), subject=order)


@operation(
    "partner.query_by_id", Route(API, "GET", f"{OF_PARTNERS}/id/{{transaction_id}}"),
    means=("payment.query",), errors=(*QUERY, Errors.SUB_MCHID_DIFFERS), docs=f"{PARTNER_DOCS}4012759908",
)
async def partner_query_by_id(call: Call[ByTransactionId]) -> Reply:
    """Query a sub-merchant's paid order by WeChat Pay's number."""
    return await _query_by_id(call)


async def _query_by_id(call: Call[ByTransactionId]) -> Reply:
    order = await call.work.get(Transaction, call.params["transaction_id"])
    # The number exists only since the payment, and only for its merchant.
    if order is None or order.mchid != call.merchant.id or not order.was_paid:
        raise Errors.ORDER_NOT_EXIST()
    check_parties(order, call.params)
    return Reply(order.shown(), subject=order)


async def found(call: Call[ByOutTradeNo], out_trade_no: str) -> Transaction:
    """Raises ProviderError where there is none for this caller."""
    order = await ordering.known_order(call.work, call.merchant.id, out_trade_no)
    if order is None:
        raise Errors.ORDER_NOT_EXIST()
    check_parties(order, call.params)
    return order


def check_parties(order: Transaction, params: ByOutTradeNo | ByTransactionId) -> None:
    """A direct merchant asks for its own orders, a partner for those of the sub-merchant it names."""
    sub_mchid = params.get("sub_mchid", "")
    if sub_mchid and order.sub_mchid != sub_mchid:
        raise Errors.SUB_MCHID_DIFFERS()


async def _prepay(
    call: Call[DirectOrder] | Call[PartnerOrder], trade_type: str, settings: WechatpaySettings
) -> Transaction:
    """The order as it is to be paid now: new, or with a new prepay_id."""
    ordering.check_sizes(call.params)
    params = cast("AnyOrder", call.params)
    appid = str(call.params.get("appid") or call.params.get("sp_appid"))
    ordering.check_appid(call, appid)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(call.outcome, PREPAY, Errors.TRADE_ERROR)
    payer, now = params.get("payer", {}), call.clock.now()
    if trade_type == "JSAPI" and not payer:
        raise Errors.OPENID_MISSING()
    return await ordering.place(call.work, call.ids, now, ordering.Wanted(
        trade_type=trade_type, mchid=call.merchant.id, appid=appid, out_trade_no=params["out_trade_no"],
        sub_mchid=str(call.params.get("sub_mchid", "")), sub_appid=str(call.params.get("sub_appid", "")),
        notify_url=params["notify_url"], total_minor=params["amount"]["total"],
        description=params["description"], attach=params.get("attach", ""),
        device_id=params.get("scene_info", {}).get("device_id", ""),
        expires=ordering.expiry(params.get("time_expire"), now, trade_type, settings),
        asked=ordering.digest(params, trade_type),
        openid=payer.get("openid", payer.get("sp_openid", "")), sub_openid=payer.get("sub_openid", ""),
        profit_sharing=params.get("settle_info", {}).get("profit_sharing", False),
        public_key_mode=in_public_key_mode(call.envelope, settings),
    ), call.request.base_url)


async def _close(call: Call[ByOutTradeNo], settings: WechatpaySettings) -> Reply:
    order = await ordering.known_order(call.work, call.merchant.id, call.params["out_trade_no"])
    if order is None:
        if settings.close_unknown is CloseUnknown.NOT_FOUND:
            raise Errors.ORDER_NOT_EXIST()
        # The number is spent all the same: ordering under it is refused from now on.
        key = number_key(call.merchant.id, call.params["out_trade_no"])
        if await call.work.get(ClosedNumber, key) is None:
            call.work.save(ClosedNumber(id=key, created=call.clock.now()))
        return Reply(b"", status=204)
    check_parties(order, call.params)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(call.outcome, CLOSE, Errors.TRADE_ERROR)
    if order.is_paid:
        raise Errors.ORDERPAID()
    if order.trade_type == "MICROPAY" and order.status != "CLOSED":
        raise Errors.CLOSE_CODEPAY()
    if order.status == "NOTPAY":
        order = fire(call.work, TRANSACTION, order, "close", call.clock.now())
    return Reply(b"", status=204, subject=order)
