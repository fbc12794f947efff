"""What a credential itself says: the card, license or registration that somebody else has issued to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from domain.evidence.retention import LONGEST_VALIDITY_YEARS
from domain.kernel.days import months_later
from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from domain.kernel.values import CredentialType, PlausibleDay, Text, enforce

CredentialNumber = Annotated[str, Text(100)]
CredentialIssuer = Annotated[str, Text(200)]


@dataclass(frozen=True, slots=True)
class CredentialDocument:
    """A card, license or registration, with the dates printed on it; both days are included.

    `jurisdiction` is the state in which it is valid, where it is bound to one, as licenses are.
    """

    type: CredentialType
    issuer: CredentialIssuer
    issued_on: PlausibleDay
    expires_on: date | None = None
    number: CredentialNumber | None = None
    jurisdiction: State | None = None

    def __post_init__(self) -> None:
        enforce(self)
        if self.expires_on is None:
            return
        if self.expires_on <= self.issued_on:
            raise InvalidValue("must be after `issued_on`", "expires_on")
        if self.expires_on > months_later(self.issued_on, 12 * LONGEST_VALIDITY_YEARS):
            raise InvalidValue(f"must be within {LONGEST_VALIDITY_YEARS} years of `issued_on`", "expires_on")

    def require_issued(self, today: date) -> None:
        """Raises InvalidValue for one that will be issued later than today, where the person is."""
        if self.issued_on > today:
            raise InvalidValue("must not be in the future", "issued_on")

    @property
    def identity(self) -> tuple[str | None, ...]:
        """Two documents of a person with the same identity are the same one, even if their expiry differs."""
        number = self.number and self.number.casefold()
        return (self.type, self.jurisdiction, self.issuer.casefold(), number, self.issued_on.isoformat())
