"""One call of a buyer: sent, counted under its operation's id, judged; one that fails ends the journey."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from locust import User
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import RescheduleTask, StopUser

from loadtests.signing import Headers, Unverifiable
from loadtests.world import World

SHOWN_CHARS = 200

WORLD = "paydouble_world"
"""The attribute of Locust's environment that holds the process's world."""

Verify = Callable[[Headers, bytes], None]
"""Raises Unverifiable for an answer that the provider did not sign."""


@dataclass(frozen=True, slots=True)
class Request:
    """Ready to be sent, its signature included."""

    name: str
    """The provider and the operation's id, as in "stripe refunds.create": Locust counts by it."""
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


def world_of(user: User) -> World:
    """Raises StopUser where none could be opened: nothing is to be done then."""
    world: World | None = getattr(user.environment, WORLD, None)
    if world is None:
        raise StopUser
    return world


def call(client: FastHttpSession, request: Request, verify: Verify | None = None) -> dict[str, Any]:
    """The answer's JSON. Raises RescheduleTask, once counted, where the call fails."""
    with client.request(
        request.method, request.target, name=request.name,
        data=request.body or None,  # type: ignore[arg-type]  # bytes go out as they are
        headers=dict(request.headers), catch_response=True,
    ) as answer:
        content: bytes = answer.content or b""
        if not 200 <= answer.status_code < 300:
            answer.failure(_refusal(answer.status_code, content, getattr(answer, "error", None)))
            raise RescheduleTask
        try:
            if verify is not None:
                verify(answer.headers, content)
            read: dict[str, Any] = json.loads(content)
        except (Unverifiable, ValueError) as problem:
            answer.failure(f"answer: {problem}")
            raise RescheduleTask from None
        return read


def expect_status(client: FastHttpSession, request: Request, found: object, *wanted: object) -> None:
    """A wrong state in a good answer is a failure of its own name. Raises RescheduleTask."""
    if found not in wanted:
        client.request_event.fire(
            request_type=request.method, name=request.name, response_time=None, response_length=0,
            exception=WrongState(f"'{found}' instead of '{wanted[0]}'"), context={},
        )
        raise RescheduleTask


class WrongState(Exception):
    """What was read is not what was done."""


def _refusal(status: int, content: bytes, error: BaseException | None) -> str:
    if status == 0:
        return f"no answer: {error!r}"
    return f"{status} {content[:SHOWN_CHARS].decode('utf-8', 'replace')}"
