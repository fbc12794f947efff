"""Relief: requested by one person, decided by another one, ended sooner, and erased with the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from application.compliance.ports import ObligationKey, ObligationStates
from application.compliance.relief.commands import (
    ApproveRelief,
    EndRelief,
    RejectRelief,
    RequestRelief,
    approve_relief,
    end_relief,
    reject_relief,
    request_relief,
)
from application.compliance.relief.ports import Reliefs
from application.compliance.relief.queries import (
    ListRelief,
    ReadRelief,
    ReliefDetail,
    ReliefView,
    list_relief,
    read_relief,
)
from application.kernel.access import Actor
from application.privacy.merging import MergeUser, merge_user
from application.privacy.personal_data import EraseUser, ExportPersonalData, erase_user, export_personal_data
from domain.compliance.due_days import DueBy
from domain.compliance.obligations import ObligationState
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import (
    OwnRelief,
    ReliefDecided,
    ReliefNotFound,
    ReliefNotInForce,
    ReliefOutcome,
    ReliefReason,
    ReliefRequestedBefore,
    ReliefStatus,
)
from domain.compliance.relief_events import (
    ReliefApproved,
    ReliefEnded,
    ReliefEvent,
    ReliefNotesErased,
    ReliefRejected,
    ReliefRequested,
)
from domain.compliance.relief_limits import ReliefNotPermitted
from domain.compliance.requirement import Requirement
from domain.compliance.requirement_errors import RequirementNotFound
from domain.compliance.standing import FulfillmentAxis, Timing
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from domain.people.user_errors import UserIsErased, UserIsMerged, UserNotFound
from kit.compliance import rule
from kit.examples import NOW, a_user, uid
from worlds.memory import ANA, BEN, LEFT, World, world_of_people

SHARPS, RETIRED = uid(301), uid(302)
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 30), date(2026, 5, 31)
OFFICER = Actor(uid(501), Role.COMPLIANCE)
SECOND = Actor(uid(502), Role.COMPLIANCE)
MANAGER = Actor(uid(503), Role.MANAGER, ("Hygiene",))
OWED = ObligationState(
    date(2026, 1, 1),
    cycle=1,
    version=1,
    fulfillment=FulfillmentAxis.UNMET,
    timing=Timing.OVERDUE,
    opened_on=date(2026, 1, 1),
    due_on=MARCH,
)
EXTENDED = replace(OWED, due_on=date(2026, 3, 31), due_by=DueBy.EXTENSION, unextended_on=MARCH)


def learner(user_id: UUID) -> Actor:
    return Actor(user_id, Role.AUTHENTICATED)


def a_requirement(id: UUID = SHARPS, **permitted: Any) -> Requirement:
    """A requirement in effect since 2000 that permits waivers, and extensions of 30 days."""
    requirement = Requirement(id, code=f"rule_{id.int}", title="Sharps", now=NOW)
    requirement.versions = (rule(**{"waiver": True, "extension_days": 30, "equivalent": True, **permitted}),)
    return requirement


async def prepared() -> World:
    world = await world_of_people()
    await world.holds(a_requirement())
    return world


def asking(user_id: UUID = ANA, **facts: Any) -> RequestRelief:
    """A request for a waiver from March to May."""
    known = {"kind": ReliefKind.WAIVER, "reason": ReliefReason.ILLNESS, "from_day": MARCH, "until": MAY}
    return RequestRelief(user_id, **{"requirement_id": SHARPS, **known, **facts})


async def requested(world: World, *, by: Actor = OFFICER, **facts: Any) -> ReliefView:
    return await world.call(request_relief, asking(**facts), actor=by)


async def approved(world: World, **facts: Any) -> ReliefDetail:
    relief = await requested(world, **facts)
    return await world.call(approve_relief, ApproveRelief(relief.id), actor=SECOND)


async def granted(world: World, user_id: UUID = ANA) -> list[tuple[date, date | None]]:
    """The days of the relief that the engine is given."""
    found = await world.units.run(lambda unit: unit.port(Reliefs).granted([user_id]))
    return [(each.from_day, each.until) for some in found.values() for each in some]


async def owes(world: World, *states: ObligationState, user_id: UUID = ANA) -> None:
    await world.units.run(lambda unit: unit.port(ObligationStates).replace({ObligationKey(user_id, SHARPS): states}))


class TestRequesting:
    async def test_relief_counts_once_somebody_else_has_approved_it(self) -> None:
        world = await prepared()
        relief = await requested(world, by=learner(ANA), note="Surgery in March.")
        assert (relief.status, relief.requested_by, relief.version) == (ReliefStatus.REQUESTED, ANA, 1)
        assert world.events == [ReliefRequested(SHARPS, (relief.id,), (ANA,))]
        assert await granted(world) == []
        found = await world.call(approve_relief, ApproveRelief(relief.id, "Get well."), actor=OFFICER)
        assert (found.status, found.decided_by, found.decision_note) == (
            ReliefStatus.APPROVED,
            OFFICER.id,
            "Get well.",
        )
        assert world.events[0] == ReliefApproved(SHARPS, (relief.id,), (ANA,))
        assert await granted(world) == [(MARCH, MAY)]

    async def test_nothing_is_requested_for_somebody_whom_one_may_not_see(self) -> None:
        world = await prepared()
        await requested(world, by=MANAGER)
        for actor, user_id in ((learner(BEN), ANA), (MANAGER, BEN), (OFFICER, uid(404))):
            with pytest.raises(UserNotFound):
                await requested(world, by=actor, user_id=user_id)

    async def test_nothing_is_requested_for_somebody_merged_or_erased(self) -> None:
        world = await prepared()
        await world.holds(a_user(4, department="Hygiene"), a_user(5, department="Hygiene"))
        await world.call(merge_user, MergeUser(uid(4), ANA, "Hired twice."))
        await world.call(erase_user, EraseUser(uid(5)))
        for user_id, error in ((uid(4), UserIsMerged), (uid(5), UserIsErased)):
            with pytest.raises(error):
                await requested(world, user_id=user_id)
            with pytest.raises(UserNotFound):
                await requested(world, by=MANAGER, user_id=user_id)

    async def test_the_requirement_must_exist_and_permit_it(self) -> None:
        world = await prepared()
        with pytest.raises(RequirementNotFound):
            await requested(world, requirement_id=uid(404))
        with pytest.raises(
            ReliefNotPermitted, match="The requirement permits no medical, only: delay, extension, waiver"
        ):
            await requested(world, kind=ReliefKind.MEDICAL)
        with pytest.raises(
            ReliefNotPermitted, match=r"No version of the requirement is in effect on December 31, 1999\."
        ):
            await requested(world, from_day=date(1999, 12, 31))

    async def test_a_requirement_that_is_not_in_effect_any_more_permits_nothing(self) -> None:
        world = await prepared()
        retired = a_requirement(RETIRED)
        retired.retired_on = MARCH
        await world.holds(retired)
        await requested(world, requirement_id=RETIRED, from_day=date(2026, 2, 28))
        with pytest.raises(ReliefNotPermitted, match="no longer in effect from March 1, 2026 on"):
            await requested(world, requirement_id=RETIRED)

    async def test_the_same_relief_is_not_requested_twice(self) -> None:
        world = await prepared()
        first = await requested(world)
        with pytest.raises(ReliefRequestedBefore, match=str(first.id)):
            await requested(world, by=learner(ANA))
        await requested(world, until=APRIL)
        await requested(world, user_id=BEN)
        await world.call(reject_relief, RejectRelief(first.id, "There is a class."), actor=SECOND)
        again = await requested(world)
        await world.call(approve_relief, ApproveRelief(again.id), actor=SECOND)
        with pytest.raises(ReliefRequestedBefore, match=str(again.id)):
            await requested(world)
        await world.call(end_relief, EndRelief(again.id, date(2026, 3, 20)), actor=SECOND)
        await requested(world)

    @pytest.mark.parametrize(
        ("facts", "field"),
        [({"until": None}, "until"), ({"until": date(2026, 2, 1)}, "until"), ({"reason": ReliefReason.OTHER}, "note")],
    )
    def test_what_makes_no_sense_is_refused(self, facts: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidValue) as refused:
            asking(**facts)
        assert refused.value.field == (field,)


class TestExtensions:
    async def test_an_extension_is_limited_by_the_due_day(self) -> None:
        world = await prepared()
        await owes(world, OWED)
        with pytest.raises(ReliefNotPermitted, match="30 days, until March 31, 2026 at the latest"):
            await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 4, 1))
        await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 3, 31))

    async def test_extensions_do_not_add_up(self) -> None:
        world = await prepared()
        extended = replace(EXTENDED, from_day=date(2026, 2, 10))
        await owes(world, replace(OWED, until=date(2026, 2, 9)), extended)
        with pytest.raises(ReliefNotPermitted, match="until March 31, 2026 at the latest"):
            await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 4, 15))

    async def test_a_second_one_is_refused_also_where_the_first_began_with_the_cycle(self) -> None:
        world = await prepared()
        await owes(world, EXTENDED)
        with pytest.raises(ReliefNotPermitted, match="30 days, until March 31, 2026 at the latest"):
            await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 4, 15))
        await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 3, 31))

    async def test_what_is_due_when_it_is_approved_counts(self) -> None:
        world = await prepared()
        relief = await requested(world, kind=ReliefKind.EXTENSION, until=MAY)
        await owes(world, OWED)
        with pytest.raises(ReliefNotPermitted):
            await world.call(approve_relief, ApproveRelief(relief.id), actor=SECOND)

    async def test_the_version_of_the_open_cycle_counts(self) -> None:
        world = await prepared()
        strict = replace(rule(number=2, since="2026-02-01"), approved_at=NOW)
        requirement = a_requirement(RETIRED)
        requirement.versions = (*requirement.versions, strict)
        await world.holds(requirement)
        with pytest.raises(ReliefNotPermitted, match="no waiver"):
            await requested(world, requirement_id=RETIRED)
        await world.units.run(lambda unit: unit.port(ObligationStates).replace({ObligationKey(ANA, RETIRED): (OWED,)}))
        await requested(world, requirement_id=RETIRED)

    async def test_relief_of_something_met_is_for_the_cycle_that_opens_next(self) -> None:
        world = await prepared()
        met = replace(OWED, until=APRIL, fulfillment=FulfillmentAxis.MET, is_open=False, due_on=MAY)
        opened = replace(OWED, from_day=date(2026, 5, 1), cycle=2, due_on=MAY, timing=Timing.DUE_SOON)
        await owes(world, met, opened)
        await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 6, 30))
        with pytest.raises(ReliefNotPermitted, match="until June 30, 2026"):
            await requested(world, kind=ReliefKind.EXTENSION, until=date(2026, 7, 1))


class TestDeciding:
    async def test_nobody_decides_for_oneself_or_what_one_has_requested(self) -> None:
        world = await prepared()
        relief = await requested(world)
        for actor in (OFFICER, Actor(ANA, Role.ADMIN)):
            with pytest.raises(OwnRelief):
                await world.call(approve_relief, ApproveRelief(relief.id), actor=actor)
            with pytest.raises(OwnRelief):
                await world.call(reject_relief, RejectRelief(relief.id, "No."), actor=actor)
        await world.call(approve_relief, ApproveRelief(relief.id), actor=SECOND)
        with pytest.raises(OwnRelief):
            await world.call(end_relief, EndRelief(relief.id, APRIL), actor=Actor(ANA, Role.ADMIN))

    async def test_nobody_decides_for_oneself_under_another_id(self) -> None:
        world = await prepared()
        relief = await requested(world, user_id=BEN)
        await world.call(merge_user, MergeUser(BEN, ANA, "Hired twice."))
        with pytest.raises(OwnRelief):
            await world.call(approve_relief, ApproveRelief(relief.id), actor=Actor(ANA, Role.ADMIN))
        await world.call(approve_relief, ApproveRelief(relief.id), actor=SECOND)
        assert world.events[0] == ReliefApproved(SHARPS, (relief.id,), (ANA,))
        assert await granted(world, ANA) == [(MARCH, MAY)]

    async def test_the_same_is_not_requested_once_more_after_a_merge(self) -> None:
        world = await prepared()
        relief = await requested(world, user_id=BEN)
        await world.call(merge_user, MergeUser(BEN, ANA, "Hired twice."))
        with pytest.raises(ReliefRequestedBefore, match=str(relief.id)):
            await requested(world, user_id=ANA)

    async def test_nobody_decides_about_what_was_requested_under_another_id(self) -> None:
        world = await prepared()
        relief = await requested(world, by=Actor(BEN, Role.ADMIN), user_id=LEFT)
        survivor = Actor(ANA, Role.ADMIN)
        await world.call(merge_user, MergeUser(BEN, ANA, "Hired twice."))
        with pytest.raises(OwnRelief):
            await world.call(approve_relief, ApproveRelief(relief.id), actor=survivor)
        with pytest.raises(OwnRelief):
            await world.call(reject_relief, RejectRelief(relief.id, "No."), actor=survivor)
        await world.call(approve_relief, ApproveRelief(relief.id), actor=SECOND)

    async def test_what_is_decided_stays_decided(self) -> None:
        world = await prepared()
        relief = await requested(world)
        rejected = await world.call(reject_relief, RejectRelief(relief.id, "There is a class."), actor=SECOND)
        assert (rejected.status, rejected.decision_note) == (ReliefStatus.REJECTED, "There is a class.")
        assert world.events == [ReliefRejected(SHARPS, (relief.id,), (ANA,))]
        for handler, command in (
            (approve_relief, ApproveRelief(relief.id)),
            (reject_relief, RejectRelief(relief.id, "No.")),
        ):
            with pytest.raises(ReliefDecided):
                await world.call(handler, command, actor=SECOND)
        with pytest.raises(ReliefNotFound):
            await world.call(approve_relief, ApproveRelief(uid(404)), actor=SECOND)

    async def test_approved_relief_ends_sooner_and_what_was_known_stays(self) -> None:
        world = await prepared()
        relief = await approved(world)
        ended = await world.call(end_relief, EndRelief(relief.id, APRIL, "Back at work."), actor=OFFICER)
        assert (ended.until, ended.requested_until, ended.ended_by) == (APRIL, MAY, OFFICER.id)
        assert world.events[0] == ReliefEnded(SHARPS, (relief.id,), (ANA,))
        assert await granted(world) == [(MARCH, APRIL)]
        again = await world.call(end_relief, EndRelief(relief.id, APRIL), actor=SECOND)
        assert (again.version, world.events) == (3, [])
        with pytest.raises(ReliefNotInForce):
            await world.call(end_relief, EndRelief(relief.id, MAY), actor=SECOND)
        await world.call(end_relief, EndRelief(relief.id, date(2026, 1, 5)), actor=SECOND)
        assert await granted(world) == []
        shown = await world.call(read_relief, ReadRelief(relief.id))
        assert [(each.number, each.outcome, each.last_day) for each in shown.decisions] == [
            (1, ReliefOutcome.APPROVED, None),
            (2, ReliefOutcome.ENDED, APRIL),
            (3, ReliefOutcome.ENDED, date(2026, 2, 28)),
        ]


class TestReading:
    async def test_each_sees_their_own_managers_their_people_and_officers_all(self) -> None:
        world = await prepared()
        first, second = await requested(world), await requested(world, user_id=BEN)
        for actor, seen in (
            (learner(ANA), [first.id]),
            (learner(BEN), [second.id]),
            (MANAGER, [first.id]),
            (OFFICER, [second.id, first.id]),
        ):
            page = await world.call(list_relief, ListRelief(), actor=actor)
            assert [each.id for each in page.items] == seen
        with pytest.raises(ReliefNotFound):
            await world.call(read_relief, ReadRelief(second.id), actor=MANAGER)

    async def test_the_person_gets_it_with_all_other_data_and_its_notes_are_erased_with_the_person(self) -> None:
        world = await prepared()
        relief = await requested(world, note="Surgery in March.")
        await requested(world, until=APRIL)
        await world.call(reject_relief, RejectRelief(relief.id, "Not on that day."), actor=SECOND)
        shown = await world.call(export_personal_data, ExportPersonalData(ANA), actor=learner(ANA))
        assert [each.note for each in shown.relief] == ["", "Surgery in March."]
        await world.call(erase_user, EraseUser(ANA))
        assert ReliefNotesErased(SHARPS, (relief.id,), (ANA,)) in world.events
        erased = await world.call(read_relief, ReadRelief(relief.id))
        assert (erased.note, erased.decision_note, erased.reason) == ("", "", ReliefReason.ILLNESS)

    async def test_requests_of_an_erased_person_do_not_wait_any_longer(self) -> None:
        world = await prepared()
        relief = await requested(world)
        await world.call(erase_user, EraseUser(ANA))
        told = [each for each in world.events if isinstance(each, ReliefEvent)]
        assert told == [ReliefRejected(SHARPS, (relief.id,), (ANA,))]
        waiting = await world.call(list_relief, ListRelief((ReliefStatus.REQUESTED,)))
        assert waiting.items == []

    async def test_an_erasure_changes_nothing_of_what_was_decided_without_words(self) -> None:
        world = await prepared()
        await approved(world)
        await world.call(erase_user, EraseUser(ANA))
        assert not [each for each in world.events if isinstance(each, ReliefEvent)]
        assert await granted(world) == [(MARCH, MAY)]
