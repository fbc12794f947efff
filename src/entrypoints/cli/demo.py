"""The demonstration: real modules, fictional people and their enrollments, loaded by the ordinary commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

from application.catalogue.modules.queries import ListModules
from application.kernel.access import Actor
from application.learning.enrollments.commands import EnrollUsers
from application.people.users.commands import RegisterUser
from application.people.users.demonstration import CountPeople, MarkDemonstration
from application.people.users.queries import ListUsers, UserView
from application.people.users.roles import GrantRole
from application.reporting.commands import RefreshReports
from domain.catalogue.module_life import ModuleStatus
from domain.kernel.roles import Role
from domain.people.user_errors import EmailTaken
from entrypoints.bootstrap import Service
from entrypoints.cli.demo_job_codes import map_titles
from entrypoints.cli.demo_locations import add_locations
from entrypoints.cli.importing import import_catalog
from entrypoints.cli.roster_import import import_roster
from entrypoints.settings import ConfigurationError

ADMINISTRATOR = "admin@unifieddental.example"
HIRED = 12
"""How many days before the start somebody new was hired."""
VISITOR = "visitor@unifieddental.example"
CLINICAL = ("Clinical", "Hygiene", "Assisting", "Sterilization")
OFFICE = ("Front Desk", "Claims", "Billing", "Administration", "IT", "Compliance")
WHO_TAKES_WHAT = {
    "new-hire-orientation": (*CLINICAL, *OFFICE),
    "hipaa-privacy-security": (*CLINICAL, *OFFICE),
    "bloodborne-pathogens": CLINICAL,
    "hazard-communication": CLINICAL,
    "infection-control": CLINICAL,
    "medical-emergencies": (*CLINICAL, "Front Desk"),
    "radiation-safety": ("Clinical", "Hygiene", "Assisting"),
    "claims-and-cdt-coding": ("Claims", "Billing", "Front Desk"),
}


async def load(service: Service, folder: Path, say: Callable[[str], None]) -> UUID:
    """Prepare the database and load the demonstration; what exists already stays. Returns the demonstration's visitor.

    Raises ConfigurationError in production and in a database with other people.
    """
    if service.settings.environment == "production":
        raise ConfigurationError("ENVIRONMENT is production: the demonstration data are not for real people")
    actor = Actor.system()
    say("Preparing the demonstration; what is there already stays.")
    with step(say, "Database"):
        await service.migrate()
        census = await service.bus.ask(CountPeople(), actor)
        if census.invented:
            # People whom somebody has added in a demonstration are invented too, if nobody can have their addresses.
            await service.bus.execute(MarkDemonstration(), actor)
            census = await service.bus.ask(CountPeople(), actor)
    if (others := census.people) > 0:
        raise ConfigurationError(
            f"there are {others} people in this database who are not from the demonstration; use another database"
        )
    with step(say, "Modules") as report:
        problems = await import_catalog(service, folder / "catalog", report)
    with step(say, "Locations") as report:
        report(f"{await add_locations(service)} created.")
    with step(say, "People") as report:
        lines = list[str]()
        problems += [str(problem) for problem in await import_roster(service, folder / "roster.csv", lines.append)]
        await _add_newcomer(service)
        # The numbers alone: most titles are mapped only now.
        report(lines[-1])
    if problems:
        raise ConfigurationError(f"the demonstration data are damaged: {problems[0]}")
    with step(say, "Job titles") as report:
        report(f"{await map_titles(service)} mapped to job codes.")
    with step(say, "Enrollments") as report:
        report(f"{await _enrolled(service)} created.")
    with step(say, "Reports and roles"):
        await service.bus.execute(RefreshReports(), actor)
        await service.bus.execute(GrantRole(ADMINISTRATOR, Role.ADMIN), actor)
        await service.bus.execute(GrantRole(VISITOR, Role.AUTHENTICATED), actor)
        await service.bus.execute(MarkDemonstration(), actor)
    administrator = await _person(service, ADMINISTRATOR)
    say(f"The administrator is {administrator.full_name}: unified-dental token {ADMINISTRATOR}")
    return (await _person(service, VISITOR)).id


async def _add_newcomer(service: Service) -> None:
    """Add somebody who was hired a few days before the start, unless this person is there already."""
    hired_on = service.clock.now().date() - timedelta(days=HIRED)
    title, office = "Dental Assistant", "Leander"
    new = RegisterUser("riley.quinn@unifieddental.example", "Riley Quinn", "Assisting", title, office, hired_on)
    with suppress(EmailTaken):
        await service.bus.execute(new, Actor.system())


@contextmanager
def step(say: Callable[[str], None], what: str) -> Iterator[Callable[[str], None]]:
    """Report in one line the results of a step, which are passed to what this yields, and how long it took."""
    results: list[str] = []
    started = monotonic()
    yield results.append
    say(f"{what}: {' '.join(results) or 'ready.'} ({monotonic() - started:.1f} s)")


async def _enrolled(service: Service) -> int:
    """The number of people enrolled now."""
    actor, enrolled = Actor.system(), 0
    published = await service.bus.ask(ListModules(status=ModuleStatus.PUBLISHED, limit=200), actor)
    for module in published.items:
        if departments := WHO_TAKES_WHAT.get(module.slug):
            outcome = await service.bus.execute(EnrollUsers(module.id, departments=departments), actor)
            enrolled += outcome.enrolled
    return enrolled


async def _person(service: Service, email: str) -> UserView:
    found = (await service.bus.ask(ListUsers(q=email), Actor.system())).items
    return next(user for user in found if user.email == email)
