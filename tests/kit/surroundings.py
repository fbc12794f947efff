"""A clock, ids, serials, chance and an administrator that tests can foretell, and databases with the tables made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.audit_keys import Ed25519Keys
from adapters.documents import CanonicalFingerprints
from adapters.mail.smtp import NoMailer
from adapters.mail.unsubscribing import SignedLinks
from adapters.pdf import CertificatePdf, Garamond
from adapters.spreadsheets.writing import ReportFiles
from adapters.sql.install.migrating import upgrade
from adapters.sql.kit.engine import DatabaseOptions, open_database
from adapters.system import ZonedCalendar
from adapters.webhooks.secrets import SealedSecrets
from application.audit.ports import AuditKeys
from application.catalogue.modules.publishing import Publisher
from application.delivery.notices.letters import LetterLinks, Mailer, UnsubscribeLinks
from application.delivery.webhooks.sending import WebhookSecrets
from application.evidence.certificates.queries import CertificatePrinter, Issuer
from application.evidence.ports import Serials
from application.kernel.access import Actor
from application.kernel.ports import Calendar, Chance, Fingerprints, Typeface
from application.people.service_accounts.ports import KeyMint
from application.reporting.report import ReportWriter
from domain.delivery.quiet_hours import NEVER_QUIET, QuietHours
from domain.delivery.receivers import Receivers
from domain.delivery.reminders import ReminderPolicy
from domain.evidence.certificates import serial_of
from domain.kernel.roles import Role
from domain.people.leavers import LeaverLimit
from domain.people.service_account_keys import TEST, key_text
from domain.people.sign_ins import Admission
from entrypoints.http.kit.actors import client_ip

LINK_SECRET = "a secret of tests, which is long enough"
ADMINISTRATOR_ID = UUID("00000000-0000-7000-8000-000000000001")
SECRETS_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
AUDIT_SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FixedClock:
    """A clock that stands still until a test advances it."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let this much time pass."""
        self._now += by


class CountingIds:
    """Ids that count up from 1, each of version 7."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> UUID:
        self._count += 1
        return UUID(f"00000000-0000-7000-9000-{self._count:012d}")


async def as_administrator(request: Any) -> Actor:
    """Treats every caller as the administrator, for tests that are not about authentication."""
    return Actor(
        ADMINISTRATOR_ID, Role.ADMIN, request_id=request.scope["state"]["request_id"], client_ip=client_ip(request)
    )


class ForetoldChance:
    """Seeds that count up from 1."""

    def __init__(self) -> None:
        self._count = 0

    def seed(self) -> int:
        self._count += 1
        return self._count


def surroundings() -> dict[type, Any]:
    """What handlers need beside the store, the time and ids, so that the result is the same each time."""
    return {
        AuditKeys: Ed25519Keys("training.example.com", AUDIT_SEED),
        Calendar: ZonedCalendar(),
        Chance: ForetoldChance(),
        Serials: CountingSerials(),
        KeyMint: CountingKeys(),
        Fingerprints: CanonicalFingerprints(),
        Publisher: Publisher(CanonicalFingerprints(), Garamond()),
        Admission: Admission(frozenset({"example.com"})),
        LeaverLimit: LeaverLimit(),
        CertificatePrinter: CertificatePdf(),
        ReportWriter: ReportFiles(),
        Typeface: Garamond(),
        Issuer: Issuer("Unified Dental", "https://training.example.com"),
        Receivers: Receivers(),
        WebhookSecrets: SealedSecrets([SECRETS_KEY]),
        LetterLinks: LetterLinks("https://learn.example.com", "https://training.example.com"),
        UnsubscribeLinks: SignedLinks("https://training.example.com", LINK_SECRET),
        ReminderPolicy: ReminderPolicy(),
        QuietHours: NEVER_QUIET,
        Mailer: NoMailer(),
    }


class CountingSerials:
    """Serials made from the numbers from 1."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return serial_of(self._count)


class CountingKeys:
    """Keys whose secrets are the numbers from 1."""

    def __init__(self) -> None:
        self._count = 0

    def text(self, key_id: UUID) -> str:
        self._count += 1
        return key_text(TEST, key_id, self._count)


async def migrate(url: str, role: str | None = None) -> None:
    """Make the tables of the database at the URL, for the owner and this role."""
    database = open_database(DatabaseOptions(url=url))
    try:
        await upgrade(database.engine, role=role)
    finally:
        await database.close()
