"""The contract of locations: the repository and the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from application.kernel.units import Unit
from application.people.locations.ports import Locations
from application.people.locations.queries import Closing, LocationFilter, LocationReader, LocationSort, LocationView
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.make import NOBODY, ON_ONE_LINE, T, later, uid, user_id
from domain.kernel.states import State
from domain.people.locations import Location, LocationCodeTaken, LocationNotFound, LocationProfile


def location_id(n: int) -> Any:
    """The id of `a_location(n)`."""
    return uid(60_000 + n)


def a_location(n: int = 1, *, now: datetime = T, **facts: Any) -> Location:
    """The location number n, in Austin unless said otherwise."""
    known: dict[str, Any] = {"code": f"L{n}", "name": f"Office {n}", "city": "Austin", "state": State.TEXAS}
    return Location.add(location_id(n), LocationProfile(**{**known, "time_zone": "America/Chicago", **facts}), now)


def a_full_location(n: int = 1) -> Location:
    """A location with a value in every field."""
    return a_location(
        n,
        code=ON_ONE_LINE[:40].strip(),
        name=ON_ONE_LINE[:120].strip(),
        address="1200 Höhenstraße #4",
        city="Mayagüez",
        state=State.PUERTO_RICO,
        postal_code="00680-1234",
        time_zone="America/Puerto_Rico",
        opened_on=date(1999, 12, 31),
        closed_on=date(2026, 2, 28),
        responsible_id=user_id(7),
    )


async def change(backend: Backend, n: int, work: Callable[[Location], object]) -> None:
    """Load the location in a unit of work of its own and change it."""

    async def do(unit: Unit) -> None:
        work(await unit.port(Locations).get(location_id(n)))

    await backend.units.run(do)


def edit(**changes: Any) -> Callable[[Location], object]:
    """Change these facts of a location."""

    def work(location: Location) -> None:
        location.edit(replace(location.profile, **changes), later(hours=1))

    return work


@about(Locations)
class TestLocations:
    @pytest.mark.parametrize("make", [a_location, a_full_location])
    async def test_a_location_comes_back_as_added(self, backend: Backend, make: Callable[[], Location]) -> None:
        await save(backend, make())
        found = await backend.units.run(lambda unit: unit.port(Locations).get(location_id(1)))
        assert plain(LocationView.of(found)) == plain(LocationView.of(make()))
        assert type(found.state) is State

    async def test_an_unknown_one_is_not_there(self, backend: Backend) -> None:
        with pytest.raises(LocationNotFound):
            await backend.units.run(lambda unit: unit.port(Locations).get(NOBODY))

    async def test_changes_are_kept_and_found(self, backend: Backend) -> None:
        await save(backend, a_location())
        await change(backend, 1, edit(code="CP", name="Cedar Park", city="Cedar Park", closed_on=date(2026, 5, 1)))
        found = await backend.units.run(lambda unit: unit.port(Locations).get(location_id(1)))
        assert (found.code, found.name, found.city, found.closed_on) == (
            "CP",
            "Cedar Park",
            "Cedar Park",
            date(2026, 5, 1),
        )
        assert (found.version, found.updated_at) == (2, later(hours=1))
        assert await listed(backend, LocationFilter(q="cedar cp")) == [1]
        assert await listed(backend, LocationFilter(q="office")) == []

    async def test_no_two_have_the_same_code_in_whatever_case(self, backend: Backend) -> None:
        await save(backend, a_location(1, code="Höhe"), a_location(2))
        with pytest.raises(LocationCodeTaken):
            await save(backend, a_location(3, code="HOHE"))
        with pytest.raises(LocationCodeTaken):
            await change(backend, 2, edit(code="höhe"))
        await change(backend, 1, edit(code="HÖHE"))


async def listed(backend: Backend, where: LocationFilter, sort: LocationSort = LocationSort.NEWEST) -> list[int]:
    """The numbers of the locations that the list shows, whose total is their number."""
    page = await backend.reader(LocationReader).page(where, None, 50, sort=sort, total=True)
    assert page.total == len(page.items)
    return [item.id.int - 60_000 for item in page.items]


@about(LocationReader)
class TestLocationReader:
    async def test_it_shows_a_location(self, backend: Backend) -> None:
        await save(backend, a_full_location())
        reader = backend.reader(LocationReader)
        assert plain(await reader.detail(location_id(1))) == plain(LocationView.of(a_full_location()))
        assert await reader.detail(NOBODY) is None

    async def test_an_empty_list(self, backend: Backend) -> None:
        assert await listed(backend, LocationFilter()) == []

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            (LocationSort.NEWEST, [2, 4, 3, 1]),
            (LocationSort.OLDEST, [1, 3, 4, 2]),
            (LocationSort.BY_NAME, [3, 1, 2, 4]),
            (LocationSort.BY_NAME_BACKWARDS, [4, 2, 1, 3]),
        ],
    )
    async def test_orders(self, backend: Backend, sort: LocationSort, order: list[int]) -> None:
        await save(
            backend,
            a_location(1, name="élan", now=later(hours=1)),
            a_location(2, name="Zoo", now=later(hours=3)),
            a_location(3, name="ELAM", now=later(hours=2)),
            a_location(4, name="zoo", now=later(hours=2)),
        )
        reader = backend.reader(LocationReader)
        for size in (1, 3, 4):
            found = await pages(lambda after, limit: reader.page(LocationFilter(), after, limit, sort=sort), size)
            assert [item.id.int - 60_000 for page in found for item in page] == order

    async def test_filters(self, backend: Backend) -> None:
        await save(
            backend,
            a_location(1, city="Round Rock", closed_on=date(2026, 3, 31)),
            a_location(2, city="Mayagüez", state=State.PUERTO_RICO, address="Calle 1"),
            a_location(3, state=State.PUERTO_RICO, closed_on=date(2026, 3, 30), name="Río"),
        )
        assert await listed(backend, LocationFilter((State.PUERTO_RICO,))) == [3, 2]
        assert await listed(backend, LocationFilter(cities=("MAYAGUEZ", "round rock"))) == [2, 1]
        assert await listed(backend, LocationFilter(q="calle l2")) == [2]
        assert await listed(backend, LocationFilter(q="RIO austin")) == [3]
        assert await listed(backend, LocationFilter(closing=Closing(True, T.date()))) == [3]
        assert await listed(backend, LocationFilter(closing=Closing(False, T.date()))) == [2, 1]
        assert await listed(backend, LocationFilter((State.TEXAS,), closing=Closing(True, T.date()))) == []
