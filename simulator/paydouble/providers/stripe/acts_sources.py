"""What a payer does about a Source that waits for them (https://docs.stripe.com/api/sources)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.providers.stripe.models import Source
from paydouble.providers.stripe.scene import of_act


@act(Source, "authorize", "fail")
async def redirected(doing: Doing[Source]) -> Record:
    """The payer has been to the page of the method, and has agreed or not."""
    scene, source = of_act(doing), doing.record
    if source.status != "pending":
        raise IllegalTrigger(source.kind, source.status, doing.trigger)
    done = doing.trigger == "authorize"
    redirect = {**source.redirect, "status": "succeeded" if done else "failed"} if source.redirect else None
    source = replace(source, status="chargeable" if done else "failed", redirect=redirect)
    scene.work.save(source)
    scene.tell("source.chargeable" if done else "source.failed", source)
    return source


SOURCE_ACTS: tuple[Act[Any], ...] = redirected
