"""Certificates: issued for a record, to be shown and verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from domain.evidence.record_events import TrainingRecorded
from domain.kernel.aggregate import Aggregate, DomainEvent, not_before
from domain.kernel.days import LocalDays
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.values import Text, enforce

Reason = Annotated[str, Text(1_000, form="lines")]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, without the letters that look or sound like others."""
GROUPS, GROUP = 4, 4
_LOOK_ALIKES = str.maketrans("OIL", "011")


class CertificateNotFound(NotFound):
    slug = "certificate-not-found"
    title = "No such certificate"
    sentence = "There is no certificate with this serial."


class CertificateRevoked(Conflict):
    slug = "certificate-revoked"
    title = "The certificate is revoked"
    sentence = "The certificate was revoked before, and a revocation is final."


class CertificateNameless(Conflict):
    slug = "certificate-nameless"
    title = "The certificate has no name"
    sentence = "The user had no name when the record was written, and a record does not change."


@dataclass(frozen=True, slots=True)
class CertificateEvent(DomainEvent):
    """Something that happened to the certificate of a record."""

    record_id: UUID
    """The record that has earned it."""
    serial: str
    """Its serial, by which anybody can verify it."""
    user_id: UUID
    """Whose it is."""

    @property
    def subject_id(self) -> UUID:
        return self.record_id


@dataclass(frozen=True, slots=True)
class CertificateIssued(CertificateEvent):
    """A record has earned a certificate, online or in a classroom."""


@dataclass(frozen=True, slots=True)
class CertificateWasRevoked(CertificateEvent):
    """The certificate was revoked: by itself, or because its record was voided."""


def serial_of(number: int) -> str:
    """A serial such as `UD-7K3M-9QXT-0V2E-B4HN-C` from a random number of 80 bits; its last digit is a check."""
    digits = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(GROUPS * GROUP)))
    return _grouped(digits + _check_digit(digits))


def read_serial(text: str) -> str:
    """The serial as it is stored, from what somebody typed; empty when it cannot be one.

    Case, the prefix `UD`, separators, and letters that look like digits are tolerated. A wrong digit or two swapped
    digits are not: the check digit then differs.
    """
    digits = re.sub(r"[\W_]", "", text.upper()).removeprefix("UD").translate(_LOOK_ALIKES)
    if not re.fullmatch(f"[{ALPHABET}]{{{GROUPS * GROUP + 1}}}", digits):
        return ""
    return _grouped(digits) if digits[-1] == _check_digit(digits[:-1]) else ""


def _check_digit(digits: str) -> str:
    """The Reed-Solomon code of one digit over GF(32), whose elements double as polynomials modulo x^5 + x^2 + 1.

    Unlike Crockford's own check, which needs 37 symbols, it stays within the alphabet.
    """
    remainder = 0
    for digit in digits:
        doubled = (remainder ^ ALPHABET.index(digit)) << 1
        remainder = doubled ^ 0b100101 if doubled & 0b100000 else doubled
    return ALPHABET[remainder]


def _grouped(digits: str) -> str:
    return "-".join(["UD", *(digits[start : start + GROUP] for start in range(0, len(digits), GROUP))])


class Certificate(Aggregate):
    """The certificate of one record. Validity counts whole days, the first and the last included.

    All its days are those of the record's time zone, the day of issue too.
    """

    revocation_reason: Reason | None

    def __init__(self, record: TrainingRecorded, *, serial: str, now: datetime) -> None:
        self.serial = serial
        self.record_id = record.record_id
        self.user_id = record.user_id
        self.valid_from = record.valid_from
        self.valid_until = record.valid_until
        self.issued_at = now
        self.issued_on: date | None = LocalDays(record.time_zone or "UTC").day_of(now)
        self.revoked_at: datetime | None = None
        self.revoked_by: UUID | None = None
        self.revocation_reason = None
        self.version = 1
        self.updated_at = now

    @classmethod
    def issue(cls, serial: str, record: TrainingRecorded, *, now: datetime) -> Self:
        """Issue the certificate of a record."""
        certificate = cls(record, serial=serial, now=now)
        certificate._happened(CertificateIssued(record.record_id, serial, record.user_id))
        return certificate

    def revoke(self, reason: str, *, by: UUID | None, now: datetime) -> None:
        """Revoke it permanently; the record is kept. Raises CertificateRevoked the second time."""
        if self.revoked_at is not None:
            raise CertificateRevoked
        self.revoked_at, self.revoked_by, self.revocation_reason = not_before(now, self.issued_at), by, reason
        enforce(self)
        self._changed(now, CertificateWasRevoked(self.record_id, self.serial, self.user_id))
