"""What becomes of a call that is not signed well or breaks its contract: as the scenario in force has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from paydouble.contracts.contract import Broken, Contract, Violation
from paydouble.core.errors import ProviderError
from paydouble.engine.rules import RulesInForce

ENFORCE, REPORT, IGNORE = "enforce", "report", "ignore"
PROVIDER, STRICT, LENIENT = "provider", "strict", "lenient"


@dataclass(frozen=True, slots=True)
class Strictness:
    """The two switches of one sandbox for one provider."""

    signatures: str = ENFORCE
    contracts: str = PROVIDER


AS_THE_PROVIDER = Strictness()
AS_STRICT = Strictness(contracts=STRICT)
AS_LET_IN = Strictness(contracts=LENIENT)
"""For calls that were admitted when they came, whatever is in force now."""


def strictness(rules: RulesInForce, provider: str, *, strict: bool) -> Strictness:
    """By the first scenario in force that says it; `strict` is the server's own switch."""
    if not rules.activations and not rules.defaults:
        return AS_STRICT if strict else AS_THE_PROVIDER
    return _the_one(
        rules.setting(provider, "signatures") or ENFORCE,
        rules.setting(provider, "contracts") or (STRICT if strict else PROVIDER),
    )


_the_one = cache(Strictness)
"""There are only nine, and every call asks."""


def let_pass(error: ProviderError) -> Violation:
    """What is not refused here is told of all the same."""
    told = f"the provider would answer {error.row.name}: {error.message}"
    return Violation("", "signature", told, None, "valid")


def admitted(
    contract: Contract, params: Mapping[str, Any], chosen: Strictness, *, loose: bool
) -> tuple[Mapping[str, Any], tuple[Violation, ...]]:
    """The params, and what is wrong with them that does not matter. Raises Broken for what does."""
    try:
        typed = contract.admit(params, loose=loose)
    except Broken as broken:
        if chosen.contracts != LENIENT:
            raise
        return params, broken.violations
    unknown = tuple(_unknown(contract, typed))
    if unknown and chosen.contracts == STRICT:
        raise Broken(unknown)
    return typed, unknown


def _unknown(contract: Contract, params: Mapping[str, Any]) -> Iterator[Violation]:
    """Params that the contract does not name; the provider ignores them."""
    schema = contract.schema
    if "properties" not in schema or params.keys() <= schema["properties"].keys():
        return
    if "$ref" in schema or schema.get("patternProperties"):
        return
    for name in sorted(params.keys() - schema["properties"].keys()):
        yield Violation(
            f"/{name}", "additionalProperties", "is not known to this operation", params[name], False
        )
