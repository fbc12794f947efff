"""docs/access.md, tried out: every operation of the API document, asked by each kind of person.

Each cell of the table has the people, modules and enrollments that it needs and no others, so that none depends on
another.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from pydantic import SecretStr

from adapters.memory.delivery.event_log import MemoryEventLog
from adapters.memory.kit.discovery import memory_units
from adapters.memory.kit.store import MemoryStore
from application.assessment.commands import StartAttempt, SubmitAttempt
from application.audit.sealing import SealAudit
from application.catalogue.modules.commands import (
    CreateModule,
    NewQuestion,
    NewSection,
    PublishModule,
    SetPrerequisites,
)
from application.catalogue.modules.queries import ModuleDetail
from application.catalogue.questions.queries import ListQuestions
from application.compliance.relief.decrees import ApproveDecree, DecreeRelief
from application.compliance.relief.queries import ListRelief
from application.compliance.requirements.versions import ApproveVersion
from application.delivery.webhooks.commands import AddWebhook
from application.evidence.credentials.commands import SubmitCredential, VerifyCredential
from application.evidence.records.queries import ListRecords
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor, compliance_officers, overseers
from application.kernel.handlers import discover
from application.kernel.messages import Command
from application.learning.enrollments.commands import EnrollUser
from application.learning.progress.commands import CompleteSection
from application.people.service_accounts.commands import CreateServiceAccount
from application.people.sign_ins.linking import LinkSignIn
from application.people.users.commands import DeactivateUsers, RegisterUser
from application.privacy.merging import MergeUser
from contracts.backend import sections_of
from documents.access_table import KEYS, ROLES, KeyRow, Row, key_rows, rows
from documents.documented_problems import Documented
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, Quiz
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import ReliefReason
from domain.evidence.persons import Trainer
from domain.kernel.key_scopes import WHOLE_ORGANIZATION, KeyScope
from domain.kernel.roles import Role
from domain.people.sign_ins import LinkReason
from entrypoints.bootstrap import Service, bootstrap, development_subject, development_tokens
from entrypoints.cli.serving import application
from entrypoints.http.kit.routing import operation_id
from entrypoints.http.routes import ROUTES
from entrypoints.settings import Settings
from kit.adding_over_http import add_missing, missing
from kit.delivering import TARGET, a_dead_delivery
from kit.surroundings import FixedClock
from situations.requirements import a_new_requirement

PEOPLE: dict[str, dict[str, Any]] = {
    "learner": {"department": "Hygiene"},
    "other learner": {"department": "Front Desk"},
    "author": {"role": Role.AUTHOR},
    "manager": {"role": Role.MANAGER, "managed_departments": ("Hygiene",)},
    "manager of the own department": {
        "role": Role.MANAGER,
        "department": "Hygiene",
        "managed_departments": ("Hygiene",),
    },
    "other manager": {"role": Role.MANAGER, "managed_departments": ("Front Desk",)},
    "compliance": {"role": Role.COMPLIANCE},
    "admin": {"role": Role.ADMIN},
    "deactivated": {"role": Role.ADMIN},
    # Nobody knows these, but they need somebody to be mistaken for.
    "no token": {"role": Role.ADMIN},
    "bad token": {"role": Role.ADMIN},
}
SECTIONS = (
    NewSection("Read", Lesson("Text")),
    NewSection("Check", Quiz(), (NewQuestion("True?", TrueFalse(True)), NewQuestion("False?", TrueFalse(False)))),
)
OTHER = -1
"""The number of the administrator who is nobody else."""
APPROVER = Actor(UUID(int=501), Role.COMPLIANCE)
"""Approves what others have drafted or requested."""
POLICY = LegalSource("Handbook, page 12", Basis.POLICY, "Unified Dental")
ANY_ORDER = CompletionRules(sections_in_order=False)


@dataclass
class Api:
    """The application on an empty store in memory, with its own document."""

    service: Service
    store: MemoryStore
    app: Any
    token_of: Callable[[str], str]
    operations: dict[str, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    documented: Documented = field(init=False)
    begin: Callable[[], None] = field(init=False)
    """Puts back the store with nobody but the administrator."""
    set_up: dict[tuple[str, str], tuple[Scene, Callable[[], None]]] = field(default_factory=dict)

    async def scene(self, who: str, on: str) -> Scene:
        """The conditions of a cell, with nobody else but an administrator. They are made once, and then put back."""
        if (who, on) not in self.set_up:
            self.begin()
            made = await scene(self, who, TARGETS[on])
            self.set_up[who, on] = made, self.store.saved()
        found, put_back = self.set_up[who, on]
        put_back()
        return found

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://localhost")

    async def do(self, command: Command[Any], learner: UUID | None = None, *, actor: Actor | None = None) -> Any:
        actor = actor or (Actor(learner, Role.AUTHENTICATED) if learner else Actor.system())
        return await self.service.bus.execute(command, actor)

    async def prepare(self) -> None:
        """Read the document, and have an administrator, who is nobody else."""
        await person(self, "admin", OTHER)
        self.begin = self.store.saved()
        async with self.client() as client:
            document = (await client.get("/schema/openapi.json")).json()
        self.documented = Documented(document)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                self.operations[operation["operationId"]] = (method, path, operation)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("matrix"))
        settings, clock = Settings(database_url=SecretStr("memory://"), environment="development"), FixedClock()
        store = MemoryStore(clock.now)
        service = bootstrap(settings, clock=clock, store=store)
        tokens = development_tokens(settings, clock)
        api = Api(service, store, application(service), lambda email: tokens.issue(email, development_subject(email)))
        asyncio.run(api.prepare())
        # In memory there is nothing to close.
        yield api


@dataclass(frozen=True)
class Target:
    """The objects of a request: the learner or the caller, and a module."""

    published: bool = True
    enrolled: bool = False
    """Whether the person concerned, usually the learner, is enrolled in the module."""
    trying: bool = False
    """Whether the learner is in the middle of its quiz."""
    completed: bool = False
    """Whether the learner has passed it, after the lesson."""
    certified: bool = False
    """Whether the learner has a record and a certificate of the module, from a classroom session."""
    credential: bool = False
    """Whether the person concerned has a credential that waits for verification."""
    verified: bool = False
    """Whether it is verified."""
    own_submission: bool = False
    """Whether the caller has submitted it."""
    linked: bool = False
    """Whether the learner has a sign-in of Supabase's."""
    twin: bool = False
    """Whether there is another user who is the same person."""
    merged: bool = False
    """Whether the two are merged: the learner into the other, or the other into oneself."""
    oneself: bool = False
    waiting: bool = False
    """Whether another module must be completed before this one."""
    first: bool = False
    """Whether it must be completed before another module, which the learner has not completed."""
    required: bool = False
    """Whether there is a requirement with an approved version."""
    own_draft: bool = False
    """Whether there is a requirement whose draft is the caller's own."""
    ruled: bool = False
    """Whether there is an approved requirement, which permits delays."""
    relief: str = ""
    """The relief that is requested for the person concerned, alone or by decree: `requested`, `own request`, which the
    caller has requested, or `approved`.
    """
    body: dict[str, Any] | None = None
    """What is sent in place of the example in the API document."""


