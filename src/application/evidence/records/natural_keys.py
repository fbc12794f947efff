"""The natural keys of records: the same training is recorded only once, however often the request is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from application.evidence.ports import Records
from application.kernel.ports import Fingerprints
from domain.evidence.records import RecordedBefore, TrainingRecord


async def with_natural_keys(
    written: Sequence[TrainingRecord], records: Records, fingerprints: Fingerprints
) -> list[TrainingRecord]:
    """These records with their natural keys. Raises RecordedBefore, which names the first existing record.

    If the existing record is void, the next key in line is used: what was voided by mistake can be recorded again.
    """
    keys = [fingerprints.of(record.identity) for record in written]
    while earlier := await records.with_keys(keys):
        for standing in earlier.values():
            if not standing.is_void:
                raise RecordedBefore(standing.record_id, standing.session_id)
        keys = [fingerprints.of([key, str(earlier[key].record_id)]) if key in earlier else key for key in keys]
    return [replace(record, natural_key=key) for record, key in zip(written, keys, strict=True)]
