"""Existing people keep their sign-ins; those of development and the demonstration are distinguished."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from application.people.sign_ins.signing_in import Census, People
from contracts.backend import loaded_user
from contracts.make import uid
from entrypoints.bootstrap import development_subject
from integration.backends import SqlBackend, created, opened

BEFORE = "0012"
PILOT, SUPABASE, NONE, INVENTED = "pilot@example.com", "ana@example.com", "ben@example.com", "cy@office.example"
ACCOUNT = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
PEOPLE = [
    (1, PILOT, str(development_subject(PILOT))),
    (2, SUPABASE, ACCOUNT),
    (3, NONE, None),
    # An id of another address is somebody's account, for all that we know.
    (4, INVENTED, str(development_subject("other@office.example"))),
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with people."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_sign_ins")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        for number, email, subject in PEOPLE:
            user_id = str(uid(number)) if backend.on_postgresql else uid(number).hex
            await backend.sql(
                f"INSERT INTO {'training.' if backend.on_postgresql else ''}users"  # noqa: S608  # our own words
                " (id, email, supabase_id, profile_metadata) VALUES (:id, :email, :subject, '{}')",
                id=user_id,
                email=email,
                subject=subject,
            )
        yield backend


async def sign_ins(backend: SqlBackend) -> list[str | None]:
    return [(await loaded_user(backend, uid(number))).supabase_id for number, _, _ in PEOPLE]


async def test_they_are_distinguished_and_nothing_is_lost(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    assert await sign_ins(old) == [f"development:{PEOPLE[0][2]}", ACCOUNT, None, PEOPLE[3][2]]
    assert await old.reader(People).census() == Census(people=3, invented=1)
    assert await old.reader(People).linked("", 10) == sorted([ACCOUNT, str(PEOPLE[3][2])])
    ana = await loaded_user(old, uid(2))
    assert (ana.requested_sign_in, ana.sign_in_note, ana.demonstration, ana.version) == (None, None, False, 1)


async def test_an_address_is_all_that_is_known_to_speak_for_a_learners_sign_in(old: SqlBackend) -> None:
    table = "training.users" if old.on_postgresql else "users"
    await upgrade(old.database.engine, "0020")
    more = {5: ("admin", "{}", "[]"), 6: ("authenticated", '{"Lab"}', '["Lab"]')}
    for number, (role, array, listed) in more.items():
        user_id = str(uid(number)) if old.on_postgresql else uid(number).hex
        departments = array if old.on_postgresql else listed
        await old.sql(
            f"INSERT INTO {table} (id, email, supabase_id, profile_metadata, role, managed_departments)"  # noqa: S608  # our own words
            f" VALUES (:id, :email, :subject, '{{}}', :role, '{departments}')",
            id=user_id,
            email=f"user{number}@example.com",
            subject=str(uid(number)),
            role=role,
        )
    await upgrade(old.database.engine)
    found = [(await loaded_user(old, uid(number))).linked_by_address for number in range(1, 7)]
    assert found == [False, True, False, True, False, False]


async def test_they_go_back_whole(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    await downgrade(old.database.engine, BEFORE)
    await upgrade(old.database.engine)
    assert await sign_ins(old) == [f"development:{PEOPLE[0][2]}", ACCOUNT, None, PEOPLE[3][2]]
