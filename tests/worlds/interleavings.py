"""A model of deliveries, and random interleavings of workers that crash, are slow, or lose their leases.

The model knows what each step must result in: which deliveries are handed out, which reports are kept, how far the
channel has read. A store that differs from it fails at that step. A failure names its seed and all its steps.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from application.delivery.courier import MARGIN
from application.delivery.ports import Deliveries
from domain.delivery.deliveries import Claim, Delivered, DeliveryState, Failed, Outcome, Postponed, Wanted, settle
from domain.delivery.events import BEGINNING, Place, StoredEvent
from domain.delivery.retries import RetryPolicy
from kit.delivering import stored
from worlds.delivery import TARGET, Hooks, Office

R = TypeVar("R")

LEASE = Hooks.deadline + MARGIN
WORKERS = 3
LEARNERS = 3


@dataclass(eq=False)
class Known:
    """What the model knows of one delivery."""

    event: StoredEvent
    due: datetime
    attempts: int = 0
    fence: int = -1
    """That of the last claim."""
    leased_until: datetime | None = None
    finished_at: datetime | None = None


@dataclass
class Tally:
    """What happened in all interleavings together."""

    interleavings: int = 0
    steps: int = 0
    events: int = 0
    crashes: int = 0
    """Workers that died with deliveries that they had claimed."""
    repeated: int = 0
    """What reached the receiver although it had it already."""
    late: int = 0
    """Reports that were refused."""
    lost: int = 0
    twice: int = 0
    """Effects that a receiver keyed by the event's id had more than once."""


