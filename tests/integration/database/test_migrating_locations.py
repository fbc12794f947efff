"""The texts of people's locations stay, and locations that are there already are found by their code and name."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.people.locations.names import LocationNameReader, UnmappedLocation
from contracts.make import uid
from integration.backends import created, opened
from migrations.helpers.downgrades import EvidenceWouldBeLost


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_texts_stay_and_mean_what_is_there(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_places")) as backend:
        await upgrade(backend.database.engine, "0028")
        for n, text in enumerate(("CEDAR PARK", "The park", "the park"), 1):
            user = uid(n) if backend.on_postgresql else uid(n).hex
            await backend.sql(
                "INSERT INTO users (id, email, location, location_folded, profile_metadata) VALUES"  # noqa: S608  # our own words
                f" ('{user}', 'user{n}@example.com', '{text}', '{text.lower()}', '{{}}')"
            )
        await upgrade(backend.database.engine, "0029")
        place = uid(7) if backend.on_postgresql else uid(7).hex
        await backend.sql(
            "INSERT INTO locations (id, code, name, city, state, time_zone, code_folded, city_folded, words, name_key)"  # noqa: S608
            f" VALUES ('{place}', 'CP', 'Cedar Park', 'Leander', 'TX', 'America/Chicago', 'cp', 'leander', '',"
            " 'cedar park')"
        )
        await upgrade(backend.database.engine)
        found = await backend.sql("SELECT location FROM users WHERE location_id IS NOT NULL")
        assert found == [("CEDAR PARK",)]
        reader = backend.reader(LocationNameReader)
        assert sorted(each.text for each in (await reader.mapped((), None, 9)).items) == ["CP", "Cedar Park"]
        assert (await reader.unmapped(9)).items == [UnmappedLocation("The park", 2)]
        with pytest.raises(EvidenceWouldBeLost):
            await downgrade(backend.database.engine, "0028")
        assert await current(backend.database.engine) != "0028"
