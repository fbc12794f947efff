"""Locations: what is refused, and days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.make import later
from contracts.people.locations import a_location, edit
from domain.kernel.errors import InvalidValue
from domain.people.location_events import LocationAdded, LocationEdited
from kit.about import for_each


@for_each(
    ("facts", "field", "message"),
    [
        ({"time_zone": "Texas"}, "time_zone", "IANA name"),
        ({"time_zone": "../America/Chicago"}, "time_zone", "IANA name"),
        ({"time_zone": "-06:00"}, "time_zone", "IANA name"),
        ({"time_zone": ""}, "time_zone", "IANA name"),
        ({"postal_code": "7870"}, "postal_code", "ZIP code"),
        ({"postal_code": "78701-12"}, "postal_code", "ZIP code"),
        ({"code": " "}, "code", "blank"),
        ({"name": ""}, "name", "1 to 120 characters"),
        ({"opened_on": date(2026, 3, 2), "closed_on": date(2026, 3, 1)}, "closed_on", "must not be before 2026-03-02"),
        ({"opened_on": date(26, 3, 2)}, "opened_on", "must not be before 1950-01-01"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(facts: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as refused:
        a_location(**facts)
    assert refused.value.field == (field,)


def test_a_name_of_a_zone_in_another_case_is_corrected() -> None:
    assert a_location(time_zone="america/new_york").time_zone == "America/New_York"


def test_it_may_close_on_the_day_on_which_it_opened() -> None:
    location = a_location(opened_on=date(2026, 3, 1), closed_on=date(2026, 3, 1))
    assert [location.is_closed_on(date(2026, 3, day)) for day in (1, 2)] == [False, True]
    assert not a_location().is_closed_on(date.max)


def test_days_are_those_of_the_zone() -> None:
    moment = datetime(2026, 7, 4, 1, 30, tzinfo=UTC)
    assert a_location(time_zone="America/Los_Angeles").day_of(moment) == date(2026, 7, 3)
    assert a_location(time_zone="Pacific/Guam").day_of(moment) == date(2026, 7, 4)


def test_an_edit_makes_another_version_of_it() -> None:
    location = a_location()
    assert location.take_events() == [LocationAdded(location.id)]
    edit(closed_on=date(2026, 4, 1))(location)
    assert (location.version, location.updated_at, location.take_events()) == (
        2,
        later(hours=1),
        [LocationEdited(location.id)],
    )
    with pytest.raises(InvalidValue):
        edit(opened_on=date(2026, 4, 2))(location)
