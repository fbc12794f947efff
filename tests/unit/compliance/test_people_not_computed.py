"""A person who cannot be computed holds back nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest

from adapters.memory.compliance.recomputations import RECOMPUTATIONS
from application.compliance.obligations.recomputing import Failed, Recomputation
from application.compliance.obligations.reconciling import Reconciled, ReconcileObligations
from application.compliance.proofs import Proofs
from application.evidence.records.voiding import VoidRecord
from application.kernel.access import Actor
from contracts.evidence.records import a_record, keep
from domain.compliance.facts import Proof
from domain.compliance.fulfillment import Courses, CourseSet
from domain.evidence.persons import Person
from kit.compliance import rule
from kit.examples import uid
from situations.stage import OFFICER
from worlds.memory import Timed
from worlds.owing import Owing


class Group(Owing):
    """A group with a rule for everybody."""

    def __init__(self) -> None:
        self.world = Timed()
        super().__init__(self.world.bus(), self.world.units, self.world.clock)

    @property
    def marked(self) -> list[tuple[UUID, ...]]:
        """Who is marked to be computed."""
        return [each.user_ids for each in self.world.store.table(RECOMPUTATIONS).rows()]


async def with_unreadable_record(group: Group, user_id: UUID) -> UUID:
    """Add a record whose hours nobody can have had: they do not fit a number of hours."""
    record = a_record(4, at=group.now(), person=Person(user_id, None, None, None, None), credit_hours=1e30)
    await keep(cast(Any, group), record)
    return record.id


async def test_others_of_the_mark_are_computed_and_the_person_stays_marked(caplog: pytest.LogCaptureFixture) -> None:
    group = Group()
    people = [await group.person(name, hired_on=group.today) for name in ("ana", "ben", "cleo")]
    record_id = await with_unreadable_record(group, people[1])
    await group.approve(1, rule(since="2020-01-01"))

    assert await group.settle() > 0
    assert [bool(await group.owes(each)) for each in people] == [True, False, True]
    assert group.marked == [(people[1],)]
    (told,) = caplog.messages
    assert str(people[1]) in told
    assert "InvalidOperation" in told
    assert await group.settle() == 0
    assert group.marked == [(people[1],)]

    await group.do(VoidRecord(record_id, "Not real."), OFFICER)
    await group.settle()
    assert await group.owes(people[1]) != ()
    assert group.marked == []


async def test_others_are_reconciled(caplog: pytest.LogCaptureFixture) -> None:
    group = Group()
    people = [await group.person(name, hired_on=group.today) for name in ("ana", "ben", "cleo")]
    await group.approve(1, rule(since="2020-01-01"))
    await with_unreadable_record(group, people[0])
    done: Reconciled = await group.do(ReconcileObligations())
    assert done.people == 2
    assert [each.user_id for each in done.failed] == people[:1]
    assert [each.user_id for each in done.differences] == people[1:]
    assert [bool(await group.owes(each)) for each in people] == [False, True, True]


class OneIsBeyondComputing:
    """Proofs of which those of one person have a day that is none."""

    def __init__(self, proofs: Proofs, user_id: UUID) -> None:
        self._proofs = proofs
        self._user_id = user_id

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        return {**await self._proofs.of(user_ids), self._user_id: (Proof(uid(4), cast(date, None), uid(1)),)}


async def test_the_engine_fails_for_one_person_only() -> None:
    group = Group()
    ana, ben = [await group.person(name, hired_on=group.today) for name in ("ana", "ben")]
    await group.approve(1, rule(Courses(CourseSet((uid(1),))), since="2020-01-01"))
    await group.settle()
    before = await group.owes(ana)
    failed: Failed = {}

    async def compute(command: ReconcileObligations, actor: Actor, recomputation: Recomputation) -> None:
        broken = replace(recomputation, proofs=OneIsBeyondComputing(recomputation.proofs, ana))
        await broken.of([ana, ben], failed=failed)

    await group.world.call(cast(Any, compute), ReconcileObligations())
    assert failed.keys() == {ana}
    assert await group.owes(ana) == before != ()
