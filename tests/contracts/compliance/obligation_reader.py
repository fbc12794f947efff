"""The contract of lists of obligations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec

from adapters.encoding import to_json
from application.compliance.obligations.coverage import CoverageReader
from application.compliance.obligations.lists import (
    AsOf,
    ObligationFilter,
    ObligationItem,
    ObligationReader,
    VisiblePeople,
)
from application.compliance.ports import ObligationKey
from application.kernel.access import EVERYONE, Actor, Scope
from application.people.histories.queries import HistoryReader
from contracts import about
from contracts.backend import Backend, pages, save
from contracts.compliance.obligation_states import DAY, MET, OVERDUE, OWED, recorded, say
from contracts.compliance.requirements import a_requirement, requirement_id
from contracts.make import a_user, user_id
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS
from contracts.people.merged import merge
from domain.compliance.due_days import ReliefAxis
from domain.compliance.standing import FulfillmentAxis, Label, Timing
from domain.kernel.roles import Role

ALL = VisiblePeople(EVERYONE)
ON_DAY = AsOf(DAY)
FRIDAY = DAY + timedelta(days=5)
ANA, BEN, EVA = user_id(1), user_id(2), user_id(3)
SHARPS, PRIVACY = requirement_id(1), requirement_id(2)


def plain(item: Any) -> Any:
    return msgspec.json.decode(to_json(item))


async def _group(backend: Backend) -> None:
    """Ana works in Hygiene in Austin, Ben in the lab in Dallas, and Eva nowhere that is known."""
    await save(backend, a_requirement(1), a_requirement(2))
    await save(backend, a_location(1, name="Austin", responsible_id=user_id(9)), a_location(2, name="Dallas"))
    await save(
        backend,
        a_user(
            1,
            full_name="Ana Ruiz",
            employee_id="E1",
            department="Hygiene",
            location="Austin",
        ),
        a_user(2, department="Lab"),
        a_user(3),
        a_user(9, full_name="Max Office"),
    )
    await LOCATIONS.say(backend, 1, "Austin", location_id(1))
    await say(
        backend,
        {
            ObligationKey(ANA, SHARPS): (
                replace(OWED, due_on=DAY + timedelta(days=5), department="Hygiène", blocks=("scan",)),
            ),
            ObligationKey(ANA, PRIVACY): (replace(MET, location_id=location_id(1), blocks=()),),
            ObligationKey(BEN, SHARPS): (OWED, OVERDUE),
            ObligationKey(EVA, PRIVACY): (replace(OWED, due_on=None),),
        },
    )


async def listed(
    backend: Backend, as_of: AsOf = ON_DAY, visible: VisiblePeople = ALL, **where: Any
) -> list[tuple[int, int]]:
    """The user and the requirement of each item, by number, a page at a time and all at once."""
    reader = backend.reader(ObligationReader)
    found = [
        await pages(
            lambda after, size: reader.page(visible, as_of, after, size, where=ObligationFilter(**where)), limit
        )
        for limit in (1, 50)
    ]
    batches = [item async for batch in reader.batches(visible, as_of, ObligationFilter(**where)) for item in batch]
    one, every = ([_numbers(item) for page in each for item in page] for each in found)
    assert one == every == [_numbers(item) for item in batches]
    page = await reader.page(visible, as_of, None, 50, where=ObligationFilter(**where), total=True)
    assert page.total == len(every)
    return every


def _numbers(item: ObligationItem) -> tuple[int, int]:
    return item.user_id.int - user_id(0).int, item.requirement_id.int - requirement_id(0).int


@about(ObligationReader)
class TestListsOfObligations:
    async def test_an_item_says_everything(self, backend: Backend) -> None:
        await _group(backend)
        page = await backend.reader(ObligationReader).of_user(ALL, ANA, ON_DAY, None, 50)
        assert page is not None
        owed, met = page.items
        assert plain(owed) == plain(
            ObligationItem(
                user_id=ANA,
                employee_id="E1",
                full_name="Ana Ruiz",
                requirement_id=SHARPS,
                requirement_code="rule_1",
                requirement_title="Rule 1",
                requirement_version=1,
                label=Label.UPCOMING,
                fulfillment=FulfillmentAxis.UNMET,
                timing=Timing.UPCOMING,
                relief=ReliefAxis.NONE,
                due_on=FRIDAY,
                due_by=OWED.due_by,
                cycle=1,
                opened_on=DAY,
                is_open=True,
                met_on=None,
                met_by=(),
                valid_until=None,
                next_opens_on=None,
                clause="",
                position_id=None,
                department="Hygiène",
                location_id=None,
                location_name=None,
                responsible_id=None,
                responsible_name=None,
                blocks=("scan",),
                modules=(),
                exceptions=(),
                from_day=DAY,
                until=DAY + timedelta(days=29),
            )
        )
        shown = plain(met)
        assert (shown["met_by"], shown["modules"], shown["clause"]) == (
            [str(each) for each in MET.met_by],
            [str(each) for each in MET.modules],
            MET.clause,
        )
        assert (shown["location_name"], shown["responsible_id"], shown["responsible_name"]) == (
            "Austin",
            str(user_id(9)),
            "Max Office",
        )
        assert shown["exceptions"] == plain(MET.exceptions)

    async def test_the_order_is_that_of_due_days_and_unknown_ones_come_last(self, backend: Backend) -> None:
        await _group(backend)
        assert await listed(backend) == [(1, 1), (2, 1), (1, 2), (3, 2)]

    async def test_each_day_has_its_own_states(self, backend: Backend) -> None:
        await _group(backend)
        assert await listed(backend, AsOf(DAY - timedelta(days=1))) == []
        later = AsOf(DAY + timedelta(days=30))
        assert await listed(backend, later) == [(2, 1), (1, 2)]
        assert await listed(backend, later, labels=(Label.OVERDUE,)) == [(2, 1)]
        assert await listed(backend, AsOf(DAY + timedelta(days=29)), labels=(Label.OVERDUE,)) == []

    async def test_lists_are_filtered(self, backend: Backend) -> None:
        await _group(backend)
        for where, expected in (
            ({"labels": (Label.MET, Label.OVERDUE)}, [(1, 2)]),
            ({"fulfillments": (FulfillmentAxis.UNMET,)}, [(1, 1), (2, 1), (3, 2)]),
            ({"timings": (Timing.NONE,)}, [(1, 2)]),
            ({"reliefs": (ReliefAxis.EXTENDED,)}, [(1, 2)]),
            ({"requirement_ids": (PRIVACY,)}, [(1, 2), (3, 2)]),
            ({"user_ids": (ANA, EVA)}, [(1, 1), (1, 2), (3, 2)]),
            ({"location_ids": (location_id(1),)}, [(1, 2)]),
            ({"departments": ("hygiene",)}, [(1, 1)]),
            ({"tasks": ("scan", "walk")}, [(1, 1)]),
            ({"due_before": DAY + timedelta(days=6)}, [(1, 1)]),
            ({"due_before": DAY + timedelta(days=5)}, []),
            ({"ends_by": date(2027, 3, 2)}, [(1, 2)]),
            ({"ends_by": date(2027, 3, 1)}, []),
            ({"is_exceptional": True}, [(1, 2)]),
            ({"requirement_ids": (SHARPS,), "user_ids": (EVA,)}, []),
        ):
            assert await listed(backend, **where) == expected, where

    async def test_what_was_known_then_stays_as_it_was(self, backend: Backend) -> None:
        await _group(backend)
        rows = [row for each in (await recorded(backend, BEN)).values() for row in each]
        known = AsOf(DAY, max(row.recorded_at for row in rows))
        before = AsOf(DAY, min(row.recorded_at for row in rows) - timedelta(microseconds=1))
        await say(backend, {ObligationKey(BEN, SHARPS): (replace(MET, until=None),), ObligationKey(EVA, PRIVACY): ()})
        assert await listed(backend, known, labels=(Label.MET,)) == [(1, 2)]
        assert await listed(backend, known) == [(1, 1), (2, 1), (1, 2), (3, 2)]
        assert await listed(backend, before) == []
        assert await listed(backend) == [(1, 1), (2, 1), (1, 2)]

    async def test_nobody_sees_more_than_is_within_sight(self, backend: Backend) -> None:
        await _group(backend)
        lab = Scope(everyone=False, user_id=user_id(9), departments=("Lab",))
        assert await listed(backend, visible=VisiblePeople(lab)) == [(2, 1)]
        assert await listed(backend, visible=VisiblePeople(lab, user_id(9))) == [(1, 1), (2, 1), (1, 2)]
        assert await listed(backend, visible=VisiblePeople(lab, user_id(8))) == [(2, 1)]
        assert await listed(backend, visible=VisiblePeople(Scope(everyone=False, user_id=EVA))) == [(3, 2)]
        reader = backend.reader(ObligationReader)
        assert await reader.of_user(VisiblePeople(lab), ANA, ON_DAY, None, 50) is None
        assert await reader.of_user(ALL, user_id(77), ON_DAY, None, 50) is None
        assert await reader.of_user(VisiblePeople(lab, user_id(9)), ANA, ON_DAY, None, 50) is not None
        counted = await reader.of_user(ALL, ANA, ON_DAY, None, 1, total=True)
        assert counted is not None
        assert (len(counted.items), counted.total) == (1, 2)
        empty = await reader.of_user(ALL, BEN, AsOf(date(2020, 1, 1)), None, 50)
        assert empty is not None
        assert list(empty.items) == []

    async def test_who_was_merged_is_responsible_as_the_user_who_stays(self, backend: Backend) -> None:
        await _group(backend)
        await save(backend, a_user(8))
        await merge(backend, duplicate=9, stays=8)
        nobody = Scope(everyone=False, user_id=user_id(8))
        assert await listed(backend, visible=VisiblePeople(nobody, user_id(8))) == [(1, 1), (1, 2)]
        reader = backend.reader(ObligationReader)
        assert await reader.of_user(VisiblePeople(nobody, user_id(8)), ANA, ON_DAY, None, 50) is not None

    async def test_only_managers_see_the_people_of_their_locations(self, backend: Backend) -> None:
        for role, responsible in ((Role.MANAGER, user_id(9)), (Role.AUTHENTICATED, None), (Role.AUTHOR, None)):
            visible = VisiblePeople.of(Actor(user_id(9), role, ("Lab",)))
            assert (visible.responsible_id, visible.scope.everyone) == (responsible, False)
        assert VisiblePeople.of(Actor(user_id(9), Role.COMPLIANCE)).scope.everyone

    async def test_what_is_superseded_is_not_known_at_the_watermark_any_more(self, backend: Backend) -> None:
        await _group(backend)
        before = (await backend.reader(HistoryReader).watermark()).at
        assert (1, 1) in await listed(backend, AsOf(DAY, before))
        await say(backend, {ObligationKey(ANA, SHARPS): ()})
        after = (await backend.reader(HistoryReader).watermark()).at
        assert (1, 1) not in await listed(backend, AsOf(DAY, after))
        assert (1, 1) in await listed(backend, AsOf(DAY, before))


@about(CoverageReader)
class TestUncoveredPeople:
    async def test_those_without_an_obligation_on_that_day_are_shown_by_name(self, backend: Backend) -> None:
        await _group(backend)
        await save(
            backend, a_user(4, full_name="Zoë", job_title="Clerk"), a_user(5, full_name="adam", department="Lab")
        )
        await save(backend, a_user(6, is_active=False))
        await say(backend, {ObligationKey(ANA, SHARPS): (), ObligationKey(ANA, PRIVACY): ()})
        reader = backend.reader(CoverageReader)
        for limit in (1, 50):
            found = await pages(lambda after, size: reader.uncovered(ALL, ON_DAY, after, size), limit)
            shown = [plain(person) for page in found for person in page]
            assert [person["full_name"] for person in shown] == ["adam", "Ana Ruiz", "Max Office", "Zoë"]
            assert (shown[1]["location_id"], shown[3]["job_title"]) == (str(location_id(1)), "Clerk")
        lab = Scope(everyone=False, user_id=user_id(9), departments=("Lab",))
        page = await reader.uncovered(VisiblePeople(lab), ON_DAY, None, 50, total=True)
        assert ([person.full_name for person in page.items], page.total) == (["adam", "Max Office"], 2)
        before = await reader.uncovered(VisiblePeople(lab), AsOf(DAY - timedelta(days=1)), None, 50)
        assert [person.user_id for person in before.items] == [user_id(5), user_id(9), BEN]
