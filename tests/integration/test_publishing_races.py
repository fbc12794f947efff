"""Publishing moves everybody, also those who are enrolled or begin anew at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.documents import CanonicalFingerprints
from adapters.pdf.typeface import Garamond
from application.access import Actor
from application.bus import Bus
from application.enrollments.commands import EnrollUser, EnrollUsers
from application.learning.commands import RenewEnrollment
from application.learning.under_way import UnderWay
from application.messages import Command
from application.modules.commands import PublishModule, publish_module
from application.ports import Modules, Versions
from application.sections.commands import AddSection
from application.units import Answer, Events, IdempotencyKey, Unit
from contracts.backend import change_enrollment, save
from contracts.make import CONTENTS, T, a_published_module, a_section, a_user, an_enrollment, uid, user_id
from domain.errors import DomainError
from integration.backends import ADMIN, SqlBackend, until, waiting_for_locks
from support import FixedClock

PEOPLE = 12
PUBLISH = PublishModule(uid(1), material=True, move_enrollments=True)
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
    "anew": send(RenewEnrollment(uid(1), user_id(2), "Yearly")),
}


@pytest.fixture
def url(postgresql: str) -> str:
    """Writers to SQLite take turns."""
    return postgresql


@pytest.fixture
async def changed(backend: SqlBackend) -> SqlBackend:
    """Holds module 1 with a section more than in its version, user 1 under way and user 2 who has completed it."""
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


@pytest.mark.parametrize("join", JOINING.values(), ids=JOINING)
async def test_who_joins_while_people_are_moved_waits_and_joins_the_new_version(
    changed: SqlBackend, join: Join
) -> None:
    """Everything is done but for the commit when somebody joins, who has read the module as of before."""
    joining: list[asyncio.Future[Any]] = []

    async def publish(unit: Unit) -> None:
        ports = (unit.port(Modules), unit.port(Versions), unit.port(UnderWay), unit.port(Events))
        await publish_module(PUBLISH, ADMIN, *ports, CanonicalFingerprints(), FixedClock(T), Garamond())
        joining.append(asyncio.ensure_future(join(changed.bus())))
        await until(lambda: waiting_for_locks(changed))

    await changed.units.run(publish)
    await asyncio.gather(*joining)
    assert await left_behind(changed) == []


async def test_in_many_rounds_nobody_is_left_behind(backend: SqlBackend) -> None:
    for n in range(1, 31):
        module, version = a_published_module(n, sections=[a_section(n)])
        await save(backend, module, version)
        await backend.bus().execute(AddSection(uid(n), "New", CONTENTS[0]), ADMIN)
    people = [user_id(n) for n in range(1, PEOPLE + 1)]
    await save(backend, *(a_user(n, department="Lab") for n in range(1, PEOPLE + 1)))
    bus = backend.bus()
    for n in range(1, 31):
        commands: list[Awaitable[Any]] = [bus.execute(EnrollUser(uid(n), people[0]), ADMIN)]
        commands += [bus.execute(PublishModule(uid(n), material=True, move_enrollments=True), ADMIN)]
        commands += [bus.execute(EnrollUsers(uid(n), tuple(people[1:6])), ADMIN)]
        commands += [bus.execute(EnrollUser(uid(n), each), ADMIN) for each in people[6:]]
        await asyncio.gather(*commands)
        assert await left_behind(backend) == []
    assert await backend.sql("SELECT count(*) FROM module_enrollments") == [(30 * PEOPLE,)]
