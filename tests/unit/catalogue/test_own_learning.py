"""An author with an incomplete enrollment does not remove its prerequisites that are still to be completed."""

from __future__ import annotations

import pytest

from application.catalogue.modules.commands import ArchiveModule, PublishModule, SetPrerequisites
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.voiding import VoidRecord
from application.kernel.access import Actor
from application.learning.progress.commands import RenewEnrollment
from domain.catalogue.modules import TrainingModule
from domain.catalogue.sections import ModuleSection
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from domain.learning.completion import Rule
from domain.learning.enrollments import Enrollment
from kit.about import for_each
from kit.examples import NOW, a_lesson, uid
from worlds.school import COMPLIANCE, M, School, a_school

SYSTEM = Actor.system()
ANA, BEN = (Actor(uid(n), Role.AUTHOR) for n in (1, 2))
ADMIN_ANA = Actor(uid(1), Role.ADMIN)
FIRST, SECOND, DRAFT = uid(801), uid(802), uid(803)


async def held_up() -> School:
    """Ana and Ben have not completed M, for which two other modules come first; Ben has completed these."""
    school = await a_school()
    for n, module_id in enumerate((FIRST, SECOND, DRAFT)):
        sections: list[ModuleSection] = [a_lesson(30 + n)]
        module = TrainingModule.draft(module_id, title=f"Before {n}", sections=sections, now=NOW)
        await school.holds(module)
    for module_id in (FIRST, SECOND):
        await school.do(PublishModule(module_id), SYSTEM)
        await elsewhere(school, 2, module_id)
    await school.do(SetPrerequisites(M, (FIRST, SECOND)), SYSTEM)
    return school


async def elsewhere(school: School, user: int, module_id: object) -> object:
    day = NOW.date()
    command = RecordExternalTraining(uid(user), "Course", "Academy", day, module_id=module_id)  # type: ignore[arg-type]
    return (await school.do(command, COMPLIANCE)).id


async def waits(school: School) -> bool:
    return any(
        block.rule is Rule.PREREQUISITES for each in (await school.progress()).sections for block in each.blocked_by
    )


@for_each("actor", [ANA, ADMIN_ANA], ids=["author", "administrator"])
@for_each("kept", [(), (FIRST,), (SECOND,)], ids=["none", "the first", "the second"])
async def test_what_comes_first_is_not_dropped(actor: Actor, kept: tuple[object, ...]) -> None:
    school = await held_up()
    with pytest.raises(OwnTraining):
        await school.do(SetPrerequisites(M, kept), actor)  # type: ignore[arg-type]
    assert await waits(school)


@pytest.mark.parametrize("actor", [ANA, ADMIN_ANA], ids=["author", "administrator"])
async def test_what_comes_first_is_not_archived(actor: Actor) -> None:
    school = await held_up()
    for module_id in (FIRST, SECOND):
        with pytest.raises(OwnTraining):
            await school.do(ArchiveModule(module_id), actor)
    assert await waits(school)


@pytest.mark.parametrize("actor", [BEN, SYSTEM], ids=["somebody who has completed it", "the service"])
async def test_others_may(actor: Actor) -> None:
    school = await held_up()
    await school.do(SetPrerequisites(M, (FIRST,)), actor)
    assert await waits(school)
    await school.do(ArchiveModule(FIRST), actor)
    assert not await waits(school)


async def test_what_does_not_hold_oneself_up_may_be_removed() -> None:
    school = await held_up()
    await elsewhere(school, 1, FIRST)
    await school.do(SetPrerequisites(M, (SECOND,)), ANA)
    await school.do(ArchiveModule(FIRST), ANA)
    await school.do(SetPrerequisites(DRAFT, (SECOND,)), ANA)
    await school.do(SetPrerequisites(DRAFT, ()), ANA)
    assert await waits(school)


async def test_more_may_be_required_and_in_another_order() -> None:
    school = await held_up()
    third = TrainingModule.draft(uid(804), title="Before 3", sections=[a_lesson(39)], now=NOW)
    await school.holds(third)
    await school.do(PublishModule(uid(804)), SYSTEM)
    changed = await school.do(SetPrerequisites(M, (uid(804), SECOND, FIRST)), ANA)
    assert changed.prerequisites == [uid(804), SECOND, FIRST]


async def test_evidence_that_no_longer_counts_is_an_obstacle_again() -> None:
    school = await held_up()
    record = await elsewhere(school, 1, FIRST)
    await school.do(VoidRecord(record, "Somebody else's."), COMPLIANCE)  # type: ignore[arg-type]
    with pytest.raises(OwnTraining):
        await school.do(ArchiveModule(FIRST), ANA)


async def test_a_new_cycle_counts_as_incomplete_again() -> None:
    school = await held_up()
    await elsewhere(school, 1, M)
    await school.do(SetPrerequisites(M, (FIRST,)), ANA)
    await school.do(RenewEnrollment(M, uid(1), "Yearly"), COMPLIANCE)
    with pytest.raises(OwnTraining):
        await school.do(SetPrerequisites(M, ()), ANA)


async def test_the_prerequisites_of_an_archived_module_still_count() -> None:
    school = await held_up()
    await school.do(ArchiveModule(M), SYSTEM)
    with pytest.raises(OwnTraining):
        await school.do(ArchiveModule(FIRST), ANA)


@pytest.mark.parametrize("enrolled", [False, True])
async def test_each_step_of_the_way_there(enrolled: bool) -> None:
    """The first has one before it itself, and that another one, in whichever of them she is enrolled by now."""
    school = await held_up()
    deep = uid(804)
    await school.holds(TrainingModule.draft(deep, title="Before 3", sections=[a_lesson(39)], now=NOW))
    for module_id in (deep, DRAFT):
        await school.do(PublishModule(module_id), SYSTEM)
    await school.do(SetPrerequisites(DRAFT, (deep,)), ANA)
    await school.do(SetPrerequisites(DRAFT, ()), ANA)
    await school.do(SetPrerequisites(DRAFT, (deep,)), ANA)
    await school.do(SetPrerequisites(FIRST, (DRAFT,)), ANA)
    if enrolled:
        enrollment = Enrollment(FIRST, uid(1), version_number=1, cycle_id=uid(777), enrolled_by=None, now=NOW)
        await school.holds(enrollment)
    for command in (
        SetPrerequisites(FIRST, ()),
        SetPrerequisites(DRAFT, (SECOND,)),
        ArchiveModule(DRAFT),
        ArchiveModule(deep),
    ):
        with pytest.raises(OwnTraining):
            await school.do(command, ANA)
    await elsewhere(school, 1, FIRST)
    await school.do(SetPrerequisites(FIRST, (DRAFT,)), ANA)
    if not enrolled:
        await school.do(SetPrerequisites(DRAFT, ()), ANA)
        await school.do(ArchiveModule(DRAFT), ANA)
