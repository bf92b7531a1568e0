"""What the official sandboxes of API v2 hand out, for teams that still ask for it.

https://pay.weixin.qq.com/doc/v2/merchant/4011984801
"""

from __future__ import annotations

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.v2.orders import DOCS, Fields


@operation(
    "sandbox.getsignkey", Route(V2, "POST", "/xdc/apiv2getsignkey/sign/getsignkey"),
    Route(V2, "POST", "/sandboxnew/pay/getsignkey"), errors=COMMON_V2, docs=f"{DOCS}4011984801", reads=True,
)
async def getsignkey(call: Call[Fields]) -> Reply:
    """The key of the sandbox, which here is the merchant's own."""
    return Reply({"sandbox_signkey": call.merchant.secrets["apiv2_key"]})


OPERATIONS: tuple[Operation, ...] = (getsignkey,)
