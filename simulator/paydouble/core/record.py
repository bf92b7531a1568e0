"""Record: an immutable row that a provider, or the engine, keeps in a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Subclasses say `kind` (unique among all kinds), and which attributes are looked up by.

    An index may name a field or a property whose value is a string; an empty value is not indexed.
    """

    kind: ClassVar[str] = ""
    indexes: ClassVar[tuple[str, ...]] = ()
    unique: ClassVar[tuple[str, ...]] = ()

    id: str
    status: str = ""
    created: Instant = Instant(0)
