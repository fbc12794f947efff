"""Proofs: one statement over the records of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, not_, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules
from adapters.sql.evidence.counted_records import format_of_record, is_revoked, is_void
from adapters.sql.evidence.tables import records
from adapters.sql.kit.columns import columns_of, names_of
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import ids_of
from application.compliance.proofs import KnownProofs, Proofs, RecordedTraining
from domain.compliance.facts import Proof

IDS, RECORD = ids_of("ids"), records.c
COLUMNS = columns_of(
    RecordedTraining,
    *(records,),
    tags=modules.c.tags,
    format=format_of_record(),
    # Only whether there is one.
    summary=func.substr(func.trim(RECORD.summary), 1, 1),
)
NAMES = names_of(COLUMNS)
PROOFS = (
    select(
        IDS.c.person_id,
        *COLUMNS,
    )
    .select_from(
        IDS.join(records, RECORD.user_id == IDS.c.user_id).outerjoin(modules, modules.c.id == RECORD.module_id)
    )
    .where(not_(is_revoked()), not_(is_void()))
    .order_by(IDS.c.person_id, RECORD.valid_from, RECORD.id)
)


@serves(Proofs)
class SqlProofs:
    """Implements application.compliance.proofs.Proofs."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        session = await self._unit.session()
        await session.flush()
        return _by_person((await session.execute(PROOFS, {"ids": sorted(set(user_ids))})).all())


@serves(KnownProofs)
class SqlKnownProofs:
    """Implements application.compliance.proofs.KnownProofs."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        return _by_person(await self._reads.rows(PROOFS, ids=sorted(set(user_ids))))


def _by_person(rows: Iterable[Row]) -> dict[UUID, tuple[Proof, ...]]:
    found: dict[UUID, list[Proof]] = defaultdict(list)
    for person_id, *record in rows:
        found[person_id].append(RecordedTraining(**dict(zip(NAMES, record, strict=True))).proof)
    return {person_id: tuple(proofs) for person_id, proofs in found.items()}
