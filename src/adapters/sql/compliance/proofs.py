"""Proofs: one statement over the records of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import not_, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules
from adapters.sql.evidence.counted_records import is_revoked, is_void
from adapters.sql.evidence.tables import records
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import ids_of
from application.compliance.proofs import ProofReader, Proofs, proof_of_record
from domain.compliance.facts import Proof

IDS, RECORD = ids_of("ids"), records.c
PROOFS = (
    select(
        IDS.c.person_id,
        *(RECORD.id, RECORD.valid_from, RECORD.module_id, RECORD.version_number, RECORD.credit_hours, RECORD.delivery),
        modules.c.tags,
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


@serves(ProofReader)
class SqlProofReader:
    """Implements application.compliance.proofs.ProofReader."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        return _by_person(await self._reads.rows(PROOFS, ids=sorted(set(user_ids))))


def _by_person(rows: Iterable[Row]) -> dict[UUID, tuple[Proof, ...]]:
    found: dict[UUID, list[Proof]] = defaultdict(list)
    for person_id, *record in rows:
        found[person_id].append(proof_of_record(*record))
    return {person_id: tuple(proofs) for person_id, proofs in found.items()}
