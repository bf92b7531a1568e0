"""Bills by API v2: the file is the answer itself. https://pay.weixin.qq.com/doc/v2/merchant/4011935226"""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2, ErrorsV2
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.bills import check_day, text_of
from paydouble.providers.wechatpay.operations.v2.orders import DOCS, Fields
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.signatures_v2 import HMAC

ERRORS = (ErrorsV2.NO_BILL_EXIST, ErrorsV2.BILL_CREATING, *COMMON_V2)
ACCOUNTS = {"Basic": "BASIC", "Operation": "OPERATION", "Fees": "FEES"}


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "pay.downloadbill", Route(V2, "POST", "/pay/downloadbill"), means=("statement.download",),
        errors=ERRORS, docs=f"{DOCS}4011935226", reads=True,
    )
    async def downloadbill(call: Call[Fields]) -> Reply:
        """The orders and refunds of a day, as a file."""
        wanted = {"bill": "trade", "type": call.params.get("bill_type", "ALL")}
        return await _file(call, wanted, settings)

    @operation(
        "pay.downloadfundflow", Route(V2, "POST", "/pay/downloadfundflow"), means=("statement.download",),
        errors=(ErrorsV2.HMAC_REQUIRED, *ERRORS), docs=f"{DOCS}4011935227", reads=True,
    )
    async def downloadfundflow(call: Call[Fields]) -> Reply:
        """Every change of an account on a day, as a file; a certificate is needed."""
        if call.params.get("sign_type") != HMAC:
            raise ErrorsV2.HMAC_REQUIRED()
        wanted = {"bill": "funds", "type": ACCOUNTS[call.params["account_type"]]}
        return await _file(call, wanted, settings)

    return downloadbill, downloadfundflow


async def _file(call: Call[Any], wanted: dict[str, str], settings: WechatpaySettings) -> Reply:
    compact = call.params["bill_date"]
    date = f"{compact[:4]}-{compact[4:6]}-{compact[6:]}"
    check_day(call, date, settings)
    wanted |= {"date": date, "sub_mchid": call.params.get("sub_mch_id", "")}
    text = await text_of(call, wanted, settings)
    digest = hashlib.sha1(text, usedforsecurity=False).digest()
    headers = (("Digest", f"SHA={base64.b64encode(digest).decode()}"),)
    zipped = call.params.get("tar_type") == "GZIP"
    return Reply(gzip.compress(text, mtime=0) if zipped else text, headers=headers)
