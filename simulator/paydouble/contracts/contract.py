"""One contract: admits what was sent, or says exactly what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.contracts.coerce import Coercer, coercer
from paydouble.contracts.engines import Verdict
from paydouble.contracts.explain import Violation, explain
from paydouble.contracts.schema import Schema

__all__ = ["Broken", "Contract", "Violation"]

# How an engine refuses to read: nested beyond its stack, or no JSON at all.
_UNREADABLE = (ValueError, RecursionError, OverflowError)


class Broken(Exception):
    """A document does not fulfil its contract; never without a violation."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        assert violations, "broken, and nobody knows why"
        self.violations = violations
        super().__init__("; ".join(f"{one.pointer or '/'} {one.message}" for one in violations))


class Contract:
    """A compiled schema; `path` is its file, relative to the contracts folder."""

    __slots__ = ("_coerce", "_is_valid", "path", "schema")

    def __init__(self, path: str, schema: Schema, is_valid: Verdict) -> None:
        self.path = path
        self.schema = schema                    # without outside references
        self._is_valid = is_valid
        self._coerce: Coercer | None = None     # built when a form first needs it

    def admit(self, params: Mapping[str, object], *, loose: bool = False) -> dict[str, object]:
        """The params, in their real types where they came from a form (`loose`); raises Broken."""
        candidate: object = self._typed(params) if loose else params
        try:
            if self._is_valid(candidate):
                assert isinstance(candidate, dict), "params are an object"
                return candidate
        except _UNREADABLE as error:
            raise Broken(_unreadable(candidate, error)) from error
        raise Broken(self._reasons(candidate))

    def check(self, document: object) -> tuple[Violation, ...]:
        """What is wrong with a finished document, an answer or a notification; empty if nothing is."""
        try:
            return () if self._is_valid(document) else self._reasons(document)
        except _UNREADABLE as error:
            return _unreadable(document, error)

    def _reasons(self, document: object) -> tuple[Violation, ...]:
        return explain(self.schema, document) or _unreadable(document, "not a number")

    def _typed(self, params: Mapping[str, object]) -> object:
        if self._coerce is None:
            self._coerce = coercer(self.schema)
        return self._coerce(params)

    def __repr__(self) -> str:
        return f"Contract({self.path!r})"


def _unreadable(document: object, why: object) -> tuple[Violation, ...]:
    """Python has values that JSON has not; such a document is broken as a whole."""
    return (Violation("", "type", f"is not JSON: {why}", document, "object"),)
