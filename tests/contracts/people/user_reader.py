"""The contract of the users reader."""

from __future__ import annotations

import random
from typing import Any
from unicodedata import normalize

import pytest

from application.kernel.access import EVERYONE
from application.kernel.messages import Cursor
from application.people.users.queries import UserFilter, UserReader, UserView
from contracts import about
from contracts.backend import Backend, change_user, pages, plain, save
from contracts.make import NOBODY, T, a_full_user, a_user, later, user_id
from domain.kernel.roles import Role
from domain.kernel.typography import mentions
from domain.people.users import User

ALL = UserFilter()


async def listed(backend: Backend, where: UserFilter) -> list[int]:
    """The numbers of the users that fit, as listed."""
    page = await backend.reader(UserReader).page(EVERYONE, where, None, 200)
    assert page.next is None
    return [user.id.int - user_id(0).int for user in page.items]


async def paged(backend: Backend, limit: int, where: UserFilter = ALL) -> list[list[int]]:
    reader = backend.reader(UserReader)
    found = await pages(lambda after, size: reader.page(EVERYONE, where, after, size), limit)
    return [[user.id.int - user_id(0).int for user in page] for page in found]


@about(UserReader)
class TestUserReader:
    async def test_a_user_is_shown_with_everything(self, backend: Backend) -> None:
        user = a_full_user()
        await save(backend, user, a_user(2))
        view = await backend.reader(UserReader).detail(EVERYONE, user.id)
        assert isinstance(view, UserView)
        assert plain(view) == plain(UserView.of(user))
        assert view.created_at == T
        assert view.created_at.utcoffset() == T.utcoffset()

    async def test_an_unknown_user_is_none(self, backend: Backend) -> None:
        assert await backend.reader(UserReader).detail(EVERYONE, NOBODY) is None

    async def test_lists_show_users_with_everything(self, backend: Backend) -> None:
        users = [a_user(1), a_full_user(2)]
        await save(backend, *users)
        page = await backend.reader(UserReader).page(EVERYONE, ALL, None, 50)
        assert plain(page.items) == [plain(UserView.of(user)) for user in reversed(users)]

    async def test_nobody_is_one_empty_page(self, backend: Backend) -> None:
        page = await backend.reader(UserReader).page(EVERYONE, ALL, None, 1)
        assert (page.items, page.next) == ([], None)

    async def test_newest_first_and_among_the_equally_old_the_highest_id(self, backend: Backend) -> None:
        await save(
            backend,
            a_user(2, now=later(microseconds=1)),
            a_user(9, now=T),
            a_user(5, now=later(microseconds=1)),
            a_user(1, now=later(days=1)),
            a_user(8, now=T),
        )

        def rename(user: User) -> None:
            user.full_name, user.updated_at = "Renamed", later(days=9)

        await change_user(backend, user_id(8), rename)
        assert await listed(backend, ALL) == [1, 5, 2, 9, 8]

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [
            (1, [[4], [3], [2], [1]]),
            (2, [[4, 3], [2, 1]]),
            (3, [[4, 3, 2], [1]]),
            (4, [[4, 3, 2, 1]]),
            (5, [[4, 3, 2, 1]]),
        ],
    )
    @pytest.mark.parametrize("apart", [0, 1], ids=["same moment", "a microsecond apart"])
    async def test_pages_show_each_user_once(
        self, backend: Backend, limit: int, expected: list[list[int]], apart: int
    ) -> None:
        await save(backend, *(a_user(n, now=later(microseconds=apart * n)) for n in range(1, 5)))
        assert await paged(backend, limit) == expected

    async def test_the_cursor_names_the_last_user_shown(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in (1, 2, 3)))
        page = await backend.reader(UserReader).page(EVERYONE, ALL, None, 2)
        assert page.next == Cursor(T, user_id(2))


