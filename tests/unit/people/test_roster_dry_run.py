"""A dry run of the roster shows what each line would do, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.kernel.access import Actor
from application.people.roster import ImportedRoster, ImportRoster
from domain.kernel.roles import Role
from domain.people.roster import FieldChange, LineEffect, LineOutcome, LineProblem, RosterRejected
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.user_errors import OwnAccess
from worlds.front_door import MemoryDoor


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str] | str, ...]

    mapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return enumerate(self.rows, start=2)


def the_import(*rows: dict[str, str] | str, **said: Any) -> ImportRoster:
    return ImportRoster(File(rows), **said)


def line(email: str, name: str, department: str = "", hired: str = "", badge: str = "") -> dict[str, str]:
    return {"work email": email, "full_name": name, "department": department, "hire date": hired, "badge": badge}


@pytest.fixture
async def door() -> MemoryDoor:
    """Ana and Bo are known."""
    door = MemoryDoor()
    await door.does(the_import(line("ana@x.org", "Ana", "Lab", "2020-01-31", "7"), line("bo@x.org", "Bo")))
    return door


FILE = (
    line("ana@x.org", "Ana", "Hygiene", "2020-02-01", "8"),
    line("cy@x.org", "Cy"),
    line("bo@x.org", "", "", ""),
)
BAD = (*FILE, "has 9 cells", line("Cy@x.org", "Cy"), line("dan@x.org", "Dan", hired="soon"))


async def test_it_shows_what_each_line_would_do(door: MemoryDoor) -> None:
    shown = await door.does(the_import(*FILE, dry_run=True))
    ana, bo = sorted(door.store.table(USERS).rows(), key=lambda user: user.full_name or "")
    assert (shown.dry_run, shown.would_refuse, shown.lines_left_out, shown.problems) == (True, None, 0, [])
    assert shown.lines == [
        LineEffect(
            2,
            LineOutcome.UPDATED,
            "ana@x.org",
            ana.id,
            (
                FieldChange("department", "Lab", "Hygiene"),
                FieldChange("hired_on", "2020-01-31", "2020-02-01"),
                FieldChange("badge", "7", "8"),
            ),
        ),
        LineEffect(3, LineOutcome.CREATED, "cy@x.org"),
        LineEffect(4, LineOutcome.UNCHANGED, "bo@x.org", bo.id),
    ]


async def test_it_writes_nothing_and_the_import_counts_the_same(door: MemoryDoor) -> None:
    before, told = [vars(user).copy() for user in door.store.table(USERS).rows()], list(door.written)
    shown = await door.does(the_import(*FILE, dry_run=True))
    assert [vars(user) for user in door.store.table(USERS).rows()] == before
    assert door.written == told
    done = await door.does(the_import(*FILE))
    assert isinstance(done, ImportedRoster)
    assert (done.created, done.updated, done.unchanged) == (shown.created, shown.updated, shown.unchanged) == (1, 1, 1)
    assert not done.dry_run


async def test_refused_lines_are_among_the_others_with_their_reason(door: MemoryDoor) -> None:
    shown = await door.does(the_import(*BAD, dry_run=True))
    refused = [effect for effect in shown.lines if effect.outcome is LineOutcome.REFUSED]
    assert [(effect.line, effect.column) for effect in refused] == [(5, None), (6, "work email"), (7, "hire date")]
    assert refused[1].reason == "repeats the e-mail address of line 3"
    assert [effect.line for effect in shown.lines] == [2, 3, 4, 5, 6, 7]
    assert shown.would_refuse is not None
    assert shown.would_refuse.startswith("3 problem(s)")
    with pytest.raises(RosterRejected) as refusal:
        await door.does(the_import(*BAD))
    assert list(refusal.value.problems) == shown.problems


async def test_with_partial_they_stand_against_nothing(door: MemoryDoor) -> None:
    shown = await door.does(the_import(*BAD, dry_run=True, partial=True))
    assert shown.would_refuse is None
    done = await door.does(the_import(*BAD, partial=True))
    assert (done.created, done.updated, done.unchanged) == (shown.created, shown.updated, shown.unchanged) == (1, 1, 1)
    assert done.problems == shown.problems


async def test_an_address_of_somebody_else_is_shown_as_it_would_be(door: MemoryDoor) -> None:
    other = line("ana@x.org", "Eva", hired="2026-01-01")
    refused = await door.does(the_import(other, dry_run=True))
    assert [effect.outcome for effect in refused.lines] == [LineOutcome.REFUSED]
    assert refused.problems == [LineProblem(2, "work email", refused.problems[0].message)]
    new = await door.does(the_import(other, new_person=("ana@x.org",), dry_run=True))
    assert [effect.outcome for effect in new.lines] == [LineOutcome.CREATED]
    same = await door.does(the_import(other, same_person=("ana@x.org",), dry_run=True))
    assert same.lines[0].changes[0] == FieldChange("full_name", "Ana", "Eva")
    assert {user.full_name for user in door.store.table(USERS).rows()} == {"Ana", "Bo"}


async def test_what_the_import_must_not_do_the_dry_run_refuses_too(door: MemoryDoor) -> None:
    ana = next(user for user in door.store.table(USERS).rows() if user.full_name == "Ana")
    given_away = the_import(line("ana@x.org", "Eva", hired="2026-01-01"), new_person=("ana@x.org",), dry_run=True)
    with pytest.raises(OwnAccess):
        await door.bus.execute(given_away, Actor(ana.id, Role.ADMIN))


async def test_a_person_with_too_many_metadata_keeps_signing_in(door: MemoryDoor) -> None:
    known = {"email": "bo@x.org", **{f"k{n}": "v" for n in range(100)}}
    await door.does(the_import(known))
    more = the_import({"email": "bo@x.org", "k0": "w", "one more": "v"}, partial=True)
    (problem,) = (await door.does(more)).problems
    assert "101 metadata entries" in problem.message
    bo = next(user for user in door.store.table(USERS).rows() if user.full_name == "Bo")
    assert (await door.enters(email="bo@x.org")).user_id == bo.id


async def test_what_a_reused_address_left_does_not_count_for_the_new_person(door: MemoryDoor) -> None:
    await door.does(the_import({"email": "ana@x.org", **{f"k{n}": "v" for n in range(99)}}))
    new = {"email": "ana@x.org", "full_name": "Eva", "hired_on": "2026-01-01", "shift": "late", "desk": "4"}
    done = await door.does(the_import(new, new_person=("ana@x.org",)))
    assert (done.created, done.problems) == (1, [])
