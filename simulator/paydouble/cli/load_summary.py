"""What a load test's result says: calls, callbacks and their lateness, the verdict, and who was the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

CALLBACK: Final = "CALLBACK"
ARRIVAL: Final = "ARRIVAL"
BUSY: Final = 0.8
"""Share of a core above which a generator's latencies are its own queue."""
BOUND_MEASURED_S: Final = 0.3
RSA_BITS: Final = 2048
MESSAGE: Final = bytes(400)
COUNTED: Final = ("p50", "p95", "p99", "max")

Row = Mapping[str, Any]


def summary(result: Mapping[str, Any], rsa_bound: float = 0.0) -> str:
    """`result` as loadtests/running.py writes it; `rsa_bound` as below, or 0 where nothing is signed."""
    return "\n".join(_lines(result, rsa_bound))


def rsa_bound() -> float:
    """How many calls one core of this machine could answer if all they cost were a signature and a check."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    from paydouble.crypto import rsa

    private = generate_private_key(65_537, RSA_BITS)
    public, rounds, begun = private.public_key(), 0, perf_counter()
    while perf_counter() - begun < BOUND_MEASURED_S:
        rsa.verifies_sha256(public, MESSAGE, rsa.sign_sha256(private, MESSAGE))
        rounds += 1
    return rounds / (perf_counter() - begun)


def _lines(result: Mapping[str, Any], bound: float) -> Iterator[str]:
    rows, seconds = result["rows"], max(result["verdict"]["seconds"], 1e-9)
    calls = [row for row in rows if row["method"] not in (CALLBACK, ARRIVAL)]
    yield _model(result, seconds)
    yield from _table("calls", calls, seconds)
    yield _line("  all calls", _total(calls), result["all_calls"], seconds)
    yield from _table("callbacks, late after their call", _of(rows, CALLBACK), seconds)
    yield from _table("buyers, from their intended arrival", _of(rows, ARRIVAL), seconds)
    yield ""
    yield from (f"failed      {failure}" for failure in result["failures"])
    yield from _verdict(result)
    yield from _limits(result, calls, seconds, bound)


def _model(result: Mapping[str, Any], seconds: float) -> str:
    if result["rate"]:
        verdict = result["verdict"]
        return (
            f"open loop: {result['rate']:g} arrivals a second, {verdict['arrivals']:,} came, "
            f"{verdict['dropped']:,} of them dropped; {seconds:.1f} s until the last had gone"
        )
    return f"closed loop: {result['users']} users for {seconds:.1f} s"


def _table(title: str, rows: Sequence[Row], seconds: float) -> Iterator[str]:
    if rows:
        heads = "".join(f"{name:>8}" for name in ("count", "/s", "failed", *COUNTED))
        yield f"\n{title:<46}{heads}   (ms)"
        yield from (_line(f"  {row['name']}", row, row, seconds) for row in sorted(rows, key=_name))


def _line(label: str, counted: Row, took: Row, seconds: float) -> str:
    times = "".join(f"{took[name]:>8.0f}" for name in COUNTED)
    done, failed = counted["requests"], counted["failures"]
    return f"{label:<46}{done:>8,}{done / seconds:>8.0f}{failed:>8,}{times}"


def _total(rows: Sequence[Row]) -> Row:
    return {name: sum(row[name] for row in rows) for name in ("requests", "failures")}


def _of(rows: Sequence[Row], method: str) -> list[Row]:
    return [row for row in rows if row["method"] == method]


def _name(row: Row) -> str:
    return str(row["name"])


def _verdict(result: Mapping[str, Any]) -> Iterator[str]:
    verdict = result["verdict"]
    yield (
        f"callbacks   {verdict['promised']:,} promised, {len(verdict['missing']):,} lost, "
        f"{len(verdict['unverifiable']):,} unverifiable, {verdict['duplicates']:,} twice, "
        f"{verdict['unasked']:,} for calls without an answer"
    )
    yield f"ledger      {'BROKEN' if verdict['laws_broken'] else 'audit clean'}"
    yield from (f"complaint   {complaint}" for complaint in result["complaints"])


def _limits(result: Mapping[str, Any], calls: Sequence[Row], seconds: float, bound: float) -> Iterator[str]:
    busy, served = result["verdict"]["cpu"], result["verdict"]["server_cpu"]
    note = "; its latencies are its own queue: more --processes, or less load" if busy > BUSY else ""
    yield f"generator   {busy:.0%} of a core, its busiest process{note}"
    if served:
        each = served * seconds / max(_total(calls)["requests"], 1) * 1e6
        yield f"server      {served:.0%} of a core, {each:.0f} µs a call, callbacks included"
    signed = sum(row["requests"] for row in calls if row["name"].startswith("wechatpay ")) / seconds
    if bound and signed:
        share = f"{signed / bound:.0%} of the {bound:,.0f} that one core could sign and check"
        yield f"RSA         {signed:.0f} signed calls a second, {share}"
