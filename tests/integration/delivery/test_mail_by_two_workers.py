"""Two workers at once on a database: everybody is notified once, from the reminder to the answer of the mail server."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from adapters.sql.kit.engine import Database
from application.compliance.ports import ObligationKey
from application.delivery.notices.deciding import CountMissedReminders
from application.delivery.notices.queries import CountNotices
from application.kernel.access import Actor
from contracts.backend import save
from contracts.compliance.obligation_states import OWED, say
from contracts.compliance.requirements import a_requirement, approved, drafted, requirement_id
from contracts.make import a_user, user_id
from entrypoints.bootstrap import Service, bootstrap
from integration.backends import SqlBackend
from integration.running import settings_for
from kit.surroundings import NOON, FixedClock
from worlds.post_office import RecordingMailer

PEOPLE = range(1, 13)


async def test_each_is_sent_once(url: str, database: Database, backend: SqlBackend) -> None:
    await save(backend, *(a_user(n) for n in PEOPLE), *(approved(drafted(a_requirement(n))) for n in (1, 2)))
    soon = replace(OWED, until=None, due_on=NOON.date() + timedelta(days=7), opened_on=NOON.date() - timedelta(days=90))
    await say(backend, {ObligationKey(user_id(n), requirement_id(rule)): (soon,) for n in PEOPLE for rule in (1, 2)})
    clock, mailer = FixedClock(), RecordingMailer()
    settings = settings_for(url).model_copy(update={"quiet_hours": "00:00-00:00"})
    services = [bootstrap(settings, clock=clock, mailer=mailer) for _ in range(2)]
    try:
        await asyncio.gather(*(_work(each) for each in services))
        clock.advance(timedelta(hours=1))
        await asyncio.gather(*(_work(each) for each in services))
        bus = services[0].bus
        counts = await bus.ask(CountNotices(), Actor.system())
        missed = await bus.ask(CountMissedReminders(), Actor.system())
    finally:
        for each in services:
            await each.close()
    assert Counter(letter.to for letter in mailer.sent) == {f"user{n}@example.com": 1 for n in PEOPLE}
    assert {len(letter.lines) for letter in mailer.sent} == {2}
    assert [(each.kind, each.state, each.number) for each in counts] == [("due", "sent", 2 * len(PEOPLE))]
    assert missed == 0


async def _work(service: Service) -> None:
    await service.worker(lambda channel, result: None).once()
