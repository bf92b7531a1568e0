"""The samples beside the contracts: which there are, and what the name of a broken one promises."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from paydouble.contracts.catalog import Catalog
from paydouble.contracts.engines import Engine
from paydouble.contracts.shipped import root

CONTRACTS = root("contracts")
SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs" / "stripe"

# fmt: off
KEYWORDS = {
    "missing":     {"required"},
    "unknown":     {"additionalProperties"},
    "wrong-type":  {"type"},
    "not-allowed": {"enum", "const"},
    "malformed":   {"pattern"},
    "too-small":   {"minimum"},
    "too-large":   {"maximum"},
    "too-short":   {"minLength"},
    "too-long":    {"maxLength"},
    "too-few":     {"minItems"},
    "too-many":    {"maxItems"},
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Sample:
    file: Path
    contract: str

    @property
    def why(self) -> str:
        return self.file.name.split(".")[1]

    def document(self) -> object:
        return json.loads(self.file.read_text(encoding="utf-8"))

    def __str__(self) -> str:
        return self.file.relative_to(CONTRACTS).as_posix()


@cache
def catalog(engine: Engine = Engine.AUTO) -> Catalog:
    return Catalog(CONTRACTS, engine=engine)


@cache
def samples(kind: str, contract: str | None = None) -> list[Sample]:
    """kind: "examples" or "broken"."""
    return [
        Sample(file, path)
        for path in ([contract] if contract else catalog().paths())
        for file in sorted((CONTRACTS / path).parent.glob(f"{kind}/{part_of(path)}.*.json"))
    ]


def part_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".schema.json")


def contracts(*parts: str) -> list[str]:
    return [path for path in catalog().paths() if part_of(path) in parts]
