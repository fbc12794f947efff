"""What had begun when the day that users show was introduced, and was not shown yet, is not undone by an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from adapters.sql.install.migrating import upgrade
from application.kernel.access import Actor
from application.people.histories.ports import Histories
from application.people.histories.reprojecting import ReprojectUsers
from application.people.users.commands import EditUser
from application.people.users.queries import ReadUser
from contracts.make import uid
from integration.backends import ADMIN, SqlBackend, created, opened
from kit.surroundings import CountingIds

BEFORE = "0042"
STALE, LEFT, PRESENT, WITHDRAWN, LOST, PLAIN = range(1, 7)
PEOPLE: dict[int, tuple[str | None, bool]] = {
    STALE: ("Lab", True),
    LEFT: ("Lab", True),
    PRESENT: ("Claims", True),
    WITHDRAWN: ("Lab", True),
}
PEOPLE |= {LOST: ("Elsewhere", True), PLAIN: (None, False)}
POSITIONS = [
    # who, department, from, to, withdrawn, supersedes the one before
    *((who, "Lab", "2020-01-05", None, False, False) for who in (STALE, PRESENT, WITHDRAWN, LEFT, LOST)),
    *((who, "Lab", "2020-01-05", "2026-02-28", False, True) for who in (STALE, PRESENT)),
    *((who, "Claims", "2026-03-01", None, False, False) for who in (STALE, PRESENT, WITHDRAWN)),
    (WITHDRAWN, "Claims", "2026-03-01", None, True, True),
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, in which `reproject` has not run since something planned began."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_shown")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        schema, zone = ("training.", "+00") if backend.on_postgresql else ("", ".000000")
        moment = f"'2026-02-10 03:00:00{zone}'"

        def id_of(number: int) -> str:
            return f"'{uid(number)}'" if backend.on_postgresql else f"'{uid(number).hex}'"

        def said(value: object) -> str:
            return "NULL" if value is None else str(value).lower() if isinstance(value, bool) else f"'{value}'"

        async def insert(table: str, **row: str) -> None:
            row |= {"created_at": moment, "updated_at": moment} if table == "users" else {"recorded_at": moment}
            statement = f"INSERT INTO {schema}{table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"  # noqa: S608  # our own words
            await backend.sql(statement)

        for who, (department, is_active) in PEOPLE.items():
            of_user = {"department": said(department), "is_active": said(is_active), "hired_on": "'2020-01-05'"}
            await insert("users", id=id_of(who), email=f"'u{who}@example.com'", profile_metadata="'{}'", **of_user)
            state = {"user_id": id_of(who), "source": "'person'"}
            await insert("employment_states", state="'hired'", from_day="'2020-01-05'", **state)
            if who in (LEFT, PLAIN):
                await insert("employment_states", state="'left'", from_day="'2026-03-01'", **state)
        last = dict[int, int]()
        for number, (who, department, starts_on, ends_on, withdrawn, supersedes) in enumerate(POSITIONS, 100):
            days = {"starts_on": said(starts_on), "ends_on": said(ends_on), "withdrawn": said(withdrawn)}
            before = {"supersedes": id_of(last[who])} if supersedes else {}
            facts = {"department": said(department), "is_primary": "true", "source": "'person'", **days, **before}
            await insert("positions", id=id_of(number), position_id=id_of(number), user_id=id_of(who), **facts)
            last[who] = number
        yield backend


async def test_an_edit_follows_only_what_was_edited(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    found = await old.units.run(lambda unit: unit.port(Histories).after(None, 100, CountingIds().new))
    days = {number: each.shown_on for number, each in enumerate(found, 1)}
    assert (days[STALE], days[LEFT], days[LOST]) == (date(2026, 2, 28), date(2026, 2, 28), None)
    assert {days[PRESENT], days[WITHDRAWN], days[PLAIN]}.isdisjoint({None, days[STALE]})

    bus = old.bus()
    for who in PEOPLE:
        await bus.execute(EditUser(uid(who), full_name="Renamed"), ADMIN)
    users = {who: await bus.ask(ReadUser(uid(who)), ADMIN) for who in PEOPLE}
    assert {who: (user.department, user.is_active) for who, user in users.items()} == {
        **PEOPLE,
        STALE: ("Claims", True),
        LEFT: ("Lab", False),
    }
    assert not (await bus.execute(ReprojectUsers(check=True), Actor.system())).differences
    assert await old.sql("SELECT count(*) FROM positions") == [(len(POSITIONS) + 2,)], "the lost one follows"
