"""Measures compliance on one database, in a process of its own: prints what it took as JSON.

Run as a program with the settings of the service, and the last day of the group's history.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from application.compliance.obligations.marks import work_off
from application.compliance.obligations.reconciling import ReconcileObligations
from application.compliance.obligations.todo import ReadClearances, ReadToDo
from application.compliance.requirements.versions import ApproveVersion, DraftVersion
from application.evidence.records.commands import RecordExternalTraining
from application.kernel.access import Actor
from application.reporting.obligation_reports import ReadCompliance
from application.reporting.obligation_rows import Grouping
from bench.contenders.derived import Derived
from bench.group.rows import night_of
from bench.group.training import Rule, rules
from bench.roster_night import FixedClock
from domain.compliance.requirement import RunningCycles
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.settings import load

TIMES = 5
"""How often a report is read; the median counts."""
ASKED = 200
"""People whose to-do is read."""
SAMPLE = 200
"""People whom the peers derive."""
CHANGED = 100
"""People who complete a course on an ordinary day."""
DEPARTMENTS = """
SELECT department, label, count(*), count(DISTINCT user_id) FROM training.obligation_states
WHERE superseded_at IS NULL AND from_day <= $1 AND (until IS NULL OR until >= $1) GROUP BY 1, 2
"""
"""The bare statement under a report, on the same rows."""


@dataclass(frozen=True, slots=True)
class ComplianceCost:
    """What everything took. Times are seconds, those of single answers milliseconds."""

    people: int
    rows: int
    first_s: float
    ordinary_ms: float
    """For one completion of a course, with everything that follows from it."""
    change_s: float
    moved: int
    """Rows that differ after the rule has changed."""
    report_ms: float
    bare_ms: float
    past_ms: float
    past_bare_ms: float
    to_do_ms: float
    clearances_ms: float
    derived_person_ms: float


async def costs(url: str, day: date) -> ComplianceCost:
    service = bootstrap(load(), clock=FixedClock(night_of(day + timedelta(days=1))))
    bare = await asyncpg.connect(url)
    derived = Derived(url, rules())
    try:
        # The first approval of all is about everybody, who are computed right after.
        await _approve(service, rules()[-1], day)
        await bare.execute("DELETE FROM training.recomputations")
        first_s, people = await _first(service)
        rows = await bare.fetchval("SELECT count(*) FROM training.obligation_states")
        everybody = [row[0] for row in await bare.fetch("SELECT id FROM training.users WHERE is_active ORDER BY id")]
        chosen = random.Random(1).sample(everybody, min(ASKED, len(everybody)))
        await bare.execute("VACUUM ANALYZE training.obligation_states")
        ordinary_ms = await _ordinary(service, chosen[:CHANGED], day)
        change_s, moved = await _rule_change(service, day)
        past = day - timedelta(days=730)
        return ComplianceCost(
            people,
            rows,
            first_s,
            ordinary_ms,
            change_s,
            moved,
            report_ms=await _best(lambda: _report(service, day)),
            bare_ms=await _best(lambda: bare.fetch(DEPARTMENTS, day)),
            past_ms=await _best(lambda: _report(service, past)),
            past_bare_ms=await _best(lambda: bare.fetch(DEPARTMENTS, past)),
            to_do_ms=await _each(chosen, lambda who: service.bus.ask(ReadToDo(who), Actor.system())),
            clearances_ms=await _each(chosen, lambda who: service.bus.ask(ReadClearances(who), Actor.system())),
            derived_person_ms=await _each(chosen[:SAMPLE], lambda who: derived.owes(who, day)),
        )
    finally:
        await derived.close()
        await bare.close()
        await service.close()


async def _first(service: Service) -> tuple[float, int]:
    """Everybody, from nothing."""
    started, people, after = time.perf_counter(), 0, None
    while True:
        done = await service.bus.execute(ReconcileObligations(after), Actor.system())
        people += done.people
        after = done.next
        if after is None:
            return time.perf_counter() - started, people


async def _ordinary(service: Service, chosen: list[UUID], day: date) -> float:
    """Some people complete a course, one after the other."""
    took = []
    for who in chosen:
        command = RecordExternalTraining(
            who,
            title="Course",
            module_id=rules()[0].module_id,
            issuer="Dana",
            completed_on=day,
        )
        started = time.perf_counter()
        await service.bus.execute(command, Actor.system())
        took.append(time.perf_counter() - started)
    return median(took) * 1_000


async def _rule_change(service: Service, day: date) -> tuple[float, int]:
    """The rule of a state takes another interval, and everybody under it moves."""
    started = time.perf_counter()
    await _approve(service, next(each for each in rules() if each.column == "state"), day)
    rows = await work_off(service.bus)
    return time.perf_counter() - started, rows


async def _approve(service: Service, rule: Rule, day: date) -> None:
    """Draft and approve another version of the rule."""
    author, officer = (Actor(who, Role.COMPLIANCE) for who in (rule.id, rule.module_id))
    await service.bus.execute(
        DraftVersion(rule.id, day, "Every two years.", rule.terms(24), RunningCycles.TAKE), author
    )
    await service.bus.execute(ApproveVersion(rule.id, 2, acknowledge=True), officer)


async def _report(service: Service, day: date) -> None:
    query = ReadCompliance((Grouping.DEPARTMENT,), as_of=day)
    file = await service.bus.ask(query, Actor.system())
    async for _ in file.chunks:
        pass


async def _best(work: Callable[[], Awaitable[Any]]) -> float:
    took = []
    for _ in range(TIMES):
        started = time.perf_counter()
        await work()
        took.append(time.perf_counter() - started)
    return median(took) * 1_000


async def _each(chosen: list[UUID], work: Callable[[UUID], Awaitable[Any]]) -> float:
    took = []
    for who in chosen:
        started = time.perf_counter()
        await work(who)
        took.append(time.perf_counter() - started)
    return median(took) * 1_000


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(costs(sys.argv[1], date.fromisoformat(sys.argv[2]))))))
