"""The natural keys of records: the same training is recorded only once, however often the request is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.evidence.ports import Records
from application.kernel.ports import Fingerprints
from application.kernel.wiring import PortSet
from application.people.ports import UserMerges
from domain.evidence.records import RecordedBefore, TrainingRecord


@dataclass(frozen=True, slots=True)
class UniqueRecords(PortSet):
    """Records of which each is written once, recognized by its natural key."""

    records: Records
    merges: UserMerges
    fingerprints: Fingerprints

    async def add_many(self, written: Sequence[TrainingRecord]) -> list[TrainingRecord]:
        """Add these with their natural keys. Raises RecordedBefore, which names the first existing record.

        If the existing record is void, the next key in line is used: what was voided by mistake can be recorded again.
        Records of users who were merged into the person have keys of their own, of which none may be there either.
        """
        merged = await self.merges.merged_ids([record.person.user_id for record in written])
        await self._require_none(
            [
                self.fingerprints.of(record.identity_of(user_id))
                for record in written
                for user_id in merged.get(record.person.user_id, ())
            ]
        )
        keys = await self._require_none([self.fingerprints.of(record.identity) for record in written])
        named = [replace(record, natural_key=key) for record, key in zip(written, keys, strict=True)]
        await self.records.add_many(named)
        return named

    async def _require_none(self, keys: list[str]) -> list[str]:
        """The keys; if void records have them, the next free ones. Raises RecordedBefore."""
        while keys and (earlier := await self.records.with_keys(keys)):
            for standing in earlier.values():
                if not standing.is_void:
                    raise RecordedBefore(standing.record_id, standing.session_id)
            keys = [self.fingerprints.of([key, str(earlier[key].record_id)]) if key in earlier else key for key in keys]
        return keys
