"""Which locations texts mean: reading it, and saying so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, administrators, compliance_officers, overseers
from application.kernel.handlers import handles
from application.kernel.lists import MOST_IDS
from application.kernel.messages import Command, Cursor, Page, PageSize, Query
from application.kernel.ports import Ids
from application.kernel.units import Events
from application.people.locations.ports import LocationNames, Locations
from domain.kernel.values import Items, ShortName
from domain.people.location_names import (
    LocationNamed,
    LocationNameTaken,
    LocationsFollowed,
    names_to_record,
    own_names,
    text_key,
)
from domain.people.locations import Location, LocationNotFound


@dataclass(slots=True)
class NamedLocation:
    """A text, and the location that it means since `recorded_at`.

    `recorded_by` is the administrator who said so, or whose location it is the code or the name of.
    """

    id: UUID
    text: str
    location_id: UUID
    recorded_at: datetime
    recorded_by: UUID | None


@dataclass(slots=True)
class UnmappedLocation:
    """A text that means no location, and how many active people have it. Spellings that count as one are one."""

    text: str
    people: int


@dataclass(slots=True)
class UnmappedLocations:
    """Texts that mean no location: those that most active people have come first.

    `texts` is the number of all such texts, and `people` of all active people who have one.
    """

    items: list[UnmappedLocation]
    texts: int
    people: int


class LocationNameReader(Protocol):
    """Reads what texts mean with one statement per call."""

    async def named(self, location_ids: tuple[UUID, ...], after: Cursor | None, limit: int) -> Page[NamedLocation]:
        """The texts that mean one of the locations, or any if none is given; the newest first."""

    async def unmapped(self, limit: int) -> UnmappedLocations:
        """The texts of active people that mean no location: first those of most people, then by their keys."""


@dataclass(frozen=True, slots=True)
class ListLocationNames(Query[Page[NamedLocation]]):
    """Texts with the location that they mean, newest first."""

    location_id: Annotated[tuple[UUID, ...], Items(MOST_IDS)] = ()
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListLocationNames, allow=overseers)
async def list_location_names(query: ListLocationNames, actor: Actor, names: LocationNameReader) -> Page[NamedLocation]:
    """Show managers, compliance officers and administrators which texts mean which location.

    The code and the name of a location, now and earlier, are among them.
    """
    return await names.named(query.location_id, query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ListUnmappedLocations(Query[UnmappedLocations]):
    """Texts that mean no location, those of most people first."""

    limit: PageSize = 50


@handles(ListUnmappedLocations, allow=compliance_officers)
async def list_unmapped_locations(
    query: ListUnmappedLocations, actor: Actor, names: LocationNameReader
) -> UnmappedLocations:
    """Show compliance officers and administrators the texts of people's locations that mean no location.

    With each text, how many active people have it. A text that is mapped leaves the list, so that the next ones are
    shown.
    """
    return await names.unmapped(query.limit)


@dataclass(slots=True)
class TextAsMapped:
    """A text and the location that it means now; `people` is how many, active or not, have another location by this."""

    text: str
    location_id: UUID | None
    people: int


@dataclass(frozen=True, slots=True)
class MapLocationText(Command[TextAsMapped]):
    """Say which location a text means; null takes an earlier mapping back."""

    text: ShortName
    location_id: UUID | None


@handles(MapLocationText, allow=administrators, raises=(LocationNotFound, LocationNameTaken))
async def map_location_text(
    command: MapLocationText, actor: Actor, locations: Locations, names: LocationNames, events: Events, ids: Ids
) -> TextAsMapped:
    """Administrators say which location a text means: everybody with this text works there at once.

    Case, accents and space at the ends of a text do not count. Without a location, an earlier mapping is taken back.
    The code and the name of a location always mean it. What a text meant earlier stays known, with who said so. The
    same mapping again changes nothing.
    """
    if command.location_id is not None:
        await locations.get(command.location_id)
    known = (await names.meanings([command.text])).get(text_key(command.text))
    meant = None if known is None else known.location_id
    changed: list[UUID] = []
    if meant != command.location_id:
        if meant is not None and text_key(command.text) in own_names(await locations.get(meant)):
            raise LocationNameTaken
        changed = await _say(command.location_id, [command.text], actor, names, events, ids)
    return TextAsMapped(command.text, command.location_id, len(changed))


async def say_own_names(location: Location, actor: Actor, names: LocationNames, events: Events, ids: Ids) -> None:
    """Let the code and the name of the location mean it. Raises LocationNameTaken."""
    own = list(own_names(location).values())
    if missing := names_to_record(location, await names.meanings(own)):
        await _say(location.id, missing, actor, names, events, ids)


async def _say(
    location_id: UUID | None, texts: Sequence[str], actor: Actor, names: LocationNames, events: Events, ids: Ids
) -> list[UUID]:
    batch_id = location_id
    for text in texts:
        name_id = ids.new()
        batch_id = batch_id or name_id
        await names.record(name_id, text, location_id, actor.id)
        events.record(LocationNamed(name_id))
    changed = await names.follow(texts)
    for event in LocationsFollowed.together(batch_id or ids.new(), changed):
        events.record(event)
    return changed
