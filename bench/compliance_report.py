"""The section of docs/performance.md about compliance."""

from __future__ import annotations

from collections.abc import Sequence

from bench.compliance_run import ComplianceCost
from bench.report import table
from bench.results import Machine

SECTION = "compliance"
HEAD = (
    *("people", "C1: first computation", "C2: one completion", "C3: a rule changes", "C4: report of today"),
    *("C5: report of two years ago", "C6: to do", "clearances", "a location's list", "peers: one person"),
)


def markdown(found: Sequence[tuple[int, ComplianceCost]], machine: Machine, load: tuple[float, float]) -> str:
    """The section without its marks."""
    number = found[0][1].processes
    processes = "one process" if number == 1 else f"{number} processes"
    return (
        "## Compliance\n\n"
        "A made-up group (`bench/group`) with a turnover of 40 percent and five years of history, 30 requirements with "
        "a yearly course each, and a record of nearly every year. People who have left are computed too. **C1** is "
        "the first computation of everybody from nothing, by `unified-dental reconcile` with "
        f"{processes}, with the rows that it wrote and the size of their table with its indexes. **C2** is recording "
        "one completion, with all that follows from it. **C3** is the approval of another version of a rule that one "
        "state is under, until one process has computed everybody again, with the people whose obligations moved. "
        "**C4** and **C5** count obligations by department and label, in parentheses as a share of the speed of the "
        "bare aggregate statement, which reads the same rows in turn with the report, and gives the same numbers. "
        "**C6** is what one person has to do, and **a location's list** the first page of what its people owe. "
        "**Peers** derive what one person owes today from objects of the ORM "
        "(`bench/contenders/derived.py`), without leaves, versions of rules or knowledge: their report takes that long "
        "for each person.\n\n"
        f"{table(HEAD, [_row(*each) for each in found])}\n"
        f"`python -m bench.compliance`, on {machine.cores} cores of {machine.processor}, Python {machine.python}, "
        f"PostgreSQL {machine.postgresql}, with a load average of {load[0]:.1f} to {load[1]:.1f} meanwhile; the "
        "measurement itself needs 1 to 2.\n"
    )


def _row(people: int, cost: ComplianceCost) -> tuple[str, ...]:
    peers = cost.derived_person_ms * people / cost.report_ms
    return (
        f"{people:,}",
        f"{cost.first_s:.0f} s ({cost.people / cost.first_s:.0f} people/s, {cost.rows:,} rows, {cost.mib:,.0f} MiB)",
        f"{cost.ordinary_ms:.0f} ms",
        f"{cost.change_s:.1f} s ({cost.moved_people:,} people, {cost.moved:,} rows)",
        f"{cost.report_ms:.0f} ms ({cost.bare_ms / cost.report_ms:.2f}; {peers:.0f} × peers)",
        f"{cost.past_ms:.0f} ms ({cost.past_bare_ms / cost.past_ms:.2f})",
        f"{cost.to_do_ms:.1f} ms",
        f"{cost.clearances_ms:.1f} ms",
        f"{cost.list_ms:.1f} ms",
        f"{cost.derived_person_ms:.1f} ms",
    )
