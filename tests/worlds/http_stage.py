"""A published module and a draft, and two people who have done everything in the one that is published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from application.assessment.commands import StartAttempt
from application.audit.sealing import SealAudit
from application.catalogue.modules.commands import CreateModule, NewQuestion, NewSection, PublishModule
from application.catalogue.questions.queries import ListQuestions
from application.compliance.relief.queries import ListRelief
from application.compliance.requirements.versions import ApproveVersion
from application.evidence.certificates.queries import CertificatePrinter, CertificateSheet
from application.evidence.credentials.commands import SubmitCredential
from application.evidence.records.queries import ListRecords
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.learning.enrollments.commands import EnrollUser
from application.people.sign_ins.identity import NotAuthenticated
from application.people.users.commands import RegisterUser
from contracts.backend import sections_of
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, Quiz
from domain.evidence.certificates import serial_of
from domain.evidence.persons import Trainer
from domain.kernel.roles import Role
from entrypoints.http.kit.requests import HttpRequest, header
from kit.surroundings import FixedClock
from situations.relief import PERMISSIVE, ordering
from situations.requirements import SECOND, a_new_requirement
from worlds.http import Api, World

SECTIONS = (NewSection("Read", Lesson("Text")), NewSection("Check", Quiz(), (NewQuestion("True?", TrueFalse(True)),)))
NOTHING = UUID("0190b5f0-7a1c-7cc3-98c4-00000000dead")


@dataclass(frozen=True)
class Names:
    """What a request can name."""

    module_id: UUID
    section_id: UUID
    question_id: UUID
    user_id: UUID
    attempt_id: UUID = NOTHING
    record_id: UUID = NOTHING
    session_id: UUID = NOTHING
    credential_id: UUID = NOTHING
    serial: str = serial_of(2**79)
    number: int = 1
    position_id: UUID = NOTHING
    state_id: UUID = NOTHING
    requirement_id: UUID = NOTHING
    relief_id: UUID = NOTHING
    decree_id: UUID = NOTHING


@dataclass
class Stage:
    """The API in memory. `Bearer NAME` is the actor of that name; who sends no token is the one named `nobody`."""

    api: Api
    actors: dict[str, Actor]
    names: dict[str, Names] = field(default_factory=dict)
    added: dict[str, Any] = field(default_factory=dict)
    """Ids of what else a test has added, which everybody's paths can name."""


class PlainPrinter:
    """Prints certificates as the text that is on them: making PDFs has tests of its own."""

    async def print(self, certificate: CertificateSheet) -> bytes:
        return repr(certificate).encode()


async def staged(**options: Any) -> Stage:
    """`seen` is of Hygiene, `hidden` of the lab, `oneself` of the office; `draft` names what is in the draft."""
    world, actors = World(), dict[str, Actor]()

    async def authenticate(request: HttpRequest) -> Actor:
        name = (header(request, b"authorization") or "Bearer nobody").removeprefix("Bearer ")
        if name not in actors:
            raise NotAuthenticated
        return actors[name]

    world.objects[CertificatePrinter] = PlainPrinter()
    bus = world.bus()

    async def do(command: Command[Any], learner: UUID | None = None) -> Any:
        return await bus.execute(command, Actor(learner, Role.AUTHENTICATED) if learner else Actor.system())

    async def written(module_id: UUID) -> tuple[UUID, UUID]:
        questions = await bus.ask(ListQuestions(module_id, sections_of(modules[module_id])[1].id), Actor.system())
        return questions.items[0].section_id, questions.items[0].id

    rules = CompletionRules(sections_in_order=False)
    published, draft = [await do(CreateModule(title, sections=SECTIONS, rules=rules)) for title in ("Out", "In work")]
    modules = {published.id: published, draft.id: draft}
    await do(PublishModule(published.id))
    requirement = await do(a_new_requirement(effective_on=FixedClock().now().date(), terms=PERMISSIVE))
    await bus.execute(ApproveVersion(requirement.id, 1), SECOND)
    stage = Stage(world.client(authenticate=authenticate, **options), actors)
    for name, department, full_name in (("seen", "Hygiene", "Ana Ruiz"), ("hidden", "Lab", "Ben Ode")):
        user = await do(RegisterUser(f"{name}@example.com", full_name=full_name, department=department))
        await do(EnrollUser(published.id, user.id))
        section, question = await written(published.id)
        attempt = await do(StartAttempt(published.id, section), user.id)
        times = FixedClock().now() - timedelta(hours=2), FixedClock().now() - timedelta(hours=1)
        held = await do(RecordSession(published.id, *times, (Trainer("Dana"),), (NewAttendee(user.id),)))
        (record,) = (await bus.ask(ListRecords(user.id), Actor.system())).items
        assert record.certificate_serial is not None
        card = await do(SubmitCredential(user.id, "bls", "Red Cross", held.starts_at.date()))
        of_person = attempt.id, record.id, held.id, card.id
        decree = await do(ordering(requirement.id, user_ids=(user.id,)))
        (relief,) = (await bus.ask(ListRelief(decree_id=decree.id), Actor.system())).items
        stage.names[name] = Names(
            *(published.id, section, question, user.id, *of_person, record.certificate_serial),
            requirement_id=requirement.id,
            relief_id=relief.id,
            decree_id=decree.id,
        )
    stage.names["draft"] = Names(draft.id, *await written(draft.id), stage.names["seen"].user_id)
    stage.names["missing"] = Names(NOTHING, NOTHING, NOTHING, NOTHING)
    oneself = await do(RegisterUser("oneself@example.com", full_name="Mo Lind", department="Office"))
    stage.names["oneself"] = Names(NOTHING, NOTHING, NOTHING, oneself.id)
    await do(SealAudit())
    return stage
