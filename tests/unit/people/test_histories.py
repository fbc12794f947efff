"""Positions and employment of a person in time, and how the history follows changes of the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import Conflict, InvalidValue
from domain.people.employment import (
    EmploymentContradiction,
    EmploymentFactNotFound,
    EmploymentState,
    employment_on,
)
from domain.people.facts import FactSource, Origin, in_force
from domain.people.histories import History, Profile, begin, on_day_as_known_at
from domain.people.positions import Position, PositionNotFound, TwoPrimaryPositions, Work
from kit.about import for_each
from kit.examples import uid
from kit.surroundings import CountingIds

TODAY = date(2026, 3, 31)
OWNER = uid(7)
HR = Origin(FactSource.PERSON, uid(9))
LAB, FRONT = Work("Lab", "Technician", "Austin"), Work("Front Desk", "Receptionist", "Dallas")
HIRED, LEFT, LEAVE, RETURNED, REHIRED = (
    EmploymentState.HIRED,
    EmploymentState.LEFT,
    EmploymentState.ON_LEAVE,
    EmploymentState.RETURNED,
    EmploymentState.REHIRED,
)


def day(month: int, number: int = 1, year: int = 2026) -> date:
    return date(year, month, number)


def a_history() -> History:
    return History(OWNER, (), (), CountingIds().new)


def held(history: History, on: date) -> list[str | None]:
    return [each.department for each in history.positions.facts if each.holds_on(on)]


def states(history: History) -> list[tuple[EmploymentState, date]]:
    return sorted((each.state, each.from_day) for each in history.employment.facts)


class TestPositions:
    def test_first_and_last_day_are_included(self) -> None:
        history = a_history()
        history.positions.add(LAB, HR, starts_on=day(1), ends_on=day(2, 28))
        assert [held(history, each) for each in (day(12, 31, 2025), day(1), day(2, 28), day(3))] == [
            [],
            ["Lab"],
            ["Lab"],
            [],
        ]

    def test_two_primary_positions_on_one_day_are_refused_with_the_day_and_the_other(self) -> None:
        history = a_history()
        history.positions.add(LAB, HR, starts_on=day(1))
        with pytest.raises(
            TwoPrimaryPositions,
            match=r"On February 1, 2026 the person has the primary position Technician, Lab, Austin "
            r"\(from January 1, 2026\) already",
        ):
            history.positions.add(FRONT, HR, starts_on=day(2))

    def test_somebody_may_have_several_positions_one_of_which_is_primary(self) -> None:
        history = a_history()
        history.positions.add(LAB, HR, starts_on=day(1))
        history.positions.add(FRONT, HR, starts_on=day(2), is_primary=False)
        assert held(history, day(2)) == ["Lab", "Front Desk"]
        assert history.profile(TODAY).work == LAB

    def test_a_transfer_ends_the_position_before(self) -> None:
        history = a_history()
        history.positions.add(LAB, HR, starts_on=day(1))
        history.positions.add(FRONT, HR, starts_on=day(3), transfer=True)
        assert [held(history, each) for each in (day(2, 28), day(3))] == [["Lab"], ["Front Desk"]]

    def test_a_transfer_on_the_first_day_of_a_position_is_a_correction(self) -> None:
        history = a_history()
        history.positions.add(LAB, HR, starts_on=day(1))
        with pytest.raises(TwoPrimaryPositions, match="begins on the same day"):
            history.positions.add(FRONT, HR, starts_on=day(1), transfer=True)
        with pytest.raises(InvalidValue, match="only for a primary"):
            history.positions.add(FRONT, HR, starts_on=day(2), is_primary=False, transfer=True)

    def test_a_position_ends_after_it_begins_and_only_once(self) -> None:
        history = a_history()
        position = history.positions.add(LAB, HR, starts_on=day(2))
        with pytest.raises(InvalidValue, match="must not be before the first day, 2026-02-01"):
            history.positions.end(position.position_id, day(1), HR)
        history.positions.end(position.position_id, day(3), HR)
        with pytest.raises(InvalidValue, match="must not be after 2026-03-01"):
            history.positions.end(position.position_id, day(4), HR)
        written = len(history.positions.written)
        history.positions.end(position.position_id, day(3), HR)
        assert len(history.positions.written) == written

    def test_a_correction_supersedes_with_a_reason(self) -> None:
        history = a_history()
        first = history.positions.add(LAB, HR, starts_on=day(2))
        why = replace(HR, reason="Typed wrong.")
        fixed = history.positions.correct(
            first.position_id, FRONT, why, starts_on=day(1), ends_on=None, is_primary=True
        )
        assert (fixed.supersedes, fixed.reason, fixed.position_id) == (first.id, "Typed wrong.", first.position_id)
        assert history.positions.facts == [fixed]
        same = history.positions.correct(first.position_id, FRONT, why, starts_on=day(1), ends_on=None, is_primary=True)
        assert same is fixed

    def test_what_never_was_is_withdrawn_and_cannot_be_changed(self) -> None:
        history = a_history()
        position = history.positions.add(LAB, HR, starts_on=day(2))
        history.positions.take_back(position.position_id, HR)
        assert history.positions.facts == []
        with pytest.raises(PositionNotFound):
            history.positions.end(position.position_id, day(3), HR)

    def test_a_position_says_something(self) -> None:
        with pytest.raises(InvalidValue, match="must be given"):
            a_history().positions.add(Work(), HR, starts_on=day(2))


class TestEmployment:
    @for_each(
        ("known", "then", "problem"),
        [
            ([], (RETURNED, day(3)), "no leave is known before"),
            ([], (REHIRED, day(3)), "no leaving is known before"),
            ([(HIRED, day(2))], (LEFT, day(1)), "Hired from February 1, 2026 comes after left from January 1, 2026"),
            ([(HIRED, day(2))], (HIRED, day(3)), "comes after hired from February 1, 2026"),
            ([(HIRED, day(2)), (LEFT, day(3))], (LEAVE, day(4)), "leave without employment"),
            ([(HIRED, day(2))], (LEAVE, day(1)), "comes after on leave"),
            ([(HIRED, day(1)), (LEAVE, day(2))], (LEAVE, day(3)), "overlaps the leave"),
            ([(HIRED, day(1)), (LEAVE, day(3)), (RETURNED, day(5))], (LEAVE, day(2)), "overlaps the leave"),
            ([(HIRED, day(1)), (LEFT, day(2))], (LEFT, day(3)), "already"),
            ([(HIRED, day(1)), (LEAVE, day(2))], (REHIRED, day(3)), "no leaving is known"),
        ],
    )
    def test_a_state_that_contradicts_others_is_refused(
        self, known: list[tuple[EmploymentState, date]], then: tuple[EmploymentState, date], problem: str
    ) -> None:
        history = a_history()
        for state, on in known:
            history.employment.add(state, on, HR)
        with pytest.raises(EmploymentContradiction, match=problem):
            history.employment.add(*then, HR)

    def test_a_working_life(self) -> None:
        history = a_history()
        for state, on in [
            (HIRED, day(1, 5, 2020)),
            (LEAVE, day(3, 1, 2021)),
            (RETURNED, day(6, 1, 2021)),
            (LEFT, day(1, 1, 2023)),
            (REHIRED, day(2, 1, 2024)),
        ]:
            history.employment.add(state, on, HR)
        facts = history.employment.facts
        seen = [(employment_on(on, facts).state, employment_on(on, facts).hired_on) for on in (day(1, 4, 2020), TODAY)]
        assert seen == [(None, None), (REHIRED, day(2, 1, 2024))]
        assert employment_on(day(5, 31, 2021), facts).is_on_leave
        assert not employment_on(day(1, 31, 2024), facts).is_employed

    def test_a_day_is_corrected_within_what_is_known_around_it(self) -> None:
        history = a_history()
        hired = history.employment.add(HIRED, day(1), HR)
        left = history.employment.add(LEFT, day(3), HR)
        history.employment.correct(hired.id, HIRED, day(2), replace(HR, reason="Contract"))
        assert states(history) == [(HIRED, day(2)), (LEFT, day(3))]
        with pytest.raises(EmploymentFactNotFound):
            history.employment.correct(hired.id, HIRED, day(1), HR)
        with pytest.raises(EmploymentContradiction):
            history.employment.correct(left.id, LEFT, day(1), HR)

    def test_what_others_rest_on_is_withdrawn_after_them(self) -> None:
        history = a_history()
        history.employment.add(HIRED, day(1), HR)
        leave = history.employment.add(LEAVE, day(2), HR)
        back = history.employment.add(RETURNED, day(3), HR)
        with pytest.raises(EmploymentContradiction, match="returned from March 1, 2026 would remain"):
            history.employment.take_back(leave.id, HR)
        again = a_history()
        again.employment.facts = [leave, back]
        again.employment.take_back(back.id, HR)
        again.employment.take_back(leave.id, HR)
        assert again.employment.facts == []


class TestWhatUsersShow:
    def test_somebody_who_has_yet_to_begin_is_shown_as_on_the_first_day(self) -> None:
        profile = Profile(LAB, day(6), True)
        history = begin(OWNER, profile, TODAY, HR, CountingIds().new)
        assert history.profile(TODAY) == profile
        assert held(history, TODAY) == []
        assert held(history, day(6)) == ["Lab"]

    def test_a_new_department_holds_from_today(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1), True), TODAY, HR, CountingIds().new)
        history.follow(Profile(FRONT, day(1), True), TODAY, HR)
        assert [held(history, each) for each in (day(3, 30), TODAY)] == [["Lab"], ["Front Desk"]]

    def test_a_department_that_is_changed_twice_on_one_day_was_never_the_first_one(self) -> None:
        history = begin(OWNER, Profile(LAB, None, True), TODAY, HR, CountingIds().new)
        history.follow(Profile(FRONT, None, True), TODAY, HR)
        assert held(history, TODAY) == ["Front Desk"]
        assert len(history.positions.facts) == 1

    def test_a_deactivation_ends_the_employment_and_what_was_planned(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1), True), TODAY, HR, CountingIds().new)
        history.employment.add(LEAVE, day(5), HR)
        history.follow(Profile(LAB, day(1), False), TODAY, HR)
        assert states(history) == [(HIRED, day(1)), (LEFT, TODAY)]
        history.follow(Profile(LAB, day(1), True), TODAY, HR)
        assert states(history) == [(HIRED, day(1))]

    def test_a_deactivation_that_is_taken_back_later_is_a_return(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1), True), TODAY, HR, CountingIds().new)
        history.follow(Profile(LAB, day(1), False), TODAY, HR)
        history.follow(Profile(LAB, day(1), True), day(4, 2), HR)
        assert states(history) == [(HIRED, day(1)), (LEFT, TODAY), (RETURNED, day(4, 2))]

    def test_another_day_of_hire_corrects_the_known_one(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1), True), TODAY, HR, CountingIds().new)
        history.follow(Profile(LAB, day(2), True), TODAY, HR)
        assert states(history) == [(HIRED, day(2))]

    def test_a_day_of_hire_after_leaving_is_a_rehire(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1, 1, 2020), False), day(1, 1, 2023), HR, CountingIds().new)
        history.follow(Profile(LAB, day(3), True), TODAY, HR)
        assert states(history) == [(HIRED, day(1, 1, 2020)), (LEFT, day(1, 1, 2023)), (REHIRED, day(3))]

    def test_also_if_the_person_does_not_work_here(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1, 1, 2020), False), day(1, 1, 2023), HR, CountingIds().new)
        history.follow(Profile(LAB, day(3), False), TODAY, HR)
        seen = sorted(states(history), key=lambda each: each[1])
        assert seen[1:] == [(LEFT, day(1, 1, 2023)), (REHIRED, day(3)), (LEFT, TODAY)]

    def test_what_is_planned_stays_when_today_is_changed(self) -> None:
        history = a_history()
        history.positions.add(LAB, HR, starts_on=day(1), ends_on=day(4, 30))
        history.positions.add(FRONT, HR, starts_on=day(5))
        history.follow(Profile(Work("Claims"), None, True), TODAY, HR)
        seen = [held(history, each) for each in (day(3, 30), TODAY, day(4, 30), day(5))]
        assert seen == [["Lab"], ["Claims"], ["Claims"], ["Front Desk"]]

    def test_an_erased_person_has_no_position_and_no_employment_any_more(self) -> None:
        history = begin(OWNER, Profile(LAB, day(1), True), TODAY, HR, CountingIds().new)
        history.positions.add(FRONT, HR, starts_on=day(5), is_primary=False)
        history.close(TODAY, HR)
        assert [held(history, each) for each in (day(3, 30), TODAY, day(6))] == [["Lab"], [], []]
        assert not employment_on(TODAY, history.employment.facts).is_employed


DAYS = st.sampled_from([TODAY + timedelta(each) for each in (-400, -30, -3, -1, 0, 1, 3, 30)])
WORKS = st.sampled_from([Work(), LAB, FRONT, Work("Lab")])
PROFILES = st.builds(Profile, WORKS, st.none() | DAYS, st.booleans())
STATES = st.lists(st.tuples(st.sampled_from(EmploymentState), DAYS), max_size=6)
PLACES = st.lists(st.tuples(WORKS, DAYS, st.none() | DAYS, st.booleans()), max_size=4)


def planned(
    states: Sequence[tuple[EmploymentState, date]], places: Sequence[tuple[Work, date, date | None, bool]]
) -> History:
    """A history with as many of these states and positions as fit together."""
    history = a_history()
    for state, on in states:
        facts = list(history.employment.facts)
        try:
            history.employment.add(state, on, HR)
        except Conflict:
            history.employment.facts = facts
    for work, starts_on, ends_on, is_primary in places:
        held = list(history.positions.facts)
        try:
            history.positions.add(work, HR, starts_on=starts_on, ends_on=ends_on, is_primary=is_primary)
        except (Conflict, InvalidValue):
            history.positions.facts = held
    return history


@given(STATES, PLACES, st.lists(st.tuples(PROFILES, st.integers(0, 2)), min_size=1, max_size=4))
def test_a_history_that_has_followed_shows_what_the_user_shows(
    states: list[tuple[EmploymentState, date]],
    places: list[tuple[Work, date, date | None, bool]],
    changes: list[tuple[Profile, int]],
) -> None:
    history, today = planned(states, places), TODAY
    for profile, days in changes:
        today += timedelta(days)
        before = history.profile(today)
        past = [held(history, today - timedelta(each)) for each in (1, 10)]
        history.follow(profile, today, HR)
        assert history.profile(today) == profile
        if profile.hired_on is None or profile.hired_on < today:
            assert [held(history, today - timedelta(each)) for each in (1, 10)] == past, "the past stays as it was"
        written = len(history.positions.written), len(history.employment.written)
        history.follow(profile, today, HR)
        assert (len(history.positions.written), len(history.employment.written)) == written, "nothing more to follow"
        if before == profile:
            assert not any(each.starts_on == today for each in history.positions.written[written[0] :])
        primary = [each for each in history.positions.facts if each.is_primary]
        assert not any(one.overlaps(other) for one in primary for other in primary if one is not other)


@given(PROFILES)
def test_a_new_history_shows_what_the_user_shows(profile: Profile) -> None:
    history = begin(OWNER, profile, TODAY, HR, CountingIds().new)
    assert history.profile(TODAY) == profile
    history.positions.written.clear()
    history.employment.written.clear()
    history.follow(profile, TODAY, HR)
    assert not history.has_news


def recorded(facts: Sequence[Position], moments: Sequence[int]) -> list[Position]:
    start = datetime(2026, 3, 31, tzinfo=UTC)
    return [
        replace(each, recorded_at=start + timedelta(hours=hours)) for each, hours in zip(facts, moments, strict=True)
    ]


def test_what_was_known_does_not_change_with_later_corrections() -> None:
    history = a_history()
    first = history.positions.add(LAB, HR, starts_on=day(2))
    history.positions.correct(first.position_id, FRONT, HR, starts_on=day(2), ends_on=None, is_primary=True)
    history.positions.take_back(first.position_id, HR)
    versions = recorded(history.positions.written, (1, 2, 3))
    start = datetime(2026, 3, 31, tzinfo=UTC)
    seen = [
        [each.department for each in on_day_as_known_at(day(3), start + timedelta(hours=hours), versions, ()).positions]
        for hours in range(5)
    ]
    assert seen == [[], ["Lab"], ["Front Desk"], [], []]
    assert in_force(versions) == []
