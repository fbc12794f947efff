"""Rebuilding what locations and users show from their histories, from the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.kernel.access import Actor
from application.people.histories.reprojecting import ReprojectUsers
from application.people.locations.reprojecting import ReprojectLocations
from entrypoints.bootstrap import Service

KINDS: Mapping[str, type[ReprojectLocations] | type[ReprojectUsers]] = {
    "Locations": ReprojectLocations,
    "People": ReprojectUsers,
}


async def reproject(service: Service, check: bool, say: Callable[[str], None]) -> list[str]:
    """Let every location and user show what the history says of today, or only compare; a line for each difference."""
    every = list[str]()
    what = "that differ" if check else "changed"
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        for name, command in KINDS.items():
            checked, differences = 0, list[str]()
            task = progress.add_task(name, total=None)
            after: UUID | None = None
            while True:
                done = await service.bus.execute(command(after, check), Actor.system())
                checked += done.checked
                differences += map(str, done.differences)
                progress.advance(task, done.checked)
                after = done.next
                if after is None:
                    break
            say(f"{name} compared with their histories: {checked}. Fields {what}: {len(differences)}.")
            every += differences
    return every
