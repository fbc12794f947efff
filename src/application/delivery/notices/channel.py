"""The channel by which notices leave: each message is a delivery, with its retries."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from application.delivery.channels import delivers
from application.delivery.notices.deciding import DecideNotice
from application.delivery.notices.letters import (
    AddressRefused,
    Letter,
    LetterRefused,
    MailDelayed,
    Mailer,
    MailStopped,
)
from application.delivery.notices.sending import PrepareLetter, SettleLetter
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.ports import Clock
from domain.delivery.deliveries import Claim, Delivered, Dropped, Failed, Outcome, Postponed, Wanted
from domain.delivery.events import StoredEvent
from domain.delivery.notices import NoticeKind, NoticeReason, NoticesDecided, SubjectKind
from domain.delivery.retries import RetryPolicy
from domain.evidence.certificates import CertificateIssued
from domain.evidence.credential_events import CredentialRejected
from domain.learning.enrollment_events import UsersEnrolled

log = logging.getLogger("unified_dental.mail")

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MAIL = RetryPolicy((timedelta(), MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 12 * HOUR, 24 * HOUR))
"""Eight attempts in about two days."""
FRESH = timedelta(days=3)
"""Nobody is notified of what has happened earlier: when mail is set up, not of everything there ever was."""
STOPPED_FOR = 15 * MINUTE
"""How long nothing is sent after the mail server has refused the service itself."""

DECIDED = NoticesDecided.__name__
TOLD = {
    CertificateIssued.__name__: (NoticeKind.CERTIFICATE, SubjectKind.CERTIFICATE, "record_id"),
    CredentialRejected.__name__: (NoticeKind.REJECTED, SubjectKind.CREDENTIAL, "credential_id"),
    UsersEnrolled.__name__: (NoticeKind.ASSIGNED, SubjectKind.ENROLLMENT, "module_id"),
}
"""Of which events the people concerned are notified: how, and what of."""


@delivers("mail")
class Mail:
    """Implements application.delivery.ports.Channel. The targets are people."""

    policy, deadline, concurrency = MAIL, timedelta(seconds=90), 4

    def __init__(self, bus: Bus, mailer: Mailer, clock: Clock) -> None:
        self._bus = bus
        self._mailer = mailer
        self._clock = clock
        self._stopped_until: datetime | None = None

    async def wanted(self, events: Sequence[StoredEvent]) -> Sequence[Wanted]:
        if not self._mailer.is_set_up:
            return ()
        since = self._clock.now() - FRESH
        return [each for event in events if event.occurred_at > since for each in _wanted(event)]

    def full(self) -> Sequence[UUID]:
        return ()

    async def deliver(self, claim: Claim) -> Outcome:
        if claim.event.name != DECIDED:
            kind, subject, named = TOLD[claim.event.name]
            object_id = UUID(claim.event.payload[named])
            cause = f"{kind}/{claim.event.id.hex}"
            await self._bus.execute(DecideNotice(claim.target_id, kind, subject, object_id, cause), Actor.system())
            return Delivered()
        now = self._clock.now()
        if self._stopped_until is not None and now < self._stopped_until:
            return Postponed("stopped", self._stopped_until - now)
        mail_id = UUID(claim.event.payload["mail_id"])
        prepared = await self._bus.execute(PrepareLetter(mail_id), Actor.system())
        if prepared.quiet_until is not None:
            return Postponed("quiet", prepared.quiet_until - now)
        return Delivered() if prepared.letter is None else await self._send(prepared.letter, claim)

    async def _send(self, letter: Letter, claim: Claim) -> Outcome:
        try:
            await self._mailer.send(letter)
        except AddressRefused as error:
            await self._failed(letter, NoticeReason.REFUSED, error.status, letter.to)
            return Dropped("address-refused")
        except LetterRefused as error:
            await self._failed(letter, NoticeReason.REFUSED, error.status)
            return Dropped("message-refused")
        except MailDelayed as error:
            if claim.attempt >= self.policy.attempts:
                await self._failed(letter, NoticeReason.GAVE_UP, error.status)
            return Failed(error.reason, error.status)
        except MailStopped as error:
            self._stopped_until = self._clock.now() + STOPPED_FOR
            log.error("mail is stopped, until an operator corrects it: %s", error)
            return Postponed("stopped", STOPPED_FOR)
        await self._bus.execute(SettleLetter(letter.id), Actor.system())
        return Delivered()

    async def _failed(
        self, letter: Letter, reason: NoticeReason, status: int | None, refused_address: str | None = None
    ) -> None:
        await self._bus.execute(SettleLetter(letter.id, reason, status, refused_address), Actor.system())


def _wanted(event: StoredEvent) -> Iterator[Wanted]:
    if event.name == UsersEnrolled.__name__:
        yield from (Wanted(UUID(each), event) for each in event.payload["user_ids"])
    elif event.name == DECIDED or event.name in TOLD:
        yield Wanted(UUID(event.payload["user_id"]), event)
