"""Programs that say nothing of address, proxy or authority reach PayDouble below `run`, and are counted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from paydouble.cli.preloads import preload_variables
from tests import sdks
from tests.unit.cli.conftest import Start, ended

PROGRAMS = Path(__file__).parent / "transparent"
WITHOUT_PROXY = ("env", "-u", "HTTPS_PROXY", "-u", "https_proxy")
HOSTS = ("api.stripe.com", "api.mch.weixin.qq.com")
NAME_OF_ANOTHER = """
import socket, ssl
context = ssl.create_default_context()
try:
    context.wrap_socket(socket.create_connection(("api.stripe.com", 443)), server_hostname="shop.example")
except ssl.SSLCertVerificationError as refused:
    print(refused.verify_message)
"""
NO_AUTHORITY = """
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
try:
    context.wrap_socket(socket.create_connection(("api.stripe.com", 443)), server_hostname="api.stripe.com")
except ssl.SSLCertVerificationError as refused:
    print(refused.verify_message)
"""
NAME_OF_ANOTHER_IN_NODE = """
require('tls').connect(443, 'api.stripe.com', { servername: 'shop.example' }).on('error', (e) => console.log(e.code));
"""
LIST_CUSTOMERS = """
import os, urllib.request
request = urllib.request.Request("https://api.stripe.com/v1/customers",
                                 headers={"Authorization": "Bearer " + os.environ["STRIPE_SECRET_KEY"]})
urllib.request.urlopen(request).close()
"""


def counted(start: Start, *command: str | Path) -> tuple[dict[str, int], str]:
    """(calls by operation as the verdict has them, output) of a command that must end well."""
    words = [str(word) for word in command]
    code, output, errors = ended(start("run", "--format", "json", "--report", "report.json", "--", *words))
    assert code == 0, output + errors
    calls: dict[str, int] = json.loads(errors[errors.index("{\n"):])["sandboxes"][0]["calls"]["by_operation"]
    return calls, output


@pytest.mark.parametrize("prefix", [(), WITHOUT_PROXY], ids=["proxy", "no proxy"])
def test_plain_python_clients(start: Start, prefix: tuple[str, ...]) -> None:
    calls, output = counted(start, *prefix, sys.executable, PROGRAMS / "plain.py")
    statuses = json.loads(output)
    assert set(statuses.values()) == {200}, statuses
    assert calls == {"stripe customers.list": len(statuses)}


def test_aiohttp_with_a_resolver_of_its_own(start: Start) -> None:
    python = sdks.python_with("aiohttp==3.14.5", "aiodns==4.0.4")
    calls, _ = counted(start, *WITHOUT_PROXY, python, PROGRAMS / "aiodns_resolver.py")
    assert calls == {"stripe customers.list": 1}


def newest() -> Path:
    return Path(sys.executable)


def of_2023() -> Path:
    return sdks.python_with("stripe==7.14.0")


@pytest.mark.parametrize(("python", "program"), [
    (newest, "stripe_any.py"), (newest, "stripe_async.py"), (of_2023, "stripe_any.py"),
], ids=["newest", "newest async", "7.14.0"])
def test_stripe_python(start: Start, python: Callable[[], Path], program: str) -> None:
    calls, _ = counted(start, python(), PROGRAMS / program)
    assert calls == {"stripe customers.create": 1}


@pytest.mark.parametrize("arguments", [(), ("async",)], ids=["sync", "async"])
def test_wechatpayv3(start: Start, arguments: tuple[str, ...]) -> None:
    python = sdks.python_with("wechatpayv3==2.0.4", "aiofiles==25.1.0", "httpx==0.28.1")
    calls, _ = counted(start, python, PROGRAMS / "wechatpayv3_native.py", *arguments)
    assert calls == {"wechatpay transactions.native": 1}


def node_program(name: str) -> Path:
    return sdks.beside(sdks.node_modules(PROGRAMS), PROGRAMS / name)


@pytest.mark.parametrize("prefix", [(), WITHOUT_PROXY], ids=["proxy", "no proxy"])
def test_clients_of_node(start: Start, prefix: tuple[str, ...]) -> None:
    """Among them stripe 23, which has an agent of its own, and superagent, which knows no proxies."""
    calls, output = counted(start, *prefix, "node", node_program("clients.cjs"))
    statuses = json.loads(output)
    assert set(statuses.values()) == {200}, statuses
    assert calls == {"stripe customers.list": len(statuses)}


def test_wechat_pays_clients_of_node(start: Start) -> None:
    calls, output = counted(start, "node", node_program("wechatpay.cjs"))
    assert json.loads(output) == {"axios": 200, "node_v3": {"status": 200, "verified": True}}
    assert calls == {"wechatpay certificates.list": 1, "wechatpay transactions.native": 2}


@pytest.mark.parametrize(("command", "said"), [
    ((sys.executable, "-c", NAME_OF_ANOTHER), "Hostname mismatch, certificate is not valid for 'shop.example'."),
    ((sys.executable, "-c", NO_AUTHORITY), "unable to get local issuer certificate"),
    (("node", "-e", NAME_OF_ANOTHER_IN_NODE), "ERR_TLS_CERT_ALTNAME_INVALID"),
], ids=["name", "authority", "name in Node"])
def test_certificates_are_still_verified(start: Start, command: tuple[str, ...], said: str) -> None:
    if command[0] == "node":
        sdks.skip_without_node()
    assert counted(start, *command)[1].strip() == said


def test_a_run_in_a_run_leads_to_the_inner_one(start: Start, tmp_path: Path) -> None:
    inner = (sys.executable, "-m", "paydouble", "run", "--report", "inner.json", "--", sys.executable, "-c")
    code, _, errors = ended(start("run", "--", *inner, LIST_CUSTOMERS))
    assert code == 0, errors
    assert json.loads((tmp_path / "inner.json").read_text())["answered"] == 1
    assert errors.count("WARNING        nothing was called") == 1


@pytest.fixture
def preloaded(tmp_path: Path) -> Callable[..., str]:
    """Output of a command with the preloads in force, in a folder whose name needs quotes, and nobody to lead to."""
    folder = tmp_path / 'a "b" c'
    folder.mkdir()

    def run(*command: str, inherited: Mapping[str, str] | None = None, **more: Any) -> str:
        inherited = {"PATH": os.environ["PATH"], **(inherited or {})}
        own = preload_variables("http://127.0.0.1:9", HOSTS, folder / "none.pem", folder, inherited)
        done = subprocess.run(
            command, env={**inherited, **own, **more}, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    return run


@pytest.mark.parametrize(("host", "port", "leads"), [
    ("api.stripe.com", 443, True), ("api.stripe.com", "https", True), ("API.Stripe.com.", 80, True),
    (b"api.mch.weixin.qq.com", 443, True), ("api.stripe.com", 8443, False), ("api.stripe.com", None, False),
    ("stripe.com", 443, False), ("api.stripe.com.example", 443, False), (None, 443, False),
])
def test_only_the_providers_names_are_led(
    preloaded: Callable[..., str], host: object, port: object, leads: bool
) -> None:
    assert preloaded(sys.executable, "-c", f"import sitecustomize as s; print(s.is_led({host!r}, {port!r}))") == str(leads)


def test_a_led_name_resolves_to_us(preloaded: Callable[..., str]) -> None:
    ask = "import socket; print(socket.getaddrinfo('api.stripe.com', 443, type=socket.SOCK_STREAM)[0][4])"
    assert preloaded(sys.executable, "-c", ask) == "('127.0.0.1', 9)"


@pytest.mark.parametrize("query", ["'localhost', 443", "'127.0.0.1', 'https', socket.AF_INET", "None, 80", "'::1', 443"])
def test_other_names_resolve_as_ever(preloaded: Callable[..., str], query: str) -> None:
    code = f"import socket; print(socket.getaddrinfo({query}))"
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert preloaded(sys.executable, "-c", code) == alone.stdout.strip()


def test_a_start_of_python_loads_next_to_nothing(preloaded: Callable[..., str]) -> None:
    heavy = {"ssl", "socket", "typing", "re", "json", "asyncio", "paydouble"}
    code = f"import sys; print(sorted({heavy!r} & set(sys.modules)))"
    assert preloaded(sys.executable, "-S", "-c", f"import sitecustomize; {code}") == "[]"


def test_nothing_is_left_behind_in_a_wrapped_module(preloaded: Callable[..., str]) -> None:
    """What reads sources by the loader of a module gets the module's own."""
    code = "import ssl; print(type(ssl.__loader__).__name__, ssl.__spec__.loader is ssl.__loader__)"
    assert preloaded(sys.executable, "-c", code) == "SourceFileLoader True"


