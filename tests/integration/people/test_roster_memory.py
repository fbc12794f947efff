"""A roster may be as long as it likes: its lines wait in the database, and only who was changed in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.files.roster import FileRoster
from application.people.roster import ImportRoster
from integration.backends import ADMIN, SqlBackend


@pytest.fixture
def url(sqlite: str) -> str:
    return sqlite


@pytest.fixture
def roster(tmp_path: Path) -> Callable[[str, int], FileRoster]:
    """A file of so many people, who are all new."""

    def write(name: str, count: int) -> FileRoster:
        path = tmp_path / f"{name}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("email,full_name,department,hired_on,badge\n")
            file.writelines(f"{name}{n}@example.com,Person {n},Hygiene,2024-02-29,{n}\n" for n in range(count))
        return FileRoster(path)

    return write


async def peak_of(backend: SqlBackend, roster: FileRoster, count: int) -> int:
    """The most bytes that Python held while these were imported."""
    tracemalloc.start()
    try:
        imported = await backend.bus().execute(ImportRoster(roster), ADMIN)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (imported.created, imported.problems) == (count, [])
    return peak


async def test_memory_grows_by_the_ids_of_the_people(
    backend: SqlBackend, roster: Callable[[str, int], FileRoster]
) -> None:
    await backend.bus().execute(ImportRoster(roster("warm", 10)), ADMIN)
    short = await peak_of(backend, roster("short", 3_000), 3_000)
    long = await peak_of(backend, roster("long", 9_000), 9_000)
    assert (long - short) / 6_000 < 250  # bytes: the id, which the events name, and no more than that
