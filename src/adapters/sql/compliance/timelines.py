"""Timelines: three statements, for people, for all versions of their facts, and for what their texts ever meant, with
all versions of what is known of these locations.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, cast, null, select, union_all

from adapters.registry import serves
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.history_tables import employment_states, positions
from adapters.sql.people.job_code_tables import JOB_TITLES
from adapters.sql.people.location_histories import LOCATION_FACT, facts_of, location_facts
from adapters.sql.people.location_names import LOCATION_NAMES
from adapters.sql.people.tables import users
from adapters.sql.people.zones import zone_at
from application.compliance.offices import offices
from application.compliance.timelines import (
    DaysAt,
    KnownTimelines,
    PersonRow,
    PositionVersion,
    RecordedPeople,
    StateVersion,
    Timelines,
    meant,
)
from domain.compliance.timelines import Timeline
from domain.people.employment import EmploymentState

Fetch = Callable[..., Awaitable[Sequence[Row]]]

PEOPLE = select(
    users.c.id,
    users.c.created_at,
    zone_at(users.c.location_id).label("zone"),
    users.c.profile_metadata,
    users.c.first_sign_in,
).where(any_of(users.c.id, "ids"), users.c.merged_into.is_(None))
HELD, STATES = positions.c, employment_states.c


def _versions() -> Select[Any]:
    """The versions of both kinds: of a state `position_id` is NULL, and its day is the first one."""
    of_position = select(
        *(HELD.id, HELD.user_id, HELD.position_id, HELD.department, HELD.job_title_folded, HELD.location_folded),
        *(HELD.is_primary, HELD.starts_on, HELD.ends_on, HELD.withdrawn, HELD.supersedes, HELD.recorded_at),
        cast(null(), Text()).label("state"),
    ).where(any_of(HELD.user_id, "ids"))
    nothing = (cast(null(), HELD[name].type) for name in ("position_id", "department"))
    of_state = select(
        *(STATES.id, STATES.user_id, *nothing, cast(null(), Text()), cast(null(), Text())),
        *(cast(null(), HELD.is_primary.type), STATES.from_day, cast(null(), HELD.ends_on.type)),
        *(STATES.withdrawn, STATES.supersedes, STATES.recorded_at, cast(STATES.state, Text())),
    ).where(any_of(STATES.user_id, "ids"))
    every = union_all(of_position, of_state).subquery("versions")
    return select(*every.c).order_by(every.c.user_id, every.c.recorded_at, every.c.id)


def _meanings() -> Select[Any]:
    """All meanings of the texts with these keys, the oldest first: of a title its job code, of a place the location,
    which comes with each version of its facts.
    """
    titles, names = JOB_TITLES.facts.c, LOCATION_NAMES.facts.c
    of_title = select(
        *(titles.text_key, titles.recorded_at, titles.id, JOB_TITLES.target.label("code")),
        cast(null(), Uuid()).label("location_id"),
        *((titles.id == titles.id).label("is_title"),),
    ).where(any_of(titles.text_key, "title_keys"))
    of_name = select(
        *(names.text_key, names.recorded_at, names.id, cast(null(), JOB_TITLES.target.type)),
        LOCATION_NAMES.target,
        (names.id != names.id),
    ).where(any_of(names.text_key, "place_keys"))
    every = union_all(of_title, of_name).subquery("meanings")
    meaning = (every.c.text_key, every.c.recorded_at, every.c.is_title, every.c.code, every.c.location_id)
    return (
        select(*meaning, *LOCATION_FACT.values())
        .select_from(every.outerjoin(location_facts, location_facts.c.location_id == every.c.location_id))
        .order_by(every.c.recorded_at, every.c.id)
    )


VERSIONS, MEANINGS = _versions(), _meanings()


@serves(Timelines)
class SqlTimelines:
    """Implements application.compliance.timelines.Timelines."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_ids: Sequence[UUID], at: DaysAt) -> dict[UUID, Timeline]:
        session = await self._unit.session()
        await session.flush()

        async def fetch(statement: Select[Any], **parameters: Any) -> Sequence[Row]:
            return list((await session.execute(statement, parameters)).all())

        return (await _recorded(fetch, user_ids)).timelines(at)


@serves(KnownTimelines)
class SqlKnownTimelines:
    """Implements application.compliance.timelines.KnownTimelines."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of(self, user_ids: Sequence[UUID], at: DaysAt) -> dict[UUID, Timeline]:
        return (await _recorded(self._reads.rows, user_ids)).timelines(at)


async def _recorded(fetch: Fetch, user_ids: Sequence[UUID]) -> RecordedPeople:
    ids = sorted(set(user_ids))
    found = RecordedPeople([PersonRow(*row) for row in await fetch(PEOPLE, ids=ids)])
    for row in await fetch(VERSIONS, ids=ids):
        (id, user_id, position_id, *work, starts_on, ends_on, withdrawn, supersedes, recorded_at, state) = row
        if position_id is None:
            version = StateVersion(id, user_id, EmploymentState(state), starts_on, withdrawn, supersedes, recorded_at)
            found.states[user_id].append(version)
        else:
            department, title_key, place_key, is_primary = work
            found.positions[user_id].append(
                PositionVersion(
                    *(id, user_id, position_id, department, title_key, place_key, is_primary),
                    *(starts_on, ends_on, withdrawn, supersedes, recorded_at),
                )
            )
    held = [each for some in found.positions.values() for each in some]
    keys = {
        "title_keys": sorted({each.title_key for each in held if each.title_key}),
        "place_keys": sorted({each.place_key for each in held if each.place_key}),
    }
    if any(keys.values()):
        rows = await fetch(MEANINGS, **keys)
        found.codes = meant((row[0], row[3], row[1]) for row in rows if row[2])
        found.places = meant((row[0], row[4], row[1]) for row in rows if not row[2])
        found.offices = offices(facts_of(row[5:] for row in rows if not row[2]))
    return found
