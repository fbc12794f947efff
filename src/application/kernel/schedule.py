"""Scheduled jobs: what the service does at certain times, declared beside the commands that do it.

    @scheduled("forget-answers", Every(timedelta(hours=1)))
    async def forget_answers_hourly(due: Due, actor: Actor, bus: Bus) -> None:
        \"\"\"Answers of repeated requests are forgotten after a day.\"\"\"
        await bus.execute(ForgetAnswers(), actor)

A job takes the due moment, the actor (the system), and objects of the application by their types: the bus, readers,
the clock. It is found by discovery and run by `unified-dental worker`, by one worker for each due moment. When a worker
dies, another begins the job again after the lease has ended: what is done twice must do no harm. A missed moment is
caught up, only the latest one unless the job says `each`.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

from application.kernel.wiring import Miswired, definitions
from domain.kernel.schedules import Schedule

Function = TypeVar("Function", bound=Callable[..., Awaitable[None]])

LONGEST_RUN = timedelta(minutes=10)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Job:
    """A function that is called once for each due moment.

    A run that takes longer than `longest` is cancelled and tried again. With `each`, every missed moment is caught up,
    oldest first, otherwise only the latest. The docstring of the function says what the job does.
    """

    name: str
    schedule: Schedule
    function: Callable[..., Awaitable[None]]
    longest: timedelta = LONGEST_RUN
    each: bool = False


def scheduled(
    name: str, schedule: Schedule, *, longest: timedelta = LONGEST_RUN, each: bool = False
) -> Callable[[Function], Function]:
    """Declare that the function is a job of this name, such as `forget-answers`, due as the schedule says.

    The name is stored with each run: a job that is renamed is a new job.
    """

    def declare(function: Function) -> Function:
        function.__job__ = Job(name, schedule, function, longest, each)  # type: ignore[attr-defined]  # our mark
        return function

    return declare


def discover_jobs(package: str = "application") -> tuple[Job, ...]:
    """Import every module of the package and collect its jobs, by name. Raises Miswired."""
    return _found(importlib.import_module(package))


@cache
def _found(package: ModuleType) -> tuple[Job, ...]:
    found: dict[str, Job] = {}
    for value in definitions(package.__name__):
        job: Any = getattr(value, "__job__", None)
        if not isinstance(job, Job):
            continue
        if not _NAME.fullmatch(job.name):
            raise Miswired(f"the job {job.name!r} needs a name of lower-case words joined by hyphens")
        if job.name in found:
            raise Miswired(f"two jobs are named {job.name}; rename one of them")
        if not inspect.iscoroutinefunction(value):
            raise Miswired(f"the job {job.name} must be an async function")
        if not value.__doc__:
            raise Miswired(f"the job {job.name} needs a docstring that says what it does")
        found[job.name] = job
    return tuple(found[name] for name in sorted(found))
