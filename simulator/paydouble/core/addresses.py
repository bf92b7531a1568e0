"""Which addresses may be called by what a file or a merchant names: this machine and private networks."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

# Link-local is missing on purpose: the metadata services of clouds are there, but for Amazon's on IPv6.
_ALLOWED_4: Final = tuple(
    IPv4Network(block) for block in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_ALLOWED_6: Final = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_METADATA_6: Final = IPv6Network("fd00:ec2::/32")


def may_call(address: str) -> bool:
    """Loopback and private networks, also where an IPv4 address is written as IPv6."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, IPv4Address):
        return any(parsed in network for network in _ALLOWED_4)
    return parsed not in _METADATA_6 and any(parsed in network for network in _ALLOWED_6)


def is_legacy_number(host: str) -> bool:
    """What `inet_aton` takes for an IPv4 address, and so getaddrinfo too."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True
