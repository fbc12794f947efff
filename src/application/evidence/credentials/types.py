"""Which types of credentials requirements ask for: the words to choose from when one is submitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from application.kernel.access import Actor, anyone
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.kernel.ports import Calendar, Clock


@dataclass(frozen=True, slots=True)
class AskingRequirement:
    """A requirement that asks for a credential."""

    code: str
    title: str


@dataclass(slots=True)
class CredentialTypeView:
    """A type of credential, and the requirements that ask for it, by code."""

    type: str
    requirements: list[AskingRequirement]


@dataclass(slots=True)
class CredentialTypes:
    """The types of credentials that requirements ask for, in alphabetical order."""

    items: list[CredentialTypeView]

    @classmethod
    def of(cls, asked: set[tuple[str, str, str]]) -> CredentialTypes:
        """From types, each with the code and title of a requirement."""
        found: dict[str, list[AskingRequirement]] = {}
        for credential_type, code, title in sorted(asked):
            found.setdefault(credential_type, []).append(AskingRequirement(code, title))
        return cls([CredentialTypeView(*each) for each in found.items()])


class CredentialTypeReader(Protocol):
    """Reads the types. Requirements are not evidence: who keeps them serves this."""

    async def asked_for(self, today: date) -> CredentialTypes:
        """What approved versions of requirements ask for that are not retired by this day, in one statement."""


@dataclass(frozen=True, slots=True)
class ListCredentialTypes(Query[CredentialTypes]):
    """The types of credentials that requirements ask for."""


@handles(ListCredentialTypes, allow=anyone)
async def list_credential_types(
    query: ListCredentialTypes, actor: Actor, types: CredentialTypeReader, clock: Clock, calendar: Calendar
) -> CredentialTypes:
    """Show anyone who is signed in which types of credentials requirements ask for, and which requirements these are.

    A credential of another type can be submitted and verified, and meets no requirement.
    """
    return await types.asked_for(calendar.day_of(clock.now()))
