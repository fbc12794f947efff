"""What was known of people before there was a normal form of text is brought into it; evidence stays as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from application.catalogue.modules.queries import ModuleFilter, ModuleReader
from application.kernel.access import EVERYONE
from application.people.users.queries import UserFilter, UserReader
from contracts.backend import change_user, loaded_user
from contracts.make import T, user_id
from domain.kernel.text import line, unwelcome
from domain.people.users import User
from integration.backends import SqlBackend, opened, url_of_its_own

BEFORE = "0007"
HERE = "0008"
DIRTY = [
    ("Ana Garcia", "Hygiene"),
    (" Jose\u0301  Nun\u0303ez ", "Hygiene "),
    ("Zero\u200b Width", "Hygiene\u200b"),
    ("Bidi\u202eerutuf", "Front\u00a0 Desk"),
    ("Bell\x07", "\u200b"),
    ("می\u200cخواهم", "歯\U000e0100科"),
    ("A\u200dna 👩\u200d⚕\ufe0f", "Søren’s"),
    (None, None),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of the test's own."""
    return url_of_its_own(request, tmp_path, "unified_dental_normal_form")


@pytest.fixture
async def old(old_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(old_url) as backend:
        await upgrade(backend.database.engine, BEFORE)
        await fill(backend)
        yield backend


async def fill(backend: SqlBackend) -> None:
    postgresql = backend.on_postgresql
    managed = "ARRAY['Hygiene', 'Hygiene ', 'Lab']" if postgresql else """'["Hygiene", "Hygiene ", "Lab"]'"""
    now = T if postgresql else T.replace(tzinfo=None).isoformat(" ")
    for n, (name, department) in enumerate(DIRTY, start=1):
        await backend.sql(
            "INSERT INTO users (id, email, full_name, department, profile_metadata, managed_departments, created_at)"  # noqa: S608
            f" VALUES (:id, :email, :name, :department, '{{}}', {managed}, :now)",
            id=user_id(n) if postgresql else user_id(n).hex,
            email=f"user{n}@example.com", name=name, department=department, now=now,
        )  # fmt: skip
    tags = "'{}'" if postgresql else "'[]'"
    await backend.sql(
        "INSERT INTO training_modules (id, slug, title, summary, tags)"  # noqa: S608
        f" VALUES (:id, 'hygiene', 'Hygie\u0300ne', 'Wash', {tags})",
        id=user_id(1) if postgresql else user_id(1).hex,
    )


class TestPeople:
    async def test_what_one_sees_stays_and_the_rest_goes(self, old: SqlBackend) -> None:
        await upgrade(old.database.engine)
        kept = [await loaded_user(old, user_id(n)) for n in range(1, len(DIRTY) + 1)]
        assert [(user.full_name, user.department) for user in kept] == [
            ("Ana Garcia", "Hygiene"),
            ("José Nuñez", "Hygiene"),
            ("Zero Width", "Hygiene"),
            ("Bidierutuf", "Front Desk"),
            ("Bell", None),
            ("می\u200cخواهم", "歯\U000e0100科"),
            ("Ana 👩\u200d⚕\ufe0f", "Søren’s"),
            (None, None),
        ]
        assert {user.managed_departments for user in kept} == {("Hygiene", "Lab")}
        assert {user.version for user in kept} == {2}
        for user in kept:
            for text in filter(None, (user.full_name, user.department)):
                assert line(text) == text
                assert unwelcome(text, one_line=True) is None

    async def test_they_are_found_by_how_they_read(self, old: SqlBackend) -> None:
        await upgrade(old.database.engine)
        reader = old.reader(UserReader)

        async def found(where: UserFilter) -> list[str]:
            return sorted(str(user.email) for user in (await reader.page(EVERYONE, where, None, 50)).items)

        assert await found(UserFilter(q="jose nunez")) == ["user2@example.com"]
        assert await found(UserFilter(departments=("hygiene",))) == [f"user{n}@example.com" for n in (1, 2, 3)]
        assert await found(UserFilter(departments=("soren's",))) == ["user7@example.com"]
        modules = await old.reader(ModuleReader).page(ModuleFilter(q="HYGIENE", drafts=True), None, 50)
        assert [module.title for module in modules.items] == ["Hygie\u0300ne"]

    async def test_they_can_be_changed_and_are_found_by_the_new_name(self, old: SqlBackend) -> None:
        await upgrade(old.database.engine)

        def rename(user: User) -> None:
            user.erase(now=T)

        await change_user(old, user_id(2), rename)
        assert (await old.reader(UserReader).page(EVERYONE, UserFilter(q="jose"), None, 50)).items == []
        column = "SELECT count(*) FROM users WHERE full_name_folded LIKE '%jose%' OR department_folded = 'nothing'"
        assert await old.sql(column) == [(0,)]

    async def test_it_can_be_undone_and_done_again(self, old: SqlBackend) -> None:
        await upgrade(old.database.engine, HERE)
        await downgrade(old.database.engine, BEFORE)
        await upgrade(old.database.engine)
        assert (await loaded_user(old, user_id(2))).version == 2
