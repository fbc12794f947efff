"""Whether a day is over in a time zone: SQL says the same as the domain, in every zone and at any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from sqlalchemy import Date, Integer, Text, column, select, values

from adapters.sql.kit.local_days import lasts, on
from application.kernel.lists import Present
from domain.kernel.days import LocalDays
from integration.backends import SqlBackend

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
"""On the day on which most clocks in the United States are set forward."""
MOMENTS = [
    *(NOON + timedelta(hours=hours) for hours in range(-12, 13, 2)),
    *(datetime(2026, 3, 8, 10, minute, second, 999_999, tzinfo=UTC) for minute, second in ((0, 0), (29, 59), (30, 0))),
    datetime(2026, 11, 1, 5, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 0, tzinfo=UTC),
]
"""Between 10 and 12 in UTC there are three days on earth."""
ASKED = values(column("n", Integer()), column("zone", Text()), column("last_day", Date()), name="asked")


@pytest.mark.parametrize("home", ["UTC", "America/Chicago", "Pacific/Kiritimati"])
async def test_it_is_what_the_domain_says(backend: SqlBackend, home: str) -> None:
    for number, moment in enumerate(MOMENTS):
        near = [moment.date() + timedelta(days=days) for days in range(-3, 4)]
        # Each zone is asked about at some moment, and each day at every one.
        zones = [None, *sorted(available_timezones())[number :: len(MOMENTS) // 3]]
        cases: list[tuple[str | None, date | None]] = [(zone, day) for zone in zones for day in (None, *near)]
        expected = [day is None or LocalDays(zone or home).day_of(moment) <= day for zone, day in cases]
        asked = ASKED.data([(n, *case) for n, case in enumerate(cases)]).cte()
        statement = select(lasts(asked.c.last_day, asked.c.zone)).order_by(asked.c.n)
        async with backend.database.engine.connect() as connection:
            found = [bool(each) for each in await connection.scalars(statement, on(Present(moment, home)))]
        assert [case for case, is_found, wanted in zip(cases, found, expected, strict=True) if is_found != wanted] == []
        assert 0 < sum(found) < len(found)
