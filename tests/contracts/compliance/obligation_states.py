"""The contract of obligations as they stand: superseded, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from application.compliance.ports import ObligationKey, ObligationStates, RecordedState
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, save
from contracts.make import UNICODE, a_user, uid, user_id
from domain.compliance.due_days import DueBy, ExceptionKind, ListedException, ReliefAxis
from domain.compliance.obligations import ObligationState
from domain.compliance.standing import FulfillmentAxis, Timing

DAY = date(2026, 3, 2)
ANA, BEN = user_id(1), user_id(2)
SHARPS, PRIVACY = uid(301), uid(302)
OWED = ObligationState(
    *(DAY, DAY + timedelta(days=29)),
    cycle=1,
    version=1,
    fulfillment=FulfillmentAxis.UNMET,
    timing=Timing.UPCOMING,
    opened_on=DAY,
    due_on=DAY + timedelta(days=29),
)
OVERDUE = replace(OWED, from_day=DAY + timedelta(days=30), until=None, timing=Timing.OVERDUE)
MET = replace(
    *(OWED,),
    until=None,
    cycle=2,
    fulfillment=FulfillmentAxis.MET,
    timing=Timing.NONE,
    relief=ReliefAxis.EXTENDED,
    due_by=DueBy.EXTENSION,
    unextended_on=date(2026, 12, 31),
    is_open=False,
    asks_initial=True,
    met_on=DAY,
    met_by=(uid(11), uid(12)),
    valid_until=date(2027, 3, 2),
    next_opens_on=date(2027, 1, 1),
    clause=" ".join(UNICODE.split()),
    position_id=uid(7),
    department="Lab",
    location_id=uid(71),
    blocks=("take_radiographs",),
    modules=(uid(21), uid(22)),
    exceptions=(ListedException(ExceptionKind.NO_HIRE_DAY, DAY, "hired", uid(5)),),
)
States = tuple[ObligationState, ...]


async def say(backend: Backend, states: dict[ObligationKey, States]) -> int:
    """Record these; how many rows differ."""
    differing = await backend.units.run(lambda unit: unit.port(ObligationStates).replace(states))
    return sum(differing.values())


async def current(backend: Backend, *who: UUID) -> dict[ObligationKey, States]:
    return dict(await backend.units.run(lambda unit: unit.port(ObligationStates).current(who)))


async def recorded(backend: Backend, who: UUID) -> dict[ObligationKey, tuple[RecordedState, ...]]:
    return dict(await backend.units.run(lambda unit: unit.port(ObligationStates).recorded(who)))


def known_at(rows: Sequence[RecordedState], moment: object) -> list[ObligationState]:
    """The states as they were known at this moment."""
    return sorted(
        (
            each.state
            for each in rows
            if str(each.recorded_at) <= str(moment)
            and (each.superseded_at is None or str(each.superseded_at) > str(moment))
        ),
        key=lambda state: state.from_day,
    )


@about(ObligationStates)
class TestObligationStates:
    async def test_every_field_is_found_again(self, backend: Backend) -> None:
        assert (
            await say(backend, {ObligationKey(ANA, SHARPS): (MET,), ObligationKey(BEN, SHARPS): (OWED, OVERDUE)}) == 3
        )
        assert await current(backend, ANA) == {ObligationKey(ANA, SHARPS): (MET,)}
        assert await current(backend, ANA, BEN, user_id(3)) == {
            ObligationKey(ANA, SHARPS): (MET,),
            ObligationKey(BEN, SHARPS): (OWED, OVERDUE),
        }

    async def test_the_obligations_by_one_requirement(self, backend: Backend) -> None:
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE), ObligationKey(ANA, PRIVACY): (MET,)})
        await say(backend, {ObligationKey(BEN, SHARPS): (OWED,), ObligationKey(user_id(3), SHARPS): (OWED,)})
        await say(backend, {ObligationKey(BEN, SHARPS): ()})
        found = await backend.units.run(
            lambda unit: unit.port(ObligationStates).of_requirement(SHARPS, [ANA, BEN, user_id(4)])
        )
        assert found == {ANA: (OWED, OVERDUE)}

    async def test_what_says_the_same_stays_as_it_is(self, backend: Backend) -> None:
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE)})
        before = await recorded(backend, ANA)
        assert await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE)}) == 0
        assert await recorded(backend, ANA) == before

    async def test_what_is_otherwise_supersedes_and_what_was_known_stays(self, backend: Backend) -> None:
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE), ObligationKey(ANA, PRIVACY): (OWED,)})
        met = replace(MET, from_day=DAY + timedelta(days=30))
        assert await say(backend, {ObligationKey(ANA, SHARPS): (OWED, met)}) == 2
        assert await current(backend, ANA) == {
            ObligationKey(ANA, SHARPS): (OWED, met),
            ObligationKey(ANA, PRIVACY): (OWED,),
        }
        owed, overdue, new = (await recorded(backend, ANA))[ObligationKey(ANA, SHARPS)]
        assert (owed.superseded_at, new.superseded_at) == (None, None)
        # At one moment: there is none at which neither or both are known.
        assert overdue.superseded_at == new.recorded_at
        assert overdue.recorded_at < new.recorded_at

    async def test_an_obligation_ends_with_no_states(self, backend: Backend) -> None:
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE), ObligationKey(BEN, SHARPS): (OWED,)})
        assert await say(backend, {ObligationKey(ANA, SHARPS): (), ObligationKey(ANA, PRIVACY): ()}) == 2
        assert await current(backend, ANA, BEN) == {ObligationKey(BEN, SHARPS): (OWED,)}

    async def test_nothing_to_replace(self, backend: Backend) -> None:
        assert await say(backend, {}) == 0
        assert await current(backend, ANA) == {}

    async def test_it_is_said_which_obligations_differ(self, backend: Backend) -> None:
        await say(backend, {ObligationKey(ANA, SHARPS): (OWED, OVERDUE), ObligationKey(BEN, SHARPS): (OWED,)})
        states: dict[ObligationKey, States] = {
            ObligationKey(ANA, SHARPS): (OWED, MET),
            ObligationKey(BEN, SHARPS): (OWED,),
            ObligationKey(BEN, PRIVACY): (MET,),
        }
        found = await backend.units.run(lambda unit: unit.port(ObligationStates).replace(states))
        assert dict(found) == {ObligationKey(ANA, SHARPS): 2, ObligationKey(BEN, PRIVACY): 1}

    async def test_a_unit_that_fails_records_nothing(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(ObligationStates).lock([ANA, ANA, user_id(9)])
            await unit.port(ObligationStates).replace({ObligationKey(ANA, SHARPS): (OWED,)})
            assert await unit.port(ObligationStates).current([ANA]) == {ObligationKey(ANA, SHARPS): (OWED,)}
            raise LookupError

        await save(backend, a_user(1))
        try:
            await backend.units.run(work)
        except LookupError:
            assert await current(backend, ANA) == {}

    async def test_what_was_known_at_each_moment_is_what_was_said_last(self, backend: Backend) -> None:
        random = Random(20_261_128)
        said: list[tuple[object, States]] = []
        choices: list[States] = [(), (OWED,), (OWED, OVERDUE), (MET,), (replace(OWED, until=None),)]
        for _ in range(12):
            states = random.choice(choices)
            await say(backend, {ObligationKey(ANA, SHARPS): states})
            rows = (await recorded(backend, ANA)).get(ObligationKey(ANA, SHARPS), ())
            moments = [each for row in rows for each in (row.recorded_at, row.superseded_at) if each is not None]
            said.append((max(moments, default=None), states))
        rows = (await recorded(backend, ANA)).get(ObligationKey(ANA, SHARPS), ())
        for moment, states in said:
            if moment is not None:
                assert known_at(rows, moment) == list(states)
