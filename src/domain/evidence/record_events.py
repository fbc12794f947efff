"""What happens to training records, as events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.learning.cycles import CycleGrant


class TrainingFormat(StrEnum):
    """Whether a teacher was present."""

    LIVE = "live"
    """In the same room."""
    LIVE_ONLINE = "live_online"
    """By video, so that questions can be asked and answered at once."""
    SELF_PACED = "self_paced"

    @property
    def is_live(self) -> bool:
        """Whether a teacher was present, in the room or by video."""
        return self is not TrainingFormat.SELF_PACED


class Delivery(StrEnum):
    """How the training was given."""

    ONLINE = "online"
    CLASSROOM = "classroom"
    EXTERNAL = "external"

    @property
    def usual_format(self) -> TrainingFormat | None:
        """A class is live, and a module everybody takes alone; of training from elsewhere it is not known."""
        return {Delivery.CLASSROOM: TrainingFormat.LIVE, Delivery.ONLINE: TrainingFormat.SELF_PACED}.get(self)


@dataclass(frozen=True, slots=True)
class TrainingRecorded(DomainEvent):
    """A training record was written."""

    record_id: UUID
    """The record."""
    user_id: UUID
    """Whose it is."""
    module_id: UUID | None
    """The module that it counts for; none for training from elsewhere that counts for none."""
    delivery: Delivery
    """How the training was given."""
    completed_at: datetime
    """When the training was completed (UTC)."""
    valid_from: date
    """The first day on which it is valid."""
    valid_until: date | None
    """The last day on which it is valid; none when it does not run out."""
    cycle_id: UUID | None = None
    """The cycle of an enrollment that it completed, if it was earned in one."""
    time_zone: str | None = None
    """The time zone that its days are of: an IANA name, or an offset from UTC such as `-06:00`."""

    @property
    def subject_id(self) -> UUID:
        return self.user_id

    @property
    def can_complete(self) -> bool:
        """Whether it may complete an incomplete enrollment in its module.

        Not for online training, whose record is created by the completed enrollment.
        """
        return self.module_id is not None and self.delivery is not Delivery.ONLINE

    def completes_on(self, today: date) -> bool:
        """Whether it completes an incomplete enrollment in its module today, where the person is."""
        return self.can_complete and (self.valid_until is None or today <= self.valid_until)

    def belongs_to(self, grant: CycleGrant | None) -> bool:
        """Whether the training was completed in the person's current cycle: since the newest grant in its module.

        A new cycle requires new training: earlier training neither completes nor proves it, even if it is recorded
        later. Before any grant all training counts. Of external training only the date is known, so it is compared with
        the date of the grant.
        """
        if grant is None or self.cycle_id == grant.cycle_id:
            return True
        if self.delivery is Delivery.EXTERNAL:
            return self.valid_from >= grant.begins_on
        return self.completed_at >= grant.granted_at

    def is_current(self, newest: Iterable[CycleGrant]) -> bool:
        """Whether it belongs to the current cycle; `newest` has the newest grant under each of the person's ids."""
        return all(self.belongs_to(grant) for grant in newest)

    @property
    def earns_certificate(self) -> bool:
        """Whether we certify it: training that somebody else gave has a certificate of theirs."""
        return self.delivery is not Delivery.EXTERNAL
