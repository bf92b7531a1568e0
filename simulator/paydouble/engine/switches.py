"""Switches: what `serve` settles for all sandboxes at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Defaults are those of a server started by hand."""

    magic: bool = True
    """The providers' documented test values are obeyed."""
    marks: bool = True
    """Answers carry Paydouble-Call and Paydouble-Hint."""
    strict: bool = False
    """Own answers are checked against their contracts; unused rules fail the run."""


DEFAULT_SWITCHES = Switches()
