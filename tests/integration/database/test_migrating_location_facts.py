"""The histories of existing locations begin with what is known of them, so that locations go on showing the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.people.locations.histories import LocationHistoryReader
from application.people.locations.ports import LocationHistories
from contracts.make import T, uid
from domain.kernel.states import State
from domain.kernel.values import EARLIEST
from domain.people.facts import FactSource
from domain.people.locations import LocationProfile
from integration.backends import created, opened
from kit.surroundings import CountingIds
from migrations.helpers.downgrades import EvidenceWouldBeLost

BEFORE = "0036"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_locations_show_the_same(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_facts")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        one, other, somebody = (uid(n) if backend.on_postgresql else uid(n).hex for n in (7, 8, 9))
        await backend.sql(
            "INSERT INTO locations (id, code, name, city, state, time_zone, address, postal_code, opened_on, closed_on,"  # noqa: S608  # our own words
            f" responsible_id) VALUES ('{one}', 'CP', 'Cedar Park', 'Leander', 'TX', 'America/Chicago', '1 Main St',"
            f" '78610', '2011-04-04', '2027-12-31', '{somebody}'), ('{other}', 'LC', 'Las Cruces', 'Las Cruces', 'NM',"
            " 'America/Denver', NULL, NULL, NULL, NULL, NULL)"
        )
        await upgrade(backend.database.engine)
        found = await backend.units.run(lambda unit: unit.port(LocationHistories).after(None, 9, CountingIds().new))
        assert [each.shown for each in found] == [each.history.lasting(T)[0] for each in found]
        (first,), (second,) = (each.history.facts for each in found)
        days = {"opened_on": date(2011, 4, 4), "closed_on": date(2027, 12, 31)}
        assert first.profile == LocationProfile(
            "CP", "Cedar Park", "Leander", State.TEXAS, "America/Chicago", "1 Main St", "78610", **days,
            responsible_id=uid(9),
        )  # fmt: skip
        assert [(each.from_day, each.source, each.recorded_by) for each in (first, second)] == [
            (EARLIEST, FactSource.MIGRATION, None)
        ] * 2
        assert first.recorded_at == second.recorded_at
        assert await backend.reader(LocationHistoryReader).recorded(uid(8)) is not None
        with pytest.raises(EvidenceWouldBeLost, match="location_facts"):
            await downgrade(backend.database.engine, BEFORE)
        assert await current(backend.database.engine) != BEFORE
