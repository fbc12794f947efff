"""Rebuilding what users show from their histories, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.kernel.access import Actor
from application.people.histories.reprojecting import ReprojectUsers
from entrypoints.bootstrap import Service


async def reproject(service: Service, check: bool, say: Callable[[str], None]) -> list[str]:
    """Let every user show what the history says of today, or only compare; a line for each difference."""
    checked, differences = 0, list[str]()
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("People", total=None)
        after: UUID | None = None
        while True:
            done = await service.bus.execute(ReprojectUsers(after, check), Actor.system())
            checked += done.checked
            differences += map(str, done.differences)
            progress.advance(task, done.checked)
            after = done.next
            if after is None:
                break
    what = "that differ" if check else "changed"
    say(f"People compared with their histories: {checked}. Fields {what}: {len(differences)}.")
    return differences
