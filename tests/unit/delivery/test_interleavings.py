"""Random interleavings of workers that crash, are slow, or lose their leases, compared with a model of each step.

Nothing is lost, an effect that is keyed by the event's id takes place once, and events of a learner keep their order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import pytest

from adapters.memory.delivery.deliveries import MemoryDeliveries, Row
from adapters.memory.kit.discovery import memory_adapters
from adapters.memory.kit.store import MemoryUnits
from application.delivery.ports import Deliveries
from domain.delivery.deliveries import Claim, DeliveryState, Settled, Wanted
from domain.delivery.events import BEGINNING, Place
from faults.rounds import rounds
from kit.measured import Measured
from worlds.delivery import Office
from worlds.interleavings import Interleaving, Tally

SEEDS = rounds(400, 10_000)
FEW = range(400)
"""As many as CI tries."""


@pytest.mark.fault("random interleavings of worker crashes, in memory")
async def test_random_interleavings(measured: Measured) -> None:
    tally = Tally()
    try:
        for seed in SEEDS:
            await Interleaving(Office(), seed, tally).run()
    finally:
        measured(**asdict(tally))
    assert min(tally.crashes, tally.repeated, tally.late) > len(SEEDS) / 2


class Mutant(MemoryDeliveries):
    """A store of deliveries that is broken in one place. Each is found, or the model is too weak."""


class SettlesWithoutFence(Mutant):
    def _held(self, claim: Claim) -> Row | None:
        row = self._rows.peek(claim.id)
        return row if row is not None and row.waits else None


class GivesBackWithoutFence(Mutant):
    async def give_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            row = self._rows.peek(claim.id)
            if row is not None and row.waits:
                self._put(replace(row, attempts=row.attempts - 1, leased_until=None))


class ClaimsWithTheSameFence(Mutant):
    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        claims = await super().claim(channel, now, lease, limit, but)
        for claim in claims:
            row = self._rows.peek(claim.id)
            assert row is not None
            self._put(replace(row, fence=1))
        return [replace(claim, fence=1) for claim in claims]


class ClaimsWhatIsLeased(Mutant):
    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        for row in self._of(channel):
            self._put(replace(row, leased_until=None))
        return await super().claim(channel, now, lease, limit, but)


class ClaimsAfterAHalfLease(Mutant):
    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        return await super().claim(channel, now, lease / 2, limit, but)


class AdvancesFromAnywhere(Mutant):
    async def advance(self, channel: str, since: Place, until: Place, wanted: Sequence[Wanted], now: datetime) -> bool:
        return await super().advance(channel, self._cursors.peek(channel) or BEGINNING, until, wanted, now)


class GoesBackWithoutSayingSo(Mutant):
    async def advance(self, channel: str, since: Place, until: Place, wanted: Sequence[Wanted], now: datetime) -> bool:
        if await super().advance(channel, since, until, wanted, now):
            return True
        self._cursors.put(channel, until)
        return False


class AdvancesWithoutPlanning(Mutant):
    async def advance(self, channel: str, since: Place, until: Place, wanted: Sequence[Wanted], now: datetime) -> bool:
        return await super().advance(channel, since, until, wanted[:-1] if len(wanted) > 2 else wanted, now)


class PlansAnew(Mutant):
    """What exists already begins again."""

    async def plan(self, channel: str, wanted: Sequence[Wanted], now: datetime) -> int:
        for each in wanted:
            self._rows.remove(each.delivery_id(channel))
        return await super().plan(channel, wanted, now)


class PlansDuplicates(Mutant):
    """What exists already gets a second delivery, and says nothing of it."""

    async def plan(self, channel: str, wanted: Sequence[Wanted], now: datetime) -> int:
        planned = await super().plan(channel, wanted, now)
        for each in wanted:
            row = self._rows.peek(each.delivery_id(channel))
            if row is not None and not row.waits:
                self._put(replace(row.again(now), id=uuid5(row.id, "again")))
        return planned


class ForgetsTheOrder(Mutant):
    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        claims = await super().claim(channel, now, lease, limit, but)
        for row in self._of(channel):
            free = (
                row.target_id not in but
                and row.leased_until is None
                and row.next_attempt_at is not None
                and row.next_attempt_at <= now
            )
            if free and len(claims) < limit:
                held = replace(row, attempts=row.attempts + 1, fence=row.fence + 1, leased_until=now + lease)
                self._put(held)
                values = (row.id, channel, row.target_id, row.event, held.attempts, held.fence, row.created_at)
                claims.append(Claim(*values))
        return claims


class LosesWhatIsGivenBack(Mutant):
    async def give_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            if (row := self._held(claim)) is not None:
                self._put(replace(row, next_attempt_at=None, leased_until=None))


class KeepsWhatIsGivenBack(Mutant):
    async def give_back(self, claims: Sequence[Claim]) -> None:
        pass


class CountsWhatIsGivenBack(Mutant):
    async def give_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            if (row := self._held(claim)) is not None:
                self._put(replace(row, leased_until=None))


class SettlesWhatIsFinished(Mutant):
    def _held(self, claim: Claim) -> Row | None:
        row = self._rows.peek(claim.id)
        return row if row is not None and row.fence == claim.fence else None


class RetriesAtOnce(Mutant):
    async def settle(self, claim: Claim, settled: Settled, now: datetime) -> bool:
        if settled.next_attempt_at is not None:
            settled = replace(settled, next_attempt_at=now)
        return await super().settle(claim, settled, now)


class FinishesWhatFailed(Mutant):
    async def settle(self, claim: Claim, settled: Settled, now: datetime) -> bool:
        if claim.attempt > 2:
            settled = replace(settled, state=DeliveryState.DELIVERED, next_attempt_at=None)
        return await super().settle(claim, settled, now)


class ForgetsWhatWaits(Mutant):
    async def forget(self, finished_before: datetime, limit: int) -> int:
        waiting = [row.id for row in self._rows.rows() if row.waits and row.attempts > 1]
        for delivery_id in waiting[:1]:
            self._rows.remove(delivery_id)
        return await super().forget(finished_before, limit)


def office_with(kind: type[MemoryDeliveries]) -> Office:
    office = Office()
    office.units = MemoryUnits(office.store, {**memory_adapters().of_unit, Deliveries: kind})
    return office


async def finding(kind: type[MemoryDeliveries]) -> int | None:
    """The first seed whose interleaving differs from the model on this store."""
    for seed in FEW:
        try:
            await Interleaving(office_with(kind), seed).run()
        except AssertionError:
            return seed
    return None


@pytest.mark.fault("broken stores of deliveries that the interleavings find")
async def test_broken_stores_are_found(measured: Measured) -> None:
    seeds = {mutant.__name__: await finding(mutant) for mutant in Mutant.__subclasses__()}
    missed = [name for name, seed in seeds.items() if seed is None]
    tried = max((seed + 1 for seed in seeds.values() if seed is not None), default=0)
    measured(broken=len(seeds), missed=len(missed), interleavings_needed=float(tried))
    assert missed == []
    assert tried < len(FEW) / 4, "CI finds each with much to spare"


async def test_the_store_itself_is_not() -> None:
    for seed in range(20):
        await Interleaving(office_with(MemoryDeliveries), seed).run()


async def test_a_failure_names_its_seed_and_steps() -> None:
    seed = await finding(ClaimsWhatIsLeased)
    assert seed is not None
    with pytest.raises(AssertionError, match="two workers hold it") as raised:
        await Interleaving(office_with(ClaimsWhatIsLeased), seed).run()
    assert raised.value.__notes__[-1].startswith(f"seed {seed}: ")
    assert "a_worker_claims" in raised.value.__notes__[-1]
