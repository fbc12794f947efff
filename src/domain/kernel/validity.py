"""Whether a certificate is valid, which lists of several contexts show."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum


class CertificateState(StrEnum):
    """Whether a certificate is valid on a day."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def state_on(day: date, *, valid_until: date | None, revoked_at: datetime | None) -> CertificateState:
    """The state of the certificate on this day."""
    if revoked_at is not None:
        return CertificateState.REVOKED
    return CertificateState.EXPIRED if valid_until is not None and valid_until < day else CertificateState.VALID
