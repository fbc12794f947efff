"""People who were deactivated stay so, unless the roster says that they were hired again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.kernel.access import Actor, KeyRights
from application.people.roster import ImportedRoster, ImportRoster
from application.people.users.commands import DeactivateUsers
from domain.kernel.key_scopes import KeyScope
from domain.kernel.roles import Role
from domain.people.returning import InactivePerson
from domain.people.roster import FieldChange, LineOutcome, RosterEntry, RosterRejected
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping
from domain.people.users import User
from kit.about import for_each
from kit.examples import uid
from worlds.front_door import MemoryDoor

TODAY, LEFT = date(2026, 3, 2), date(2026, 2, 1)


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str], ...]
    mapping: RosterMapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        return enumerate(self.rows, start=2)


def ana(rehired: str = "", status: str = "Active", **said: Any) -> ImportRoster:
    line = {"email": "ana@x.org", "full_name": "Ana", "hire date": "2020-01-01", "rehire date": rehired}
    return ImportRoster(File(({**line, "status": status},)), **said)


class Office(MemoryDoor):
    """Ana was on the roster, and is deactivated today."""

    @property
    def ana(self) -> User:
        (user,) = self.store.table(USERS).rows()
        return user


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.does(ana())
    await office.does(DeactivateUsers((office.ana.id,)))
    return office


async def test_who_is_only_listed_stays_deactivated_and_is_named(office: Office) -> None:
    done = await office.does(ana())
    assert (done.reactivated, office.ana.is_active) == (0, False)
    ((line, message),) = [(each.line, each.message) for each in done.inactive]
    assert (line, message) == (
        2,
        f"has been deactivated here since {TODAY}, and stays so. If the person was hired again, give the day under "
        "'rehired_on'",
    )


@pytest.mark.parametrize(("rehired", "status"), [("2026-03-02", "Active"), ("", "Rehired"), ("", "re-hire")])
async def test_who_was_hired_again_is_active_again(office: Office, rehired: str, status: str) -> None:
    shown = await office.does(ana(rehired, status, dry_run=True))
    assert (shown.reactivated, office.ana.is_active) == (1, False)
    assert (shown.lines[0].outcome, shown.lines[0].changes[-1]) == (
        LineOutcome.REACTIVATED,
        FieldChange("is_active", "false", "true"),
    )
    done: ImportedRoster = await office.does(ana(rehired, status))
    assert (done.reactivated, done.inactive) == (1, [])
    assert (done.created, done.updated, done.unchanged) == (shown.created, shown.updated, shown.unchanged)
    assert (office.ana.is_active, office.ana.deactivated_at) == (True, None)
    assert office.ana.hired_on == (date(2026, 3, 2) if rehired else date(2020, 1, 1))
    assert "UserReactivated" in office.written
    again = await office.does(ana(rehired, status))
    assert (again.reactivated, again.unchanged) == (0, 1)


@for_each(
    ("left_on", "rehired_on", "rehired", "stays"),
    [
        (LEFT, None, False, True),
        (LEFT, None, True, False),
        (LEFT, date(2026, 2, 1), False, False),
        (LEFT, date(2026, 1, 31), False, True),
        (LEFT, date(2026, 1, 31), True, True),
        (LEFT, TODAY, False, False),
        (LEFT, date(2026, 3, 3), True, True),
        (None, date(2001, 1, 1), False, False),
    ],
)
def test_a_rehire_counts_from_its_day_and_if_it_is_not_an_earlier_one(
    left_on: date | None, rehired_on: date | None, rehired: bool, stays: bool
) -> None:
    entry = RosterEntry(2, "ana@x.org", rehired_on=rehired_on, rehired=rehired)
    assert (InactivePerson(entry, uid(1), left_on, False).stays_because(TODAY) is not None) is stays


async def test_a_service_account_gives_nobody_rights_back(office: Office) -> None:
    key = Actor.machine(KeyRights(uid(7), frozenset({KeyScope.PEOPLE_WRITE})))
    office.ana.role = Role.MANAGER
    with pytest.raises(RosterRejected) as refused:
        await office.bus.execute(ana("2026-03-02"), key)
    assert [problem.line for problem in refused.value.problems] == [2]
    assert not office.ana.is_active
    assert (await office.does(ana("2026-03-02"))).reactivated == 1


async def test_a_rehire_that_is_no_date_is_refused_by_its_column(office: Office) -> None:
    with pytest.raises(RosterRejected) as refused:
        await office.does(ana("soon"))
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [(2, "rehire date")]
