"""A worker of its own process, for tests that kill it: `python -m faults.delivering_worker URL FILE`.

Its channel appends what it delivers to a file, a line each, which stands for the receiver.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from adapters.sql.kit.discovery import map_all
from adapters.system import SystemChance, SystemClock
from application.delivery.courier import Courier
from application.delivery.ports import EventLog
from domain.delivery.deliveries import Claim, Delivered, Outcome, Wanted
from domain.delivery.events import StoredEvent
from domain.delivery.retries import RetryPolicy
from integration.backends import opened

CHANNEL = "receiver"
TARGET = UUID(int=1)
LEASE = timedelta(seconds=2)


class Receiver:
    """Implements application.delivery.ports.Channel."""

    policy = RetryPolicy((timedelta(0),) * 100)
    deadline = LEASE
    concurrency = 5

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def wanted(self, events: Sequence[StoredEvent]) -> Sequence[Wanted]:
        return [Wanted(TARGET, event) for event in events]

    def full(self) -> Sequence[UUID]:
        return ()

    async def deliver(self, claim: Claim) -> Outcome:
        await asyncio.sleep(0.01)
        os.write(self._file, f"{claim.event.id} {claim.event.ordered_by} {claim.event.place.position}\n".encode())
        # It is killed here as often as elsewhere: when the receiver has it, and nobody knows.
        await asyncio.sleep(0.02)
        return Delivered()


async def work(url: str, path: str) -> None:
    """Deliver until killed."""
    map_all()
    async with opened(url) as backend:
        units, events = backend.units, backend.reader(EventLog)
        courier = Courier(
            CHANNEL, Receiver(path), units, events, SystemClock(), SystemChance(), margin=timedelta(seconds=0.5)
        )
        await courier.run(asyncio.Event(), grace=1, poll=0.02)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
