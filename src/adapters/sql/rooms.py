"""All the rooms of the SQL adapters: what they map, and which port each of them serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from adapters.sql.answers import SqlAnswers
from adapters.sql.enrollments import SqlEnrollmentReader, SqlEnrollments, map_enrollments
from adapters.sql.modules import SqlModuleReader, SqlModules, map_modules
from adapters.sql.outbox import SqlEvents, SqlOutbox
from adapters.sql.questions import SqlQuestionReader
from adapters.sql.reads import Reads
from adapters.sql.reports import SqlParticipationReader, SqlReporting
from adapters.sql.roster import SqlRoster
from adapters.sql.schema import metadata
from adapters.sql.units import SqlUnit
from adapters.sql.users import SqlPeople, SqlUserReader, SqlUsers, map_users
from application.enrollments.queries import EnrollmentReader
from application.modules.queries import ModuleReader
from application.ports import Answers, Enrollments, Events, Modules, Outbox, Reporting, Roster, Users
from application.questions.queries import QuestionReader
from application.reports.queries import ParticipationReader
from application.users.queries import UserReader
from application.users.signing_in import People

PORTS: Mapping[type, Callable[[SqlUnit], Any]] = {
    Modules: SqlModules,
    Users: SqlUsers,
    Roster: SqlRoster,
    Enrollments: SqlEnrollments,
    Reporting: SqlReporting,
    Events: SqlEvents,
    Outbox: SqlOutbox,
    Answers: SqlAnswers,
}

READERS: Mapping[type, Callable[[Reads], Any]] = {
    ModuleReader: SqlModuleReader,
    QuestionReader: SqlQuestionReader,
    UserReader: SqlUserReader,
    People: SqlPeople,
    EnrollmentReader: SqlEnrollmentReader,
    ParticipationReader: SqlParticipationReader,
}

__all__ = ["PORTS", "READERS", "map_all", "metadata"]


@cache
def map_all() -> None:
    """Map the domain's classes to the tables; once, however often it is called."""
    map_users()
    map_modules()
    map_enrollments()
