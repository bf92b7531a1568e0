"""Each network fault as four HTTP clients see it, and the page of the documentation that says so."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from paydouble.client.sandbox import Sandbox
from paydouble.core.effect import ConnectFault, NetworkFault
from paydouble.testing.in_process import PaydoubleServer

PAGE = Path(__file__).parents[2] / "docs" / "network-faults.md"
TIMEOUT_S = 0.4
HOLD = "5s"

# fmt: off
DETAILS = {
    NetworkFault.TIMEOUT:      f", hold: {HOLD}", NetworkFault.SLOW_HEADERS: f", hold: {HOLD}",
    NetworkFault.TRUNCATE:     ", cut_after: 20", NetworkFault.DRIBBLE:      ", over: 100ms, chunk: 40",
}
ON_THE_WIRE: Mapping[NetworkFault | ConnectFault, str] = {
    NetworkFault.TIMEOUT:             "the request is read, nothing is sent",
    NetworkFault.SLOW_HEADERS:        "status line and headers, then silence",
    NetworkFault.DROP_CONNECTION:     "an orderly close (FIN) instead of an answer",
    NetworkFault.EMPTY_REPLY:         "the same",
    NetworkFault.RESET:               "RST instead of an answer",
    NetworkFault.TRUNCATE:            "the full length is declared, less is sent, then FIN",
    NetworkFault.DRIBBLE:             "the right answer, slowly",
    NetworkFault.GARBAGE:             "a good status line, then a broken chunk",
    ConnectFault.REFUSE:              "nobody listens",
    ConnectFault.ACCEPT_THEN_SILENCE: "the connection is accepted, nothing is read or sent",
    ConnectFault.TLS_EXPIRED:         "a certificate that expired yesterday",
    ConnectFault.TLS_SELF_SIGNED:     "a certificate that signed itself",
    ConnectFault.TLS_WRONG_HOST:      "a good certificate for another host",
    ConnectFault.TLS_UNTRUSTED:       "a certificate of an authority that nobody knows",
    ConnectFault.TLS_CLOSED:          "FIN in answer to the ClientHello",
    ConnectFault.TLS_OLD:             "nothing newer than TLS 1.1",
}
# fmt: on


@dataclass(frozen=True)
class Target:
    """What a client is to call, and the authority that it trusts."""

    url: str
    key: str
    ca_file: Path


def _named(error: BaseException) -> str:
    """The class under which a program would catch it."""
    module = type(error).__module__.split(".")[0]
    name = type(error).__name__
    return name if module == "builtins" else f"{module}.{name}"


def by_requests(target: Target) -> str:
    import requests

    headers = {"Authorization": f"Bearer {target.key}"}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(target.url, headers=headers, timeout=TIMEOUT_S, verify=str(target.ca_file))
        answer.json()
        return str(answer.status_code)


def by_httpx(target: Target) -> str:
    import httpx

    context = ssl.create_default_context(cafile=str(target.ca_file))
    headers = {"Authorization": f"Bearer {target.key}"}
    with httpx.Client(verify=context, timeout=TIMEOUT_S, trust_env=False) as client:
        answer = client.get(target.url, headers=headers)
        answer.json()
        return str(answer.status_code)


def by_aiohttp(target: Target) -> str:
    import aiohttp

    async def call() -> str:
        context = ssl.create_default_context(cafile=str(target.ca_file))
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        headers = {"Authorization": f"Bearer {target.key}"}
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(target.url, headers=headers, ssl=context) as answer,
        ):
            await answer.json()
            return str(answer.status)

    return asyncio.run(call())


def by_fetch(target: Target) -> str:
    command = ["node", str(Path(__file__).with_name("fetch.mjs")), target.url, target.key, str(int(TIMEOUT_S * 1000))]
    environment = {"NODE_EXTRA_CA_CERTS": str(target.ca_file), "PATH": os.environ["PATH"]}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=30, env=environment
    ).stdout.strip()


CLIENTS: Mapping[str, Callable[[Target], str]] = {
    "requests": by_requests, "httpx": by_httpx, "aiohttp": by_aiohttp, "Node fetch": by_fetch,
}


def seen(server: PaydoubleServer, fault: NetworkFault | ConnectFault) -> dict[str, str]:
    """By client: the status, or the error that it raises."""
    sandbox = server.sandbox(clock="frozen")
    try:
        with TemporaryDirectory() as folder:
            ca_file = Path(folder) / "ca.pem"
            ca_file.write_text(sandbox.credentials["ca_certificate_pem"], "ascii")
            url = _spoiled(sandbox, fault)
            target = Target(f"{url}/v1/balance", sandbox.stripe.secret_key, ca_file)
            return {name: _outcome(call, target) for name, call in CLIENTS.items()}
    finally:
        sandbox.delete()


def _outcome(call: Callable[[Target], str], target: Target) -> str:
    try:
        return call(target)
    except Exception as error:
        return _named(error)


def _spoiled(sandbox: Sandbox, fault: NetworkFault | ConnectFault) -> str:
    """Puts the fault in force; where to call."""
    if isinstance(fault, NetworkFault):
        rule = f"when: {{operation: '*'}}, then: {{respond: {{fault: {fault.value}, committed: true{DETAILS.get(fault, '')}}}}}"
    else:
        hold = f", hold: {HOLD}" if fault is ConnectFault.ACCEPT_THEN_SILENCE else ""
        rule = f"when: {{connection: any}}, then: {{connect: {{fault: {fault.value}{hold}}}}}"
    text = f"schema: 1\nname: fault\nsettings: {{listener: dedicated}}\nrules: [{{{rule}}}]\n"
    listener = sandbox.control.post(f"{sandbox.path}/scenarios", {"yaml": text})["listener"]
    if fault.value.startswith("tls_"):
        return f"https://localhost:{listener['port']}"
    return str(listener["url"])


def rows(server: PaydoubleServer) -> Iterator[str]:
    for fault in ON_THE_WIRE:
        outcomes = seen(server, fault)
        cells = [f"`{fault.value}`", ON_THE_WIRE[fault], *(outcomes[name] for name in CLIENTS)]
        yield f"| {' | '.join(cells)} |"


def page(server: PaydoubleServer) -> str:
    heads = ["fault", "on the wire", *CLIENTS]
    lines = [
        "# Network faults, as clients see them", "",
        "Written by `python -m tests.faults`, which calls a simulator with each client; a test holds it to that.",
        "A rule says `respond: {fault: …, committed: …}` for the first eight, and `connect: {fault: …}` for the others, which",
        "need `settings: {listener: dedicated}`: a port of the sandbox's own, whose address is in the answer of the",
        f"activation. Every client here gives up after {TIMEOUT_S:g} s. A rule that refuses one connection among others",
        "(`nth`, `chance`, `rate`) is too late to keep its port closed: that connection is reset.", "",
        f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *rows(server), "",
    ]
    return "\n".join(lines)