MATERIAL = {"material": True, "reopens": "nobody"}
TARGETS = {
    "": Target(),
    "a draft": Target(published=False),
    "a draft, moving": Target(published=False, body={**MATERIAL, "move_enrollments": True}),
    "a draft, moving nobody": Target(published=False, body=MATERIAL),
    "a published module": Target(),
    "the learner": Target(),
    "the learner, enrolled": Target(enrolled=True),
    "the learner, in a draft": Target(published=False),
    "the learner, completed": Target(enrolled=True, trying=True, completed=True),
    "the learner's attempt": Target(enrolled=True, trying=True),
    "the learner's certificate": Target(certified=True),
    "the learner's credential": Target(credential=True),
    "the learner's credential, verified": Target(credential=True, verified=True),
    "what one has submitted": Target(credential=True, own_submission=True),
    "one's own credential": Target(oneself=True, credential=True),
    "one's own credential, verified": Target(oneself=True, credential=True, verified=True),
    "the learner, linked": Target(linked=True),
    "the learner, a duplicate": Target(twin=True),
    "the learner, merged": Target(twin=True, merged=True),
    "oneself, a duplicate": Target(oneself=True, twin=True),
    "oneself, with a duplicate": Target(oneself=True, twin=True, merged=True),
    "oneself": Target(oneself=True),
    "oneself, enrolled": Target(oneself=True, enrolled=True),
    "oneself, completed": Target(oneself=True, enrolled=True, trying=True, completed=True),
    "one's own certificate": Target(oneself=True, certified=True),
    "oneself, moving": Target(oneself=True, enrolled=True, body={**MATERIAL, "move_enrollments": True}),
    "oneself, held up": Target(oneself=True, enrolled=True, waiting=True),
    "what holds oneself up": Target(oneself=True, first=True),
    "a text without a location": Target(body={"text": "The park", "location_id": None}),
    "an approved requirement": Target(required=True),
    "the learner, and a requirement": Target(required=True),
    "oneself, and a requirement": Target(oneself=True, required=True),
    "one's own draft": Target(oneself=True, own_draft=True),
    "the learner, under a requirement": Target(ruled=True),
    "oneself, under a requirement": Target(oneself=True, ruled=True),
    "the learner's relief": Target(relief="requested"),
    "the learner's relief, approved": Target(relief="approved"),
    "what one has requested": Target(relief="own request"),
    "one's own relief": Target(oneself=True, relief="requested"),
    "one's own relief, approved": Target(oneself=True, relief="approved"),
    "one's own access": Target(oneself=True, body={"is_active": True}),
}
"""What the words in the column `on` stand for."""


