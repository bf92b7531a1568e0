"""The schema of `notify`, and of the latencies that it shares with `respond`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from paydouble.core.clock import Duration
from paydouble.scenarios import forms
from paydouble.scenarios.conditions import MAPPING, PLAIN, Strict, shape
from paydouble.scenarios.forms import OneOrMore, one_of


class Lognormal(Strict):
    median: forms.Span
    sigma: forms.Sigma
    max: forms.Span


class Spread(Strict):
    """A latency that varies: exactly one verb."""

    uniform: tuple[forms.Span, forms.Span] | None = None
    lognormal: Lognormal | None = None


LatencySpec = Annotated[
    Annotated[forms.Span, Tag(PLAIN)] | Annotated[Spread, Tag(MAPPING)], Discriminator(shape)
]


class Duplicate(Strict):
    copies: forms.Copies
    spacing: forms.Span = Duration(0)
    new_id: forms.Flag = False


class Burst(Strict):
    count: forms.BurstCount
    over: forms.Span = Duration(0)


class SignalSpec(Strict):
    signal: forms.Text


class Hold(Strict):
    until: Annotated[
        Annotated[forms.Event, Tag(PLAIN)] | Annotated[SignalSpec, Tag(MAPPING)], Discriminator(shape)
    ]
    timeout: forms.Span | None = None


class RetrySpec(Strict):
    schedule: OneOrMore[forms.Span]
    response_timeout: forms.Span | None = None
    give_up_after: forms.Span | None = None


RetryChoice = Annotated[
    Annotated[Annotated[str, *one_of("provider", "none")], Tag(PLAIN)] | Annotated[RetrySpec, Tag(MAPPING)],
    Discriminator(shape),
]


class Notify(Strict):
    delay: LatencySpec | None = None
    timing: Annotated[str, *one_of("after_response", "before_response", "during_response")] | None = None
    duplicate: Duplicate | None = None
    replay: forms.Span | None = None
    hold: Hold | None = None
    order: Annotated[str, *one_of("reverse", "shuffle")] | None = None
    burst: Burst | None = None
    retry: RetryChoice | None = None
    to: forms.Url | None = None
    drop: forms.Flag | None = None
    signature: forms.Signature | None = None
    timestamp: forms.Skew | None = None
    patch: dict[str, Any] | None = None
    corrupt: forms.Corrupt | None = None
    disconnect: Annotated[str, *one_of("mid_body", "before_reading_ack")] | None = None
    only: OneOrMore[forms.Event] | None = None
