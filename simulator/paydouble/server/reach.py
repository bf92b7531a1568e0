"""Where callbacks may go: this machine, private networks, and hosts that the operator named."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from paydouble.core.delivery import Blocked, Unreachable

# Link-local is missing on purpose: the metadata services of clouds are there, but for Amazon's on IPv6.
_ALLOWED_4: Final = tuple(
    IPv4Network(block) for block in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_ALLOWED_6: Final = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_METADATA_6: Final = IPv6Network("fd00:ec2::/32")


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
            if _is_legacy_number(host):
                raise Blocked(f"{host} is an address written in an odd way; use four numbers") from None
            return
        if not self.names(host) and not may_call(host):
            raise Blocked(_why(host, host))

    def names(self, host: str) -> bool:
        """Whether the operator allowed this host by name."""
        return any(fnmatchcase(host.lower(), pattern) for pattern in self._patterns)

    async def close(self) -> None:
        """Nothing is held."""


def may_call(address: str) -> bool:
    """Loopback and private networks, also where an IPv4 address is written as IPv6."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, IPv4Address):
        return any(parsed in network for network in _ALLOWED_4)
    return parsed not in _METADATA_6 and any(parsed in network for network in _ALLOWED_6)


def _is_legacy_number(host: str) -> bool:
    """What `inet_aton` takes for an IPv4 address, and so getaddrinfo too."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def _result(host: str, port: int, family: int, address: str) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": flags}


def _why(host: str, address: str) -> str:
    where = host if host == address else f"{host} ({address})"
    return f"{where} is neither local nor private; --allow-host {host} permits it"
