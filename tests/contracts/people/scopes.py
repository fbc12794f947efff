"""The contract of every reader of people's data: what is outside the scope is not there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from application.kernel.access import EVERYONE, Scope
from application.learning.enrollments.queries import EnrollmentReader
from application.people.users.queries import UserFilter, UserReader
from application.reporting.ports import Reporting
from application.reporting.queries import DepartmentParticipation, ParticipationReader
from contracts import about
from contracts.backend import Backend, change_user, pages, save
from contracts.make import NOBODY, PRESENT, T, a_module, a_user, an_enrollment, later, uid, user_id
from domain.catalogue.module_life import ModuleStatus

# Who they are: 1 and 2 of Hygiene, 3 of the lab, 4 of no department, 5 of a department that is merely similar.
DEPARTMENTS: dict[int, str | None] = {1: "Hygiene", 2: "Hygiene", 3: "Lab", 4: None, 5: "hygiene"}

WITHOUT_DRAFTS = Scope(everyone=True, drafts=False)
ONESELF = Scope(everyone=False, user_id=user_id(4))
HYGIENE = Scope(everyone=False, user_id=user_id(4), departments=("Hygiene",))
BOTH = Scope(everyone=False, user_id=user_id(3), departments=("Lab", "Hygiene"))
DEPARTMENT_ALONE = Scope(everyone=False, departments=("Lab",))
STRANGER = Scope(everyone=False, user_id=NOBODY, departments=("Elsewhere", "%", "Hyg", ""))
NOTHING = Scope(everyone=False)

WITHIN = [
    pytest.param(EVERYONE, [5, 4, 3, 2, 1], id="everyone"),
    pytest.param(WITHOUT_DRAFTS, [5, 4, 3, 2, 1], id="everyone, without drafts"),
    pytest.param(ONESELF, [4], id="oneself"),
    pytest.param(HYGIENE, [4, 2, 1], id="oneself and a department"),
    pytest.param(BOTH, [3, 2, 1], id="oneself within two departments"),
    pytest.param(DEPARTMENT_ALONE, [3], id="a department"),
    pytest.param(STRANGER, [], id="a stranger"),
    pytest.param(NOTHING, [], id="nothing"),
]
SCOPES = pytest.mark.parametrize(("scope", "within"), WITHIN)


def numbers(items: Any) -> list[int]:
    """The numbers of the users that the items tell of."""
    ids: list[UUID] = [getattr(item, "user_id", None) or item.id for item in items]
    return [each.int - user_id(0).int for each in ids]


async def people(backend: Backend) -> None:
    await save(backend, *(a_user(n, department=name, full_name=f"Person {n}") for n, name in DEPARTMENTS.items()))


@about(UserReader)
class TestScopedUsers:
    @SCOPES
    async def test_lists(self, backend: Backend, scope: Scope, within: list[int]) -> None:
        await people(backend)
        reader = backend.reader(UserReader)
        page = await reader.page(scope, UserFilter(), None, 200)
        assert (numbers(page.items), page.next) == (within, None)
        found = await pages(lambda after, size: reader.page(scope, UserFilter(), after, size), 1)
        assert [n for each in found for n in numbers(each)] == within

    @SCOPES
    async def test_filters_find_nobody_else(self, backend: Backend, scope: Scope, within: list[int]) -> None:
        await people(backend)
        reader = backend.reader(UserReader)

        async def found(where: UserFilter) -> list[int]:
            return numbers((await reader.page(scope, where, None, 200)).items)

        assert await found(UserFilter(q="person")) == within
        assert await found(UserFilter(is_active=True, q="EXAMPLE.com")) == within
        assert await found(UserFilter(departments=("Hygiene",))) == [n for n in within if n in (1, 2, 5)]
        assert await found(UserFilter(departments=("Lab", "hygiene"))) == [n for n in within if n in (1, 2, 3, 5)]
        assert await found(UserFilter(metadata=(("key",), "value"))) == []

    @SCOPES
    async def test_one_person(self, backend: Backend, scope: Scope, within: list[int]) -> None:
        await people(backend)
        reader = backend.reader(UserReader)
        seen = [n for n in sorted(DEPARTMENTS, reverse=True) if await reader.detail(scope, user_id(n))]
        assert seen == within
        assert await reader.detail(scope, NOBODY) is None

    async def test_who_moves_is_seen_elsewhere(self, backend: Backend) -> None:
        await people(backend)
        reader = backend.reader(UserReader)

        def move(user: Any) -> None:
            user.department = "Lab"

        await change_user(backend, user_id(1), move)
        assert await reader.detail(HYGIENE, user_id(1)) is None
        assert await reader.detail(DEPARTMENT_ALONE, user_id(1)) is not None

    async def test_any_number_of_departments(self, backend: Backend) -> None:
        await people(backend)
        scope = Scope(everyone=False, departments=(*(f"Department {n}" for n in range(49)), "Hygiene"))
        page = await backend.reader(UserReader).page(scope, UserFilter(), None, 200)
        assert numbers(page.items) == [2, 1]


@about(EnrollmentReader)
class TestScopedEnrollments:
    @SCOPES
    async def test_of_a_module(self, backend: Backend, scope: Scope, within: list[int]) -> None:
        await people(backend)
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED), a_module(2, status=ModuleStatus.ARCHIVED))
        await save(backend, *(an_enrollment(1, n) for n in DEPARTMENTS), an_enrollment(2, 1))
        reader = backend.reader(EnrollmentReader)
        page = await reader.of_module(scope, uid(1), None, 200, PRESENT)
        assert page is not None
        assert (numbers(page.items), page.next) == (within, None)
        found = await pages(lambda after, size: reader.of_module(scope, uid(1), after, size, PRESENT), 2)
        assert [n for each in found for n in numbers(each)] == within
        archived = await reader.of_module(scope, uid(2), None, 200, PRESENT)
        assert archived is not None
        assert numbers(archived.items) == [n for n in within if n == 1]
        assert await reader.of_module(scope, NOBODY, None, 200, PRESENT) is None

    async def test_pages_pass_over_who_is_outside(self, backend: Backend) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED))
        await save(backend, *(a_user(n, department="Lab" if n % 3 else "Hygiene") for n in range(1, 13)))
        await save(backend, *(an_enrollment(1, n, now=later(minutes=n)) for n in range(1, 13)))
        reader = backend.reader(EnrollmentReader)
        found = await pages(lambda after, size: reader.of_module(HYGIENE, uid(1), after, size, PRESENT), 2)
        assert [numbers(each) for each in found] == [[12, 9], [6, 4], [3]]

    @SCOPES
    async def test_a_draft_is_there_for_those_only_who_see_drafts_and_everyone(
        self, backend: Backend, scope: Scope, within: list[int]
    ) -> None:
        await people(backend)
        await save(backend, a_module(1, status=ModuleStatus.DRAFT))
        page = await backend.reader(EnrollmentReader).of_module(scope, uid(1), None, 200, PRESENT)
        assert (page is not None) is (scope == EVERYONE)

    @SCOPES
    async def test_of_a_person(self, backend: Backend, scope: Scope, within: list[int]) -> None:
        await people(backend)
        await save(backend, a_module(1), a_module(2))
        await save(backend, *(an_enrollment(m, n) for m in (1, 2) for n in DEPARTMENTS if n != 2))
        reader = backend.reader(EnrollmentReader)
        found = {
            n: await reader.of_user(scope, user_id(n), None, 200, PRESENT) for n in sorted(DEPARTMENTS, reverse=True)
        }
        assert [n for n, page in found.items() if page is not None] == within
        for n, page in found.items():
            if page is not None:
                assert [item.module_id for item in page.items] == ([] if n == 2 else [uid(2), uid(1)])
        assert await reader.of_user(scope, NOBODY, None, 200, PRESENT) is None

    @SCOPES
    async def test_one_enrollment(self, backend: Backend, scope: Scope, within: list[int]) -> None:
        await people(backend)
        await save(backend, a_module(1), a_module(2))
        await save(backend, *(an_enrollment(1, n) for n in DEPARTMENTS))
        reader = backend.reader(EnrollmentReader)
        seen = [n for n in sorted(DEPARTMENTS, reverse=True) if await reader.detail(scope, uid(1), user_id(n))]
        assert seen == within
        assert await reader.detail(scope, uid(2), user_id(1)) is None


@about(ParticipationReader)
class TestScopedParticipation:
    async def counts(self, backend: Backend, scope: Scope) -> dict[str, list[DepartmentParticipation]]:
        await backend.units.run(lambda unit: unit.port(Reporting).refresh(T))
        report = await backend.reader(ParticipationReader).report(scope)
        for item in report.items:
            assert item.enrolled == sum(each.enrolled for each in item.departments)
            assert item.active == sum(each.active for each in item.departments)
        return {item.slug: item.departments for item in report.items}

    async def test_departments_within_the_scope_are_counted(self, backend: Backend) -> None:
        await people(backend)
        await save(backend, a_user(6, department="Hygiene", is_active=False), a_module(1), a_module(2), a_module(3))
        await save(backend, *(an_enrollment(1, n, now=T) for n in (1, 2, 3, 4, 5, 6)))
        await save(backend, an_enrollment(2, 3), an_enrollment(3, 4), an_enrollment(3, 5))
        hygiene, lab = DepartmentParticipation("Hygiene", 3, 2), DepartmentParticipation("Lab", 1, 1)
        assert await self.counts(backend, HYGIENE) == {"module-1": [hygiene]}
        assert await self.counts(backend, BOTH) == {"module-1": [hygiene, lab], "module-2": [lab]}
        assert await self.counts(backend, DEPARTMENT_ALONE) == {"module-1": [lab], "module-2": [lab]}
        similar, none = DepartmentParticipation("hygiene", 1, 1), DepartmentParticipation(None, 1, 1)
        assert await self.counts(backend, EVERYONE) == {
            "module-1": [hygiene, lab, similar, none],
            "module-2": [lab],
            "module-3": [similar, none],
        }

    @pytest.mark.parametrize("scope", [ONESELF, STRANGER, NOTHING], ids=["oneself", "a stranger", "nothing"])
    async def test_without_a_department_there_is_nothing_to_count(self, backend: Backend, scope: Scope) -> None:
        await people(backend)
        await save(backend, a_module(1))
        await save(backend, *(an_enrollment(1, n) for n in DEPARTMENTS))
        assert await self.counts(backend, scope) == {}
