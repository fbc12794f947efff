"""Locations: adding, editing and naming them, and where people work because of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from application.people.locations.commands import AddLocation, EditLocation, add_location, edit_location
from application.people.locations.names import (
    ListLocationNames,
    ListUnmappedLocations,
    MapLocationText,
    list_location_names,
    list_unmapped_locations,
    map_location_text,
)
from application.people.locations.queries import ListLocations, LocationView, list_locations
from application.people.users.commands import EditUser, RegisterUser, edit_user, register_user
from application.privacy.personal_data import EraseUser, erase_user
from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from domain.people.location_names import LocationNamed, LocationNameTaken, LocationsFollowed
from domain.people.locations import LocationCodeTaken, LocationNotFound
from domain.people.user_errors import UserInactive, UserNotFound
from kit.examples import NOW, uid
from worlds.memory import World

NOBODY = uid(404)


def in_texas(code: str, name: str, closed_on: date | None = None, responsible_id: UUID | None = None) -> AddLocation:
    return AddLocation(
        code, name, name, State.TEXAS, "America/Chicago", closed_on=closed_on, responsible_id=responsible_id
    )


async def added(
    world: World, code: str = "CP", name: str = "Cedar Park", closed_on: date | None = None
) -> LocationView:
    return await world.call(add_location, in_texas(code, name, closed_on))


async def registered(world: World, n: int, location: str | None) -> UUID | None:
    """The location of a new person with this text."""
    return (await world.call(register_user, RegisterUser(f"{n}@example.com", location=location))).location_id


async def unmapped(world: World) -> list[tuple[str, int]]:
    found = await world.call(list_unmapped_locations, ListUnmappedLocations())
    return [(each.text, each.people) for each in found.items]


class TestWhereSomebodyWorks:
    @pytest.mark.parametrize("text", ["CP", "cedar park", "Cédar  Park"])
    async def test_follows_from_the_code_or_the_name(self, text: str) -> None:
        world = World()
        location = await added(world)
        assert await registered(world, 1, text) == location.id

    async def test_is_unknown_while_the_text_means_nothing(self) -> None:
        world = World()
        await added(world)
        assert [await registered(world, 1, "Park"), await registered(world, 2, None)] == [None, None]
        assert await unmapped(world) == [("Park", 1)]

    async def test_changes_with_the_text(self) -> None:
        world = World()
        there, here = await added(world), await added(world, "RR", "Round Rock")
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CP"))
        found = []
        for text in ("Round Rock", "Elsewhere", "cp", None):
            edited = await world.call(edit_user, EditUser(ana.id, location=text))
            found.append(edited.location_id)
        assert found == [here.id, None, there.id, None]

    async def test_is_forgotten_with_the_person(self) -> None:
        world = World()
        await added(world)
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CP"))
        erased = await world.call(erase_user, EraseUser(ana.id))
        assert (erased.location, erased.location_id) == (None, None)

    async def test_is_no_location_that_is_closed(self) -> None:
        world = World()
        closed = await added(world, closed_on=NOW.date().replace(year=NOW.year - 1))
        with pytest.raises(InvalidValue, match="which closed on") as refused:
            await registered(world, 1, "CP")
        assert refused.value.field == ("location",)
        ana = await world.call(register_user, RegisterUser("ana@example.com"))
        with pytest.raises(InvalidValue, match="which closed on"):
            await world.call(edit_user, EditUser(ana.id, location="Cedar Park"))
        await world.call(edit_location, EditLocation(closed.id, closed_on=NOW.date()))
        assert await registered(world, 2, "CP") == closed.id

    async def test_stays_when_it_is_closed(self) -> None:
        world = World()
        location = await added(world)
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CP"))
        await world.call(edit_location, EditLocation(location.id, closed_on=date(2000, 1, 1)))
        edited = await world.call(edit_user, EditUser(ana.id, department="Hygiene"))
        assert edited.location_id == location.id


class TestNames:
    async def test_a_new_location_takes_those_whose_text_is_its_name(self) -> None:
        world = World()
        ana = await world.call(register_user, RegisterUser("ana@example.com", location="CEDAR PARK"))
        location = await added(world)
        assert [type(each) for each in world.events][-3:] == [LocationNamed, LocationNamed, LocationsFollowed]
        assert world.events[-1] == LocationsFollowed(location.id, (ana.id,))
        assert await unmapped(world) == []

    async def test_mapping_a_text_takes_those_who_have_it(self) -> None:
        world = World()
        location = await added(world)
        for n, text in enumerate(("The park", "the PARK", "Elsewhere")):
            await registered(world, n, text)
        mapped = await world.call(map_location_text, MapLocationText("thé park", location.id))
        assert (mapped.location_id, mapped.people) == (location.id, 2)
        assert await unmapped(world) == [("Elsewhere", 1)]
        again = await world.call(map_location_text, MapLocationText("The park", location.id))
        assert again.people == 0
        back = await world.call(map_location_text, MapLocationText("The park", None))
        assert (back.location_id, back.people) == (None, 2)
        assert [text for text, _ in await unmapped(world)] == ["The park", "Elsewhere"]

    async def test_the_own_code_and_name_always_mean_the_location(self) -> None:
        world = World()
        await added(world)
        other = await added(world, "RR", "Round Rock")
        for text in ("cp", "Cedar Park"):
            for target in (other.id, None):
                with pytest.raises(LocationNameTaken):
                    await world.call(map_location_text, MapLocationText(text, target))
        with pytest.raises(LocationNameTaken):
            await added(world, "XX", "CEDAR park")
        with pytest.raises(LocationNameTaken):
            await world.call(edit_location, EditLocation(other.id, name="CP"))
        with pytest.raises(LocationCodeTaken):
            await added(world, "cp", "Elsewhere")

    async def test_a_text_means_no_unknown_location(self) -> None:
        with pytest.raises(LocationNotFound):
            await World().call(map_location_text, MapLocationText("The park", NOBODY))

    async def test_an_earlier_name_goes_on_meaning_it_until_it_is_mapped(self) -> None:
        world = World()
        location, other = await added(world), await added(world, "RR", "Round Rock")
        await world.call(edit_location, EditLocation(location.id, name="Cedar Park West"))
        assert [await registered(world, n, text) for n, text in enumerate(("cedar park west", "Cedar Park"))] == [
            location.id
        ] * 2
        assert (await world.call(map_location_text, MapLocationText("Cedar Park", other.id))).people == 1
        page = await world.call(list_location_names, ListLocationNames((location.id,)))
        assert sorted(each.text for each in page.items) == ["CP", "Cedar Park West"]


class TestResponsible:
    async def test_is_an_active_user(self) -> None:
        world = World()
        ana = await world.call(register_user, RegisterUser("ana@example.com"))
        location = await world.call(add_location, in_texas("CP", "Cedar Park", responsible_id=ana.id))
        assert location.responsible_id == ana.id
        with pytest.raises(UserNotFound):
            await world.call(edit_location, EditLocation(location.id, responsible_id=NOBODY))
        await world.call(edit_user, EditUser(ana.id, is_active=False))
        with pytest.raises(UserInactive):
            await world.call(add_location, in_texas("RR", "Round Rock", responsible_id=ana.id))
        kept = await world.call(edit_location, EditLocation(location.id, city="Leander"))
        assert kept.responsible_id == ana.id


async def test_closed_locations_are_not_offered() -> None:
    world = World()
    await added(world, "A", "Closed", date(2000, 1, 1))
    await added(world, "B", "Open")
    found = {
        closed: [each.code for each in (await world.call(list_locations, ListLocations(is_closed=closed))).items]
        for closed in (None, True, False)
    }
    assert (sorted(found[None]), found[True], found[False]) == (["A", "B"], ["A"], ["B"])
