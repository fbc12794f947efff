"""Settling enrollments that are due, from the command line."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.learning.sweeping import sweep as run
from entrypoints.bootstrap import Service


async def sweep(service: Service, say: Callable[[str], None]) -> list[str]:
    """Settle every enrollment that is due; a line when some could not be settled."""
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Enrollments", total=None)
        swept = await run(service.bus, lambda count: progress.advance(task, count))
    say(f"{swept.settled} enrollments settled.")
    return [f"{swept.failed} could not be settled; the log says which and why."] if swept.failed else []
