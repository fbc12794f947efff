"""Comparing obligations with what they are computed from, from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from application.compliance.obligations.marks import Executes, work_off
from application.compliance.obligations.reconciling import (
    Reconciled,
    ReconcileObligations,
    ShareOutEverybody,
    shares,
)
from application.kernel.access import Actor
from entrypoints.bootstrap import Service
from entrypoints.cli.processes import carried_out_by

Advance = Callable[[int], None]
"""Gets the number of people who were just computed or compared."""


@dataclass(slots=True)
class Found:
    """A line for each obligation that differs, and for each person who could not be computed."""

    differences: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    people: int = 0
    rows: int = 0
    requirements: set[UUID] = field(default_factory=set)

    def add(self, done: Reconciled) -> None:
        """Include what was found about some people."""
        self.people += done.people
        self.rows += done.rows
        self.requirements |= {each.requirement_id for each in done.differences}
        self.differences += (f"{each.user_id}: requirement {each.requirement_id}" for each in done.differences)
        self.failed += map(str, done.failed)

    def summary(self, check: bool) -> str:
        """All of it in a line."""
        written = "" if check else f" Rows written: {self.rows}."
        failed = f" People who could not be computed: {len(self.failed)}." if self.failed else ""
        return (
            f"People compared: {self.people}. Obligations that differ: {len(self.differences)}, of "
            f"{len(self.requirements)} requirements.{written}{failed}"
        )


async def reconcile(
    service: Service,
    check: bool,
    say: Callable[[str], None],
    processes: int = 1,
    advance: Advance = lambda people: None,
) -> Found:
    """Compute again what everybody owes, or only compare, in so many processes.

    Without `check` what is marked is computed first, which counts as no difference. Raises ConfigurationError for
    several processes on another database than PostgreSQL.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    async with carried_out_by(service, processes) as bus:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            if not check:
                await work_off(bus, advance, processes)
            everybody = await bus.execute(ShareOutEverybody(), Actor.system())
            task = progress.add_task("People", total=everybody.people)
            found, commands = Found(), shares(everybody.lasts, check=check)

            def compared(people: int) -> None:
                progress.advance(task, people)
                advance(people)

            await asyncio.gather(*(_compare(bus, commands, found, compared) for _ in range(processes)))
    found.differences.sort()
    say(found.summary(check))
    return found


async def _compare(bus: Executes, commands: Iterator[ReconcileObligations], found: Found, advance: Advance) -> None:
    """Carry out the commands that are left, one after the other. Several may do so at once."""
    for each in commands:
        command: ReconcileObligations | None = each
        while command is not None:
            done = await bus.execute(command, Actor.system())
            found.add(done)
            advance(done.people + len(done.failed))
            command = None if done.next is None else replace(command, after=done.next)
