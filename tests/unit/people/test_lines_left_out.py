"""A line that is left out of a partial import does nothing: nobody comes back by it, or loses an address to it."""

from __future__ import annotations

import pytest

from application.people.users.commands import DeactivateUsers
from worlds.roster_office import HIRED, OTHERS, Office, ana, on

UNKNOWN_LEAVE = {"leave_until": on(3)}
"""Which only the history of the person shows to be a mistake."""


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.takes(ana(department="Hygiene", employee_id="E1"), *OTHERS)
    return office


async def test_nobody_comes_back_by_it(office: Office) -> None:
    await office.does(DeactivateUsers((office.person().id,)))
    done = await office.takes(ana(rehired_on=on(0), **UNKNOWN_LEAVE), OTHERS[0], partial=True)
    assert ([each.line for each in done.problems], done.reactivated) == ([2], 0)
    assert not office.person().is_active


async def test_it_does_not_tell_who_stays_deactivated(office: Office) -> None:
    await office.does(DeactivateUsers((office.person().id,)))
    done = await office.takes(ana("", department="Lab", effective_date="2019-01-01"), OTHERS[0], partial=True)
    assert ([each.line for each in done.problems], done.inactive) == ([2], [])


@pytest.mark.parametrize("employee_id", ["", "E9"])
async def test_nobody_loses_an_address_to_it(office: Office, employee_id: str) -> None:
    person = office.person()
    zed = {"email": "ana@x.org", "full_name": "Zed", "hire date": on(-9), "employee_id": employee_id, **UNKNOWN_LEAVE}
    done = await office.takes(zed, OTHERS[0], partial=True, new_person=("ana@x.org",))
    assert ([each.line for each in done.problems], done.created) == ([2], 0)
    assert (office.person().id, office.person().is_active) == (person.id, True)


async def test_an_address_that_it_would_have_released_is_not_free(office: Office) -> None:
    moves = {**ana(employee_id="E1", **UNKNOWN_LEAVE), "email": "new@x.org"}
    takes = {"email": "ana@x.org", "full_name": "Bo", "hire date": HIRED, "employee_id": "E2", "terminated_on": on(-5)}
    done = await office.takes(moves, takes, OTHERS[0], partial=True)
    assert [(each.line, each.column) for each in done.problems] == [(2, "leave_until"), (3, "email")]
    assert (done.created, done.deactivated, office.person().full_name) == (0, 0, "Ana")
    dry = await office.takes(moves, takes, OTHERS[0], dry_run=True)
    assert [line.outcome.value for line in dry.lines] == ["refused", "refused", "unchanged"]


@pytest.mark.parametrize("said", ["same_person", "new_person"])
async def test_nor_because_of_what_was_said_of_it_as_long_as_it_would_have_been_released(
    office: Office, said: str
) -> None:
    moves = {**ana(employee_id="E1", **UNKNOWN_LEAVE), "email": "new@x.org"}
    takes = {"email": "ana@x.org", "full_name": "Bo", "hire date": HIRED, "employee_id": "E2"}
    for _ in range(2):
        done = await office.takes(moves, takes, OTHERS[0], partial=True, **{said: ("ana@x.org",)})
        assert [(each.line, each.column) for each in done.problems] == [(2, "leave_until"), (3, "email")]
    assert (office.person().full_name, office.person().employee_id, office.person().is_active) == ("Ana", "E1", True)
