"""Reading which types of credentials requirements ask for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, bindparam, or_, select

from adapters.registry import serves
from adapters.sql.compliance.requirement_tables import requirement_versions, requirements
from adapters.sql.kit.document_expressions import text_within
from adapters.sql.kit.reads import Reads
from application.evidence.credentials.types import CredentialTypeReader, CredentialTypes

TERMS = requirement_versions.c.terms
ASKED = (
    select(text_within(TERMS, "fulfillment", "type"), requirements.c.code, requirements.c.title)
    .join_from(requirement_versions, requirements)
    .where(
        text_within(TERMS, "fulfillment", "kind") == "credential",
        or_(requirements.c.retired_on.is_(None), requirements.c.retired_on > bindparam("today", type_=Date())),
    )
)


@serves(CredentialTypeReader)
class SqlCredentialTypeReader:
    """Types of credentials, in one statement."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def asked_for(self, today: date) -> CredentialTypes:
        rows = await self._reads.rows(ASKED, today=today)
        return CredentialTypes.of({(row[0], row[1], row[2]) for row in rows})
