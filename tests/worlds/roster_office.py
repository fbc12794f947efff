"""An office whose nightly roster is imported again and again, while days pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from adapters.memory.people.histories import EMPLOYMENT, POSITIONS
from adapters.memory.people.tables import USERS
from application.people.roster import ImportedRoster, ImportRoster
from domain.people.employment import in_order
from domain.people.facts import in_force
from domain.people.roster import RosterRejected
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping
from domain.people.users import User
from worlds.front_door import MemoryDoor

TODAY = date(2026, 3, 2)
HIRED = "2020-01-01"


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str], ...]
    mapping: RosterMapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        empty = {name: "" for row in self.rows for name in row}
        return enumerate(({**empty, **row} for row in self.rows), start=2)


def on(days: int) -> str:
    """A day so many days from today."""
    return str(TODAY + timedelta(days=days))


def ana(hired: str = HIRED, status: str = "", **cells: str) -> dict[str, str]:
    return {"email": "ana@x.org", "full_name": "Ana", "hire date": hired, "status": status, **cells}


OTHERS = [{"email": f"p{n}@x.org", "hire date": HIRED} for n in range(24)]
"""So many that a few may leave at once."""


def the_import(*rows: dict[str, str], **said: Any) -> ImportRoster:
    return ImportRoster(File(rows), **said)


class Office(MemoryDoor):
    """Ana was on the roster. The day can be changed."""

    def person(self, email: str = "ana@x.org") -> User:
        return next(user for user in self.store.table(USERS).rows() if user.email == email)

    def states(self, email: str = "ana@x.org") -> list[str]:
        facts = [each for each in self.store.table(EMPLOYMENT).rows() if each.user_id == self.person(email).id]
        return [f"{each.state} {each.from_day}" for each in in_order(in_force(facts))]

    def positions(self, email: str = "ana@x.org") -> list[str]:
        """Job title, department and location of each position, with its days."""
        facts = [each for each in self.store.table(POSITIONS).rows() if each.user_id == self.person(email).id]
        return [
            " ".join(str(each or "-") for each in (fact.job_title, fact.department, fact.location))
            + f": {fact.starts_on} to {fact.ends_on or 'open'}"
            for fact in sorted(in_force(facts), key=lambda fact: fact.starts_on)
        ]

    async def takes(self, *rows: dict[str, str], **said: Any) -> ImportedRoster:
        done: ImportedRoster = await self.does(the_import(*rows, **said))
        return done

    async def refuses(self, *rows: dict[str, str]) -> list[tuple[str | None, str]]:
        before = self.states(), self.positions()
        shown = await self.takes(*rows, dry_run=True)
        with pytest.raises(RosterRejected) as refused:
            await self.takes(*rows)
        assert shown.problems == list(refused.value.problems)
        assert (self.states(), self.positions()) == before, "nothing is half done"
        return [(each.column, each.message) for each in refused.value.problems]


def changes(done: ImportedRoster) -> list[tuple[str, str | None, str]]:
    return [(each.column, each.before, each.after) for line in done.lines for each in line.changes]


async def unchanged(office: Office, *rows: dict[str, str]) -> None:
    """The same file again does nothing."""
    before, told = (office.states(), office.positions()), len(office.written)
    done = await office.takes(*rows)
    assert (done.created, done.updated, done.deactivated, done.reactivated) == (0, 0, 0, 0)
    assert ((office.states(), office.positions()), len(office.written)) == (before, told)
