"""Options and PAYDOUBLE_* variables become Settings."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner, Result

from paydouble.cli.options import FROM_ENVIRONMENT, server_options
from paydouble.server.settings import ListenAt, ProxyOthers, Settings

seen: list[Settings] = []


@click.command(context_settings=FROM_ENVIRONMENT)
@server_options(port=4800, tls_port=4843)
@click.option("--more", default="")
def command(settings: Settings, more: str) -> None:
    """Keeps what it is told."""
    seen.append(settings)


def told(*arguments: str, **environment: str) -> Result:
    seen.clear()
    return CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)


def test_without_options_they_are_the_defaults() -> None:
    assert told().exit_code == 0
    assert seen == [Settings()]


def test_every_option_has_its_place() -> None:
    told(
        "--host", "0.0.0.0", "--port", "1", "--tls-port", "0", "--listen", "stripe=[::1]:2",
        "--scenario", "a", "--scenario", "b.yaml", "--seed", "7", "--clock", "scaled:60",
        "--store", "sqlite:x.db", "--workers", "2", "--webhook", "stripe=http://localhost/hook",
        "--proxy-others", "pass", "--strict", "--control-token", "t", "--allow-host", "*.example.com",
        "--set", "wechatpay.fee_rate=0", "--no-magic", "--no-marks", "--more", "m",
    )
    assert seen == [Settings(
        host="0.0.0.0", port=1, tls_port=0, listen=(ListenAt("stripe", 2, "::1"),), scenarios=("a", "b.yaml"),
        seed=7, clock="scaled:60", store="sqlite:x.db", workers=2,
        webhooks=(("stripe", "http://localhost/hook"),), proxy_others=ProxyOthers.PASS, strict=True,
        control_token="t", allow_hosts=("*.example.com",), provider_settings={"wechatpay": {"fee_rate": "0"}}, no_marks=True, no_magic=True,
    )]


def test_the_environment_sets_what_no_option_does() -> None:
    told(
        "--seed", "1", PAYDOUBLE_SEED="2", PAYDOUBLE_PORT="4900", PAYDOUBLE_MAGIC="0",
        PAYDOUBLE_ALLOW_HOSTS="a.example b.example",
    )
    assert seen == [Settings(seed=1, port=4900, no_magic=True, allow_hosts=("a.example", "b.example"))]


@pytest.mark.parametrize(("arguments", "said"), [
    (["--listen", "stripe"], "is not PROVIDER=[HOST:]PORT"),
    (["--webhook", "stripe=localhost"], "is not PROVIDER=URL"),
    (["--webhook", "http://localhost"], "is not PROVIDER=URL"),
    (["--port", "65536"], "--port"),
    (["--seed", "-1"], "--seed"),
    (["--proxy-others", "perhaps"], "--proxy-others"),
])
def test_what_is_no_value_is_wrong_usage(arguments: list[str], said: str) -> None:
    result = told(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
