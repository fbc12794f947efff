"""Every command that changes something leaves events that name all it has touched, and nothing that tells who it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from enum import Enum
from inspect import get_annotations, isclass
from types import UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

import msgspec

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.memory.people.tables import USERS
from application.audit.sealing import SealAudit
from application.compliance.obligations.marks import WorkOffMark
from application.compliance.obligations.reconciling import ReconcileObligations, ShareOutEverybody
from application.compliance.publication_preview import PreviewPublication
from application.compliance.requirements.previewing import PreviewRequirement
from application.delivery.webhooks.demonstration import MissEvent
from application.delivery.webhooks.resealing import ResealWebhookSecrets
from application.kernel.answers import ForgetAnswers
from application.kernel.messages import Command
from application.kernel.wiring import definitions
from application.reporting.commands import RefreshReports
from domain.kernel.aggregate import MOST_NAMED, DomainEvent, in_sets
from domain.kernel.errors import DomainError
from domain.people.user_events import UsersEdited
from kit.about import for_each
from kit.examples import uid
from situations import Situation, discover_situations
from situations.stage import TELLTALE, MemoryStage
from situations.telling import changed, rows_of, untold
from worlds.memory import HANDLERS

SITUATIONS = discover_situations()

NO_EVENTS: dict[type[Command[Any]], str] = {
    ForgetAnswers: "It tidies up: answers kept for repeated requests are no records.",
    WorkOffMark: "It computes what follows from other events.",
    ReconcileObligations: "It computes again what follows from other events.",
    ShareOutEverybody: "It only reads who there is.",
    PreviewPublication: "It only shows what a material version would reopen.",
    PreviewRequirement: "It only shows what a version would change.",
    MissEvent: "Only the demonstration does this; nothing is sent.",
    ResealWebhookSecrets: "It encrypts secrets again, which stay the same.",
    SealAudit: "It puts entries of other commands into the tree. Entries of its own would never end.",
    RefreshReports: "It counts again what other events have told of; no record changes.",
}
"""Commands that leave no event, and why."""

WORDS = {
    ("CertificateEvent", "serial"): "Random; it is what the certificate is known by.",
    ("TrainingRecorded", "time_zone"): "Of a place, for its days; the record, which is kept, has it too.",
    ("CredentialEvent", "type"): "A word of the requirements for a kind of card or license.",
    ("ModuleDeleted", "slug"): "Of a course in the catalogue, which can be created again under it.",
}
"""Texts in events, and why they may be there: no other text is, since events outlive what is kept of a person."""


def events_of(base: type[DomainEvent] = DomainEvent) -> Iterator[type[DomainEvent]]:
    """Every kind of event."""
    for value in {id(each): each for each in definitions("domain") if isclass(each)}.values():
        if issubclass(value, base) and "subject_id" in dir(value) and value.__module__.startswith("domain."):
            yield value


def test_every_command_has_a_situation_or_a_reason() -> None:
    commands = {message for message in HANDLERS if issubclass(message, Command)}
    known = {each.command for each in SITUATIONS} | NO_EVENTS.keys()
    missing = sorted(each.__name__ for each in commands - known)
    assert not missing, (
        f"no situation for {', '.join(missing)}: write an async function under @situation({missing[0]}) in its test or "
        "in tests/situations, which prepares a stage on which the command changes something"
    )
    assert not {each.command for each in SITUATIONS} & NO_EVENTS.keys()


@for_each("situation", SITUATIONS, ids=str)
async def test_whatever_changes_is_reported_and_nothing_else(situation: Situation) -> None:
    stage = MemoryStage()
    command, actor = await situation.prepare(stage)
    for again in (False, True):
        before, told = rows_of(stage.store), len(stage.told)
        with suppress(*([DomainError] if again else [])):
            await stage.do(command, actor)
        after, events = rows_of(stage.store), stage.told[told:]
        assert again or changed(before, after), "the situation is none: the command changes nothing in it"
        assert untold(before, after, events) == []
        assert bool(events) is bool(changed(before, after)), "each event records a change, and each change has an event"


@for_each("situation", SITUATIONS, ids=str)
async def test_no_event_tells_who_somebody_is(situation: Situation) -> None:
    stage = MemoryStage()
    command, actor = await situation.prepare(stage)
    await stage.do(command, actor)
    payloads = [msgspec.json.encode(event).decode() for event in stage.told]
    assert TELLTALE in repr(rows_of(stage.store)).lower() or not stage.store.table(USERS).by_key
    assert [payload for payload in payloads if TELLTALE in payload.lower()] == []


def test_events_hold_ids_numbers_moments_and_words_that_may_stay() -> None:
    plain = (UUID, int, float, bool, date, datetime)
    found = {}
    for event in events_of():
        for name, kind in get_type_hints(event).items():
            kinds = [each for each in _kinds(kind) if each is not type(None)]
            if not all(each in plain or issubclass(each, Enum) for each in kinds):
                owner = next(each for each in reversed(event.__mro__) if name in get_annotations(each))
                found[owner.__name__, name] = kinds
    assert found == {where: [str] for where in WORDS}


def _kinds(kind: Any) -> list[Any]:
    if isinstance(kind, UnionType) or get_args(kind):
        return [each for option in get_args(kind) if option is not Ellipsis for each in _kinds(option)]
    return [kind]


class TestFindingWhatIsNotTold:
    async def test_a_silent_change_is_found(self) -> None:
        stage = MemoryStage()
        course, user_id = await stage.enrolled()
        before = rows_of(stage.store)
        stage.store.table(USERS).by_key[user_id].location = "Austin"
        stage.store.table(MODULES).by_key[course.id].sections[0].title = "Study"
        del stage.store.table(ENROLLMENTS).by_key[course.id, user_id]
        after = rows_of(stage.store)
        assert sorted(untold(before, after, [UsersEdited.alone(uid(1))])) == [
            f"enrollments ({course.id!r}, {user_id!r})",
            f"modules {course.id}",
            f"part {course.lesson} of modules {course.id}",
            f"users {user_id}",
        ]
        assert f"users {user_id}" not in untold(before, after, [UsersEdited.alone(user_id)])


@for_each(("count", "sizes"), [(0, []), (1, [1]), (MOST_NAMED, [MOST_NAMED]), (MOST_NAMED + 1, [MOST_NAMED, 1])])
def test_one_event_names_so_many(count: int, sizes: list[int]) -> None:
    ids = [uid(n) for n in range(count)]
    sets = list(in_sets(ids))
    assert [len(some) for some in sets] == sizes
    assert [each for some in sets for each in some] == ids
    events = list(UsersEdited.together(uid(7), ids))
    assert [(event.batch_id, len(event.user_ids)) for event in events] == [(uid(7), size) for size in sizes]
