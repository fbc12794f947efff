"""The targets of the service, and whether the measurements reach them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.cases import CASES
from bench.results import Results, Spread

AT_LEAST = (
    ("R1", "guide", 8.0), ("R1", "floor", 0.7),
    ("R2", "floor", 0.7), ("R3", "floor", 0.7),
    ("R2 at rest", "floor", 0.7), ("R2 at rest", "tuned", 6.0),
    ("R3 at rest", "floor", 0.7), ("R3 at rest", "tuned", 6.0),
    ("W1", "guide", 6.0),
    ("W2", "guide", 5.0),
)  # fmt: skip
STRETCH = {("R1", "guide"): 13.0}
NAMES = {"guide": "the guide's design", "tuned": "the guide's design tuned", "floor": "the floor"}
MAX_TAIL, MAX_OVERHEAD, MIN_SET_SHARE, MAX_GROWTH = 3.0, 0.15, 0.5, 1.5


@dataclass(frozen=True, slots=True)
class Target:
    """One of them, and what was measured."""

    what: str
    asked: str
    measured: str
    met: bool


def targets(results: Results) -> Iterator[Target]:
    """Those for which there are measurements."""
    for case, other, least in AT_LEAST:
        if ratio := results.ratio(case, "ours", other):
            stretch = STRETCH.get((case, other))
            asked = f"at least {least:g}×{f', better {stretch:g}×' if stretch else ''}"
            yield Target(f"{case}, requests/s against {NAMES[other]}", asked, times(ratio), ratio.median >= least)
    for name in (case.name for case in CASES):
        if ours := results.of(name, "ours"):
            tail = Spread.of(sample.p99_ms / sample.p50_ms for sample in ours)
            what = f"{name}, p99 against p50 at {results.connections} connections"
            yield Target(what, f"at most {MAX_TAIL:g}×", times(tail), tail.median <= MAX_TAIL)
    if overhead := overhead_of(results):
        what = "R1, share of authentication, request id, policies and metrics"
        asked, measured = f"at most {MAX_OVERHEAD:.0%}", f"{overhead.median:.0%}"
        yield Target(what, asked, measured, overhead.median <= MAX_OVERHEAD)
    if results.crowd:
        wrong, answered = sum(c.wrong + c.broken for c in results.crowd), sum(c.answered for c in results.crowd)
        what = f"errors with {results.crowd[0].connections} connections and two processes"
        yield Target(what, "none", f"{wrong} of {answered:,}", wrong == 0 and answered > 0)
    for work in results.sets:
        if work.title.startswith("enroll"):
            asked = f"at least {MIN_SET_SHARE:g}×"
            what = f"{work.title}, against bare {work.bare_title}"
            yield Target(what, asked, times(work.share), work.share.median >= MIN_SET_SHARE)
    for growth in results.growth:
        what = f"{growth.title}, time with {results.large_rows:,} rows against now"
        yield Target(what, f"at most {MAX_GROWTH:g}×", f"{growth.factor:.2g}×", growth.factor <= MAX_GROWTH)


def overhead_of(results: Results) -> Spread | None:
    """The share of a request's time that goes to what surrounds it."""
    ratio = results.ratio("R1", "alone", "bare")
    return ratio and Spread(1 - ratio.median, 1 - ratio.most, 1 - ratio.least)


def times(spread: Spread) -> str:
    """A ratio with its range over the rounds."""
    return f"{spread.median:.2g}× ({spread.least:.2g}–{spread.most:.2g})"
