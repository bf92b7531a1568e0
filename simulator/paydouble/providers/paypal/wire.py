"""The wire of PayPal's REST APIs: bearer tokens, JSON both ways, and webhooks signed under a certificate.

https://developer.paypal.com/api/rest/requests/, https://developer.paypal.com/api/rest/responses/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from paydouble.core import json_bytes
from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.effect import KeyChoice, Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.crypto.hmacs import same
from paydouble.providers.paypal import assertions, certificates, ipn, multipart, signatures, tokens
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.errors import (
    BILLING,
    CATALOG,
    DISPUTES,
    INVOICING,
    NAMES,
    OAUTH_API,
    ORDERS,
    PATCHES,
    PAYMENTS,
    VAULT,
    Errors,
)
from paydouble.providers.paypal.identifiers import debug_id, transmission_id
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors

TOKEN_PATH = "/v1/oauth2/token"

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_HEADERS = (
    ("Content-Type", _JSON),
    ("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate"),
)
_MANUAL = "https://developer.paypal.com/docs/api"
_LINKS = {
    ORDERS: f"{_MANUAL}/orders/v2/#error-", PAYMENTS: f"{_MANUAL}/payments/v2/#error-",
    CATALOG: f"{_MANUAL}/catalog-products/v1/#error-", BILLING: f"{_MANUAL}/v1/billing/subscriptions#",
    INVOICING: f"{_MANUAL}/invoicing/v2/#error-",
}
_V1_LINK = "https://developer.paypal.com/docs/api/webhooks/v1/#error-"
_BODILESS = ("GET", "DELETE")
_DOUBLED = re.compile(r"(/[^/]+)\1(?=/|$)")


class RestWire:
    """Of one API: they differ in how they spell errors. Keeps nothing but the API's name."""

    def __init__(self, api: str, *, folds_ids: bool = False) -> None:
        self._api = api
        self._folds_ids = folds_ids

    def open(self, request: HttpRequest) -> Envelope:
        """Scheme and credentials of the Authorization header; the path without what older SDKs append."""
        scheme, _, rest = request.headers.get("Authorization").strip().partition(" ")
        fields = {"scheme": scheme.lower(), "credentials": rest.strip()}
        if fields["scheme"] == "basic":
            fields |= _basic(rest.strip())
        path = unquote(request.path)
        if len(path) > 1:
            path = path.rstrip("/") or "/"
        if self._folds_ids:
            path = _DOUBLED.sub(r"\1", path)
        asserted = assertions.read(request.headers.get(assertions.HEADER))
        return Envelope(
            request=request, path=path, fields=fields, account=asserted.account if asserted else ""
        )

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        """By client id, token, or the name of a certificate, which anybody may read."""
        if envelope.path.startswith(f"{certificates.PATH}/"):
            found = find(envelope.path.rpartition("/")[2])
            if found is not None:
                return found
            if not envelope.fields["scheme"]:
                raise Errors.RESOURCE_NOT_FOUND()
        scheme = envelope.fields["scheme"]
        if scheme == "basic":
            found = find(envelope.fields.get("client", ""))
            if found is None or found.id != envelope.fields["client"]:
                raise self._wrong_client()
            return found
        if envelope.path == TOKEN_PATH:
            raise Errors.INVALID_CLIENT()
        if scheme != "bearer":
            raise Errors.AUTHENTICATION_FAILURE()
        token = tokens.read(envelope.fields["credentials"])
        found = find(token.handle) if token is not None and token.kind == tokens.ACCESS else None
        if found is None:
            raise Errors.TOKEN_FORGED()
        return found

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """The secret, or the token's genuineness and expiry on wire time."""
        if envelope.path.startswith(f"{certificates.PATH}/"):
            return
        secret = merchant.secrets["client_secret"]
        if envelope.fields["scheme"] == "basic":
            if not same(envelope.fields["secret"], secret):
                raise self._wrong_client()
            return
        token = tokens.read(envelope.fields["credentials"])
        if token is None or not token.is_genuine(secret):
            raise Errors.TOKEN_FORGED()
        if token.expires <= now:
            raise Errors.TOKEN_EXPIRED()
        self._check_assertion(envelope, merchant)

    def _check_assertion(self, envelope: Envelope, merchant: Merchant) -> None:
        """One that cannot be read, or that another app made, is refused (unverified)."""
        header = envelope.request.headers.get(assertions.HEADER)
        if not header:
            return
        asserted = assertions.read(header)
        if asserted is None:
            raise Errors.AUTHENTICATION_FAILURE()
        if asserted.issuer != merchant.id:
            raise Errors.NOT_AUTHORIZED()

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        """Path, query and body as one; an array, as a patch is, under a name of its own."""
        request = envelope.request
        query: dict[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True))
        if self._api == OAUTH_API:
            return query | dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        body = {} if request.method in _BODILESS else self._body(request)
        return {**query, **body, **path}

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        debug = ("PayPal-Debug-Id", debug_id(envelope.request.id))
        if isinstance(reply.body, bytes):
            return HttpResponse(reply.status, (*reply.headers, debug), reply.body)
        return HttpResponse(reply.status, (*_HEADERS, debug, *reply.headers), json_bytes.dumps(reply.body))

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        debug = debug_id(envelope.request.id)
        headers = (*_HEADERS, ("PayPal-Debug-Id", debug))
        return HttpResponse(error.row.http, headers, json_bytes.dumps(self._error(envelope, error, debug)))

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """Answers are not signed."""
        return response

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        """The bytes of every attempt."""
        if self._api == ipn.IPN:
            return ipn.message(event)
        return json_bytes.dumps(event_shown(event, endpoint.version))

    def notification(
        self, owed: Notification, event: Event, merchant: Merchant, with_: Seal
    ) -> HttpRequest:
        if self._api == ipn.IPN:
            return ipn.request(owed, merchant, with_)
        webhook = owed.endpoint.id
        if with_.key is KeyChoice.OTHER_MERCHANT:
            webhook = merchant.secrets["webhook_id"]
        signed = signatures.signed_headers(owed.payload, webhook, merchant, owed.endpoint.version, with_)
        headers = (
            ("Accept", "*/*"),
            *signed,
            ("Content-Type", _JSON),
            ("User-Agent", "PayPal/AUHD-214.0-58843110"),
            ("CORRELATION-ID", debug_id(with_.nonce)),
        )
        return HttpRequest(
            method="POST", target=owed.endpoint.url, headers=Headers(headers),
            body=signatures.tampered(owed.payload, with_.damage), id=transmission_id(with_.nonce),
        )

    def acknowledged(self, answer: HttpResponse) -> bool:
        return 200 <= answer.status < 300

    def _wrong_client(self) -> ProviderError:
        return Errors.INVALID_CLIENT() if self._api == OAUTH_API else Errors.AUTHENTICATION_FAILURE()

    def _body(self, request: HttpRequest) -> dict[str, Any]:
        if not request.body.strip():
            return {}
        told = request.headers.get("Content-Type")
        kind = told.partition(";")[0].strip().lower()
        if self._api == DISPUTES and kind in multipart.KINDS:
            return self._parts(told, request.body)
        if not (kind == _JSON or kind.endswith("+json")):
            raise Errors.UNSUPPORTED_MEDIA_TYPE()
        try:
            document = json_bytes.loads(request.body)
        except ValueError:
            raise self._malformed() from None
        if document is None:
            return {}
        if isinstance(document, list):
            return {PATCHES: document}
        if not isinstance(document, dict):
            raise self._malformed()
        return document

    def _parts(self, kind: str, body: bytes) -> dict[str, Any]:
        try:
            return multipart.read(kind, body)
        except ValueError:
            raise self._malformed() from None

    def _malformed(self) -> ProviderError:
        rows = {ORDERS: OrderErrors.MALFORMED_REQUEST_JSON, VAULT: OrderErrors.MALFORMED_REQUEST_JSON,
                PAYMENTS: PaymentErrors.MALFORMED_REQUEST_JSON,
                CATALOG: BillingErrors.MALFORMED_REQUEST_JSON, BILLING: BillingErrors.MALFORMED_REQUEST_JSON,
                INVOICING: InvoiceErrors.MALFORMED_REQUEST_JSON}
        return rows.get(self._api, Errors.MALFORMED_REQUEST)()

    def _error(self, envelope: Envelope, error: ProviderError, debug: str) -> dict[str, object]:
        row, told = error.row, error.details
        style = row.columns.get("style", "issue")
        if style == "oauth":
            return {"error": row.code, "error_description": error.message}
        if style == "v1":
            return {
                "name": row.code, "message": error.message, "debug_id": debug,
                "information_link": f"{_V1_LINK}{row.code}",
                "details": told.get("details", []), "links": told.get("links", []),
            }
        if style == "whole":
            details = {"details": told["details"]} if "details" in told else {}
            return {
                "name": row.code, **details, "message": error.message, "debug_id": debug, "links": [],
            }
        name, message = NAMES[row.http]
        shown = told.get("details") or [_detail(error)]
        manual = f"{_LINKS.get(self._api, _V1_LINK)}{row.code}"
        information = {"href": manual, "rel": "information_link", "method": "GET"}
        links = [information, *_told_links(told)]
        return {"name": name, "details": shown, "message": message, "debug_id": debug, "links": links}


