"""Quiz attempts: mapping, repository and reader."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    bindparam,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.exc import IntegrityError

from adapters.registry import serves
from adapters.sql.assessment.tables import GRADED, OPEN, attempts
from adapters.sql.catalogue.tables import QUESTION_METADATA, modules, no_draft, questions, sections
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.mapping import adopted, map_class, maps, stored
from adapters.sql.kit.owned_lists import beside, scope_parameters
from adapters.sql.kit.pages import Listing, at_most, before, page_of, place
from adapters.sql.kit.reads import Reads, Row, on_replica
from adapters.sql.kit.types import Unopened
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import of_person, parts_of_person, person_of
from adapters.sql.people.tables import users, within
from application.assessment.ports import Attempts, UngradedAttempts
from application.assessment.queries import AttemptReader, AttemptSummary, QuizQuestions, QuizTries, StoredGrade
from application.assessment.views import SHOWN_AS_STORED, AttemptView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.assessment.attempts import AttemptAlreadyOpen, AttemptNotFound, QuizAttempt
from domain.assessment.grading import Answer, Answers, Grade, Mark
from domain.assessment.item_statistics import Try
from domain.catalogue.questions import QuestionMetadata


@maps
def map_attempts() -> None:
    """Map the class."""
    map_class(QuizAttempt, attempts, versioned=True)


@serves(Attempts)
@serves(UngradedAttempts)
class SqlAttempts:
    """Attempts in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def find(self, attempt_id: UUID) -> QuizAttempt:
        session = await self._unit.session()
        attempt = await session.get(stored(QuizAttempt), attempt_id)
        if attempt is None:
            raise AttemptNotFound
        return attempt

    async def get(self, attempt_id: UUID) -> QuizAttempt:
        attempt = await self._locked(attempts.c.id == attempt_id)
        if attempt is None:
            raise AttemptNotFound
        return attempt

    async def open_of(self, cycle_id: UUID, section_id: UUID) -> QuizAttempt | None:
        return await self._locked(
            attempts.c.cycle_id == cycle_id, attempts.c.section_id == section_id, attempts.c.status == OPEN
        )

    async def ungraded_of(self, user_id: UUID) -> list[QuizAttempt]:
        session = await self._unit.session()
        # A trigger lets answers change only after the person was erased, so the erasure is written first.
        await session.flush()
        mine = locking(of_person(attempts.c.user_id, literal(user_id, Uuid())), attempts.c.status != GRADED).order_by(
            attempts.c.id
        )
        return [self._unit.touch(attempt) for attempt in await session.scalars(mine)]

    async def number_of(self, user_id: UUID) -> int:
        session = await self._unit.session()
        mine = select(func.count()).where(of_person(attempts.c.user_id, literal(user_id, Uuid())))
        return await session.scalar(mine) or 0

    async def count(self, module_id: UUID, user_id: UUID, section_id: UUID) -> int:
        session = await self._unit.session()
        found = await session.scalar(
            select(func.count()).where(
                of_person(attempts.c.user_id, literal(user_id, Uuid())),
                attempts.c.module_id == module_id,
                attempts.c.section_id == section_id,
            )
        )
        return found or 0

    async def add(self, attempt: QuizAttempt) -> None:
        session = await self._unit.session()
        session.add(adopted(self._unit.touch(attempt)))
        try:
            await session.flush()
        except IntegrityError as error:
            raise AttemptAlreadyOpen from error

    async def keep(self, attempt: QuizAttempt) -> None:
        session = await self._unit.session()
        await session.flush()

    async def _locked(self, *where: ColumnElement[bool]) -> QuizAttempt | None:
        session = await self._unit.session()
        attempt = await session.scalar(locking(*where))
        return None if attempt is None else self._unit.touch(attempt)


def locking(*where: ColumnElement[bool]) -> Select[QuizAttempt]:
    """The attempts that meet the conditions, as they are now, which nobody else changes until the unit ends."""
    # Not session.get, which refuses rows that have changed since they were loaded.
    return select(stored(QuizAttempt)).where(*where).with_for_update().execution_options(populate_existing=True)


USER_ID = bindparam("user_id", type_=Uuid())
SECTION_ID = bindparam("section_id", type_=Uuid())
SUMMARY = columns_of(AttemptSummary, attempts)
SHOWN = (
    attempts.c["items"],
    attempts.c.answers,
    attempts.c.marks,
    attempts.c.policy,
    *(attempts.c[name] for name in SHOWN_AS_STORED),
)
QUESTIONS = (
    select(questions.c.id, type_coerce(questions.c.metadata, Unopened()))
    .select_from(sections.outerjoin(questions))
    .where(sections.c.id == SECTION_ID, sections.c.module_id == bindparam("module_id", type_=Uuid()))
    .order_by(questions.c.position)
)
TRY: tuple[ColumnElement[Any], ...] = (
    type_coerce(attempts.c.marks, Unopened()),
    type_coerce(attempts.c.answers, Unopened()),
)
TRIES = on_replica(
    select(*TRY)
    .where(attempts.c.section_id == SECTION_ID, attempts.c.status == GRADED)
    .order_by(attempts.c.submitted_at.desc(), attempts.c.id.desc())
    .limit(at_most())
)


