"""Publishing moves everybody, including users who are enrolled or renewed at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.system import TimeOrderedIds
from application.catalogue.modules.commands import ArchiveModule, PublishModule, SetPrerequisites
from application.catalogue.sections.commands import AddSection
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command
from application.kernel.units import Answer, IdempotencyKey
from application.learning.enrollments.commands import EnrollUser, EnrollUsers
from application.learning.progress.commands import RenewEnrollment
from contracts.backend import change_enrollment, save
from contracts.make import CONTENTS, T, a_published_module, a_section, a_user, an_enrollment, uid, user_id
from domain.catalogue.reopening import Reopens
from domain.kernel.errors import DomainError
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from faults.rounds import rounds
from faults.service import SOON, eventually
from integration.backends import ADMIN, SqlBackend, opened, waiting_for_locks
from integration.proxy import Hold, proxied

pytestmark = pytest.mark.fault("publishing while people join")

PEOPLE = 12
PUBLISH = PublishModule(uid(1), material=True, reopens=Reopens.NOBODY, move_enrollments=True)
Join = Callable[[Bus], Awaitable[Any]]


async def with_key(bus: Bus) -> tuple[Answer, bool]:
    def told(result: object) -> Answer:
        return Answer(201, (), b"")

    def refused(error: DomainError) -> Answer:
        return Answer(409, (), error.slug.encode())

    return await bus.execute_once(EnrollUser(uid(1), user_id(3)), ADMIN, IdempotencyKey("a", "k", "f"), told, refused)


def send(command: Command[Any], actor: Actor = ADMIN) -> Join:
    return lambda bus: bus.execute(command, actor)


JOINING: dict[str, Join] = {
    "one": send(EnrollUser(uid(1), user_id(3))),
    "one, with a key": with_key,
    "many": send(EnrollUsers(uid(1), departments=("Lab",))),
    "renewal": send(RenewEnrollment(uid(1), user_id(2), "Yearly")),
}


@pytest.fixture
async def changed(backend: SqlBackend) -> SqlBackend:
    """Holds module 1 with a section more than in its version, user 1 who learns it, and user 2 who has completed it."""
    module, version = a_published_module(1, sections=[a_section(1)])
    await save(backend, module, version, *(a_user(n, department="Lab") for n in range(1, PEOPLE + 1)))
    await save(backend, an_enrollment(1, 1), an_enrollment(1, 2))
    await change_enrollment(backend, uid(1), user_id(2), lambda e: e.credit(uid(7), now=T))
    await backend.bus().execute(AddSection(uid(1), "New", CONTENTS[0]), ADMIN)
    return backend


async def left_behind(backend: SqlBackend) -> list[Any]:
    return await backend.sql(
        "SELECT user_id, version_number FROM module_enrollments WHERE completed_at IS NULL AND version_number <> 2"
    )


HELD: dict[str, bytes] = {
    "one": b"(INSERT INTO training.module_enrollments",
    "one, with a key": b"COMMIT;\0",
    "many": b"COMMIT;\0",
    "renewal": b"COMMIT;\0",
}
"""Where each of them is stopped: it has read the module, and what it writes is not committed."""


@pytest.mark.parametrize("join", JOINING.values(), ids=JOINING)
async def test_who_joins_while_people_are_moved_waits_and_joins_the_new_version(
    url: str, changed: SqlBackend, join: Join
) -> None:
    """Everything except the commit is done when a user is enrolled by a command that has read the old module."""
    async with proxied(url) as (proxy, through), opened(through) as distant:
        hold = proxy.hold(b"COMMIT;\0")
        publishing = asyncio.ensure_future(send(PUBLISH)(distant.bus(ids=TimeOrderedIds())))
        await reached(hold)
        joining = asyncio.ensure_future(join(changed.bus()))
        await eventually(lambda: waiting_for_locks(changed))
        hold.release()
        await asyncio.gather(publishing, joining)
    assert await left_behind(changed) == []
    assert await enrolled(changed) >= 2


@pytest.mark.parametrize("way", JOINING)
async def test_who_has_begun_to_join_when_people_are_moved_is_moved_too(
    url: str, changed: SqlBackend, way: str
) -> None:
    """Publishing either waits for the one who joins, or is done first and then noticed."""
    async with proxied(url) as (proxy, through), opened(through) as distant:
        hold = proxy.hold(HELD[way])
        joining = asyncio.ensure_future(JOINING[way](distant.bus(ids=TimeOrderedIds())))
        await reached(hold)
        publishing = asyncio.ensure_future(send(PUBLISH)(changed.bus()))

        async def waits_or_is_done() -> bool:
            return publishing.done() or await waiting_for_locks(distant) > 0

        await eventually(waits_or_is_done)
        hold.release()
        await asyncio.gather(publishing, joining)
    assert await left_behind(changed) == []
    assert await enrolled(changed) >= 2


REMOVING: dict[str, Command[Any]] = {
    "dropped": SetPrerequisites(uid(1), ()),
    "archived": ArchiveModule(uid(2)),
    "dropped from what comes first": SetPrerequisites(uid(2), ()),
    "archived far away": ArchiveModule(uid(3)),
}


@pytest.mark.parametrize("remove", REMOVING.values(), ids=REMOVING)
async def test_nobody_is_enrolled_while_removing_what_comes_first(
    url: str, changed: SqlBackend, remove: Command[Any]
) -> None:
    """Otherwise an author could be enrolled already when the obstacle goes, unseen by the command that removes it."""
    for n in (2, 3):
        await save(changed, *a_published_module(n, sections=[a_section(n)]))
        await send(SetPrerequisites(uid(n - 1), (uid(n),)))(changed.bus())
    author = Actor(user_id(3), Role.AUTHOR)
    async with proxied(url) as (proxy, through), opened(through) as distant:
        hold = proxy.hold(b"COMMIT;\0")
        removing = asyncio.ensure_future(send(remove, author)(distant.bus(ids=TimeOrderedIds())))
        await reached(hold)
        joining = asyncio.ensure_future(send(EnrollUser(uid(1), user_id(3)))(changed.bus()))
        await eventually(lambda: waiting_for_locks(changed))
        hold.release()
        await asyncio.gather(removing, joining)
    with pytest.raises(OwnTraining):
        await send(PUBLISH, author)(changed.bus())


async def reached(hold: Hold) -> None:
    async with asyncio.timeout(SOON):
        await hold.reached.wait()


async def enrolled(backend: SqlBackend) -> int:
    return int((await backend.sql("SELECT count(*) FROM module_enrollments"))[0][0])


async def test_in_many_rounds_nobody_is_left_behind(backend: SqlBackend) -> None:
    people = [user_id(n) for n in range(1, PEOPLE + 1)]
    await save(backend, *(a_user(n, department="Lab") for n in range(1, PEOPLE + 1)))
    bus = backend.bus()
    numbers = [number + 1 for number in rounds(10, 100)]
    for n in numbers:
        module, version = a_published_module(n, sections=[a_section(n)])
        await save(backend, module, version)
        await bus.execute(AddSection(uid(n), "New", CONTENTS[0]), ADMIN)
        commands: list[Awaitable[Any]] = [bus.execute(EnrollUser(uid(n), people[0]), ADMIN)]
        commands += [
            bus.execute(PublishModule(uid(n), material=True, reopens=Reopens.NOBODY, move_enrollments=True), ADMIN)
        ]
        commands += [bus.execute(EnrollUsers(uid(n), tuple(people[1:6])), ADMIN)]
        commands += [bus.execute(EnrollUser(uid(n), each), ADMIN) for each in people[6:]]
        await asyncio.gather(*commands)
        assert await left_behind(backend) == []
    assert await enrolled(backend) == len(numbers) * PEOPLE