def test_servers_of_the_command_trust_nobody_more(preloaded: Callable[..., str], tmp_path: Path) -> None:
    from paydouble.crypto.certificates import make_tls_authority

    (tmp_path / "ours.pem").write_text(make_tls_authority().certificate_pem)
    (tmp_path / "theirs.pem").write_text(make_tls_authority().certificate_pem)
    code = (
        "import ssl\n"
        "for side in ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER:\n"
        f"    context = ssl.SSLContext(side); context.load_verify_locations({str(tmp_path / 'theirs.pem')!r})\n"
        "    print(context.cert_store_stats()['x509_ca'])\n"
    )
    assert preloaded(sys.executable, "-c", code, PAYDOUBLE_CA_FILE=str(tmp_path / "ours.pem")).split() == ["2", "1"]


def test_an_authority_that_is_gone_stops_nobody(preloaded: Callable[..., str]) -> None:
    assert preloaded(sys.executable, "-c", "import ssl; ssl.create_default_context(); print('well')") == "well"


def test_another_sitecustomize_still_runs(preloaded: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text("print('mine', __name__, __spec__.origin)\nTHEIRS = 1\n")
    code = "import sitecustomize; print(sitecustomize.THEIRS)"
    said = preloaded(sys.executable, "-c", code, inherited={"PYTHONPATH": str(tmp_path / "own")})
    assert re.fullmatch(r"mine sitecustomize .*/own/sitecustomize.py\n1", said)


def test_what_node_was_told_before_is_kept(preloaded: Callable[..., str]) -> None:
    sdks.skip_without_node()
    code = "console.log(process.title, require('net').Socket.prototype.connect.name)"
    assert preloaded("node", "-e", code, inherited={"NODE_OPTIONS": "--title=mine"}) == "mine connectLed"


def test_other_connections_of_node_are_untouched(preloaded: Callable[..., str]) -> None:
    sdks.skip_without_node()
    code = """
        const net = require('net');
        const server = net.createServer((peer) => peer.end('hello')).listen(0, '127.0.0.1', async () => {
          const { port } = server.address();
          for (const args of [[port, '127.0.0.1'], [{ port, host: '127.0.0.1' }], [String(port), '127.0.0.1']]) {
            await new Promise((done) => net.connect(...args, () => process.stdout.write('open '))
              .on('data', (data) => process.stdout.write(`${data} `)).on('close', done));
          }
          server.close();
        });"""
    assert preloaded("node", "-e", code) == "open hello open hello open hello"
