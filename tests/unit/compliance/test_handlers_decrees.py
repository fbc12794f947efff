"""Relief by decree: requested for many at once, approved at once by somebody else, and ended."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from adapters.system import ZonedCalendar
from application.compliance.ports import Member
from application.compliance.relief.commands import RejectRelief, reject_relief
from application.compliance.relief.decrees import (
    ApproveDecree,
    DecidedDecree,
    DecreedPeople,
    DecreeRelief,
    EndDecree,
    RejectDecree,
    approve_decree,
    decree_relief,
    end_decree,
    reject_decree,
)
from application.compliance.relief.ports import Reliefs
from application.compliance.relief.queries import ListRelief, ReadDecree, list_relief, read_decree
from application.kernel.access import Actor
from application.kernel.units import Unit
from application.people.ports import Staff
from application.people.users.commands import RegisterUser, register_user
from application.privacy.merging import MergeUser, merge_user
from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All
from domain.compliance.audience_documents import parsed
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import OwnRelief, ReliefDecided, ReliefNotInForce, ReliefReason, ReliefStatus
from domain.compliance.relief_decrees import MOST_DECREED, DecreeNotFound, NobodyDecreed, ReliefDecree, decide_all
from domain.compliance.relief_events import ReliefApproved, ReliefEnded, ReliefEvent, ReliefRejected, ReliefRequested
from domain.compliance.requirement_errors import RequirementNotFound
from domain.kernel.aggregate import MOST_NAMED
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from kit.examples import NOW, a_user, uid
from unit.compliance.test_handlers_relief import (
    APRIL,
    MARCH,
    MAY,
    OFFICER,
    SECOND,
    SHARPS,
    granted,
    prepared,
    requested,
)
from worlds.memory import ANA, BEN, World

STORM = LegalSource("Disaster proclamation of March 1, 2026", Basis.POLICY, "TX")
EVERYBODY = Audience(All(()))


def ordering(**facts: Any) -> DecreeRelief:
    """A decree of waivers from March to May for Ana and Ben."""
    known = {"kind": ReliefKind.WAIVER, "reason": ReliefReason.DISASTER, "from_day": MARCH, "until": MAY}
    known |= {"requirement_id": SHARPS, "source": STORM, "user_ids": (ANA, BEN)}
    return DecreeRelief(**{**known, **facts})


async def decreed(world: World, *, by: Actor = OFFICER, **facts: Any) -> DecidedDecree:
    return await world.call(decree_relief, ordering(**facts), actor=by)


def counts(decree: DecidedDecree) -> tuple[int, int, int]:
    return decree.requested, decree.approved, decree.rejected


def refused(decree: DecidedDecree) -> list[tuple[int, str]]:
    return [(each.user_id.int, each.code) for each in decree.refused]


def told(world: World) -> list[ReliefEvent]:
    return [each for each in world.events if isinstance(each, ReliefEvent)]


async def test_one_decision_of_somebody_else_gives_relief_to_all() -> None:
    world = await prepared()
    decree = await decreed(world)
    assert (counts(decree), refused(decree), decree.source) == ((2, 0, 0), [], STORM)
    page = await world.call(list_relief, ListRelief(decree_id=decree.id))
    ids = {each.user_id: each.id for each in page.items}
    approved = await world.call(approve_decree, ApproveDecree(decree.id), actor=SECOND)
    assert (counts(approved), approved.refused) == ((0, 2, 0), [])
    (event,) = told(world)
    assert event == ReliefApproved(SHARPS, (ids[ANA], ids[BEN]), (ANA, BEN), decree.id)
    assert [await granted(world, each) for each in (ANA, BEN)] == [[(MARCH, MAY)], [(MARCH, MAY)]]
    shown = await world.call(read_decree, ReadDecree(decree.id))
    assert (shown.requested, shown.approved, shown.rejected) == (0, 2, 0)


async def test_an_audience_says_for_whom() -> None:
    world = await prepared()
    for number, department in enumerate(("Lab", "Lab", "Front desk")):
        await world.call(register_user, RegisterUser(f"{number}@example.com", department=department))
    decree = await decreed(world, user_ids=(), audience=parsed({"field": "department", "is": ["Lab"]}))
    (event,) = told(world)
    assert (type(event), len(event.user_ids), decree.requested) == (ReliefRequested, 2, 2)
    with pytest.raises(NobodyDecreed, match="the audience includes no one today"):
        await decreed(world, user_ids=(), audience=parsed({"field": "department", "is": ["Sterilization"]}))


@pytest.mark.parametrize("facts", [{"user_ids": ()}, {"audience": EVERYBODY}])
def test_ids_or_an_audience_say_for_whom(facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue, match="and not both"):
        ordering(**facts)


async def test_who_cannot_be_given_it_is_left_out_with_the_reason() -> None:
    world = await prepared()
    await world.holds(a_user(4), a_user(5))
    await world.call(merge_user, MergeUser(uid(4), uid(5), "Hired twice."))
    await requested(world, user_id=BEN)
    decree = await decreed(world, user_ids=(ANA, BEN, uid(4), uid(404), ANA))
    assert counts(decree) == (1, 0, 0)
    assert refused(decree) == [(4, "user-merged"), (404, "user-not-found"), (2, "relief-requested-before")]


async def test_a_decree_for_nobody_is_refused() -> None:
    world = await prepared()
    with pytest.raises(NobodyDecreed, match="The requirement permits no medical"):
        await decreed(world, kind=ReliefKind.MEDICAL)
    with pytest.raises(NobodyDecreed, match="no user"):
        await decreed(world, user_ids=(uid(404),))
    with pytest.raises(RequirementNotFound):
        await decreed(world, requirement_id=uid(404))
    await decreed(world)
    with pytest.raises(NobodyDecreed, match="was requested for this person before"):
        await decreed(world)


async def test_nobody_decides_about_their_own_decree() -> None:
    world = await prepared()
    decree = await decreed(world)
    for handler, command in (
        (approve_decree, ApproveDecree(decree.id)),
        (reject_decree, RejectDecree(decree.id, "No.")),
    ):
        with pytest.raises(OwnRelief):
            await world.call(handler, command, actor=OFFICER)
    with pytest.raises(DecreeNotFound):
        await world.call(approve_decree, ApproveDecree(uid(404)), actor=SECOND)
    with pytest.raises(DecreeNotFound):
        await world.call(read_decree, ReadDecree(uid(404)))


async def test_whom_a_decree_concerns_leaves_the_own_relief_to_somebody_else() -> None:
    world = await prepared()
    decree = await decreed(world)
    approved = await world.call(approve_decree, ApproveDecree(decree.id), actor=Actor(ANA, Role.COMPLIANCE))
    assert (counts(approved), refused(approved)) == ((1, 1, 0), [(1, "own-relief")])
    assert [await granted(world, each) for each in (ANA, BEN)] == [[], [(MARCH, MAY)]]
    with pytest.raises(OwnRelief):
        await world.call(approve_decree, ApproveDecree(decree.id), actor=Actor(ANA, Role.COMPLIANCE))
    rest = await world.call(approve_decree, ApproveDecree(decree.id), actor=SECOND)
    assert (counts(rest), rest.refused) == ((0, 2, 0), [])
    with pytest.raises(ReliefDecided):
        await world.call(approve_decree, ApproveDecree(decree.id), actor=SECOND)


async def test_what_was_decided_by_itself_stays_as_it_is() -> None:
    world = await prepared()
    decree = await decreed(world)
    page = await world.call(list_relief, ListRelief(user_id=ANA))
    await world.call(reject_relief, RejectRelief(page.items[0].id, "She was trained."), actor=SECOND)
    approved = await world.call(approve_decree, ApproveDecree(decree.id), actor=SECOND)
    assert (counts(approved), approved.refused) == ((0, 1, 1), [])


async def test_a_decree_is_rejected() -> None:
    world = await prepared()
    decree = await decreed(world)
    with pytest.raises(InvalidValue, match="must say why"):
        await world.call(reject_decree, RejectDecree(decree.id, " "), actor=SECOND)
    rejected = await world.call(reject_decree, RejectDecree(decree.id, "It was lifted."), actor=SECOND)
    assert counts(rejected) == (0, 0, 2)
    assert [type(each) for each in told(world)] == [ReliefRejected]
    statuses = (await world.call(list_relief, ListRelief())).items
    assert {each.status for each in statuses} == {ReliefStatus.REJECTED}


async def test_a_decree_ends_for_all() -> None:
    world = await prepared()
    decree = await decreed(world)
    with pytest.raises(ReliefNotInForce):
        await world.call(end_decree, EndDecree(decree.id, APRIL), actor=SECOND)
    await world.call(approve_decree, ApproveDecree(decree.id), actor=SECOND)
    ended = await world.call(end_decree, EndDecree(decree.id, APRIL, "It was lifted."), actor=OFFICER)
    assert (counts(ended), ended.refused) == ((0, 2, 0), [])
    assert [(type(each), each.user_ids) for each in told(world)] == [(ReliefEnded, (ANA, BEN))]
    assert [await granted(world, each) for each in (ANA, BEN)] == [[(MARCH, APRIL)], [(MARCH, APRIL)]]
    again = await world.call(end_decree, EndDecree(decree.id, APRIL), actor=Actor(ANA, Role.COMPLIANCE))
    assert (told(world), refused(again)) == ([], [(1, "own-relief")])


class Crowd:
    """More people in any audience than a decree may name."""

    async def members(self, audience: Audience, as_of: date) -> list[Member]:
        return [Member(uid(30_000 + n), None) for n in range(MOST_DECREED + 1)]

    async def person(self, user_id: UUID, as_of: date) -> None:
        return None


async def test_a_decree_for_too_many_is_refused_with_the_way_out() -> None:
    world = await prepared()

    async def work(unit: Unit) -> None:
        calendar, order = ZonedCalendar("UTC"), ordering(user_ids=(), audience=EVERYBODY)
        people = DecreedPeople(unit.port(Staff), Crowd(), unit.port(Reliefs), calendar, world)
        await people.requests(STORM_DECREE, order)

    with pytest.raises(InvalidValue, match=r"20001 people.*at most 20000: divide it, for example by location"):
        await world.units.run(work)


STORM_DECREE = ReliefDecree(
    uid(1), SHARPS, ReliefKind.WAIVER, ReliefReason.DISASTER, "", MARCH, MAY, STORM, OFFICER.id, NOW
)


def test_many_people_are_decided_and_named_in_as_few_events_as_may_be() -> None:
    decree = STORM_DECREE
    people = [decree.relief(uid(10_000 + n), uid(20_000 + n)) for n in range(MOST_NAMED + 1)]
    decision = decide_all(people, lambda relief: relief.approve(by=SECOND.id, now=NOW))
    events = list(ReliefApproved.together(decision.decided, decree.id))
    assert [len(each.user_ids) for each in events] == [MOST_NAMED, 1]
    assert [user_id for each in events for user_id in each.user_ids] == [each.user_id for each in people]
    assert MOST_DECREED > MOST_NAMED
