"""Random interleavings of workers that crash, are slow, or lose their leases: a model of what must hold anyway.

Nothing is lost, an effect that is keyed by the event's id takes place once, and events of a learner keep their order.
`make interleavings` tries 10,000 of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from application.delivery.courier import MARGIN, Courier
from application.delivery.ports import Deliveries
from domain.delivery.deliveries import Claim, Delivered, Failed, settle
from domain.delivery.events import Place, StoredEvent
from domain.delivery.retries import RetryPolicy
from worlds.delivery import CHANNEL, Hooks, Office

R = TypeVar("R")

WORKERS = st.integers(0, 2)
LEASE = Hooks.deadline + MARGIN


class Workers(RuleBasedStateMachine):
    """Three workers that share a store, each step of theirs taken separately."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.office = Office(Hooks())
        # No attempt is the last one, since a dead letter is lost on purpose.
        self.office.channel.policy = RetryPolicy((timedelta(0), *(timedelta(seconds=1),) * 999), jitter=0)
        self.couriers: list[Courier] = [self.office.courier() for _ in range(3)]
        self.in_hand: list[tuple[int, Claim]] = []
        self.sent: list[Claim] = []
        """All that has reached the receiver, repetitions too."""
        self.effects: dict[UUID, int] = {}
        """What the receiver has done about each event: it knows events by their ids."""
        self.order: dict[UUID, list[int]] = {}
        self.happened = 0
        self.read: list[tuple[Place, list[StoredEvent]]] = []
        self.finished: set[UUID] = set()
        """Events whose delivery is known to the workers."""
        self.leases: dict[tuple[UUID, int], datetime] = {}
        self.something_happens([1, 2, 1])
        self.a_worker_reads(2)

    def do(self, work: Coroutine[Any, Any, R]) -> R:
        return self.loop.run_until_complete(work)

    @rule(learners=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def something_happens(self, learners: list[int]) -> None:
        self.do(self.office.happens(*learners))
        self.happened += len(learners)

    @rule(worker=WORKERS)
    def a_worker_plans(self, worker: int) -> None:
        self.do(self.couriers[worker].relay())

    @rule(count=st.integers(1, 3))
    def a_worker_reads(self, count: int) -> None:
        since = self.do(self.office.events.read_up_to(CHANNEL))
        if events := self.do(self.office.events.after(since, count)):
            self.read.append((since, events))

    @precondition(lambda self: self.read)
    @rule(number=st.integers(0, 9))
    def a_worker_plans_what_it_has_read(self, number: int) -> None:
        """Perhaps long after others have planned the same."""
        since, events = self.read.pop(number % len(self.read))
        wanted, now = self.do(self.office.channel.wanted(events)), self.office.clock.now()
        self.do(
            self.office.units.run(
                lambda unit: unit.port(Deliveries).advance(CHANNEL, since, events[-1].place, wanted, now)
            )
        )

    @rule(worker=WORKERS, limit=st.integers(1, 3))
    def a_worker_claims(self, worker: int, limit: int) -> None:
        for claim in self.do(self.couriers[worker].claim(limit)):
            assert claim.event.id not in self.finished, "it would be delivered again"
            self.in_hand.append((worker, claim))
            self.leases[claim.id, claim.fence] = self.office.clock.now() + LEASE

    @precondition(lambda self: self.in_hand)
    @rule(number=st.integers(0, 9), succeeds=st.booleans(), reports=st.booleans())
    def a_worker_sends(self, number: int, succeeds: bool, reports: bool) -> None:
        """Sends what it holds, perhaps long after its lease has ended, and reports it unless it dies before."""
        _, claim = self.in_hand.pop(number % len(self.in_hand))
        if succeeds:
            self.receive(claim)
        if reports:
            outcome = Delivered() if succeeds else Failed("timeout")
            self.report(claim, outcome)

    @precondition(lambda self: self.in_hand)
    @rule(worker=WORKERS)
    def a_worker_dies(self, worker: int) -> None:
        self.in_hand = [(holder, claim) for holder, claim in self.in_hand if holder != worker]

    @precondition(lambda self: self.in_hand)
    @rule(worker=WORKERS)
    def a_worker_stops(self, worker: int) -> None:
        own = [claim for holder, claim in self.in_hand if holder == worker]
        self.in_hand = [(holder, claim) for holder, claim in self.in_hand if holder != worker]
        self.do(self.couriers[worker].give_back(own))
        for claim in own:
            self.leases.pop((claim.id, claim.fence), None)

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 99), succeeded=st.booleans())
    def a_report_comes_late(self, number: int, succeeded: bool) -> None:
        """An old report, of a claim that was perhaps followed by others, arrives again."""
        claim = self.sent[number % len(self.sent)]
        self.report(claim, Delivered() if succeeded else Failed("timeout"))

    @rule(seconds=st.integers(1, 30))
    def time_passes(self, seconds: int) -> None:
        self.office.clock.advance(timedelta(seconds=seconds))

    def receive(self, claim: Claim) -> None:
        self.sent.append(claim)
        if claim.event.id not in self.effects:
            self.effects[claim.event.id] = claim.event.place.position
            self.order.setdefault(claim.event.ordered_by, []).append(claim.event.place.position)

    def report(self, claim: Claim, outcome: Delivered | Failed) -> None:
        now = self.office.clock.now()
        settled = settle(claim, outcome, self.office.channel.policy, now, 0)
        kept = self.do(self.office.units.run(lambda unit: unit.port(Deliveries).settle(claim, settled, now)))
        if kept:
            self.leases.pop((claim.id, claim.fence), None)
            self.finished |= {claim.event.id} if isinstance(outcome, Delivered) else set()

    @invariant()
    def events_of_a_learner_take_effect_in_order(self) -> None:
        for positions in self.order.values():
            assert positions == sorted(positions)

    @invariant()
    def at_most_one_holds_a_delivery(self) -> None:
        now = self.office.clock.now()
        held = [delivery for (delivery, _), until in self.leases.items() if until > now]
        assert len({*held}) == len(held)

    def teardown(self) -> None:
        """In the end, one worker that lives delivers everything that is left."""
        self.in_hand = []
        for _ in range(2 * self.happened + 2):
            self.office.clock.advance(timedelta(minutes=2))
            self.do(self.couriers[0].relay())
            while claims := self.do(self.couriers[0].claim(10)):
                for claim in claims:
                    self.receive(claim)
                    self.report(claim, Delivered())
        self.events_of_a_learner_take_effect_in_order()
        assert len(self.effects) == self.happened, "something was lost"
        self.loop.close()


TestWorkers = Workers.TestCase
TestWorkers.settings = settings(max_examples=int(os.environ.get("INTERLEAVINGS", "40")), stateful_step_count=100)
