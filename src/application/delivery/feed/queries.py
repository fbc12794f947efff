"""Reading the feed of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from application.delivery.event_types import FORMER, event_types
from application.kernel.access import Actor, ActorKind, administrators
from application.kernel.handlers import handles
from application.kernel.lists import NameList
from application.kernel.messages import PageSize, Query, RawJson
from application.kernel.ports import Clock
from domain.delivery.events import BEGINNING, Place
from domain.delivery.feed import AFTER_ALL, CURSOR_PATTERN, LATEST, NOT_A_CURSOR, EventsGone, FeedCursor
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Between, Text

After = Annotated[str, Text(40, pattern=f"{LATEST}|{CURSOR_PATTERN}", hint=NOT_A_CURSOR)]
LONGEST_WAIT = 30


@dataclass(slots=True)
class EventActor:
    """Who caused an event: a user, a service account, or the service itself, which has no id.

    `kind` is null in events from before there were service accounts.
    """

    id: UUID | None
    kind: ActorKind | None


@dataclass(slots=True)
class EventView:
    """Something that happened.

    `data` has the fields that the schema of its `name` describes. `subject_id` is the changed object, `learner_id` the
    one user whom the event is about, null for events about several or none. `cursor` is the place in the feed.
    """

    id: UUID
    name: str
    schema_version: int
    occurred_at: datetime
    subject_id: UUID
    learner_id: UUID | None
    actor: EventActor
    data: Annotated[Mapping[str, Any], RawJson(dict[str, Any])]
    cursor: str


@dataclass(slots=True)
class EventPage:
    """Events, oldest first. `next_cursor` is never null: send it as `after` to read on, also if there are no items."""

    items: list[EventView]
    next_cursor: str


@dataclass(slots=True)
class FedEvent:
    """An event as the feed reads it, with its place."""

    transaction_id: int
    position: int
    id: UUID
    name: str
    schema_version: int
    occurred_at: datetime
    subject_id: UUID
    learner_id: UUID | None
    actor_id: UUID | None
    actor_kind: str | None
    data: Annotated[Mapping[str, Any], RawJson(dict[str, Any])]

    @property
    def place(self) -> Place:
        return Place(self.transaction_id, self.position)


@dataclass(slots=True)
class Extract:
    """Some events in their order, and of the whole feed: the place of the oldest event, and the end.

    What is written later comes after the end. `oldest` is None when there are no events.
    """

    events: Sequence[FedEvent]
    oldest: Place | None
    end: Place


@dataclass(slots=True)
class Newest:
    """The place of the newest event that can be read; the beginning when there is none."""

    place: Place


class FeedReader(Protocol):
    """Reads events in an order in which none can appear before one that has been read (decision 19)."""

    async def read(self, after: Place, names: Sequence[str], limit: int) -> Extract:
        """At most so many events after this place; with names only those that have one of them."""

    async def newest(self) -> Newest:
        """The newest event that can be read."""


@dataclass(frozen=True, slots=True)
class ReadEvents(Query[EventPage]):
    """The events after a place in the feed, oldest first.

    `wait` is for the HTTP edge, which asks again when there are new events; the handler never waits.
    """

    after: After | None = None
    name: NameList = ()
    limit: PageSize = 50
    wait: Annotated[int, Between(0, LONGEST_WAIT)] = 0

    def require_sense(self) -> None:
        for index, name in enumerate(self.name):
            if name not in event_types() and name not in FORMER:
                raise InvalidValue("is not the name of an event; `/schema/events.json` lists them", "name", index)


@handles(ReadEvents, allow=administrators, raises=(EventsGone,))
async def read_events(query: ReadEvents, actor: Actor, feed: FeedReader, clock: Clock) -> EventPage:
    """Show administrators, and service accounts with the scope `events:read`, what has happened, each event once and
    in a fixed order: nothing appears later before what was read. Without `after` the feed begins with the oldest event
    kept; `after=latest` answers no events, and a cursor for those to come.
    """
    now = clock.now()
    cursor = None if query.after is None or query.after == LATEST else FeedCursor.of(query.after)
    place = cursor.place if cursor else AFTER_ALL if query.after == LATEST else BEGINNING
    extract = await feed.read(place, query.name, query.limit)
    if cursor is not None:
        cursor.require_kept(extract.oldest, extract.end, now)
    events = extract.events
    following = FeedCursor(extract.end, now)
    if len(events) == query.limit:
        following = FeedCursor(events[-1].place, events[-1].occurred_at)
    return EventPage([_shown(each) for each in events], following.text)


def _shown(event: FedEvent) -> EventView:
    return EventView(
        event.id,
        event.name,
        event.schema_version,
        event.occurred_at,
        event.subject_id,
        event.learner_id,
        EventActor(event.actor_id, None if event.actor_kind is None else ActorKind(event.actor_kind)),
        event.data,
        FeedCursor(event.place, event.occurred_at).text,
    )
