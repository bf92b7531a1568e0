"""What may stand behind a member of an object: a record of one of some kinds, or what has to be fetched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from paydouble.core.call import Call

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Only:
    """A member that is there only when it is expanded."""

    fetch: Callable[[Call[Any], Shape], Awaitable[object]]
