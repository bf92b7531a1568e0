"""The calls and notifications of a sandbox, as text beside a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paydouble.client.sandbox import Sandbox

CALLS_SHOWN_MAX = 50
BODY_SHOWN_MAX = 400


def call_log(sandbox: Sandbox) -> str:
    """Whatever goes wrong here must not hide the failure it is to explain."""
    try:
        calls = sandbox.calls()
        told = sandbox.notifications()
        unused = sandbox.report()["unused_rules"]
    except Exception as error:
        return f"the call log is not to be had: {error}"
    lines = [f"({len(calls) - CALLS_SHOWN_MAX} earlier calls)"] if len(calls) > CALLS_SHOWN_MAX else []
    for each in calls[-CALLS_SHOWN_MAX:]:
        lines += _call(each)
    for each in told:
        outcomes = ", ".join(attempt["outcome"] for attempt in each["attempts"]) or "not yet sent"
        about = f"{each['event']} of {each['ref'] or each['payment']}"
        lines.append(f"notification {about} to {each['url']}: {outcomes}")
    lines += [f"never fired: {rule}" for rule in unused]
    return "\n".join(lines) or "no call reached this sandbox"


def _call(call: dict[str, Any]) -> list[str]:
    request, response = call["request"], call["response"] or {}
    answer = response.get("fault") or response.get("status", "no answer")
    lines = [f"{request['method']} {request['target']} -> {answer}   {call['operation'] or ''} {call['id']}"]
    if request["body"]:
        lines.append(f"    > {request['body'][:BODY_SHOWN_MAX]}")
    if response.get("body"):
        lines.append(f"    < {response['body'][:BODY_SHOWN_MAX]}")
    lines += [f"    {group}: {rule}" for group, rule in call["plan"].items()]
    return lines
