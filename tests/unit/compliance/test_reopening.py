"""What a material version of a module does to what people owe: as its publisher has chosen, and no more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.compliance.recomputations import RECOMPUTATIONS
from application.catalogue.modules.commands import ArchiveModule, PublishModule
from application.catalogue.sections.commands import AddSection, RemoveSection
from application.compliance.publication_preview import PreviewPublication
from application.evidence.records.commands import RecordExternalTraining
from application.kernel.access import Actor
from application.learning.enrollments.commands import EnrollUser
from application.learning.progress.commands import CompleteSection
from domain.catalogue.module_life import ModuleIsArchived
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson
from domain.compliance.fulfillment import Courses, CourseSet
from domain.compliance.standing import Label
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from kit.compliance import rule
from kit.examples import uid
from situations.stage import OFFICER, Course, learner
from worlds.memory import Timed
from worlds.owing import Owing


class Group(Owing):
    """A rule that asks for one course once, within 30 days of hire, and what people owe by it."""

    def __init__(self) -> None:
        self.world = Timed()
        super().__init__(self.world.bus(), self.world.units, self.world.clock)
        self.taught: Course

    async def begin(self) -> None:
        self.taught = await self.course()
        await self.approve(1, rule(Courses(CourseSet((self.taught.id,)))))
        await self.settle()

    async def hired(self, name: str, *, trained: bool = True) -> UUID:
        user_id = await self.person(name, hired_on=self.today)
        if trained:
            await self.trains(user_id)
        return user_id

    async def trains(self, user_id: UUID) -> None:
        known = RecordExternalTraining(user_id, "Sharps", "Here", self.today, module_id=self.taught.id)
        await self.do(known, OFFICER)

    async def publish(self, reopens: Reopens, due_on: date | None = None, **how: Any) -> int:
        """Publish a material version; how many marks were left."""
        await self.do(AddSection(self.taught.id, "More", Lesson(f"Since {self.today}.")), OFFICER)
        how = {"material": True, "reopens": reopens, "reopen_due_on": due_on, **how}
        await self.do(PublishModule(self.taught.id, **how), OFFICER)
        left = len(list(self.world.store.table(RECOMPUTATIONS).rows()))
        await self.settle()
        assert await self.differing() == []
        return left

    async def previewed(self, reopens: Reopens, due_on: date | None = None) -> tuple[int, list[tuple[Any, ...]]]:
        """How many people it would reopen something for; how many of each requirement, and by when."""
        shown = await self.do(PreviewPublication(self.taught.id, reopens, due_on), OFFICER)
        of_rules = [
            (each.code, each.people, each.reopens, [(due.due_on, due.people) for due in each.due])
            for each in shown.requirements
        ]
        return shown.reopens, of_rules

    def days(self, number: int) -> date:
        return self.today + timedelta(days=number)

    async def label(self, user_id: UUID, day: date) -> Label:
        (state,) = (each for each in await self.owes(user_id) if each.covers(day))
        return state.label


@pytest.fixture
async def group() -> Group:
    made = Group()
    await made.begin()
    return made


async def test_for_everyone_older_training_is_valid_until_the_due_day(group: Group) -> None:
    ana = await group.hired("ana")
    group.clock.advance(timedelta(days=10))
    due_on = group.days(30)
    await group.hired("cyd", trained=False)
    assert await group.previewed(Reopens.EVERYONE, due_on) == (1, [("rule_1", 2, 1, [(due_on, 1)])])
    assert await group.label(ana, due_on + timedelta(days=1)) is Label.MET
    assert await group.publish(Reopens.EVERYONE, due_on) == 1
    assert await group.label(ana, due_on) is not Label.OVERDUE
    assert await group.label(ana, due_on + timedelta(days=1)) is Label.OVERDUE
    group.clock.advance(timedelta(days=5))
    await group.trains(ana)
    assert await group.label(ana, due_on + timedelta(days=1)) is Label.MET
    ben = await group.hired("ben")
    assert await group.label(ben, due_on + timedelta(days=1)) is Label.MET


@pytest.mark.parametrize(("reopens", "label"), [(Reopens.NEW_PEOPLE, Label.OVERDUE), (Reopens.NOBODY, Label.MET)])
async def test_for_new_people_older_training_is_no_credit(group: Group, reopens: Reopens, label: Label) -> None:
    ana, ben = await group.hired("ana"), await group.person("ben", hired_on=group.days(20))
    await group.trains(ben)
    due = [(group.days(50), 1)] if reopens is Reopens.NEW_PEOPLE else []
    group.clock.advance(timedelta(days=10))
    assert await group.previewed(reopens) == (len(due), [("rule_1", 1, len(due), due)])
    await group.publish(reopens)
    assert await group.label(ana, group.days(100)) is Label.MET
    assert await group.label(ben, group.days(100)) is label


async def test_for_nobody_nothing_changes_and_nothing_is_computed(group: Group) -> None:
    ana = await group.hired("ana")
    before = await group.owes(ana)
    group.clock.advance(timedelta(days=10))
    assert await group.publish(Reopens.NOBODY) == 0
    assert await group.owes(ana) == before


async def test_a_module_that_no_rule_names_concerns_nobody(group: Group) -> None:
    ana = await group.hired("ana")
    before = await group.owes(ana)
    group.taught = await group.course("Fire")
    assert await group.previewed(Reopens.EVERYONE, group.today) == (0, [])
    assert await group.publish(Reopens.EVERYONE, group.today) == 0
    assert await group.owes(ana) == before


async def test_who_is_moved_and_has_nothing_left_to_do_meets_it(group: Group) -> None:
    ana = await group.hired("ana", trained=False)
    await group.do(EnrollUser(group.taught.id, ana))
    await group.do(CompleteSection(group.taught.id, ana, group.taught.lesson), learner(ana))
    await group.do(RemoveSection(group.taught.id, group.taught.quiz), OFFICER)
    publishing = PublishModule(
        group.taught.id, material=True, move_enrollments=True, reopens=Reopens.EVERYONE, reopen_due_on=group.today
    )
    await group.do(publishing, Actor(uid(5), Role.ADMIN))
    await group.settle()
    assert await group.differing() == []
    assert await group.label(ana, group.days(100)) is Label.MET


async def test_the_preview_goes_on_after_the_people_whom_it_has_looked_at(group: Group) -> None:
    people = [await group.hired(name) for name in ("ana", "ben", "cyd")]
    group.clock.advance(timedelta(days=1))
    first = await group.do(PreviewPublication(group.taught.id, Reopens.EVERYONE, group.today), OFFICER)
    assert (first.reopens, first.next_after, first.number) == (3, None, 2)
    rest = PreviewPublication(group.taught.id, Reopens.EVERYONE, group.today, after=min(people))
    assert (await group.do(rest, OFFICER)).reopens == 2


async def test_what_cannot_be_published_is_not_previewed(group: Group) -> None:
    yesterday = group.today - timedelta(days=1)
    with pytest.raises(InvalidValue, match="not be before the day of the publication"):
        await group.previewed(Reopens.EVERYONE, yesterday)
    await group.do(ArchiveModule(group.taught.id), OFFICER)
    with pytest.raises(ModuleIsArchived):
        await group.previewed(Reopens.NOBODY)
