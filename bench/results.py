"""The results of the measurements. Nothing here measures anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several measurements, with the least and the greatest."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        known = list(values)
        return cls(median(known), min(known), max(known))


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Times of a request in milliseconds, CPU per request in microseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_us: float
    database_us: float


@dataclass(frozen=True, slots=True)
class SetWork:
    """Work on many rows: ours over HTTP against bare statements on the same rows, run by run, in milliseconds."""

    title: str
    bare_title: str
    rows: int
    ours_ms: list[float]
    bare_ms: list[float]

    @property
    def share(self) -> Spread:
        """Of the speed of the bare statements: 0.5 when ours takes twice as long."""
        return Spread.of(bare / ours for ours, bare in zip(self.ours_ms, self.bare_ms, strict=True))


@dataclass(frozen=True, slots=True)
class Growth:
    """A page in a small and in a large table: the times of its statement in milliseconds, and its plan."""

    title: str
    small_ms: float
    large_ms: float
    plan: str
    rows_read: int

    @property
    def factor(self) -> float:
        return self.large_ms / self.small_ms


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many connections on two processes of ours."""

    title: str
    connections: int
    answered: int
    wrong: int
    broken: int
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Footprint:
    """What it takes to run: times in seconds, memory of one process in MiB."""

    help_seconds: Spread
    start_seconds: Spread
    fresh_mib: dict[str, float]
    worked_mib: dict[str, float]


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured."""

    processor: str
    cores: int
    python: str
    postgresql: str


@dataclass(slots=True)
class Results:
    """Everything. `samples` are by case and contender, each in the order of the rounds; parts may be missing."""

    machine: Machine
    connections: int
    rounds: int
    seconds: float
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    sets: list[SetWork] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    large_rows: int = 0
    crowd: list[Crowd] = field(default_factory=list)
    footprint: Footprint | None = None
    instructions: dict[str, dict[str, int]] = field(default_factory=dict)
    """By contender and case."""
    no_instructions: str = ""
    """Why there are none."""

    def add(self, case: str, contender: str, sample: Sample) -> None:
        self.samples.setdefault(case, {}).setdefault(contender, []).append(sample)

    def of(self, case: str, contender: str) -> list[Sample]:
        return self.samples.get(case, {}).get(contender, [])

    def ratio(self, case: str, one: str, other: str) -> Spread | None:
        """How many times faster the one is than the other, round by round; None when either was not measured."""
        return ratio(self.of(case, one), self.of(case, other))


def ratio(ones: list[Sample], others: list[Sample]) -> Spread | None:
    """Requests per second of the ones against the others, each pair of the same round."""
    if not ones or not others:
        return None
    return Spread.of(one.per_second / other.per_second for one, other in zip(ones, others, strict=True))
