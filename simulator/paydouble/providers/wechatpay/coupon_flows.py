"""The files of coupons that were used, or given back; their columns are unverified."""

from __future__ import annotations

from paydouble.core.clock import rfc3339_china
from paydouble.core.money import Money
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.wechatpay.coupon_records import Coupon
from paydouble.providers.wechatpay.models import CNY

FLOWS = {"use": "used", "refund": "given back"}
HEAD = "券批次id,优惠id,优惠类型,优惠金额（元）,支付单号,消耗时间,消耗商户号\r\n"


async def flow_text(work: Work, stock_id: str, flow: str) -> str:
    """Here coupons are never given back, so that file has no rows."""
    walk = Walk("stock_id", stock_id, newest_first=False, limit=PAGE_MAX)
    coupons = await work.scan(Coupon, walk) if flow == "use" else ()
    return HEAD + "".join(_row(each) for each in coupons if each.status == "USED")


def _row(coupon: Coupon) -> str:
    amount = Money(coupon.stock.value_minor, CNY).major()
    values = (
        coupon.stock.id, coupon.id, "代金券", amount, coupon.transaction_id, rfc3339_china(coupon.used),
        coupon.mchid,
    )
    return ",".join(f"`{value}" for value in values) + "\r\n"
