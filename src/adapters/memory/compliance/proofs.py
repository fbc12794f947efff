"""Proofs in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.evidence.tables import CERTIFICATES, RECORDS, VOIDS
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import Tables
from adapters.memory.people.merged import person_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.proofs import KnownProofs, Proofs, RecordedTraining
from domain.compliance.facts import Proof


@serves(Proofs)
class MemoryProofs:
    """Implements application.compliance.proofs.Proofs."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._tables: Tables = unit.draft

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        return _proofs(self._tables, user_ids)


@serves(KnownProofs)
class MemoryKnownProofs:
    """Implements application.compliance.proofs.KnownProofs."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables: Tables = store.table

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        return _proofs(self._tables, user_ids)


def _proofs(tables: Tables, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
    users, voids, modules, ids = tables(USERS), tables(VOIDS), tables(MODULES), set(user_ids)
    revoked = {each.record_id for each in tables(CERTIFICATES).rows() if each.revoked_at is not None}
    found: dict[UUID, list[Proof]] = defaultdict(list)
    for record in sorted(tables(RECORDS).rows(), key=lambda each: (each.valid_from, each.id)):
        whose = {record.person.user_id, person_of(users, record.person.user_id)} & ids
        if not whose or voids.peek(record.id) is not None or record.id in revoked:
            continue
        module = None if record.training.module_id is None else modules.peek(record.training.module_id)
        proof = RecordedTraining(
            id=record.id,
            valid_from=record.valid_from,
            module_id=record.training.module_id,
            version_number=record.training.version_number,
            tags=None if module is None else module.tags,
            categories=record.categories,
            format=record.format,
            delivery=record.delivery,
            full_name=record.person.full_name,
            job_title=record.person.job_title,
            summary=record.training.summary,
            trainers=record.trainers,
            issuer=record.issuer,
            credit_hours=record.credit_hours,
            score=None if record.result is None else record.result.score,
        ).proof
        for user_id in whose:
            found[user_id].append(proof)
    return {user_id: tuple(proofs) for user_id, proofs in found.items()}
