"""Whom rules concern: one statement over the history of positions and employment, and what its texts mean.

A row is a person with one position of the day. Where SQL cannot decide, since a text is not plain ASCII, the facts of
that person are read, and the domain decides. Such people are few: the texts of the present position are kept in their
folded form beside the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
)

from adapters.registry import serves
from adapters.sql.compliance.audience_conditions import Compiled, FactColumns, compiled
from adapters.sql.compliance.audience_expressions import lowered, needs_folding
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.intervals import covers
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.people.history_tables import employment_states, positions
from adapters.sql.people.job_code_tables import JOB_TITLES
from adapters.sql.people.location_names import LOCATION_NAMES
from adapters.sql.people.locations import locations
from adapters.sql.people.meanings import TextKind
from adapters.sql.people.tables import users
from application.compliance.ports import Audiences, Member
from domain.compliance.audience import Audience
from domain.compliance.audience_facts import EmploymentStatus, Field, PersonOnDay, Place, PositionOnDay
from domain.kernel.typography import folded
from domain.people.employment import EmploymentState

MOST_STATEMENTS = 500
"""Rules whose statements are kept."""
DAY = bindparam("as_of", type_=Date())
ORDER = {state: place for place, state in enumerate(EmploymentStatus)}
"""Of several states of one day the last of these counts: `domain.people.employment.ORDER`."""


def _in_force(table: FromClause) -> ColumnElement[bool]:
    later = table.alias("later")
    return and_(~table.c.withdrawn, ~exists().where(later.c.supersedes == table.c.id))


def _order(states: FromClause) -> list[ColumnElement[Any]]:
    """In which states follow each other."""
    place = case({state.value: place for state, place in ORDER.items()}, value=cast(states.c.state, Text))
    return [states.c.from_day, place, states.c.id]


def _standing() -> Subquery:
    """The last state of each person by this day, and the last hire."""
    states = employment_states.c
    order = [each.desc() for each in _order(employment_states)]
    last = func.row_number().over(partition_by=states.user_id, order_by=order)
    beginnings = (states.state == each for each in (EmploymentState.HIRED, EmploymentState.REHIRED))
    hired = case((or_(*beginnings), states.from_day))
    return (
        select(
            states.user_id,
            cast(states.state, Text).label("state"),
            func.max(hired, type_=Date()).over(partition_by=states.user_id).label("hired_on"),
            last.label("place"),
        )
        .where(_in_force(employment_states), states.from_day <= DAY)
        .subquery("standing")
    )


def _held() -> Subquery:
    """The positions of the day."""
    held = positions.c
    return select(positions).where(_in_force(positions), covers(held.starts_on, held.ends_on, DAY)).subquery("held")


def _meanings(texts: TextKind, name: str) -> Subquery:
    return select(texts.facts.c.text_key, texts.target.label("target")).where(texts.is_newest).subquery(name)


STANDING, HELD = _standing(), _held()
NAMES, CODES = _meanings(LOCATION_NAMES, "names"), _meanings(JOB_TITLES, "codes")


def _key(text: ColumnElement[Any], of_user: ColumnElement[Any], folded_of_user: ColumnElement[Any]) -> Any:
    """The folded form of the text; NULL where SQL does not know it."""
    return case((text == of_user, folded_of_user), (not_(needs_folding(text)), lowered(text)))


KEYS = {
    name: _key(HELD.c[name], users.c[name], users.c[f"{name}_folded"])
    for name in ("department", "job_title", "location")
}


def _rows(*of_some: ColumnElement[bool]) -> Any:
    """People with their positions, and what is known of these."""
    return (
        users.outerjoin(STANDING, and_(STANDING.c.user_id == users.c.id, STANDING.c.place == 1, *of_some))
        .outerjoin(HELD, HELD.c.user_id == users.c.id)
        .outerjoin(NAMES, NAMES.c.text_key == KEYS["location"])
        .outerjoin(locations, locations.c.id == NAMES.c.target)
        .outerjoin(CODES, CODES.c.text_key == KEYS["job_title"])
    )


ROWS = _rows()
FEW = _rows(any_of(STANDING.c.user_id, "ids"))
"""The same for a few people, whose states alone are put in order."""
UNKNOWN = {name: and_(HELD.c[name].is_not(None), key.is_(None)) for name, key in KEYS.items()}
"""Whether the text is there without its folded form."""
FACTS = FactColumns(
    {
        Field.JOB_CODE: CODES.c.target,
        Field.DEPARTMENT: KEYS["department"],
        Field.LOCATION: locations.c.id,
        Field.STATE: lowered(locations.c.state),
        Field.CITY: locations.c.city_folded,
        Field.POSITION_START: HELD.c.starts_on,
        Field.EMPLOYMENT_STATE: STANDING.c.state,
        Field.HIRE_DAY: STANDING.c.hired_on,
    },
    {
        Field.DEPARTMENT: UNKNOWN["department"],
        Field.JOB_CODE: UNKNOWN["job_title"],
        **dict.fromkeys((Field.LOCATION, Field.STATE, Field.CITY), UNKNOWN["location"]),
    },
    users.c.profile_metadata,
)
LATER = employment_states.alias("later_states")
FIRST = (
    select(cast(LATER.c.state, Text))
    .where(LATER.c.user_id == users.c.id, _in_force(LATER))
    .order_by(*_order(LATER))
    .limit(1)
    .correlate(users)
    .scalar_subquery()
)
"""The first state of the person, of which those of one day follow each other."""
YET_TO_BEGIN = and_(STANDING.c.state.is_(None), func.coalesce(FIRST, "") == EmploymentState.HIRED.value)
WORKS_HERE = and_(or_(STANDING.c.state.is_(None), STANDING.c.state != EmploymentStatus.LEFT.value), not_(YET_TO_BEGIN))


@dataclass(slots=True)
class PersonRow:
    """A person with one position of the day, in the order of the columns."""

    user_id: UUID
    state: str | None
    hired_on: date | None
    metadata: Mapping[str, Any]
    position_id: UUID | None
    starts_on: date
    is_primary: bool
    department: str | None
    job_title: str | None
    """Only where its folded form is not known."""
    location: str | None
    """Only where its folded form is not known."""
    job_code: str | None
    place_id: UUID | None
    place_name: str
    city: str
    place_state: Any
    is_yet_to_begin: bool

    def position(self, known: KnownTexts) -> PositionOnDay | None:
        if self.position_id is None:
            return None
        place = self.place_id and Place(self.place_id, self.place_name, self.city, self.place_state)
        return PositionOnDay(
            self.position_id,
            self.starts_on,
            self.is_primary,
            self.department,
            known.codes.get(folded(self.job_title)) if self.job_title else self.job_code,
            known.places.get(folded(self.location)) if self.location else place or None,
        )


IN_ORDER = (HELD.c.is_primary.desc(), HELD.c.starts_on, HELD.c.position_id)
PERSON: list[ColumnElement[Any]] = [
    users.c.id,
    STANDING.c.state,
    STANDING.c.hired_on,
    users.c.profile_metadata,
    HELD.c.position_id,
    HELD.c.starts_on,
    HELD.c.is_primary,
    HELD.c.department,
    case((UNKNOWN["job_title"], HELD.c.job_title)).label("job_title"),
    case((UNKNOWN["location"], HELD.c.location)).label("location"),
    CODES.c.target,
    locations.c.id,
    locations.c.name,
    locations.c.city,
    locations.c.state,
    YET_TO_BEGIN.label("is_yet_to_begin"),
]
PEOPLE = (
    select(*PERSON)
    .select_from(FEW)
    .where(any_of(users.c.id, "ids"), users.c.merged_into.is_(None))
    .order_by(users.c.id, *IN_ORDER)
)


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """What texts mean, by their folded forms."""

    places: Mapping[str, Place]
    codes: Mapping[str, str]


NOTHING = KnownTexts({}, {})
PLACES = (
    select(NAMES.c.text_key, locations.c.id, locations.c.name, locations.c.city, locations.c.state)
    .select_from(NAMES.join(locations, locations.c.id == NAMES.c.target))
    .where(any_of(NAMES.c.text_key, "keys"))
)
CODES_OF = select(CODES.c.text_key, CODES.c.target).where(CODES.c.target.is_not(None), any_of(CODES.c.text_key, "keys"))


@lru_cache(MOST_STATEMENTS)
def _members(audience: Audience) -> tuple[Select[Any], Compiled]:
    made = compiled(audience.rule, FACTS)
    undecided = made.undecided
    statement = (
        select(users.c.id, HELD.c.position_id, undecided.label("undecided"))
        .select_from(ROWS)
        .where(users.c.merged_into.is_(None), WORKS_HERE, or_(made.condition, undecided))
        .order_by(users.c.id, *IN_ORDER)
    )
    return statement, made


@serves(Audiences)
class SqlAudiences:
    """Whom rules concern, with one statement per call, and up to three more for people who are left to the domain."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def members(self, audience: Audience, as_of: date) -> list[Member]:
        statement, made = _members(audience)
        rows = await self._reads.rows(statement, as_of=as_of, **made.parameters(as_of))
        undecided = {user_id for user_id, _, is_undecided in rows if is_undecided}
        found = [Member(user_id, position_id) for user_id, position_id, _ in rows if user_id not in undecided]
        if not undecided:
            return found
        by_domain = [
            Member(person.user_id, None if position is None else position.position_id)
            for person in await self._people(sorted(undecided), as_of)
            for position in audience.positions_under(person)
        ]
        # Those of one person stay in their order.
        return sorted([*found, *by_domain], key=lambda member: member.user_id)

    async def person(self, user_id: UUID, as_of: date) -> PersonOnDay | None:
        return next(iter(await self._people([user_id], as_of)), None)

    async def _people(self, user_ids: Sequence[UUID], as_of: date) -> list[PersonOnDay]:
        rows = [PersonRow(*row) for row in await self._reads.rows(PEOPLE, ids=user_ids, as_of=as_of)]
        known = await self._known(rows)
        return [_person(list(some), as_of, known) for _, some in groupby(rows, lambda row: row.user_id)]

    async def _known(self, rows: Iterable[PersonRow]) -> KnownTexts:
        """What the texts mean of which SQL does not know the folded form."""
        places = {folded(each.location) for each in rows if each.location}
        codes = {folded(each.job_title) for each in rows if each.job_title}
        if not places and not codes:
            return NOTHING
        return KnownTexts(
            {key: Place(*place) for key, *place in await self._rows(PLACES, places)},
            dict(map(tuple, await self._rows(CODES_OF, codes))),
        )

    async def _rows(self, statement: Select[Any], keys: set[str]) -> Sequence[Row]:
        return await self._reads.rows(statement, keys=sorted(keys)) if keys else ()


def _person(rows: Sequence[PersonRow], as_of: date, known: KnownTexts) -> PersonOnDay:
    (first, *_) = rows
    state = None if first.state is None else EmploymentStatus(first.state)
    positions = tuple(filter(None, (each.position(known) for each in rows)))
    return PersonOnDay(
        first.user_id, as_of, state, first.hired_on, positions, first.metadata, bool(first.is_yet_to_begin)
    )
