"""Verifying stored scores from the command line."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.assessment.scores import CheckScores
from application.kernel.access import Actor
from entrypoints.bootstrap import Service


async def regrade(service: Service, say: Callable[[str], None]) -> list[str]:
    """Derive the score of every graded attempt again; a line for each that differs from what is stored."""
    checked, differences = 0, list[str]()
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Attempts", total=None)
        after: UUID | None = None
        while True:
            page = await service.bus.ask(CheckScores(after), Actor.system())
            checked += page.checked
            differences += map(str, page.differences)
            progress.advance(task, page.checked)
            after = page.next
            if after is None:
                break
    say(f"{checked} scores computed again, {len(differences)} differ.")
    return differences
