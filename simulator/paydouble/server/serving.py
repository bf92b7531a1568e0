"""A server from its first socket to its last; for the command line and, in process, for the pytest plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paydouble.engine.meeting import fate_of_connection
from paydouble.server.app import Control, Doors, Serving
from paydouble.server.foyer import FRONT, TLS
from paydouble.server.listeners import Listener, open_listeners, open_own
from paydouble.server.own_ports import Listen, OwnPorts
from paydouble.server.tls import Contexts

if TYPE_CHECKING:
    from paydouble.engine.keyring import CertificateAuthority
    from paydouble.engine.sandbox import Sandbox
    from paydouble.server.foyer import Foyer
    from paydouble.server.settings import Settings

GRACE_S: Final = 3.0
"""For answers under way when the server stops."""


class RunningServer:
    """Made by `start`; must be stopped in the same event loop."""

    def __init__(
        self, doors: Doors, contexts: Contexts, listeners: Mapping[str, Listener], own: Listen
    ) -> None:
        self.doors = doors
        self._contexts = contexts
        self._listeners = listeners
        self.own_ports = OwnPorts(own)
        """Of sandboxes whose scenarios ask for one."""

    @classmethod
    async def start(
        cls, settings: Settings, simulator: Serving, control: Control | None = None,
        foyer: Foyer | None = None,
    ) -> RunningServer:
        """Accepts connections when it returns. Raises OSError where a port is taken.

        ValueError where a listener is to belong to a provider that is not loaded. A foyer's sockets are
        gone on with, whatever the settings say of their ports.
        """
        for own in settings.listen:
            if own.provider not in simulator.providers:
                loaded = ", ".join(simulator.providers)
                raise ValueError(f"--listen names '{own.provider}'; loaded providers: {loaded}")
        doors = Doors(simulator, control)
        contexts = Contexts(_authority(settings.home), doors.which.hosts, _own_names(settings))
        listeners = await open_listeners(settings, doors, contexts, foyer)
        return cls(doors, contexts, listeners, partial(_own_port, settings, doors, contexts))

    @property
    def url(self) -> str:
        """Of the front door; also the proxy's."""
        return f"http://{self._listeners[FRONT].address}"

    @property
    def tls_url(self) -> str:
        """Of the TLS port, else of the front door, which speaks TLS too."""
        return f"https://{self._listeners.get(TLS, self._listeners[FRONT]).address}"

    @property
    def port(self) -> int:
        return self._listeners[FRONT].port

    @property
    def ports(self) -> Mapping[str, int]:
        """By listener: "front", "tls", and the providers that have one."""
        return {name: listener.port for name, listener in self._listeners.items()}

    def url_of(self, provider: str) -> str:
        """Of the provider's own listener where it has one."""
        return f"http://{self._listeners.get(provider, self._listeners[FRONT]).address}"

    def ca_certificate_pem(self) -> str:
        """What clients must trust; makes this machine's authority where there is none yet."""
        return self._contexts.certificate_pem()

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """No connection, task or socket is left; answers under way have `grace_s` to finish."""
        for listener in self._listeners.values():
            listener.stop_listening()
            listener.door.wind_down()
        await self.own_ports.close()
        await self.doors.stop(grace_s)
        for listener in self._listeners.values():
            await listener.door.close()


async def _own_port(
    settings: Settings, doors: Doors, contexts: Contexts, sandbox: Sandbox, port: int
) -> Listener:
    fate = partial(fate_of_connection, sandbox)
    return await open_own(settings, doors, contexts, f"own-{sandbox.id}", port, fate)


def _own_names(settings: Settings) -> tuple[str, ...]:
    return (settings.host,) if settings.host not in ("", "0.0.0.0", "::") else ()


def _authority(home: Path | None) -> Callable[[], CertificateAuthority]:
    def read() -> CertificateAuthority:
        from paydouble.engine.keyring import tls_ca

        return tls_ca(home)

    return read
