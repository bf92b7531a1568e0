"""`paydouble serve` as a process: ready, told, stopped, refused."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.unit.cli.conftest import ROOT, Invoke, Start, ended

FREE = ("--port", "0", "--tls-port", "0")
COMPILED = ("_cython_", "cython_runtime", "_openssl")
"""What extension modules leave behind under names of their own."""
ALLOWED = {
    "paydouble", "__main__",
    "aiohttp", "aiohappyeyeballs", "aiosignal", "attr", "frozenlist", "idna", "multidict", "propcache", "yarl",
    "click", "orjson", "cryptography", "_cffi_backend", "uvloop", "typing_extensions",
    "brotli", "_brotli", "brotlicffi", "aiodns", "pycares",
}
"""aiohttp with what it uses and may use, click, orjson, cryptography, and uvloop where it is installed."""
FORBIDDEN = ("cryptography.x509", "sqlite3", "paydouble.scenarios", "paydouble.client", "paydouble.store.sqlite")


def announced(process: subprocess.Popen[str]) -> str:
    """All of the block that a server prints when it is ready."""
    assert process.stdout is not None
    lines = []
    while line := process.stdout.readline():
        lines.append(line)
        if "paydouble keys" in line:
            break
    return "".join(lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_when_it_is_ready_and_stops_cleanly(start: Start, tmp_path: Path, number: int) -> None:
    process = start("serve", *FREE, "--ready-file", "ready.json", "--scenario", "lost-response", "--seed", "7")
    block = announced(process)
    ready = json.loads((tmp_path / "ready.json").read_text())
    assert ready["pid"] == process.pid
    for said in (
        ready["url"], ready["tls_url"], "seed 7", "lost-response: The payment succeeds", "--clock auto",
        "sk_test_paydouble_default", "1900004800", "public test keys", "/_paydouble",
        f'base_addresses={{"api": "{ready["url"]}"}}', f"HTTPS_PROXY={ready['url']}",
    ):
        assert said in block
    with urllib.request.urlopen(f"{ready['url']}/_paydouble/health") as answer:
        assert answer.status == 200
    process.send_signal(number)
    code, _, errors = ended(process)
    assert (code, errors) == (0, "stopping\n")
    assert not (tmp_path / "ready.json").exists()


def test_a_taken_port_is_the_environments_fault(invoke: Invoke) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = invoke("serve", "--port", str(taken.getsockname()[1]), "--tls-port", "0")
    assert result.exit_code == 3
    assert "address already in use" in result.stderr.lower()


@pytest.mark.parametrize(("arguments", "said"), [
    (["--workers", "2"], "need a later version"),
    (["--store", "postgresql://db/x"], "no PostgreSQL store"),
    (["--store", "redis"], "'redis' is not a store"),
    (["--clock", "fast"], "'fast' is not a clock"),
    (["--webhook", "paypol=http://localhost/"], "no provider 'paypol'"),
    (["--listen", "paypol=0"], "names 'paypol'"),
    (["--scenario", "lost-respons"], "did you mean 'lost-response'"),
])
def test_what_cannot_be_obeyed_is_wrong_usage(
    invoke: Invoke, arguments: list[str], said: str
) -> None:
    result = invoke("serve", *FREE, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_beyond_loopback_the_control_api_wants_a_token(start: Start, tmp_path: Path) -> None:
    process = start("serve", *FREE, "--host", "0.0.0.0", "--ready-file", "ready.json")
    block = announced(process)
    token = next(line for line in block.splitlines() if "Bearer" in line).split()[1]
    url = f"{json.loads((tmp_path / 'ready.json').read_text())['url']}/_paydouble/sandboxes/default"
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(url)
    refused.value.close()
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["id"] == "default"


def test_only_what_every_call_needs_is_imported_when_it_is_ready(environment: dict[str, str]) -> None:
    code = (
        "import json, sys\n"
        "from paydouble.cli import serve\n"
        "from paydouble.cli.main import commands\n"
        "async def until_told(stop):\n"
        "    print('MODULES', json.dumps(list(sys.modules)))\n"
        "serve.until_told = until_told\n"
        f"commands(['serve', *{FREE!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("MODULES"))
    modules = json.loads(line.removeprefix("MODULES "))
    tops = {name.partition(".")[0] for name in modules}
    unknown = tops - ALLOWED - set(sys.stdlib_module_names) - _at_start(environment)
    assert not {name for name in unknown if not name.startswith(COMPILED)}
    assert not [name for name in modules if name.startswith(FORBIDDEN)]


def _at_start(environment: dict[str, str]) -> set[str]:
    """Modules that any interpreter of this environment has loaded before it runs a line."""
    code = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return set(done.stdout.split())


def test_a_ready_file_that_cannot_be_written_is_told_before_anybody_waits(start: Start) -> None:
    code, output, errors = ended(start("serve", *FREE, "--ready-file", "nowhere/ready.json"))
    assert (code, output) == (3, "")
    assert "--ready-file nowhere/ready.json" in errors
