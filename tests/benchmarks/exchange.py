"""A client that costs little: prepared bytes over keep-alive connections, answers only counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(slots=True)
class Counted:
    calls: int = 0
    failures: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer that says its length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return int(head[9:12]), await reader.readexactly(length)


async def exchange(port: int, request: Callable[[int], bytes], calls: int, connections: int) -> Counted:
    """Sends request(0) … request(calls-1); at most `connections` are under way at once."""
    numbers = iter(range(calls))
    counted = Counted()

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            writer.write(request(number))
            status, _ = await answered(reader)
            counted.calls += 1
            counted.failures += not 200 <= status < 300
        writer.close()
        await writer.wait_closed()

    async def keep_awake() -> None:
        while True:
            await asyncio.sleep(0)

    # An idle virtual CPU is woken by an interrupt that the sender, the server, would pay for.
    awake = asyncio.create_task(keep_awake())
    begun = perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    counted.seconds = perf_counter() - begun
    awake.cancel()
    return counted


def http(method: str, target: str, port: int, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One request as bytes."""
    fields = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body)), **headers}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items())
    return head.encode() + b"\r\n" + body
