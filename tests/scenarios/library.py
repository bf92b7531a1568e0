"""The shipped scenarios as tests see them: name, theme, providers, and which flaws each one catches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from paydouble.scenarios.positions import Source
from paydouble.scenarios.vocabulary import PROVIDERS
from paydouble.scenarios.yaml12 import plain, read

SHIPPED = Path(__file__).parents[2] / "scenarios"
CAUGHT = "x-caught"
THEMES = (
    "lost answers", "declines", "risk and MFA", "timeouts", "rate limits", "outages and failover", "callbacks",
    "refunds in trouble", "disputes", "subscriptions", "split payments", "settlement mismatches", "fee changes",
    "certificates and probes", "security", "bad days",
)


@dataclass(frozen=True)
class Shipped:
    name: str
    data: Mapping[str, Any]

    @property
    def title(self) -> str:
        return str(self.data["title"])

    @property
    def theme(self) -> str:
        return str(self.data["tags"][0])

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(self.data.get("providers", PROVIDERS))

    @property
    def caught(self) -> tuple[str, ...]:
        return tuple(self.data.get(CAUGHT, ()))


@lru_cache(maxsize=1)
def library() -> tuple[Shipped, ...]:
    """In the order of their themes."""
    found = []
    for file in sorted(SHIPPED.glob("*/*.yaml")):
        data = plain(read(Source(file.name, file.read_text("utf-8"))))
        found.append(Shipped(str(data["name"]), data))
    return tuple(sorted(found, key=lambda each: (THEMES.index(each.theme), each.name)))
