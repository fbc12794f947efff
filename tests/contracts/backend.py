"""What the suites need of a backend, and short ways to use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from adapters.encoding import to_json
from application.catalogue.modules.queries import ModuleDetail, ModuleFilter, ModuleReader, SectionView
from application.catalogue.ports import Modules
from application.catalogue.versions.queries import VersionDetail
from application.kernel.access import EVERYONE
from application.kernel.messages import Cursor, Page
from application.kernel.units import Answer, IdempotencyKey, Unit, Units
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import Enrollments
from application.people.ports import Users
from application.people.users.queries import UserFilter, UserReader
from contracts.make import PRESENT
from domain.catalogue.modules import TrainingModule
from domain.learning.enrollments import Enrollment
from domain.people.users import User
from entrypoints.http.kit.cursors import decode, encode
from kit.saving import save_all

R = TypeVar("R")
T = TypeVar("T")


class Backend(Protocol):
    """One implementation of the ports on a store that is empty when a test begins."""

    @property
    def units(self) -> Units:
        """Opens units of work."""

    def reader(self, kind: type[R]) -> R:
        """The reader that implements this protocol."""

    async def outbox(self) -> list[tuple[str, UUID, UUID | None]]:
        """The committed events, oldest first: class name, subject, and the id of its actor."""

    async def actors(self) -> list[tuple[UUID | None, str]]:
        """Who caused each of these events: the id, and what kind of actor it is."""

    async def hold_answer(self, key: IdempotencyKey, answer: Answer, age: timedelta) -> None:
        """Hold the answer as if it had been kept so long ago by the store's own clock."""


async def save(backend: Backend, *aggregates: object) -> None:
    """Add these in one unit of work."""
    await save_all(backend.units, *aggregates)


async def change_module(backend: Backend, module_id: UUID, change: Callable[[TrainingModule], object]) -> None:
    """Load the module in a unit of work of its own and change it."""

    async def work(unit: Unit) -> None:
        change(await unit.port(Modules).get(module_id))

    await backend.units.run(work)


async def change_enrollment(
    backend: Backend, module_id: UUID, user_id: UUID, change: Callable[[Enrollment], object]
) -> None:
    """Load the enrollment in a unit of work of its own, as for learning, and change it."""

    async def work(unit: Unit) -> None:
        change(await unit.port(Enrollments).for_learning(module_id, user_id))

    await backend.units.run(work)


async def change_user(backend: Backend, user_id: UUID, change: Callable[[User], object]) -> None:
    """Load the user in a separate unit of work and change it."""

    async def work(unit: Unit) -> None:
        change(await unit.port(Users).get(user_id))

    await backend.units.run(work)


async def loaded_module(backend: Backend, module_id: UUID) -> TrainingModule:
    """The module as a new unit of work finds it."""
    return await backend.units.run(lambda unit: unit.port(Modules).get(module_id))


async def loaded_user(backend: Backend, user_id: UUID) -> User:
    """The user as a new unit of work loads it."""
    return await backend.units.run(lambda unit: unit.port(Users).get(user_id))


async def counted(backend: Backend) -> tuple[int, int, int]:
    """How many modules, users, and enrollments in module 1 there are for readers."""
    modules = await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 200)
    users = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 200)
    enrollments = await backend.reader(EnrollmentReader).of_module(EVERYONE, UUID(int=1), None, 200, PRESENT)
    return len(modules.items), len(users.items), len(enrollments.items) if enrollments else 0


async def pages(read: Callable[[Cursor | None, int], Awaitable[Page[T] | None]], limit: int) -> list[Sequence[T]]:
    """The items of each page, from the first to the one without a next."""
    found: list[Sequence[T]] = []
    cursor: Cursor | None = None
    while True:
        page = await read(cursor, limit)
        assert page is not None
        found.append(page.items)
        if page.next is None:
            return found
        assert page.next != cursor, "the next page begins where this one did"
        assert decode(encode(page.next), sorts=True) == page.next, "clients cannot send it back"
        cursor = page.next


def sections_of(module: ModuleDetail | VersionDetail) -> list[SectionView]:
    """The sections that are shown, which readers may hand on unopened."""
    return [
        SectionView(UUID(each["id"]), each["position"], each["title"], each["content"])
        for each in plain(module.sections)
    ]


def plain(value: object) -> Any:
    """The value as JSON data, whether it is an object, data or JSON that is passed on unopened."""
    return msgspec.json.decode(to_json(value))
