"""The contract of lists of people: searching, filtering, sorting and counting them."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from application.kernel.access import EVERYONE, Scope
from application.kernel.messages import Cursor
from application.people.ports import Roster
from application.people.users.queries import UserFilter, UserReader, UserSort
from contracts import about
from contracts.backend import Backend, change_user, pages, save
from contracts.make import a_user, later, user_id
from domain.kernel.roles import Role
from domain.kernel.typography import mentions
from domain.people.names import name_key
from domain.people.roster import RosterEntry
from domain.people.users import User

ALL = UserFilter()
HYGIENE = Scope(everyone=False, user_id=user_id(99), departments=("Hygiene",))
NAMES = ("Ruiz, Ana", "ana Ruiz", "Ángela Núñez", "Zoë", "ørsted", "Øystein", None, "Ana Ruiz", "李 伟", "a", "A b")


def numbers(items: Any) -> list[int]:
    return [item.id.int - user_id(0).int for item in items]


async def listed(backend: Backend, where: UserFilter = ALL, sort: UserSort = UserSort.NEWEST) -> list[int]:
    page = await backend.reader(UserReader).page(EVERYONE, where, None, 200, sort=sort)
    return numbers(page.items)


@about(UserReader)
class TestSearchingPeople:
    async def test_words_are_found_in_any_order_in_name_address_and_job_title(self, backend: Backend) -> None:
        await save(
            backend,
            a_user(1, full_name="Ana María Ruiz", job_title="Dental Hygienist"),
            a_user(2, full_name="Ruiz Ana", email="hygienist@example.com"),
            a_user(3, full_name="Ana Lopez", job_title="Hygienist", location="Ruiz", department="Ruiz"),
            a_user(4, email="ruiz.ana@example.com", metadata={"badge": "E-77"}),
        )
        assert await listed(backend, UserFilter(q="ruiz ana")) == [4, 2, 1]
        assert await listed(backend, UserFilter(q="  HYGIENIST   rúiz ")) == [2, 1]
        assert await listed(backend, UserFilter(q="hygienist maria ana")) == [1]
        assert await listed(backend, UserFilter(q="ana ana")) == [4, 3, 2, 1]
        assert await listed(backend, UserFilter(q="E-77")) == []

    async def test_people_are_found_by_their_employee_ids(self, backend: Backend) -> None:
        await save(backend, a_user(1, employee_id="É-0077", full_name="Ana"), a_user(2, employee_id="E-77"), a_user(3))
        assert await listed(backend, UserFilter(q="ana e-0077")) == [1]
        assert await listed(backend, UserFilter(q="É-")) == [2, 1]
        assert await listed(backend, UserFilter(employee_ids=("e-77",))) == [2]
        assert await listed(backend, UserFilter(employee_ids=("e-77", "E-0077", "77"))) == [2, 1]
        assert await listed(backend, UserFilter(employee_ids=("77",))) == []

    async def test_those_with_one_of_these_addresses(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in range(3)), a_user(3, email=None, full_name="Ana"))
        assert await listed(backend, UserFilter(emails=("user1@example.com", "nobody@example.com"))) == [1]
        assert await listed(backend, UserFilter(emails=("user1@example",))) == []

    async def test_every_store_finds_whom_the_domain_finds(self, backend: Backend) -> None:
        chance = random.Random(11)  # to vary, not to hide
        parts = (
            "José",
            "jose\u0301",
            "Núñez",
            "O’Brien",
            "WEISS",
            "weiß",
            "100%",
            "a_b",
            "x\\y",
            "李伟",
            "Ann-Marie",
            "ﬁt",
        )
        people = [
            a_user(
                n,
                full_name=" ".join(chance.choices(parts, k=chance.randint(1, 3))) if n % 5 else None,
                job_title=" ".join(chance.choices(parts, k=2)) if n % 3 else None,
                email=f"{chance.choice(('jose', 'weiss', 'fit'))}{n}@example.com" if n % 4 else None,
                employee_id=f"{chance.choice(parts)[:5]} {n}",
            )
            for n in range(1, 41)
        ]
        await save(backend, *people)
        found = 0
        for _ in range(60):
            words = [word[chance.randint(0, 1) : chance.randint(3, 9)] for word in chance.choices(parts, k=2)]
            q = chance.choice((" ".join(words), words[0].upper(), "  ".join(reversed(words)).casefold()))
            if not q.strip():
                continue
            expected = [
                n
                for n, each in enumerate(people, 1)
                if mentions(q, each.full_name, each.email, each.job_title, each.employee_id)
            ]
            assert await listed(backend, UserFilter(q=q)) == expected[::-1], q
            found += len(expected)
        assert found > 60

    @pytest.mark.parametrize(
        ("email", "q"),
        [
            ("ana@xn--zhnarzt-0za.example", "xn--zhnarzt"),
            ("ana@xn--zhnarzt-0za.example", "ana@xn--zhnarzt-0za.example"),
            ("ana--ruiz@example.com", "ANA--RUIZ"),
            ("ana---ruiz@example.com", "ana---r"),
            (f"a{'-' * 62}b@example.com", f"a{'-' * 62}b"),
            (f"a@a{'-' * 230}b.example.com", "a-b.ex"),
            ("o`brien@example.com", "o`brien"),
            ("o'brien@example.com", "o’brien"),
        ],
    )
    async def test_typography_is_ignored_in_addresses_too(self, backend: Backend, email: str, q: str) -> None:
        await save(backend, a_user(1, email=email), a_user(2))
        assert await listed(backend, UserFilter(q=q)) == [1]

    async def test_a_changed_person_is_found_by_what_is_new(self, backend: Backend) -> None:
        await save(backend, a_user(1, full_name="Ana", job_title="Technician", location="Austin"))

        def promote(user: User) -> None:
            user.job_title, user.location, user.full_name = "Manager", "Dallas", "Zita"

        await change_user(backend, user_id(1), promote)
        assert await listed(backend, UserFilter(q="technician")) == []
        assert await listed(backend, UserFilter(q="manager zita", locations=("DALLAS",))) == [1]
        await save(backend, a_user(2, full_name="Mia"))
        assert await listed(backend, sort=UserSort.BY_NAME) == [2, 1]


@about(UserReader)
class TestFilteringPeople:
    async def test_by_ids_locations_and_roles(self, backend: Backend) -> None:
        await save(
            backend,
            a_user(1, location="Austin North", role=Role.MANAGER),
            a_user(2, location="AUSTIN NORTH", department="Hygiene"),
            a_user(3, location="Dallas", role=Role.ADMIN),
            a_user(4),
        )
        assert await listed(backend, UserFilter(ids=(user_id(1), user_id(4), user_id(77)))) == [4, 1]
        assert await listed(backend, UserFilter(locations=("Aústin North",))) == [2, 1]
        assert await listed(backend, UserFilter(locations=("Dallas", "Austin North"), roles=(Role.ADMIN,))) == [3]
        assert await listed(backend, UserFilter(roles=(Role.MANAGER, Role.ADMIN))) == [3, 1]
        assert await listed(backend, UserFilter(roles=(Role.AUTHOR,))) == []

    async def test_a_missing_department_or_location_is_not_one_without_letters(self, backend: Backend) -> None:
        await save(backend, a_user(1, department=None, location=None), a_user(2, department="\xa8", location="\xa8"))
        assert await listed(backend, UserFilter(departments=("\xa8",))) == [2]
        assert await listed(backend, UserFilter(locations=("\xa8",))) == [2]

    async def test_filters_and_totals_tell_nothing_of_people_out_of_scope(self, backend: Backend) -> None:
        await save(
            backend,
            a_user(1, full_name="Ana", department="Hygiene"),
            a_user(2, full_name="Ana", department="Lab"),
            a_user(3, full_name="Ben", department="Hygiene"),
        )
        reader = backend.reader(UserReader)
        for where, expected in (
            (UserFilter(q="ana"), [1]),
            (UserFilter(ids=(user_id(1), user_id(2))), [1]),
            (UserFilter(departments=("Lab",)), []),
            (ALL, [3, 1]),
        ):
            page = await reader.page(HYGIENE, where, None, 1, total=True)
            assert page.total == len(expected)
            assert numbers(page.items) == expected[:1]


@about(UserReader)
class TestPeopleWithoutAddress:
    async def test_they_are_found_and_told_from_those_who_have_one(self, backend: Backend) -> None:
        await save(
            backend,
            a_user(1, email=None, full_name="Ana Ruiz", job_title="Hygienist"),
            a_user(2, email=None, employee_id="E-7"),
            a_user(3, full_name="Ana"),
        )
        assert await listed(backend, UserFilter(has_email=False)) == [2, 1]
        assert await listed(backend, UserFilter(has_email=True)) == [3]
        assert await listed(backend, UserFilter(q="ana")) == [3, 1]
        assert await listed(backend, UserFilter(q="hygienist ruiz", has_email=False)) == [1]
        assert await listed(backend, UserFilter(q="e-7")) == [2]
        assert await listed(backend, UserFilter(q="none")) == await listed(backend, UserFilter(q="null")) == []
        page = await backend.reader(UserReader).page(EVERYONE, UserFilter(has_email=False), None, 9, total=True)
        assert ([user.email for user in page.items], page.total) == ([None, None], 2)

    async def test_they_are_sorted_by_name_or_else_by_employee_id(self, backend: Backend) -> None:
        erased = a_user(5, full_name="Aaron")
        erased.erase(now=later(hours=1))
        await save(
            backend,
            a_user(1, email=None, full_name="Zoë"),
            a_user(2, email=None, employee_id="É-7"),
            a_user(3, email="d@example.com", employee_id="A-1"),
            a_user(4, email=None, employee_id="B-9", full_name="Ema"),
            erased,
        )
        expected = [5, 3, 2, 4, 1]
        assert await listed(backend, sort=UserSort.BY_NAME) == expected
        reader = backend.reader(UserReader)
        for limit in (1, 2):
            found = await pages(
                lambda after, size: reader.page(EVERYONE, ALL, after, size, sort=UserSort.BY_NAME_BACKWARDS), limit
            )
            assert [n for page in found for n in numbers(page)] == expected[::-1]


@about(UserReader)
class TestSortingPeople:
    @pytest.mark.parametrize("limit", [1, 2, 4, 50])
    @pytest.mark.parametrize("sort", UserSort)
    async def test_every_order_is_complete_page_by_page(self, backend: Backend, sort: UserSort, limit: int) -> None:
        people = [a_user(n, full_name=name, now=later(minutes=n // 3)) for n, name in enumerate(NAMES, start=1)]
        await save(backend, *people)
        keys = {
            "name": lambda user: (name_key(user.full_name, user.email, user.employee_id), user.id),
            "created_at": lambda user: (user.created_at, user.id),
        }
        expected = numbers(sorted(people, key=keys[sort.field], reverse=sort.descending))
        reader = backend.reader(UserReader)
        found = await pages(lambda after, size: reader.page(EVERYONE, ALL, after, size, sort=sort), limit)
        assert [n for page in found for n in numbers(page)] == expected
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)

    async def test_cursors_name_their_order(self, backend: Backend) -> None:
        await save(backend, a_user(1, full_name="Ána"), a_user(2, full_name="Ben"))
        page = await backend.reader(UserReader).page(EVERYONE, ALL, None, 1, sort=UserSort.BY_NAME)
        assert page.next == Cursor("ana", user_id(1), "name")

    async def test_people_of_a_roster_are_sorted_and_found(self, backend: Backend) -> None:
        await save(backend, a_user(1, full_name="Zoe"), a_user(2), a_user(3, full_name="Mia"))
        entries = [
            RosterEntry(2, "user1@example.com", job_title="Billing Clerk", location="Austin"),
            RosterEntry(3, "user2@example.com", full_name="Ábel"),
            RosterEntry(4, "new@example.com", job_title="Clerk"),
        ]

        async def merge(unit: Any) -> None:
            roster = unit.port(Roster)
            await roster.stage((user_id(n), entry) for n, entry in enumerate(entries, start=50))
            await roster.match()
            await roster.merge(later(days=1))

        await backend.units.run(merge)
        assert await listed(backend, sort=UserSort.BY_NAME) == [2, 3, 52, 1]
        assert sorted(await listed(backend, UserFilter(q="clerk"))) == [1, 52]
        assert await listed(backend, UserFilter(q="abel")) == [2]
        assert await listed(backend, UserFilter(locations=("austin",))) == [1]


@about(UserReader)
class TestCountingPeople:
    @pytest.mark.parametrize(("sort", "limit"), [*product(UserSort, [1, 3, 50])])
    async def test_the_total_is_the_same_on_every_page(self, backend: Backend, sort: UserSort, limit: int) -> None:
        await save(backend, *(a_user(n, full_name=f"Ana {n}", is_active=n % 4 != 0) for n in range(1, 8)))
        reader, where = backend.reader(UserReader), UserFilter(is_active=True, q="ana")
        page = await reader.page(EVERYONE, where, None, limit, sort=sort, total=True)
        assert (page.total, len(page.items)) == (6, min(limit, 6))
        while page.next:
            page = await reader.page(EVERYONE, where, page.next, limit, sort=sort, total=True)
            assert page.total == 6
        plain = await reader.page(EVERYONE, where, None, limit, sort=sort)
        assert plain.total is None
        assert plain.items == (await reader.page(EVERYONE, where, None, limit, sort=sort, total=True)).items

    async def test_nobody_is_zero(self, backend: Backend) -> None:
        page = await backend.reader(UserReader).page(EVERYONE, ALL, None, 5, total=True)
        assert (page.items, page.next, page.total) == ([], None, 0)

    async def test_after_the_end_the_total_stays(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        end = Cursor(later(days=-9), user_id(1))
        page = await backend.reader(UserReader).page(EVERYONE, ALL, end, 5, total=True)
        assert (page.items, page.next, page.total) == ([], None, 2)
