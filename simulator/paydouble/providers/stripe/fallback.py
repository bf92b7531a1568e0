"""Operations made of Stripe's own document, for all that is not modelled: stateful where that is plain.

What is created can be retrieved, updated, listed and deleted; everything else answers with an object of
the right shape. Each answer says so in a header. In stateless mode, which is what stripe-mock does, all
operations are made so, and every id is taken for one that is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route
from paydouble.providers.stripe import fallback_answers, lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.fallback_document import Described, Document, Plays
from paydouble.providers.stripe.models.fallback import HEADER, FallbackObject
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

STORED, SHAPED = "stored", "shape"
_DOCS = "https://docs.stripe.com/api"
_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an operation is taken from, and how it is played."""

    document: Document
    described: Described
    made_here: bool
    """There is an operation that creates such objects, so an unknown id is really unknown."""
    stateless: bool

    def place(self, params: Mapping[str, Any]) -> str:
        """The collection with the ids of the parents."""
        return _VARIABLE.sub(lambda found: str(params.get(found[1], "")), self.described.collection)

    def shaped(self, scene: Scene, params: Mapping[str, Any], id: str) -> dict[str, Any]:
        return fallback_answers.made(
            self.document, self.described.answer, params, id=id, now=scene.wall, url=self.place(params)
        )


def operations(
    document: Document, modelled: Iterable[Operation], *, stateless: bool = False
) -> tuple[Operation, ...]:
    """All of the document that is not modelled; or all of it."""
    taken = {_key(route.method, route.path) for each in modelled for route in each.routes}
    described = list(document.operations())
    made_at = {each.path for each in described if each.plays is Plays.CREATE}
    return tuple(
        _operation(Source(document, each, each.collection in made_at, stateless))
        for each in _once(described)
        if stateless or _key(each.method, each.path) not in taken
    )


def _once(described: Iterable[Described]) -> Iterator[Described]:
    """A path that differs from another in the names of its variables only is the same to a router."""
    seen: set[tuple[str, str]] = set()
    for each in described:
        key = _key(each.method, each.path)
        if key not in seen:
            seen.add(key)
            yield each


def _key(method: str, path: str) -> tuple[str, str]:
    return method, _VARIABLE.sub("{}", path)


def _operation(source: Source) -> Operation:
    described = source.described
    play = _stateless if source.stateless else _PLAYS[described.plays]
    return Operation(
        id=described.id,
        routes=(Route("v1", described.method, described.path),),
        means=(),
        idempotency=ONCE if described.method == "POST" else None,
        errors=(Errors.RESOURCE_MISSING,),
        docs=_DOCS,
        handler=partial(play, source),
        summary=described.summary,
        reads=described.method == "GET",
        schema=described.request,
    )


def _reply(body: Mapping[str, object], how: str) -> Reply:
    return Reply(body, headers=((HEADER, how),))


async def _create(source: Source, call: Call[Any]) -> Reply:
    scene, params, described = of_call(call), call.params, source.described
    id = str(params.get("id") or fallback_answers.new_id(described.resource, scene.ids))
    body = source.shaped(scene, params, id)
    if body.get("id") != id:
        return _reply(body, SHAPED)
    scene.work.save(FallbackObject(
        id=id, created=scene.wall, merchant=scene.account, collection=source.place(params), body=body,
    ))
    return _reply(body, STORED)


async def _known(source: Source, call: Call[Any]) -> FallbackObject | None:
    """Raises ProviderError for an id that should be known and is not."""
    id = str(call.params.get(source.described.own_variable, ""))
    found = await call.work.get(FallbackObject, id) if id else None
    if found is not None and found.merchant == call.account and found.status != "deleted":
        return found
    if source.made_here:
        raise missing(source.described.resource or "object", id)
    return None


async def _retrieve(source: Source, call: Call[Any]) -> Reply:
    found = await _known(source, call)
    if found is not None:
        return _reply(found.shown(), STORED)
    id = str(call.params.get(source.described.own_variable, ""))
    return _reply(source.shaped(of_call(call), {}, id), SHAPED)


async def _update(source: Source, call: Call[Any]) -> Reply:
    found, described = await _known(source, call), source.described
    if found is None:
        id = str(call.params.get(described.own_variable, ""))
        return _reply(source.shaped(of_call(call), call.params, id), SHAPED)
    body = fallback_answers.merged(source.document, described.answer, found.body, call.params)
    call.work.save(replace(found, body=body))
    return _reply(body, STORED)


async def _delete(source: Source, call: Call[Any]) -> Reply:
    found = await _known(source, call)
    id = str(call.params.get(source.described.own_variable, ""))
    body = source.shaped(of_call(call), {}, id)
    if "deleted" in source.described.answer.get("properties", {}):
        body["deleted"] = True
    if found is None:
        return _reply(body, SHAPED)
    call.work.save(replace(found, status="deleted"))
    return _reply(body, STORED)


async def _list(source: Source, call: Call[Any]) -> Reply:
    place = source.place(call.params)
    found, more = await lists.page(
        call, FallbackObject, "object", index=("place", f"{call.account}{place}"),
        where=lambda one: one.status != "deleted",
    )
    return _reply(lists.shown(place, [one.shown() for one in found], has_more=more), STORED)


async def _action(source: Source, call: Call[Any]) -> Reply:
    """On an object that is kept its params are noted; else an answer of the right shape."""
    id, described = str(call.params.get(source.described.own_variable, "")), source.described
    found = await call.work.get(FallbackObject, id) if id else None
    if found is None or found.merchant != call.account or found.body.get("object") != described.resource:
        scene = of_call(call)
        new = id or fallback_answers.new_id(described.resource or "object", scene.ids)
        return _reply(source.shaped(scene, call.params, new), SHAPED)
    body = fallback_answers.merged(source.document, described.answer, found.body, call.params)
    call.work.save(replace(found, body=body))
    return _reply(body, STORED)


async def _stateless(source: Source, call: Call[Any]) -> Reply:
    """As stripe-mock answers: nothing is kept, a list has one element, what is deleted says so."""
    scene, described = of_call(call), source.described
    id = str(call.params.get(described.own_variable, "")) or fallback_answers.new_id(
        described.resource or "object", scene.ids
    )
    if described.plays is Plays.LIST:
        element = source.document.resolved(described.answer["properties"]["data"].get("items", {}))
        one = fallback_answers.made(
            source.document, element, {}, id=fallback_answers.new_id(described.resource, scene.ids),
            now=scene.wall, url=described.path,
        )
        return _reply(lists.shown(source.place(call.params), [one], has_more=False), SHAPED)
    body = source.shaped(scene, call.params, id)
    if described.plays is Plays.DELETE and "deleted" in described.answer.get("properties", {}):
        body["deleted"] = True
    return _reply(body, SHAPED)


_PLAYS = {
    Plays.CREATE: _create, Plays.RETRIEVE: _retrieve, Plays.UPDATE: _update, Plays.DELETE: _delete,
    Plays.LIST: _list, Plays.ACTION: _action,
}  # fmt: skip
