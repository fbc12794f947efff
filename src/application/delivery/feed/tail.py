"""Waiting for events that are newer than what a consumer has read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from application.delivery.feed.queries import FeedReader
from application.kernel.units import StoreUnavailable
from domain.delivery.events import BEGINNING, Place
from domain.kernel.aggregate import DomainEvent

log = logging.getLogger("unified_dental.feed")

POLL = 0.5
"""Seconds between two looks at the store, which notice the events of other processes."""
PAUSE = 0.02
"""Seconds of rest after each look, however much is written."""


class FeedTail:
    """Tells everybody in this process who waits for events when there are some.

    While somebody waits, one statement for all of them looks for the newest event that can be read: again and again,
    and at once when this process has committed events.
    """

    def __init__(self, feed: FeedReader, poll: float = POLL) -> None:
        self._feed = feed
        self._poll = poll
        self._waiting: dict[asyncio.Future[None], Place] = {}
        self._looking: asyncio.Task[None] | None = None
        self._stirred: asyncio.Event | None = None

    def stir(self, events: Sequence[DomainEvent]) -> None:
        """This process has committed events: look at once. For `Bus.listen`."""
        if self._stirred is not None:
            self._stirred.set()

    def beyond(self, place: Place) -> asyncio.Future[None]:
        """Done once there is an event after the place. Cancel it to stop waiting."""
        awaited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[awaited] = place
        awaited.add_done_callback(self._waiting.pop)
        if self._looking is None or self._looking.done():
            self._stirred = asyncio.Event()
            self._looking = asyncio.create_task(self._look(self._stirred))
        else:
            self.stir(())
        return awaited

    async def _look(self, stirred: asyncio.Event) -> None:
        while self._waiting:
            stirred.clear()
            newest = await self._newest()
            for awaited, place in [*self._waiting.items()]:
                if newest > place and not awaited.done():
                    awaited.set_result(None)
            await asyncio.sleep(PAUSE)
            if self._waiting:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll):
                        await stirred.wait()

    async def _newest(self) -> Place:
        try:
            return (await self._feed.newest()).place
        except StoreUnavailable as error:
            log.warning("the database does not answer; waiting consumers wait on: %s", error)
        except Exception:
            log.exception("looking for new events failed; waiting consumers wait on")
        return BEGINNING
