"""Loaded first by every Python below `paydouble run`: the providers' names lead there, it is trusted.

Certificates and host names are checked as ever; names only resolve to another address, and there is one
authority more. Each start of each Python pays for this file: it imports next to nothing, and waits for
the modules that it wraps.
"""

from __future__ import annotations

import _socket
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False   # `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

HOSTS = frozenset(os.environ.get("PAYDOUBLE_LED_HOSTS", "").split())
ADDRESS, _, _PORT = os.environ.get("PAYDOUBLE_LED_TO", "").rpartition(":")
PORT = int(_PORT or 0)
PORTS = frozenset((443, 80, "443", "80", "https", "http"))


def is_led(host: object, port: object) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return isinstance(name, str) and name.lower().rstrip(".") in HOSTS and port in PORTS


def lead_names() -> None:
    """Below `socket.getaddrinfo`, where asyncio, urllib3, http.client and gevent meet.

    The address goes through the real function, so that family, type and flags mean what they always do.
    """
    resolve = _socket.getaddrinfo

    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        if is_led(host, port):
            host, port = ADDRESS, PORT
        return resolve(host, port, family, type, proto, flags)

    _socket.getaddrinfo = getaddrinfo


def trust_more(ssl: Any) -> None:
    """Our authority too, wherever a client loads others: libraries that bring their own would refuse us."""
    try:
        with open(os.environ["PAYDOUBLE_CA_FILE"], encoding="ascii") as file:   # noqa: PTH123 - pathlib is slow
            authority = file.read()
    except (KeyError, OSError):     # the command outlived `paydouble run`
        return

    def and_ours(load: Callable[..., None]) -> Callable[..., None]:
        def loading(self: Any, *args: Any, **named: Any) -> None:
            load(self, *args, **named)
            if self.protocol != ssl.PROTOCOL_TLS_SERVER:    # whose clients are nothing to us
                load_locations(self, cadata=authority)

        return loading

    load_locations = ssl.SSLContext.load_verify_locations
    ssl.SSLContext.load_verify_locations = and_ours(load_locations)
    ssl.SSLContext.load_default_certs = and_ours(ssl.SSLContext.load_default_certs)


def lead_resolver(owner: Any) -> None:
    """A class that resolves names without asking `_socket`."""
    resolve = owner.getaddrinfo

    def getaddrinfo(self: Any, host: Any, *args: Any, **named: Any) -> Any:
        if is_led(host, named.get("port")):
            host, named["port"] = ADDRESS, PORT
        elif args and is_led(host, args[0]):
            host, args = ADDRESS, (PORT, *args[1:])
        return resolve(self, host, *args, **named)

    owner.getaddrinfo = getaddrinfo


def lead_anyio(anyio: Any) -> None:
    """It keeps of an answer the address alone, and would knock at port 443 of this machine."""
    connect = anyio.connect_tcp

    async def connect_tcp(remote_host: Any, remote_port: Any, **named: Any) -> Any:
        if is_led(remote_host, remote_port):
            if named.get("tls") or named.get("ssl_context"):
                named.setdefault("tls_hostname", remote_host)
            remote_host, remote_port = ADDRESS, PORT
        return await connect(remote_host, remote_port, **named)

    anyio.connect_tcp = connect_tcp


WRAPS: dict[str, Callable[[Any], None]] = {
    "ssl": trust_more,
    "uvloop": lambda uvloop: lead_resolver(uvloop.Loop),
    "aiodns": lambda aiodns: lead_resolver(aiodns.DNSResolver),
    "anyio": lead_anyio,
}


class Loader:
    """Another loader, and after it the wrap; of the module itself nothing tells that it was here."""

    def __init__(self, loader: Any, wrap: Callable[[Any], None]) -> None:
        self.loader = loader
        self.wrap = wrap

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: Any) -> None:
        module.__loader__ = module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        self.wrap(module)

    def __getattr__(self, name: str) -> Any:
        """What finds sources and resources asks a spec's loader before anything is imported."""
        return getattr(self.loader, name)


class Finder:
    """Asks the finders behind it for the modules that have a wrap; those before it may be asking it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in WRAPS:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = Loader(spec.loader, WRAPS[name])  # type: ignore[assignment]
                return spec
        return None


def install() -> None:
    lead_names()
    for name, wrap in WRAPS.items():
        if name in sys.modules:
            wrap(sys.modules[name])
    sys.meta_path.insert(0, Finder())


def go_on() -> None:
    """With the sitecustomize that this one hides, if there is one."""
    here = os.path.dirname(__file__)    # noqa: PTH120 - as above
    if here not in sys.path:
        return
    spec = PathFinder.find_spec("sitecustomize", sys.path[sys.path.index(here) + 1 :])
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        module = sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(module)


if HOSTS and PORT:
    install()
go_on()
