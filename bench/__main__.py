"""The command line of the benchmark: `python -m bench`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from bench import chart, crowd, footprint, growth, instructions, report, setbased
from bench.cases import ALONE, AT_REST, BARE, CASES, CONTENDERS, EVERYBODY
from bench.checks import check
from bench.dataset import dataset
from bench.load import CONNECTIONS
from bench.machine import machine
from bench.postgres import postgres
from bench.results import Results
from bench.roster_report import SECTION
from bench.rounds import Field, Say, measure
from bench.sections import section_of, with_section
from bench.servers import ROOT
from bench.stage import STATEMENTS, stage

DOCUMENT = ROOT / "docs" / "performance.md"
CHART = DOCUMENT.with_suffix(".svg")
RACES = (*CASES, *AT_REST)
NAMES = [case.name for case in RACES]


@click.command(context_settings={"max_content_width": 100})
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Runs of each case and contender.")
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(0.2), help="Length of each run.")
@click.option("--only", default="", metavar="CASES", help=f"Some of {','.join(NAMES)}, and nothing else.")
@click.option("--contenders", default="", metavar="NAMES", help=f"Some of {','.join(CONTENDERS)}.")
def main(rounds: int, seconds: float, only: str, contenders: str) -> None:
    """Measure the service against other designs of the same API, on a PostgreSQL of its own.

    Everything is measured in less than ten minutes, and docs/performance.md and .svg are written. With --only or
    --contenders the ratios are just shown.

    \b
    Examples:
      python -m bench
      python -m bench --only R1,W1 --contenders ours,floor --rounds 3
    """
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:4.0f} s] {text}")

    cases = [case for case in RACES if case.name in _chosen(only, NAMES)]
    names = _chosen(contenders, CONTENDERS)
    say("starting PostgreSQL")
    with tempfile.TemporaryDirectory(prefix="unified-dental-bench-") as folder, postgres() as server:
        results = Results(machine(server), CONNECTIONS, rounds, seconds)
        with stage(server, dataset(), Path(folder), [*names, *([] if contenders else [ALONE, BARE])], say) as field:
            say("checking the answers of " + ", ".join(names))
            check(field, list(dict.fromkeys(case.asks or case.name for case in cases)))
            complete = not (only or contenders)
            measure(field, [*cases, EVERYBODY] if complete else cases, results, say)
            if complete:
                measure_the_rest(field, Path(folder), results, say)
    text = report.markdown(results)
    if complete:
        # The section about rosters is measured by a command of its own.
        kept = section_of(DOCUMENT.read_text(encoding="utf-8"), SECTION)
        DOCUMENT.write_text(with_section(text, SECTION, kept), encoding="utf-8")
        CHART.write_text(chart.svg(report.bars(results), report.TITLE), encoding="utf-8")
        say(f"wrote {DOCUMENT} and {CHART.name}")
    click.echo(text if not complete else report.targets_table(results))


def measure_the_rest(field: Field, folder: Path, results: Results, say: Say) -> None:
    """All that is not a race between contenders."""
    say(f"{crowd.CONNECTIONS} connections on two processes")
    results.crowd = crowd.measure(field, folder)
    say("work on thousands of rows")
    results.sets = setbased.measure(field)
    say("start-up and memory")
    results.footprint = footprint.measure(field, folder)
    say("filling a database with a million modules and a million enrollments")
    results.growth, results.large_rows = growth.measure(field, folder / STATEMENTS), growth.ROWS
    say("counting instructions")
    instructions.measure(field, folder, results)


def _chosen(text: str, known: list[str] | tuple[str, ...]) -> list[str]:
    names = [name for name in text.split(",") if name] or list(known)
    if unknown := set(names) - set(known):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: there are only {', '.join(known)}")
    return [name for name in known if name in names]


if __name__ == "__main__":
    main()
