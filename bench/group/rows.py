"""The rows that the service has of the group on its last day, as if everything had been imported on its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Table

from adapters.sql.kit.schema import derivations
from adapters.sql.people.history_tables import employment_states, positions
from adapters.sql.people.job_code_tables import job_titles
from adapters.sql.people.location_histories import location_facts
from adapters.sql.people.location_names import location_names
from adapters.sql.people.locations import locations
from adapters.sql.people.tables import roster_listings, users
from bench.group.people import Employee, Office
from bench.group.staff import Group
from bench.group.words import JOBS
from domain.kernel.states import State
from domain.kernel.values import EARLIEST
from domain.people.employment import BEGINNINGS, EmploymentState
from domain.people.facts import FactSource
from domain.people.locations import PROFILE
from domain.people.meanings import text_key

Row = Mapping[str, Any]
Rows = dict[Table, list[Row]]

NIGHT = time(9, 0, tzinfo=UTC)
"""When files arrive: everywhere in the group it is the night before the day, or that day."""
TOGETHER = 2_000
"""People whose rows are in memory at a time."""


def people_of(group: Group) -> Iterator[Rows]:
    """The rows of people and their histories by table, some people at a time."""
    staff = group.staff()
    while some := list(islice(staff, TOGETHER)):
        yield {
            users: [_user(each, group.until) for each in some],
            roster_listings: [{"user_id": each.id, "first_listed_at": night_of(each.hired_on)} for each in some],
            positions: [row for each in some for row in _positions(each)],
            employment_states: [row for each in some for row in _states(each)],
        }


def night_of(day: date) -> datetime:
    """When the file of this day arrives."""
    return datetime.combine(day, NIGHT)


def offices_of(group: Group) -> Rows:
    """The rows of offices by table, and what texts mean."""
    said: Rows = {
        location_names: [row for office in group.locations for row in _texts(office)],
        job_titles: [
            {
                "id": _id(job.titles[0], "title", place),
                "text_key": text_key(title),
                "title": title,
                "job_code": job.code,
                "recorded_at": night_of(min(office.opened_on for office in group.locations)),
            }
            for job in JOBS
            if job.code
            for place, title in enumerate(job.titles)
        ],
    }
    offices = [_office(office) for office in group.locations]
    return {locations: offices, location_facts: [*map(_fact, offices)], **said}


def _office(office: Office) -> Row:
    row = {
        "id": office.id,
        "code": office.code,
        "name": office.name,
        "address": None,
        "city": office.city.name,
        "state": State(office.city.state),
        "postal_code": None,
        "time_zone": office.city.time_zone,
        "opened_on": office.opened_on,
        "closed_on": None,
        "created_at": night_of(office.opened_on),
        "updated_at": night_of(office.opened_on),
    }
    searched = (row["code"], row["name"], row["city"], row["address"])
    return _with_derived(locations, row, searched=searched)


def _fact(office: Row) -> Row:
    profile = {name: office.get(name) for name in PROFILE}
    told = {"source": FactSource.MIGRATION, "recorded_at": office["created_at"]}
    return {"id": uuid5(office["id"], "fact"), "location_id": office["id"], "from_day": EARLIEST, **profile, **told}


def _texts(office: Office) -> Iterator[Row]:
    for place, text in enumerate(office.known_texts):
        yield {
            "id": uuid5(office.id, str(place)),
            "text_key": text_key(text),
            "text": text,
            "location_id": office.id,
            "recorded_at": night_of(office.opened_on),
        }


def _user(employee: Employee, day: date) -> Row:
    name, state = employee.name_on(day), employee.states[-1]
    post = next(iter(employee.posts_on(day)), None)
    hires = [each.from_day for each in employee.states if each.state in BEGINNINGS]
    is_active = state.state is not EmploymentState.LEFT
    licensed = (post or employee.posts[-1]).office.city.state
    changed = max(state.from_day, employee.names[-1].from_day, *(post.starts_on for post in employee.posts))
    row = {
        "id": employee.id,
        "employee_id": employee.employee_id,
        "email": name.email,
        "full_name": name.full,
        "department": post and post.job.department,
        "job_title": post and post.title,
        "location": post and post.location,
        "location_id": post.office.id if post and post.location in post.office.known_texts else None,
        "job_code": post and post.job.code,
        "hired_on": hires[-1],
        "is_active": is_active,
        "deactivated_at": None if is_active else night_of(state.from_day),
        "profile_metadata": {"weekly_hours": str(employee.hours_on(day)), "license_state": licensed},
        "created_at": night_of(employee.hired_on),
        "updated_at": night_of(changed),
    }
    return _with_derived(users, row)


def _positions(employee: Employee) -> Iterator[Row]:
    """Each as it began, and as it was when its end was known."""
    for place, post in enumerate(employee.posts):
        first = _id(employee.employee_id, "position", place)
        row = {
            "id": first,
            "position_id": first,
            "user_id": employee.id,
            "department": post.job.department,
            "job_title": post.title,
            "job_title_folded": text_key(post.title),
            "location": post.location,
            "location_folded": text_key(post.location),
            "is_primary": post.is_primary,
            "starts_on": post.starts_on,
            "ends_on": None,
            "source": FactSource.ROSTER,
            "supersedes": None,
            "recorded_at": night_of(post.starts_on),
        }
        yield row
        if post.ends_on is not None:
            ended = night_of(post.ends_on + timedelta(days=1))
            yield row | {
                "id": _id(employee.employee_id, "end of position", place),
                "ends_on": post.ends_on,
                "supersedes": first,
                "recorded_at": ended,
            }


def _states(employee: Employee) -> Iterator[Row]:
    for place, state in enumerate(employee.states):
        yield {
            "id": _id(employee.employee_id, "state", place),
            "user_id": employee.id,
            "state": state.state,
            "from_day": state.from_day,
            "source": FactSource.ROSTER,
            "recorded_at": night_of(state.from_day),
        }


def _with_derived(table: Table, row: dict[str, Any], **further: Iterable[Any]) -> Row:
    known = SimpleNamespace(**row, **further)
    return row | {name: derive(known) for name, derive in derivations(table).items()}


NAMESPACE = UUID("5e6f2a53-6b1c-4d0e-9a0b-0f4b3f1c7a11")


def _id(whose: str, what: str, place: int) -> UUID:
    return uuid5(NAMESPACE, f"{whose} {what} {place}")
