"""Reading the questions of a quiz; they are written with their module."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import questions, sections
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.reads import Reads
from application.catalogue.questions.queries import QuestionReader, QuestionView

OF_SECTION = (
    select(*columns_of(QuestionView, questions))
    .select_from(sections.outerjoin(questions))
    .where(
        sections.c.id == bindparam("section_id", type_=Uuid()),
        sections.c.module_id == bindparam("module_id", type_=Uuid()),
    )
    .order_by(questions.c.position)
)


@serves(QuestionReader)
class SqlQuestionReader:
    """Questions, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_section(self, module_id: UUID, section_id: UUID) -> list[QuestionView] | None:
        rows = await self._reads.rows(OF_SECTION, module_id=module_id, section_id=section_id)
        return [QuestionView(*row) for row in rows if row[0] is not None] if rows else None
