"""What deciding and sending notices needs of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.delivery.notices import Notice, NoticeKind, NoticeState, SubjectKind
from domain.delivery.recipients import NoticeSettings, Recipient
from domain.delivery.reminders import Candidate


class Notices(Protocol):
    """The notices, bound to a unit of work."""

    async def hold(self) -> None:
        """Be the only one who decides notices until the unit ends."""

    async def has(self, user_id: UUID, object_id: UUID, cause: str) -> bool:
        """Whether there is a notice for this cause."""

    async def add(self, notices: Sequence[Notice]) -> None:
        """Raises NoticeDecidedBefore, here or at commit, if there is one for the same person, object and cause."""

    async def of_mail(self, mail_id: UUID) -> list[Notice]:
        """The notices of a message, by id; no other unit of work changes them meanwhile."""

    async def waiting_of(self, user_id: UUID) -> list[Notice]:
        """Those of the person that are not settled, by id."""

    async def settle(self, notices: Sequence[Notice]) -> None:
        """Keep what has become of these."""


class NoticeSettingsOfPeople(Protocol):
    """What people do not want to be notified, bound to a unit of work."""

    async def get(self, user_id: UUID) -> NoticeSettings:
        """The person's settings; the usual ones if there are none. Others wait until the unit ends."""

    async def keep(self, settings: NoticeSettings) -> None:
        """Keep these instead of the person's former ones."""

    async def forget(self, user_id: UUID) -> None:
        """The person has the usual ones again, and no address of theirs is known."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which obligations are looked at: due from `first_due` to `last_due`, or opened since `opened_since`."""

    first_due: date
    last_due: date
    opened_since: date


class NoticeCandidates(Protocol):
    """Reads what people may have to be notified of, in order of their ids, with one statement per call.

    Each is of people whose time zone is `zone`, None for those whose location is not known: that of the obligation's
    location, or else of the person's. People who are not active are left out. The answer holds everything of each
    person in it, and is about at least one person unless nobody is left.
    """

    async def obligations(
        self, zone: str | None, day: date, window: Window, after: UUID | None, limit: int
    ) -> list[Candidate]:
        """What is to be met on the local day and was not waived or paused."""

    async def expiring(
        self, zone: str | None, day: date, until: date, after: UUID | None, limit: int
    ) -> list[Candidate]:
        """Certificates and credentials that expire from the local day to `until`, and that nothing newer replaces."""

    async def managers(self, zone: str | None, after: UUID | None, limit: int) -> list[Candidate]:
        """Managers who manage a department, or are responsible for a location."""


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What a notice is about, as it is now.

    `is_open` tells whether there still is something to tell; `due_on` and `cycle` are those of now. `is_statutory`: a
    law or regulation asks for it. `serial` is that of a certificate, `reason` why a credential was rejected.
    """

    title: str
    is_open: bool
    due_on: date | None = None
    cycle: int = 0
    is_statutory: bool = False
    serial: str | None = None
    reason: str | None = None


class NoticeFacts(Protocol):
    """Reads what is true now, when a notice is to be sent, with one statement per call."""

    async def zones(self) -> list[str | None]:
        """The time zones of all locations, each once; None stands for people whose location is not known."""

    async def recipient(self, user_id: UUID, day: date) -> Recipient | None:
        """The person, as of this day; of a merged user the one who stands for the person. None if there is none."""

    async def announced_at(self, user_id: UUID, module_id: UUID, day: date) -> datetime | None:
        """When it was last decided to tell the person of an obligation that asks for the module on this day.

        Only if that was sent or is to be sent. None if it was not.
        """

    async def subjects(
        self, user_id: UUID, kind: SubjectKind, ids: Collection[UUID], day: date
    ) -> Mapping[UUID, SubjectFacts]:
        """What these are now for the person. What does not exist any more is missing."""


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """How many notices of this kind are in this state."""

    kind: NoticeKind
    state: NoticeState
    number: int
