"""The message service (蚂蚁消息): what is told to an app's gateway; https://opendocs.alipay.com/common."""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core import json_bytes
from paydouble.core.notification import Event
from paydouble.providers.alipay.machines import PROVIDER, V2


def message(
    method: str, app_id: str, content: Mapping[str, object], *, what: str = "", ref: str = ""
) -> Event:
    """`content` without its empty values; `what` tells outcomes apart for scenarios."""
    told = {name: value for name, value in content.items() if value not in ("", None)}
    body = {
        "msg_method": method, "app_id": app_id, "version": "1.1", "charset": "UTF-8", "sign_type": "RSA2",
        "biz_content": json_bytes.dumps(told).decode(),
    }
    return Event(
        id="", type=f"{method}.{what}" if what else method, api=V2, provider=PROVIDER, merchant=app_id,
        body=body,
        ref=ref,
    )
