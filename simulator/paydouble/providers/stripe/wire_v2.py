"""Stripe's API v2 on the wire: JSON in, JSON out, errors of another form (https://docs.stripe.com/api-v2-overview)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Seal
from paydouble.core.errors import ErrorTable, Fault, ProviderError
from paydouble.core.http import Envelope, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.providers.stripe import brackets
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.wire import V1Wire

PREFIX = "/v2/"
_JSON = ("Content-Type", "application/json")
_CODES: Mapping[ErrorTable, str] = {
    Errors.RESOURCE_MISSING: "not_found",
    Errors.REFERENCE_MISSING: "not_found",
    Errors.IDEMPOTENCY_MISMATCH: "idempotency_error",
    Errors.IDEMPOTENCY_KEY_IN_USE: "idempotency_error",
    Errors.RATE_LIMIT: "rate_limit",
}


class V2Wire:
    """Keys, versions, headers and signatures are those of API v1."""

    def __init__(self, v1: V1Wire) -> None:
        self._v1 = v1

    def open(self, request: HttpRequest) -> Envelope:
        return self._v1.open(request)

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        return self._v1.identify(envelope, find)

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """The key is all there is to check."""

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        if envelope.problem is not None:
            raise envelope.problem
        request = envelope.request
        try:
            params = brackets.decode(request.query)
            body = json_bytes.loads(request.body) if request.body.strip() else {}
        except (brackets.Malformed, ValueError, RecursionError):
            raise Errors.MALFORMED_REQUEST("The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise Errors.MALFORMED_REQUEST("The request body must be a JSON object.")
        return {**params, **body, **path}

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        assert not isinstance(reply.body, bytes), "API v2 answers in JSON"
        return HttpResponse(reply.status, (_JSON, *reply.headers), json_bytes.dumps_pretty(reply.body))

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        row = error.row
        code = _CODES.get(row) or ("invalid_fields" if row.fault is Fault.VALIDATION else row.code)
        members: dict[str, object] = {"message": error.message, "type": row.columns["type"]}
        if code:
            members["code"] = code
        body = {"error": dict(sorted(members.items()))}
        return HttpResponse(row.http, (_JSON,), json_bytes.dumps_pretty(body))

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        return self._v1.seal(envelope, response, merchant, with_)

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        return self._v1.announcement(event, endpoint)

    def notification(self, owed: Notification, event: Event, merchant: Merchant, with_: Seal) -> HttpRequest:
        return self._v1.notification(owed, event, merchant, with_)

    def acknowledged(self, answer: HttpResponse) -> bool:
        return self._v1.acknowledged(answer)


def claims(request: HttpRequest) -> bool:
    return request.path.startswith(PREFIX)
