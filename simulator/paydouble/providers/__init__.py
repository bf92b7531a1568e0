"""Finds the providers: those built in, and those installed as entry points of `paydouble.providers`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from paydouble.core.provider import Provider

BUILT_IN: Final = ("alipay", "wechatpay", "paypal", "stripe")
ENTRY_POINTS: Final = "paydouble.providers"

Build = Callable[[Mapping[str, str]], "Provider"]
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})
NO_PROVIDER_SETTINGS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({})


def load(settings: Mapping[str, Mapping[str, str]] = NO_PROVIDER_SETTINGS) -> tuple[Provider, ...]:
    """Every provider, built with its own settings. Raises ValueError for settings of one that is not there.

    An entry point names a `build` function; one with the name of a provider built in takes its place.
    """
    builders = {name: _built_in(name) for name in BUILT_IN}
    builders |= {each.name: each.load for each in entry_points(group=ENTRY_POINTS)}
    unknown = settings.keys() - builders
    if unknown:
        raise ValueError(f"no provider '{min(unknown)}': {', '.join(builders)}")
    return tuple(builder()(settings.get(name, NO_SETTINGS)) for name, builder in builders.items())


def _built_in(name: str) -> Callable[[], Build]:
    def find() -> Build:
        build: Build = import_module(f"{__name__}.{name}").build
        return build

    return find
