"""Servers as processes of their own: started, waited for, their CPU time read, stopped."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

READY_WITHIN_S = 30.0
SERVER_CPU, CLIENT_CPU = 0, 1
AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""With bytecode kept, as pip leaves it."""
PAUSE = threading.Event()
"""Never set: whoever polls leaves the processor to the server that it polls."""
BARE_AIOHTTP = """
import asyncio, sys
from aiohttp import web

async def answer(request):
    return web.Response(text="ok")

async def main(port):
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()

asyncio.run(main(int(sys.argv[1])))
"""


@dataclass(slots=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    started: float
    """By perf_counter."""
    ready_s: float
    """From the start of its process to the first answer of the request that tells its health."""

    def cpu_s(self) -> float:
        """CPU seconds of all its threads so far."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(command: Sequence[str], port: int, path: str = "/") -> Iterator[Served]:
    """Runs the command until the block ends; entered when a GET of the path is answered."""
    begun = perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=AS_INSTALLED,
        preexec_fn=lambda: pin_to(SERVER_CPU),
    )
    try:
        while not answers(port, path):
            PAUSE.wait(0.002)
            if process.poll() is not None or perf_counter() - begun > READY_WITHIN_S:
                raise RuntimeError(f"{' '.join(command[:4])} … did not come up")
        yield Served(process, port, begun, perf_counter() - begun)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int, path: str, headers: str = "") -> bool:
    """Whether a GET gets anything back."""
    with socket.socket() as probe:
        probe.settimeout(READY_WITHIN_S)
        try:
            probe.connect(("127.0.0.1", port))
            probe.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
            return bool(probe.recv(1))
        except OSError:
            return False


@contextlib.contextmanager
def paydouble(*options: str) -> Iterator[Served]:
    port = free_port()
    command = [
        sys.executable, "-m", "paydouble", "serve", "--port", str(port), "--tls-port", "0", *options,
    ]
    with served(command, port, "/_paydouble/health") as server:
        yield server


@contextlib.contextmanager
def bare_aiohttp() -> Iterator[Served]:
    port = free_port()
    with served([sys.executable, "-c", BARE_AIOHTTP, str(port)], port) as server:
        yield server


def beside_a_busy_core(command: Sequence[str]) -> str:
    """What the command prints, run on the server's core while this one is as busy as during an exchange."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        preexec_fn=lambda: pin_to(SERVER_CPU),
    ) as process:
        while process.poll() is None:
            pass
        assert process.stdout is not None
        return process.stdout.read()


def pin_to(cpu: int) -> None:
    """Keeps server and client on a core of their own, where the machine has more than one."""
    if (os.cpu_count() or 1) > cpu:
        os.sched_setaffinity(0, {cpu})