@about(UserReader)
class TestUserFilters:
    async def test_whose_sign_in_waits(self, backend: Backend) -> None:
        await save(backend, a_user(1, role=Role.ADMIN), a_user(2), a_user(3, supabase_id="abc"))
        await change_user(backend, user_id(1), lambda user: user.link_by_address("waiting", now=T))
        for waits, expected in ((True, {1}), (False, {2, 3}), (None, {1, 2, 3})):
            where = UserFilter(sign_in_requested=waits)
            page = await backend.reader(UserReader).page(EVERYONE, where, None, 50)
            assert {item.id for item in page.items} == {user_id(n) for n in expected}

    async def test_by_whether_they_are_active(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2, is_active=False), a_user(3))
        assert await listed(backend, UserFilter(is_active=True)) == [3, 1]
        assert await listed(backend, UserFilter(is_active=False)) == [2]

    async def test_by_departments(self, backend: Backend) -> None:
        departments = ["Hygiene", "Front office", None, "hygiene", "Hygiene 2", "Hygiene"]
        await save(backend, *(a_user(n, department=name) for n, name in enumerate(departments, start=1)))
        assert await listed(backend, UserFilter(departments=("Hygiene",))) == [6, 4, 1]
        assert await listed(backend, UserFilter(departments=("Front office", "hygiène"))) == [6, 4, 2, 1]
        assert await listed(backend, UserFilter(departments=("Hygiene", "Hygiene"))) == [6, 4, 1]
        assert await listed(backend, UserFilter(departments=("Lab", "%"))) == []

    async def test_words_are_found_in_name_and_address(self, backend: Backend) -> None:
        await save(
            backend,
            a_user(1, full_name="Ana Lopez"),
            a_user(2, email="lopez@example.com"),
            a_user(3, full_name="Ben", department="Lopez"),
            a_user(4, full_name="LOPEZ, C."),
        )
        for q in ("lopez", "LOPEZ", "Lop"):
            assert await listed(backend, UserFilter(q=q)) == [4, 2, 1]
        assert await listed(backend, UserFilter(q="ana lopez")) == [1]
        assert await listed(backend, UserFilter(q="@EXAMPLE.com")) == [4, 3, 2, 1]

    async def test_case_does_not_matter_in_any_script(self, backend: Backend) -> None:
        await save(backend, a_user(1, full_name="Jürgen Šimić"), a_user(2, full_name="JÜRGEN ŠIMIĆ"), a_user(3))
        for q in ("jürgen š", "JÜRGEN Š", "Jürgen Š"):
            assert await listed(backend, UserFilter(q=q)) == [2, 1]
        assert await listed(backend, UserFilter(q="jurgen s")) == [2, 1]

    async def test_accents_and_typography_do_not_matter(self, backend: Backend) -> None:
        names = (
            "José Núñez",
            "Jose\u0301 Nunez",
            "JOSE NUÑEZ",
            "Søren Kjær",
            "Weiß",
            "Łukasz O’Brien",
            "Ιωάννης",
            "がん",
        )
        await save(backend, *(a_user(n, full_name=name) for n, name in enumerate(names, start=1)))
        expected = {
            ("José", "jose", "Jose\u0301", "JOSÉ n", "nuñez", "nunez"): [3, 2, 1],
            ("soren kjaer", "SØREN KJÆR", "kjær"): [4],
            ("weiss", "WEIß", "weiß"): [5],
            ("lukasz o'brien", "Łukasz O’Brien", "o`brien"): [6],
            ("ιωαννης", "ΙΩΆΝΝΗΣ"): [7],
            ("が", "か"): [8],
        }
        for words, found in expected.items():
            assert {q: await listed(backend, UserFilter(q=q)) for q in words} == {q: list(found) for q in words}

    async def test_any_part_of_a_name_is_found_as_the_domain_says(self, backend: Backend) -> None:
        chance = random.Random(5)  # to vary, not to hide
        signs = "aàÀáâãäåæÆçčdđeéèêëœøØoöőıİiíßsšſtþTΣσςﬁ'’-–−  ²½éñǆŉ葛か\u3099"
        names = ["".join(chance.choices(signs, k=chance.randint(3, 12))) for _ in range(45)]
        names = [name for name in names if name.strip()]
        await save(backend, *(a_user(n, full_name=name) for n, name in enumerate(names, start=1)))
        for name in names[:30]:
            start = chance.randint(0, 2)
            part = name[start : start + 4]
            q = chance.choice([part.upper(), part.lower(), part.title(), normalize("NFD", part)])
            if not q.strip():
                continue
            found = [n for n, each in enumerate(names, start=1) if mentions(q, each, f"user{n}@example.com")]
            assert await listed(backend, UserFilter(q=q)) == found[::-1], (q, name)

    async def test_wildcards_are_ordinary_characters(self, backend: Backend) -> None:
        names = ("a%b", "a_b", "a\\b", "axb", "\\%", "O'Neil")
        await save(backend, *(a_user(n, full_name=name) for n, name in enumerate(names, start=1)))
        expected = {"%": [5, 1], "_": [2], "\\": [5, 3], "a_b": [2], "a%": [1], "\\%": [5], "'": [6], "[a]": []}
        assert {q: await listed(backend, UserFilter(q=q)) for q in expected} == expected

    async def test_by_what_the_metadata_hold_at_a_path(self, backend: Backend) -> None:
        documents: list[dict[str, Any]] = [
            {"license": {"state": "TX", "2024": "yes"}},
            {"license": {"state": "tx"}},
            {"license": {"state": "TX-2", "county": "TX"}},
            {"license": {"state": ["TX"]}},
            {"license": [{"state": "TX"}]},
            {"license": {"state": {"TX": "TX"}}},
            {"license": "TX"},
            {"state": "TX", "license": None},
            {"license": {"state": None}},
            {},
            {"other": 1, "license": {"more": [1, None, {}], "state": "TX"}},
        ]
        await save(backend, *(a_user(n, metadata=document) for n, document in enumerate(documents, start=1)))

        async def holding(value: str, *path: str) -> list[int]:
            return await listed(backend, UserFilter(metadata=(path, value)))

        assert await holding("TX", "license", "state") == [11, 1]
        assert await holding("TX", "license") == [7]
        assert await holding("TX", "state") == [8]
        assert await holding("yes", "license", "2024") == [1]
        assert await holding("TX", "license", "0", "state") == []
        assert await holding("TX", "license", "state", "0") == []
        assert await holding("TX", "nowhere", "at", "all") == []
        assert await holding("", "license", "state") == []

    async def test_only_text_fits_a_text(self, backend: Backend) -> None:
        values: list[Any] = ["5", 5, 5.0, "true", True, "null", None, "ä\"'\\%🦷", "%"]
        await save(backend, *(a_user(n, metadata={"key": value}) for n, value in enumerate(values, start=1)))
        expected = {"5": [1], "true": [4], "null": [6], "ä\"'\\%🦷": [8], "%": [9], "None": []}
        found = {value: await listed(backend, UserFilter(metadata=(("key",), value))) for value in expected}
        assert found == expected

    async def test_all_conditions_hold(self, backend: Backend) -> None:
        texas = {"state": "TX"}
        await save(
            backend,
            a_user(1, full_name="Ana", department="Lab", metadata=texas),
            a_user(2, full_name="Ana", department="Lab", metadata=texas, is_active=False),
            a_user(3, full_name="Ana", department="Lab"),
            a_user(4, full_name="Ana", metadata=texas),
            a_user(5, full_name="Ben", department="Lab", metadata=texas),
            a_user(6, full_name="Ana", department="Lab", metadata=texas),
        )
        where = UserFilter(is_active=True, departments=("Lab", "X"), q="ana", metadata=(("state",), "TX"))
        assert await listed(backend, where) == [6, 1]
        assert await paged(backend, 1, where) == [[6], [1]]
        assert await listed(backend, UserFilter(is_active=True, departments=("Lab",))) == [6, 5, 3, 1]
        assert await listed(backend, UserFilter(q="ana", metadata=(("state",), "TX"))) == [6, 4, 2, 1]
        assert await listed(backend, UserFilter(is_active=False, q="ana")) == [2]