@dataclass(frozen=True)
class Scene:
    """The conditions of one cell of the table: the caller and the objects."""

    headers: dict[str, str]
    user: UUID
    module: ModuleDetail
    ids: dict[str, Any]
    """What the path may name."""


async def scene(api: Api, who: str, target: Target) -> Scene:
    number = next(api.numbers)
    asker = await person(api, who, number)
    # The person concerned: the caller, or a learner.
    learner = asker if target.oneself or who == "learner" else await person(api, "learner", number)
    module: ModuleDetail = await api.do(CreateModule(f"Module {number}", sections=SECTIONS, rules=ANY_ORDER))
    ids: dict[str, Any] = {"number": 1, "module_id": module.id, "section_id": sections_of(module)[-1].id}
    questions = await api.service.bus.ask(ListQuestions(module.id, ids["section_id"]), Actor.system())
    ids["question_id"] = questions.items[0].id
    if target.published:
        await api.do(PublishModule(module.id))
    if target.waiting or target.first:
        other = await api.do(CreateModule(f"Other {number}", sections=SECTIONS))
        await api.do(PublishModule(other.id))
        first, then = (other.id, module.id) if target.waiting else (module.id, other.id)
        await api.do(SetPrerequisites(then, (first,)))
        if target.first:
            await api.do(EnrollUser(then, learner))
    if target.enrolled:
        await api.do(EnrollUser(module.id, learner))
    if target.trying:
        ids["attempt_id"] = (await api.do(StartAttempt(module.id, ids["section_id"]), learner)).id
    if target.completed:
        right = {each.id: each.metadata.correct for each in questions.items if isinstance(each.metadata, TrueFalse)}
        await api.do(CompleteSection(module.id, learner, sections_of(module)[0].id), learner)
        await api.do(SubmitAttempt(ids["attempt_id"], right), learner)
    if target.linked:
        await api.do(LinkSignIn(learner, uuid5(learner, "account"), LinkReason.CONFIRMED))
    if target.required or target.own_draft:
        author = Actor(asker, Role.ADMIN) if target.own_draft else Actor.system()
        ids["requirement_id"] = (await api.do(a_new_requirement(f"bls_{number}"), actor=author)).id
        if target.required:
            await api.do(ApproveVersion(ids["requirement_id"], 1), actor=Actor(learner, Role.ADMIN))
    if target.ruled or target.relief:
        ids |= await relieved(api, target, asker, learner)
    if target.certified:
        ids |= await certified(api, module.id, learner)
    if target.credential:
        submitter = Actor(asker, Role.ADMIN) if target.own_submission else Actor.system()
        card = SubmitCredential(learner, "bls", "Red Cross", FixedClock().now().date())
        ids["credential_id"] = (await api.service.bus.execute(card, submitter)).id
        if target.verified:
            await api.do(VerifyCredential(ids["credential_id"]))
    ids["user_id"] = learner
    if target.twin:
        twin = await api.do(RegisterUser(f"twin{number}@example.com", full_name="Ana Ruiz"))
        ids["into"] = twin.id
        if target.merged:
            if target.oneself:
                ids |= {"user_id": twin.id, "into": learner}
            await api.do(MergeUser(ids["user_id"], ids["into"], "Hired twice."))
    headers = {"authorization": f"Bearer {api.token_of(address(who, number))}"}
    match who:
        case "no token":
            headers = {}
        case "bad token":
            headers["authorization"] = re.sub(r"[^.]+$", "A" * 43, headers["authorization"])
        case "deactivated":
            await api.do(DeactivateUsers((asker,)))
    return Scene(headers, learner, module, ids)


