"""The contract of audiences: whatever the rule and the people, the store decides as the domain does.

`AUDIENCE_RULES` in the environment is the number of random rules that are tried, a hundred over each set of people.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from application.compliance.ports import Audiences, Member
from application.kernel.units import Unit
from application.people.histories.ports import Histories
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationNames
from contracts import about
from contracts.backend import Backend, save
from contracts.make import NOBODY, a_user, user_id
from contracts.people.location_histories import begun
from contracts.people.locations import a_location, location_id
from domain.compliance.audience import Audience
from domain.compliance.audience_documents import parsed
from domain.compliance.audience_facts import EmploymentStatus, PersonOnDay, Place, PositionOnDay
from domain.kernel.errors import Conflict
from domain.kernel.states import State
from domain.kernel.typography import folded
from domain.people.employment import EmploymentState, first_day
from domain.people.facts import FactSource, Origin
from domain.people.histories import History, on_day
from domain.people.locations import Location
from domain.people.positions import Work
from domain.people.users import User
from kit.random_audiences import CODES, DAY, DAYS, NUMBERS, OFFICES, ONE_LINE, ORDERS, STATES, WORDS, a_rule, metadata
from kit.surroundings import CountingIds

HR = Origin(FactSource.ROSTER)
RULES_OF_A_SET = 100
SETS = max(1, int(os.environ.get("AUDIENCE_RULES", "100")) // RULES_OF_A_SET)
PEOPLE = 40
DAY_TEXTS = (
    *("0000-01-01", "0001-01-01", "0004-02-29", "1900-02-29", "2000-02-29", "2024-02-29", "2025-02-29", "2026-02-29"),
    *("2026-04-31", "2026-12-31", "2026-12-32", "2026-13-01", "2026-00-10", "2026-01-00", "9999-12-31", "10000-01-01"),
    *("2026-3-2", "20260302", "2026-03-02T00:00", "2026-03-02 extra", "٢٠٢٦-٠٣-٠٢", "now", "2461100", "2026-061"),
)
EVERYBODY: dict[str, Any] = {"all": []}


@dataclass
class Group:
    """People with their histories, and what texts mean, before they are stored."""

    offices: list[Location]
    users: list[User]
    histories: list[History]
    places: dict[str, Place]
    """By the folded text that means them."""
    codes: dict[str, str]

    async def store(self, backend: Backend) -> None:
        await begun(backend, *self.offices)
        await save(backend, *self.users)
        meant = {text: place.id for text, place in self.places.items()}

        async def work(unit: Unit) -> None:
            await unit.port(Histories).keep(self.histories)
            # What was said first does not count.
            await _say(unit.port(LocationNames), dict.fromkeys(meant, location_id(1)))
            await _say(unit.port(LocationNames), meant)
            await _say(unit.port(JobTitles), dict.fromkeys(self.codes, "dentist"))
            await _say(unit.port(JobTitles), self.codes)

        await backend.units.run(work)

    def people(self, day: date) -> Iterable[PersonOnDay]:
        """What the domain knows of everybody, by id."""
        for user, history in sorted(zip(self.users, self.histories, strict=True), key=lambda each: each[0].id):
            if user.merged_into is not None:
                continue
            found = on_day(day, history.positions.facts, history.employment.facts)
            state = found.employment.state
            yield PersonOnDay(
                user.id,
                day,
                None if state is None else EmploymentStatus(state.value),
                found.employment.hired_on,
                tuple(
                    PositionOnDay(
                        each.position_id,
                        each.starts_on,
                        each.is_primary,
                        each.department,
                        None if each.job_title is None else self.codes.get(folded(each.job_title)),
                        None if each.location is None else self.places.get(folded(each.location)),
                    )
                    for each in found.positions
                ),
                user.profile_metadata,
                is_yet_to_begin=first_day(day, history.employment.facts) > day,
            )

    def under(self, audience: Audience, day: date) -> list[Member]:
        """Whom the rule concerns, as the domain says."""
        return [
            Member(person.user_id, None if position is None else position.position_id)
            for person in self.people(day)
            for position in audience.positions_under(person)
        ]


def a_group(chance: Random, ids: CountingIds, size: int = PEOPLE) -> Group:
    """People with random histories around the day, whose texts mean something or not."""
    keys = sorted({folded(each) for each in ONE_LINE})
    offices = [a_location(number, city=_city(chance), state=State(chance.choice(STATES))) for number in OFFICES]
    known = [Place(each.id, each.name, each.city, each.state) for each in offices]
    places = {key: chance.choice(known) for key in chance.sample(keys, len(keys) // 2)}
    codes = {key: chance.choice(CODES) for key in chance.sample(keys, len(keys) // 2)}
    users, histories = [], []
    for number in range(1, size + 1):
        history = _a_history(user_id(number), chance, ids)
        primary = history.positions.primary_on(DAY)
        # Users show the present position, or not yet.
        work = primary.work if primary and chance.random() < 0.6 else Work()
        user = a_user(
            number,
            department=work.department,
            job_title=work.job_title,
            location=work.location,
            metadata=metadata(chance),
        )
        users.append(user)
        histories.append(history)
    users[-1].merge_into(users[0], user_id(9), now=users[0].created_at)
    return Group(offices, users, histories, places, codes)


def _city(chance: Random) -> str:
    return chance.choice(ONE_LINE).strip()


FACTS = CountingIds()


async def _say(texts: Any, meanings: Mapping[str, Any]) -> None:
    """Record what these texts mean."""
    for target in dict.fromkeys(meanings.values()):
        meant = [text for text, each in meanings.items() if each == target]
        await texts.record({FACTS.new(): text for text in meant}, target, None)


def _a_history(who: UUID, chance: Random, ids: CountingIds) -> History:
    history = History(who, (), (), ids.new)

    def text() -> str | None:
        return chance.choice([None, chance.choice(ONE_LINE).strip()])

    for _ in range(chance.randrange(4)):
        starts_on = chance.choice([*DAYS, DAY + timedelta(days=30)])
        ends_on = chance.choice([None, None, starts_on, max(starts_on, DAY), max(starts_on, DAY - timedelta(days=1))])
        work = Work(text(), text(), text())
        if not work.is_known:
            continue
        try:
            history.positions.add(work, HR, starts_on=starts_on, ends_on=ends_on, is_primary=chance.random() < 0.5)
        except Conflict:
            continue
    for each in list(history.positions.facts):
        change = chance.random()
        if change < 0.1:
            history.positions.take_back(each.position_id, HR)
        elif change < 0.2:
            history.positions.correct(
                each.position_id, Work("Corrected"), HR, starts_on=each.starts_on, ends_on=None, is_primary=False
            )
    for state in EmploymentState:
        if chance.random() < 0.4:
            try:
                history.employment.add(state, chance.choice([*DAYS, DAY + timedelta(days=1)]), HR)
            except Conflict:
                continue
    for fact in list(history.employment.facts):
        if chance.random() < 0.1:
            history.employment.withdraw(fact, HR)
    return history


async def members(backend: Backend, document: dict[str, Any], day: date = DAY) -> list[Member]:
    return await backend.reader(Audiences).members(parsed(document), day)


@about(Audiences)
class TestAudiences:
    @pytest.mark.parametrize("seed", range(SETS))
    async def test_the_store_decides_as_the_domain(self, backend: Backend, seed: int) -> None:
        chance = Random(seed)
        group = a_group(chance, CountingIds())
        await group.store(backend)
        audiences = backend.reader(Audiences)
        concerned = 0
        for _ in range(RULES_OF_A_SET):
            document = a_rule(chance)
            audience, day = parsed(document), chance.choice([DAY, DAY, DAY, *DAYS])
            expected = group.under(audience, day)
            assert await audiences.members(audience, day) == expected, (document, day)
            concerned += 0 < len(expected) < PEOPLE
        assert concerned > RULES_OF_A_SET / 4
        for person in group.people(DAY):
            found = await audiences.person(person.user_id, DAY)
            assert found == replace(person, positions=tuple(filter(None, person.held)))

    async def test_every_value_is_compared_with_every_other(self, backend: Backend) -> None:
        held = [*WORDS, *NUMBERS, *DAY_TEXTS, True, False, None, [], {}, ["tx"], {"tx": "tx"}, 2**62, -1e300, 1e-300]
        users = [a_user(n, metadata={"a": {"b": value}}) for n, value in enumerate(held, start=1)]
        await save(backend, *users)
        people = [PersonOnDay(each.id, DAY, metadata=each.profile_metadata) for each in users]
        asked = [("is", each) for each in (*WORDS, *NUMBERS, True, False) if each not in (2**53 + 1, -(2**63))]
        asked += [(order, day) for order in ORDERS for day in ("0001-01-01", "2024-02-29", "2026-03-02", "9999-12-31")]
        asked += [(order, number) for order in ORDERS for number in (-3, 0.3, 5, 5.5, 1e12)]
        for operator, value in asked:
            document = {"metadata": ["a", "b"], operator: value}
            expected = [Member(each.user_id, None) for each in people if parsed(document).positions_under(each)]
            assert await members(backend, document) == expected, document

    async def test_nobody(self, backend: Backend) -> None:
        assert await members(backend, EVERYBODY) == []
        assert await backend.reader(Audiences).person(NOBODY, DAY) is None

    async def test_somebody_without_a_history_is_under_rules_for_everybody(self, backend: Backend) -> None:
        await save(backend, a_user(2), a_user(1))
        assert await members(backend, EVERYBODY) == [Member(user_id(1), None), Member(user_id(2), None)]

    async def test_rules_beyond_what_a_database_could_nest_are_answered(self, backend: Backend) -> None:
        await save(backend, a_user(1, metadata={"a": "x"}))
        clause = {"metadata": ["a"], "is": "y"}
        wide = {"any": [{"not": {"all": [{"not": clause}, {"not": {"any": [clause] * 90}}]}}, *[clause] * 90]}
        assert await members(backend, wide) == []
        assert await members(backend, {"not": wide}) == [Member(user_id(1), None)]

    async def test_days_are_counted_from_the_first_day_of_the_calendar_to_the_last(self, backend: Backend) -> None:
        first, last = date(1, 1, 1), date(9999, 12, 31)
        hired = date(1950, 1, 1)
        history = History(user_id(1), (), (), CountingIds().new)
        history.employment.add(EmploymentState.HIRED, hired, HR)
        await save(backend, a_user(1))
        await backend.units.run(lambda unit: unit.port(Histories).keep([history]))
        days = [(operator, days) for operator in ("is", *ORDERS) for days in (0, 1, 40_000)]
        for day in (first, first + timedelta(1), first + timedelta(40_000), hired, last):
            for operator, number in days:
                document = {"field": "days_since_hire", operator: number}
                known = day >= hired
                person = PersonOnDay(
                    user_id(1), day, EmploymentStatus.HIRED if known else None, hired if known else None
                )
                expected = [Member(user_id(1), None) for _ in parsed(document).positions_under(person)]
                assert await members(backend, document, day) == expected, (document, day)

    async def test_rules_of_as_many_values_as_possible_are_answered(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        numbers = list(range(200))
        words, days = [f"{each}" for each in numbers], [str(DAY + timedelta(each)) for each in numbers]
        some: list[dict[str, Any]] = [
            {"metadata": ["a"], "is": numbers},
            {"metadata": ["a"], "is": words},
            {"field": "hire_day", "is": days},
            {"field": "days_since_hire", "is": numbers},
            {"field": "department", "is": words},
        ]
        widest = {"any": some * 39}
        assert await members(backend, widest) == []
        assert await members(backend, {"not": widest}) == [Member(user_id(1), None)]
