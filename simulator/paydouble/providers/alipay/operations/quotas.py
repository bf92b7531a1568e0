"""How much a merchant may still transfer: https://opendocs.alipay.com/apis/api_28/alipay.fund.quota.query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import Operation, operation
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Fund
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.settings import AlipaySettings

ROWS: tuple[ErrorTable, ...] = (*Fund, *COMMON)
DAYS_A_MONTH = 30
LEAST_MINOR = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet(Record):
    """What has left a merchant's balance by transfers, ever and lately. `id` is the seller's."""

    kind: ClassVar[str] = "alipay.wallet"

    sent_minor: int = 0
    day: str = ""
    """The latest on which something was sent, in China: yyyy-MM-dd."""
    day_minor: int = 0
    month_minor: int = 0
    """Of that day's month."""

    def on(self, now: Instant) -> tuple[int, int]:
        """What was sent on this day, and in this month."""
        today = times.china(now, "%Y-%m-%d")
        this_month = self.month_minor if self.day[:7] == today[:7] else 0
        return (self.day_minor if self.day == today else 0), this_month

    def counting(self, minor: int, now: Instant) -> Wallet:
        day_minor, month_minor = self.on(now)
        return replace(
            self, day=times.china(now, "%Y-%m-%d"), day_minor=day_minor + minor,
            month_minor=month_minor + minor,
        )


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    @operation(
        "fund.quota.query", *routes("fund.quota.query", ""), errors=ROWS, reads=True,
        docs=documented("fund.quota.query"),
    )
    async def quota(call: Call[Any]) -> Reply:
        """See how much may be transferred at once, and how much is left of a day's and a month's limit."""
        wallet = await call.work.get(Wallet, call.merchant.secrets["seller_id"]) or Wallet(id="")
        sent_today, sent_this_month = wallet.on(call.clock.now())
        daily = settings.transfer_daily_max.minor
        day_left, month_left = daily - sent_today, daily * DAYS_A_MONTH - sent_this_month
        return Reply({
            "new_quota_single_min": yuan(LEAST_MINOR),
            "new_quota_single_max": settings.transfer_single_max.major(),
            "new_quota_daily": yuan(daily), "new_quota_daily_remain": yuan(day_left),
            "new_quota_monthly": yuan(daily * DAYS_A_MONTH), "new_quota_monthly_remain": yuan(month_left),
            "to_private_daily_available_amount": yuan(day_left),
            "to_private_monthly_available_amount": yuan(month_left),
            "to_corporate_daily_available_amount": yuan(day_left),
            "to_corporate_monthly_available_amount": yuan(month_left),
        })

    return (quota,)


async def check(work: Work, seller_id: str, minor: int, now: Instant, settings: AlipaySettings) -> None:
    """Raises where a transfer of so much is beyond a limit."""
    if minor > settings.transfer_single_max.minor:
        raise Fund.EXCEED_LIMIT_SM_AMOUNT()
    wallet = await work.get(Wallet, seller_id) or Wallet(id=seller_id)
    sent_today, sent_this_month = wallet.on(now)
    if sent_today + minor > settings.transfer_daily_max.minor:
        raise Fund.EXCEED_LIMIT_DM_AMOUNT()
    if sent_this_month + minor > settings.transfer_daily_max.minor * DAYS_A_MONTH:
        raise Fund.EXCEED_LIMIT_MM_AMOUNT()