async def certified(api: Api, module_id: UUID, learner: UUID) -> dict[str, Any]:
    """Ids of what results from a session at which the learner was."""
    times = FixedClock().now() - timedelta(hours=2), FixedClock().now() - timedelta(hours=1)
    held = await api.do(RecordSession(module_id, *times, (Trainer("Dana"),), (NewAttendee(learner),)))
    records = await api.service.bus.ask(ListRecords(learner), Actor.system())
    (record,) = records.items
    return {"session_id": held.id, "record_id": record.id, "serial": record.certificate_serial}


async def relieved(api: Api, target: Target, asker: UUID, learner: UUID) -> dict[str, Any]:
    """Ids of an approved requirement, and of a delay that is requested by decree for the learner."""
    day = FixedClock().now().date()
    requirement = await api.do(a_new_requirement(f"delayed_{next(api.numbers)}", effective_on=day))
    await api.do(ApproveVersion(requirement.id, 1), actor=APPROVER)
    if not target.relief:
        return {"requirement_id": requirement.id}
    author = Actor(asker, Role.ADMIN) if target.relief == "own request" else Actor.system()
    delay = (ReliefKind.DELAY, ReliefReason.NO_SESSION, day, POLICY)
    decree = await api.do(DecreeRelief(requirement.id, *delay, until=day, user_ids=(learner,)), actor=author)
    if target.relief == "approved":
        await api.do(ApproveDecree(decree.id), actor=APPROVER)
    (relief,) = (await api.service.bus.ask(ListRelief(decree_id=decree.id), Actor.system())).items
    return {"requirement_id": requirement.id, "decree_id": decree.id, "relief_id": relief.id}


async def person(api: Api, who: str, number: int) -> UUID:
    command = RegisterUser(
        address(who, number), **{"full_name": "Ana Ruiz", "department": "Administration", **PEOPLE[who]}
    )
    user_id: UUID = (await api.do(command)).id
    return user_id


def address(who: str, number: int) -> str:
    return f"{who.replace(' ', '-')}{number}@example.com"


def delay(scene: Scene) -> dict[str, Any]:
    """A delay until the year is over."""
    days = {"from_day": str(FixedClock().now().date()), "until": "2026-12-31"}
    return {"requirement_id": str(scene.ids["requirement_id"]), "kind": "delay", "reason": "no_session", **days}


