"""Writes docs/performance.md from the results: ratios first, since they alone mean something elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.cases import AT_REST, BARE, CASES, COMMITS, EVERYBODY
from bench.chart import Bar
from bench.results import Footprint, Results, Spread, ratio
from bench.targets import NAMES, overhead_of, targets, times

TITLE = "Requests per second of the service against other designs"

APART = "The server has a core of its own; the database and the load generator share the other one."
CHANGING = (
    f"R2 and R3 are measured while {COMMITS} transactions per second are committed, each of which changes a module "
    "that the lists show, and once more at rest."
)
METHOD = """\
## How it is measured

`make bench` starts a PostgreSQL of its own (the wheel that the tests use, with its defaults: `fsync` is on), fills it
with 2,000 modules of 8 sections of 600 to 1,200 characters, 5,000 users and 50,000 enrollments, and starts one server
process for each contender. {cores}
{connections} connections send prepared requests, each as soon as the one before it is answered: other modules, pages
and users each time, with signed tokens of 500 learners, 20 compliance officers and 20 authors.

- **ours** is `unified-dental serve` as in production: tokens verified, policies, request ids, metrics and the access
  log on.
- **the guide's design** is the data guide written out (`bench/contenders/guide.py`): FastAPI, declarative models,
  collections loaded by `selectin`, Pydantic answers, uvicorn.
- **tuned** is the same loading only what is shown (`joinedload`, `raiseload`, no refresh).
- **the floor** is one ASGI function on asyncpg (`bench/contenders/floor.py`) that sends the statements of ours, and
  for each write a single one.

None of the others asks who is asking. All have up to 32 connections to the database, and the same HTTP parser and
event loop. Before anybody is timed, every answer of ours and the floor to the reads, every fourth of the guide's
designs, and a few to the writes are compared with the seeded rows; while timing, each answer's status is checked, and
after each run of writes the rows and outbox events are counted, and removed. Contenders take turns within each round;
there were {rounds}, with runs of {seconds:g} seconds. A ratio is that of two runs of the same round; figures are
medians, with the least and greatest of the rounds in brackets.

