"""Commands that meet: one wins, the others are refused, and nothing is lost or done twice.

On PostgreSQL they truly meet: someone holds what both need until both wait for it. On SQLite writers take turns.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from application.catalogue.modules.commands import ArchiveModule, DeleteModule, EditModule, PublishModule
from application.catalogue.modules.queries import ModuleReader
from application.catalogue.sections.commands import AddSection, EditSection, RemoveSection, ReorderSections
from application.kernel.access import EVERYONE
from application.kernel.messages import Command
from application.kernel.units import Outbox, OutboxEntry, StoreUnavailable, Unit
from application.learning.enrollments.commands import EnrollUser, EnrollUsers
from application.learning.ports import EnrollmentBasis, Enrollments
from application.people.roster import ImportRoster
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.users.queries import UserFilter, UserReader
from application.reporting.ports import Reporting
from application.reporting.queries import ParticipationReader
from contracts.backend import counted, loaded_module, loaded_user, save, sections_of
from contracts.make import CONTENTS, T, a_module, a_section, a_user, an_enrollment, later, section_id, uid, user_id
from domain.catalogue.module_life import ModuleNotPublished, ModuleStatus
from domain.catalogue.sections import ModuleSection
from domain.kernel.errors import DomainError, StaleVersion
from domain.learning.enrollment_events import AlreadyEnrolled
from domain.learning.enrollments import Enrollment, EnrollmentFacts
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.user_errors import EmailTaken, UserInactive
from integration.backends import ADMIN, SqlBackend, until, waiting_for_locks


def three_sections() -> list[ModuleSection]:
    return [a_section(n) for n in (1, 2, 3)]


async def together(backend: SqlBackend, other: SqlBackend, lock: str, *commands: Command[Any]) -> list[Any]:
    """The outcome of each command; on PostgreSQL none passes the lock before all have reached it."""
    bus = backend.bus()
    if not backend.on_postgresql:
        return await asyncio.gather(*(bus.execute(command, ADMIN) for command in commands), return_exceptions=True)
    async with other.database.engine.connect() as holder:
        await holder.execute(text(lock))
        tasks = [asyncio.create_task(bus.execute(command, ADMIN)) for command in commands]
        await until(lambda: all_wait(other, len(tasks)))
    return await asyncio.gather(*tasks, return_exceptions=True)


async def all_wait(backend: SqlBackend, count: int) -> bool:
    return await waiting_for_locks(backend) == count


def kinds(outcomes: Sequence[object]) -> Counter[type]:
    """How often each error came, and under `object` how often none."""
    return Counter(type(outcome) if isinstance(outcome, BaseException) else object for outcome in outcomes)


MODULE = "SELECT FROM training.training_modules FOR UPDATE"
PEOPLE = "SELECT FROM training.users FOR UPDATE"


class TestModules:
    async def test_one_of_two_edits_of_the_same_version_wins(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1))
        seen = frozenset({1})
        outcomes = await together(
            backend,
            other,
            MODULE,
            EditModule(uid(1), seen, title="Mine"),
            EditModule(uid(1), seen, title="Yours"),
        )
        assert kinds(outcomes) == {object: 1, StaleVersion: 1}
        (winner,) = (outcome for outcome in outcomes if not isinstance(outcome, BaseException))
        module = await loaded_module(backend, uid(1))
        assert (module.version, module.title) == (2, winner.title)
        assert [name for name, _, _ in await backend.outbox()] == ["ModuleEdited"]

    async def test_no_edit_is_overwritten_unseen(self, backend: SqlBackend, other: SqlBackend) -> None:
        """Although neither says which version it rests on."""
        await save(backend, a_module(1))
        outcomes = await together(
            backend, other, MODULE, EditModule(uid(1), title="Mine"), EditModule(uid(1), summary="Yours")
        )
        module = await loaded_module(backend, uid(1))
        if backend.on_postgresql:
            assert kinds(outcomes) == {object: 1, StaleVersion: 1}
            assert [module.title == "Mine", module.summary == "Yours"].count(True) == 1
        else:
            assert kinds(outcomes) == {object: 2}
            assert (module.title, module.summary) == ("Mine", "Yours")
        assert module.version == 1 + kinds(outcomes)[object] == 1 + len(await backend.outbox())

    @pytest.mark.parametrize(
        "change",
        [
            AddSection(uid(1), "New", CONTENTS[0], position=1),
            RemoveSection(uid(1), section_id(2)),
            EditSection(uid(1), section_id(2), title="Changed"),
        ],
        ids=lambda command: type(command).__name__,
    )
    async def test_sections_are_reordered_while_they_change(
        self, backend: SqlBackend, other: SqlBackend, change: Command[Any]
    ) -> None:
        await save(backend, a_module(1, sections=three_sections()))
        reordering = ReorderSections(uid(1), tuple(section_id(n) for n in (3, 1, 2)), frozenset({1}))
        outcomes = await together(backend, other, MODULE, reordering, change)
        assert kinds(outcomes)[object] == (1 if backend.on_postgresql else 2)
        assert set(kinds(outcomes)) <= {object, StaleVersion}
        module = await loaded_module(backend, uid(1))
        assert module.version == 1 + kinds(outcomes)[object] == 1 + len(await backend.outbox())
        assert [section.position for section in module.sections] == list(range(1, len(module.sections) + 1))
        order = [section.id for section in module.sections if section.id in {section_id(n) for n in (1, 3)}]
        was_reordered = not isinstance(outcomes[0], BaseException)
        assert order == ([section_id(3), section_id(1)] if was_reordered else [section_id(1), section_id(3)])

    async def test_a_draft_is_deleted_while_it_is_published(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1, sections=three_sections()))
        deleted, published = await together(backend, other, MODULE, DeleteModule(uid(1)), PublishModule(uid(1)))
        assert kinds([deleted, published])[object] == 1
        detail = await backend.reader(ModuleReader).worked_on(uid(1))
        if deleted is None:
            assert detail is None
        else:
            assert isinstance(deleted, StaleVersion)
            assert detail is not None
            assert (detail.status, len(sections_of(detail))) == (ModuleStatus.PUBLISHED, 3)
        assert len(await backend.outbox()) == 1


class TestPeople:
    async def test_an_edit_and_a_deactivation_do_not_undo_each_other(
        self, backend: SqlBackend, other: SqlBackend
    ) -> None:
        await save(backend, a_user(1))
        edited, deactivated = await together(
            backend, other, PEOPLE, EditUser(user_id(1), full_name="Ana"), DeactivateUsers((user_id(1),))
        )
        assert deactivated.deactivated == 1
        user = await loaded_user(backend, user_id(1))
        assert not user.is_active
        if isinstance(edited, BaseException):
            assert isinstance(edited, StaleVersion)
            assert (user.full_name, user.version) == (None, 2)
        else:
            assert (user.full_name, user.version) == ("Ana", 3)


class TestEnrolling:
    async def test_fifty_requests_enroll_once(self, backend: SqlBackend) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED), a_user(1))
        bus = backend.bus()
        outcomes = await asyncio.gather(
            *(bus.execute(EnrollUser(uid(1), user_id(1)), ADMIN) for _ in range(50)), return_exceptions=True
        )
        assert kinds(outcomes) == {object: 1, AlreadyEnrolled: 49}
        assert await counted(backend) == (1, 1, 1)
        assert await backend.outbox() == [("UsersEnrolled", uid(1), ADMIN.user_id)]

    async def test_a_module_is_archived_while_someone_enrolls(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1, sections=three_sections(), status=ModuleStatus.PUBLISHED), a_user(1), a_user(2))
        archived, enrolled = await together(
            backend, other, MODULE, ArchiveModule(uid(1)), EnrollUser(uid(1), user_id(1))
        )
        assert archived.status is ModuleStatus.ARCHIVED
        was_enrolled = not isinstance(enrolled, BaseException)
        assert was_enrolled or isinstance(enrolled, ModuleNotPublished)
        assert await counted(backend) == (1, 2, int(was_enrolled))
        assert len(await backend.outbox()) == 1 + was_enrolled
        with pytest.raises(ModuleNotPublished):
            await backend.bus().execute(EnrollUser(uid(1), user_id(2)), ADMIN)

    async def test_one_is_enrolled_alone_and_with_all_others(self, backend: SqlBackend, other: SqlBackend) -> None:
        people = [a_user(n, department="Lab") for n in range(1, 11)]
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED), *people)
        alone, all_of_them = await together(
            backend, other, MODULE, EnrollUser(uid(1), user_id(5)), EnrollUsers(uid(1), departments=("Lab",))
        )
        was_first = not isinstance(alone, BaseException)
        assert was_first or isinstance(alone, AlreadyEnrolled)
        assert (all_of_them.enrolled, all_of_them.already_enrolled) == ((9, 1) if was_first else (10, 0))
        assert await counted(backend) == (1, 10, 10)


class TestFactsThatChange:
    """Between reading what enrolling rests on and enrolling. On SQLite nobody can write meanwhile."""

    @pytest.fixture
    def url(self, postgresql: str) -> str:
        return postgresql

    @pytest.fixture
    async def seen(self, backend: SqlBackend) -> list[EnrollmentFacts]:
        """What each run has read."""
        module = a_module(1, sections=three_sections(), status=ModuleStatus.PUBLISHED)
        await save(backend, module, a_user(1, department="Lab"))
        return []

    @staticmethod
    def enrolling(
        other: SqlBackend, seen: list[EnrollmentFacts], *changes: Command[Any]
    ) -> Callable[[Unit], Awaitable[None]]:
        """Enrolls; in each run the next change happens after the facts have been read."""

        async def work(unit: Unit) -> None:
            facts = await unit.port(EnrollmentBasis).facts(uid(1), user_id(1))
            seen.append(facts)
            if len(seen) <= len(changes):
                await other.bus().execute(changes[len(seen) - 1], ADMIN)
            enrollment = Enrollment.open(
                uid(1), user_id(1), facts, cycle_id=uid(8_000 + len(seen)), enrolled_by=None, now=T
            )
            await unit.port(Enrollments).add(enrollment)
            events = unit.take_events()
            entries = [OutboxEntry(uid(7_000 + len(seen)), T, event, ADMIN) for event in events]
            await unit.port(Outbox).append(entries)

        return work

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [(ArchiveModule(uid(1)), ModuleNotPublished), (DeactivateUsers((user_id(1),)), UserInactive)],
        ids=["archived", "deactivated"],
    )
    async def test_the_decision_is_made_again(
        self,
        backend: SqlBackend,
        other: SqlBackend,
        seen: list[EnrollmentFacts],
        change: Command[Any],
        refusal: type[DomainError],
    ) -> None:
        with pytest.raises(refusal):
            await backend.units.run(self.enrolling(other, seen, change))
        assert len(seen) == 2
        assert await counted(backend) == (1, 1, 0)
        assert "UsersEnrolled" not in [name for name, _, _ in await backend.outbox()]

    async def test_the_same_decision_is_carried_out_once(
        self, backend: SqlBackend, other: SqlBackend, seen: list[EnrollmentFacts]
    ) -> None:
        await backend.units.run(self.enrolling(other, seen, EditUser(user_id(1), department="Hygiene")))
        assert [facts.user_department for facts in seen] == ["Lab", "Hygiene"]
        assert await counted(backend) == (1, 1, 1)
        assert [name for name, _, _ in await backend.outbox()] == ["UsersEdited", "UsersEnrolled"]

    async def test_what_the_decision_does_not_rest_on_may_change(
        self, backend: SqlBackend, other: SqlBackend, seen: list[EnrollmentFacts]
    ) -> None:
        await backend.units.run(self.enrolling(other, seen, EditModule(uid(1), title="Changed")))
        assert len(seen) == 1
        assert await counted(backend) == (1, 1, 1)

    async def test_a_user_enrolled_meanwhile_is_enrolled_once(
        self, backend: SqlBackend, other: SqlBackend, seen: list[EnrollmentFacts]
    ) -> None:
        with pytest.raises(AlreadyEnrolled):
            await backend.units.run(self.enrolling(other, seen, EnrollUser(uid(1), user_id(1))))
        assert await backend.outbox() == [("UsersEnrolled", uid(1), ADMIN.user_id)]

    async def test_there_is_an_end_to_deciding(
        self, backend: SqlBackend, other: SqlBackend, seen: list[EnrollmentFacts]
    ) -> None:
        moves = [EditUser(user_id(1), department=name) for name in ("Hygiene", "Lab", "Hygiene")]
        with pytest.raises(StoreUnavailable, match="the facts have changed"):
            await backend.units.run(self.enrolling(other, seen, *moves))
        assert len(seen) == len(moves)
        assert await counted(backend) == (1, 1, 0)

    async def test_the_session_looks_again_when_it_takes_over(
        self, backend: SqlBackend, other: SqlBackend, seen: list[EnrollmentFacts]
    ) -> None:
        enroll = self.enrolling(other, seen, EditUser(user_id(1), department="Hygiene"))

        async def work(unit: Unit) -> None:
            await enroll(unit)
            await unit.port(Enrollments).get(uid(1), user_id(1))

        await backend.units.run(work)
        assert len(seen) == 2
        assert [name for name, _, _ in await backend.outbox()] == ["UsersEdited", "UsersEnrolled"]


@dataclass(frozen=True)
class Lines:
    """A roster of so many people of one department."""

    count: int
    department: str

    mapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        for n in range(self.count):
            yield n + 2, {"email": f"person{n}@example.com", "department": self.department, "badge": str(n)}


class TestRoster:
    @pytest.mark.parametrize("departments", [("Lab", "Lab"), ("Lab", "Hygiene")])
    async def test_the_same_people_are_imported_twice_at_once(
        self, backend: SqlBackend, other: SqlBackend, departments: tuple[str, str]
    ) -> None:
        outcomes = await together(
            backend,
            other,
            "LOCK TABLE training.users IN SHARE ROW EXCLUSIVE MODE",
            *(ImportRoster(Lines(40, department)) for department in departments),
        )
        assert kinds(outcomes) == {object: 2}
        changed = 0 if departments[0] == departments[1] else 40
        counts = {(outcome.created, outcome.updated, outcome.unchanged) for outcome in outcomes}
        assert counts == {(40, 0, 0), (0, changed, 40 - changed)}
        page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 200)
        assert len(page.items) == len({item.email for item in page.items}) == 40
        assert len({item.department for item in page.items}) == 1
        assert {item.version for item in page.items} == {2 if changed else 1}
        told = [name for name, _, _ in await backend.outbox()]
        assert sorted(told) == sorted(
            ["RosterImported", "UsersRegistered"] + (["RosterImported", "UsersEdited"] if changed else [])
        )

    async def test_someone_is_edited_while_imported(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_user(1, email="person1@example.com", department="Lab"))
        imported, edited = await together(
            backend,
            other,
            PEOPLE,
            ImportRoster(Lines(3, "Hygiene")),
            EditUser(user_id(1), department="Front desk"),
        )
        assert (imported.created, imported.updated + imported.unchanged) == (2, 1)
        user = await loaded_user(backend, user_id(1))
        if isinstance(edited, BaseException):
            assert isinstance(edited, StaleVersion)
            assert (user.department, user.version) == ("Hygiene", 2)
        else:
            assert user.version == 3

    async def test_someone_is_registered_while_imported(self, backend: SqlBackend, other: SqlBackend) -> None:
        outcomes = await together(
            backend,
            other,
            "LOCK TABLE training.users IN SHARE ROW EXCLUSIVE MODE",
            ImportRoster(Lines(3, "Hygiene")),
            RegisterUser("person1@example.com"),
        )
        assert set(kinds(outcomes)) <= {object, EmailTaken}
        assert kinds(outcomes)[object] >= 1
        page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 200)
        was_imported = not isinstance(outcomes[0], BaseException)
        assert len(page.items) == len({item.email for item in page.items}) == (3 if was_imported else 1)
        told = [name for name, _, _ in await backend.outbox() if name in ("RosterImported", "UsersRegistered")]
        assert len(told) == kinds(outcomes)[object] + was_imported


class TestReports:
    @pytest.fixture
    def url(self, postgresql: str) -> str:
        """On SQLite the report is no copy."""
        return postgresql

    async def test_a_refresh_blocks_no_reader(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1))
        await backend.units.run(lambda unit: unit.port(Reporting).refresh(T))
        await save(backend, an_enrollment(1, 2))
        reader = other.reader(ParticipationReader)

        async def refreshing(unit: Unit) -> int:
            await unit.port(Reporting).refresh(T)
            async with asyncio.timeout(5):
                return (await reader.report(EVERYONE)).items[0].enrolled

        assert await backend.units.run(refreshing) == 1
        assert (await reader.report(EVERYONE)).items[0].enrolled == 2

    async def test_who_finds_somebody_counting_leaves_it_to_them(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1), a_user(1))
        await backend.units.run(lambda unit: unit.port(Reporting).refresh(T))

        async def counting(unit: Unit) -> None:
            await unit.port(Reporting).refresh(later(minutes=1))
            async with asyncio.timeout(5):
                await other.units.run(
                    lambda second: second.port(Reporting).refresh_if_due(later(minutes=2), since=later(minutes=1))
                )

        await backend.units.run(counting)
        found = await other.reader(ParticipationReader).report(EVERYONE)
        assert found.counted_at == later(minutes=1)

    async def test_refreshes_take_turns(self, backend: SqlBackend) -> None:
        await save(backend, a_module(1), a_user(1))
        await save(backend, an_enrollment(1, 1))
        work: list[Awaitable[None]] = [
            backend.units.run(lambda unit: unit.port(Reporting).refresh(T)) for _ in range(5)
        ]
        await asyncio.gather(*work)
        assert (await backend.reader(ParticipationReader).report(EVERYONE)).items[0].enrolled == 1
