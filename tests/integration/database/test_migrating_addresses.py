"""Addresses that were invented for people who have none go, and can be invented again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from application.kernel.access import EVERYONE
from application.people.users.queries import UserFilter, UserReader, UserSort
from contracts.backend import save
from contracts.make import a_user, user_id
from domain.people.user_errors import EmailTaken
from integration.backends import SqlBackend, opened, url_of_its_own

BEFORE, HERE = "0027", "0028"
INVENTED = {1: "@erased.invalid", 3: "@replaced.invalid", 4: "@replaced.invalid"}
NAMES = {3: "Ana", 5: "Zoë"}


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of_its_own(request, tmp_path, "unified_dental_addresses")


@pytest.fixture
async def old(old_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(old_url) as backend:
        await upgrade(backend.database.engine, BEFORE)
        for n in range(1, 6):
            address, name = f"{user_id(n)}{INVENTED[n]}" if n in INVENTED else f"user{n}@example.com", NAMES.get(n)
            await backend.sql(
                "INSERT INTO users (id, email, full_name, full_name_folded, name_key, profile_metadata, erased_at,"
                " employee_id, employee_id_folded) VALUES"
                " (:id, :email, :name, :folded, :key, '{}', CASE WHEN :erased THEN CURRENT_TIMESTAMP END, :employee,"
                " :employee_folded)",
                id=user_id(n) if backend.on_postgresql else user_id(n).hex, email=address, name=name,
                folded=name and name.lower(), key=name.lower() if name else address, erased=n == 1,
                employee="E-4" if n == 4 else None, employee_folded="e-4" if n == 4 else None,
            )  # fmt: skip
        yield backend


async def addresses(backend: SqlBackend) -> list[tuple[str | None, str | None]]:
    page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 50, sort=UserSort.BY_NAME)
    return [(user.email, user.full_name) for user in page.items]


async def test_they_are_null_and_everybody_else_keeps_theirs(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    assert await addresses(old) == [
        (None, None),
        (None, "Ana"),
        (None, None),
        ("user2@example.com", None),
        ("user5@example.com", "Zoë"),
    ]
    assert len((await old.reader(UserReader).page(EVERYONE, UserFilter(has_email=False), None, 9)).items) == 3
    await save(old, a_user(6, email=None, full_name="Yara"), a_user(7, email=None, full_name="Yann"))
    with pytest.raises(EmailTaken):
        await save(old, a_user(8, email="user2@example.com"))


async def test_a_downgrade_invents_them_again(old: SqlBackend) -> None:
    await upgrade(old.database.engine, HERE)
    await downgrade(old.database.engine, BEFORE)
    rows = await old.sql("SELECT email, name_key FROM users ORDER BY id")
    expected = [f"{user_id(n)}{INVENTED[n]}" if n in INVENTED else f"user{n}@example.com" for n in range(1, 6)]
    assert [row[0] for row in rows] == expected
    assert [row[1] for row in rows] == [expected[0], expected[1], "ana", expected[3], "zoë"]
    with pytest.raises(Exception, match=r"(?i)not.null"):
        await old.sql("UPDATE users SET email = NULL")
    await upgrade(old.database.engine)
    assert [email for email, _ in await addresses(old)][:3] == [None] * 3
