"""Links by which files are downloaded: each carries what its file is made of, sealed under the APIv3 key.

Nothing is kept for them, and a link is of no use to any other merchant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from paydouble.core import json_bytes
from paydouble.core.call import Call
from paydouble.core.clock import later
from paydouble.core.ids import HEX
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.keys import NONCE_LENGTH, gcm_box
from paydouble.providers.wechatpay.settings import WechatpaySettings

LABEL = "bill"


def link(call: Call[Any], path: str, wanted: Mapping[str, object], settings: WechatpaySettings) -> str:
    """An address that can be asked for as long as the settings say."""
    until = later(call.clock.now(), settings.bill_link_lasts)
    nonce = call.ids.token(NONCE_LENGTH, HEX)
    sealed = json_bytes.dumps({**wanted, "path": path, "until": until})
    token = nonce + gcm_box(call.merchant.secrets["apiv3_key"]).encrypt(sealed, nonce, LABEL)
    return f"{call.request.base_url}{path}?token={quote(token, safe='')}"


def opened(call: Call[Any], path: str, token: str) -> Mapping[str, Any]:
    """What was asked for. Raises ProviderError where the link is another's, made up, or over."""
    box = gcm_box(call.merchant.secrets["apiv3_key"])
    try:
        wanted: Mapping[str, Any] = json_bytes.loads(
            box.decrypt(token[NONCE_LENGTH:], token[:NONCE_LENGTH], LABEL)
        )
    except ValueError:
        raise Errors.BILL_NO_AUTH() from None
    if wanted["path"] != path:
        raise Errors.BILL_NO_AUTH()
    if call.clock.now() > wanted["until"]:
        raise Errors.BILL_LINK_OVER()
    return wanted
