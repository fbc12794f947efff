"""The same training is recorded once, also when the request is sent twice at the same time."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from application.evidence.records.commands import RecordExternalTraining
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.messages import Command
from contracts.backend import save
from contracts.make import a_published_module, a_user, later, uid, user_id
from domain.evidence.persons import Trainer
from domain.evidence.records import RecordedBefore
from integration.backends import ADMIN, SqlBackend

COMMANDS: dict[str, Command[Any]] = {
    "a session": RecordSession(
        uid(1), later(hours=-2), later(hours=-1), (Trainer("Dana"),), (NewAttendee(user_id(1)), NewAttendee(user_id(2)))
    ),
    "a certificate": RecordExternalTraining(user_id(1), "Basic life support", "Red Cross", date(2026, 2, 14)),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_of_many_requests_one_takes_effect(backend: SqlBackend, command: Command[Any]) -> None:
    await save(backend, *a_published_module(1), a_user(1), a_user(2))
    bus = backend.bus()
    outcomes = await asyncio.gather(*(bus.execute(command, ADMIN) for _ in range(8)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [type(outcome) for outcome in refused] == [RecordedBefore] * 7
    recorded = [UUID(str(row[0])) for row in await backend.sql("SELECT id FROM training_records")]
    for outcome in refused:
        assert any(f"record {each}" in str(outcome) for each in recorded)
    (counted,) = await backend.sql("SELECT count(*), count(DISTINCT user_id) FROM training_records")
    assert counted[0] == counted[1]
    told = [name for name, _, _ in await backend.outbox()]
    assert told.count("TrainingRecorded") == counted[0]
