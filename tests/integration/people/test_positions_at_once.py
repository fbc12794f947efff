"""Two clients change the history of one person at once: the second change is made on what the first left, or refused.

They meet at PostgreSQL's lock on the user. On SQLite writers never meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from application.kernel.access import EVERYONE, Actor
from application.kernel.messages import Command
from application.people.histories.commands import (
    AddPosition,
    CorrectPosition,
    EndPosition,
    RecordEmployment,
    WithdrawPosition,
)
from application.people.histories.queries import EmploymentView, HistoryReader, PositionView
from application.people.histories.reprojecting import ReprojectUsers
from application.people.users.commands import EditUser, KeptUser
from contracts.backend import save
from contracts.make import a_user, user_id
from domain.kernel.errors import InvalidValue, StaleVersion
from domain.people.employment import EmploymentContradiction, EmploymentState
from domain.people.positions import PositionNotFound, TwoPrimaryPositions
from integration.backends import SqlBackend, until, waiting_for_locks

BEGIN, LATER, END = date(2026, 1, 5), date(2026, 2, 2), date(2026, 12, 31)
WHY = "Typed wrong."

Make = Callable[[UUID, UUID], Command[Any]]
"""A command about this user and this position, which is there."""


@dataclass(frozen=True)
class Race:
    """What the first and the second command end in if `one` comes first, and if `two` does.

    `ends_on` is the last day of the position that is there, and `left` what is known of it after both.
    """

    one: Make
    two: Make
    one_first: tuple[type, type]
    two_first: tuple[type, type]
    ends_on: date | None = None
    left: dict[str, Any] = field(default_factory=dict)


def added(department: str, *, transfer: bool = False) -> Make:
    return lambda user, _: AddPosition(user, LATER, department=department, transfer=transfer)


def corrected(**changes: Any) -> Make:
    return lambda user, held: CorrectPosition(user, held, WHY, **changes)


def ended(day: date) -> Make:
    return lambda user, held: EndPosition(user, held, day)


def withdrawn(user: UUID, held: UUID) -> Command[Any]:
    return WithdrawPosition(user, held, WHY)


def employed(state: EmploymentState, day: date) -> Make:
    return lambda user, _: RecordEmployment(user, state, day)


ONE_POSITION = PositionView, TwoPrimaryPositions
BOTH = PositionView, PositionView
ONE_STATE = EmploymentView, EmploymentContradiction
CLAIMS = {"department": "Claims"}
RACES = {
    "two primary positions": Race(added("Billing"), added("Claims"), ONE_POSITION, ONE_POSITION, ends_on=BEGIN),
    "two transfers": Race(added("Billing", transfer=True), added("Claims", transfer=True), ONE_POSITION, ONE_POSITION),
    "two ends": Race(ended(LATER), ended(END), (PositionView, InvalidValue), BOTH, left={"ends_on": LATER}),
    "an end and a correction": Race(ended(LATER), corrected(**CLAIMS), BOTH, BOTH, left={"ends_on": LATER, **CLAIMS}),
    "two corrections": Race(
        corrected(**CLAIMS), corrected(job_title="Clerk"), BOTH, BOTH, left={"job_title": "Clerk", **CLAIMS}
    ),
    "a correction and a withdrawal": Race(
        corrected(**CLAIMS), withdrawn, BOTH, (PositionView, PositionNotFound), left={"withdrawn": True}
    ),
    "two withdrawals": Race(
        withdrawn,
        withdrawn,
        (PositionView, PositionNotFound),
        (PositionView, PositionNotFound),
        left={"withdrawn": True},
    ),
    "a transfer and an edit of the user": Race(
        added("Billing", transfer=True),
        lambda user, _: EditUser(user, department="Claims"),
        (PositionView, StaleVersion),
        (KeptUser, TwoPrimaryPositions),
    ),
    "two ends of employment": Race(
        employed(EmploymentState.LEFT, LATER), employed(EmploymentState.LEFT, LATER), ONE_STATE, ONE_STATE
    ),
    "leaving and going on leave": Race(
        employed(EmploymentState.LEFT, LATER), employed(EmploymentState.ON_LEAVE, END), ONE_STATE, ONE_STATE
    ),
}


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("turned", [False, True], ids=["one first", "two first"])
async def test_the_second_is_made_on_what_the_first_left_or_refused(
    backend: SqlBackend, other: SqlBackend, turned: bool
) -> None:
    await save(backend, *(a_user(n) for n in range(len(RACES))))
    bus, outcomes, expected = backend.bus(), {}, {}
    for n, (name, race) in enumerate(RACES.items()):
        begun = AddPosition(user_id(n), BEGIN, race.ends_on, "Hygiene")
        held = (await bus.execute(begun, Actor.system())).position_id
        commands = [make(user_id(n), held) for make in (race.one, race.two)]
        came = await in_turn(backend, other, *(reversed(commands) if turned else commands))
        recorded = await backend.reader(HistoryReader).recorded(EVERYONE, user_id(n))
        assert recorded is not None
        positions, states = recorded.facts.positions, recorded.facts.states
        facts = [*positions, *states]
        superseded = [each.supersedes for each in facts if each.supersedes]
        assert len(set(superseded)) == len(superseded), f"{name}: one version was superseded twice"
        (last,) = (each for each in positions if each.position_id == held and each.id not in superseded)
        outcomes[name] = tuple(map(type, came)), {key: getattr(last, key) for key in race.left}
        expected[name] = race.two_first if turned else race.one_first, race.left
    assert outcomes == expected
    assert not (await bus.execute(ReprojectUsers(check=True), Actor.system())).differences


async def in_turn(backend: SqlBackend, other: SqlBackend, *commands: Command[Any]) -> list[Any]:
    """The outcomes of commands that wait for the same lock, and get it in this order."""
    bus, tasks = backend.bus(), list[asyncio.Task[Any]]()

    async def all_wait() -> bool:
        return await waiting_for_locks(other) == len(tasks)

    async with other.database.engine.connect() as holder:
        await holder.execute(text("SELECT FROM training.users FOR UPDATE"))
        for command in commands:
            tasks.append(asyncio.create_task(bus.execute(command, Actor.system())))
            await until(all_wait)
    return await asyncio.gather(*tasks, return_exceptions=True)
