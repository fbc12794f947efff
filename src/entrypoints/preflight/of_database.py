"""Checks of the database, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from application.delivery.ports import DeliveryReader
from application.kernel.units import StoreUnavailable, StoreWithoutRights
from entrypoints.preflight.findings import Finding
from entrypoints.preflight.inspection import Inspection
from entrypoints.preflight.of_people import invented_people

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service

TOLERABLE_SKEW = timedelta(seconds=5)
"""Synchronized clocks differ by less; at 60 seconds the service is not ready."""
PATIENCE = 10.0
"""Seconds that the check of readiness waits for the database."""
IDLE = timedelta(hours=1)
"""Several jobs are due every minute."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked."""

    service: Service
    database: Inspection
    workers: int


Check = Callable[[Subject], Awaitable[Sequence[Finding]]]


async def pooler(subject: Subject) -> list[Finding]:
    """DATABASE_POOLER decides whether state is kept on a connection, which a pooler may give to another client."""
    found = await subject.database.pooler()
    return [] if found is None else [Finding("pooler", found[1], found[0])]


async def migration(subject: Subject) -> list[Finding]:
    """The service works only with the migration that it was made for."""
    detail, problems = await subject.database.migration()
    return [Finding("migration", problems, detail, grave=True)]


async def readiness(subject: Subject) -> list[Finding]:
    """What `/health/ready` would say; the migration has a check of its own."""
    problems = await subject.service.readiness.problems(PATIENCE)
    return [Finding("readiness", problems, "it answers, and can be written", grave=True)]


async def protection(subject: Subject) -> list[Finding]:
    """How PostgreSQL, which others may connect to, is protected, and whether evidence is immutable."""
    return [
        Finding(topic, problems, PROTECTED.get(topic, ""))
        for topic, problems in (await subject.database.protection()).items()
    ]


PROTECTED = {
    "schema": "complete, and nothing else is in it",
    "row level security": "on for every table",
    "rights of other roles": "none",
    "rights of the service": "all that it needs, and no more",
    "role of the service": "no rights beyond the schema",
    "reading roles": "none, or what reports need, and no more",
    "immutable evidence": "all triggers are there",
}


async def connections(subject: Subject) -> list[Finding]:
    """Whether the server, the role and the database allow as many connections as the pools may open."""
    found = await subject.database.capacity(subject.workers)
    return [] if found is None else [Finding("connections", found[1], found[0])]


async def replica(subject: Subject) -> list[Finding]:
    """Whether the replica can be used for lists and reports; without it they come from the primary."""
    found = await subject.database.replica()
    return [] if found is None else [Finding("replica", found[1], found[0])]


async def order_of_events(subject: Subject) -> list[Finding]:
    """Whether new events will be read after those that are stored."""
    problems = await subject.database.order_of_events()
    return [Finding("order of events", problems, "new events come after the stored ones", grave=True)]


async def clocks(subject: Subject) -> list[Finding]:
    """The database's clock ages idempotency keys, this machine's clock sets deadlines and sessions."""
    problems = await subject.database.clock_problems(TOLERABLE_SKEW)
    return [Finding("clocks", problems, f"they differ by less than {TOLERABLE_SKEW.seconds} seconds")]


async def people(subject: Subject) -> list[Finding]:
    """Whether the database has no fictional people of the demonstration."""
    problem = await invented_people(subject.service)
    return [Finding("people", [problem] if problem else [], "none were invented by the demonstration")]


async def worker(subject: Subject) -> list[Finding]:
    """Whether anything delivers events and does the scheduled jobs. Before the first start nothing has yet."""
    service = subject.service
    if service.settings.works_in_server:
        return [Finding("worker", detail="processes that serve do its work")]
    deliveries: DeliveryReader = service.resolve(DeliveryReader)
    worked_at = (await deliveries.last_run()).finished_at
    is_idle = worked_at is None or service.clock.now() - worked_at > IDLE
    return [Finding("worker", [NO_WORKER] if is_idle else [], "it has done a job within the last hour", mild=True)]


NO_WORKER = (
    "no scheduled job was done within the last hour, and no events are delivered meanwhile; start `unified-dental "
    "worker` beside `serve`"
)


CATALOGS: Sequence[Check] = (migration, protection, connections, replica, clocks)
"""These use connections of their own and the server's catalogues: DATABASE_POOLER and grants do not matter."""
TABLES: Sequence[Check] = (readiness, order_of_events, people, worker)
"""These use the tables as the service does."""
BEFORE: Mapping[Check, Sequence[str]] = {
    protection: ("migration",),
    order_of_events: ("migration", "grants"),
    readiness: ("pooler", "migration", "grants"),
    people: ("pooler", "migration", "grants"),
    worker: ("pooler", "migration", "grants"),
}
"""What must be right before a check can find anything else."""


async def database_findings(service: Service, workers: int) -> list[Finding]:
    """The results of all checks of the database; a check that cannot be made is named, with the reason."""
    async with service.inspection() as database:
        subject = Subject(service, database, workers)
        found: list[Finding] = []
        try:
            found += await pooler(subject)
            found.insert(0, Finding("database", detail=await database.server()))
        except StoreUnavailable as error:
            problem = f"{error}; check DATABASE_URL, and that the database is up"
            first = found if found and found[0].problems else [Finding("database", [problem], grave=True)]
            return [*first, *(_skipped(check, "the database cannot be used") for check in (*CATALOGS, *TABLES))]
        for check in (*CATALOGS, *TABLES):
            wrong = {finding.topic for finding in found if finding.problems}
            before = sorted(wrong.intersection(BEFORE.get(check, ())))
            if before:
                found.append(_skipped(check, f"correct {before[0]} first"))
            else:
                found += await _made(check, subject)
    return found


async def _made(check: Check, subject: Subject) -> Sequence[Finding]:
    try:
        return await check(subject)
    except StoreWithoutRights as error:
        return [Finding("grants", [f"{error}; run `unified-dental migrate`, which grants it"], grave=True)]
    except StoreUnavailable as error:
        return [Finding(_name(check), [str(error)], grave=True)]


def _skipped(check: Check, why: str) -> Finding:
    return Finding(_name(check), skipped=why)


def _name(check: Check) -> str:
    return getattr(check, "__name__", "").replace("_", " ")
