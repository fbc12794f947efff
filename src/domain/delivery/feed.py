"""The feed of events: cursors, and until when one can go on from a cursor."""

from __future__ import annotations

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.delivery.events import Place
from domain.kernel.aggregate import EVENTS_STAY
from domain.kernel.errors import Gone, InvalidValue

CURSOR_PATTERN = r"events\.[A-Za-z0-9_-]{27}"
LATEST = "latest"
"""Stands for the present end of the feed: only newer events follow."""
NOT_A_CURSOR = (
    "is not a cursor of this feed; send `next_cursor` back unchanged, or `latest` for new events only, or leave it out "
    "to begin with the oldest event"
)
SURELY_KEPT = EVENTS_STAY - timedelta(days=1)
"""Nothing after a cursor of this age has been deleted. The day allows for clocks that differ and for transactions that
took long, whose events happened earlier than their order says.
"""

_FORM = struct.Struct(">QQI")
_LARGEST = 2**63 - 1
AFTER_ALL = Place(_LARGEST, _LARGEST)
"""Beyond every event."""


class EventsGone(Gone):
    """Events after the cursor may have been deleted, or the cursor is of another state of the database."""

    slug = "events-gone"
    title = "Events after this cursor are gone"
    sentence = (
        "Events after this cursor are no longer kept, or the database was restored from a backup. Get a new cursor "
        "with `after=latest`, read the lists again, then go on from that cursor."
    )


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A place in the feed, after which reading goes on.

    `at` is the time of the event there or, at the end of the feed, when the end was read (UTC, in whole seconds): all
    that follows happened later, except for differences of clocks.
    """

    place: Place
    at: datetime

    @classmethod
    def of(cls, text: str) -> FeedCursor:
        """The cursor that this text stands for. Raises InvalidValue."""
        if not re.fullmatch(CURSOR_PATTERN, text):
            raise InvalidValue(NOT_A_CURSOR, "after")
        transaction_id, position, seconds = _FORM.unpack(urlsafe_b64decode(text.partition(".")[2] + "="))
        if max(transaction_id, position) > _LARGEST:
            raise InvalidValue(NOT_A_CURSOR, "after")
        return cls(Place(transaction_id, position), datetime.fromtimestamp(seconds, UTC))

    @property
    def text(self) -> str:
        """The cursor as consumers see it."""
        seconds = max(0, int(self.at.timestamp()))
        raw = _FORM.pack(self.place.transaction_id, self.place.position, seconds)
        return "events." + urlsafe_b64encode(raw).decode().rstrip("=")

    def require_kept(self, oldest: Place | None, end: Place, now: datetime) -> None:
        """Raises EventsGone unless everything that ever followed is still there.

        `oldest` is the place of the oldest event kept, None if there is none; `end` is the end of the feed, beyond
        which no cursor of this database can be.
        """
        may_be_deleted = now - self.at >= SURELY_KEPT and (oldest is None or self.place < oldest)
        if may_be_deleted or self.place > end:
            raise EventsGone
