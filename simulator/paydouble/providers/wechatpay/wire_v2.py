"""The wire of API v2: signed XML in, signed XML out, always with status 200.

https://pay.weixin.qq.com/doc/v2/merchant/4011935214, https://pay.weixin.qq.com/doc/v2/merchant/4011941161
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from paydouble.core import json_bytes
from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Damage, Seal
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.http import Envelope, Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.providers.wechatpay import signatures_v2, xml
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.errors_v2 import AS_V2, ErrorsV2
from paydouble.providers.wechatpay.settings import WechatpaySettings

CERTIFIED = ("/secapi/", "/mmpaymkttransfers/", "/pay/downloadfundflow", "/billcommentsp/")
"""Paths on which a merchant shows its certificate."""
PREFIXES = ("/pay/", "/secapi/", "/papay/", "/xdc/", "/sandboxnew/", "/mmpaymkttransfers/", "/tools/")
APPIDS = ("appid", "mch_appid", "wxappid")
"""How the app is called: by orders, by transfers to wallets, by red packets."""
REFUND_EVENTS = "refund."
SUCCESS = {"return_code": "SUCCESS", "return_msg": "OK", "result_code": "SUCCESS"}

_XML = (("Content-Type", "text/plain"),)
_HTML = (("Content-Type", "text/html"),)
_NO_CERTIFICATE = (
    b"<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n"
    b"<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r\n"
    b"</body>\r\n</html>\r\n"
)


class WireV2:
    """Keeps nothing but the settings."""

    def __init__(self, settings: WechatpaySettings) -> None:
        self._settings = settings

    def open(self, request: HttpRequest) -> Envelope:
        problem, fields = None, {}
        try:
            fields = xml.read(request.body)
        except ValueError:
            problem = ErrorsV2.XML_FORMAT_ERROR() if request.body else ErrorsV2.BODY_EMPTY()
        path = unquote(request.path)
        unseen = self._wants_certificate(path) and not request.base_url.startswith("https://")
        return Envelope(
            request=request, path=path, fields=fields, problem=problem,
            let_pass=ErrorsV2.CERTIFICATE_REQUIRED() if unseen else None,
        )

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        fields = envelope.fields
        merchant = find(fields.get("mch_id") or fields.get("mchid", ""))
        if envelope.problem is None and merchant is not None:
            return merchant
        if self._lacks_certificate(envelope):
            raise ErrorsV2.CERTIFICATE_REQUIRED()
        raise envelope.problem or ErrorsV2.MCH_ID_FORMAT()

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """The certificate, where one is needed, and the signature; there is no timestamp."""
        if self._lacks_certificate(envelope):
            raise ErrorsV2.CERTIFICATE_REQUIRED()
        fields = envelope.fields
        sign_type = fields.get("sign_type") or signatures_v2.MD5
        if sign_type not in signatures_v2.TYPES:
            raise ErrorsV2.SIGNERROR()
        if not signatures_v2.verifies(fields, merchant.secrets["apiv2_key"], sign_type):
            raise ErrorsV2.SIGNERROR()

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        """All are strings; an empty one is as good as none."""
        params = {name: value for name, value in envelope.fields.items() if value}
        own = merchant.secrets["appid"]
        if any(params.get(name, own) != own for name in APPIDS):
            raise ErrorsV2.APPID_MCHID_NOT_MATCH()
        return params

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        if isinstance(reply.body, bytes):
            return HttpResponse(reply.status, (*_XML, *reply.headers), reply.body)
        fields = {**SUCCESS, **self._parties(envelope), **reply.body}
        return HttpResponse(200, _XML, xml.write(fields))

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        if error.row is Errors.UNKNOWN_PATH:
            return HttpResponse(404)
        row, message = _in_v2(error)
        match row.columns.get("layer"):
            case "gateway":
                return HttpResponse(row.http, _HTML, _NO_CERTIFICATE)
            case "message":
                fields: dict[str, object] = {"return_code": "FAIL", "return_msg": message}
                if row.code.isdigit():
                    fields["error_code"] = row.code
            case _:
                code = error.details.get("code", row.code)
                failed = {"result_code": "FAIL", "err_code": code, "err_code_des": message}
                shown = error.details.get("fields", {})
                assert isinstance(shown, Mapping)
                fields = {**SUCCESS, **self._parties(envelope), **failed, **shown}
        return HttpResponse(200, _XML, xml.write(fields))

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """Business answers are signed as the request was; failures of the message, and files, are not."""
        if merchant is None or b"<result_code>" not in response.body:
            return response
        try:
            fields = xml.read(response.body)
        except ValueError:
            return response
        sign_type = envelope.fields.get("sign_type") or signatures_v2.MD5
        fields["nonce_str"] = with_.nonce.upper()
        whole = signatures_v2.signed(fields, merchant.secrets["apiv2_key"], sign_type, with_)
        return replace(response, body=xml.write(whole))

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        """The fields as JSON, which become XML when they are sent."""
        return json_bytes.dumps(event.body)

    def notification(
        self, owed: Notification, event: Event, merchant: Merchant, with_: Seal
    ) -> HttpRequest:
        told: dict[str, str] = json_bytes.loads(owed.payload)
        key, sign_type = merchant.secrets["apiv2_key"], owed.endpoint.version or signatures_v2.MD5
        appid, mch_id = told.pop("appid", merchant.secrets["appid"]), told.pop("mch_id", merchant.id)
        parties = {"appid": appid, "mch_id": mch_id}
        if event.type.startswith(REFUND_EVENTS):
            hidden = signatures_v2.req_info(xml.write(told, "root"), key)
            if with_.damage is Damage.BAD_CIPHERTEXT:
                hidden = _spoiled(hidden)
            fields = {"return_code": "SUCCESS", **parties, "nonce_str": with_.nonce, "req_info": hidden}
        else:
            fields = {"return_code": "SUCCESS", "result_code": "SUCCESS", **parties, **told}
            fields |= {"nonce_str": with_.nonce}
            fields |= {"sign_type": sign_type} if sign_type == signatures_v2.HMAC else {}
            fields = signatures_v2.signed(fields, key, sign_type, with_)
        headers = (("Content-Type", "text/xml"), ("Accept", "*/*"), ("User-Agent", "Mozilla/4.0"))
        return HttpRequest(
            method="POST", target=owed.endpoint.url, headers=Headers(headers), body=xml.write(fields),
            id=with_.nonce,
        )

    def acknowledged(self, answer: HttpResponse) -> bool:
        """The body decides: anything but SUCCESS is sent again."""
        if answer.status != 200:
            return False
        try:
            return xml.read(answer.body).get("return_code") == "SUCCESS"
        except ValueError:
            return False

    def _parties(self, envelope: Envelope) -> dict[str, object]:
        named = ("appid", "mch_id", "sub_appid", "sub_mch_id", "device_info")
        return {name: envelope.fields[name] for name in named if envelope.fields.get(name)}

    def _wants_certificate(self, path: str) -> bool:
        return self._settings.client_certificates and path.startswith(CERTIFIED)

    def _lacks_certificate(self, envelope: Envelope) -> bool:
        """Only TLS can show one: over plain HTTP it is a violation, and let pass."""
        shown = envelope.let_pass is not None or envelope.request.client_certificate is not None
        return self._wants_certificate(envelope.path) and not shown


def _in_v2(error: ProviderError) -> tuple[ErrorTable, str]:
    """A row that both APIs share in the words of v2; one that v2 does not know keeps its text."""
    if isinstance(error.row, ErrorsV2):
        return error.row, error.message
    row = AS_V2.get(error.row)
    if row is None:
        return ErrorsV2.INVALID_REQUEST, error.message
    return row, row.message


def _spoiled(hidden: str) -> str:
    """With one bit of its last block flipped."""
    raw = bytearray(base64.b64decode(hidden))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode("ascii")
