"""Transfers in a roster, back-dated or planned: department, title and location hold from the effective date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.people.histories.reprojecting import ReprojectUsers
from application.people.users.commands import DeactivateUsers
from domain.people.facts import FactSource, Origin
from domain.people.positions import Positions, Work
from domain.people.roster import FieldChange, LineOutcome
from kit.examples import uid
from kit.surroundings import CountingIds
from worlds.roster_office import HIRED, OTHERS, TODAY, Office, ana, changes, on, unchanged

ROSTER = Origin(FactSource.ROSTER)
LAB, FRONT = Work("Lab", "Technician", "Austin"), Work("Front Desk", "Receptionist", "Dallas")
WORKS = st.builds(Work, *[st.sampled_from([None, "A", "B"])] * 3).filter(lambda work: work.is_known)
DAYS = st.integers(-4, 4).map(lambda days: TODAY + timedelta(days=days))


def some_positions() -> Positions:
    return Positions(uid(7), (), CountingIds().new)


def works(positions: Positions) -> dict[date, Work | None]:
    """The primary position of each day."""
    days = [TODAY + timedelta(days=days) for days in range(-6, 7)]
    return {day: found.work if (found := positions.primary_on(day)) else None for day in days}


@given(st.lists(st.tuples(WORKS, DAYS), max_size=4), WORKS, DAYS)
def test_what_holds_from_a_day_holds_until_today_and_changes_no_other_day(
    known: list[tuple[Work, date]], work: Work, day: date
) -> None:
    positions = some_positions()
    for each, since in known:
        positions.follow(each, since, ROSTER)
    plans = [each.starts_on for each in positions.facts if each.starts_on > max(day, TODAY)]
    before = works(positions)
    positions.hold(work, day, TODAY, ROSTER)
    after = works(positions)
    until = min(plans, default=date.max)
    assert after == {
        each: work.over(known_of or Work()) if day <= each < until else known_of for each, known_of in before.items()
    }
    written = len(positions.written)
    assert positions.hold(work, day, TODAY, ROSTER) == []
    assert len(positions.written) == written


def test_a_silent_text_stays_as_it_was_on_each_day() -> None:
    positions = some_positions()
    positions.add(LAB, ROSTER, starts_on=TODAY - timedelta(days=30))
    positions.add(FRONT, ROSTER, starts_on=TODAY - timedelta(days=5), transfer=True)
    assert positions.hold(Work(location="Waco"), TODAY - timedelta(days=9), TODAY, ROSTER) == [LAB, FRONT]
    found = works(positions)
    assert found[TODAY] == Work("Front Desk", "Receptionist", "Waco")
    assert found[TODAY - timedelta(days=6)] == Work("Lab", "Technician", "Waco")


def test_a_position_that_had_ended_goes_on_today() -> None:
    positions = some_positions()
    positions.add(LAB, ROSTER, starts_on=TODAY - timedelta(days=30), ends_on=TODAY - timedelta(days=2))
    positions.hold(LAB, TODAY - timedelta(days=9), TODAY, ROSTER)
    assert works(positions)[TODAY] == LAB


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.takes(ana(department="Hygiene", location="Austin"), *OTHERS)
    return office


async def test_a_back_dated_transfer_is_recorded_with_its_day(office: Office) -> None:
    line = ana(department="Lab", **{"Effective Date": on(-10)})
    shown = await office.takes(line, dry_run=True)
    assert (shown.updated, shown.lines[0].outcome) == (1, LineOutcome.UPDATED)
    assert shown.lines[0].changes == (
        FieldChange("department", "Hygiene", "Lab"),
        FieldChange("effective_date", None, on(-10)),
    )
    version = office.person().version
    done = await office.takes(line)
    assert (done.updated, office.person().department, office.person().version) == (1, "Lab", version + 1)
    assert office.positions() == [
        f"- Hygiene Austin: {HIRED} to {on(-11)}",
        f"- Lab Austin: {on(-10)} to open",
    ]
    await unchanged(office, line)
    assert (await office.does(ReprojectUsers())).differences == []


async def test_a_planned_transfer_changes_nothing_today_and_is_carried_out_on_its_day(office: Office) -> None:
    line = ana(department="Lab", title="Technician", effective_date=on(5))
    assert changes(await office.takes(line, dry_run=True)) == [
        ("department", "Hygiene", "Lab"),
        ("job_title", None, "Technician"),
        ("effective_date", None, on(5)),
    ]
    await office.takes(line)
    assert (office.person().department, office.person().job_title) == ("Hygiene", None)
    assert office.positions()[-1] == f"Technician Lab Austin: {on(5)} to open"
    await unchanged(office, line)
    assert (await office.does(ReprojectUsers())).differences == []
    office.clock.advance(timedelta(days=5))
    assert {each.field for each in (await office.does(ReprojectUsers())).differences} == {"department", "job_title"}
    assert (office.person().department, office.person().job_title) == ("Lab", "Technician")
    await unchanged(office, line)


async def test_the_import_of_that_day_carries_it_out_before(office: Office) -> None:
    """Also one that changes nothing itself, and a dry run: it is not the file that does it."""
    await office.takes(ana(department="Lab", effective_date=on(5)))
    office.clock.advance(timedelta(days=5))
    line = ana(department="Lab", effective_date=on(5), badge="7")
    assert changes(await office.takes(line, dry_run=True)) == [("badge", None, "7")]
    assert office.person().department == "Lab"
    await office.takes(line)
    assert (office.person().department, len(office.positions())) == ("Lab", 2)
    await unchanged(office, line)


async def test_the_state_of_the_file_holds_today_whatever_began_after_its_day(office: Office) -> None:
    office.clock.advance(timedelta(days=-5))
    await office.takes(ana(department="Billing"))
    office.clock.advance(timedelta(days=5))
    line = ana(department="Lab", effective_date=on(-9))
    await office.takes(line)
    assert office.person().department == "Lab"
    assert office.positions() == [
        f"- Hygiene Austin: {HIRED} to {on(-10)}",
        f"- Lab Austin: {on(-9)} to {on(-6)}",
        f"- Lab Austin: {on(-5)} to open",
    ]
    await unchanged(office, line)


async def test_another_day_for_what_is_known_changes_the_history_alone(office: Office) -> None:
    await office.takes(ana(department="Lab"))
    line = ana(department="Lab", effective_date=on(-3))
    assert changes(await office.takes(line, dry_run=True)) == [
        ("department", "Hygiene", "Lab"),
        ("effective_date", None, on(-3)),
    ]
    await office.takes(line)
    assert office.positions()[1] == f"- Lab Austin: {on(-3)} to {on(-1)}"
    await unchanged(office, line)


@pytest.mark.parametrize(("since", "shown"), [(-10, "Lab"), (0, "Lab"), (3, None)])
async def test_somebody_new_has_the_position_from_that_day(office: Office, since: int, shown: str | None) -> None:
    bo = {"email": "bo@x.org", "full_name": "Bo", "hire date": HIRED, "department": "Lab", "effective_date": on(since)}
    done = await office.takes(ana(), bo)
    assert (done.created, office.person("bo@x.org").department) == (1, shown)
    assert office.positions("bo@x.org") == [f"- Lab -: {on(since)} to open"]
    await unchanged(office, ana(), bo)


async def test_who_has_yet_to_begin_is_shown_as_on_the_first_day(office: Office) -> None:
    bo = {"email": "bo@x.org", "full_name": "Bo", "hire date": on(9), "department": "Lab", "effective_date": on(9)}
    await office.takes(ana(), bo)
    assert office.person("bo@x.org").department == "Lab"
    await unchanged(office, ana(), bo)


async def test_who_stays_deactivated_is_transferred_nevertheless(office: Office) -> None:
    await office.does(DeactivateUsers((office.person().id,)))
    line = ana(department="Lab", effective_date=on(-3))
    done = await office.takes(line)
    assert ([each.line for each in done.inactive], office.person().is_active) == ([2], False)
    assert office.person().department == "Lab"
    await unchanged(office, line)


async def test_a_transfer_before_the_last_day_of_work(office: Office) -> None:
    line = ana(department="Lab", effective_date=on(-30), terminated_on=on(-10))
    done = await office.takes(line)
    assert (done.deactivated, office.person().department) == (1, "Lab")
    assert office.states()[-1] == f"left {on(-9)}"
    await unchanged(office, line)


async def test_without_a_day_the_line_holds_from_today(office: Office) -> None:
    await office.takes(ana(department="Lab", effective_date=""))
    assert office.positions()[-1] == f"- Lab Austin: {on(0)} to open"


LAB_FROM = {"department": "Lab"}
BAD = [
    (ana(effective_date=on(1)), f"is {on(1)}, and the line has no department, job title or location"),
    (ana(**LAB_FROM, effective_date="2019-12-31"), "is 2019-12-31, before the day of hire, 2020-01-01"),
    (ana("", **LAB_FROM, effective_date="2019-12-31"), "is 2019-12-31, before the day of hire that is known"),
    (ana(**LAB_FROM, effective_date=on(5), terminated_on=on(4)), f"is {on(5)}, after the last day of work, {on(4)}"),
    (ana(**LAB_FROM, effective_date="soon"), "must be a date"),
    (ana(**LAB_FROM, effective_date="0026-01-01"), "must"),
    (
        ana(**LAB_FROM, effective_date=on(-30), terminated_on=on(-50), rehired_on=on(-20)),
        f"is {on(-30)}, after the last day of work that is known, {on(-50)}",
    ),
]


@pytest.mark.parametrize(("line", "told"), BAD)
async def test_mistakes_name_their_column(office: Office, line: dict[str, str], told: str) -> None:
    ((found, message),) = await office.refuses(line)
    assert (found, message[: len(told)]) == ("effective_date", told)


async def test_nothing_is_planned_after_a_last_day_that_is_known(office: Office) -> None:
    await office.takes(ana(terminated_on=on(4)))
    ((column, message),) = await office.refuses(ana(department="Lab", effective_date=on(5)))
    assert column == "effective_date"
    assert message.startswith(f"is {on(5)}, after the last day of work that is known, {on(4)}")
    await office.takes(ana(department="Lab", effective_date=on(4)))
