"""Several positions of one person on several lines of a roster, of which one is the primary one."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.people.histories import POSITIONS
from application.people.histories.commands import AddPosition
from application.people.histories.reprojecting import ReprojectUsers
from application.people.roster import ImportedRoster
from application.people.users.commands import DeactivateUsers
from domain.people.facts import FactSource, Origin, in_force
from domain.people.positions import Positions, TwoPrimaryPositions, Work
from domain.people.roster import LineOutcome
from domain.people.roster_positions import MOST_LINES, SecondaryLine
from kit.examples import uid
from kit.surroundings import CountingIds
from worlds.roster_office import HIRED, OTHERS, TODAY, Office, ana, changes, on, unchanged

ROSTER = Origin(FactSource.ROSTER)
WORKS = st.sampled_from([Work("A"), Work("B")])
DAYS = st.integers(-5, 5).map(lambda days: TODAY + timedelta(days=days))


def main(location: str = "Austin", **cells: str) -> dict[str, str]:
    return ana(**{"is_primary": "Yes", "department": "Hygiene", "location": location, **cells})


def also(location: str, **cells: str) -> dict[str, str]:
    return ana(**{"is_primary": "No", "department": "Hygiene", "location": location, **cells})


def alone(**cells: str) -> dict[str, str]:
    """Somebody with one line."""
    return {"email": "bo@x.org", "full_name": "Bo", **cells}


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.takes(ana(department="Hygiene", location="Austin"), *OTHERS)
    return office


def secondary(office: Office, email: str = "ana@x.org") -> list[str]:
    """Where and from when to when somebody has positions that are not primary."""
    facts = [each for each in office.store.table(POSITIONS).rows() if each.user_id == office.person(email).id]
    held = [each for each in in_force(facts) if not each.is_primary]
    return [f"{each.location}: {each.starts_on} to {each.ends_on or 'open'}" for each in sorted(held, key=str)]


def shown(done: ImportedRoster) -> list[tuple[int, str]]:
    return [(line.line, line.outcome.value) for line in done.lines]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(WORKS, DAYS, st.none() | st.integers(0, 5), st.booleans()), max_size=4), WORKS, st.none() | DAYS
)
def test_it_holds_from_its_day_until_today_and_nothing_else_changes(
    known: list[tuple[Work, date, int | None, bool]], work: Work, since: date | None
) -> None:
    positions = Positions(uid(7), (), CountingIds().new)
    for each, first, length, is_primary in known:
        ends = None if length is None else first + timedelta(days=length)
        with suppress(TwoPrimaryPositions):
            positions.add(each, ROSTER, starts_on=first, ends_on=ends, is_primary=is_primary)
    before, line = held(positions), SecondaryLine(2, work, since)
    was_known = line.is_known(positions.facts, TODAY)
    day = since or TODAY
    found = positions.hold_secondary(work, day, TODAY, ROSTER, begins=date.min)
    after = held(positions)
    assert was_known == (found is None)
    assert not was_known or before == after
    assert line.is_known(positions.facts, TODAY)
    until = max(day, TODAY)
    assert before <= after
    assert all(each == (work, False) and moment >= day for each, moment in after - before)
    assert all(((work, False), day + timedelta(days=n)) in after for n in range((until - day).days + 1))
    keep = {Work("A")}
    positions.end_secondary(TODAY, TODAY, ROSTER, keep=keep)
    assert {each for each, moment in held(positions) if moment == TODAY and not each[1]} <= {(Work("A"), False)}
    assert {key for key in after if key[1] < TODAY} == {key for key in held(positions) if key[1] < TODAY}


def held(positions: Positions) -> set[tuple[tuple[Work, bool], date]]:
    """Which positions, primary or not, the person has on which days."""
    days = [TODAY + timedelta(days=days) for days in range(-8, 15)]
    return {((each.work, each.is_primary), day) for each in positions.facts for day in days if each.holds_on(day)}


async def test_further_lines_are_positions_of_the_person_from_today_on(office: Office) -> None:
    lines = (also("Dallas"), main(), also("Waco", job_title="Trainer"))
    dry = await office.takes(*lines, dry_run=True)
    assert (dry.created, dry.updated, dry.secondary) == (0, 1, 2)
    assert shown(dry) == [(2, "updated"), (3, "updated"), (4, "updated")]
    assert {line.person for line in dry.lines} == {"ana@x.org"}
    assert changes(dry) == [
        *(("department", None, "Hygiene"), ("location", None, "Dallas"), ("effective_date", None, on(0))),
        *(("department", None, "Hygiene"), ("job_title", None, "Trainer"), ("location", None, "Waco")),
        ("effective_date", None, on(0)),
    ]
    assert secondary(office) == []
    done = await office.takes(*lines)
    assert (done.created, done.updated, done.unchanged, done.secondary) == (0, 1, 0, 2)
    assert secondary(office) == [f"Dallas: {on(0)} to open", f"Waco: {on(0)} to open"]
    assert office.person().location == "Austin"
    facts = [each for each in office.store.table(POSITIONS).rows() if not each.is_primary]
    assert {each.source for each in facts} == {FactSource.ROSTER}
    await unchanged(office, *lines)
    dry = await office.takes(*lines, dry_run=True)
    assert (shown(dry), dry.lines_left_out) == ([(2, "unchanged"), (3, "unchanged"), (4, "unchanged")], 0)
    office.clock.advance(timedelta(days=1))
    await unchanged(office, *lines)
    assert (await office.does(ReprojectUsers())).differences == []


async def test_a_position_that_is_not_listed_any_more_ends(office: Office) -> None:
    await office.takes(main(), also("Dallas"), also("Waco"))
    office.clock.advance(timedelta(days=3))
    dry = await office.takes(main(), also("Waco"), dry_run=True)
    assert changes(dry) == [("position", "Hygiene, Dallas", f"until {on(2)}")]
    done = await office.takes(main(), also("Waco"))
    assert done.updated == 1
    assert secondary(office) == [f"Dallas: {on(0)} to {on(2)}", f"Waco: {on(0)} to open"]
    await unchanged(office, main(), also("Waco"))
    office.clock.advance(timedelta(days=1))
    await office.takes(main())
    assert secondary(office) == [f"Dallas: {on(0)} to {on(2)}", f"Waco: {on(0)} to {on(3)}"]
    await office.takes(main(), also("Dallas"))
    assert secondary(office)[1] == f"Dallas: {on(4)} to open"


async def test_one_that_began_today_is_taken_back(office: Office) -> None:
    await office.takes(main(), also("Dallas"))
    assert changes(await office.takes(main(), dry_run=True)) == [("position", "Hygiene, Dallas", "never held")]
    await office.takes(main())
    assert secondary(office) == []


async def test_a_file_without_the_column_leaves_them_alone(office: Office) -> None:
    await office.takes(main(), also("Dallas"))
    office.clock.advance(timedelta(days=3))
    await office.takes(ana(department="Lab", location="Houston"))
    assert secondary(office) == [f"Dallas: {on(0)} to open"]
    assert office.person().location == "Houston"


async def test_somebody_new_has_all_positions_from_the_day_of_hire(office: Office) -> None:
    rows = [alone(**{"hire date": on(day), "is_primary": yes, "location": place}) for day, yes, place in CASES]
    done = await office.takes(ana(), *rows)
    assert (done.created, done.secondary) == (1, 1)
    assert office.positions("bo@x.org") == [f"- - Austin: {on(-9)} to open", f"- - Dallas: {on(-9)} to open"]
    await unchanged(office, ana(), *rows)


CASES = [(-9, "y", "Austin"), (-9, "n", "Dallas")]


async def test_somebody_who_has_yet_to_begin_has_them_from_that_day(office: Office) -> None:
    rows = [alone(**{"hire date": on(9), "is_primary": yes, "location": place}) for _, yes, place in CASES]
    await office.takes(ana(), *rows)
    assert secondary(office, "bo@x.org") == [f"Dallas: {on(9)} to open"]
    await unchanged(office, ana(), *rows)
    office.clock.advance(timedelta(days=9))
    await unchanged(office, ana(), *rows)


async def test_the_primary_position_and_another_one_change_places(office: Office) -> None:
    await office.takes(main(), also("Dallas"))
    office.clock.advance(timedelta(days=3))
    lines = main("Dallas"), also("Austin")
    await office.takes(*lines)
    assert secondary(office) == [f"Austin: {on(3)} to open", f"Dallas: {on(0)} to {on(2)}"]
    assert office.person().location == "Dallas"
    await unchanged(office, *lines)


async def test_the_same_work_twice_is_one_position(office: Office) -> None:
    lines = main(), also("Austin"), also("Dallas"), also("Dallas", badge="7")
    await office.takes(*lines)
    assert secondary(office) == [f"Dallas: {on(0)} to open"]
    await unchanged(office, *lines)


@pytest.mark.parametrize("day", [-10, 0, 6])
async def test_a_position_holds_from_its_effective_date(office: Office, day: int) -> None:
    lines = main(), also("Dallas", effective_date=on(day))
    await office.takes(*lines)
    assert secondary(office) == [f"Dallas: {on(day)} to open"]
    await unchanged(office, *lines)
    await unchanged(office, main(), also("Dallas", effective_date=on(day + 1)))
    office.clock.advance(timedelta(days=7))
    await unchanged(office, *lines)


async def test_an_earlier_effective_date_is_a_correction(office: Office) -> None:
    await office.takes(main(), also("Dallas"))
    lines = main(), also("Dallas", effective_date=on(-4))
    assert changes(await office.takes(*lines, dry_run=True)) == [("effective_date", on(0), on(-4))]
    await office.takes(*lines)
    assert secondary(office) == [f"Dallas: {on(-4)} to open"]


async def test_a_position_that_was_ended_by_mistake_goes_on(office: Office) -> None:
    lines = main(), also("Dallas", effective_date=on(0))
    await office.takes(*lines)
    office.clock.advance(timedelta(days=3))
    await office.takes(main())
    office.clock.advance(timedelta(days=3))
    assert changes(await office.takes(*lines, dry_run=True)) == [("position", f"until {on(2)}", "open")]
    await office.takes(*lines)
    assert secondary(office) == [f"Dallas: {on(0)} to open"]


@pytest.mark.parametrize(("day", "last"), [(-2, -3), (5, 4)])
async def test_with_a_transfer_others_end_from_its_day_on(office: Office, day: int, last: int) -> None:
    await office.takes(main(), also("Dallas", effective_date=on(-30)))
    line = main("Houston", effective_date=on(day))
    await office.takes(line)
    assert secondary(office) == [f"Dallas: {on(-30)} to {on(last)}"]
    await unchanged(office, line)
    office.clock.advance(timedelta(days=6))
    await office.takes(line)
    assert secondary(office) == [f"Dallas: {on(-30)} to {on(last)}"]


async def test_a_day_that_is_known_does_not_end_others_in_the_past(office: Office) -> None:
    line = main("Houston", effective_date=on(-20))
    await office.takes(line, also("Dallas", effective_date=on(-30)))
    office.clock.advance(timedelta(days=6))
    await office.takes(line)
    assert secondary(office) == [f"Dallas: {on(-30)} to {on(5)}"]


async def test_what_an_administrator_has_planned_stays(office: Office) -> None:
    person = office.person().id
    await office.does(
        AddPosition(person, TODAY + timedelta(days=5), location="Waco", department="Hygiene", is_primary=False)
    )
    await unchanged(office, main())
    await office.takes(main(), also("Waco"))
    assert secondary(office) == [f"Waco: {on(0)} to open"]


async def test_days_of_the_person_and_further_positions_in_one_file(office: Office) -> None:
    days = {"leave_from": on(-3), "leave_until": on(4), "terminated_on": on(20)}
    lines = main(**days), also("Dallas", **days), also("Waco", leave_from=on(-3))
    done = await office.takes(*lines)
    assert (done.updated, done.secondary) == (1, 2)
    assert office.states() == [f"hired {HIRED}", f"on_leave {on(-3)}", f"returned {on(5)}", f"left {on(21)}"]
    assert secondary(office) == [f"Dallas: {on(0)} to open", f"Waco: {on(0)} to open"]
    await unchanged(office, *lines)


async def test_the_day_of_hire_may_be_the_first_one_or_that_of_a_rehire(office: Office) -> None:
    again = {"terminated_on": on(-200), "rehired_on": on(-100)}
    lines = main(**again), also("Dallas"), also("Waco", **{"hire date": on(-100)}), also("Houston", **again)
    assert (await office.takes(*lines)).secondary == 3
    assert office.person().hired_on == TODAY - timedelta(days=100)
    await unchanged(office, *lines)


async def test_who_stays_deactivated_has_them_nevertheless(office: Office) -> None:
    await office.does(DeactivateUsers((office.person().id,)))
    done = await office.takes(main(), also("Dallas"))
    assert ([each.line for each in done.inactive], office.person().is_active) == ([2], False)
    assert secondary(office) == [f"Dallas: {on(0)} to open"]


async def test_the_columns_of_the_person_are_those_of_the_primary_line(office: Office) -> None:
    await office.takes(also("Dallas", license_state="OK"), main(license_state="TX"))
    assert office.person().profile_metadata == {"license_state": "TX"}


async def test_an_empty_cell_is_no_where_another_line_says_yes_and_else_yes(office: Office) -> None:
    await office.takes(also("Dallas", is_primary=""), main(), alone(location="Waco"))
    assert (secondary(office), office.person().location) == ([f"Dallas: {on(0)} to open"], "Austin")
    assert office.person("bo@x.org").location == "Waco"


async def test_lines_are_of_one_person_by_employee_id_and_else_by_address(office: Office) -> None:
    await office.takes(
        main(employee_id="E1"),
        also("Dallas", employee_id="e1", email=""),
        also("Waco"),
        alone(is_primary="Yes", location="Austin"),
        alone(is_primary="No", location="Dallas", email="BO@x.org"),
    )
    assert secondary(office) == [f"Dallas: {on(0)} to open", f"Waco: {on(0)} to open"]
    assert secondary(office, "bo@x.org") == [f"Dallas: {on(0)} to open"]


async def test_places_and_titles_of_further_positions_are_looked_up_too(office: Office) -> None:
    done = await office.takes(main(), also("Dallas", job_title="Float", effective_date=on(3)))
    assert [(each.line, each.column) for each in done.unmapped] == [(2, "location"), (3, "location"), (3, "job_title")]


PRIMARY = "line 2, the primary one of the same person"
TOGETHER = "is about the same person as line {}, which is refused. The lines of one person are imported together"
BAD = [
    (
        (also("Austin"), also("Dallas")),
        [
            (
                "is_primary",
                "does not say yes, nor does another line about the same person, such as line 3. Say yes in the line "
                "of the primary position",
            ),
            (
                "is_primary",
                "does not say yes, nor does another line about the same person, such as line 2. Say yes in the line "
                "of the primary position",
            ),
        ],
    ),
    (
        (main(), main("Dallas"), also("Waco")),
        [
            (
                "is_primary",
                "says yes, and so does line 3 about the same person. Only one position is the primary one",
            ),
            (
                "is_primary",
                "says yes, and so does line 2 about the same person. Only one position is the primary one",
            ),
            (None, TOGETHER.format(2)),
        ],
    ),
    (
        (also("Dallas"),),
        [
            (
                "is_primary",
                "says no, and no valid line about this person says yes. Say yes in the line of the primary position",
            )
        ],
    ),
    (
        (main(), also("", department="")),
        [
            (None, TOGETHER.format(3)),
            ("department", "is empty, and so are job title and location; line 2 is about the same person already"),
        ],
    ),
    (
        (main(), also("Waco"), also("Dallas", full_name="Anna")),
        [
            (None, TOGETHER.format(4)),
            (None, TOGETHER.format(2)),
            ("full_name", f"is Anna, and Ana in {PRIMARY}. Correct one of the lines"),
        ],
    ),
    (
        (main(), also("Dallas", leave_from=on(3))),
        [
            (None, TOGETHER.format(3)),
            ("leave_from", f"is {on(3)}, and the cell is empty in {PRIMARY}. Say it there"),
        ],
    ),
    (
        (main(terminated_on=on(3)), also("Dallas", terminated_on=on(4))),
        [
            (None, TOGETHER.format(3)),
            ("terminated_on", f"is {on(4)}, and {on(3)} in {PRIMARY}. Correct one of the lines"),
        ],
    ),
    (
        (main(), also("Dallas", **{"hire date": "2021-01-01"})),
        [
            (None, TOGETHER.format(3)),
            ("hire date", f"is 2021-01-01, and {HIRED} in {PRIMARY}. Correct one of the lines"),
        ],
    ),
    (
        (main(employee_id="E1"), also("Dallas", employee_id="E1", email="other@x.org")),
        [
            (None, TOGETHER.format(3)),
            ("email", f"is other@x.org, and ana@x.org in {PRIMARY}. Correct one of the lines"),
        ],
    ),
    (
        (main(), also("Dallas", **{"hire date": "", "effective_date": "2019-01-01"})),
        [
            (None, TOGETHER.format(3)),
            ("effective_date", "is 2019-01-01, before the day of hire that is known, 2020-01-01. Correct one of the "
             "two days"),
        ],
    ),
    (
        (main(terminated_on=on(3)), also("Dallas", effective_date=on(4)), also("Waco")),
        [
            (None, TOGETHER.format(3)),
            ("effective_date", f"is {on(4)}, after the last day of work that is known, {on(3)}. Correct one of the two "
             "days"),
            (None, TOGETHER.format(2)),
        ],
    ),
    (
        (main(effective_date=on(-4000)), also("Dallas")),
        [
            ("effective_date", f"is {on(-4000)}, before the day of hire, {HIRED}. Correct one of the two days"),
            (None, TOGETHER.format(2)),
        ],
    ),
    (
        (main(is_primary="perhaps"),),
        [("is_primary", "is 'perhaps', and must be yes in the line of the primary position and no in the other lines "
          "of the person. If the column means something else, ignore it in a mapping")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "told"), BAD)
async def test_lines_that_do_not_agree_name_each_other_and_the_column(
    office: Office, lines: tuple[dict[str, str], ...], told: list[tuple[str | None, str]]
) -> None:
    assert await office.refuses(*lines) == told


async def test_partially_people_are_imported_with_all_their_lines_or_not_at_all(office: Office) -> None:
    done = await office.takes(
        main("Houston"),
        also("Dallas", full_name="Anna"),
        alone(is_primary="yes", location="Austin"),
        alone(is_primary="no", location="Waco"),
        partial=True,
    )
    assert (done.created, done.updated, done.secondary) == (1, 0, 1)
    assert [each.line for each in done.problems] == [2, 3]
    assert (office.person().location, secondary(office)) == ("Austin", [])
    assert secondary(office, "bo@x.org") == [f"Waco: {on(0)} to open"]


async def test_there_are_not_too_many_lines_about_one_person(office: Office) -> None:
    told = [(None, f"is one of {MOST_LINES + 1} lines about the same person; at most {MOST_LINES} are possible")]
    assert await office.refuses(main(), *(also(f"Office {n}") for n in range(MOST_LINES))) == told * (MOST_LINES + 1)


async def test_an_address_goes_with_all_lines_to_somebody_new(office: Office) -> None:
    before = office.person().id
    lines = [{**each, "full_name": "Zed", "hire date": on(-9)} for each in (main("Waco"), also("Dallas"))]
    done = await office.takes(*lines, new_person=("ana@x.org",))
    assert (done.created, done.secondary, office.person().full_name) == (1, 1, "Zed")
    assert secondary(office) == [f"Dallas: {on(-9)} to open"]
    assert {each.user_id for each in office.store.table(POSITIONS).rows() if not each.is_primary} == {
        office.person().id
    }
    assert office.person().id != before


@pytest.mark.parametrize("keys", [{}, {"email": ""}, {"employee_id": "e1", "email": "Other@x.org"}])
@pytest.mark.parametrize("says", ["", "No", "what?"])
async def test_nobody_with_an_invalid_line_is_imported(office: Office, keys: dict[str, str], says: str) -> None:
    """Which may be the line of the primary position."""
    await office.takes(main(employee_id="E1"), also("Dallas", employee_id="E1"))
    office.clock.advance(timedelta(days=3))
    ben = alone(is_primary="Yes", location="Waco")
    other = {**also("Dallas", is_primary=says, employee_id="E1", effective_date="soon"), **keys}
    done = await office.takes(ben, other, also("Houston", is_primary="", employee_id="E1"), partial=True)
    assert [(each.line, each.column) for each in done.problems] == [(3, "effective_date"), (4, None)]
    assert done.problems[1].message == TOGETHER.format(3)
    assert (done.created, office.person().location, secondary(office)) == (1, "Austin", [f"Dallas: {on(0)} to open"])


@pytest.mark.parametrize(("email", "ends"), [("", "open"), ("cy@x.org", on(2))])
async def test_no_position_ends_while_an_invalid_line_may_be_about_it(office: Office, email: str, ends: str) -> None:
    await office.takes(main(), also("Dallas"))
    office.clock.advance(timedelta(days=3))
    await office.takes(main(), also("Dallas", email=email, effective_date="soon"), partial=True)
    assert secondary(office) == [f"Dallas: {on(0)} to {ends}"]


async def test_without_the_column_each_person_has_one_line(office: Office) -> None:
    told = [("email", "repeats the e-mail address of line 2")]
    assert await office.refuses(ana(location="Austin"), ana(location="Dallas")) == told


async def test_a_dry_run_shows_the_outcome_of_every_line(office: Office) -> None:
    await office.takes(main(), also("Dallas"))
    dry = await office.takes(main("Houston"), also("Dallas"), *OTHERS[:2], dry_run=True)
    assert [line.outcome for line in dry.lines] == [LineOutcome.UPDATED, *[LineOutcome.UNCHANGED] * 3]