@cache
def _of_enrollment(scoped: bool, drafts: bool, after: bool) -> Select[Any]:
    some = select(*SUMMARY).where(attempts.c.module_id == bindparam("module_id", type_=Uuid()))
    parts = parts_of_person(attempts.c.user_id, USER_ID)
    # Also empty if the module does not exist.
    owner = users.join(modules, modules.c.id == bindparam("module_id", type_=Uuid()))
    statement = beside(owner, users.c.id == USER_ID, some, attempts.c.started_at, attempts.c.id, after, parts)
    if scoped:
        statement = statement.where(within())
    return statement if drafts else statement.where(no_draft())


@cache
def _detail(scoped: bool) -> Select[Any]:
    statement = select(*SHOWN).select_from(attempts).where(attempts.c.id == bindparam("attempt_id", type_=Uuid()))
    if scoped:
        statement = statement.join(users, users.c.id == person_of(attempts.c.user_id)).where(within())
    return statement


@cache
def _of_person(after: bool) -> Select[Any]:
    statement = select(*SHOWN).where(of_person(attempts.c.user_id, USER_ID))
    if after:
        statement = statement.where(before(attempts.c.started_at, attempts.c.id))
    return statement.order_by(attempts.c.started_at.desc(), attempts.c.id.desc()).limit(at_most())


@cache
def _graded(after: bool) -> Select[Any]:
    based_on = (attempts.c.id, attempts.c["items"], attempts.c.answers, attempts.c.policy)
    result = (attempts.c.points, attempts.c.max_points, attempts.c.percent, attempts.c.passed, attempts.c.marks)
    statement = select(*based_on, *result).where(attempts.c.status == GRADED)
    if after:
        statement = statement.where(attempts.c.id > bindparam("after", type_=Uuid()))
    return statement.order_by(attempts.c.id).limit(at_most())


# Not validated again: thousands are read at once, and all were validated when they were stored.
_MARKS = msgspec.json.Decoder(tuple[Mark, ...])
_ANSWERS: msgspec.json.Decoder[Answers] = msgspec.json.Decoder(dict[UUID, Answer])


def _metadata(raw: msgspec.Raw) -> QuestionMetadata:
    metadata: QuestionMetadata = QUESTION_METADATA.load(msgspec.json.decode(raw))
    return metadata


def _view(row: Row) -> AttemptView:
    items, answers, marks, policy, *stored = row
    return AttemptView.showing(dict(zip(SHOWN_AS_STORED, stored, strict=True)), items, answers, marks, policy)


LISTED = Listing(AttemptSummary, lambda last: Cursor(last.started_at, last.id))


@serves(AttemptReader)
class SqlAttemptReader:
    """Attempts, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_enrollment(
        self, scope: Scope, module_id: UUID, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[AttemptSummary] | None:
        statement = _of_enrollment(not scope.everyone, scope.sees_drafts, after is not None)
        return await LISTED.opened(
            self._reads, statement, after, limit, module_id=module_id, user_id=user_id, **scope_parameters(scope)
        )

    async def detail(self, scope: Scope, attempt_id: UUID) -> AttemptView | None:
        rows = await self._reads.rows(_detail(not scope.everyone), attempt_id=attempt_id, **scope_parameters(scope))
        if not rows:
            return None
        return _view(rows[0])

    async def of_person(self, user_id: UUID, after: Cursor | None, limit: int) -> Page[AttemptView]:
        rows = await self._reads.rows(_of_person(after is not None), limit=limit + 1, user_id=user_id, **place(after))
        return page_of([_view(row) for row in rows], limit, lambda last: Cursor(last.started_at, last.id))

    async def questions(self, module_id: UUID, section_id: UUID) -> QuizQuestions | None:
        rows = await self._reads.rows(QUESTIONS, module_id=module_id, section_id=section_id)
        return QuizQuestions({key: _metadata(raw) for key, raw in rows if key is not None}) if rows else None

    async def tries(self, section_id: UUID, limit: int) -> QuizTries:
        rows = await self._reads.rows(TRIES, section_id=section_id, limit=limit)
        return QuizTries([Try(_MARKS.decode(marks), _ANSWERS.decode(answers)) for marks, answers in rows])

    async def graded(self, after: UUID | None, limit: int) -> list[StoredGrade]:
        given = {} if after is None else {"after": after}
        rows = await self._reads.rows(_graded(after is not None), limit=limit, **given)
        return [
            StoredGrade(attempt_id, items, answers, policy, Grade(*result))
            for attempt_id, items, answers, policy, *result in rows
        ]
