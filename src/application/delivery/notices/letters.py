"""Letters: what a message says, before it becomes an e-mail, and how it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.delivery.notices import NoticeKind


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A due day for calendars. The same obligation and cycle always have the same `uid`; `sequence` counts its due
    days from 0, so that a calendar moves the entry instead of adding another one.
    """

    uid: str
    sequence: int
    title: str
    day: date


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One thing that a letter is about.

    `day` is the day on which it is due or expires; `who` is the person concerned, in letters to managers. `link` leads
    to what it is about, if there is a page of it; `serial` is that of a certificate. `reason` says why a credential was
    rejected; it may have several lines.
    """

    title: str
    day: date | None = None
    who: str | None = None
    link: str | None = None
    serial: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one person.

    `id` identifies it to mail servers, also when it has to be sent again. `today` is the day at the person's location.
    `more` counts what is not listed. `unsubscribe` is the address at which such letters can be turned off, None for
    those that cannot be.
    """

    id: UUID
    kind: NoticeKind
    to: str
    name: str | None
    today: date
    written_at: datetime
    lines: tuple[LetterLine, ...]
    more: int = 0
    unsubscribe: str | None = None
    calendar: tuple[CalendarEntry, ...] = ()


class AddressRefused(Exception):
    """The mail server does not take mail for this address: `status` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class LetterRefused(Exception):
    """The mail server does not take this message: `status` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class MailDelayed(Exception):
    """Not now: the mail server cannot be reached, or says so. Try again later.

    If the connection was lost after the message had been sent, it may have been taken: then it is sent twice, with the
    same Message-ID. `status` is the server's answer, if there was one.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class MailStopped(Exception):
    """Nothing can be sent until an operator has corrected the settings: the name of the fault."""


class Mailer(Protocol):
    """Sends letters. Where no mail server is set up, nobody is notified of anything."""

    @property
    def is_set_up(self) -> bool:
        """Whether there is a mail server."""

    async def send(self, letter: Letter) -> None:
        """Hand the letter to the mail server. Raises AddressRefused, LetterRefused, MailDelayed and MailStopped."""


class UnsubscribeLinks(Protocol):
    """Links that turn off one kind of notices for one person, without a sign-in."""

    def link(self, user_id: UUID, kind: NoticeKind) -> str | None:
        """The address; None where no key is set."""

    def read(self, token: str) -> tuple[UUID, NoticeKind] | None:
        """Whom and what the token of such an address is about; None if we have not made it."""


@dataclass(frozen=True, slots=True)
class LetterLinks:
    """Where letters lead: to the pages for learning, and to the public page of a certificate."""

    training: str
    service: str

    def of_certificate(self, serial: str) -> str:
        return f"{self.service}/v1/verify/{serial}"
