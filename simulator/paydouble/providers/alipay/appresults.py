"""What a phone's SDK hands to an app once it has brought an order string here.

https://opendocs.alipay.com/open/204/105301
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Call, Reply
from paydouble.core.record import Record
from paydouble.providers.alipay import documents, fields, keys, signatures, times
from paydouble.providers.alipay.errors import MESSAGES

# fmt: off
DONE, PENDING, FAILED = "9000", "8000", "4000"
MEMOS = {
    DONE:    "订单支付成功",
    PENDING: "正在处理中",
    FAILED:  "订单支付失败",
}
# fmt: on


def reply(status: str, result: str, subject: Record) -> Reply:
    """`result` is signed text, or nothing where there is none."""
    body: Mapping[str, object] = {"memo": MEMOS[status], "result": result, "resultStatus": status}
    headers = (("Content-Type", "text/html;charset=utf-8"),)
    return Reply(json_bytes.dumps(body), subject=subject, headers=headers)


def signed(call: Call[Any], name: str, value: Mapping[str, object]) -> str:
    """The text of `result`: the value under its name, signed as it stands."""
    charset = call.envelope.fields.get("charset", "") or fields.DEFAULT_CHARSET
    node = documents.written({
        "code": "10000", "msg": MESSAGES["10000"], "app_id": call.merchant.id, "charset": charset,
        "auth_app_id": call.merchant.id, "seller_id": call.merchant.secrets["seller_id"],
        "timestamp": times.china(call.clock.now()), **value,
    })
    sign = signatures.sign(call.keys.private(keys.CURRENT), node, signatures.RSA2)
    return f'{{"{name}":{node.decode()},"sign":"{sign}","sign_type":"{signatures.RSA2}"}}'