BODIES: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "create_module": lambda scene: {"title": f"Another {scene.module.title}"},
    "create_service_account": lambda scene: {
        "name": str(scene.user),
        "purpose": "To be made.",
        "scopes": ["people:read"],
        "valid_days": 30,
    },
    "register_user": lambda scene: {"email": f"new-{scene.user}@example.com"},
    "enroll_user": lambda scene: {"user_id": str(scene.user)},
    "enroll_users": lambda scene: {"user_ids": [str(scene.user)]},
    "deactivate_users": lambda scene: {"user_ids": [str(scene.user)]},
    "merge_user": lambda scene: {"into": str(scene.ids["into"]), "reason": "Hired twice."},
    "set_prerequisites": lambda scene: {"prerequisites": []},
    "save_answers": lambda scene: {"answers": {}},
    "submit_attempt": lambda scene: {},
    "record_session": lambda scene: {
        "module_id": str(scene.module.id),
        "starts_at": "2026-03-02T07:00:00Z",
        "ends_at": "2026-03-02T08:00:00Z",
        "trainers": [{"name": "Dana"}],
        "attendees": [{"user_id": str(scene.user)}],
    },
    "request_relief": lambda scene: {"user_id": str(scene.user), **delay(scene)},
    "decree_relief": lambda scene: {
        "user_ids": [str(scene.user)],
        **delay(scene),
        "source": {"text": "Handbook, page 12", "basis": "policy", "jurisdiction": "Unified Dental"},
    },
    **dict.fromkeys(("end_relief", "end_decree"), lambda scene: {"last_day": str(FixedClock().now().date())}),
    "reorder_sections": lambda scene: {"section_ids": [str(each.id) for each in reversed(sections_of(scene.module))]},
}
"""Bodies that depend on what there is; of every other operation the example in the API document is sent."""

QUERIES = {"compare_versions": {"since": 1}, "prove_audit_consistency": {"first": 1}}
"""Query strings of what needs one."""


OF_ALL = {
    "add_requirement",
    "edit_requirement",
    "draft_version",
    "discard_draft",
    "retire_requirement",
    "preview_requirement",
    "decree_relief",
}
"""Decisions about rules for everybody. A second person approves what is to be in effect."""


async def ask(api: Api, row: Row | KeyRow, who: str, kind_of_key: str | None = None) -> int:
    """The status of the answer to a request that is right in every way but perhaps for who sends it.

    It is sent with a key of this kind, if one is named.
    """
    method, path, operation = api.operations[row.operation]
    target = TARGETS[row.on]
    there = await api.scene(who, row.on)
    sender = await key(api, row.scope, kind_of_key) if isinstance(row, KeyRow) and kind_of_key else None
    ids = {**there.ids}
    if "service_account_id" in path:
        account = await api.do(CreateServiceAccount(f"Other {next(api.numbers)}", "To act on.", (*KeyScope,), 1))
        ids |= {"service_account_id": account.id, "key_id": account.keys[0].id}
    if "webhook_id" in path:
        ids["webhook_id"] = (await api.do(AddWebhook(f"https://hooks.example.com/{next(api.numbers)}"))).id
    if "delivery_id" in path:
        target = ids.get("webhook_id", TARGET)
        ids["delivery_id"] = await a_dead_delivery(memory_units(api.store), MemoryEventLog(api.store), target)
    if "audit" in path:
        await api.do(SealAudit())
    if missing(path, ids):
        async with api.client() as client:
            await add_missing(client, path, ids, {"authorization": f"Bearer {api.token_of(address('admin', OTHER))}"})
    if row.operation == "complete_section":
        # A quiz is completed by passing it.
        ids["section_id"] = sections_of(there.module)[0].id
    headers, content = dict(sender or there.headers), dict[str, Any]()
    if any(each["name"] == "If-Match" for each in operation.get("parameters", ())):
        headers["if-match"] = "*"
    for media_type, media in [*operation.get("requestBody", {}).get("content", {}).items()][:1]:
        body = BODIES[row.operation](there) if row.operation in BODIES else target.body or media["example"]
        if isinstance(body, dict) and "title" in body:
            # The slugs that are made of titles are unique.
            body = {**body, "title": f"{body['title']}, {there.module.title}"}
        content = {"json": body} if media_type == "application/json" else {"content": body}
        headers["content-type"] = media_type
    async with api.client() as client:
        url, query = path.format_map(ids), QUERIES.get(row.operation)
        answer = await client.request(method, url, params=query, headers=headers, **content)
    assert str(answer.status_code) in operation["responses"], "the API document does not know this answer"
    if answer.is_error:
        api.documented.require(method.upper(), url, answer.status_code, answer.json()["code"])
    return answer.status_code


