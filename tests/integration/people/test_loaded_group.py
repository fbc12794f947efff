"""The group that benchmarks load is what the service itself would know of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from adapters.files.roster import FileRoster
from adapters.sql.people.tables import users
from application.people.histories.queries import ReadHistory
from application.people.roster import ImportRoster
from bench.group.__main__ import main
from bench.group.files import OF_POSITIONS, write_csv
from bench.group.loading import load
from bench.group.rows import night_of
from bench.group.staff import Group
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.reprojecting import reproject
from integration.backends import ADMIN, SqlBackend
from integration.running import settings_for
from kit.surroundings import FixedClock

GROUP = Group(people=120, offices=30, years=2, until=date(2026, 2, 27), seed=3)


async def test_histories_and_the_next_file_agree_with_the_rows(backend: SqlBackend, url: str, tmp_path: Path) -> None:
    loaded, said = list[int](), list[str]()
    await load(backend.database, GROUP, loaded.append)
    staff = list(GROUP.staff())
    assert loaded[-1] == len(staff)
    service = bootstrap(settings_for(url), clock=FixedClock(night_of(GROUP.until)))
    try:
        assert await reproject(service, True, said.append) == []
        assert said == [
            f"Locations compared with their histories: {GROUP.offices}. Fields that differ: 0.",
            f"People compared with their histories: {len(staff)}. Fields that differ: 0.",
        ]
        path = tmp_path / "roster.csv"
        write_csv(path, GROUP.roster(GROUP.until))
        done = await service.bus.execute(ImportRoster(FileRoster(path), deactivate_missing=True), ADMIN)
        assert (done.created, done.updated, done.deactivated) == (0, 0, 0)
        assert (done.unchanged, done.inactive, done.problems) == (120, [], [])
        write_csv(path, GROUP.roster(GROUP.until, all_positions=True), OF_POSITIONS)
        done = await service.bus.execute(ImportRoster(FileRoster(path)), ADMIN)
        assert (done.updated, done.unchanged, done.problems) == (0, 120, [])
        assert done.secondary > 5

        moved = next(each for each in staff if len({post.office.id for post in each.posts if post.is_primary}) > 1)
        for day in (moved.hired_on, GROUP.until - timedelta(days=300), GROUP.until):
            history = await service.bus.ask(ReadHistory(moved.id, as_of=day), ADMIN)
            assert [each.location for each in history.positions] == [post.location for post in moved.posts_on(day)]
    finally:
        await service.close()


async def test_texts_mean_offices_and_job_codes(backend: SqlBackend) -> None:
    await load(backend.database, GROUP)
    async with backend.database.engine.connect() as connection:
        active = users.c.is_active
        counted = select(func.count(), func.count(users.c.location_id), func.count(users.c.job_code)).where(active)
        people, placed, coded = (await connection.execute(counted)).one()
    assert people == 120
    assert placed == pytest.approx(116, abs=3), "one office in a hundred has a name that nobody knows"
    assert 100 < coded < 120


def test_the_command_loads_a_group_and_shows_how_far_it_is(sqlite: str) -> None:
    done = CliRunner().invoke(main, [sqlite, "--people", "20", "--offices", "5", "--years", "1", "--turnover", "0"])
    assert done.exit_code == 0, done.output
    assert "20 people of about 20" in done.output
