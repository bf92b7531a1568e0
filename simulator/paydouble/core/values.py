"""`value`: a dataclass that mypy keeps from being changed, made without the cost of a frozen one.

A frozen dataclass sets each field by a call, which takes three times as long. That matters only for what
every request makes anew: requests, answers, envelopes. Everything else is frozen at run time too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen, slots, kw_only=False):
        """`frozen` is for mypy alone; equality and hash are those of a frozen one."""
        assert frozen
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=True)


__all__ = ["value"]