`.venv-bench/bin/python -m bench --help` shows how to measure a single case; [bench/README.md](../bench/README.md) says
how it is built.
"""


def markdown(results: Results) -> str:
    """The document; parts that were not measured are left out."""
    parts = ["# Performance\n\nWritten by `make bench`, which measures it again.\n"]
    parts.append(targets_table(results))
    if complete(results):
        parts.append(f"![{TITLE}](performance.svg)\n")
    parts += [_ratios(results), _figures(results)]
    if results.sets:
        parts.append(_surroundings(results))
        parts += [_sets(results), _growth(results), _crowd(results)]
    if results.footprint:
        parts.append(_footprint(results.footprint))
        parts.append(_instructions(results))
    parts.append(_method(results))
    return "\n".join(parts)


def complete(results: Results) -> bool:
    """Whether everything was measured, so that the document may be replaced."""
    return results.footprint is not None


def targets_table(results: Results) -> str:
    """What the service is held to."""
    rows = [(each.what, each.asked, each.measured, "met" if each.met else "**not met**") for each in targets(results)]
    return "## Targets\n\n" + _table(("", "target", "measured", ""), rows)


def bars(results: Results) -> list[Bar]:
    """The ratios for the chart."""
    return [
        Bar(case.name, f"against {name}", ratio.median, ratio.least, ratio.most)
        for case in CASES
        for other, name in NAMES.items()
        if (ratio := results.ratio(case.name, "ours", other))
    ]


def _ratios(results: Results) -> str:
    rows = []
    for case in (*CASES, *AT_REST):
        ratios = [results.ratio(case.name, "ours", other) for other in NAMES]
        if any(ratios):
            rows.append((f"{case.name}: {case.title}", *(times(ratio) if ratio else "" for ratio in ratios)))
    head = ("requests per second of ours", *(f"against {name}" for name in NAMES.values()))
    return f"## Ratios\n\n{CHANGING}\n\n" + _table(head, rows)


def _figures(results: Results) -> str:
    machine = results.machine
    rows = []
    for case in (*CASES, *AT_REST):
        for contender, samples in results.samples.get(case.name, {}).items():
            rows.append(
                (
                    case.name,
                    contender,
                    _spread([each.per_second for each in samples], ",.0f"),
                    _spread([each.p50_ms for each in samples], ".1f"),
                    _spread([each.p99_ms for each in samples], ".1f"),
                    _spread([each.server_us for each in samples], ",.0f"),
                    _spread([each.database_us for each in samples], ",.0f"),
                )
            )
    head = ("", "", "requests/s", "p50, ms", "p99, ms", "server CPU, µs/request", "database CPU, µs/request")
    return (
        f"## Figures\n\nOn {machine.cores} cores of {machine.processor}, Python {machine.python}, "
        f"PostgreSQL {machine.postgresql}, {results.connections} connections. **alone** is ours in a process that "
        "answers nothing else, and **bare** the same with a fixed actor and without request ids and figures; both "
        "write the access log.\n\n" + _table(head, rows)
    )


def _surroundings(results: Results) -> str:
    overhead = overhead_of(results)
    everybody = ratio(results.of(EVERYBODY.name, "ours"), results.of("R1", "ours"))
    if overhead is None or everybody is None:
        return ""
    counted = {name: by_case["R1"] for name, by_case in results.instructions.items()}
    share = f"; of its instructions, {1 - counted['bare'] / counted['ours']:.0%}" if "bare" in counted else ""
    return (
        "## What surrounds a request\n\nAuthentication, request id, policies and metrics together take "
        f"{overhead.median:.0%} of R1 ({overhead.least:.0%} to {overhead.most:.0%}){share}. Who is asking is "
        "remembered for a moment: when 5,000 people ask in turn, so that hardly anyone is, R1 runs at "
        f"{everybody.median:.0%} of the speed with 500.\n"
    )


def _sets(results: Results) -> str:
    rows = [
        (
            work.title,
            f"{times(work.share)} of {work.bare_title}",
            _spread(work.ours_ms, ".0f"),
            _spread(work.bare_ms, ".0f"),
        )
        for work in results.sets
    ]
    head = ("", "speed of ours", "ours, ms", "bare, ms")
    return (
        "## Thousands of rows at once\n\nOne request to ours, with its checks and its event, against the bare "
        "statement that leaves the same rows.\n\n" + _table(head, rows)
    )


def _growth(results: Results) -> str:
    rows = [
        (each.title, f"{each.factor:.2g}×", f"{each.small_ms:.2f}", f"{each.large_ms:.2f}", each.rows_read, each.plan)
        for each in results.growth
    ]
    head = ("", "large against small", "small, ms", "large, ms", "most rows in a step", "plan")
    return (
        f"## Pages of a large table\n\nThe statements of ours in the database above and in one of "
        f"{results.large_rows:,} modules and as many enrollments: pages are cut by keyset, so that what is "
        "not shown is not read.\n\n" + _table(head, rows)
    )


def _crowd(results: Results) -> str:
    rows = [(each.title, f"{each.answered:,}", each.wrong, each.broken, f"{each.p99_ms:.0f}") for each in results.crowd]
    head = ("", "answered", "wrong status", "connection lost", "p99, ms")
    return f"## {results.crowd[0].connections} connections, two processes\n\n" + _table(head, rows)


def _footprint(footprint: Footprint) -> str:
    memory = [
        (name, f"{footprint.fresh_mib[name]:.0f}", f"{footprint.worked_mib[name]:.0f}") for name in footprint.fresh_mib
    ]
    return (
        "## Start-up and memory\n\n"
        f"`unified-dental --help` takes {_seconds(footprint.help_seconds)}; from the command `serve` to its first "
        f"answer it is {_seconds(footprint.start_seconds)}. Resident memory of one process:\n\n"
        + _table(("MiB", "after start-up", "after all of the above"), memory)
    )


def _instructions(results: Results) -> str:
    title = "## Instructions per request\n\n"
    if results.no_instructions:
        return f"{title}{results.no_instructions}\n"
    names = [name for name in results.instructions if name != BARE]
    rows = [(case.name, *(f"{results.instructions[name][case.name] / 1e3:,.0f}" for name in names)) for case in CASES]
    return (
        f"{title}Of the server process, in thousands, counted by callgrind over 100 requests sent one after the other. "
        "Hardly any noise gets into these.\n\n" + _table(("", *names), rows)
    )


def _method(results: Results) -> str:
    return METHOD.format(
        cores=APART if results.machine.cores > 1 else "All of them share the only core.",
        connections=results.connections,
        rounds=results.rounds,
        seconds=results.seconds,
    )


def _seconds(spread: Spread) -> str:
    return f"{spread.median:.2f} s ({spread.least:.2f}–{spread.most:.2f})"


def _spread(values: Sequence[float], form: str) -> str:
    spread = Spread.of(values)
    return f"{spread.median:{form}} ({spread.least:{form}}–{spread.most:{form}})"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"
