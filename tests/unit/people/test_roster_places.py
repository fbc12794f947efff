"""Locations and job titles of a roster that mean nothing yet: such lines are imported, and the answer names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from application.people.job_codes.commands import MapJobTitle
from application.people.locations.commands import AddLocation
from application.people.roster import ImportedRoster, ImportRoster
from domain.kernel.states import State
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping
from worlds.front_door import MemoryDoor


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str], ...]
    mapping: RosterMapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        return enumerate(self.rows, start=2)


ROWS = (
    {"email": "ana@x.org", "Office": "Cedar Park", "Position": "Dental Assistant"},
    {"email": "ben@x.org", "Office": "cedar  park", "Position": "Dental assistant"},
    {"email": "cem@x.org", "Office": "", "Position": "Float"},
)


@pytest.fixture
def door() -> MemoryDoor:
    return MemoryDoor()


async def unmapped(door: MemoryDoor, *, dry_run: bool = False) -> list[tuple[int, str | None, str]]:
    done: ImportedRoster = await door.does(ImportRoster(File(ROWS), dry_run=dry_run))
    assert done.problems == []
    return [(each.line, each.column, each.message) for each in done.unmapped]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_means_nothing_is_named_once_with_its_first_line(door: MemoryDoor, dry_run: bool) -> None:
    assert await unmapped(door, dry_run=dry_run) == [
        (2, "Office", "is 'Cedar Park' on 2 lines, which means no location yet; add the location, or map the text"),
        (2, "Position", "is 'Dental Assistant' on 2 lines, which means no job code yet; map the title"),
        (4, "Position", "is 'Float', which means no job code yet; map the title"),
    ]


@pytest.mark.parametrize("day", ["2025-11-03", "2027-01-04"])
async def test_what_holds_from_another_day_is_named_too(door: MemoryDoor, day: str) -> None:
    row = {"email": "ana@x.org", "location": "Round Rock", "job_title": "Float", "effective_date": day}
    done: ImportedRoster = await door.does(ImportRoster(File((row,))))
    assert (done.problems, [(each.line, each.column) for each in done.unmapped]) == (
        [],
        [(2, "location"), (2, "job_title")],
    )


async def test_what_is_mapped_is_not_named(door: MemoryDoor) -> None:
    await door.does(AddLocation("CP", "Cedar Park", "Cedar Park", State("TX"), "America/Chicago"))
    await door.does(MapJobTitle("dental assistant", "dental_assistant"))
    assert await unmapped(door) == [(4, "Position", "is 'Float', which means no job code yet; map the title")]


async def test_a_closed_location_is_named(door: MemoryDoor) -> None:
    closed = AddLocation("CP", "Cedar Park", "Cedar Park", State("TX"), "America/Chicago", closed_on=date(2025, 12, 31))
    await door.does(closed)
    assert (await unmapped(door))[0] == (
        2,
        "Office",
        "is 'Cedar Park' on 2 lines, which means Cedar Park, closed on 2025-12-31",
    )
