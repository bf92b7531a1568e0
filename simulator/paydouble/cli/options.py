"""The options of every command that starts a server, and the Settings that they make."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import click

from paydouble.server.settings import HOST_DEFAULT, PORT_MAX, ListenAt, ProxyOthers, Settings

P = ParamSpec("P")
R = TypeVar("R")

PORT: Final = click.IntRange(0, PORT_MAX)
FROM_ENVIRONMENT: Final = {"auto_envvar_prefix": "PAYDOUBLE"}
"""PAYDOUBLE_PORT rather than PAYDOUBLE_SERVE_PORT."""


def server_options(
    *, port: int, tls_port: int | None
) -> Callable[[Callable[Concatenate[Settings, P], R]], Callable[..., R]]:
    """Hands the command below it one Settings in place of the options."""

    def decorate(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
        options = _options(port, tls_port)

        @wraps(command)
        def with_settings(**given: Any) -> R:
            own = {name: given.pop(name) for name in _NAMES}
            return command(_settings(own), **given)  # type: ignore[call-arg]

        decorated: Callable[..., R] = with_settings
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


# fmt: off
_NAMES = (
    "host", "port", "tls_port", "listen", "scenarios", "seed", "clock", "store", "workers", "webhooks",
    "proxy_others", "strict", "control_token", "allow_hosts", "provider_settings", "fallback_spec",
    "stripe_stateless", "magic", "marks", "allow_python",
)


def _options(port: int, tls_port: int | None) -> list[Callable[[Any], Any]]:
    free = "0 takes a free one."
    return [
        click.option("--host", default=HOST_DEFAULT, show_default=True,
                     help="Elsewhere than loopback, the control API asks for a token."),
        click.option("--port", type=PORT, default=port, show_default=port != 0,
                     help=f"Plain HTTP, TLS, CONNECT proxy and control API. {free}"),
        click.option("--tls-port", type=PORT, default=tls_port, show_default=tls_port is not None,
                     help=f"TLS only, certificate by server name. {free}"),
        click.option("--listen", multiple=True, metavar="PROVIDER=[HOST:]PORT", callback=_listeners,
                     help="A listener that belongs to one provider."),
        click.option("--scenario", "scenarios", multiple=True, metavar="NAME|FILE",
                     envvar="PAYDOUBLE_SCENARIO",
                     help="In force in every sandbox, after its own; the last one named comes first."),
        click.option("--seed", type=click.IntRange(0), help="Of ids and dice; random unless given."),
        click.option("--clock", default="real", show_default=True, metavar="real|frozen|auto|scaled:N",
                     help="How business time moves in the default sandbox."),
        click.option("--store", default="memory", show_default=True, metavar="memory|sqlite:PATH",
                     help="Where records live."),
        click.option("--workers", type=click.IntRange(1), default=1, help="This version takes 1 only."),
        click.option("--webhook", "webhooks", multiple=True, metavar="PROVIDER=URL", callback=_webhooks,
                     help="Where the default sandbox's notifications go."),
        click.option("--proxy-others", type=click.Choice([each.value for each in ProxyOthers]),
                     default=ProxyOthers.REFUSE.value, show_default=True,
                     help="What the proxy does with hosts that are no provider's."),
        click.option("--strict", is_flag=True,
                     help="Check our own answers against their contracts; fail on rules that never fired."),
        click.option("--control-token", default="", metavar="TOKEN", help="Asked for by the control API."),
        click.option("--allow-host", "allow_hosts", multiple=True, metavar="PATTERN",
                     help="Callbacks may go there, beside loopback and private networks."),
        click.option("--set", "provider_settings", multiple=True, metavar="PROVIDER.NAME=VALUE",
                     callback=_chosen,
                     help="A provider's setting, as in wechatpay.fee_rate=0; docs/providers lists them."),
        click.option("--fallback-spec", type=click.Path(dir_okay=False), metavar="FILE",
                     help="Stripe's OpenAPI document: answers for what is not modelled are made of it."),
        click.option("--stripe-stateless", is_flag=True,
                     help="Answer as stripe-mock does, from --fallback-spec: any id is there."),
        click.option("--allow-python", is_flag=True,
                     help="Run the Python hooks of scenario files that --scenario names."),
        click.option("--magic/--no-magic", default=True, help="The providers' documented test values."),
        click.option("--marks/--no-marks", default=True, help="Paydouble-* headers in answers."),
    ]
# fmt: on


def _settings(own: dict[str, Any]) -> Settings:
    magic, marks = own.pop("magic"), own.pop("marks")
    own["provider_settings"] = _of_stripe(own)
    own["proxy_others"] = ProxyOthers(own["proxy_others"])
    for name in ("scenarios", "allow_hosts"):
        own[name] = tuple(own[name])
    return Settings(**own, no_magic=not magic, no_marks=not marks)


def _of_stripe(own: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The settings of providers, with what two options of their own say of Stripe."""
    document, stateless = own.pop("fallback_spec"), own.pop("stripe_stateless")
    if stateless and not document:
        raise click.UsageError("--stripe-stateless needs --fallback-spec")
    chosen: dict[str, dict[str, str]] = own["provider_settings"]
    named = ({"fallback_spec": document} if document else {}) | ({"stateless": "on"} if stateless else {})
    return chosen | {"stripe": {**chosen.get("stripe", {}), **named}} if named else chosen


def _listeners(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[ListenAt, ...]:
    try:
        return tuple(ListenAt.parse(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _chosen(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    chosen: dict[str, dict[str, str]] = {}
    for value in values:
        name, equals, setting = value.partition("=")
        provider, dot, name = name.partition(".")
        if not (provider and dot and name and equals):
            raise click.BadParameter(f"'{value}' is not PROVIDER.NAME=VALUE, as in wechatpay.fee_rate=0")
        chosen.setdefault(provider, {})[name] = setting
    return chosen


def _webhooks(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        provider, equals, url = value.partition("=")
        if not (provider and equals and url.startswith(("http://", "https://"))):
            raise click.BadParameter(f"'{value}' is not PROVIDER=URL, as in stripe=http://localhost:8000/hook")
        pairs.append((provider, url))
    return tuple(pairs)
