"""Runs every contender on every case in turn, round after round, so that a noisy moment hits all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from bench.cases import ALONE, BARE, CONTENDERS, EVERYBODY, OURS, Case, Requests
from bench.changing import commits
from bench.dataset import FREE, Dataset
from bench.load import UNLIMITED, Load, WrongAnswers
from bench.postgres import EMPTY_OUTBOX, Postgres, run, value
from bench.results import Results, Sample
from bench.seed import seeded_until
from bench.servers import Running

WARM_UP = 0.4
PAIRS = 3
"""Of runs with and without what surrounds a request, in each round: they differ by less than one run from the next."""
EVERYTHING = 2**31
"""More requests than any file holds."""

COUNTED = {"W1": "module_enrollments", "W2": "training_modules"}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Field:
    """All that a run needs."""

    postgres: Postgres
    servers: Mapping[str, Running]
    databases: Mapping[str, str]
    """The URL of each contender's database."""
    data: Dataset
    requests: Requests
    load: Load
    pages: Sequence[str]
    """The query strings of the pages of modules, as ours takes them."""


def measure(field: Field, cases: Sequence[Case], results: Results, say: Say) -> None:
    """Fill in the samples of all rounds. Raises WrongAnswers."""
    todo = [(case, contender) for case in cases for contender in contenders_of(case, field.servers)]
    for number in range(results.rounds):
        for case in cases:
            names = contenders_of(case, field.servers)
            # Each round begins with another contender, since the first one finds an idle database.
            turn = number % len(names)
            for contender in names[turn:] + names[:turn]:
                seconds = results.seconds / 2 if case.asks else results.seconds
                results.add(case.name, contender, once(field, case, contender, seconds))
            if case.name == "R1" and BARE in field.servers:
                for contender in PAIRS * (ALONE, BARE):
                    results.add(case.name, contender, once(field, case, contender, results.seconds / 2))
        left = (results.rounds - number - 1) * len(todo) * (results.seconds + WARM_UP + 0.3)
        say(f"round {number + 1} of {results.rounds}, about {left:.0f} s left: {_so_far(results, cases)}")


def contenders_of(case: Case, servers: Mapping[str, Running]) -> list[str]:
    """Who is measured on the case."""
    if case is EVERYBODY:
        return [OURS] if OURS in servers else []
    return [name for name in CONTENDERS if name in servers]


def once(field: Field, case: Case, contender: str, seconds: float) -> Sample:
    """One run after a warm-up. What it has written is counted, and removed again."""
    server, file = field.servers[contender], field.requests.file(case, contender)
    limit = EVERYTHING if case.writes else UNLIMITED
    with commits(field.databases[contender], case.commits):
        warm = field.load.run(server, file, case.status, WARM_UP, limit=limit)
        server_before, database_before = server.cpu_seconds(), field.postgres.cpu_seconds()
        timed = field.load.run(server, file, case.status, seconds, first=warm.next, limit=limit)
        server_cpu = server.cpu_seconds() - server_before
        database_cpu = field.postgres.cpu_seconds() - database_before
    if case.writes:
        asyncio.run(_check_rows(field, case, contender, warm.answered + timed.answered))
        asyncio.run(restore(field.databases[contender], field.data))
    return Sample(
        timed.per_second,
        timed.p50_ms,
        timed.p99_ms,
        server_cpu / timed.answered * 1e6,
        database_cpu / timed.answered * 1e6,
    )


async def restore(url: str, data: Dataset) -> None:
    """Make the tables what they were, for the next run to find."""
    newer = f"created_at > '{seeded_until(data)}'"
    connection = await asyncpg.connect(url)
    try:
        free = [data.users[number].id for number in FREE]
        await connection.execute("DELETE FROM module_enrollments WHERE user_id = ANY ($1)", free)
    finally:
        await connection.close()
    await run(
        url,
        EMPTY_OUTBOX,
        f"DELETE FROM module_sections WHERE module_id IN (SELECT id FROM training_modules WHERE {newer})",
        f"DELETE FROM training_modules WHERE {newer}",  # our own words
        "VACUUM module_enrollments, module_sections, training_modules",
    )


async def _check_rows(field: Field, case: Case, contender: str, answered: int) -> None:
    """Every answer 201 must have left its row and its event. Raises WrongAnswers."""
    url, table = field.databases[contender], COUNTED[case.name]
    before = len(field.data.enrollments if case.name == "W1" else field.data.modules)
    rows = await value(url, f"SELECT count(*) FROM {table}") - before  # our own words
    events = await value(url, "SELECT count(*) FROM outbox_events")
    if not rows == events == answered:
        raise WrongAnswers(f"{contender}, {case.name}: {answered} answers, {rows} rows and {events} events")


def _so_far(results: Results, cases: Sequence[Case]) -> str:
    told = []
    for case in cases:
        last = {name: samples[-1].per_second for name, samples in results.samples.get(case.name, {}).items()}
        told.append(f"{case.name} " + " ".join(f"{name} {speed:.0f}" for name, speed in last.items()))
    return "; ".join(told)
