"""Recording training that somebody else gave, and looking at records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords, ReadRecord, RecordView
from application.evidence.records.voiding import VoidedRecord, VoidRecord
from application.kernel.access import Actor
from domain.catalogue.completion_rules import EvidenceTerms
from domain.evidence.record_events import Delivery
from domain.evidence.records import RecordedBefore, RecordNotFound
from domain.evidence.voiding import RecordIsVoid, RecordVoided
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Forbidden, InvalidValue
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from domain.people.user_errors import UserNotFound
from kit.examples import LATER, NOW, a_draft, a_lesson, a_user, fingerprint, uid
from worlds.memory import ADMIN, ADMIN_ID, ANA, BEN, World

M, DRAFT = uid(900), uid(902)
COMPLIANCE = Actor(uid(8), Role.COMPLIANCE)
MANAGER, OTHER_MANAGER = (Actor(uid(9), Role.MANAGER, (department,)) for department in ("Hygiene", "Front desk"))
LIFE_SUPPORT = RecordExternalTraining(
    ANA,
    "Basic life support",
    "American Heart Association",
    date(2026, 2, 14),
    reference="eCard 2260",
    summary="CPR and AED",
    valid_until=date(2028, 2, 29),
    citation="22 TAC 104.1",
    credit_hours=4,
)


@pytest.fixture
async def world() -> World:
    """Holds a published module that is valid for a year, and a draft; ANA of Hygiene and BEN of the front desk."""
    world = World()
    module = a_draft(a_lesson(), evidence=EvidenceTerms(12, 10, 1.5))
    version = module.publish(fingerprint, by=None, now=NOW)
    await world.holds(module, version, a_draft(number=902, title="Radiation"))
    await world.holds(
        a_user(1, full_name="Ana Ruiz", department="Hygiene", job_title="Hygienist", location="Austin"),
        a_user(2, department="Front desk"),
    )
    return world


async def recorded(world: World, training: RecordExternalTraining = LIFE_SUPPORT, actor: Actor = ADMIN) -> RecordView:
    return await world.bus().execute(training, actor)


class TestExternalTraining:
    async def test_it_is_recorded_as_the_certificate_says(self, world: World) -> None:
        view = await recorded(world)
        day = datetime(2026, 2, 14, tzinfo=UTC)
        assert view == RecordView(
            id=view.id,
            user_id=ANA,
            full_name="Ana Ruiz",
            job_title="Hygienist",
            department="Hygiene",
            location="Austin",
            module_id=None,
            title="Basic life support",
            summary="CPR and AED",
            version_number=None,
            content_hash=None,
            citation="22 TAC 104.1",
            delivery=Delivery.EXTERNAL,
            started_at=day,
            completed_at=day,
            credit_hours=4,
            score=None,
            pass_mark=None,
            attempt_id=None,
            attempt_number=None,
            attestations=(),
            trainers=(),
            session_id=None,
            issuer="American Heart Association",
            reference="eCard 2260",
            valid_from=date(2026, 2, 14),
            valid_until=date(2028, 2, 29),
            retention_until=date(2032, 2, 14),
            recorded_at=LATER,
            recorded_by=ADMIN_ID,
            certificate_serial=None,
            revoked_at=None,
            time_zone="UTC",
        )
        assert await world.bus().ask(ReadRecord(view.id), ADMIN) == view

    async def test_it_may_count_as_a_modules_training(self, world: World) -> None:
        view = await recorded(world, replace(LIFE_SUPPORT, module_id=M, valid_until=None), COMPLIANCE)
        assert (view.module_id, view.version_number, view.title) == (M, None, "Basic life support")
        assert (view.valid_until, view.retention_until) == (date(2027, 2, 14), date(2036, 2, 14))
        assert view.recorded_by == COMPLIANCE.user_id

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"module_id": uid(404)}, ("module_id",)),
            ({"module_id": DRAFT}, ("module_id",)),
            ({"completed_on": date(2026, 3, 3)}, ("completed_on",)),
            ({"valid_until": date(2026, 2, 13)}, ("valid_until",)),
            ({"issuer": " "}, ("issuer",)),
            ({"credit_hours": float("nan")}, ("credit_hours",)),
        ],
    )
    async def test_what_cannot_be_is_refused(self, world: World, wrong: dict[str, Any], field: tuple[str]) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await recorded(world, replace(LIFE_SUPPORT, **wrong))
        assert refusal.value.field == field
        assert (await world.bus().ask(ListRecords(ANA), ADMIN)).items == []

    async def test_nobody(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            await recorded(world, replace(LIFE_SUPPORT, user_id=uid(404)))

    async def test_only_compliance_records_it(self, world: World) -> None:
        for actor in (MANAGER, Actor(ANA, Role.AUTHENTICATED), Actor(uid(7), Role.AUTHOR)):
            with pytest.raises(Forbidden):
                await recorded(world, LIFE_SUPPORT, actor)


class TestLookingAtRecords:
    async def test_the_newest_completion_is_first(self, world: World) -> None:
        days = [date(2025, 1, 9), date(2026, 1, 9), date(2024, 1, 9)]
        views = [await recorded(world, replace(LIFE_SUPPORT, completed_on=day)) for day in days]
        page = await world.bus().ask(ListRecords(ANA, limit=2), ADMIN)
        assert page.items == [views[1], views[0]]
        rest = await world.bus().ask(ListRecords(ANA, page.next), ADMIN)
        assert (rest.items, rest.next) == ([views[2]], None)

    @pytest.mark.parametrize(
        "actor", [Actor(ANA, Role.AUTHENTICATED), MANAGER, COMPLIANCE, ADMIN], ids=lambda actor: actor.role
    )
    async def test_they_are_shown_to_those_who_see_the_person(self, world: World, actor: Actor) -> None:
        view = await recorded(world)
        assert (await world.bus().ask(ListRecords(ANA), actor)).items == [view]
        assert await world.bus().ask(ReadRecord(view.id), actor) == view

    @pytest.mark.parametrize(
        "actor",
        [Actor(BEN, Role.AUTHENTICATED), Actor(uid(7), Role.AUTHOR), OTHER_MANAGER],
        ids=lambda actor: actor.role,
    )
    async def test_for_others_they_are_not_there(self, world: World, actor: Actor) -> None:
        view = await recorded(world)
        with pytest.raises(UserNotFound):
            await world.bus().ask(ListRecords(ANA), actor)
        with pytest.raises(RecordNotFound):
            await world.bus().ask(ReadRecord(view.id), actor)

    async def test_nobody_and_nothing(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            await world.bus().ask(ListRecords(uid(404)), ADMIN)
        with pytest.raises(RecordNotFound):
            await world.bus().ask(ReadRecord(uid(404)), ADMIN)


class TestOnce:
    async def test_the_same_certificate_is_recorded_once_and_the_first_is_named(self, world: World) -> None:
        first = await recorded(world)
        for same in (LIFE_SUPPORT, replace(LIFE_SUPPORT, title="BASIC LIFE SUPPORT", valid_until=None, credit_hours=8)):
            with pytest.raises(RecordedBefore, match=str(first.id)):
                await recorded(world, same)
        others: list[dict[str, Any]] = [
            {"user_id": BEN},
            {"completed_on": date(2026, 2, 13)},
            {"reference": "eCard 2261"},
            {"issuer": "Red Cross"},
            {"module_id": M},
        ]
        for change in others:
            assert await recorded(world, replace(LIFE_SUPPORT, **change))

    async def test_once_it_is_void_it_can_be_recorded_again_and_again_once(self, world: World) -> None:
        first = await recorded(world)
        for _ in range(2):
            await world.bus().execute(VoidRecord(first.id, "The wrong day was typed."), COMPLIANCE)
            second = await recorded(world)
            with pytest.raises(RecordedBefore, match=str(second.id)):
                await recorded(world)
            first = second
        assert len((await world.bus().ask(ListRecords(ANA), ADMIN)).items) == 3


class TestVoiding:
    async def test_a_void_record_stays_and_says_why(self, world: World) -> None:
        view = await recorded(world)
        told: list[DomainEvent] = []
        bus = world.bus()
        bus.listen(told.extend)
        done = await bus.execute(VoidRecord(view.id, "Entered for the wrong person."), COMPLIANCE)
        assert done == VoidedRecord(view.id, LATER, COMPLIANCE.user_id, "Entered for the wrong person.")
        assert told == [RecordVoided(view.id, ANA, None)]
        shown = await world.bus().ask(ReadRecord(view.id), ADMIN)
        assert (shown.voided_at, shown.voided_by) == (done.voided_at, done.voided_by)
        assert shown.void_reason == "Entered for the wrong person."
        assert replace(shown, voided_at=None, voided_by=None, void_reason=None) == view
        with pytest.raises(RecordIsVoid):
            await bus.execute(VoidRecord(view.id, "Entered for the wrong person."), COMPLIANCE)

    async def test_nobody_voids_the_own(self, world: World) -> None:
        view = await recorded(world)
        with pytest.raises(OwnTraining):
            await world.bus().execute(VoidRecord(view.id, "I do not like it."), Actor(ANA, Role.ADMIN))
        with pytest.raises(RecordNotFound):
            await world.bus().execute(VoidRecord(uid(404), "Why not?"), ADMIN)
        assert (await world.bus().ask(ReadRecord(view.id), ADMIN)).voided_at is None
