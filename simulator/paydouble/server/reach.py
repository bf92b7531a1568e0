"""Where callbacks may go: this machine, private networks, and hosts that the operator named."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from paydouble.core.addresses import is_legacy_number, may_call
from paydouble.core.delivery import Blocked, Unreachable

__all__ = ["Reach", "may_call"]


class Reach(AbstractResolver):
    """Resolves a name once, and connections go to what it returned: no second look-up leads elsewhere."""

    def __init__(self, allow_hosts: Sequence[str] = ()) -> None:
        self._patterns = tuple(pattern.lower() for pattern in allow_hosts)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The permitted addresses of a name. Raises Blocked for none, Unreachable for an unknown name."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        except OSError as error:
            raise Unreachable(f"{host} has no address: {error.strerror or error}") from error
        named = self.names(host)
        addresses = [(entry[0], str(entry[4][0])) for entry in found]
        permitted = [pair for pair in addresses if named or may_call(pair[1])]
        if not permitted:
            raise Blocked(_why(host, addresses[0][1]))
        return [_result(host, port, *pair) for pair in permitted]

    def check_literal(self, host: str) -> None:
        """For addresses, which are never resolved. Raises Blocked, also for such as 0x7f.1 or 2130706433."""
        try:
            ip_address(host)
        except ValueError:
            if is_legacy_number(host):
                raise Blocked(f"{host} is an address written in an odd way; use four numbers") from None
            return
        if not self.names(host) and not may_call(host):
            raise Blocked(_why(host, host))

    def names(self, host: str) -> bool:
        """Whether the operator allowed this host by name."""
        return any(fnmatchcase(host.lower(), pattern) for pattern in self._patterns)

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, port: int, family: int, address: str) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": flags}


def _why(host: str, address: str) -> str:
    where = host if host == address else f"{host} ({address})"
    return f"{where} is neither local nor private; --allow-host {host} permits it"
