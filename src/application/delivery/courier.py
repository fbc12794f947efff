"""The courier of a channel: plans deliveries from the events, and attempts those that are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

from application.delivery.ports import Channel, Deliveries, EventLog
from application.kernel.ports import Chance, Clock
from application.kernel.units import StoreUnavailable, Unit, Units
from domain.delivery.deliveries import Claim, Failed, Outcome, Refused, settle

log = logging.getLogger("unified_dental.delivery")

R = TypeVar("R")

EVENTS_AT_ONCE = 200
MARGIN = timedelta(seconds=15)
"""How much longer a lease lasts than an attempt may take: for keeping the result."""
POLL = 1.0
"""Seconds between two looks at a channel that has nothing to do. Nothing else tells a worker of new events."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries while the store or the channel fails."""

Observe = Callable[[str, str], None]
"""Gets the channel and the result of each attempt: `delivered`, `failed`, `refused`, `dropped`, `postponed`, or
`late` if the lease had ended before the result was kept.
"""


class Courier:
    """Relays and delivers for one channel. Several may do so at once, in one process or many."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        units: Units,
        events: EventLog,
        clock: Clock,
        chance: Chance,
        observe: Observe = lambda channel, result: None,
        margin: timedelta = MARGIN,
    ) -> None:
        self.name = name
        self._channel = channel
        self._units = units
        self._events = events
        self._clock = clock
        self._random = Random(chance.seed())  # noqa: S311  # so that retries are spread
        self._observe = observe
        self._lease = channel.deadline + margin

    async def relay(self) -> int:
        """Plan deliveries of the next events; how many events were read, 0 if there are no more.

        Nothing is locked while the channel is asked what it wants: if another worker has planned the same meanwhile,
        this does nothing. Raises StoreUnavailable, and what the channel raises.
        """
        since = await self._events.read_up_to(self.name)
        events = await self._events.after(since, EVENTS_AT_ONCE)
        if events:
            wanted = await self._channel.wanted(events)
            until, now = events[-1].place, self._clock.now()
            await self._with_deliveries(lambda each: each.advance(self.name, since, until, wanted, now))
        return len(events)

    async def claim(self, limit: int) -> list[Claim]:
        """Take at most so many deliveries that are due. Raises StoreUnavailable."""
        now, full = self._clock.now(), self._channel.full()
        return await self._with_deliveries(lambda each: each.claim(self.name, now, self._lease, limit, full))

    async def attempt(self, claim: Claim) -> bool:
        """Attempt a delivery and keep the result; false if the lease had ended before.

        Raises StoreUnavailable; then the delivery is attempted again when its lease has ended.
        """
        outcome = await self._outcome(claim)
        now = self._clock.now()
        settled = settle(claim, outcome, self._channel.policy, now, self._random.random())
        kept = await self._with_deliveries(lambda each: each.settle(claim, settled, now))
        result = type(outcome).__name__.lower() if kept else "late"
        self._observe(self.name, result)
        level = logging.INFO if settled.error is None else logging.WARNING
        log.log(
            level,
            "channel=%s delivery=%s event=%s attempt=%d result=%s state=%s reason=%s",
            *(self.name, claim.id, claim.event.name, claim.attempt, result, settled.state, settled.error or "-"),
        )
        return kept

    async def give_back(self, claims: Sequence[Claim]) -> None:
        """Let others have what was claimed. Raises StoreUnavailable."""
        if claims:
            await self._with_deliveries(lambda each: each.give_back(claims))

    async def once(self) -> int:
        """Relay all events and attempt all that is due now; how many attempts were made. Raises StoreUnavailable."""
        while await self.relay():
            pass
        attempts = 0
        while claims := await self.claim(self._channel.concurrency):
            await asyncio.gather(*(self.attempt(claim) for claim in claims))
            attempts += len(claims)
        return attempts

    async def run(self, stop: asyncio.Event, grace: float, poll: float = POLL) -> None:
        """Work until `stop` is set. Then finish what was begun within `grace` seconds, and give the rest back."""
        running: dict[asyncio.Task[bool], Claim] = {}
        pause, stopping = poll, asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                try:
                    busy = await self._step(running)
                    pause = poll
                except Exception as error:
                    log.warning("channel=%s paused for %.0f s: %s", self.name, pause, type(error).__name__)
                    log.debug("why the channel paused", exc_info=True)
                    busy, pause = False, min(2 * pause, LONGEST_PAUSE)
                if not busy:
                    await asyncio.wait((stopping, *running), timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                _collect(running)
        finally:
            stopping.cancel()
            await self._finish(running, grace)

    async def _step(self, running: dict[asyncio.Task[bool], Claim]) -> bool:
        """Relay some events and begin some attempts; whether there may be more to do at once."""
        free = self._channel.concurrency - len(running)
        claims = await self.claim(free) if free else []
        for claim in claims:
            running[asyncio.create_task(self.attempt(claim))] = claim
        read = await self.relay()
        return read > 0

    async def _finish(self, running: dict[asyncio.Task[bool], Claim], grace: float) -> None:
        if running:
            await asyncio.wait(running, timeout=grace)
        rest = [claim for task, claim in running.items() if not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        _collect(running)
        try:
            await self.give_back(rest)
        except StoreUnavailable as error:
            log.warning("channel=%s leases end by themselves: %s", self.name, error)

    async def _outcome(self, claim: Claim) -> Outcome:
        if claim.attempt > self._channel.policy.attempts:
            # Each time the worker was gone before it could say what the result was.
            return Refused("interrupted")
        try:
            async with asyncio.timeout(self._channel.deadline.total_seconds()):
                return await self._channel.deliver(claim)
        except TimeoutError:
            return Failed("timeout")
        except Exception:
            log.exception("channel=%s delivery=%s the attempt raised", self.name, claim.id)
            return Failed("error")

    async def _with_deliveries(self, work: Callable[[Deliveries], Awaitable[R]]) -> R:
        """Do this in a unit of work of its own."""

        async def within(unit: Unit) -> R:
            return await work(unit.port(Deliveries))

        return await self._units.run(within)


def _collect(running: dict[asyncio.Task[bool], Claim]) -> None:
    """Forget the tasks that have ended; a failure to keep a result is logged, and its lease ends by itself."""
    for task in [each for each in running if each.done()]:
        claim = running.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("delivery=%s the result was not kept: %s", claim.id, type(error).__name__)
