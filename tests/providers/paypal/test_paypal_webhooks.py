"""Webhooks: registered, signed, verified both ways, sent again, made up."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from paydouble.core.clock import DAY
from paydouble.core.http import HttpRequest, HttpResponse
from tests.providers.paypal.checked import Shop, shop

HOOKS = "/v1/notifications/webhooks"
EVENTS = "/v1/notifications/webhooks-events"
VERIFY = "/v1/notifications/verify-webhook-signature"


async def told(here: Shop) -> tuple[HttpRequest, str]:
    """A delivered event, and the id of the webhook that it went to."""
    await here.order()
    await here.paid()
    await here.settle()
    [hook] = (await here.get(HOOKS))["webhooks"]
    return here.receiver.requests[-1], hook["id"]


def postback(request: HttpRequest, hook: str, event: bytes | None = None) -> bytes:
    fields = {
        "auth_algo": request.headers.get("PAYPAL-AUTH-ALGO"),
        "cert_url": request.headers.get("PAYPAL-CERT-URL"),
        "transmission_id": request.headers.get("PAYPAL-TRANSMISSION-ID"),
        "transmission_sig": request.headers.get("PAYPAL-TRANSMISSION-SIG"),
        "transmission_time": request.headers.get("PAYPAL-TRANSMISSION-TIME"),
        "webhook_id": hook,
    }
    return json.dumps(fields)[:-1].encode() + b', "webhook_event": ' + (event or request.body) + b"}"


async def verified(here: Shop, body: bytes) -> str:
    return str((await here.post(VERIFY, body, status=200))["verification_status"])


async def test_a_webhook_is_verified_by_its_certificate() -> None:
    async with shop() as here:
        request, hook = await told(here)
        path = request.headers.get("PAYPAL-CERT-URL").removeprefix("http://127.0.0.1:4800")
        served = await here.raw("GET", path, b"", {})
        leaf, issuer = x509.load_pem_x509_certificates(served.response.body)
        [name] = leaf.subject.get_attributes_for_oid(x509.oid.NameOID.COMMON_NAME)
        assert name.value == "messageverificationcerts.sandbox.paypal.com"
        leaf.verify_directly_issued_by(issuer)
        text = "|".join((
            request.headers.get("PAYPAL-TRANSMISSION-ID"), request.headers.get("PAYPAL-TRANSMISSION-TIME"),
            hook, str(zlib.crc32(request.body)),
        ))
        signature = base64.b64decode(request.headers.get("PAYPAL-TRANSMISSION-SIG"))
        public = leaf.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())


async def test_a_webhook_is_verified_by_the_postback() -> None:
    async with shop() as here:
        request, hook = await told(here)
        assert await verified(here, postback(request, hook)) == "SUCCESS"
        reordered = json.dumps(dict(reversed(json.loads(request.body).items())), indent=2).encode()
        assert await verified(here, postback(request, hook, reordered)) == "SUCCESS"


async def test_a_changed_event_or_a_wrong_webhook_fails_the_postback() -> None:
    async with shop() as here:
        request, hook = await told(here)
        changed = request.body.replace(b"100.00", b"1.00")
        assert changed != request.body
        assert await verified(here, postback(request, hook, changed)) == "FAILURE"
        assert await verified(here, postback(request, "WEBHOOK_ID")) == "FAILURE"
        other = await here.post(HOOKS, {"url": "http://127.0.0.1:9/two", "event_types": [{"name": "*"}]})
        assert await verified(here, postback(request, other["id"])) == "FAILURE"


@pytest.mark.parametrize(
    ("signature", "verdict"),
    [("valid", "SUCCESS"), ("rotated_key", "SUCCESS"), ("wrong_key", "FAILURE"), ("corrupt", "FAILURE"),
     ("unknown_key", "FAILURE"), ("wrong_algorithm", "FAILURE")],
)
async def test_a_spoiled_signature_fails_and_a_rotated_key_does_not(signature: str, verdict: str) -> None:
    async with shop() as here:
        if signature != "valid":
            here.rules(f"  - when: {{notification: '*'}}\n    then: {{notify: {{signature: {signature}}}}}\n")
        request, hook = await told(here)
        assert await verified(here, postback(request, hook)) == verdict


async def test_an_unanswered_webhook_comes_25_times_more_in_three_days() -> None:
    async with shop() as here:
        here.receiver.answer = lambda request: HttpResponse(500)
        await here.order()
        [hook] = (await here.get(HOOKS))["webhooks"]
        await here.post(
            "/v1/notifications/simulate-event",
            {"webhook_id": hook["id"], "event_type": "PAYMENT.CAPTURE.COMPLETED"}, status=202,
        )
        await here.advance(3 * DAY)
        assert len(here.receiver.requests) == 26
        bodies = {request.body for request in here.receiver.requests}
        signatures = {request.headers.get("PAYPAL-TRANSMISSION-SIG") for request in here.receiver.requests}
        assert (len(bodies), len(signatures)) == (1, 26)


async def test_a_made_up_event_can_be_verified_and_is_not_listed() -> None:
    async with shop() as here:
        [hook] = (await here.get(HOOKS))["webhooks"]
        made = await here.post(
            "/v1/notifications/simulate-event",
            {"webhook_id": hook["id"], "event_type": "PAYMENT.CAPTURE.REFUNDED"}, status=202,
        )
        await here.settle()
        [request] = here.receiver.requests
        assert await verified(here, postback(request, hook["id"])) == "SUCCESS"
        assert (await here.get(EVENTS))["events"] == []
        assert await here.refused("GET", f"{EVENTS}/{made['id']}") == (404, "INVALID_RESOURCE_ID")


async def test_events_are_listed_shown_and_sent_again() -> None:
    async with shop() as here:
        await here.paid()
        await here.settle()
        count = len(here.receiver.requests)
        listed = await here.get(f"{EVENTS}?page_size=10&event_type=PAYMENT.CAPTURE.COMPLETED")
        [event] = listed["events"]
        shown = await here.get(f"{EVENTS}/{event['id']}")
        assert [one["status"] for one in shown["transmissions"]] == ["SUCCESS"]
        await here.post(f"{EVENTS}/{event['id']}/resend", {}, status=202)
        await here.settle()
        assert len(here.receiver.requests) == count + 1
        assert json.loads(here.receiver.requests[-1].body)["id"] == event["id"]


async def test_webhooks_are_changed_and_forgotten() -> None:
    async with shop() as here:
        [hook] = (await here.get(HOOKS))["webhooks"]
        path = f"{HOOKS}/{hook['id']}"
        patch = [
            {"op": "replace", "path": "/url", "value": "http://127.0.0.1:9/new"},
            {"op": "replace", "path": "/event_types", "value": [{"name": "PAYMENT.CAPTURE.COMPLETED"}]},
        ]
        changed = await here.call("PATCH", path, patch)
        assert changed.json["url"] == "http://127.0.0.1:9/new"
        await here.paid()
        assert await here.types() == ["PAYMENT.CAPTURE.COMPLETED"]
        assert (await here.call("DELETE", path)).status == 204
        assert await here.refused("GET", path) == (404, "INVALID_RESOURCE_ID")


async def refusal(here: Shop, body: Any) -> tuple[int, str, list[str]]:
    answered = await here.call("POST", HOOKS, body)
    return answered.status, answered.json["name"], [one["issue"] for one in answered.json["details"]]


async def test_webhooks_that_cannot_be_are_refused() -> None:
    async with shop({"webhook_urls": "strict"}, hook="https://shop.example/first") as here:
        every = [{"name": "*"}]
        bad_url = (400, "VALIDATION_ERROR", ["Not a valid webhook URL"])
        assert await refusal(here, {"url": "https://shop.example:8443/x", "event_types": every}) == bad_url
        assert await refusal(here, {"url": "not a url", "event_types": every}) == bad_url
        assert await refusal(here, {"url": "https://a.example", "event_types": [{"name": "NO.SUCH"}]}) == (
            400, "VALIDATION_ERROR", ["Not a valid event name"],
        )
        for number in range(9):
            await here.post(HOOKS, {"url": f"https://shop.example/{number}", "event_types": every})
        again = {"url": "https://shop.example/1", "event_types": every}
        assert (await refusal(here, again))[1] == "WEBHOOK_URL_ALREADY_EXISTS"
        eleventh = {"url": "https://shop.example/11", "event_types": every}
        assert (await refusal(here, eleventh))[1] == "WEBHOOK_NUMBER_LIMIT_EXCEEDED"
