"""Two change at once what somebody owes: the second sees what the first has added. On PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from application.compliance.obligations.marks import WorkOffMark, work_off
from application.evidence.records.commands import RecordExternalTraining
from application.kernel.messages import Command
from application.people.histories.commands import AddPosition
from application.people.job_codes.commands import MapJobTitle
from contracts.compliance.requirements import requirement_id
from domain.compliance.audience_documents import parsed
from domain.compliance.fulfillment import Courses, CourseSet
from domain.compliance.standing import Label
from integration.backends import SqlBackend, until, waiting_for_locks
from integration.compliance.test_obligations_follow import FarIds, owing
from kit.compliance import rule
from situations.stage import OFFICER
from worlds.owing import Owing

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
LAB = {"all": [{"field": "department", "is": "Lab"}, {"field": "job_code", "is": "hygienist"}]}


async def rule_of_the_lab(stage: Owing) -> UUID:
    """A requirement of hygienists in the lab: a course. Somebody in no department."""
    course = await stage.course()
    stage.modules.append(course.id)
    version = rule(Courses(CourseSet((course.id,))), since=str(stage.today - timedelta(days=400)))
    await stage.approve(1, _for(version, LAB))
    await stage.settle()
    return await stage.person(department=None, job_title=None, location=None, hired_on=stage.today - timedelta(days=90))


def _for(version: Any, audience: dict[str, Any]) -> Any:
    return replace(version, terms=replace(version.terms, audience=parsed(audience)))


async def in_turn(backend: SqlBackend, other: SqlBackend, *commands: tuple[Owing, Command[Any]]) -> list[Any]:
    """The outcomes of commands that wait for the same lock, and get it in this order."""
    tasks = list[asyncio.Task[Any]]()

    async def all_wait() -> bool:
        return await waiting_for_locks(other) >= len(tasks)

    async with other.database.engine.connect() as holder:
        await holder.execute(text("SELECT FROM training.users FOR UPDATE"))
        for stage, command in commands:
            tasks.append(asyncio.create_task(stage.do(command, OFFICER)))
            await until(all_wait)
    return await asyncio.gather(*tasks)


@pytest.mark.parametrize("turned", [False, True], ids=["position first", "record first"])
async def test_two_facts_of_one_person_are_both_seen(backend: SqlBackend, other: SqlBackend, turned: bool) -> None:
    stage, second = owing(backend), owing(other, FarIds())
    ana = await rule_of_the_lab(stage)
    await stage.do(MapJobTitle("RDH", "hygienist"), OFFICER)
    day = stage.today - timedelta(days=30)
    commands: list[tuple[Owing, Command[Any]]] = [
        (stage, AddPosition(ana, day, department="Lab", job_title="RDH")),
        (second, RecordExternalTraining(ana, "Sharps", "Red Cross", stage.today, module_id=stage.modules[0])),
    ]
    await in_turn(backend, other, *(reversed(commands) if turned else commands))
    assert await stage.differing() == []
    assert [each.label for each in await stage.owes(ana)][-1] is Label.MET


async def test_a_title_is_mapped_while_somebody_gets_it(backend: SqlBackend, other: SqlBackend) -> None:
    stage, second = owing(backend), owing(other, FarIds())
    ana = await rule_of_the_lab(stage)
    for turn in (1, -1):
        title, day = f"Title {turn}", stage.today - timedelta(days=9)
        commands: list[tuple[Owing, Command[Any]]] = [
            (stage, MapJobTitle(title, "hygienist")),
            (second, AddPosition(ana, day, day, department="Lab", job_title=title, is_primary=False)),
        ]
        await asyncio.gather(*(each.do(command, OFFICER) for each, command in commands[::turn]))
        await stage.settle()
        assert await stage.differing() == []
        assert await stage.owes(ana) != ()


async def test_several_processes_work_off_each_mark_once(backend: SqlBackend, other: SqlBackend) -> None:
    stage = owing(backend)
    await rule_of_the_lab(stage)
    for number in range(5):
        await stage.person(f"p{number}", department="Lab", job_title="RDH", hired_on=stage.today)
    await stage.approve(2, _for(rule(since="2020-01-01"), {"all": []}))
    await stage.approve(3, _for(rule(since="2020-01-01"), LAB))
    seen = list[int]()
    others = owing(other, FarIds())
    await asyncio.gather(*(work_off(each.bus, seen.append) for each in (stage, others, stage, others)))
    assert sorted(seen) == [0, 0, 6, 6]
    assert await stage.do(WorkOffMark()) is None
    assert await stage.differing() == []
    states = await backend.sql(
        "SELECT count(*) FROM obligation_states WHERE requirement_id = :id", id=requirement_id(2)
    )
    assert states[0][0] >= 6
    assert await backend.sql("SELECT count(*) FROM recomputations") == [(0,)]


async def test_a_mark_that_another_process_works_off_is_not_waited_for(backend: SqlBackend, other: SqlBackend) -> None:
    stage = owing(backend)
    await rule_of_the_lab(stage)
    await stage.approve(2, _for(rule(since="2020-01-01"), {"all": []}))
    async with other.database.engine.begin() as holder:
        await holder.execute(text("SELECT FROM training.recomputations FOR UPDATE"))
        assert await stage.do(WorkOffMark()) is None
    await stage.settle()
    assert await stage.differing() == []