def event_shown(event: Event, base: str) -> dict[str, object]:
    """As webhooks carry it, and as the list of events shows it."""
    body = event.body
    itself = f"{base or signatures.DEFAULT_BASE}/v1/notifications/webhooks-events/{event.id}"
    shown: dict[str, object] = {
        "id": event.id, "event_version": "1.0",
        "create_time": f"{rfc3339_utc(event.created)[:-1]}.{event.created % 1_000:03}Z",
        "resource_type": body["resource_type"],
    }
    if body["resource_version"]:
        shown["resource_version"] = body["resource_version"]
    return shown | {
        "event_type": event.type, "summary": body["summary"], "resource": body["resource"],
        "links": [
            {"href": itself, "rel": "self", "method": "GET"},
            {"href": f"{itself}/resend", "rel": "resend", "method": "POST"},
        ],
    }


def _told_links(told: Mapping[str, object]) -> list[object]:
    links = told.get("links", [])
    return links if isinstance(links, list) else []


def _detail(error: ProviderError) -> dict[str, object]:
    told = error.details
    shown: dict[str, object] = {
        name: told[name] for name in ("field", "value", "location") if name in told
    }
    return shown | {"issue": error.row.code, "description": error.message}


def _basic(encoded: str) -> dict[str, str]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return {"client": "", "secret": ""}
    return {"client": user, "secret": password}
