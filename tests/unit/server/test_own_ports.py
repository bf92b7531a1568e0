"""Ports of a sandbox's own, and what rules do to connections before their first byte."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any

import pytest

from paydouble.client.control import ControlError
from paydouble.client.sandbox import Sandbox
from paydouble.testing.in_process import InProcessServer, PaydoubleServer

HEAD = "schema: 1\nname: ports\nsettings: {listener: dedicated}\nrules:\n"


@pytest.fixture(scope="module")
def house() -> Iterator[PaydoubleServer]:
    with InProcessServer() as running:
        server = PaydoubleServer(running.url)
        yield server
        server.close()


@pytest.fixture
def sandbox(house: PaydoubleServer) -> Iterator[Sandbox]:
    made = house.sandbox(clock="frozen")
    yield made
    made.delete()


def activated(sandbox: Sandbox, *rules: str) -> dict[str, Any]:
    text = HEAD + "".join(f"  - {rule}\n" for rule in rules) if rules else HEAD.replace("rules:\n", "")
    answer: dict[str, Any] = sandbox.control.post(f"{sandbox.path}/scenarios", {"yaml": text})
    return answer


def balance(port: int, sandbox: Sandbox) -> int:
    """The status of one call; raises what a client sees of a broken connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        key = {"Authorization": f"Bearer {sandbox.stripe.secret_key}"}
        connection.request("GET", "/v1/balance", headers=key)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_sandbox_has_a_port_of_its_own_where_its_scenario_asks_for_one(sandbox: Sandbox) -> None:
    assert "listener" not in sandbox.control.get(sandbox.path)
    told = activated(sandbox)["listener"]
    assert told["url"] == f"http://127.0.0.1:{told['port']}"
    assert balance(told["port"], sandbox) == 200
    credentials = sandbox.control.get(f"{sandbox.path}/credentials")
    assert credentials["stripe"]["api_base"].startswith(told["url"])


def test_a_second_scenario_finds_the_port_open(sandbox: Sandbox) -> None:
    assert activated(sandbox)["listener"] == activated(sandbox)["listener"]


def test_the_port_goes_with_its_sandbox(house: PaydoubleServer) -> None:
    made = house.sandbox()
    port = activated(made)["listener"]["port"]
    made.delete()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_window_closes_and_opens_the_port(sandbox: Sandbox) -> None:
    told = activated(sandbox, "{when: {connection: any, window: {from: 5m, to: 10m}}, then: {connect: {fault: refuse}}}")
    port = told["listener"]["port"]
    assert balance(port, sandbox) == 200
    sandbox.clock.advance("5m")
    with pytest.raises(ConnectionRefusedError):
        balance(port, sandbox)
    sandbox.clock.advance("5m")
    assert balance(port, sandbox) == 200
    assert sandbox.control.get(f"{sandbox.path}/scenarios")["data"][0]["fired"] == {"rule 1": 1}


def test_the_port_opens_when_the_scenario_ends(sandbox: Sandbox) -> None:
    told = activated(sandbox, "{when: {connection: any}, then: {connect: {fault: refuse}}}")
    with pytest.raises(ConnectionRefusedError):
        balance(told["listener"]["port"], sandbox)
    sandbox.end_scenario(told["id"])
    assert balance(told["listener"]["port"], sandbox) == 200


def test_one_connection_among_others_is_reset(sandbox: Sandbox) -> None:
    told = activated(sandbox, "{when: {connection: any, nth: 2}, then: {connect: {fault: refuse}}}")
    port = told["listener"]["port"]
    assert balance(port, sandbox) == 200
    with pytest.raises((ConnectionResetError, RemoteDisconnected, BrokenPipeError)):
        balance(port, sandbox)
    assert balance(port, sandbox) == 200


def test_silence_lasts_as_long_as_it_is_told(sandbox: Sandbox) -> None:
    told = activated(sandbox, "{when: {connection: any}, then: {connect: {fault: accept_then_silence, hold: 50ms}}}")
    with socket.create_connection(("127.0.0.1", told["listener"]["port"]), timeout=5) as caller:
        caller.sendall(b"GET /v1/balance HTTP/1.1\r\nHost: x\r\n\r\n")
        assert caller.recv(1_000) == b""


def test_others_are_not_concerned(house: PaydoubleServer, sandbox: Sandbox) -> None:
    activated(sandbox, "{when: {connection: any}, then: {connect: {fault: refuse}}}")
    assert sandbox.control.get("health")


def shaken(port: int, ca: str) -> str:
    """Shakes hands as a client that trusts our authority does; what it thinks of the certificate."""
    context = ssl.create_default_context(cadata=ca)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                return tls.version() or ""
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        except (ssl.SSLError, ConnectionError) as error:
            return str(error)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("tls_expired", "certificate has expired"), ("tls_self_signed", "self-signed certificate"),
        ("tls_wrong_host", "Hostname mismatch"), ("tls_untrusted", "unable to get local issuer certificate"),
        ("tls_closed", "EOF"), ("tls_old", "protocol"),
    ],
)  # fmt: skip
def test_a_tls_fault_is_what_it_says_and_nothing_else(sandbox: Sandbox, fault: str, seen: str) -> None:
    ca = sandbox.credentials["ca_certificate_pem"]
    told = activated(sandbox, f"{{when: {{connection: any, nth: 2}}, then: {{connect: {{fault: {fault}}}}}}}")
    port = told["listener"]["port"]
    assert shaken(port, ca) == "TLSv1.3"
    assert seen in shaken(port, ca)
    assert shaken(port, ca) == "TLSv1.3"
    assert balance(port, sandbox) == 200, "plain HTTP has no handshake to spoil"


def test_connection_rules_need_a_port_of_their_own(sandbox: Sandbox) -> None:
    rule = {"when": {"connection": "any"}, "then": {"connect": {"fault": "refuse"}}}
    with pytest.raises(ControlError) as refused:
        sandbox.control.post(f"{sandbox.path}/scenarios", {"rules": [rule]})
    assert [each["code"] for each in refused.value.problems] == ["SC037"]


def test_the_python_door_opens_a_port_too(sandbox: Sandbox) -> None:
    rule = {"when": {"connection": "any", "nth": 1}, "then": {"connect": {"fault": "accept_then_silence", "hold": "10ms"}}}
    with sandbox.rule(**rule, settings={"listener": "dedicated"}):
        with pytest.raises(RemoteDisconnected):
            balance(sandbox.listener["port"], sandbox)
        assert balance(sandbox.listener["port"], sandbox) == 200
        assert sandbox.scenarios()[0]["fired"] == {"rule 1": 1}
    assert sandbox.scenarios() == []
    assert balance(sandbox.listener["port"], sandbox) == 200


def test_an_activation_ends_by_itself(sandbox: Sandbox) -> None:
    rules = [{"when": {"operation": "*"}, "then": {"respond": {"error": "rate_limited"}}}]
    sandbox.scenario(rules, ttl="20ms")
    (shown,) = sandbox.scenarios()
    assert shown["expires"] is not None
    assert shown["chosen_by"] == "sandbox"
    deadline = time.monotonic() + 5
    while sandbox.scenarios():
        assert time.monotonic() < deadline
    whole = {"rules": rules, "settings": {"magic": False}, "vars": {"a": 1}}
    sandbox.scenario(whole)
    assert sandbox.vars["a"] == 1
