"""What the supervisor passes to a worker, and what they send to each other."""

from __future__ import annotations

import signal

import msgspec

READY = b"r"
ALIVE = b"."
"""What a worker writes to its supervisor: once when it accepts connections, and each second."""
REFUSED = 128
"""The first of the bytes that say that the database refused a connection, to a pool that has this many less 128; the
supervisor passes them on to the other workers."""
RETIRE = signal.SIGUSR1
"""Stop, and wait for running requests for as long as they may take."""


class Plan(msgspec.Struct, frozen=True):
    """A worker's number, the descriptors of its listeners and of the channel to its supervisor, and the folder of the
    metrics.
    """

    number: int
    listeners: list[int]
    channel: int
    folder: str
    host: str
