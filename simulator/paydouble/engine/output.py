"""Holds our own answers to the contracts that integrators read: always under `--strict`, else never."""

from __future__ import annotations

from paydouble.contracts.catalog import Catalog, ContractMissing
from paydouble.core import json_bytes
from paydouble.core.http import Envelope, HttpResponse
from paydouble.core.operation import Operation
from paydouble.core.provider import Api

SHOWN_MAX = 3


class Output:
    """The contracts of one provider's answers, in their closed form: a field too many is a mistake too."""

    def __init__(self, catalog: Catalog, provider: str) -> None:
        self._catalog = catalog
        self._provider = provider

    def mistakes(
        self, api: Api, operation: Operation, envelope: Envelope, response: HttpResponse, *, refused: bool
    ) -> list[str]:
        """What is wrong with an honest answer. Contracts describe the newest version: others are let be."""
        newest = not api.version or envelope.version in ("", api.version)
        if not newest or not response.body or "json" not in response.header("Content-Type"):
            return []
        folder = f"{self._provider}/{api.name}"
        part = "error" if refused else f"{operation.id}/response"
        try:
            contract = self._catalog.producer(f"{folder}/{part}.schema.json")
        except ContractMissing:
            return [f"{operation.id} has no contract of its answer"]
        found = contract.check(json_bytes.loads(response.body))
        return [f"{operation.id} {one.pointer or '/'} {one.message}" for one in found[:SHOWN_MAX]]
