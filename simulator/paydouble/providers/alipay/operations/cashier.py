"""Orders that a buyer brings along: pages of web and phone, and the order string of an app.

https://opendocs.alipay.com/open/270/105898, https://opendocs.alipay.com/open/203/105285,
https://opendocs.alipay.com/open/204/105301
"""

from __future__ import annotations

from typing import Any, NotRequired

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.providers.alipay import appresults, ordering, paying
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq
from paydouble.providers.alipay.models import WAITING, Trade
from paydouble.providers.alipay.operations import signing
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.operations.trades import ORDER, OrderRequest
from paydouble.providers.alipay.pages import cashier_url
from paydouble.providers.alipay.refusing import refusal
from paydouble.providers.alipay.settings import AlipaySettings

APP: tuple[ErrorTable, ...] = (*ORDER, Acq.PAYMENT_FAIL, *COMMON)
RESULT = "alipay_trade_app_pay_response"


class PageRequest(OrderRequest):
    return_url: NotRequired[str]
    quit_url: NotRequired[str]
    qr_pay_mode: NotRequired[str]


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All that a buyer brings along, under these settings."""

    @operation(
        "trade.app.pay", *routes("trade.app.pay", rest=""), means=("payment.create", "payment.charge"),
        errors=APP,
        idempotency=NaturalKey(("out_trade_no",)), docs=documented("trade.app.pay"),
    )
    async def app(call: Call[OrderRequest]) -> Reply:
        """Take the order string of an app, and pay it: what the phone's SDK would bring back."""
        return await _app(call, settings)

    return page, wap, app


@operation(
    "trade.page.pay", *routes("trade.page.pay", rest=""), means=("payment.create",), errors=ORDER,
    idempotency=NaturalKey(("out_trade_no",)), docs=documented("trade.page.pay"),
)
async def page(call: Call[PageRequest]) -> Reply:
    """Send a browser to the cashier."""
    return await _to_cashier(call, "page")


@operation(
    "trade.wap.pay", *routes("trade.wap.pay", rest=""), means=("payment.create",), errors=ORDER,
    idempotency=NaturalKey(("out_trade_no",)), docs=documented("trade.wap.pay"),
)
async def wap(call: Call[PageRequest]) -> Reply:
    """Send a phone's browser to the cashier."""
    return await _to_cashier(call, "wap")


async def _ordered(call: Call[Any], channel: str) -> Trade:
    """The order, offered; again where it was, if it is the same."""
    before = await ordering.known(call)
    order = ordering.asked(call, channel, before)
    paying.check_again(before, order)
    if call.outcome is not None and call.outcome.result is Result.FAILED:
        raise refusal(call.outcome, paying.REFUSALS, Acq.SYSTEM_ERROR_OF_PAY)
    if before is not None and before.exists:
        return before
    return paying.offer(call.work, await signing.together(call, order))


async def _to_cashier(call: Call[PageRequest], channel: str) -> Reply:
    trade = await _ordered(call, channel)
    headers = (("Location", cashier_url(call.request.base_url, trade)), ("Cache-Control", "no-store"))
    return Reply(b"", 302, subject=trade, headers=headers)


async def _app(call: Call[OrderRequest], settings: AlipaySettings) -> Reply:
    trade = await _ordered(call, "app")
    if trade.status != WAITING:
        trade = paying.create(call.work, trade)
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.CANCELED):
        return appresults.reply(appresults.FAILED, "", trade)
    if outcome is not None and outcome.result in paying.WAITS:
        return appresults.reply(appresults.PENDING, "", trade)
    paid = paying.pay(call.work, trade, call.clock.now(), settings, outcome=outcome)
    await signing.by_paying(call.work, paid, call.clock.now())
    return appresults.reply(appresults.DONE, appresults.signed(call, RESULT, _told(paid)), paid)


def _told(paid: Trade) -> dict[str, object]:
    return {**paid.named(), "total_amount": yuan(paid.total_minor), "charset": paid.charset}
