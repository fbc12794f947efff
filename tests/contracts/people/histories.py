"""The contract of histories: versions of facts, and who is shown them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from adapters.encoding import to_json
from adapters.system import ZonedCalendar
from application.kernel.access import EVERYONE, Actor, Scope
from application.kernel.units import Unit
from application.people.histories.ports import Followed, Histories
from application.people.histories.queries import (
    HistoryReader,
    HistoryView,
    ListPositions,
    ReadHistory,
    list_positions,
    read_history,
)
from application.people.ports import Roster, UserMerges, Users
from contracts import about
from contracts.backend import Backend, save
from contracts.make import NOBODY, UNICODE, T, a_user, uid, user_id
from contracts.people.location_histories import VALUES, Timetable, begun, hold
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS, TITLES
from domain.kernel.errors import Conflict, InvalidValue
from domain.people.employment import EmploymentFact, EmploymentState
from domain.people.facts import FactChanged, FactSource, Origin
from domain.people.histories import History, Profile, begin, on_day_as_known_at, shown_by
from domain.people.meanings import text_key
from domain.people.merging import UserMerge
from domain.people.positions import Position, Work
from domain.people.roster import RosterEntry
from domain.people.user_errors import UserNotFound
from domain.people.users import User
from kit.surroundings import CountingIds, FixedClock

TODAY = T.date()
HR = Origin(FactSource.PERSON, user_id(9), "Typed wrong: " + " ".join(UNICODE.split()))
IDS = CountingIds()
ANA = user_id(1)
SYSTEM = Actor.system()
LAB, FRONT = Work("Lab", "Technician", "Austin"), Work("Front Desk")


class Facts(NamedTuple):
    """All versions of the facts about somebody."""

    positions: list[Position]
    states: list[EmploymentFact]


async def write(backend: Backend, *steps: Any, who: UUID = ANA) -> None:
    """Do this to the history in a unit of work of its own."""

    async def work(unit: Unit) -> None:
        history = await unit.port(Histories).of(who, IDS.new)
        for step in steps:
            step(history)
        await unit.port(Histories).keep([history])

    await backend.units.run(work)


async def followed(backend: Backend, *who: UUID) -> list[Followed]:
    return await backend.units.run(lambda unit: unit.port(Histories).many(who, IDS.new))


async def versions(backend: Backend, who: UUID = ANA) -> Facts:
    found = await backend.reader(HistoryReader).recorded(EVERYONE, who)
    assert found is not None
    return Facts(list(found.facts.positions), list(found.facts.states))


async def read(
    backend: Backend, known_at: datetime | None = None, day: date = TODAY, *, who: UUID = ANA
) -> HistoryView:
    reader = backend.reader(HistoryReader)
    return await read_history(ReadHistory(who, day, known_at), SYSTEM, reader, FixedClock(), ZonedCalendar())


async def decide(backend: Backend, n: int, duplicate: int, into: int | None) -> None:
    """Record that the one user is the other, or nobody else."""
    merge = UserMerge(uid(80 + n), user_id(duplicate), (into and user_id(into)) or None, "Hired twice.", None, T)
    await backend.units.run(lambda unit: unit.port(UserMerges).add(merge))


def bytes_of(answer: HistoryView) -> bytes:
    """The answer, but for the watermark, which goes on."""
    return to_json(replace(answer, watermark=answer.known_at))


async def watermark(backend: Backend) -> datetime:
    return (await backend.reader(HistoryReader).watermark()).at


def with_position(work: Work = LAB, starts_on: date = TODAY, **more: Any) -> Any:
    return lambda history: history.positions.add(work, HR, starts_on=starts_on, **more)


def with_state(state: EmploymentState, from_day: date) -> Any:
    return lambda history: history.employment.add(state, from_day, HR)


@about(Histories)
class TestHistories:
    async def test_versions_come_back_as_written(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await write(backend, with_position(ends_on=date(9999, 12, 31)), with_state(EmploymentState.HIRED, TODAY))
        ((one,),) = ((await followed(backend, user_id(1))),)
        (position,), (state,) = one.history.positions.facts, one.history.employment.facts
        assert (position.work, position.starts_on, position.ends_on) == (LAB, TODAY, date(9999, 12, 31))
        assert (position.source, position.reason, position.recorded_by) == (HR.source, HR.reason, HR.recorded_by)
        assert (state.state, state.from_day, state.reason) == (EmploymentState.HIRED, TODAY, HR.reason)
        found = await versions(backend)
        assert (found.positions, found.states) == ([position], [state])

    async def test_a_version_supersedes_another_once(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await write(backend, with_position())
        (first,) = (await versions(backend)).positions
        await write(backend, lambda history: history.positions.end(first.position_id, TODAY, HR))
        (_, second) = (await versions(backend)).positions
        assert second.supersedes == first.id
        with pytest.raises(FactChanged):
            await write(backend, lambda history: history.positions.supersede(first, HR, ends_on=None))

    async def test_what_one_unit_writes_is_recorded_at_one_moment_after_all_before(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await write(backend, with_position(), with_state(EmploymentState.HIRED, TODAY))
        await write(backend, with_position(FRONT, TODAY + timedelta(days=1), transfer=True))
        found = await versions(backend)
        moments = [each.recorded_at for each in (*found.positions, *found.states)]
        assert moments[0] == moments[3]
        assert moments[1] == moments[2] > moments[0]  # type: ignore[operator]  # none is None
        assert await watermark(backend) >= moments[1]  # type: ignore[operator]

    async def test_nobody_has_no_history(self, backend: Backend) -> None:
        with pytest.raises(UserNotFound):
            await write(backend, with_position(), who=NOBODY)
        assert await followed(backend, NOBODY) == []

    async def test_many_show_what_this_unit_has_made_of_them(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await write(backend, with_position(), who=user_id(2))

        async def work(unit: Unit) -> list[tuple[UUID, bool, bool, int]]:
            one, two = await unit.port(Users).get(user_id(1)), await unit.port(Users).get(user_id(2))
            one.deactivate(now=T)
            two.erase(now=T)
            found = await unit.port(Histories).many([user_id(1), user_id(2)], IDS.new)
            return sorted(
                (each.history.user_id, each.shown.is_active, each.is_erased, len(each.history.positions.facts))
                for each in found
            )

        assert await backend.units.run(work) == [(user_id(1), False, False, 0), (user_id(2), False, True, 1)]

    async def test_merged_people_are_distinguished_from_others(self, backend: Backend) -> None:
        duplicate = a_user(2)
        duplicate.merge_into(a_user(1), user_id(9), now=T)
        await save(backend, a_user(1), duplicate)
        found = await backend.units.run(lambda unit: unit.port(Histories).after(None, 2, IDS.new))
        assert [each.is_merged for each in found] == [False, True]

    async def test_people_are_gone_through_by_id(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in (3, 1, 2)))

        async def after(last: UUID | None) -> list[UUID]:
            found = await backend.units.run(lambda unit: unit.port(Histories).after(last, 2, IDS.new))
            return [each.history.user_id for each in found]

        assert [await after(each) for each in (None, user_id(2), user_id(3))] == [
            [user_id(1), user_id(2)],
            [user_id(3)],
            [],
        ]

    async def test_reasons_are_forgotten_of_the_erased_alone(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        for who in (user_id(1), user_id(2)):
            await write(backend, with_position(), with_state(EmploymentState.HIRED, TODAY), who=who)

        async def work(unit: Unit) -> None:
            (await unit.port(Users).get(user_id(1))).erase(now=T)
            await unit.port(Histories).forget_reasons(user_id(1))

        await backend.units.run(work)
        seen = [await versions(backend, who) for who in (user_id(1), user_id(2))]
        assert [(each.positions[0].reason, each.states[0].reason) for each in seen] == [
            (None, None),
            (HR.reason, HR.reason),
        ]

    async def test_the_histories_of_many_begin_like_that_of_one(self, backend: Backend) -> None:
        def newcomers() -> list[User]:
            return [
                RosterEntry(n, f"new{n}@example.com", job_title=title, location=place, hired_on=hired).newcomer(
                    user_id(n), now=T
                )
                for n, (title, place, hired) in enumerate(
                    (title, place, hired)
                    for title in (None, "Assistant")
                    for place in (None, "Austin")
                    for hired in (None, *(TODAY + timedelta(days) for days in (-30, 0, 30)))
                )
            ]

        async def work(unit: Unit) -> None:
            roster = unit.port(Roster)
            await roster.stage(
                (
                    user.id,
                    RosterEntry(
                        n, user.email or "", job_title=user.job_title, location=user.location, hired_on=user.hired_on
                    ),
                )
                for n, user in enumerate(newcomers())
            )
            await roster.match()
            await roster.merge(T)
            await unit.port(Histories).begin([user.id for user in newcomers()], TODAY, HR, IDS.new)

        await backend.units.run(work)
        for user in newcomers():
            (found,) = await followed(backend, user.id)
            expected = begin(user.id, shown_by(user), TODAY, HR, IDS.new)
            assert told(found.history) == told(expected)
            assert all(each.position_id == each.id for each in found.history.positions.facts)


def told(history: History) -> list[object]:
    """What the facts say, without their ids."""
    return [
        *((each.work, each.starts_on, each.ends_on, each.is_primary, each.source) for each in history.positions.facts),
        *((each.state, each.from_day, each.source, each.recorded_by) for each in history.employment.facts),
    ]


@about(HistoryReader)
class TestHistoryReader:
    async def test_who_is_outside_the_scope_has_no_history(self, backend: Backend) -> None:
        await save(backend, a_user(1, department="Lab"))
        await write(backend, with_position())
        reader = backend.reader(HistoryReader)
        assert await reader.recorded(Scope(False, user_id(2), ("Hygiene",)), user_id(1)) is None
        assert await reader.recorded(Scope(False, user_id(2), ("Lab",)), user_id(1)) is not None
        assert await reader.recorded(Scope(False, user_id(1)), user_id(1)) is not None
        assert await reader.recorded(EVERYONE, NOBODY) is None

    async def test_somebody_without_facts_has_an_empty_history(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        assert await versions(backend) == Facts([], [])

    async def test_a_later_version_changes_nothing_of_what_was_known(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await write(backend, with_position(LAB))
        before = await watermark(backend)
        await write(backend, lambda history: history.positions.take_back(history.positions.facts[0].position_id, HR))
        found = await versions(backend)
        assert [each.work for each in on_day_as_known_at(TODAY, before, found.positions, found.states).positions] == [
            LAB
        ]
        now = await watermark(backend)
        assert on_day_as_known_at(TODAY, now, found.positions, found.states).positions == ()

    @pytest.mark.parametrize("seed", range(2))
    async def test_what_texts_meant_is_answered_as_it_was_known(self, backend: Backend, seed: int) -> None:
        chance = Random(seed)  # the same in each run
        await save(backend, a_user(1), a_user(2))
        titles, places = ("Dentist", "DENTIST ", "Lead"), ("Austin", "aústin", "Dallas")
        work = Work(None, chance.choice(titles), chance.choice(places))
        await write(backend, with_position(work), with_position(Work(None, "Lead", "Dallas"), is_primary=False))
        await write(backend, with_position(Work(None, "Other", "Elsewhere")), who=user_id(2))
        meant: dict[str, Any] = {}
        told: list[tuple[datetime, bytes]] = []
        for n in range(10):
            kind = chance.choice([LOCATIONS, TITLES])
            text = chance.choice(places if kind is LOCATIONS else titles)
            meant[text_key(text)] = chance.choice((*kind.targets, None))
            await kind.say(backend, n, text, meant[text_key(text)])
            answer = await read(backend)
            assert answer.positions
            for each in answer.positions:
                assert each.location_id == meant.get(text_key(each.location or ""))
                assert each.job_code == meant.get(text_key(each.job_title or ""))
            told.append((answer.known_at, bytes_of(answer)))
            if n == 5:
                await write(backend, lambda history: history.positions.end_all(TODAY + timedelta(days=1), HR))
        assert len({moment for moment, _ in told}) == len(told), "the watermark is newer after each"
        for moment, before in told:
            assert bytes_of(await read(backend, moment)) == before

    @pytest.mark.parametrize("seed", range(2))
    async def test_what_a_location_was_like_is_answered_as_it_was_known(self, backend: Backend, seed: int) -> None:
        chance = Random(seed)  # the same in each run
        await save(backend, a_user(1), a_user(2))
        await write(backend, with_position(Work(None, None, "Austin"), date(2020, 1, 1)))
        await write(backend, with_position(Work(None, None, "Dallas"), date(2020, 1, 1), is_primary=False))
        await write(backend, with_position(Work(None, None, "Austin"), date(2020, 1, 1)), who=user_id(2))
        await decide(backend, 1, 2, 1)
        assert [each.location_code for each in (await read(backend)).positions] == [None, None]
        await begun(backend, a_location(1), a_location(2))
        replayed = {n: Timetable(a_location(n).profile) for n in (1, 2)}
        meant: dict[str, int] = {}
        told: list[tuple[datetime, date, bytes]] = []
        for n in range(12):
            if n < 2 or chance.random() < 0.3:
                text, number = chance.choice(["Austin", "Dallas"]), chance.choice([1, 2])
                await LOCATIONS.say(backend, n, text, location_id(number))
                meant[text] = number
            else:
                number, day = chance.choice([1, 2]), TODAY + timedelta(chance.randrange(-30, 31))
                changes = {name: chance.choice(values) for name, values in VALUES.items() if chance.random() < 0.5}
                await hold(backend, day, number, **changes)
                replayed[number] = replayed[number].after(changes, day, TODAY)
            day = TODAY + timedelta(chance.randrange(-40, 41))
            answer = await read(backend, day=day)
            (merged,) = answer.merged
            for each in (*answer.positions, *merged.positions):
                place = replayed[meant[each.location]].on(day) if each.location in meant else None
                shown = (each.location_code, each.location_city, each.location_state, each.location_time_zone)
                assert shown == ((place.code, place.city, place.state, place.time_zone) if place else (None,) * 4)
            told.append((answer.known_at, day, bytes_of(answer)))
        for moment, day, before in told:
            assert bytes_of(await read(backend, moment, day)) == before

    async def test_what_was_known_under_other_ids_is_shown_as_known_then(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in (1, 2, 3, 4)))
        for n, department in enumerate(("Lab", "Front Desk", "Billing", "Claims"), 1):
            await write(backend, with_position(Work(department)), who=user_id(n))
        told: list[tuple[UUID, HistoryView]] = []

        async def expect(**shown: list[str]) -> None:
            for name, departments in shown.items():
                who = user_id(int(name[1:]))
                answer = await read(backend, who=who)
                assert [each.positions[0].department for each in answer.merged] == departments
                told.append((who, answer))

        await expect(u1=[], u2=[])
        await decide(backend, 1, 3, 2)
        await expect(u1=[], u2=["Billing"])
        await decide(backend, 2, 2, 1)
        await decide(backend, 3, 4, 1)
        # Somebody who was merged into the duplicate comes along.
        await expect(u1=["Front Desk", "Billing", "Claims"], u2=[], u3=[])
        await decide(backend, 4, 2, None)
        await expect(u1=["Claims"], u2=["Billing"])
        await write(backend, lambda history: history.positions.end_all(TODAY, HR), who=user_id(4))
        assert (await read(backend)).merged[0].positions == []
        assert (await read(backend)).positions[0].department == "Lab", "neither is corrected by the other"
        for who, before in told:
            assert bytes_of(await read(backend, before.known_at, who=who)) == bytes_of(before)

    async def test_a_list_shows_what_texts_mean_now(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await write(backend, with_position(LAB))
        await LOCATIONS.say(backend, 1, "AUSTIN", LOCATIONS.targets[0])
        (shown,) = (await list_positions(ListPositions(ANA), SYSTEM, backend.reader(HistoryReader))).items
        assert (shown.location_id, shown.job_code) == (LOCATIONS.targets[0], None)

    @pytest.mark.parametrize("seed", range(3))
    async def test_any_history_is_answered_like_one_that_is_replayed(self, backend: Backend, seed: int) -> None:
        chance, replayed = Random(seed), Replayed()  # the same in each run
        await save(backend, a_user(1))
        for _ in range(12):
            await write(backend, lambda history: replayed.note(change_somehow(history, chance)))
            replayed.known.append((await watermark(backend), dict(replayed.facts)))
        for moment, facts in replayed.known:
            for days in range(-45, 46, 15):
                day = TODAY + timedelta(days)
                answer = await read(backend, moment, day)
                assert answer.known_at == moment
                assert shown(answer) == naively(facts.values(), day)


class Replayed:
    """What was known after each step, by applying each version to the ones before."""

    def __init__(self) -> None:
        self.facts: dict[UUID, Position | EmploymentFact] = {}
        self.known: list[tuple[datetime, dict[UUID, Position | EmploymentFact]]] = []

    def note(self, written: Iterable[Position | EmploymentFact]) -> None:
        for each in written:
            if each.supersedes:
                del self.facts[each.supersedes]
            if not each.withdrawn:
                self.facts[each.id] = each


def change_somehow(history: History, chance: Random) -> list[Position | EmploymentFact]:
    """Change something if that is possible; the versions that were written."""
    days = [TODAY + timedelta(chance.randrange(-60, 60)) for _ in range(2)]
    work = Work(chance.choice(["Lab", "Front Desk"]), chance.choice([None, "Assistant"]))
    held, states = history.positions.facts, history.employment.facts
    trial = History(history.user_id, held, states, IDS.new)
    primary, kind = chance.random() < 0.5, chance.randrange(6)
    try:
        if kind == 0:
            trial.positions.add(work, HR, starts_on=min(days), ends_on=max(days), is_primary=primary)
        elif kind == 1 and held:
            trial.positions.end(chance.choice(held).position_id, days[0], HR)
        elif kind == 2 and held:
            trial.positions.take_back(chance.choice(held).position_id, HR)
        elif kind == 3:
            trial.employment.add(chance.choice([*EmploymentState]), days[0], HR)
        elif kind == 4 and states:
            trial.employment.take_back(chance.choice(states).id, HR)
        else:
            trial.follow(Profile(work, chance.choice([None, days[0]]), chance.random() < 0.7), TODAY, HR)
    except (Conflict, InvalidValue):
        return []
    for position in trial.positions.written:
        history.positions.write(position)
    for fact in trial.employment.written:
        history.employment.write(fact)
    return [*trial.positions.written, *trial.employment.written]


def shown(answer: HistoryView) -> tuple[set[object], object, object, bool]:
    held: set[object] = {(each.id, each.department, each.job_title, each.is_primary) for each in answer.positions}
    return held, answer.state, answer.hired_on, answer.is_employed


def naively(facts: Iterable[Position | EmploymentFact], day: date) -> tuple[set[object], object, object, bool]:
    held: set[object] = set()
    state, hired_on, last = None, None, (date.min, -1)
    for each in facts:
        if isinstance(each, Position):
            if each.starts_on <= day <= (each.ends_on or date.max):
                held.add((each.id, each.department, each.job_title, each.is_primary))
            continue
        place = (each.from_day, [*EmploymentState].index(each.state))
        if each.from_day <= day and place >= last:
            state, last = each.state, place
        if each.from_day <= day and each.state in ("hired", "rehired") and each.from_day >= (hired_on or date.min):
            hired_on = each.from_day
    return held, state, hired_on, state != "left"
