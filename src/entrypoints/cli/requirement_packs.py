"""Importing files of requirements at the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrypoints.cli.paging import every
from entrypoints.cli.with_service import with_service

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from entrypoints.bootstrap import Service, requirement_packs

SHIPPED = Path(__file__).resolve().parents[1] / "demo" / "requirements"


@click.command("import-requirements")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--starter", is_flag=True, help="Take the files that come with the project, instead of others.")
@click.option("--check", "only", is_flag=True, help="Change nothing; exit with 1 if anything differs.")
def import_requirements(files: tuple[Path, ...], starter: bool, only: bool) -> None:
    """Draft the requirements in YAML files; docs/requirement-packs.md describes them.

    Requirements are known by code, so importing again only changes what has changed: a new code is added as a
    draft, a change becomes the draft of another version. Nothing takes effect before a second person approves
    it. If anything is wrong nothing is drafted, and each mistake is shown with file and line.

    \b
    Examples:
      unified-dental import-requirements our-rules.yaml
      unified-dental import-requirements --starter --check
    """
    if starter == bool(files):
        raise click.UsageError("Name files, or use --starter.")
    chosen = sorted(SHIPPED.glob("*.yaml")) if starter else files
    differ, problems = with_service(lambda service: load(service, chosen, click.echo, only=only))
    for problem in problems:
        click.echo(problem, err=True)
    if problems or (only and differ):
        sys.exit(1)


async def load(
    service: Service,
    files: Sequence[Path],
    say: Callable[[str], None],
    *,
    only: bool = False,
    since: date | None = None,
) -> tuple[int, list[str]]:
    """Draft the requirements of these files and report the result: how many differ, and each mistake in a line.

    With `only`, nothing is changed. Where a file does not say from which day on, it is from `since`, or from today.
    """
    from application.compliance.requirements.loading import LoadRequirements, RequirementsRejected
    from application.kernel.access import Actor
    from domain.compliance.written_requirements import Loaded
    from entrypoints.bootstrap import requirement_packs

    try:
        written = requirement_packs.read_packs(files, await _names(service))
    except requirement_packs.PackProblem as problem:
        say("Nothing was drafted. Correct this first:")
        return 0, str(problem).splitlines()
    requirements = (each.requirement for each in written)
    command = LoadRequirements(
        tuple(replace(each, effective_on=each.effective_on or since) for each in requirements), only
    )
    try:
        outcomes = await service.bus.execute(command, Actor.system())
    except RequirementsRejected as rejected:
        say("Nothing was drafted. Correct this first:")
        places = {each.requirement.code: f"{each.file}:{each.line}" for each in written}
        return 0, [f"{places[problem.code]}: {problem.code}: {problem.message}" for problem in rejected.problems]
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in Loaded)
    say(f"Nothing was changed. It would be: {counts}." if only else f"{counts}.")
    return sum(outcome is not Loaded.UNCHANGED for outcome in outcomes), []


async def _names(service: Service) -> requirement_packs.Names:
    """What the files may name."""
    from application.catalogue.modules.queries import ListModules
    from application.kernel.access import Actor
    from application.people.job_codes.queries import ReadJobCodes
    from application.people.locations.queries import ListLocations
    from domain.kernel.typography import folded
    from entrypoints.bootstrap import requirement_packs

    locations: dict[str, dict[UUID, None]] = {}
    for place in await every(service, ListLocations(limit=200)):
        for name in (place.code, place.name):
            locations.setdefault(folded(name), {})[place.id] = None
    codes = await service.bus.ask(ReadJobCodes(), Actor.system())
    return requirement_packs.Names(
        {module.slug: module.id for module in await every(service, ListModules(limit=200))},
        {name: tuple(found) for name, found in locations.items()},
        frozenset(each.code for each in codes.job_codes),
    )
