"""The rules of the group and what its people have learned: 30 requirements, and records of all years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert, text

from adapters.sql.catalogue.tables import modules
from adapters.sql.compliance.requirement_tables import requirement_versions, requirements
from adapters.sql.kit.engine import Database
from bench.group.rows import NAMESPACE
from bench.group.words import CITIES, JOBS
from domain.catalogue.module_life import ModuleStatus
from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All
from domain.compliance.audience_documents import parsed
from domain.compliance.fulfillment import Courses, CourseSet
from domain.compliance.permitted_relief import ReliefPermitted
from domain.compliance.requirement import RunningCycles
from domain.compliance.schedule import AfterCompletion, Anchor, DaysAfter, Guards
from domain.compliance.terms import Terms

DRAFTED = datetime(2000, 1, 1, tzinfo=UTC)
SINCE = date(2000, 1, 1)
FOR_ALL = 6
"""Requirements that concern everybody; the others concern a department, a job or a state."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A yearly course. `column` and `value` name the people whom it concerns as the rows of users do."""

    number: int
    column: str | None
    value: str | None
    audience: dict[str, Any]

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, f"rule {self.number}")

    @property
    def module_id(self) -> UUID:
        return uuid5(NAMESPACE, f"course {self.number}")

    def terms(self, months: int = 12) -> Terms:
        """What it asks: the course within 30 days of hire, and again after so many months."""
        return Terms(
            audience=parsed(self.audience) if self.audience["all"] or len(self.audience) > 1 else Audience(All(())),
            fulfillment=Courses(CourseSet((self.module_id,))),
            first_due=DaysAfter(Anchor.HIRE, 30),
            repeats=AfterCompletion(months, 60),
            guards=Guards(max_interval_days=366 if months == 12 else None),
            relief=ReliefPermitted(days_after_leave=14),
            blocks=(f"task_{self.number}",),
        )


def rules() -> list[Rule]:
    """All 30."""
    made = [Rule(number, None, None, {"all": []}) for number in range(1, FOR_ALL + 1)]
    for column, value, clause in _groups():
        made.append(Rule(len(made) + 1, column, value, {"all": [clause]}))
    return made[:30]


def _groups() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for department in dict.fromkeys(job.department for job in JOBS):
        yield "department", department, {"field": "department", "is": department}
    for code in dict.fromkeys(job.code for job in JOBS if job.code):
        yield "job_code", code, {"field": "job_code", "is": code}
    for state in dict.fromkeys(city.state for city in CITIES):
        yield "state", state, {"field": "state", "is": state}


RECORDS = """
WITH given AS (
    SELECT CAST(:module AS text) AS module, CAST(:everybody AS boolean) AS everybody,
           CAST(:column AS text) AS of_column, CAST(:value AS text) AS value,
           CAST(:begins AS date) AS begins, CAST(:until AS timestamptz) AS until
), people AS (
    SELECT u.id, greatest(u.hired_on, begins) + abs(hashtext(u.id::text || module)) % 40 AS first
    FROM given, users AS u LEFT JOIN locations AS l ON l.id = u.location_id
    WHERE everybody OR value = CASE of_column WHEN 'department' THEN u.department WHEN 'job_code' THEN u.job_code
                                              ELSE l.state END
)
INSERT INTO training_records (id, user_id, module_id, title, summary, delivery, started_at, completed_at, attestations,
                              trainers, valid_from, retention_until, recorded_at, version_number, time_zone)
SELECT gen_random_uuid(), people.id, CAST(module AS uuid), 'Course', '', 'classroom', at, at, '[]', '[]',
       CAST(at AS date), CAST(at AS date) + 2190, at, 1, 'UTC'
FROM given, people, LATERAL generate_series(people.first + time '12:00', given.until, interval '355 days') AS at
WHERE abs(hashtext(people.id::text || module || at::text)) % 25 <> 0
"""
"""Nearly everybody trains a bit early each year, and some forget it."""


VERSIONS = """
INSERT INTO module_versions (module_id, number, settings, sections, questions, outline, content_hash, change_note,
                             material, published_at)
SELECT id, 1,
       '{"title": "C", "summary": "", "citation": null, "estimated_minutes": null, "rules": {}, "evidence": {}}',
       '[]', '[]', '[]', '', '', false, timestamptz '2000-01-01' FROM training_modules
"""


async def load_training(database: Database, begins: date, until: date) -> None:
    """Write the requirements, approved, and the records of everybody."""
    async with database.engine.begin() as connection:
        await connection.execute(insert(modules), [_module(rule) for rule in rules()])
        await connection.execute(text(f"SET LOCAL search_path = {database.schema}"))
        await connection.execute(text(VERSIONS))
        await connection.execute(insert(requirements), [_requirement(rule) for rule in rules()])
        await connection.execute(insert(requirement_versions), [_version(rule) for rule in rules()])
    for rule in rules():
        async with database.engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL search_path = {database.schema}"))
            await connection.execute(
                text(RECORDS),
                {
                    "module": str(rule.module_id),
                    "everybody": rule.column is None,
                    "column": rule.column or "",
                    "value": rule.value or "",
                    "begins": begins,
                    "until": datetime(until.year, until.month, until.day, tzinfo=UTC),
                },
            )
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))


def _module(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.module_id,
        "slug": f"course-{rule.number}",
        "title": f"Course {rule.number}",
        "title_key": f"course {rule.number:03}",
        "summary": "",
        "tags": (),
        "status": ModuleStatus.PUBLISHED,
    }


def _requirement(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "code": f"rule_{rule.number}", "title": f"Rule {rule.number}"}


def _version(rule: Rule) -> dict[str, Any]:
    return {
        "requirement_id": rule.id,
        "number": 1,
        "effective_on": SINCE,
        "terms": rule.terms(),
        "note": "As it has always been.",
        "drafted_at": DRAFTED,
        "approved_at": DRAFTED,
        "running": RunningCycles.TAKE,
        "transition_days": 0,
        "acknowledged": True,
    }
