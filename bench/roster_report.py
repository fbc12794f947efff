"""The section of docs/performance.md about the nightly roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.report import table
from bench.results import Machine, Spread
from bench.roster_night import ImportCost

SECTION = "roster"


@dataclass(slots=True)
class Night:
    """A kind of file, and what its imports took by database, ours and row by row."""

    title: str
    ours: dict[str, list[ImportCost]] = field(default_factory=dict)
    peers_us: dict[str, list[float]] = field(default_factory=dict)
    """Microseconds for each line."""

    def ratio(self, database: str) -> Spread | None:
        """How many times faster a line is; None where only ours was measured."""
        peers, ours = self.peers_us.get(database), self.ours[database]
        return Spread.of(peer / us_per_line(took) for peer, took in zip(peers, ours, strict=False)) if peers else None


@dataclass(frozen=True, slots=True)
class Conditions:
    """How it was measured."""

    machine: Machine
    people: int
    years: int
    offices: int
    sample: int
    load: Spread
    """The number of processes that wanted to run meanwhile, those of the measurement included."""


def us_per_line(took: ImportCost) -> float:
    return took.seconds * 1e6 / took.lines


def markdown(nights: Sequence[Night], conditions: Conditions) -> str:
    """The section without its marks."""
    rows = [(night.title, database, *_figures(night, database)) for night in nights for database in night.ours]
    head = ("file", "database", "lines that change", "seconds", "statements", "memory, MiB", "against row by row")
    machine = conditions.machine
    return (
        "## The nightly roster\n\n"
        f"Files of {conditions.people:,} lines of a made-up group with {conditions.offices} offices and a turnover of "
        f"40 percent, after {conditions.years} years (`bench/group`), imported with `deactivate_missing`: events and "
        "histories included, from reading the file to the commit. Memory is the growth of the process. **Row by row** "
        "is the usual import, in which the ORM looks up and changes one person after the other "
        f"(`bench/contenders/row_by_row.py`), with {conditions.sample:,} lines, compared by line; it keeps no history "
        "and sends no events.\n\n"
        f"{table(head, rows)}\n"
        f"`python -m bench.roster`, on {machine.cores} cores of {machine.processor}, Python {machine.python}, "
        f"PostgreSQL {machine.postgresql}, with a load average of "
        f"{conditions.load.least:.1f} to {conditions.load.most:.1f} meanwhile; the measurement itself needs 1.\n"
    )


def _figures(night: Night, database: str) -> tuple[str, ...]:
    took = night.ours[database]
    change = Spread.of(each.created + each.updated + each.deactivated for each in took)
    seconds, mib = Spread.of(each.seconds for each in took), Spread.of(each.mib for each in took)
    ratio = night.ratio(database)
    return (
        f"{change.median:,.0f}",
        f"{seconds.median:.2f} ({seconds.least:.2f}–{seconds.most:.2f})",
        f"{max(each.statements for each in took)}",
        f"{mib.median:.0f} ({mib.least:.0f}–{mib.most:.0f})",
        f"{ratio.median:.2g}× ({ratio.least:.2g}–{ratio.most:.2g})" if ratio else "",
    )
