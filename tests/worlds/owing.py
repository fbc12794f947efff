"""A group whose people owe what rules say, and everything that can happen to it, at random.

Whatever happens, what is recorded of obligations must be what is computed from scratch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from application.catalogue.modules.commands import EditModule, PublishModule
from application.catalogue.sections.commands import AddSection
from application.compliance.obligations.marks import work_off
from application.compliance.obligations.ports import Mark, Recomputations
from application.compliance.obligations.reconciling import Reconciled, ReconcileObligations
from application.compliance.ports import ObligationKey, ObligationStates
from application.compliance.requirements.commands import RetireRequirement
from application.compliance.requirements.ports import Requirements
from application.compliance.requirements.versions import ApproveVersion, DraftVersion
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.credentials.commands import SubmitCredential, VerifyCredential, VoidCredential
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command
from application.kernel.units import Unit, Units
from application.people.histories.commands import (
    AddPosition,
    CorrectEmployment,
    CorrectPosition,
    EndPosition,
    RecordEmployment,
    WithdrawEmployment,
    WithdrawPosition,
)
from application.people.histories.queries import ListEmployment, ListPositions
from application.people.job_codes.commands import MapJobTitle
from application.people.locations.commands import AddLocation, EditLocation
from application.people.locations.names import MapLocationText
from application.people.users.commands import DeactivateUsers, EditUser
from application.privacy.merging import MergeUser, SeparateUser
from application.privacy.personal_data import EraseUser
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson
from domain.compliance.audience_documents import parsed
from domain.compliance.fulfillment import CategoryHours, Courses, CourseSet, HoursNeeded
from domain.compliance.obligations import ObligationState
from domain.compliance.requirement import Requirement, RequirementVersion, RunningCycles
from domain.compliance.schedule import AfterCompletion
from domain.evidence.persons import Trainer
from domain.evidence.record_events import TrainingFormat
from domain.kernel.errors import DomainError
from domain.kernel.roles import Role
from domain.kernel.states import State
from domain.people.employment import EmploymentState
from kit.compliance import card, rule
from kit.examples import uid
from kit.surroundings import FixedClock
from situations.stage import OFFICER, SYSTEM, Stage

ANOTHER = Actor(UUID(int=501), Role.ADMIN)
"""Approves what the officer has drafted."""
AUTHOR, APPROVER = uid(901), uid(902)
DEPARTMENTS, TITLES, PLACES = ("Lab", "Front", "Hygiene"), ("Technician", "RDH", "Clerk"), ("Austin", "Oak Park")
AUDIENCES: tuple[dict[str, Any], ...] = (
    {"all": []},
    {"field": "department", "is": "Lab"},
    {"all": [{"field": "job_code", "is": "hygienist"}, {"field": "state", "is": "TX"}]},
    {"field": "days_since_hire", "at_least": 30},
    {"any": [{"metadata": ["license"], "is": "TX"}, {"not": {"field": "state", "absent": True}}]},
    {"not": {"field": "employment_state", "is": "on_leave"}},
)


class Owing(Stage):
    """A stage with rules, on any store."""

    def __init__(self, bus: Bus, units: Units, clock: FixedClock) -> None:
        super().__init__(bus, clock, units)
        self.people: list[UUID] = []
        self.modules: list[UUID] = []
        self.places: list[UUID] = []

    @property
    def today(self) -> date:
        return self.clock.now().date()

    async def approve(self, number: int, *versions: RequirementVersion) -> UUID:
        """A requirement with these versions, approved, and marked for everybody as its approval does."""
        requirement_id = uid(70_000 + number)
        requirement = Requirement(requirement_id, code=f"rule_{number}", title=f"Rule {number}", now=self.now())
        for each in versions:
            version = requirement.draft(
                each.terms,
                effective_on=each.effective_on,
                note=each.note,
                by=AUTHOR,
                now=self.now(),
                running=each.running,
                transition_days=each.transition_days,
            )
            requirement.approve(version, by=APPROVER, now=self.now(), today=self.today, acknowledge=True)

        async def work(unit: Unit) -> None:
            await unit.port(Requirements).add(requirement)
            await unit.port(Recomputations).hold_alone()
            await unit.port(Recomputations).leave([Mark(uid(80_000 + number), self.now(), (), requirement_id)])

        await self.units.run(work)
        return requirement_id

    async def settle(self) -> int:
        """Work off all marks."""
        return await work_off(self.bus)

    async def differing(self) -> list[ObligationKey]:
        """What is recorded differently from what is computed."""
        found: Reconciled = await self.do(ReconcileObligations(check=True))
        assert found.next is None
        return found.differences

    async def owes(self, user_id: UUID, number: int = 1) -> tuple[ObligationState, ...]:
        """How the person stands with the requirement, by what is recorded."""
        found = await self.units.run(lambda unit: unit.port(ObligationStates).current([user_id]))
        return tuple(found.get(ObligationKey(user_id, uid(70_000 + number)), ()))

    async def prepare(self, chance: Random) -> None:
        """Rules, modules, places and a few people."""
        for number in (1, 2, 3):
            course = await self.course(f"Course {number}")
            self.modules.append(course.id)
        for number, audience in enumerate(AUDIENCES, start=1):
            await self.approve(number, *_versions(chance, audience, self.modules, self.today))
        licensed = rule(card(), since=str(self.today - timedelta(days=200)), repeats=AfterCompletion(24))
        await self.approve(len(AUDIENCES) + 1, licensed)
        some = (CategoryHours("infection_control", Decimal(2)),)
        await self.approve(
            len(AUDIENCES) + 2, rule(HoursNeeded(Decimal(4), minima=some, live=Decimal(1)), since=str(self.today))
        )
        for number in (1, 2):
            place = AddLocation(f"L{number}", PLACES[number - 1], "Austin", State.TEXAS, "America/Chicago")
            self.places.append((await self.do(place, OFFICER)).id)
        await self.settle()
        for name in ("ana", "ben", "cyd"):
            await self._register(chance, name)

    async def happens(self, chance: Random) -> str:
        """Something happens; what it was. What is refused has no effect."""
        what = chance.choice(HAPPENINGS)
        self.clock.advance(timedelta(days=chance.choice([0, 0, 1, 20]), seconds=1))
        with suppress(DomainError):
            await what(self, chance)
        return what.__name__

    async def _register(self, chance: Random, name: str) -> None:
        self.people.append(
            await self.person(
                name,
                department=chance.choice([None, *DEPARTMENTS]),
                job_title=chance.choice([None, *TITLES]),
                location=chance.choice([None, *PLACES]),
                hired_on=chance.choice([None, _day(chance, self)]),
            )
        )


def _versions(chance: Random, audience: dict[str, Any], modules: list[UUID], today: date) -> list[RequirementVersion]:
    needed = Courses(CourseSet(tuple(chance.sample(modules, 2))), CourseSet((chance.choice(modules),)))
    since = today - timedelta(days=chance.choice([400, 100]))
    guards = chance.choice([{"discovery_days": 30}, {"max_interval_days": 365}, {}])
    fields = chance.choice([(), ("trainer_name", "job_title")])
    first = rule(
        needed, since=str(since), repeats=AfterCompletion(12), days_after_leave=14, evidence_fields=fields, **guards
    )
    first = replace(first, terms=replace(first.terms, audience=parsed(audience)))
    second = replace(
        first,
        number=2,
        effective_on=today + timedelta(days=15),
        running=chance.choice(list(RunningCycles)),
        transition_days=10,
        terms=replace(first.terms, audience=parsed(chance.choice(AUDIENCES))),
    )
    return [first, second] if chance.random() < 0.5 else [first]


def _day(chance: Random, stage: Owing) -> date:
    return stage.today + timedelta(days=chance.choice([-500, -90, -30, -1, 0, 10, 60]))


async def _register(stage: Owing, chance: Random) -> None:
    await stage._register(chance, f"new{len(stage.people)}")


async def _edit(stage: Owing, chance: Random) -> None:
    changes: dict[str, Any] = chance.choice(
        [
            {"department": chance.choice(DEPARTMENTS)},
            {"job_title": chance.choice(TITLES), "location": chance.choice(PLACES)},
            {"hired_on": _day(chance, stage)},
            {"profile_metadata": {"license": chance.choice(["TX", "CA"])}},
            {"is_active": chance.random() < 0.5},
        ]
    )
    await stage.do(EditUser(chance.choice(stage.people), **changes), OFFICER)


async def _add_position(stage: Owing, chance: Random) -> None:
    starts_on = _day(chance, stage)
    ends_on = chance.choice([None, starts_on + timedelta(days=40)])
    work = (chance.choice(DEPARTMENTS), chance.choice([None, *TITLES]), chance.choice([None, *PLACES]))
    how: dict[str, Any] = {"is_primary": chance.random() < 0.4, "transfer": chance.random() < 0.3}
    await stage.do(AddPosition(chance.choice(stage.people), starts_on, ends_on, *work, **how), OFFICER)


async def _change_position(stage: Owing, chance: Random) -> None:
    user_id = chance.choice(stage.people)
    held = (await stage.bus.ask(ListPositions(user_id), SYSTEM)).items
    if held:
        position_id = chance.choice(held).position_id
        command: Command[Any] = chance.choice(
            [
                EndPosition(user_id, position_id, _day(chance, stage)),
                CorrectPosition(user_id, position_id, "Wrong.", starts_on=_day(chance, stage)),
                CorrectPosition(user_id, position_id, "Wrong.", department=chance.choice(DEPARTMENTS)),
                CorrectPosition(user_id, position_id, "Wrong.", job_title=chance.choice(TITLES)),
                WithdrawPosition(user_id, position_id, "Wrong."),
            ]
        )
        await stage.do(command, OFFICER)


async def _record_employment(stage: Owing, chance: Random) -> None:
    state = chance.choice(list(EmploymentState))
    await stage.do(RecordEmployment(chance.choice(stage.people), state, _day(chance, stage)), OFFICER)


async def _change_employment(stage: Owing, chance: Random) -> None:
    user_id = chance.choice(stage.people)
    states = (await stage.bus.ask(ListEmployment(user_id), SYSTEM)).items
    if states:
        state_id = chance.choice(states).id
        command: Command[Any] = chance.choice(
            [
                CorrectEmployment(user_id, state_id, "Wrong.", from_day=_day(chance, stage)),
                WithdrawEmployment(user_id, state_id, "Wrong."),
            ]
        )
        await stage.do(command, OFFICER)


async def _deactivate(stage: Owing, chance: Random) -> None:
    await stage.do(DeactivateUsers((chance.choice(stage.people),)), OFFICER)


async def _train(stage: Owing, chance: Random) -> None:
    module_id = chance.choice([None, *stage.modules])
    day = stage.today - timedelta(days=chance.choice([0, 20, 300]))
    command = RecordExternalTraining(chance.choice(stage.people), "CPR", "Red Cross", day, module_id=module_id)
    more = replace(
        command,
        credit_hours=chance.choice([None, 1.5, 4]),
        trainers=chance.choice([(), (Trainer("Dana"),)]),
        format=chance.choice([None, *TrainingFormat]),
        categories=chance.choice([(), ("infection-control",)]),
    )
    await stage.do(more, OFFICER)


async def _teach(stage: Owing, chance: Random) -> None:
    now = stage.now()
    people = tuple(NewAttendee(each) for each in chance.sample(stage.people, 2))
    hour = timedelta(hours=1)
    module_id = chance.choice(stage.modules)
    command = RecordSession(module_id, now - 2 * hour, now - hour, (Trainer("Dana"),), people, "Austin")
    await stage.do(command, OFFICER)


async def _take_back(stage: Owing, chance: Random) -> None:
    records = (await stage.bus.ask(ListRecords(chance.choice(stage.people)), SYSTEM)).items
    if records:
        record = chance.choice(records)
        if record.certificate_serial and chance.random() < 0.5:
            await stage.do(RevokeCertificate(record.certificate_serial, "Wrong."), OFFICER)
        else:
            await stage.do(VoidRecord(record.id, "Wrong."), OFFICER)


async def _merge(stage: Owing, chance: Random) -> None:
    one, other = chance.sample(stage.people, 2)
    if chance.random() < 0.5:
        await stage.do(DeactivateUsers((one,)), OFFICER)
        await stage.do(MergeUser(one, other, "Hired twice."), OFFICER)
    else:
        await stage.do(SeparateUser(one, "Somebody else."), OFFICER)


async def _erase(stage: Owing, chance: Random) -> None:
    if chance.random() < 0.2:
        await stage.do(EraseUser(chance.choice(stage.people)), OFFICER)


async def _map(stage: Owing, chance: Random) -> None:
    command: Command[Any] = chance.choice(
        [
            MapJobTitle(chance.choice(TITLES), chance.choice([None, "hygienist", "dentist"])),
            MapLocationText(chance.choice(["Austin office", *PLACES]), chance.choice([None, *stage.places])),
        ]
    )
    await stage.do(command, OFFICER)


async def _card(stage: Owing, chance: Random) -> None:
    issued_on = stage.today - timedelta(days=chance.choice([1, 100, 900]))
    expires_on = chance.choice([None, issued_on + timedelta(days=365)])
    command = SubmitCredential(chance.choice(stage.people), "bls", "Red Cross", issued_on, expires_on)
    credential = await stage.do(command, OFFICER)
    await stage.do(VerifyCredential(credential.id), ANOTHER)
    if chance.random() < 0.3:
        await stage.do(VoidCredential(credential.id, "Forged."), ANOTHER)


async def _tag(stage: Owing, chance: Random) -> None:
    tags = chance.choice([(), ("infection-control",), ("annual",)])
    await stage.do(EditModule(chance.choice(stage.modules), tags=tags), OFFICER)


async def _approve(stage: Owing, chance: Random) -> None:
    number = chance.randrange(len(AUDIENCES)) + 1
    version = _versions(chance, chance.choice(AUDIENCES), stage.modules, stage.today)[0]
    requirement_id = uid(70_000 + number)
    drafted = await stage.do(
        DraftVersion(
            requirement_id,
            stage.today + timedelta(days=chance.choice([-10, 0, 30])),
            "Changed.",
            version.terms,
            chance.choice(list(RunningCycles)),
            chance.choice([0, 30]),
        ),
        OFFICER,
    )
    number = max(each.number for each in drafted.versions)
    await stage.do(ApproveVersion(requirement_id, number, acknowledge=True), ANOTHER)


async def _retire(stage: Owing, chance: Random) -> None:
    if chance.random() < 0.3:
        number = chance.randrange(len(AUDIENCES)) + 1
        retired_on = stage.today + timedelta(days=chance.choice([-5, 0, 40]))
        await stage.do(RetireRequirement(uid(70_000 + number), retired_on), OFFICER)


async def _move_place(stage: Owing, chance: Random) -> None:
    state = chance.choice([State.TEXAS, State.ILLINOIS])
    from_day = chance.choice([None, _day(chance, stage)])
    await stage.do(EditLocation(chance.choice(stage.places), from_day=from_day, state=state, reason="Moved."), OFFICER)


async def _publish(stage: Owing, chance: Random) -> None:
    module_id = chance.choice(stage.modules)
    lesson = Lesson(f"Wash your hands {chance.random()}.")
    await stage.do(AddSection(module_id, "More", lesson), OFFICER)
    reopens = chance.choice(list(Reopens))
    due_on = stage.today + timedelta(days=chance.choice([0, 30])) if reopens is Reopens.EVERYONE else None
    await stage.do(PublishModule(module_id, material=True, reopens=reopens, reopen_due_on=due_on), OFFICER)


Happening = Callable[[Owing, Random], Awaitable[None]]
HAPPENINGS: tuple[Happening, ...] = (
    *(_register, _edit, _edit, _edit, _add_position, _add_position, _change_position, _change_position),
    *(_record_employment, _record_employment, _change_employment, _deactivate, _train, _train, _train, _teach),
    *(_take_back, _merge, _merge, _erase, _map, _map, _move_place),
    *(_approve, _approve, _retire, _card, _card, _tag, _tag, _publish, _publish),
)
