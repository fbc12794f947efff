"""The second interpreter of audiences: a rule as a condition on rows of people with one position each.

What a row cannot decide in SQL, since a text needs folding that only the domain knows, is left to the domain:
`undecided` tells of which rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Date, Numeric, Text, and_, bindparam, case, false, func, literal, not_, or_, true

from adapters.sql.compliance.audience_expressions import (
    day_text,
    kind_at,
    lowered,
    needs_folding,
    number_at,
    text_at,
)
from adapters.sql.kit.expressions import any_of
from domain.compliance.audience_clauses import Absent, All, AnyOf, Clause, Compares, Is, Not, Order, Rule
from domain.compliance.audience_facts import Field, MetadataPath
from domain.kernel.typography import folded

Condition: TypeAlias = ColumnElement[bool]

MIRRORED = {
    Order.AT_LEAST: Order.AT_MOST,
    Order.AT_MOST: Order.AT_LEAST,
    Order.MORE_THAN: Order.LESS_THAN,
    Order.LESS_THAN: Order.MORE_THAN,
}
"""More days since a day is an earlier day."""
DAYS_SINCE = {
    Field.DAYS_SINCE_HIRE: Field.HIRE_DAY,
    Field.DAYS_SINCE_POSITION_START: Field.POSITION_START,
}


@dataclass(frozen=True, slots=True)
class FactColumns:
    """The columns of a row. Of texts there is the folded form, which is NULL where SQL does not know it.

    `unfolded` has, for the fields that rest on a text, whether that text is there without its folded form.
    """

    columns: dict[Field, ColumnElement[Any]]
    unfolded: dict[Field, Condition]
    metadata: ColumnElement[Any]


@dataclass(slots=True)
class Compiled:
    """A rule as a condition. `parameters` are those of each execution, given the day."""

    facts: FactColumns
    condition: Condition = field(default_factory=false)
    undecidable: list[Condition] = field(default_factory=list)
    lists: dict[str, list[Any]] = field(default_factory=dict)
    days_before: dict[str, int] = field(default_factory=dict)
    lists_of_days_before: dict[str, list[int]] = field(default_factory=dict)

    @property
    def undecided(self) -> Condition:
        """Whether the domain must decide about the row."""
        return or_(false(), *self.undecidable)

    def parameters(self, as_of: date) -> dict[str, Any]:
        """What the statement takes on this day."""
        since_first = (as_of - date.min).days
        return {
            **self.lists,
            # No fact is of the first day of the calendar, so that it is as good as a day before.
            **{name: as_of - timedelta(min(days, since_first)) for name, days in self.days_before.items()},
            **{
                name: [as_of - timedelta(days) for days in some if days <= since_first]
                for name, some in self.lists_of_days_before.items()
            },
        }


def compiled(rule: Rule, facts: FactColumns) -> Compiled:
    """The rule as a condition on the rows with these columns."""
    made = Compiled(facts)
    made.condition = _condition(rule, made)
    return made


def _condition(rule: Rule, made: Compiled) -> Condition:
    match rule:
        case All(parts):
            return and_(true(), *(_condition(part, made) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(_condition(part, made) for part in parts))
        case Not(part):
            return not_(_condition(part, made))
    if isinstance(rule.subject, MetadataPath):
        return _of_metadata(rule, rule.subject, made)
    return _of_field(rule, rule.subject, made)


def _certain(condition: Condition) -> Condition:
    """NULL is false: there are two truth values."""
    return func.coalesce(condition, false())


def _of_field(clause: Clause, name: Field, made: Compiled) -> Condition:
    if name in made.facts.unfolded:
        _note(made, made.facts.unfolded[name])
    column = made.facts.columns[DAYS_SINCE.get(name, name)]
    match clause:
        case Absent():
            return column.is_(None)
        case Compares(_, order, value) if name in DAYS_SINCE:
            return _certain(_ordered(column, MIRRORED[order], _days_before(made, value)))
        case Compares(_, order, value):
            return _certain(_ordered(column, order, literal(value, Date())))
        case Is(_, values) if name in DAYS_SINCE:
            counted = f"listed_days_before_{len(made.lists_of_days_before)}"
            made.lists_of_days_before[counted] = [each for each in values if isinstance(each, int)]
            return _certain(any_of(column, counted))
        case Is(_, values):
            given = [folded(each) if isinstance(each, str) else each for each in values]
            return _certain(any_of(column, _listed(made, given)))


def _of_metadata(clause: Clause, path: MetadataPath, made: Compiled) -> Condition:
    document, names = made.facts.metadata, path.names
    kind, text, number = (each(document, names) for each in (kind_at, text_at, number_at))
    if isinstance(clause, Absent):
        return or_(kind.is_(None), kind == literal("null", Text()))

    def of_kind(wanted: str, condition: Condition) -> Condition:
        return case((kind == literal(wanted, Text()), _certain(condition)), else_=false())

    if isinstance(clause, Compares):
        if isinstance(clause.value, date):
            return of_kind("string", _ordered(day_text(text), clause.order, literal(clause.value.isoformat(), Text())))
        return of_kind("number", _ordered(number, clause.order, _number(clause.value)))
    truths = {each for each in clause.values if isinstance(each, bool)}
    numbers = [each for each in clause.values if isinstance(each, (int, float)) and not isinstance(each, bool)]
    texts = [folded(each) for each in clause.values if isinstance(each, str)]
    found = [kind == literal(str(each).lower(), Text()) for each in sorted(truths)]
    if numbers:
        found.append(of_kind("number", any_of(number, _listed(made, numbers))))
    if texts:
        _note(made, of_kind("string", needs_folding(text)))
        found.append(of_kind("string", any_of(lowered(text), _listed(made, texts))))
    return _certain(or_(*found))


def _ordered(column: ColumnElement[Any], order: Order, value: ColumnElement[Any]) -> Condition:
    return _OPERATORS[order](column, value)


_OPERATORS: dict[Order, Callable[[ColumnElement[Any], ColumnElement[Any]], Condition]] = {
    Order.AT_LEAST: lambda column, value: column >= value,
    Order.AT_MOST: lambda column, value: column <= value,
    Order.MORE_THAN: lambda column, value: column > value,
    Order.LESS_THAN: lambda column, value: column < value,
}


def _number(value: int | float) -> ColumnElement[Any]:
    # As it is written, which is what the documents have; PostgreSQL compares decimals, and SQLite the same floats.
    return literal(Decimal(repr(value)), Numeric())


def _listed(made: Compiled, values: list[Any]) -> str:
    name = f"listed_{len(made.lists)}"
    made.lists[name] = values
    return name


def _days_before(made: Compiled, days: Any) -> ColumnElement[Any]:
    name = f"days_before_{len(made.days_before)}"
    made.days_before[name] = int(days)
    return bindparam(name, type_=Date())


def _note(made: Compiled, undecidable: Condition) -> None:
    made.undecidable.append(undecidable)
