"""What the key of a service account may do: which scope each message needs.

A message that this table does not name needs a person, and refuses every service account. That holds for learning,
evidence, new cycles, roles, sign-ins, personal data and service accounts themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from domain.kernel.errors import Forbidden


class KeyScope(StrEnum):
    """A right that a service account can have."""

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    QUESTIONS_READ = "questions:read"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    ENROLLMENTS_READ = "enrollments:read"
    ENROLLMENTS_WRITE = "enrollments:write"
    ATTEMPTS_READ = "attempts:read"
    RECORDS_READ = "records:read"
    SESSIONS_READ = "sessions:read"
    REPORTS_READ = "reports:read"
    EVENTS_READ = "events:read"


MESSAGES: Mapping[KeyScope, tuple[str, ...]] = {
    KeyScope.CATALOGUE_READ: ("ListModules", "ReadModule", "ListVersions", "ReadVersion"),
    KeyScope.CATALOGUE_WRITE: (
        *("CreateModule", "EditModule", "DeleteModule", "SetPrerequisites", "PublishModule", "ArchiveModule"),
        *("AddSection", "EditSection", "RemoveSection", "ReorderSections"),
        *("AddQuestion", "EditQuestion", "RemoveQuestion"),
    ),
    KeyScope.QUESTIONS_READ: ("ListQuestions", "CompareVersions", "ReadItemStatistics"),
    KeyScope.PEOPLE_READ: (
        *("ListUsers", "ReadUser", "ListLocations", "ReadLocation", "ReadLocationHistory"),
        *("ListLocationNames", "ReadHistory", "ListPositions", "ListEmployment", "ReadJobCodes"),
    ),
    KeyScope.PEOPLE_WRITE: (
        *("RegisterUser", "EditUser", "DeactivateUsers", "ImportRoster"),
        *("AddPosition", "EndPosition", "CorrectPosition", "WithdrawPosition"),
        *("RecordEmployment", "CorrectEmployment", "WithdrawEmployment"),
    ),
    KeyScope.ENROLLMENTS_READ: ("ListModuleEnrollments", "ListUserEnrollments", "ReadEnrollment", "ReadProgress"),
    KeyScope.ENROLLMENTS_WRITE: ("EnrollUser", "EnrollUsers", "WithdrawEnrollment"),
    KeyScope.ATTEMPTS_READ: ("ListAttempts", "ReadAttempt"),
    KeyScope.RECORDS_READ: (
        *(
            "ListRecords",
            "ReadRecord",
            "ReadRecordRetention",
            "ListCertificates",
            "ReadCertificate",
            "PrintCertificate",
        ),
        *("ListCredentials", "ReadCredential", "ListCredentialTypes"),
    ),
    KeyScope.SESSIONS_READ: ("ListSessions", "ReadSession"),
    KeyScope.EVENTS_READ: ("ReadEvents",),
    KeyScope.REPORTS_READ: (
        *("ReadParticipation", "ListObligations", "ListObligationExceptions", "ListUserObligations"),
        *("ReadToDo", "ReadClearances", "ReadLocationClearances", "ListUncoveredPeople"),
        *("ReadCompliance", "ReadOverdue", "ReadExpiring", "ReadForecast", "ReadChanges", "ReadTranscript"),
    ),
}
"""The messages that each scope opens, by their names. Each message has at most one scope."""

WHOLE_ORGANIZATION = frozenset(
    {
        KeyScope.CATALOGUE_WRITE,
        KeyScope.QUESTIONS_READ,
        KeyScope.PEOPLE_WRITE,
        KeyScope.SESSIONS_READ,
        KeyScope.EVENTS_READ,
    }
)
"""Scopes that cannot be limited to departments: no manager of a department has these rights either."""

OF_DRAFTS = frozenset({KeyScope.CATALOGUE_WRITE, KeyScope.QUESTIONS_READ})
"""Scopes whose holders see modules that are not published yet."""

_SCOPE_OF = {message: scope for scope, messages in MESSAGES.items() for message in messages}


class PersonRequired(Forbidden):
    """A service account asks for what only a person may do."""

    slug = "person-required"
    title = "A person must do this"
    sentence = "Service accounts may not do this. A person with the right role must sign in and do it."


class ScopeMissing(Forbidden):
    """The service account does not have the scope that the message needs."""

    slug = "scope-missing"
    title = "The service account lacks a scope"

    def __init__(self, scope: KeyScope | None = None) -> None:
        super().__init__(f"This needs the scope {scope}. An administrator can add it to the service account.")


def scope_needed(message: str) -> KeyScope | None:
    """The scope that the message of this name needs; None if it needs a person."""
    return _SCOPE_OF.get(message)


def require_scope(needed: KeyScope | None, held: Collection[KeyScope]) -> None:
    """Raises PersonRequired or ScopeMissing unless a service account that holds these scopes may do this."""
    if needed is None:
        raise PersonRequired
    if needed not in held:
        raise ScopeMissing(needed)
