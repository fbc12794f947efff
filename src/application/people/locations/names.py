"""Which locations texts mean: reading and mapping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, administrators, compliance_officers, overseers
from application.kernel.handlers import handles
from application.kernel.lists import IdList
from application.kernel.messages import Command, Cursor, Page, PageSize, Query
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.people.locations.ports import LocationHistories, LocationNames
from application.people.meanings.ports import MeaningReader
from application.people.meanings.recording import MeaningRecorder
from domain.kernel.values import ShortName
from domain.people.location_names import (
    LocationNamed,
    LocationNameTaken,
    LocationsFollowed,
    names_to_record,
    own_names,
)
from domain.people.locations import LocationNotFound, LocationProfile
from domain.people.meanings import text_key


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

    @classmethod
    def of(cls, shown: list[tuple[str, int]], texts: int, people: int) -> UnmappedLocations:
        """The texts that are shown, each with how many people have it, and the numbers of all."""
        return cls([UnmappedLocation(*each) for each in shown], texts, people)


class LocationNameReader(MeaningReader[UUID, NamedLocation, UnmappedLocations], Protocol):
    """Reads which locations texts mean."""


@dataclass(frozen=True, slots=True)
class ListLocationNames(Query[Page[NamedLocation]]):
    """Texts with the location that they mean, newest first."""

    location_id: IdList = ()
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListLocationNames, allow=overseers)
async def list_location_names(query: ListLocationNames, actor: Actor, names: LocationNameReader) -> Page[NamedLocation]:
    """Show managers, compliance officers and administrators which texts mean which location.

    The code and the name of a location, now and earlier, are among them.
    """
    return await names.mapped(query.location_id, query.cursor, query.limit)


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
    command: MapLocationText,
    actor: Actor,
    locations: LocationHistories,
    names: LocationNames,
    events: Events,
    ids: Ids,
    clock: Clock,
) -> TextAsMapped:
    """Administrators say which location a text means: everybody with this text works there at once.

    Case, accents and space at the ends of a text do not count. Without a location, an earlier mapping is taken back.
    The code and the name of a location, planned ones too, always mean it. What a text meant earlier stays known, with
    who said so. The same mapping again changes nothing.
    """
    if command.location_id is not None:
        await locations.of(command.location_id, ids.new, alone=False)
    known = (await names.meanings([command.text])).get(text_key(command.text))
    meant = None if known is None else known.target
    if meant is not None and meant != command.location_id:
        history = await locations.of(meant, ids.new, alone=False)
        if text_key(command.text) in own_names(history.lasting(clock.now())):
            raise LocationNameTaken
    recorder = MeaningRecorder(names, LocationNamed, LocationsFollowed, actor, events, ids)
    people = await recorder.map(command.text, command.location_id, known)
    return TextAsMapped(command.text, command.location_id, people)


async def record_own_names(
    location_id: UUID, places: Sequence[LocationProfile], actor: Actor, names: LocationNames, events: Events, ids: Ids
) -> None:
    """Let these codes and names of the location mean it. Raises LocationCodeTaken and LocationNameTaken."""
    if missing := names_to_record(location_id, places, await names.meanings([*own_names(places).values()])):
        recorder = MeaningRecorder(names, LocationNamed, LocationsFollowed, actor, events, ids)
        await recorder.record(missing, location_id, location_id)
