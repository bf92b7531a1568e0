"""The official self-test of signatures and encryption. https://pay.weixin.qq.com/doc/v3/merchant/4015119446"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.notification import Event
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.wechatpay import sensitive
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import names_public_key
from paydouble.providers.wechatpay.machines import API, PROVIDER
from paydouble.providers.wechatpay.wire import PUBLIC_KEY


class Echo(TypedDict):
    notify_url: NotRequired[str]
    echo_message: str
    encrypted_echo_message: NotRequired[str]


@operation(
    "security.echo", Route(API, "POST", "/v3/security/echo"),
    errors=(Errors.WECHATPAY_SERIAL_MISSING, Errors.FIELD_UNDECIPHERABLE, *COMMON), reads=False,
    docs="https://pay.weixin.qq.com/doc/v3/merchant/4015119446",
)
async def echo(call: Call[Echo]) -> Reply:
    """Say back what was said, and what was said in secret in secret."""
    shown: dict[str, object] = {"echo_message": call.params["echo_message"]}
    secret = sensitive.opened(call, call.params, "encrypted_echo_message")
    if secret:
        shown["encrypted_echo_message"] = sensitive.sealed(call, secret)
    url = call.params.get("notify_url", "")
    if url:
        call.work.announce(Event(
            id="", type="SECURITY_ECHO.SUCCESS", api=API, provider=PROVIDER, merchant=call.merchant.id,
            body=shown, url=url,
            # An echo is about nothing: its subject says by which key it is signed.
            subject=PUBLIC_KEY if names_public_key(call.envelope) else "",
        ))
    return Reply(shown)


OPERATIONS: tuple[Operation, ...] = (echo,)
