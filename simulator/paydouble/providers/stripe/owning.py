"""An object of the caller's account by its id, and a change to it that is told with what it was before."""

from __future__ import annotations

from typing import TypeVar

from paydouble.core.errors import ProviderError
from paydouble.core.record import Record
from paydouble.providers.stripe.errors import missing, missing_reference
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.scene import Scene

R = TypeVar("R", bound=Record)


async def owned(scene: Scene, kind: type[R], id: str, noun: str, *, param: str = "id") -> R:
    """What a path names. Raises ProviderError where the account has none of that id."""
    return await _found(scene, kind, id, missing(noun, id, param=param))


async def referred(scene: Scene, kind: type[R], id: str, noun: str, *, param: str) -> R:
    """What a parameter names. Raises ProviderError where the account has none of that id."""
    return await _found(scene, kind, id, missing_reference(noun, id, param=param))


async def _found(scene: Scene, kind: type[R], id: str, error: ProviderError) -> R:
    found = await scene.work.get(kind, id)
    if found is None or getattr(found, "merchant", "") != scene.account:
        raise error
    return found


def told(scene: Scene, type: str, before: Record, after: Record) -> None:
    """Saves what has changed, and announces how it was before; nothing where nothing shows."""
    assert hasattr(before, "shown"), f"{before.kind} cannot be shown"
    assert hasattr(after, "shown"), f"{after.kind} cannot be shown"
    previous = changed(before.shown(), after.shown())
    if before != after:
        scene.work.save(after)
    if previous:
        scene.tell(type, after, previous)  # type: ignore[arg-type]
