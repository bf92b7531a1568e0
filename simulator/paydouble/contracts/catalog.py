"""Finds contracts by provider, API and operation; reads, joins and compiles each at its first use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paydouble.contracts.contract import Contract
from paydouble.contracts.engines import Engine, compiled
from paydouble.contracts.schema import Schema, bundled, closed

ID_BASE = "https://paydouble.dev/contracts/v1/"


class ContractMissing(LookupError):
    """No such file under the contracts folder."""


class Catalog:
    """The contracts under one folder. Paths are relative to it, with forward slashes."""

    def __init__(self, root: Path, *, engine: Engine = Engine.AUTO) -> None:
        self.root = root
        self._engine = engine
        self._files: dict[str, Schema] = {}
        self._consumer: dict[str, Contract] = {}
        self._producer: dict[str, Contract] = {}
        self._requests: dict[tuple[str, str, str], Contract | None] = {}

    def request(self, provider: str, api: str, operation_id: str) -> Contract | None:
        """The contract of an operation's decoded params; None if nobody has written one."""
        key = (provider, api, operation_id)
        if key not in self._requests:
            path = f"{provider}/{api}/{operation_id}/request.schema.json"
            self._requests[key] = self.part(path) if (self.root / path).is_file() else None
        return self._requests[key]

    def adopt(
        self, provider: str, api: str, operation_id: str, schema: Mapping[str, Any]
    ) -> Contract:
        """The contract of an operation's params that stands in no file of ours; kept from then on."""
        contract = self._contract(f"{provider}/{api}/{operation_id}", dict(schema))
        self._requests[provider, api, operation_id] = contract
        return contract

    def part(self, path: str) -> Contract:
        """The consumer form, as the file stands; raises ContractMissing."""
        if path not in self._consumer:
            self._consumer[path] = self._contract(path, self.bundle(path))
        return self._consumer[path]

    def producer(self, path: str) -> Contract:
        """The producer form, for what we send ourselves: a field unknown to it is a violation."""
        if path not in self._producer:
            self._producer[path] = self._contract(path, closed(self.bundle(path)))
        return self._producer[path]

    def bundle(self, path: str) -> Schema:
        """The schema with all that it refers to under `$defs`, and nothing outside."""
        return bundled(path, self._read)

    def paths(self) -> tuple[str, ...]:
        """Every contract, by path; shared fragments are not contracts."""
        files = self.root.rglob("*.schema.json")
        return tuple(sorted(file.relative_to(self.root).as_posix() for file in files))

    def _contract(self, path: str, bundle: Schema) -> Contract:
        return Contract(path, bundle, compiled(bundle, self._engine))

    def _read(self, path: str) -> Schema:
        if path not in self._files:
            try:
                text = (self.root / path).read_text(encoding="utf-8")
            except FileNotFoundError:
                raise ContractMissing(f"no contract {path} under {self.root}") from None
            self._files[path] = json.loads(text)
        return self._files[path]
