"""Comparing obligations with what they are computed from, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from application.compliance.obligations.marks import work_off
from application.compliance.obligations.reconciling import ReconcileObligations
from application.kernel.access import Actor
from entrypoints.bootstrap import Service


async def reconcile(service: Service, check: bool, say: Callable[[str], None]) -> list[str]:
    """Compute again what everybody owes, or only compare; a line for each obligation that differs.

    Without `check` what is marked is computed first, which counts as no difference.
    """
    people, rows, differences = 0, 0, list[str]()
    requirements: set[UUID] = set()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        if not check:
            await work_off(service.bus)
        task = progress.add_task("People", total=None)
        after: UUID | None = None
        while True:
            done = await service.bus.execute(ReconcileObligations(after, check), Actor.system())
            people += done.people
            rows += done.rows
            requirements |= {each.requirement_id for each in done.differences}
            differences += (f"{each.user_id}: requirement {each.requirement_id}" for each in done.differences)
            if done.all_people is not None:
                progress.update(task, total=done.all_people)
            progress.advance(task, done.people)
            after = done.next
            if after is None:
                break
    written = "" if check else f" Rows written: {rows}."
    say(
        f"People compared: {people}. Obligations that differ: {len(differences)}, of {len(requirements)} requirements."
        f"{written}"
    )
    return differences
