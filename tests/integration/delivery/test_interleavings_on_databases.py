"""The random interleavings of workers that crash, on real databases: each step does what the model says."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from application.delivery.ports import EventLog
from faults.rounds import rounds
from integration.backends import SqlBackend
from kit.measured import Measured
from worlds.delivery import Office
from worlds.interleavings import Interleaving, Tally


@pytest.mark.fault("random interleavings of worker crashes, on SQLite and PostgreSQL")
async def test_random_interleavings(backend: SqlBackend, measured: Measured) -> None:
    office, tally = Office(), Tally()
    office.units, office.events = backend.units, backend.reader(EventLog)
    try:
        for seed in rounds(4, 200):
            await Interleaving(office, seed, tally).run()
    finally:
        measured(**asdict(tally))