def test_the_columns_are_the_kinds_of_people() -> None:
    assert PEOPLE.keys() == ROLES.keys()
    acting = {who: role for who, role in ROLES.items() if role is not None}
    assert acting == {who: PEOPLE[who].get("role", Role.AUTHENTICATED) for who in acting}


def test_the_table_has_a_row_for_each_operation(api: Api) -> None:
    named = {row.operation for row in rows()}
    problems = [
        *(f"has no row for {name}" for name in sorted(api.operations.keys() - named)),
        *(f"has a row for {name}, which the API does not have" for name in sorted(named - api.operations.keys())),
    ]
    assert not problems, f"docs/access.md {'; '.join(problems)}"


def test_every_decision_about_somebody_is_tried_on_oneself() -> None:
    handlers = discover()
    deciding = {
        operation_id(route)
        for route in ROUTES
        if issubclass(route.message, Command) and handlers[route.message].allow in (overseers, compliance_officers)
    } - OF_ALL
    tried = {row.operation: row for row in rows() if row.on.startswith(("oneself", "one's own"))}
    missing = sorted(deciding - tried.keys())
    assert not missing, f"docs/access.md has no row that tries on oneself: {missing}"
    # Enrolling many answers 200, and refuses oneself by name.
    allowed = {name for name in deciding if {200, 201, 204} & set(tried[name].expected.values())}
    assert allowed == {"enroll_users"}


def test_no_row_is_there_twice_and_each_says_what_it_is_about() -> None:
    names = [str(row) for row in rows()]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    unknown = sorted({row.on for row in rows()} - TARGETS.keys())
    assert not unknown, f"docs/access.md, column `on`: nobody knows what these mean: {unknown}"


@pytest.mark.parametrize("row", rows(), ids=str)
async def test_each_kind_of_person_is_answered_as_the_table_says(api: Api, row: Row) -> None:
    found = {who: await ask(api, row, who) for who in ROLES}
    assert found == row.expected


async def key(api: Api, scope: KeyScope | None, kind: str) -> dict[str, str]:
    """The headers of a service account: with this scope, or all scopes where none is enough, or with all others."""
    limitable = [each for each in KeyScope if each not in WHOLE_ORGANIZATION]
    departments: tuple[str, ...] | None = None
    match kind:
        case "with the scope":
            scopes = list(KeyScope) if scope is None else [scope]
            departments = ("Hygiene",) if scope in limitable else None
        case "without the scope":
            scopes = [each for each in KeyScope if each is not scope]
        case _:
            scopes, departments = limitable, ("Front Desk",)
    name = f"Account {next(api.numbers)}"
    made = await api.do(CreateServiceAccount(name, "For this cell.", tuple(scopes), 1, departments))
    return {"authorization": f"Bearer {made.key}"}


def test_the_table_of_keys_has_a_row_for_each_operation(api: Api) -> None:
    named = {row.operation for row in key_rows()}
    problems = [
        *(f"has no row for {name}" for name in sorted(api.operations.keys() - named)),
        *(f"has a row for {name}, which the API does not have" for name in sorted(named - api.operations.keys())),
    ]
    assert not problems, f"docs/access.md, service accounts: {'; '.join(problems)}"
    names = [str(row) for row in key_rows()]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]


@pytest.mark.parametrize("row", key_rows(), ids=str)
async def test_each_kind_of_key_is_answered_as_the_table_says(api: Api, row: KeyRow) -> None:
    found = {kind: await ask(api, row, "other learner", kind) for kind in KEYS}
    assert found == row.expected
