"""The same file twice on one day: the second time it changes nothing, and has the same problems or none."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from application.people.histories.reprojecting import ReprojectUsers
from application.people.roster import ImportedRoster
from worlds.roster_office import TODAY, Office

DAYS = (-30, -20, -10, -6, -5, -1, 0, 1, 5)
DATED = ("hired_on", "rehired_on", "leave_from", "leave_until", "terminated_on", "effective_date")


def a_file(chance: Random, office: Office) -> list[dict[str, str]]:
    """Lines about three people, of which some have the address of another, or one of the two keys alone."""
    columns = ["department", *chance.sample(DATED, 2)]
    rows = []
    for n in chance.sample(range(3), chance.randrange(1, 4)):
        address = chance.choice([n, n, chance.randrange(4)])
        row = {
            "email": f"p{address}@x.org" if chance.random() < 0.8 else "",
            "employee_id": f"E{n}" if chance.random() < 0.5 else "",
        }
        if not any(row.values()):
            row["email"] = f"p{n}@x.org"
        today = office.clock.now().date()
        for column in columns:
            if chance.random() < 0.7:
                a_day = str(today + timedelta(days=chance.choice(DAYS)))
                row[column] = a_day if column in DATED else chance.choice("AB")
        rows.append(row)
    return rows


def told(done: ImportedRoster) -> list[tuple[int, str | None, str]]:
    return [(each.line, each.column, each.message) for each in done.problems]


@pytest.mark.parametrize("seed", [63, 76])  # each has found something
async def test_the_second_import_of_a_file_is_quiet(seed: int) -> None:
    chance, problems, changes = Random(seed), 0, 0  # the same in each run
    for _ in range(6):
        office = Office()
        office.clock.advance(TODAY - office.clock.now().date())
        for _ in range(5):
            rows = a_file(chance, office)
            first = await office.takes(*rows, partial=True, force=True)
            written = len(office.written)
            second = await office.takes(*rows, partial=True, force=True)
            assert (second.created, second.updated, second.deactivated, second.reactivated) == (0, 0, 0, 0), rows
            assert told(second) in ([], told(first)), rows
            assert len(office.written) == written
            assert (await office.does(ReprojectUsers(check=True))).differences == []
            problems, changes = problems + bool(first.problems), changes + first.created + first.updated
            office.clock.advance(timedelta(days=chance.choice([0, 1, 5])))
    assert min(problems, changes) > 5
