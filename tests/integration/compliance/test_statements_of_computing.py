"""Computing what people owe takes as many statements for many as for one, and none where nothing can be owed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from application.compliance.obligations.marks import WorkOffMark
from application.people.histories.commands import AddPosition
from application.people.users.commands import EditUser
from domain.compliance.fulfillment import Courses, CourseSet
from integration.backends import SqlBackend
from integration.compliance.test_obligations_follow import owing
from integration.listening import statements
from kit.compliance import rule
from situations.stage import OFFICER

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
OURS = ("requirement", "obligation", "recomputations")


async def test_as_many_for_many_people_and_rules_as_for_one(backend: SqlBackend) -> None:
    stage = owing(backend)
    course = await stage.course()
    counts = []
    for number, people in enumerate((1, 20)):
        for person in range(people):
            await stage.person(f"p{number}n{person}", hired_on=stage.today)
        version = rule(Courses(CourseSet((course.id,))), since=str(stage.today - timedelta(days=9)))
        await stage.approve(number + 1, version)
        assert (await stage.do(WorkOffMark())).people == 0
        with statements(backend) as sent:
            done = await stage.do(WorkOffMark())
        assert done.people == (1, 21)[number]
        counts.append(len(sent))
    assert counts[1] <= counts[0] <= 17


async def test_an_edit_of_somebody_computes_once_and_adds_few_statements(backend: SqlBackend) -> None:
    stage = owing(backend)
    ana = await stage.person(hired_on=stage.today)
    with statements(backend) as without_rules:
        await stage.do(EditUser(ana, full_name="Ana Maria"), OFFICER)
    assert len([each for each in without_rules if any(word in each for word in OURS)]) == 1
    course = await stage.course()
    await stage.approve(1, rule(Courses(CourseSet((course.id,))), since=str(stage.today)))
    await stage.settle()
    await stage.do(EditUser(ana, full_name="Ana"), OFFICER)
    with statements(backend) as with_rules:
        await stage.do(EditUser(ana, full_name="Ana Maria"), OFFICER)
    assert len(with_rules) - len(without_rules) <= 12
    assert not [each for each in with_rules if "INSERT INTO training.obligation_states" in each]
    await stage.do(AddPosition(ana, stage.today, is_primary=False, department="Front"), OFFICER)
    assert await stage.differing() == []
