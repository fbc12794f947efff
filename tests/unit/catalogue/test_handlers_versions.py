"""The handlers of publishing and of versions, called as plain functions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from application.catalogue.modules.commands import PublishModule, SetPrerequisites, publish_module, set_prerequisites
from application.catalogue.modules.queries import ModuleDetail, ReadModule, SectionView, read_module
from application.catalogue.ports import Modules, Versions
from application.catalogue.versions.queries import (
    CompareVersions,
    ListVersions,
    ReadVersion,
    compare_versions,
    list_versions,
    read_version,
)
from application.kernel.access import Actor
from application.kernel.messages import Cursor
from application.kernel.units import Unit
from application.learning.enrollments.commands import EnrollUser, EnrollUsers, enroll_user, enroll_users
from application.learning.enrollments.queries import ReadEnrollment, read_enrollment
from application.learning.ports import Enrollments
from domain.catalogue.module_life import ModuleEdited, ModuleNotFound, ModulePublished, NothingNew
from domain.catalogue.prerequisites import PrerequisiteCircle
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson
from domain.catalogue.versions import PartChanges, VersionComparison, VersionNotFound
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from domain.learning.completion import Eligibility
from domain.learning.enrollments import Enrollment
from kit.examples import LATER, NOW, a_draft, a_lesson, a_published_module, an_attestation, an_enrollment, uid
from worlds.memory import ADMIN_ID, ANA, BEN, World, world_of_people

M, LESSON, STATEMENT = uid(900), uid(11), uid(13)
LEARNER = Actor(ANA, Role.AUTHENTICATED)


@pytest.fixture
async def world() -> World:
    """Holds the module M of a lesson and an attestation, published once, beside the people."""
    world = await world_of_people()
    await world.holds(a_draft(a_lesson(11), an_attestation(13)))
    await publish(world)
    return world


async def publish(world: World, **how: Any) -> ModuleDetail:
    return await world.call(publish_module, PublishModule(M, **how))


async def change(world: World, *titles: str) -> None:
    """Give the lesson and the attestation these titles."""

    async def work(unit: Unit) -> None:
        module = await unit.port(Modules).get(M)
        for section_id, title in zip((LESSON, STATEMENT), titles, strict=False):
            module.edit_section(section_id, now=NOW, title=title)

    await world.units.run(work)


def titles(module: ModuleDetail) -> list[str]:
    return [section.title for section in cast(list[SectionView], module.sections)]


async def enrollment_of(world: World, user_id: UUID) -> Enrollment:
    return await world.units.run(lambda unit: unit.port(Enrollments).get(M, user_id))


class TestPublishing:
    async def test_again(self, world: World) -> None:
        await change(world, "New")
        published = await publish(world, change_note="A new title", material=True, reopens=Reopens.NOBODY)
        assert (published.version_number, published.published_at) == (2, LATER)
        assert world.events == [ModulePublished(M, 4, version_number=2, material=True)]
        page = await world.call(list_versions, ListVersions(M), actor=LEARNER)
        assert [(v.number, v.change_note, v.material, v.published_by) for v in page.items] == [
            (2, "A new title", True, ADMIN_ID),
            (1, "", False, ADMIN_ID),
        ]

    async def test_what_has_not_changed(self, world: World) -> None:
        with pytest.raises(NothingNew):
            await publish(world)
        await change(world, "New")
        await change(world, "Standard precautions")
        with pytest.raises(NothingNew):
            await publish(world)

    def test_only_what_is_material_moves_anybody(self) -> None:
        with pytest.raises(InvalidValue) as refusal:
            PublishModule(M, move_enrollments=True)
        assert refusal.value.field == ("move_enrollments",)

    async def test_a_material_version_says_for_whom_it_reopens(self, world: World) -> None:
        await change(world, "New")
        due_on = LATER.date() + timedelta(days=30)
        await publish(world, material=True, reopens=Reopens.EVERYONE, reopen_due_on=due_on)
        (told,) = world.events
        assert isinstance(told, ModulePublished)
        assert (told.reopens, told.reopen_due_on) == (Reopens.EVERYONE, due_on)
        page = await world.call(list_versions, ListVersions(M), actor=LEARNER)
        assert [(v.reopens, v.reopen_due_on) for v in page.items] == [
            (Reopens.EVERYONE, due_on),
            (Reopens.NOBODY, None),
        ]

    @pytest.mark.parametrize(
        ("chosen", "field"),
        [
            ({"material": True}, "reopens"),
            ({"reopens": Reopens.NEW_PEOPLE}, "reopens"),
            ({"material": True, "reopens": Reopens.EVERYONE}, "reopen_due_on"),
            ({"material": True, "reopens": Reopens.NOBODY, "reopen_due_on": LATER.date()}, "reopen_due_on"),
            ({"reopen_due_on": LATER.date()}, "reopen_due_on"),
        ],
    )
    def test_a_choice_without_sense_is_refused(self, chosen: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidValue) as refusal:
            PublishModule(M, **chosen)
        assert refusal.value.field == (field,)

    async def test_nothing_is_due_before_it_is_published(self, world: World) -> None:
        await change(world, "New")
        yesterday = LATER.date() - timedelta(days=1)
        with pytest.raises(InvalidValue, match="not be before the day of the publication") as refusal:
            await publish(world, material=True, reopens=Reopens.EVERYONE, reopen_due_on=yesterday)
        assert refusal.value.field == ("reopen_due_on",)
        await publish(world, material=True, reopens=Reopens.EVERYONE, reopen_due_on=LATER.date())

    async def test_authors_see_what_is_worked_on_and_learners_what_is_offered(self, world: World) -> None:
        await change(world, "New")
        read = ReadModule(M)
        assert titles(await world.call(read_module, read, actor=Actor(BEN, Role.AUTHOR)))[0] == "New"
        offered = await world.call(read_module, read, actor=LEARNER)
        assert titles(offered) == ["Standard precautions", "Confirmation"]
        await publish(world)
        assert titles(await world.call(read_module, read, actor=LEARNER))[0] == "New"

    async def test_learners_see_no_draft(self, world: World) -> None:
        await world.holds(a_draft(a_lesson(21), number=901, title="Draft"))
        with pytest.raises(ModuleNotFound):
            await world.call(read_module, ReadModule(uid(901)), actor=LEARNER)


class TestMoving:
    @pytest.fixture(autouse=True)
    async def learners(self, world: World) -> None:
        """Ana has completed both sections, so the module; Ben the lesson only."""
        await world.holds(an_enrollment(1), an_enrollment(2))

        async def learn(unit: Unit) -> None:
            version = await unit.port(Versions).get(M, 1)
            for user_id in (ANA, BEN):
                enrollment = await unit.port(Enrollments).for_learning(M, user_id)
                enrollment.complete_section(LESSON, version, Eligibility(), attestation=None, now=NOW)
                if user_id == ANA:
                    enrollment.complete_section(
                        STATEMENT, version, Eligibility(), attestation="I have read it.", now=NOW
                    )

        await world.units.run(learn)

    @staticmethod
    def shown(enrollment: Enrollment) -> tuple[int, list[UUID]]:
        return enrollment.version_number, [done.section_id for done in enrollment.completions]

    async def test_learners_stay_with_the_version_they_began_with(self, world: World) -> None:
        await change(world, "New")
        await publish(world, material=True, reopens=Reopens.NOBODY)
        assert self.shown(await enrollment_of(world, BEN)) == (1, [LESSON])

    async def test_what_is_unchanged_still_counts(self, world: World) -> None:
        await change(world, "Standard precautions", "New")
        await publish(world, material=True, reopens=Reopens.NOBODY, move_enrollments=True)
        assert self.shown(await enrollment_of(world, BEN)) == (2, [LESSON])

    async def test_what_is_changed_does_not(self, world: World) -> None:
        await change(world, "New")
        await publish(world, material=True, reopens=Reopens.NOBODY, move_enrollments=True)
        assert self.shown(await enrollment_of(world, BEN)) == (2, [])

    async def test_who_has_completed_is_not_moved(self, world: World) -> None:
        before = await enrollment_of(world, ANA)
        await change(world, "New")
        await publish(world, material=True, reopens=Reopens.NOBODY, move_enrollments=True)
        after = await enrollment_of(world, ANA)
        assert self.shown(after) == (1, [LESSON, STATEMENT])
        assert (after.completed_at, after.version) == (NOW, before.version)

    async def test_from_whichever_version(self, world: World) -> None:
        await change(world, "Second")
        await publish(world)
        await world.holds(*[an_enrollment(3, version_number=2)])
        await change(world, "Third")
        await publish(world, material=True, reopens=Reopens.NOBODY, move_enrollments=True)
        moved = [(await enrollment_of(world, user_id)).version_number for user_id in (ANA, BEN, uid(3))]
        assert moved == [1, 3, 3]


class TestEnrolling:
    async def test_an_enrollment_is_pinned_to_what_is_offered(self, world: World) -> None:
        await change(world, "New")
        await publish(world)
        enrolled = await world.call(enroll_user, EnrollUser(M, ANA))
        assert enrolled.version_number == 2
        many = EnrollUsers(M, (BEN,))
        await world.call(enroll_users, many)
        ben = await world.call(read_enrollment, ReadEnrollment(M, BEN))
        assert ben.version_number == 2
        ana = await enrollment_of(world, ANA)
        assert ana.cycle_id != (await enrollment_of(world, BEN)).cycle_id


class TestVersions:
    async def test_one_version(self, world: World) -> None:
        await change(world, "New")
        await publish(world)
        version = await world.call(read_version, ReadVersion(M, 1), actor=LEARNER)
        sections = cast(list[SectionView], version.sections)
        assert (version.number, sections[0].title) == (1, "Standard precautions")
        assert sections[0].content == Lesson("Treat all blood as infectious.")

    async def test_page_by_page(self, world: World) -> None:
        await change(world, "New")
        await publish(world)
        first = await world.call(list_versions, ListVersions(M, limit=1))
        assert ([item.number for item in first.items], first.next) == ([2], Cursor(LATER, UUID(int=2)))
        second = await world.call(list_versions, ListVersions(M, first.next, 1))
        assert ([item.number for item in second.items], second.next) == ([1], None)

    async def test_how_two_differ(self, world: World) -> None:
        await change(world, "New")
        await publish(world)
        same = PartChanges((), (), ())
        found = await world.call(compare_versions, CompareVersions(M, 2, since=1))
        assert found == VersionComparison((), PartChanges((), (), (LESSON,)), same)
        none = await world.call(compare_versions, CompareVersions(M, 2, since=2))
        assert none == VersionComparison((), same, same)

    async def test_what_is_not_there(self, world: World) -> None:
        with pytest.raises(VersionNotFound):
            await world.call(read_version, ReadVersion(M, 2))
        for number, since in ((2, 1), (1, 2)):
            with pytest.raises(VersionNotFound):
                await world.call(compare_versions, CompareVersions(M, number, since))
        with pytest.raises(ModuleNotFound):
            await world.call(list_versions, ListVersions(uid(404)))


class TestPrerequisites:
    @pytest.fixture(autouse=True)
    async def others(self, world: World) -> None:
        await world.holds(*(a_published_module(number=n, title=f"Module {n}") for n in (901, 902)))

    async def require(self, world: World, owner: UUID, *first: UUID) -> ModuleDetail:
        return await world.call(set_prerequisites, SetPrerequisites(owner, first))

    async def test_they_are_replaced_at_once(self, world: World) -> None:
        detail = await self.require(world, M, uid(901), uid(902))
        assert detail.prerequisites == [uid(901), uid(902)]
        assert world.events == [ModuleEdited(M, 3)]
        offered = await world.call(read_module, ReadModule(M), actor=LEARNER)
        assert (offered.prerequisites, offered.version_number) == ([uid(901), uid(902)], 1)
        assert (await self.require(world, M)).prerequisites == []

    async def test_a_circle_is_refused(self, world: World) -> None:
        await self.require(world, M, uid(901))
        await self.require(world, uid(901), uid(902))
        with pytest.raises(PrerequisiteCircle):
            await self.require(world, uid(902), M)

    async def test_what_does_not_exist_is_refused(self, world: World) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await self.require(world, M, uid(901), uid(404))
        assert refusal.value.field == ("prerequisites", 1)
