"""Measures compliance on one database, in a process of its own: prints what it took as JSON.

Run as a program with the settings of the service, and the last day of the group's history.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Connection

from application.compliance.obligations.marks import work_off
from application.compliance.obligations.queries import ListObligations
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
from domain.compliance.standing import Label
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.cli.reconciling import reconcile
from entrypoints.settings import load

TIMES = 9
"""How often a report is read, in turn with the bare statement; the median counts."""
ASKED = 200
"""People whose to-do is read, and locations whose lists are."""
SAMPLE = 200
"""People whom the peers derive."""
CHANGED = 100
"""People who complete a course on an ordinary day."""
LABELS = [label for label in Label if label is not Label.NOT_APPLICABLE]
BARE = f"""
SELECT department, count(DISTINCT user_id) AS people,
       {", ".join(f"count(*) FILTER (WHERE label = '{label}') AS {label}" for label in LABELS)}
FROM training.obligation_states
WHERE superseded_at IS NULL AND daterange(from_day, until, '[]') @> $1::date GROUP BY department
"""
"""The bare statement under a report: the same rows, and the same numbers, which is checked."""
EVERY = 60.0
"""Seconds between lines about how far the first computation has come."""


@dataclass(frozen=True, slots=True)
class ComplianceCost:
    """What everything took. Times are seconds, those of single answers milliseconds."""

    processes: int
    people: int
    rows: int
    mib: float
    """Size of the table of obligations with its indexes."""
    first_s: float
    ordinary_ms: float
    """For one completion of a course, with everything that follows from it."""
    change_s: float
    moved: int
    """Rows that differ after the rule has changed."""
    moved_people: int
    report_ms: float
    bare_ms: float
    past_ms: float
    past_bare_ms: float
    to_do_ms: float
    clearances_ms: float
    list_ms: float
    """The first page of what the people of a location owe."""
    derived_person_ms: float


async def costs(url: str, day: date, processes: int) -> ComplianceCost:
    service = bootstrap(load(), clock=FixedClock(night_of(day + timedelta(days=1))))
    bare = await asyncpg.connect(url)
    derived = Derived(url, rules())
    try:
        # The first approval of all is about everybody, who are computed right after.
        await _approve(service, rules()[-1], day)
        await bare.execute("DELETE FROM training.recomputations")
        first_s, people = await _first(service, processes)
        rows = await bare.fetchval("SELECT count(*) FROM training.obligation_states")
        mib = await bare.fetchval("SELECT pg_total_relation_size('training.obligation_states')") / 2**20
        _say(f"computed: {people:,} people in {first_s:.0f} s, {rows:,} rows, {mib:,.0f} MiB")
        everybody = [row[0] for row in await bare.fetch("SELECT id FROM training.users WHERE is_active ORDER BY id")]
        places = [row[0] for row in await bare.fetch("SELECT id FROM training.locations ORDER BY id")]
        chosen = random.Random(1).sample(everybody, min(ASKED, len(everybody)))
        where = random.Random(1).sample(places, min(ASKED, len(places)))
        await bare.execute("VACUUM ANALYZE training.obligation_states")
        ordinary_ms = await _ordinary(service, chosen[:CHANGED], day)
        _say(f"one completion: {ordinary_ms:.1f} ms")
        to_do_ms = await _each(chosen, lambda who: service.bus.ask(ReadToDo(who), Actor.system()))
        clearances_ms = await _each(chosen, lambda who: service.bus.ask(ReadClearances(who), Actor.system()))
        list_ms = await _each(
            where, lambda place: service.bus.ask(ListObligations(location_id=(place,)), Actor.system())
        )
        _say(f"to do: {to_do_ms:.1f} ms, clearances: {clearances_ms:.1f} ms, of a location: {list_ms:.1f} ms")
        report_ms, bare_ms = await _report_and_bare(service, bare, day)
        past_ms, past_bare_ms = await _report_and_bare(service, bare, day - timedelta(days=730))
        _say(
            f"report: {report_ms:.0f} ms (bare {bare_ms:.0f}), of two years ago: {past_ms:.0f} ms ({past_bare_ms:.0f})"
        )
        derived_person_ms = await _each(chosen[:SAMPLE], lambda who: derived.owes(who, day))
        change_s, moved, moved_people = await _rule_change(service, bare, day)
        _say(f"a rule changes: {change_s:.1f} s, {moved:,} rows of {moved_people:,} people")
        return ComplianceCost(
            processes=processes,
            people=people,
            rows=rows,
            mib=mib,
            first_s=first_s,
            ordinary_ms=ordinary_ms,
            change_s=change_s,
            moved=moved,
            moved_people=moved_people,
            report_ms=report_ms,
            bare_ms=bare_ms,
            past_ms=past_ms,
            past_bare_ms=past_bare_ms,
            to_do_ms=to_do_ms,
            clearances_ms=clearances_ms,
            list_ms=list_ms,
            derived_person_ms=derived_person_ms,
        )
    finally:
        await derived.close()
        await bare.close()
        await service.close()


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


async def _first(service: Service, processes: int) -> tuple[float, int]:
    """Everybody, from nothing, as `unified-dental reconcile` does it."""
    started = said = time.perf_counter()
    people = lately = 0

    def advance(number: int) -> None:
        nonlocal people, lately, said
        people, lately, now = people + number, lately + number, time.perf_counter()
        if now - said >= EVERY:
            _say(f"{now - started:6.0f} s: {people:9,} people, {lately / (now - said):.0f} people/s lately")
            lately, said = 0, now

    found = await reconcile(service, False, _say, processes, advance)
    if found.failed:
        raise RuntimeError(f"not computed: {found.failed[:3]}")
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


async def _rule_change(service: Service, bare: Connection, day: date) -> tuple[float, int, int]:
    """The rule of a state takes another interval, and everybody under it moves: the rows and the people who differ."""
    before = await bare.fetchval("SELECT now()")
    started = time.perf_counter()
    await _approve(service, next(each for each in rules() if each.column == "state"), day)
    rows = await work_off(service.bus)
    took = time.perf_counter() - started
    people = await bare.fetchval(
        "SELECT count(DISTINCT user_id) FROM training.obligation_states WHERE superseded_at > $1", before
    )
    return took, rows, people


async def _approve(service: Service, rule: Rule, day: date) -> None:
    """Draft and approve another version of the rule."""
    author, officer = (Actor(who, Role.COMPLIANCE) for who in (rule.id, rule.module_id))
    await service.bus.execute(
        DraftVersion(rule.id, day, "Every two years.", rule.terms(24), RunningCycles.TAKE), author
    )
    await service.bus.execute(ApproveVersion(rule.id, 2, acknowledge=True), officer)


async def _report_and_bare(service: Service, bare: Connection, day: date) -> tuple[float, float]:
    """A report and the bare statement, in turn, so that both are planned and cached alike."""
    took, bare_took = list[float](), list[float]()
    for _ in range(TIMES):
        started = time.perf_counter()
        report = await _report(service, day)
        middle = time.perf_counter()
        found = await bare.fetch(BARE, day)
        bare_took.append(time.perf_counter() - middle)
        took.append(middle - started)
        if _numbers(report["items"]) != _numbers(found):
            raise RuntimeError(f"the report of {day} and the bare statement differ")
    return median(took) * 1_000, median(bare_took) * 1_000


async def _report(service: Service, day: date) -> Any:
    file = await service.bus.ask(ReadCompliance((Grouping.DEPARTMENT,), as_of=day), Actor.system())
    return json.loads(b"".join([chunk async for chunk in file.chunks]))


def _numbers(rows: Iterable[Mapping[str, Any]]) -> dict[str | None, tuple[int, ...]]:
    """The numbers of each department."""
    return {row["department"]: (row["people"], *(row[label] for label in LABELS)) for row in rows}


async def _each(chosen: list[UUID], work: Callable[[UUID], Awaitable[Any]]) -> float:
    took = []
    for who in chosen:
        started = time.perf_counter()
        await work(who)
        took.append(time.perf_counter() - started)
    return median(took) * 1_000


async def _main(url: str, day: str, processes: str) -> ComplianceCost:
    return await costs(url, date.fromisoformat(day), int(processes))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(_main(*sys.argv[1:])))))