@dataclass
class Interleaving:
    """Three workers that share a store, each step of theirs taken separately."""

    office: Office
    seed: int
    tally: Tally = field(default_factory=Tally)
    taken: list[str] = field(default_factory=list)
    """The steps so far."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.channel = f"hooks-{self.seed}"
        # No attempt is the last one, since a dead letter is lost on purpose.
        self.policy = RetryPolicy((timedelta(0), *(timedelta(seconds=1),) * 999), jitter=0)
        self.courier = self.office.courier(self.channel)
        self.cursor: Place = BEGINNING
        self.happened = 0
        self.planned: list[StoredEvent] = []
        self.known: dict[UUID, Known] = {}
        """The deliveries that are kept, by their events."""
        self.finished: set[UUID] = set()
        """The events that are delivered to the knowledge of the workers, those of forgotten deliveries too."""
        self.read: list[tuple[Place, list[StoredEvent]]] = []
        self.claimed: list[tuple[int, Claim]] = []
        self.sent: list[Claim] = []
        self.effects: dict[UUID, int] = {}
        """How often the receiver has acted on each event; it knows events by their ids."""
        self.last: dict[UUID, Place] = {}
        """The last event of each learner that took effect."""

    async def run(self, steps: int = 60) -> None:
        """Take so many steps, and let one worker that lives deliver what is left. Raises AssertionError."""
        try:
            await self.begins()
            for _ in range(steps):
                step = self.random.choices(STEPS, WEIGHTS)[0]
                self.taken.append(step.__name__)
                await step(self)
            await self.ends()
        except AssertionError as error:
            error.add_note(f"seed {self.seed}: {', '.join(self.taken)}")
            raise
        finally:
            self.tally.interleavings += 1
            self.tally.steps += len(self.taken)
            self.tally.events += self.happened
            self.tally.twice += sum(count - 1 for count in self.effects.values())

    async def begins(self) -> None:
        """The channel is new: what is stored by now does not concern it."""
        self.before = self.office.count
        if self.before:
            last = (await stored(self.office.events, self.before))[-1].place
            assert await self.advances(BEGINNING, last, [])
            self.cursor = last
        await self.something_happens()
        await self.a_worker_reads()

    async def something_happens(self) -> None:
        learners = [self.random.randint(1, LEARNERS) for _ in range(self.random.randint(1, 4))]
        await self.office.happens(*learners)
        self.happened += len(learners)

    async def a_worker_plans(self) -> None:
        count = await self.courier.relay()
        self.has_planned(await self.office.events.after(self.cursor, count) if count else [])
        await self.cursor_is_right()

    async def a_worker_reads(self) -> None:
        since = await self.office.events.read_up_to(self.channel)
        if events := await self.office.events.after(since, self.random.randint(1, 3)):
            self.read.append((since, events))

    async def a_worker_plans_what_it_has_read(self) -> None:
        """Perhaps long after others have planned the same."""
        if not self.read:
            return
        since, events = self.pops(self.read)
        is_first = since == self.cursor
        kept = await self.advances(since, events[-1].place, events)
        assert kept is is_first, "the channel has advanced from where it was not, or not from where it was"
        if is_first:
            self.has_planned(events)
        await self.cursor_is_right()

    async def old_events_are_planned_again(self) -> None:
        kept = [event for event in self.planned if event.id in self.known]
        if kept:
            again = self.random.choices(kept, k=2)
            wanted, now = [Wanted(TARGET, event) for event in again], self.now()
            new = await self.do(lambda each: each.plan(self.channel, wanted, now))
            assert new == 0, "a delivery was planned twice"

    async def a_worker_claims(self) -> None:
        await self.claims(self.random.randrange(WORKERS), self.random.randint(1, 3))

    async def a_worker_sends(self) -> None:
        """Sends what it holds, perhaps long after its lease has ended, and reports it unless it dies before."""
        if not self.claimed:
            return
        _, claim = self.pops(self.claimed)
        outcome: Outcome = self.random.choice((Delivered(), Delivered(), Failed("timeout"), POSTPONED))
        if isinstance(outcome, Delivered):
            self.receives(claim)
        self.sent.append(claim)
        if self.random.random() < 0.6:
            await self.reports(claim, outcome)
        else:
            self.tally.crashes += 1

    async def a_worker_dies(self) -> None:
        self.tally.crashes += len(self.leaves(self.random.randrange(WORKERS))) > 0

    async def a_worker_stops(self) -> None:
        own = self.leaves(self.random.randrange(WORKERS))
        await self.courier.give_back(own)
        for claim in own:
            if (known := self.held(claim)) is not None:
                known.attempts -= 1
                known.leased_until = None

    async def a_report_comes_late(self) -> None:
        """An old report, of a claim that was perhaps followed by others, arrives once more."""
        if self.sent:
            claim = self.random.choice(self.sent)
            # The receiver has what is reported as delivered.
            outcome = Delivered() if claim.event.id in self.effects else Failed("timeout")
            await self.reports(claim, outcome)

    async def finished_ones_are_forgotten(self) -> None:
        before = self.now() - timedelta(seconds=self.random.choice((0, 20)))
        old = [
            each.event.id for each in self.known.values() if each.finished_at is not None and each.finished_at < before
        ]
        gone = await self.do(lambda each: each.forget(before, 1_000))
        assert gone >= len(old), "finished deliveries were not forgotten"
        for event_id in old:
            del self.known[event_id]

    async def time_passes(self) -> None:
        self.office.clock.advance(timedelta(seconds=self.random.choice((1, 2, 5, 30))))

    async def ends(self) -> None:
        self.claimed = []
        self.taken.append("ends")
        await stored(self.office.events, self.before + self.happened)
        while await self.courier.relay():
            pass
        self.has_planned(await self.office.events.after(self.cursor, 1_000))
        self.office.clock.advance(timedelta(minutes=2))
        while await self.claims(0, 100):
            for _, claim in self.claimed:
                self.receives(claim)
                await self.reports(claim, Delivered())
            self.claimed = []
        lost = self.happened - len(self.effects)
        self.tally.lost += lost
        assert lost == 0, f"{lost} events were lost"

    async def claims(self, worker: int, limit: int) -> list[Claim]:
        """Claim, and compare what is handed out with what may be."""
        now = self.now()
        ready = self.ready(now)
        claims = await self.courier.claim(limit)
        for claim in claims:
            event = claim.event
            assert event.id not in self.finished, "it would be delivered again"
            assert event.id in self.known, "it was not planned"
            known = self.known[event.id]
            assert known.leased_until is None or known.leased_until <= now, "two workers hold it"
            assert known.due <= now, "it is not due"
            assert known in ready, "it is handed out before an earlier event of the learner, or twice"
            assert claim.fence > known.fence, "its fence does not tell it from an earlier claim"
            assert claim.attempt == known.attempts + 1, "its attempts are miscounted"
            ready.remove(known)
            known.attempts, known.fence, known.leased_until = claim.attempt, claim.fence, now + LEASE
            self.claimed.append((worker, claim))
        assert len(claims) == limit or not ready, "what is due and free is not handed out"
        return claims

    def ready(self, now: datetime) -> list[Known]:
        """What may be handed out now: of each learner the first that is not finished, if it is due and free."""
        first: dict[UUID, Known] = {}
        for each in self.known.values():
            key = each.event.ordered_by
            if each.finished_at is None and (key not in first or each.event.place < first[key].event.place):
                first[key] = each
        return [
            each
            for each in first.values()
            if each.due <= now and (each.leased_until is None or each.leased_until <= now)
        ]

    async def reports(self, claim: Claim, outcome: Outcome) -> None:
        now = self.now()
        settled = settle(claim, outcome, self.policy, now, 0)
        known = self.held(claim)
        kept = await self.do(lambda each: each.settle(claim, settled, now))
        assert kept is (known is not None), "a report was kept that is out of date, or refused that is not"
        if known is None:
            self.tally.late += 1
            return
        known.attempts, known.leased_until = settled.attempts, None
        if settled.state is DeliveryState.DELIVERED:
            known.finished_at = now
            self.finished.add(claim.event.id)
        elif (due := settled.next_attempt_at) is not None:
            known.due = due
            for other in self.known.values():
                if other.event.ordered_by == claim.event.ordered_by and other.event.place > claim.event.place:
                    # What comes later for the learner waits too.
                    other.due = max(other.due, due)

    def receives(self, claim: Claim) -> None:
        """The receiver acts on an event unless it knows its id."""
        event = claim.event
        if event.id in self.effects:
            self.tally.repeated += 1
            return
        self.effects[event.id] = self.effects.get(event.id, 0) + 1
        assert self.last.get(event.ordered_by, BEGINNING) < event.place, "a later event of the learner came first"
        self.last[event.ordered_by] = event.place

    def held(self, claim: Claim) -> Known | None:
        """What the claim is of, unless it is finished or was claimed again since."""
        known = self.known.get(claim.event.id)
        return known if known and known.finished_at is None and known.fence == claim.fence else None

    def leaves(self, worker: int) -> list[Claim]:
        """What the worker has claimed, which it leaves."""
        own = [claim for holder, claim in self.claimed if holder == worker]
        self.claimed = [(holder, claim) for holder, claim in self.claimed if holder != worker]
        return own

    def has_planned(self, events: list[StoredEvent]) -> None:
        for event in events:
            self.known[event.id] = Known(event, self.now())
            self.cursor = event.place
        self.planned += events

    async def cursor_is_right(self) -> None:
        assert await self.office.events.read_up_to(self.channel) == self.cursor, "the channel has lost its place"

    async def advances(self, since: Place, until: Place, events: list[StoredEvent]) -> bool:
        wanted, now = [Wanted(TARGET, event) for event in events], self.now()
        return await self.do(lambda each: each.advance(self.channel, since, until, wanted, now))

    async def do(self, work: Callable[[Deliveries], Awaitable[R]]) -> R:
        return await self.office.units.run(lambda unit: work(unit.port(Deliveries)))

    def now(self) -> datetime:
        return self.office.clock.now()

    def pops(self, things: list[R]) -> R:
        return things.pop(self.random.randrange(len(things)))


POSTPONED = Postponed("paused", timedelta(seconds=5))

WEIGHTED: dict[Callable[[Interleaving], Awaitable[None]], int] = {
    Interleaving.something_happens: 2,
    Interleaving.a_worker_plans: 2,
    Interleaving.a_worker_reads: 2,
    Interleaving.a_worker_plans_what_it_has_read: 3,
    Interleaving.old_events_are_planned_again: 1,
    Interleaving.a_worker_claims: 6,
    Interleaving.a_worker_sends: 6,
    Interleaving.a_worker_dies: 1,
    Interleaving.a_worker_stops: 1,
    Interleaving.a_report_comes_late: 2,
    Interleaving.finished_ones_are_forgotten: 1,
    Interleaving.time_passes: 4,
}
STEPS, WEIGHTS = [*WEIGHTED], [*WEIGHTED.values()]
