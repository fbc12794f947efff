"""A nightly file with a few changes takes the same number of statements, however long it is."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from adapters.files.roster import FileRoster
from application.people.roster import ImportedRoster, ImportRoster
from application.people.roster_lines import BATCH
from integration.backends import ADMIN, SqlBackend
from integration.listening import statements


def nightly(
    path: Path,
    count: int,
    moved: Collection[int] = (),
    away: Collection[int] = (),
    transferred: Collection[int] = (),
) -> FileRoster:
    """A file of so many people, where some have moved, some from a day, and some are on leave and will then leave."""
    with path.open("w", encoding="utf-8") as file:
        file.write("employee_id,email,full_name,department,hired_on,badge,leave_from,leave_until,terminated_on,")
        file.write("effective_date\n")
        for n in range(count):
            department = "Lab" if n in moved or n in transferred else "Hygiene"
            days = "2024-05-01,2024-06-30,2024-07-31," if n in away else ",,,"
            days = ",,,2024-04-01" if n in transferred else days
            file.write(f"E{n},p{n}@example.com,Person {n},{department},2024-02-29,{n},{days}\n")
    return FileRoster(path)


async def sent_for(
    backend: SqlBackend,
    path: Path,
    count: int,
    moved: Collection[int] = (),
    away: Collection[int] = (),
    transferred: Collection[int] = (),
) -> tuple[int, ImportedRoster]:
    """How many statements it takes, apart from the one for each batch of lines."""
    with statements(backend) as sent:
        roster = nightly(path, count, moved, away, transferred)
        done = await backend.bus().execute(ImportRoster(roster, force=True), ADMIN)
    staged = [each for each in sent if re.match(r"\s*INSERT INTO (pg_temp\.)?roster_stage", each)]
    assert len(staged) == -(-count // BATCH)
    return len(sent) - len(staged), done


async def test_its_statements_do_not_grow_with_its_lines(backend: SqlBackend, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    await backend.bus().execute(ImportRoster(nightly(path, 1_500)), ADMIN)
    few, one = await sent_for(backend, path, 20, {3})
    many, done = await sent_for(backend, path, 1_500, range(0, 1_500, 50))
    assert (one.updated, one.unchanged) == (1, 19)
    assert (done.updated, done.unchanged) == (31, 1_469), "one of them moved back"
    assert few == many


async def test_nor_with_the_histories_that_they_change(backend: SqlBackend, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    await backend.bus().execute(ImportRoster(nightly(path, 900)), ADMIN)
    await sent_for(backend, path, 20, (), {2})
    few, one = await sent_for(backend, path, 20, {3}, {4})
    many, done = await sent_for(backend, path, 900, range(0, 900, 50), range(5, 900, 2))
    assert (len(one.inactive), len(done.inactive)) == (1, 2), "who left is listed without the day"
    assert (done.deactivated, done.updated) == (448, 448 + 19)
    assert few == many
    again, same = await sent_for(backend, path, 900, range(0, 900, 50), range(5, 900, 2))
    assert (same.updated, same.unchanged) == (0, 900)
    assert again < few


def with_positions(path: Path, count: int, several: Collection[int]) -> FileRoster:
    """A file of so many people, some with a second position."""
    with path.open("w", encoding="utf-8") as file:
        file.write("employee_id,full_name,location,is_primary\n")
        for n in range(count):
            file.write(f"E{n},Person {n},Austin,yes\n")
            if n in several:
                file.write(f"E{n},Person {n},Dallas,no\n")
    return FileRoster(path)


async def sent_with(backend: SqlBackend, roster: FileRoster) -> tuple[int, ImportedRoster]:
    with statements(backend) as sent:
        done = await backend.bus().execute(ImportRoster(roster), ADMIN)
    assert done.problems == []
    return len(sent), done


async def test_nor_with_people_who_have_several_positions(backend: SqlBackend, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    await backend.bus().execute(ImportRoster(with_positions(path, 600, range(0))), ADMIN)
    few, one = await sent_with(backend, with_positions(path, 20, {3}))
    many, done = await sent_with(backend, with_positions(path, 600, range(200, 500)))
    assert (one.updated, one.secondary, done.updated, done.secondary) == (1, 1, 301, 300), "that of the first one ends"
    assert few == many
    same, again = await sent_with(backend, with_positions(path, 600, range(200, 500)))
    assert (again.updated, again.unchanged, again.secondary) == (0, 600, 300)
    assert same < few


async def test_nor_with_transfers_that_have_a_day(backend: SqlBackend, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    await backend.bus().execute(ImportRoster(nightly(path, 900)), ADMIN)
    few, one = await sent_for(backend, path, 20, {3}, transferred={4})
    many, done = await sent_for(backend, path, 900, {3}, transferred=range(5, 900, 2))
    assert (one.updated, done.updated) == (2, 448 + 1), "the first one moves back"
    assert many <= few, "and shows that day already"
    again, same = await sent_for(backend, path, 900, {3}, transferred=range(5, 900, 2))
    assert (same.updated, same.unchanged) == (0, 900)
    assert again < few
