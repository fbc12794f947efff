"""What the use cases about evidence need of the store.

They are bound to a unit of work: what they write appears when the bus commits, or not at all. Each has a memory and
an SQL adapter that pass one contract suite. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.evidence.certificates import Certificate
from domain.evidence.merging import HeldRecord
from domain.evidence.records import TrainingRecord
from domain.evidence.sessions import ClassroomSession
from domain.evidence.voiding import RecordStanding, RecordVoid


class Records(Protocol):
    """The training records. Nothing here is ever changed or removed; what is wrong is declared void."""

    async def add(self, record: TrainingRecord) -> None:
        """Add the record, which TrainingRecorded describes. Raises AlreadyRecorded, here or at commit."""

    async def add_many(self, records: Sequence[TrainingRecord]) -> None:
        """Like `add`, all of these in one statement. Raises RecordedBefore, here or at commit."""

    async def standing(self, record_id: UUID) -> RecordStanding:
        """Whether the record counts; nobody else voids it until the unit of work ends. Raises RecordNotFound."""

    async def with_keys(self, natural_keys: Sequence[str]) -> dict[str, RecordStanding]:
        """The records that have these natural keys, by key."""

    async def void(self, void: RecordVoid) -> None:
        """Add the voiding, which RecordVoided describes. Raises RecordIsVoid, here or at commit, the second time."""


class HeldRecords(Protocol):
    """All records of people, and whether they count."""

    async def of(self, user_id: UUID) -> list[HeldRecord]:
        """Every record of this user, and of users who were merged into it, in order of id."""


class Sessions(Protocol):
    """The classroom sessions. Nothing here is ever changed or removed."""

    async def add(self, session: ClassroomSession) -> None:
        """Add the session, which SessionHeld describes."""

    async def get(self, session_id: UUID) -> ClassroomSession:
        """The session, also one that this unit of work has added. Raises SessionNotFound."""


class Certificates(Protocol):
    """What records have earned."""

    async def get(self, serial: str) -> Certificate:
        """Raises CertificateNotFound."""

    async def of_record(self, record_id: UUID) -> Certificate | None:
        """The certificate that the record has earned, if it has one."""

    async def add_many(self, certificates: Sequence[Certificate]) -> None:
        """Keep all of these in one statement, and their events."""


class Serials(Protocol):
    """Serials of certificates."""

    def new(self) -> str:
        """A serial that nobody can guess."""
