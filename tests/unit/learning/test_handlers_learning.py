"""The handlers of learning, called as plain functions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.catalogue.ports import Modules, Versions
from application.kernel.access import Actor
from application.kernel.units import Unit
from application.learning.progress.commands import (
    CompleteSection,
    RenewEnrollment,
    StartModule,
    complete_section,
    renew_enrollment,
    start_module,
)
from application.learning.progress.queries import Progress, ReadProgress, read_progress
from application.people.users.commands import DeactivateUsers
from domain.catalogue.module_life import ModuleNotPublished
from domain.catalogue.modules import TrainingModule
from domain.catalogue.sections import SectionNotFound
from domain.catalogue.versions import ModuleVersion
from domain.evidence.certificates import CertificateIssued
from domain.evidence.record_events import TrainingRecorded
from domain.kernel.errors import Forbidden
from domain.kernel.roles import Role
from domain.learning.completion import Blocked, Rule
from domain.learning.enrollment_events import (
    CycleIncomplete,
    EnrollmentNotFound,
    EnrollmentRenewed,
    ModuleCompleted,
    ModuleStarted,
    SectionCompleted,
)
from domain.people.user_errors import UserInactive
from kit.examples import (
    LATER,
    NOW,
    a_draft,
    a_lesson,
    a_question,
    a_quiz,
    an_attestation,
    an_enrollment,
    fingerprint,
    uid,
)
from worlds.memory import ADMIN, ANA, BEN, World, world_of_people

M, FIRST, LESSON, QUIZ, STATEMENT = uid(900), uid(901), uid(11), uid(12), uid(13)
CYCLE = uid(900_001)
ANA_HERSELF = Actor(ANA, Role.AUTHENTICATED)


def published(module: TrainingModule) -> tuple[TrainingModule, ModuleVersion]:
    version = module.publish(fingerprint, by=None, now=NOW)
    module.take_events()
    return module, version


@pytest.fixture
async def world() -> World:
    """Holds the module M of a lesson and an attestation, in which Ana is enrolled."""
    world = await world_of_people()
    await world.holds(*published(a_draft(a_lesson(11), an_attestation(13))), an_enrollment(1))
    return world


async def complete(world: World, section_id: UUID, attestation: str | None = None, **how: Any) -> Progress:
    command = CompleteSection(M, ANA, section_id, attestation)
    return await world.call(complete_section, command, **{"actor": ANA_HERSELF, **how})


async def read(world: World, **how: Any) -> Progress:
    return await world.call(read_progress, ReadProgress(M, ANA), **how)


class TestStarting:
    async def test_start(self, world: World) -> None:
        progress = await world.call(start_module, StartModule(M, ANA), actor=ANA_HERSELF)
        assert (progress.started_at, progress.percent, progress.next_section_id) == (LATER, 0, LESSON)
        assert await read(world) == progress

    async def test_repeating_it_changes_nothing(self, world: World) -> None:
        first = await world.call(start_module, StartModule(M, ANA), actor=ANA_HERSELF)
        assert await world.call(start_module, StartModule(M, ANA), actor=ANA_HERSELF) == first

    async def test_who_is_not_enrolled_cannot_start(self, world: World) -> None:
        with pytest.raises(EnrollmentNotFound):
            await world.call(start_module, StartModule(M, BEN), actor=Actor(BEN, Role.AUTHENTICATED))


class TestCompleting:
    async def test_section_by_section(self, world: World) -> None:
        progress = await complete(world, LESSON)
        assert (progress.percent, progress.next_section_id, progress.completed_at) == (50, STATEMENT, None)
        assert world.events == [ModuleStarted(M, ANA, CYCLE), SectionCompleted(M, ANA, LESSON)]
        assert await read(world) == progress

    async def test_with_the_last_one_the_module_is_completed(self, world: World) -> None:
        await complete(world, LESSON)
        progress = await complete(world, STATEMENT, "I have read it.")
        assert (progress.percent, progress.next_section_id, progress.completed_at) == (100, None, LATER)
        assert world.events[:2] == [SectionCompleted(M, ANA, STATEMENT), ModuleCompleted(M, ANA, 1, CYCLE)]
        assert [type(event) for event in world.events[2:]] == [TrainingRecorded, CertificateIssued]
        assert await read(world) == progress

    async def test_repeating_it_changes_nothing(self, world: World) -> None:
        await complete(world, LESSON)
        first = await complete(world, STATEMENT, "I have read it.")
        for section in (LESSON, STATEMENT):
            assert await complete(world, section) == first
            assert world.events == []

    async def test_what_stands_in_the_way_is_said_as_data(self, world: World) -> None:
        with pytest.raises(Blocked) as refusal:
            await complete(world, STATEMENT, "Yes")
        assert [(block.rule, block.missing) for block in refusal.value.blocks] == [
            (Rule.ORDER, (LESSON,)),
            (Rule.ATTESTATION, (STATEMENT,)),
        ]
        assert (await read(world)).percent == 0

    async def test_a_quiz_is_passed(self, world: World) -> None:
        quiz = a_draft(a_quiz(12, a_question()), number=905, title="Quiz")
        await world.holds(*published(quiz), an_enrollment(1, 905))
        command = CompleteSection(uid(905), ANA, QUIZ)
        with pytest.raises(Blocked) as refusal:
            await world.call(complete_section, command, actor=ANA_HERSELF)
        assert [block.rule for block in refusal.value.blocks] == [Rule.QUIZ]

    async def test_a_section_of_another_version_is_not_found(self, world: World) -> None:
        with pytest.raises(SectionNotFound):
            await complete(world, QUIZ)

    async def test_prerequisites_come_first_and_a_valid_record_of_them_opens(self, world: World) -> None:
        first = a_draft(a_lesson(21), number=901, title="First things")
        await world.holds(*published(first), an_enrollment(1, 901))

        async def require(unit: Unit) -> None:
            module = await unit.port(Modules).get(M)
            module.require_first([FIRST], await unit.port(Modules).prerequisites(), now=NOW)

        await world.units.run(require)
        with pytest.raises(Blocked) as refusal:
            await complete(world, LESSON)
        assert [(block.rule, block.missing) for block in refusal.value.blocks] == [(Rule.PREREQUISITES, (FIRST,))]
        blocked = (await read(world)).sections[0].blocked_by
        assert blocked == refusal.value.blocks
        learned = CompleteSection(FIRST, ANA, uid(21))
        await world.call(complete_section, learned, actor=ANA_HERSELF)
        assert (await complete(world, LESSON)).percent == 50


class TestWhoLearns:
    @pytest.mark.parametrize(
        "actor",
        [Actor(BEN, Role.MANAGER, ("Hygiene",)), Actor(BEN, Role.COMPLIANCE), Actor(BEN, Role.ADMIN)],
        ids=lambda actor: actor.role,
    )
    async def test_overseers_do_not_learn_for_others(self, world: World, actor: Actor) -> None:
        with pytest.raises(Forbidden, match="learn for somebody else"):
            await complete(world, LESSON, actor=actor)
        with pytest.raises(Forbidden):
            await world.call(start_module, StartModule(M, ANA), actor=actor)
        assert (await read(world, actor=actor)).percent == 0

    @pytest.mark.parametrize(
        "actor", [Actor(BEN, Role.AUTHENTICATED), Actor(BEN, Role.MANAGER, ("Lab",)), Actor(None, Role.AUTHENTICATED)]
    )
    async def test_to_others_it_looks_missing(self, world: World, actor: Actor) -> None:
        with pytest.raises(EnrollmentNotFound):
            await complete(world, LESSON, actor=actor)
        with pytest.raises(EnrollmentNotFound):
            await world.call(start_module, StartModule(M, ANA), actor=actor)
        with pytest.raises(EnrollmentNotFound):
            await read(world, actor=actor)

    async def test_progress_of_nobody(self, world: World) -> None:
        with pytest.raises(EnrollmentNotFound):
            await world.call(read_progress, ReadProgress(M, BEN))


class TestRenewing:
    async def renew(self, world: World, **how: Any) -> Progress:
        return await world.call(renew_enrollment, RenewEnrollment(M, ANA, "Annual refresher."), **how)

    async def test_a_new_cycle_begins_in_the_version_offered_now(self, world: World) -> None:
        await complete(world, LESSON)
        await complete(world, STATEMENT, "I have read it.")
        version = await world.units.run(self.publish_again)
        assert version.number == 2
        progress = await self.renew(world)
        assert (progress.version_number, progress.started_at, progress.completed_at) == (2, None, None)
        assert (progress.percent, progress.sections[0].title) == (0, "New")
        (event,) = world.events
        assert isinstance(event, EnrollmentRenewed)
        assert (event.version_number, event.cycle_id != CYCLE) == (2, True)
        await complete(world, LESSON)
        await complete(world, STATEMENT, "I have read it.")
        assert world.events[1] == ModuleCompleted(M, ANA, 2, event.cycle_id)

    @staticmethod
    async def publish_again(unit: Unit) -> ModuleVersion:
        module = await unit.port(Modules).get(M)
        module.edit_section(LESSON, now=NOW, title="New")
        version = module.publish(fingerprint, by=None, now=NOW)
        await unit.port(Versions).add(version)
        return version

    async def test_an_incomplete_cycle_does_not(self, world: World) -> None:
        with pytest.raises(CycleIncomplete):
            await self.renew(world)

    async def test_inactive_users_cannot_begin_a_new_cycle(self, world: World) -> None:
        await complete(world, LESSON)
        await complete(world, STATEMENT, "I have read it.")
        await world.bus().execute(DeactivateUsers((ANA,)), ADMIN)
        with pytest.raises(UserInactive):
            await self.renew(world)
        assert (await read(world)).percent == 100

    async def test_what_is_archived_does_not(self, world: World) -> None:
        await complete(world, LESSON)
        await complete(world, STATEMENT, "I have read it.")

        async def archive(unit: Unit) -> None:
            (await unit.port(Modules).get(M)).archive(now=NOW)

        await world.units.run(archive)
        with pytest.raises(ModuleNotPublished):
            await self.renew(world)

    async def test_only_overseers_of_the_department_see_somebody_to_renew(self, world: World) -> None:
        await complete(world, LESSON)
        await complete(world, STATEMENT, "I have read it.")
        with pytest.raises(EnrollmentNotFound):
            await self.renew(world, actor=Actor(BEN, Role.MANAGER, ("Lab",)))
        assert (await self.renew(world, actor=Actor(BEN, Role.MANAGER, ("Hygiene",)))).percent == 0

    async def test_who_is_not_enrolled(self, world: World) -> None:
        with pytest.raises(EnrollmentNotFound):
            await world.call(renew_enrollment, RenewEnrollment(M, BEN, "Annual refresher."))
