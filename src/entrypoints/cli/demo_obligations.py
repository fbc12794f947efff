"""What the people of the demonstration owe: rules, and evidence as old as it must be on the day of the start.

So whenever it is started, some people comply, some have to do something soon, some are overdue, and some may not do a
task. Other rules are drafts that wait for approval, such as those of states in which the group has no office.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar
from uuid import UUID

from application.catalogue.modules.queries import ListModules
from application.compliance.obligations.marks import work_off
from application.compliance.requirements.queries import ListRequirements
from application.compliance.requirements.versions import ApproveVersion
from application.evidence.credentials.commands import SubmitCredential, VerifyCredential
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.people.locations.queries import ListLocations, LocationView
from application.people.users.queries import ListUsers, UserView
from application.people.users.roles import GrantRole
from domain.evidence.persons import Trainer
from domain.kernel.days import LocalDays
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service
from entrypoints.cli.demo import HIRED, step
from entrypoints.cli.paging import every
from entrypoints.cli.requirement_packs import load
from entrypoints.settings import ConfigurationError

R = TypeVar("R")

OFFICER = "eric.langley@unifieddental.example"
"""Approves the rules, which the command line has drafted."""
APPROVED = (
    *("osha_bloodborne_pathogens", "osha_fire_extinguishers", "hipaa_privacy", "cdc_infection_prevention"),
    "tx_dental_assistant_radiography",
)
"""Few, since what everybody owes by them is computed before the service answers."""
IN_EFFECT = timedelta(days=45)
"""For how long the rules have been in effect: the 30 days in which nobody was overdue have ended."""
CLINICAL = ("dentist", "hygienist", "dental_assistant", "sterilization")
EVERYBODY = ()
HELD_AT = "TX-RR"
CLASSES = {
    "bloodborne-pathogens": ("Leander", CLINICAL),
    "infection-control": ("San Marcos", CLINICAL),
    "medical-emergencies": ("Tempe", EVERYBODY),
    "hipaa-privacy-security": ("Norman", EVERYBODY),
}
"""The classes of the day by module: the office from which nobody came, and the job codes for which it was held."""
OLDER = (345, 390)
"""How many days ago people of an office that missed the class were trained on bloodborne pathogens elsewhere."""
TRAINER = Trainer("Dana Whitfield", "Certified in infection control")
SUMMARY = "What the module teaches, the plans of the offices, and answers to questions."
CARDS = (90, 400, 715, 760)
"""How many days ago registrations to make x-rays were issued, which are valid for two years: the last has ended."""


async def add_obligations(service: Service, folder: Path, say: Callable[[str], None]) -> None:
    """Add the rules and what shows them, unless they are there already. Raises ConfigurationError.

    What people owe by them is computed by `compute`, or by the service when it runs.
    """
    with step(say, "Requirements") as report:
        report(await _added(service, folder))


async def compute(service: Service, say: Callable[[str], None]) -> None:
    """Compute what everybody owes."""
    with step(say, "Obligations") as report:
        report(f"{await work_off(service.bus)} computed.")


async def _added(service: Service, folder: Path) -> str:
    known = await every(service, ListRequirements(limit=200))
    said: list[str] = []
    since = None if any(each.code in APPROVED for each in known) else service.clock.now().date() - IN_EFFECT
    _, problems = await load(service, sorted((folder / "requirements").glob("*.yaml")), said.append, since=since)
    if problems:
        raise ConfigurationError(f"the demonstration data are damaged: {problems[0]}")
    if any(each.code in APPROVED for each in known):
        return said[-1]
    group = await _Group.gathered(service)
    await group.hold_classes()
    await group.add_older_training()
    await group.add_cards()
    return f"{said[-1]} {await group.approve_rules()} approved."


@dataclass(frozen=True)
class _Group:
    """The people of the demonstration on the day of the start, which is that of the place where classes are held."""

    service: Service
    people: Sequence[UserView]
    officer: Actor
    place: LocationView
    now: datetime
    today: date

    @classmethod
    async def gathered(cls, service: Service) -> Self:
        """All people, and the officer in that role."""
        now = service.clock.now()
        place = next(each for each in await every(service, ListLocations(limit=200)) if each.code == HELD_AT)
        today = LocalDays(place.time_zone).day_of(now)
        await service.bus.execute(GrantRole(OFFICER, Role.COMPLIANCE), Actor.system())
        people = [each for each in await every(service, ListUsers(limit=200)) if each.is_active and each.full_name]
        officer = next(each.id for each in people if each.email == OFFICER)
        return cls(service, people, Actor(officer, Role.COMPLIANCE), place, now, today)

    async def hold_classes(self) -> None:
        """Today's classes. Somebody who was just hired did not come to any."""
        modules = await self._modules()
        start = self.now - timedelta(hours=1)
        for slug, (absent, codes) in CLASSES.items():
            came = tuple(NewAttendee(each.id) for each in self._staff(codes) if each.location != absent)
            place = self.place.id
            await self._do(
                RecordSession(modules[slug], start, self.now, (TRAINER,), came, summary=SUMMARY, location_id=place)
            )

    async def add_older_training(self) -> None:
        """Training elsewhere that is about to end, or has ended."""
        slug, (office, codes) = next(iter(CLASSES.items()))
        module_id = (await self._modules())[slug]
        absent = [each for each in self._staff(codes) if each.location == office]
        for person, days in zip(absent, OLDER, strict=False):
            title, day = "Bloodborne pathogens", self.today - timedelta(days=days)
            await self._do(
                RecordExternalTraining(
                    person.id,
                    title,
                    "Lone Star Safety Training",
                    day,
                    summary=SUMMARY,
                    module_id=module_id,
                    trainers=(TRAINER,),
                )
            )

    async def add_cards(self) -> None:
        """Registrations of dental assistants in Texas."""
        assistants = [each for each in self._staff(("dental_assistant",)) if each.location == self.place.name]
        for person, days in zip(assistants, CARDS, strict=False):
            issued = self.today - timedelta(days=days)
            card = await self._do(
                SubmitCredential(
                    person.id,
                    "tx_dental_radiography",
                    "Texas State Board of Dental Examiners",
                    issued,
                    issued + timedelta(days=730),
                    f"RG-{person.employee_id}",
                )
            )
            await self._do(VerifyCredential(card.id), self.officer)

    async def approve_rules(self) -> int:
        """How many rules the officer has approved. That nobody has verified them yet, he acknowledges."""
        drafts = await every(self.service, ListRequirements(has_draft=True, limit=200))
        chosen = [each for each in drafts if each.code in APPROVED]
        for each in chosen:
            await self._do(ApproveVersion(each.id, each.draft_number or 1, acknowledge=True), self.officer)
        return len(chosen)

    def _staff(self, codes: Sequence[str]) -> list[UserView]:
        """Those who were here before today's classes, by employee id; without codes, people in all jobs."""
        before = self.today - timedelta(days=2 * HIRED)
        found = [
            each
            for each in self.people
            if each.hired_on and each.hired_on < before and each.job_title and (each.job_code in codes or not codes)
        ]
        return sorted(found, key=lambda each: each.employee_id or "")

    async def _modules(self) -> dict[str, UUID]:
        return {each.slug: each.id for each in await every(self.service, ListModules(limit=200))}

    async def _do(self, command: Command[R], actor: Actor | None = None) -> R:
        return await self.service.bus.execute(command, actor or Actor.system())
