"""The wire of v3: JSON over REST, signed in a header both ways, errors with an HTTP status.

https://opendocs.alipay.com/open-v3/053sd1
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import MINUTE, Instant
from paydouble.core.effect import Damage, Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.crypto import aes
from paydouble.providers.alipay import documents, fields, keys, notices, signatures
from paydouble.providers.alipay.errors import Gateway
from paydouble.providers.alipay.settings import AlipaySettings

AGE_MAX_MS = 10 * MINUTE
TRACE = "alipay-trace-id"
ENCRYPT = "alipay-encrypt-type"
ROOT_SN = "alipay-root-cert-sn"
OVERRIDE = "x-http-method-override"

_AUTHORIZATION = re.compile(r"ALIPAY-SHA256withRSA\s+(.+)", re.ASCII)
_MILLISECONDS = re.compile(r"[0-9]{10,16}", re.ASCII)
_PREFIX = re.compile(r"^(?:isv|aop|isp)\.")


class WireV3:
    """Keeps nothing but the settings."""

    def __init__(self, settings: AlipaySettings) -> None:
        self._settings = settings

    def open(self, request: HttpRequest) -> Envelope:
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization").strip())
        values = _pairs(found[1]) if found else {}
        # A call without the header is told that its timestamp is missing: so at the real service.
        problem = None if found else Gateway.MISSING_TIMESTAMP()
        meant = request.headers.get(OVERRIDE).upper()
        if meant and request.method == "POST":
            request = replace(request, method=meant)
        return Envelope(
            request=request, path=unquote(request.path), fields=values, version="v3", problem=problem,
        )

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        if envelope.problem is not None:
            raise envelope.problem
        app_id = envelope.fields.get("app_id", "")
        if not app_id:
            raise Gateway.MISSING_APP_ID()
        merchant = find(app_id)
        if merchant is None:
            raise Gateway.INVALID_APP_ID()
        return merchant

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        values, request = envelope.fields, envelope.request
        if not values.get("timestamp"):
            raise Gateway.MISSING_TIMESTAMP()
        if not _MILLISECONDS.fullmatch(values["timestamp"]) or not values.get("nonce"):
            raise Gateway.INVALID_TIMESTAMP()
        if not values.get("sign"):
            raise Gateway.MISSING_SIGNATURE()
        if abs(now - int(values["timestamp"])) > AGE_MAX_MS:
            raise Gateway.INVALID_TIMESTAMP()
        # Which verb is signed where one stands for another is not published: either will do.
        verbs = (request.method, "POST") if request.headers.get(OVERRIDE) else (request.method,)
        messages = [signatures.v3_message(request, values["auth_string"], verb) for verb in verbs]
        public = merchant.keys.public(keys.APP)
        if not any(signatures.verifies(public, each, values["sign"], signatures.RSA2) for each in messages):
            expected = messages[0].decode("utf-8", "replace")
            raise Gateway.INVALID_SIGNATURE(
                f"验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{expected}"
            )

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        request = envelope.request
        self._check_certificates(envelope, merchant)
        query = dict(reversed(parse_qsl(request.query, keep_blank_values=True)))
        try:
            body = documents.read(text) if (text := _body(request, merchant)).strip() else {}
        except ValueError:
            raise Gateway.ILLEGAL_JSON() from None
        files = {each.name: each.filename for each in fields.uploads(request)}
        return {**files, **query, **body, **path}

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        if isinstance(reply.body, bytes):
            return HttpResponse(reply.status, reply.headers, reply.body)
        body = {name: value for name, value in reply.body.items() if name not in ("code", "msg")}
        return self._response(envelope, reply.status, documents.written(body))

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        status = error.row.http
        if error.row is Gateway.INVALID_SIGNATURE:
            status = int(self._settings.v3_signature_status.value)
        code = _PREFIX.sub("", str(error.details.get("sub_code", error.row.code)))
        trace = envelope.request.id
        link = f"https://open.alipay.com/api/errCheck?traceId={trace}&source=openapi"
        body = {"code": code, "message": error.message, "links": [{"link": link, "desc": "解决方案"}]}
        return self._response(envelope, status, documents.written(body))

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """2xx always, errors only where the settings say so; ciphertext is signed as such."""
        ours = bool(response.header(TRACE))
        if merchant is None or not ours or (response.status >= 400 and not self._settings.sign_v3_errors):
            return response
        body = response.body
        if envelope.request.headers.get(ENCRYPT) and response.status < 400:
            key = keys.aes_key(merchant)
            wrong = with_.damage is Damage.BAD_CIPHERTEXT
            body = aes.cbc_encrypt(bytes(len(key)) if wrong else key, body).encode()
        who = keys.signer(merchant.keys, with_.key)
        timestamp = str(with_.now)
        message = signatures.v3_answer(timestamp, with_.nonce, body)
        headers = [("alipay-timestamp", timestamp), ("alipay-nonce", with_.nonce)]
        headers.append(("alipay-sn", keys.alipay_cert_sn(merchant.keys, who.certificate)))
        if with_.damage is not Damage.MISSING:
            signature = signatures.sign(who.private, message, signatures.RSA2, with_.damage)
            headers.append(("alipay-signature", signature))
        if with_.damage is Damage.TAMPERED_BODY and body:
            body = body[:-1] + b" " + body[-1:]
        return replace(response, headers=(*response.headers, *headers), body=body)

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        return notices.announcement(event)

    def notification(self, owed: Notification, event: Event, merchant: Merchant, with_: Seal) -> HttpRequest:
        return notices.notification(owed, event, merchant, with_)

    def acknowledged(self, answer: HttpResponse) -> bool:
        return notices.acknowledged(answer)

    def _check_certificates(self, envelope: Envelope, merchant: Merchant) -> None:
        app_sn, root_sn = envelope.fields.get("app_cert_sn"), envelope.request.headers.get(ROOT_SN)
        if app_sn and app_sn != keys.app_cert_sn(merchant):
            raise Gateway.APP_CERT_NOT_EXIST()
        if app_sn and not root_sn:
            raise Gateway.MISSING_ROOT_CERT_SN()
        if root_sn and root_sn != keys.root_cert_sn(merchant.keys):
            raise Gateway.INVALID_ROOT_CERT_SN()

    def _response(self, envelope: Envelope, status: int, body: bytes) -> HttpResponse:
        kind = "application/json;charset=UTF-8"
        return HttpResponse(status, (("content-type", kind), (TRACE, envelope.request.id or "0" * 32)), body)


def _pairs(text: str) -> dict[str, str]:
    """The parameters, and as `auth_string` the text before `,sign=`, which is signed as it was written."""
    auth_string, comma, signature = text.rpartition(",sign=")
    if not comma:
        auth_string, signature = text, ""
    values = {"auth_string": auth_string, "sign": signature.strip()}
    for pair in auth_string.split(","):
        name, equals, value = pair.partition("=")
        if equals:
            values.setdefault(name.strip(), value.strip())
    return values


def _body(request: HttpRequest, merchant: Merchant) -> str:
    raw = fields.data_part(request) if fields.is_multipart(request) else request.body
    if not request.headers.get(ENCRYPT) or not raw:
        return raw.decode("utf-8")
    if request.headers.get(ENCRYPT).upper() != "AES":
        raise Gateway.INVALID_ENCRYPT_TYPE()
    try:
        return aes.cbc_decrypt(keys.aes_key(merchant), raw.decode("ascii")).decode("utf-8")
    except ValueError:
        raise Gateway.INVALID_ENCRYPT() from None
