"""What every use case needs of the world."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.kernel.days import LocalDays


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class Calendar(Protocol):
    """Dates: those without a known place are of the organization's time zone, all others of the zone of their place."""

    zone: str
    """The organization's time zone, named as IANA does."""

    def day_of(self, moment: datetime) -> date:
        """The day that it is at this moment where the organization is."""

    def end_of(self, day: date) -> datetime:
        """The last moment of the organization's day (UTC); see `LocalDays.end_of`."""

    def at(self, zone: str | None) -> LocalDays:
        """The days of a place in this time zone; the organization's if the place is not known."""


class Ids(Protocol):
    """Identifiers."""

    def new(self) -> UUID:
        """A new id; later ones sort after earlier ones (UUID version 7, RFC 9562)."""


class Chance(Protocol):
    """What nobody can foretell."""

    def seed(self) -> int:
        """A number from 0 to 2**63 - 1, from which everything left to chance then follows."""


class Fingerprints(Protocol):
    """What documents are recognized by."""

    def of(self, document: object) -> str:
        """The SHA-256, in 64 hexadecimal digits, of the document's canonical JSON (RFC 8785)."""


class Typeface(Protocol):
    """What certificates are printed in."""

    def lacks(self, text: str) -> tuple[str, ...]:
        """The characters, and the letters with marks, that certificates show by a substitute or not at all."""
