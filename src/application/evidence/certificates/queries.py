"""Reading, printing and verifying certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, everyone, scope_of
from application.kernel.handlers import handles
from application.kernel.lists import Present
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.ports import Calendar, Clock
from domain.evidence.certificates import CertificateNameless, CertificateNotFound, CertificateRevoked, read_serial
from domain.evidence.persons import Trainer
from domain.kernel.days import utc_day
from domain.kernel.validity import CertificateState, state_on
from domain.kernel.values import Text
from domain.people.user_errors import UserNotFound

Serial = Annotated[str, Text(40)]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues the certificates, and the public address of this service, where they are verified."""

    name: str
    public_url: str


@dataclass(slots=True)
class CertificateView:
    """A certificate. Its state is that of today, where the person is.

    Its dates are those of `time_zone`, like those of its record; the zone is null where it was not kept.
    """

    serial: str
    record_id: UUID
    user_id: UUID
    full_name: str | None
    title: str
    completed_at: datetime
    valid_from: date
    valid_until: date | None
    state: CertificateState
    issued_at: datetime
    issued_on: date
    time_zone: str | None
    revoked_at: datetime | None
    revocation_reason: str | None


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The stored facts of a certificate and the record behind it. `holders_zone` is where the person is today."""

    serial: str
    record_id: UUID
    user_id: UUID
    full_name: str | None
    title: str
    completed_at: datetime
    valid_from: date
    valid_until: date | None
    issued_at: datetime
    issued_on: date | None
    time_zone: str | None
    revoked_at: datetime | None
    revocation_reason: str | None
    citation: str | None
    credit_hours: float | None
    trainers: tuple[Trainer, ...]
    holders_zone: str | None

    def view(self, at: Present) -> CertificateView:
        return CertificateView(
            self.serial,
            self.record_id,
            self.user_id,
            self.full_name,
            self.title,
            self.completed_at,
            self.valid_from,
            self.valid_until,
            self.state(at),
            self.issued_at,
            self.day_of_issue,
            self.time_zone,
            self.revoked_at,
            self.revocation_reason,
        )

    @property
    def day_of_issue(self) -> date:
        """The day that is printed. A certificate of a process from before days were kept has that of UTC."""
        return self.issued_on or utc_day(self.issued_at)

    def state(self, at: Present) -> CertificateState:
        today = at.day_in(self.holders_zone)
        return state_on(today, valid_until=self.valid_until, revoked_at=self.revoked_at)


@dataclass(slots=True)
class Verification:
    """What anybody who knows the serial may see: the content of the certificate, and whether it is valid today."""

    serial: str
    state: CertificateState
    full_name: str | None
    title: str
    completed_on: date
    valid_from: date
    valid_until: date | None
    issued_by: str


@dataclass(frozen=True, slots=True)
class CertificateSheet:
    """What is printed on a certificate."""

    serial: str
    full_name: str
    title: str
    completed_on: date
    valid_from: date
    valid_until: date | None
    issued_at: datetime
    issued_on: date
    time_zone: str | None
    issued_by: str
    citation: str | None
    credit_hours: float | None
    trainers: tuple[str, ...]
    verify_url: str


class CertificatePrinter(Protocol):
    """Prints certificates."""

    async def print(self, certificate: CertificateSheet) -> bytes:
        """A PDF of one page; the same for the same certificate. Raises Conflict when it cannot be printed."""


class CertificateReader(Protocol):
    """Reads certificates with one statement per call."""

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[CertificateFacts] | None:
        """By issue, newest first; None when there is no such user within the scope."""

    async def detail(self, scope: Scope, serial: str) -> CertificateFacts | None:
        """The certificate, None when there is none of a user within the scope."""


@dataclass(frozen=True, slots=True)
class ListCertificates(Query[Page[CertificateView]]):
    """The certificates of a user, newest first."""

    user_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListCertificates, allow=anyone, raises=(UserNotFound,))
async def list_certificates(
    query: ListCertificates, actor: Actor, certificates: CertificateReader, clock: Clock, calendar: Calendar
) -> Page[CertificateView]:
    """Show someone's certificates to that person, to managers of the department, to compliance and administrators."""
    page = await certificates.of_user(scope_of(actor), query.user_id, query.cursor, query.limit)
    if page is None:
        raise UserNotFound
    at = Present.at(clock.now(), calendar)
    return Page([each.view(at) for each in page.items], page.next)


@dataclass(frozen=True, slots=True)
class ReadCertificate(Query[CertificateView]):
    """One certificate."""

    serial: Serial


@handles(ReadCertificate, allow=anyone, raises=(CertificateNotFound,))
async def read_certificate(
    query: ReadCertificate, actor: Actor, certificates: CertificateReader, clock: Clock, calendar: Calendar
) -> CertificateView:
    """Show a certificate to that person, to managers of the department, to compliance and administrators."""
    found = await _certificate(certificates, scope_of(actor), query.serial)
    return found.view(Present.at(clock.now(), calendar))


@dataclass(frozen=True, slots=True)
class PrintCertificate(Query[bytes]):
    """A certificate as a PDF."""

    serial: Serial


@handles(PrintCertificate, allow=anyone, raises=(CertificateNotFound, CertificateRevoked, CertificateNameless))
async def print_certificate(
    query: PrintCertificate,
    actor: Actor,
    certificates: CertificateReader,
    printer: CertificatePrinter,
    issuer: Issuer,
) -> bytes:
    """Print a certificate for that person, for managers of the department, for compliance and administrators.

    A certificate that is revoked or has no name is not printed. An expired one shows its dates.
    """
    found = await _certificate(certificates, scope_of(actor), query.serial)
    if found.revoked_at is not None:
        raise CertificateRevoked
    if found.full_name is None:
        raise CertificateNameless
    sheet = CertificateSheet(
        found.serial,
        found.full_name,
        found.title,
        found.valid_from,
        found.valid_from,
        found.valid_until,
        found.issued_at,
        found.day_of_issue,
        found.time_zone,
        issuer.name,
        found.citation,
        found.credit_hours,
        tuple(trainer.name for trainer in found.trainers),
        f"{issuer.public_url}/v1/verify/{found.serial}",
    )
    return await printer.print(sheet)


@dataclass(frozen=True, slots=True)
class VerifyCertificate(Query[Verification]):
    """Whether a certificate is valid today."""

    serial: Serial


@handles(VerifyCertificate, allow=everyone, raises=(CertificateNotFound,))
async def verify_certificate(
    query: VerifyCertificate,
    actor: Actor,
    certificates: CertificateReader,
    issuer: Issuer,
    clock: Clock,
    calendar: Calendar,
) -> Verification:
    """Tell everyone who holds a certificate, also without a token, whether it is valid, expired or revoked."""
    found = await _certificate(certificates, Scope(everyone=True), query.serial)
    return Verification(
        found.serial,
        found.state(Present.at(clock.now(), calendar)),
        found.full_name,
        found.title,
        found.valid_from,
        found.valid_from,
        found.valid_until,
        issuer.name,
    )


async def _certificate(certificates: CertificateReader, scope: Scope, serial: str) -> CertificateFacts:
    found = await certificates.detail(scope, read_serial(serial))
    if found is None:
        raise CertificateNotFound
    return found
