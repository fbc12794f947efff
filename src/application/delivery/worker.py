"""The worker: the couriers of all channels and the scheduler, until it has to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from application.delivery.channels import discover_channels, open_channels
from application.delivery.courier import Courier, Observe
from application.delivery.ports import Channel, EventLog
from application.delivery.scheduler import Scheduler, runs_of
from application.kernel.ports import Calendar, Chance, Clock
from application.kernel.schedule import Job, discover_jobs
from application.kernel.units import Units

MakeWorker = Callable[[Observe], "Worker"]
"""Makes a worker that reports the result of each attempt."""


def worker_maker(resolve: Callable[[type], Any]) -> MakeWorker:
    """Makes workers of all channels and jobs that are declared. `resolve` gives objects of the application by type.

    Raises Miswired.
    """
    channels, jobs = open_channels(discover_channels(), resolve), discover_jobs()
    return lambda observe: Worker.of(channels, jobs, resolve, observe)


class Worker:
    """Delivers events and does scheduled jobs. Any number of workers may run at once, in as many processes."""

    def __init__(self, couriers: Sequence[Courier], scheduler: Scheduler) -> None:
        self._couriers = couriers
        self._scheduler = scheduler

    @classmethod
    def of(
        cls,
        channels: Mapping[str, Channel],
        jobs: Sequence[Job],
        resolve: Callable[[type], Any],
        observe: Observe = lambda channel, result: None,
    ) -> Worker:
        """The worker of these channels and jobs. `resolve` gives objects of the application by type.

        Raises Miswired when a job asks for something else.
        """
        units, clock = resolve(Units), resolve(Clock)
        events, chance = resolve(EventLog), resolve(Chance)
        couriers = [Courier(name, channel, units, events, clock, chance, observe) for name, channel in channels.items()]
        return cls(couriers, Scheduler(runs_of(jobs, resolve), units, clock, resolve(Calendar)))

    async def once(self) -> tuple[int, int]:
        """Do everything that is due now; how many attempts were made and jobs done. Raises StoreUnavailable."""
        jobs = await self._scheduler.once()
        attempts = [await courier.once() for courier in self._couriers]
        return sum(attempts), jobs

    async def run(self, stop: asyncio.Event, grace: float) -> None:
        """Work until `stop` is set; what was begun then has `grace` seconds to end, and the rest is given back."""
        async with asyncio.TaskGroup() as tasks:
            for courier in self._couriers:
                tasks.create_task(courier.run(stop, grace))
            tasks.create_task(self._scheduler.run(stop, grace))
