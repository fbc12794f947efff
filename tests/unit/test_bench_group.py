"""The dental group that benchmarks are about: the same each time, of the sizes asked for, and consistent."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, pairwise
from pathlib import Path
from uuid import UUID

import pytest

from adapters.files.roster import FileRoster
from bench.group.files import reorganized, write_csv, write_xlsx
from bench.group.people import Employee, Line
from bench.group.staff import Group
from bench.group.words import CITIES, SYSTEMS
from domain.kernel.states import State
from domain.kernel.time_zones import is_time_zone
from domain.people.employment import BEGINNINGS, Employment, EmploymentState
from domain.people.facts import FactSource, Origin
from domain.people.positions import Positions, Work
from domain.people.roster import RosterEntry

GROUP = Group(people=600, years=3, offices=40, seed=7)
ORIGIN = Origin(FactSource.ROSTER)


@pytest.fixture(scope="module")
def staff() -> list[Employee]:
    return list(GROUP.staff())


def some_days(group: Group) -> list[date]:
    span = (group.until - group.begins).days
    return [
        group.begins,
        *(group.begins + timedelta(days=random.Random(n).randint(1, span)) for n in range(8)),
        group.until,
    ]


def test_the_same_seed_makes_the_same_people(staff: list[Employee]) -> None:
    assert list(Group(people=600, years=3, offices=40, seed=7).staff()) == staff
    assert list(Group(people=600, years=3, offices=40, seed=8).staff()) != staff


def test_on_every_day_as_many_people_work_as_were_asked_for(staff: list[Employee]) -> None:
    for day in some_days(GROUP):
        assert sum(each.works_on(day) for each in staff) == 600
        assert len([line for each in staff for line in each.lines_on(day)]) == 600


@pytest.mark.parametrize(("people", "offices"), [(1, 1), (10, 3), (401, 400)])
def test_small_groups_have_their_sizes_too(people: int, offices: int) -> None:
    group = Group(people=people, offices=offices, years=1)
    assert len(group.locations) == offices
    assert sum(1 for _ in group.roster(group.until)) == people


def test_as_many_leave_in_a_year_as_the_turnover_says(staff: list[Employee]) -> None:
    left = [state for each in staff for state in each.states if state.state is EmploymentState.LEFT]
    assert len(left) / 600 / 3 == pytest.approx(0.4, rel=0.1)
    assert all(GROUP.begins < state.from_day <= GROUP.until for state in left)
    nobody_leaves = Group(people=600, offices=40, turnover=0)
    assert len(list(nobody_leaves.staff())) == 600


def test_nobody_has_a_key_or_an_address_of_somebody_else(staff: list[Employee]) -> None:
    assert len({each.id for each in staff}) == len({each.employee_id for each in staff}) == len(staff)
    addresses = [(name.email, each.id) for each in staff for name in each.names if name.email]
    assert len(dict(addresses)) == len(set(addresses))


def test_employment_and_positions_are_such_as_the_domain_accepts(staff: list[Employee]) -> None:
    """Nobody leaves before being hired, is on leave twice at once or has two primary positions on one day."""
    ids = count(1)

    def new_id() -> UUID:
        return UUID(int=next(ids))

    for each in staff:
        employment, positions = Employment(each.id, (), new_id), Positions(each.id, (), new_id)
        for state in each.states:
            employment.add(state.state, state.from_day, ORIGIN)
        for post in each.posts:
            work = Work(post.job.department, post.title, post.location)
            positions.add(work, ORIGIN, starts_on=post.starts_on, ends_on=post.ends_on, is_primary=post.is_primary)
        assert all(one.from_day <= other.from_day for one, other in pairwise(each.states))


def test_everybody_who_works_here_has_one_primary_position_in_an_office_that_is_open(staff: list[Employee]) -> None:
    for day in some_days(GROUP):
        for each in staff:
            posts = each.posts_on(day)
            assert sum(post.is_primary for post in posts) == each.works_on(day)
            assert all(post.office.opened_on <= day for post in posts)
            assert bool(posts) == each.works_on(day)


def test_all_that_happens_to_people_happens_to_some(staff: list[Employee]) -> None:
    states = Counter(state.state for each in staff for state in each.states)
    assert min(states[state] for state in EmploymentState) >= 10
    last = [line for each in staff for line in each.lines_on(GROUP.until, all_positions=True)]
    assert 20 < sum(not line.is_primary for line in last) < 120
    assert 10 < sum(line.email is None for line in last) < 80
    assert any(line.leave_from for line in last)
    assert len({line.job_title for line in last if line.department == "Hygiene"}) == SYSTEMS
    assert any(len({name.last for name in each.names}) > 1 for each in staff), "somebody married"


def test_what_is_known_on_a_day_does_not_depend_on_what_happened_later(staff: list[Employee]) -> None:
    day = GROUP.until - timedelta(days=400)
    shorter = {each.id: each for each in staff if each.hired_on <= day}
    known = {each.id: each.known_by(day) for each in staff}
    assert {id for id, each in known.items() if each} == shorter.keys()
    for id, each in known.items():
        if each is not None:
            assert each.lines_on(day) == shorter[id].lines_on(day)
            assert all(post.ends_on is None or post.ends_on <= day for post in each.posts)


def test_from_night_to_night_about_one_line_in_a_hundred_changes(staff: list[Employee]) -> None:
    def night(day: date) -> dict[str, Line]:
        return {line.employee_id: line for each in staff for line in each.lines_on(day)}

    nights = [night(GROUP.until - timedelta(days=number)) for number in range(15)]
    changed = sum(before.get(key) != line for after, before in pairwise(nights) for key, line in after.items())
    assert 0.005 < changed / 600 / len(nights) < 0.015


def test_a_reorganization_concerns_its_share_of_the_people(staff: list[Employee]) -> None:
    before = [line for each in staff for line in each.lines_on(GROUP.until)]
    after = list(reorganized(before, 0.2))
    assert sum(one != other for one, other in zip(before, after, strict=True)) / 600 == pytest.approx(0.2, rel=0.25)


def entries(path: Path) -> Iterator[RosterEntry]:
    for number, cells in FileRoster(path).lines():
        assert isinstance(cells, dict), cells
        yield RosterEntry.parse(number, cells)


def test_both_kinds_of_files_say_the_same(staff: list[Employee], tmp_path: Path) -> None:
    lines = [line for each in staff for line in each.lines_on(GROUP.until)]
    assert write_csv(tmp_path / "roster.csv", lines) == write_xlsx(tmp_path / "roster.xlsx", lines) == 600
    read = list(entries(tmp_path / "roster.csv"))
    assert list(entries(tmp_path / "roster.xlsx")) == read
    assert [(each.employee_id, each.full_name, each.hired_on, each.rehired_on) for each in read] == [
        (line.employee_id, line.full_name, line.hired_on, line.rehired_on) for line in lines
    ]


def test_cities_are_in_states_and_time_zones_that_exist() -> None:
    assert len({city.short for city in CITIES}) == len(CITIES)
    assert len({city.time_zone for city in CITIES}) > 6
    for city in CITIES:
        assert State(city.state)
        assert is_time_zone(city.time_zone)


def test_an_employee_is_rehired_only_after_having_left(staff: list[Employee]) -> None:
    rehired = [each for each in staff if any(state.state is EmploymentState.REHIRED for state in each.states)]
    assert rehired
    for each in rehired:
        line = next(iter(each.lines_on(max(s.from_day for s in each.states if s.state in BEGINNINGS))))
        assert line.hired_on == each.hired_on
        assert line.rehired_on
        assert line.rehired_on > line.hired_on
