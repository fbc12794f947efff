"""Importing the catalogue's files at the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from application.catalogue.files.commands import CatalogRejected, LoadCatalog, Loaded
from application.kernel.access import Actor
from entrypoints.bootstrap import CatalogProblem, Service, read_catalog

Say = Callable[[str], None]


async def import_catalog(service: Service, folder: Path, say: Say) -> list[str]:
    """Load the modules of a folder and report the result; each mistake is shown in a line."""
    try:
        modules = read_catalog(folder)
    except CatalogProblem as problem:
        say("Nothing was loaded. Correct this first:")
        return str(problem).splitlines()
    try:
        outcomes = await service.bus.execute(LoadCatalog(tuple(modules)), Actor.system())
    except CatalogRejected as rejected:
        say("Nothing was loaded. Correct this first:")
        # A slug is the name of its file.
        return [f"{folder / problem.slug}.md: {problem.message}" for problem in rejected.problems]
    say(", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in Loaded) + ".")
    return []
