"""wechatpayv3 orders and checks the signature of the answer; `async` with its asynchronous client."""

import asyncio
import os
import sys
from pathlib import Path

ORDER = {"description": "tea", "out_trade_no": "transparent-1", "amount": {"total": 100}}
SHOP = {
    "mchid": os.environ["WECHATPAY_MCHID"],
    "private_key": Path(os.environ["WECHATPAY_PRIVATE_KEY_PATH"]).read_text(),
    "cert_serial_no": os.environ["WECHATPAY_SERIAL_NO"],
    "apiv3_key": os.environ["WECHATPAY_APIV3_KEY"],
    "appid": os.environ["WECHATPAY_APPID"],
    "notify_url": "https://shop.example/callbacks",
    "public_key": Path(os.environ["WECHATPAY_PUBLIC_KEY_PATH"]).read_text(),
    "public_key_id": os.environ["WECHATPAY_PUBLIC_KEY_ID"],
}


async def ordered() -> tuple[int, str]:
    from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

    async with AsyncWeChatPay(wechatpay_type=WeChatPayType.NATIVE, **SHOP) as wxpay:
        return await wxpay.pay(**ORDER)


if "async" in sys.argv:
    code, message = asyncio.run(ordered())
else:
    from wechatpayv3 import WeChatPay, WeChatPayType

    code, message = WeChatPay(wechatpay_type=WeChatPayType.NATIVE, **SHOP).pay(**ORDER)
assert code == 200, message
