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
    """`contracts: strict` where no scenario says otherwise; own answers are checked as well. At the end, the
    verdict fails on rules that never fired."""


DEFAULT_SWITCHES = Switches()
