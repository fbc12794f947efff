"""People and modules of before there were columns to search and sort by are found and sorted like all others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from application.catalogue.modules.queries import ModuleFilter, ModuleReader, ModuleSort
from application.kernel.access import EVERYONE
from application.people.users.queries import UserFilter, UserReader, UserSort
from contracts.make import user_id
from integration.backends import SqlBackend, opened, url_of_its_own

BEFORE, HERE = "0022", "0023"
PEOPLE = [
    ("zoë", "Zoë Ørsted", "Hygiéniste", "Austin"),
    ("aardvark", None, None, None),
    ("bo", "ÁNGEL Ruiz", "Clerk", "Álamo"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of_its_own(request, tmp_path, "unified_dental_search")


@pytest.fixture
async def old(old_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(old_url) as backend:
        await upgrade(backend.database.engine, BEFORE)
        tags = "'{}'" if backend.on_postgresql else "'[]'"
        for n, (address, name, title, location) in enumerate(PEOPLE, start=1):
            identity = user_id(n) if backend.on_postgresql else user_id(n).hex
            await backend.sql(
                "INSERT INTO users (id, email, full_name, job_title, location, profile_metadata)"
                " VALUES (:id, :email, :name, :title, :location, '{}')",
                id=identity, email=f"{address}@example.com", name=name, title=title, location=location,
            )  # fmt: skip
            await backend.sql(
                "INSERT INTO training_modules (id, slug, title, tags, search_text)"  # noqa: S608
                f" VALUES (:id, :slug, :title, {tags}, 'old')",
                id=identity, slug=f"m{n}", title=name or "Ähm",
            )  # fmt: skip
        yield backend


async def test_they_are_found_and_sorted(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    reader = old.reader(UserReader)

    async def found(where: UserFilter, sort: UserSort = UserSort.BY_NAME) -> list[str]:
        page = await reader.page(EVERYONE, where, None, 50, sort=sort)
        return [str(user.email).partition("@")[0] for user in page.items]

    assert await found(UserFilter()) == ["aardvark", "bo", "zoë"]
    assert await found(UserFilter(), UserSort.BY_NAME_BACKWARDS) == ["zoë", "bo", "aardvark"]
    assert await found(UserFilter(q="hygieniste orsted")) == ["zoë"]
    assert await found(UserFilter(locations=("alamo",))) == ["bo"]
    modules = old.reader(ModuleReader)
    page = await modules.page(ModuleFilter(drafts=True), None, 50, sort=ModuleSort.BY_TITLE)
    assert [module.title for module in page.items] == ["Ähm", "ÁNGEL Ruiz", "Zoë Ørsted"]
    assert (await modules.page(ModuleFilter(q="ruiz angel", drafts=True), None, 50, total=True)).total == 1


async def test_it_can_be_undone_and_done_again(old: SqlBackend) -> None:
    await upgrade(old.database.engine, HERE)
    await downgrade(old.database.engine, BEFORE)
    await upgrade(old.database.engine)
    assert len((await old.reader(UserReader).page(EVERYONE, UserFilter(q="clerk"), None, 50)).items) == 1
