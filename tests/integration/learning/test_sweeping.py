"""Several processes sweep at once, while its learner hands in an attempt whose time is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from application.assessment.commands import SubmitAttempt
from application.assessment.queries import AttemptReader
from application.kernel.access import EVERYONE, Actor
from application.learning.enrollments.commands import EnrollUsers
from application.learning.progress.queries import ProgressReader
from application.learning.sweeping import sweep
from domain.kernel.roles import Role
from integration.backends import SqlBackend
from kit.histories import History
from kit.surroundings import FixedClock


async def test_what_is_due_takes_effect_once(backend: SqlBackend) -> None:
    clock = FixedClock()
    bus = backend.bus(clock)
    history = History(bus, clock, backend.reader(ProgressReader), backend.reader(AttemptReader))
    await history.begin()
    module, (ana, ben) = history.modules[0], history.people
    await history.send(EnrollUsers(module, (ana, ben)))
    for person in (ana, ben):
        await history.complete(module, person, 0)
    clock.advance(timedelta(minutes=11))
    for person in (ana, ben):
        await history.attempt(module, person, 2)
    clock.advance(timedelta(minutes=3))
    page = await history.attempts.of_enrollment(EVERYONE, module, ana, None, 1)
    assert page is not None
    handing_in = bus.execute(SubmitAttempt(page.items[0].id), Actor(ana, Role.AUTHENTICATED))
    sweeps = asyncio.gather(*(sweep(bus) for _ in range(4)))
    await asyncio.gather(handing_in, sweeps)
    assert [each.failed for each in sweeps.result()] == [0] * 4
    told = Counter(name for name, _, _ in await backend.outbox())
    assert told["AttemptGraded"] == 2
    # Whom nobody has given a name waits for it.
    assert (told["ModuleCompleted"], told["TrainingRecorded"], told["CertificateIssued"]) == (1, 1, 1)
    await history.require_nothing_is_due()
