"""Delivery in memory: a channel whose receivers tests can break, couriers, and a clock that tests advance."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from adapters.memory.delivery.event_log import MemoryEventLog
from adapters.memory.delivery.reader import MemoryDeliveryReader
from adapters.memory.kit.discovery import memory_units
from adapters.memory.kit.store import MemoryStore
from application.delivery.courier import Courier
from application.delivery.ports import DeliveryFilter, DeliveryView, EventLog
from application.kernel.access import Actor
from application.kernel.units import Outbox, OutboxEntry, Unit, Units
from domain.delivery.deliveries import Claim, Delivered, Outcome, Wanted
from domain.delivery.events import StoredEvent
from domain.delivery.retries import RetryPolicy
from domain.kernel.aggregate import DomainEvent
from domain.learning.enrollment_events import ModuleStarted
from kit.examples import uid
from kit.surroundings import CountingIds, FixedClock, ForetoldChance

CHANNEL = "hooks"
TARGET = uid(1)


class Hooks:
    """Implements application.delivery.ports.Channel: every target wants everything, and notes what it gets."""

    policy = RetryPolicy(tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5)), jitter=0)
    deadline = timedelta(seconds=10)
    concurrency = 4

    def __init__(self, *targets: UUID) -> None:
        self.targets = targets or (TARGET,)
        self.answers: list[Outcome | Exception] = []
        """What the next attempts result in; afterwards all succeed."""
        self.received: dict[UUID, list[StoredEvent]] = defaultdict(list)
        self.hold: asyncio.Event | None = None
        """Receivers answer only when it is set."""
        self.begun = asyncio.Event()
        self.broken: Exception | None = None

    async def wanted(self, events: Sequence[StoredEvent]) -> Sequence[Wanted]:
        if self.broken is not None:
            raise self.broken
        return [Wanted(target, event) for event in events for target in self.targets]

    def full(self) -> Sequence[UUID]:
        return ()

    async def deliver(self, claim: Claim) -> Outcome:
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Delivered):
            self.received[claim.target_id].append(claim.event)
        return answer


class Office:
    """A store in which things happen, and what delivers them."""

    def __init__(self, channel: Hooks | None = None) -> None:
        self.clock = FixedClock()
        self.store = MemoryStore(self.clock.now)
        self.units: Units = memory_units(self.store)
        self.events: EventLog = MemoryEventLog(self.store)
        self.channel = channel or Hooks()
        self.results: list[str] = []
        self._ids = CountingIds()
        self.count = 0
        """How many events have happened."""

    def courier(self, name: str = CHANNEL) -> Courier:
        """The courier of another worker."""
        return Courier(
            name,
            self.channel,
            self.units,
            self.events,
            self.clock,
            ForetoldChance(),
            lambda channel, result: self.results.append(result),
        )

    async def happens(self, *learners: int) -> None:
        """Something happens to each of these learners."""

        async def work(unit: Unit) -> None:
            for learner in learners:
                self.count += 1
                event: DomainEvent = ModuleStarted(uid(self.count), uid(learner), uid(5))
                entry = OutboxEntry(self._ids.new(), self.clock.now(), event, Actor.system())
                await unit.port(Outbox).append([entry])

        await self.units.run(work)

    async def deliveries(self) -> list[DeliveryView]:
        """All deliveries, newest first."""
        return list((await MemoryDeliveryReader(self.store).page(DeliveryFilter(), None, 200)).items)

    async def states(self) -> list[str]:
        """The states of all deliveries, in the order of events."""
        return [str(each.state) for each in sorted(await self.deliveries(), key=lambda each: each.event_id)]

    def got(self, target: UUID = TARGET) -> list[str]:
        """What the target has received: the modules of the events."""
        return [str(UUID(each.payload["module_id"]).int) for each in self.channel.received[target]]
