"""Examples for the interactive page of the demonstration: each succeeds when the administrator tries it.

An operation that uses something up, such as a draft that it deletes, has an object of its own, which is replaced when
the demonstration is started again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any
from uuid import UUID

from adapters.encoding import to_json
from application.assessment.commands import StartAttempt
from application.catalogue.modules.commands import CreateModule, PublishModule
from application.catalogue.modules.queries import ListModules, ReadModule
from application.catalogue.questions.queries import ListQuestions
from application.evidence.records.queries import ListRecords, RecordView
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.evidence.sessions.queries import SessionView
from application.kernel.access import Actor
from application.learning.enrollments.commands import EnrollUser
from application.learning.enrollments.queries import ListModuleEnrollments
from application.people.sign_ins.linking import ConfirmSignIn
from application.people.users.commands import RegisterUser
from application.people.users.demonstration import MarkDemonstration
from application.people.users.queries import ListUsers, ReadUser, UserView
from application.people.users.roles import GrantRole
from domain.evidence.persons import Trainer
from domain.kernel.roles import Role
from domain.learning.enrollment_events import AlreadyEnrolled
from domain.people.user_errors import EmailTaken
from entrypoints.bootstrap import Service, development_subject
from entrypoints.cli.demo import ADMINISTRATOR
from entrypoints.cli.demo_audit import audit_examples
from entrypoints.cli.demo_credentials import credential_examples
from entrypoints.cli.demo_deliveries import delivery_examples
from entrypoints.cli.demo_histories import history_examples
from entrypoints.cli.demo_job_codes import job_code_examples
from entrypoints.cli.demo_locations import location_examples
from entrypoints.cli.demo_modules import IN_ANY_ORDER, SECTIONS, STATEMENT, Module, is_draft, is_published, is_whole
from entrypoints.cli.demo_relief import relief_examples
from entrypoints.cli.demo_requirements import requirement_examples
from entrypoints.cli.demo_service_accounts import service_account_examples
from entrypoints.cli.demo_twins import one_person
from entrypoints.cli.demo_webhooks import webhook_examples
from entrypoints.http.kit.demonstration import Demonstration, Example
from entrypoints.http.routes.modules import NEW_MODULE
from entrypoints.http.routes.users import NEW_USER

MANAGER, MANAGED = "rocio.guerrero@unifieddental.example", "Hygiene"
LEARNER = "ximena.gutierrez@unifieddental.example"
DEPARTMENTS = ("Assisting", "Front Desk")
"""The departments whose people the examples are about."""
OFFERED = "bloodborne-pathogens"
ALL, PEOPLE = 200, 13


async def demonstration_of(service: Service) -> Demonstration:
    """The people that visitors can sign in as, and an example for each operation. Prepares what the examples need."""
    await service.bus.execute(GrantRole(MANAGER, Role.MANAGER, (MANAGED,)), Actor.system())
    # With Supabase, people sign in there.
    people = {} if service.warning is None else {"administrator": ADMINISTRATOR, "manager": MANAGER, "learner": LEARNER}
    preparation = _Preparation(service)
    histories = await history_examples(service)
    examples = {
        **await preparation.examples(),
        **await credential_examples(service, UUID(preparation.names["user_id"])),
        **histories,
        **await service_account_examples(service),
        **await webhook_examples(service),
        **await delivery_examples(service),
        **await location_examples(service),
        **await job_code_examples(service),
        **await requirement_examples(service),
        **await relief_examples(service, UUID(preparation.names["user_id"])),
        **await audit_examples(service),
    }
    return Demonstration(examples, preparation.names, people)


class _Preparation:
    """Finds what the examples name, and adds what is missing, by the ordinary commands."""

    def __init__(self, service: Service) -> None:
        self._bus = service.bus
        self._clock = service.clock
        self._system = Actor.system()
        self.names = {"number": "1", "since": "1"}
        """What a path can name, for operations that change nothing or without an example of their own."""

    async def examples(self) -> dict[str, Example]:
        users = await self._users()
        learning = await self._module("learning", is_published)
        administrator = users.pop(ADMINISTRATOR)
        people = [user for user in users.values() if user.email != LEARNER]
        return {
            **await self._of_authoring(),
            **await self._of_learning(learning, administrator),
            **await self._of_people(learning, people),
            **await one_person(self._bus, DEPARTMENTS[0]),
        }

    async def _of_authoring(self) -> dict[str, Example]:
        found = await self._bus.ask(ListModules(q=OFFERED), self._system)
        offered = await self._read(next(each.id for each in found.items if each.slug == OFFERED))
        editing, ordering = await self._module("editing", is_draft), await self._module("ordering", is_draft)
        removing = await self._module("removing", is_whole)
        deleting, publishing = await self._module("deleting", is_draft), await self._module("publishing", is_draft)
        archiving = await self._module("archiving", is_published)
        order = [section for section, _ in reversed(ordering.sections)]
        return {
            "create_module": Example(body=await self._new_module()),
            "edit_module": _in(editing),
            "add_section": _in(editing),
            "edit_section": _in(editing, "lesson"),
            "add_question": _in(editing, "quiz"),
            "edit_question": await self._question(editing),
            "set_prerequisites": _in(editing, body={"prerequisites": [str(offered.id)]}),
            "reorder_sections": _in(ordering, body={"section_ids": order}),
            "remove_section": _in(removing, "lesson"),
            "remove_question": await self._question(removing),
            "delete_module": _in(deleting),
            "publish_module": _in(publishing),
            "preview_publication": _in(offered),
            "archive_module": _in(archiving),
        }

    async def _of_learning(self, module: Module, learner: UserView) -> dict[str, Example]:
        """What everybody does only for themselves: the administrator is enrolled too."""
        await self._enroll(module, learner)
        quizzes = module.of_kind("quiz")
        saving, submitting = [await self._attempt(module, quiz, learner) for quiz in quizzes[:2]]
        self.names |= {**(await self._question(module)).names, **saving.names}
        return {
            "read_progress": _in(module, user_id="me"),
            "list_attempts": _in(module, user_id="me"),
            "start_module": _in(module, user_id="me"),
            "complete_section": _in(module, "attestation", user_id="me", body={"attestation": STATEMENT}),
            "start_attempt": _in(module, section_id=quizzes[2]),
            "save_answers": saving,
            "submit_attempt": submitting,
            **dict.fromkeys(("read_notice_preferences", "change_notice_preferences"), _named(user_id="me")),
        }

    async def _of_people(self, module: Module, people: list[UserView]) -> dict[str, Example]:
        shown, voided, revoked, renewed, withdrawing, *others = await self._people(module, people)
        attending, edited, left, erased, linked, unlinked, trained, enrolling = others
        # Those who are enrolled are left out when the demonstration is started again.
        for user in (shown, voided, revoked, renewed, withdrawing, *others[:-1]):
            await self._enroll(module, user)
        session = await self._session(module, [shown, voided, revoked, renewed])
        records = {user.id: await self._record(user) for user in (shown, voided, revoked)}
        serial = str(records[shown.id].certificate_serial)
        self.names |= _named(
            user_id=shown.id, session_id=session.id, record_id=records[shown.id].id, serial=serial
        ).names
        address = unlinked.email or ""
        await self._bus.execute(ConfirmSignIn(address, development_subject(address)), self._system)
        sign_in = {"subject": str(development_subject(linked.email or "")), "reason": "confirmed"}
        held = {
            "module_id": str(module.id),
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "trainers": [{"name": "Dana Whitfield, RDH"}],
            "attendees": [{"user_id": str(attending.id)}],
        }
        return {
            "read_enrollment": _in(module, user_id=shown.id),
            "enroll_user": _in(module, body={"user_id": str(enrolling.id)}),
            "withdraw_enrollment": _in(module, user_id=withdrawing.id),
            "renew_enrollment": _in(module, user_id=renewed.id),
            "record_session": Example(body=held),
            "void_record": _named(record_id=records[voided.id].id),
            "revoke_certificate": _named(serial=records[revoked.id].certificate_serial),
            "record_external_training": _named(user_id=trained.id),
            "register_user": Example(body=await self._new_user()),
            "edit_user": _named(user_id=edited.id),
            "deactivate_users": Example(body={"user_ids": [str(left.id)]}),
            "erase_user": _named(user_id=erased.id),
            "link_sign_in": Example({"user_id": str(linked.id)}, sign_in),
            "unlink_sign_in": _named(user_id=unlinked.id),
        }

    async def _module(self, name: str, usable: Callable[[Module], bool]) -> Module:
        """The practice module of this name that is still usable, or a new one."""
        for number in count(1):
            slug = f"practice-{name}" + ("" if number == 1 else f"-{number}")
            known = await self._bus.ask(ListModules(q=slug, limit=ALL), self._system)
            found = next((each.id for each in known.items if each.slug == slug), None)
            if found is None:
                break
            module = await self._read(found)
            if usable(module):
                return module
        title = f"Practice: {name} {'' if number == 1 else number}".strip()
        made = await self._bus.execute(
            CreateModule(title, slug, "For trying the interactive page.", rules=IN_ANY_ORDER, sections=SECTIONS),
            self._system,
        )
        if usable is is_published:
            await self._bus.execute(PublishModule(made.id), self._system)
        return await self._read(made.id)

    async def _read(self, module_id: UUID) -> Module:
        found = await self._bus.ask(ReadModule(module_id), self._system)
        sections = json.loads(to_json(found.sections))
        return Module(found, [(section["id"], section["content"]["kind"]) for section in sections])

    async def _question(self, module: Module) -> Example:
        quiz = module.of_kind("quiz")[0]
        questions = (await self._bus.ask(ListQuestions(module.id, UUID(quiz)), self._system)).items
        return _in(module, section_id=quiz, question_id=questions[-1].id)

    async def _attempt(self, module: Module, quiz: str, learner: UserView) -> Example:
        """An open attempt, with answers of which one is wrong: so the quiz can be tried again."""
        started = await self._bus.execute(StartAttempt(module.id, UUID(quiz)), Actor(learner.id, Role.AUTHENTICATED))
        answers = {str(item.question_id): bool(place) for place, item in enumerate(started.items)}
        return Example({"attempt_id": str(started.id)}, {"answers": answers})

    async def _users(self) -> dict[str, UserView]:
        """The administrator and active people of the departments that the examples are about, by address."""
        found = [(await self._bus.ask(ListUsers(q=ADMINISTRATOR), self._system)).items]
        found.append(
            (await self._bus.ask(ListUsers(is_active=True, department=DEPARTMENTS, limit=ALL), self._system)).items
        )
        with_address = {user.email: user for users in found for user in users if user.email}
        return dict(sorted(with_address.items()))

    async def _people(self, module: Module, people: list[UserView]) -> list[UserView]:
        """People who are not enrolled; in a demonstration that was started many times, new ones."""
        participants = await self._bus.ask(ListModuleEnrollments(module.id, limit=ALL), self._system)
        enrolled = {each.user_id for each in participants.items}
        found = [user for user in people if user.id not in enrolled][:PEOPLE]
        for number in count(1):
            if len(found) == PEOPLE:
                break
            email, name = f"practice-{number}@unifieddental.example", f"Sam Practice {number}"
            with suppress(EmailTaken):
                new = RegisterUser(email, name, DEPARTMENTS[0], "Dental Assistant")
                registered = await self._bus.execute(new, self._system)
                found.append(await self._bus.ask(ReadUser(registered.id), self._system))
        await self._bus.execute(MarkDemonstration(), self._system)
        return found

    async def _new_module(self) -> dict[str, Any]:
        """The example of the document, with a title and a slug that no module has."""
        for number in count(1):
            body = NEW_MODULE if number == 1 else {**NEW_MODULE, "slug": f"{NEW_MODULE['slug']}-{number}"}
            known = await self._bus.ask(ListModules(q=str(body["slug"]), limit=ALL), self._system)
            if body["slug"] not in {each.slug for each in known.items}:
                break
        return body

    async def _new_user(self) -> dict[str, Any]:
        """The example of the document, with an address and an employee id that nobody has."""
        for number in count(1):
            others = {"email": f"ana.ruiz-{number}@unifieddental.example", "employee_id": f"E-10472-{number}"}
            body = NEW_USER if number == 1 else {**NEW_USER, **others}
            if not (await self._bus.ask(ListUsers(q=str(body["email"])), self._system)).items:
                break
        return body

    async def _enroll(self, module: Module, user: UserView) -> None:
        with suppress(AlreadyEnrolled):
            await self._bus.execute(EnrollUser(module.id, user.id), self._system)

    async def _session(self, module: Module, attendees: list[UserView]) -> SessionView:
        """A session since the module was published, in which they have learned it."""
        now = self._clock.now()
        times = module.view.published_at or now, now
        trainers, present = (Trainer("Dana Whitfield, RDH"),), tuple(NewAttendee(user.id) for user in attendees)
        return await self._bus.execute(RecordSession(module.id, *times, trainers, present), self._system)

    async def _record(self, user: UserView) -> RecordView:
        return (await self._bus.ask(ListRecords(user.id), self._system)).items[0]


def _named(**names: object) -> Example:
    return Example({name: str(value) for name, value in names.items()})


def _in(module: Module, kind: str | None = None, *, body: Any = None, **names: object) -> Example:
    """An example in this module, and in its first section of a kind."""
    if kind is not None:
        names["section_id"] = module.of_kind(kind)[0]
    return Example(_named(module_id=module.id, **names).names, body)
