"""Audiences as documents, which people write and stores keep.

    {"all": [{"field": "job_code", "is": ["hygienist", "dental_assistant"]},
             {"not": {"field": "state", "is": ["CA"]}},
             {"any": [{"field": "days_since_hire", "at_least": 30},
                      {"metadata": ["license", "expires_on"], "less_than": "2027-01-01"},
                      {"field": "department", "absent": true}]}]}

An empty `all` means everybody. Every error names the place in the document and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from domain.compliance.audience import MOST_CLAUSES, MOST_DEPTH, MOST_VALUES, TOO_DEEP, Audience
from domain.compliance.audience_clauses import (
    Absent,
    All,
    AnyOf,
    Clause,
    Compares,
    Is,
    Not,
    Order,
    PathInDocument,
    Rule,
    Value,
    as_day,
    as_number,
)
from domain.compliance.audience_facts import EmploymentStatus, Field, Kind, MetadataPath, Subject
from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from domain.kernel.typography import folded
from domain.kernel.values import Between, Text, settle

MOST_NAMES = 6
NAME = Text(120, pattern=r'[^"\\]*', hint="must be the name of a member, without quotation marks and backslashes")
WORD = Text(200, form="lines")
NUMBER = Between(-1_000_000_000_000, 1_000_000_000_000)
"""Wide enough for everything about people, and exact in every store."""
DAYS = Between(0, 40_000)

OPERATORS = ("is", *Order, "absent")
JOINED = ("all", "any", "not")
_FIELDS = ", ".join(Field)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def parsed(document: Any) -> Audience:
    """The audience that the document describes. Raises InvalidValue, with the path and how to correct it."""
    return Audience(_Reader().rule(document, (), 1))


def document_of(audience: Audience) -> dict[str, Any]:
    """The document of the audience, from which `parsed` makes an equal one."""
    return _document(audience.rule)


class _Reader:
    """Reads one document, counting its parts, so that a hostile one is not read to its end."""

    def __init__(self) -> None:
        self._count = 0

    def rule(self, document: Any, path: PathInDocument, depth: int) -> Rule:
        self._count += 1
        if depth > MOST_DEPTH:
            raise InvalidValue(TOO_DEEP, *path)
        if self._count > MOST_CLAUSES:
            raise InvalidValue(
                f"is one of more than {MOST_CLAUSES} parts: give several values to one `is`, or make several rules",
                *path,
            )
        if not isinstance(document, Mapping):
            raise InvalidValue(f"must be an object with {_either(*JOINED, 'field', 'metadata')}", *path)
        joined = [name for name in JOINED if name in document]
        if not joined:
            return _clause(document, path)
        (name, *_) = joined
        _require_members(document, (name,), path)
        if name == "not":
            return Not(self.rule(document["not"], (*path, "not"), depth + 1))
        parts = document[name]
        if not isinstance(parts, (list, tuple)):
            raise InvalidValue("must be a list of rules", *path, name)
        if name == "any" and not parts:
            raise InvalidValue('must have a rule, since "any" of none is nobody. {"all": []} is everybody', *path, name)
        read = tuple(self.rule(part, (*path, name, place), depth + 1) for place, part in enumerate(parts))
        return All(read) if name == "all" else AnyOf(read)


def _clause(document: Mapping[Any, Any], path: PathInDocument) -> Clause:
    subjects = [name for name in ("field", "metadata") if name in document]
    if len(subjects) != 1:
        raise InvalidValue(f"must have exactly one of {_either(*JOINED, 'field', 'metadata')}", *path)
    operators = [name for name in OPERATORS if name in document]
    _require_members(document, (*subjects, *operators), path)
    if len(operators) != 1:
        raise InvalidValue(
            f"must have exactly one of {_either(*OPERATORS)}. Put two of them into two rules in `all`", *path
        )
    (operator,) = operators
    subject = _field(document["field"], path) if subjects == ["field"] else _names(document["metadata"], path)
    value, place = document[operator], (*path, operator)
    if operator == "absent":
        if value is not True:
            raise InvalidValue('must be true. Write {"not": {..., "absent": true}} for a fact that is known', *place)
        return Absent(subject)
    if operator == "is":
        return Is(subject, _values(subject, value, place))
    return Compares(subject, Order(operator), _bound(subject, value, place))


def _field(name: Any, path: PathInDocument) -> Field:
    if not isinstance(name, str) or name not in [*Field]:
        raise InvalidValue(f"must be one of {_FIELDS}, or use `metadata` for the profile's metadata", *path, "field")
    return Field(name)


def _names(names: Any, path: PathInDocument) -> MetadataPath:
    place = (*path, "metadata")
    if not isinstance(names, (list, tuple)) or not 1 <= len(names) <= MOST_NAMES:
        raise InvalidValue(
            f'must be a list of 1 to {MOST_NAMES} names of members, outermost first, such as ["license", "state"]',
            *place,
        )
    return MetadataPath(tuple(_text(NAME, name, (*place, number)) for number, name in enumerate(names)))


def _values(subject: Subject, given: Any, path: PathInDocument) -> tuple[Value, ...]:
    if not isinstance(given, (list, tuple)):
        return (_value(subject, given, path),)
    if not 1 <= len(given) <= MOST_VALUES:
        raise InvalidValue(f"must have 1 to {MOST_VALUES} values, and has {len(given)}", *path)
    return tuple(_value(subject, each, (*path, place)) for place, each in enumerate(given))


def _value(subject: Subject, given: Any, path: PathInDocument) -> Value:
    if isinstance(subject, Field):
        return _OF_KIND[subject.kind](given, path)
    if isinstance(given, bool):
        return given
    if as_number(given) is not None:
        return _number(NUMBER, given, path)
    if isinstance(given, str):
        return _text(WORD, given, path)
    raise InvalidValue("must be text, a number, true or false. For a missing value write `absent`", *path)


def _bound(subject: Subject, given: Any, path: PathInDocument) -> int | float | date:
    kind = subject.kind if isinstance(subject, Field) else None
    if kind is Kind.DAY or (kind is None and isinstance(given, str)):
        return _day(given, path)
    if kind is Kind.COUNT:
        return _days(given, path)
    if kind is not None:
        raise InvalidValue(f"does not go with the {subject.label}, which has no order. Write `is`", *path)
    if as_number(given) is None:
        raise InvalidValue("must be a number, or a day such as 2026-03-31", *path)
    return _number(NUMBER, given, path)


def _text(rule: Text, given: Any, path: PathInDocument) -> str:
    if not isinstance(given, str):
        raise InvalidValue("must be text", *path)
    kept, problem = settle(rule, given)
    if problem:
        raise InvalidValue(problem, *path)
    text: str = kept
    return text


def _number(rule: Between, given: Any, path: PathInDocument) -> int | float:
    number = as_number(given)
    if number is None:
        raise InvalidValue("must be a number", *path)
    if problem := rule.problem(number):
        raise InvalidValue(problem, *path)
    return int(number) if number == int(number) else number


def _days(given: Any, path: PathInDocument) -> int:
    days = _number(DAYS, given, path)
    if not isinstance(days, int):
        raise InvalidValue("must be a whole number of days", *path)
    return days


def _day(given: Any, path: PathInDocument) -> date:
    day = as_day(given) if isinstance(given, str) else None
    if day is None:
        raise InvalidValue("must be a day such as 2026-03-31", *path)
    return day


def _state(given: Any, path: PathInDocument) -> Value:
    state = given.strip().upper() if isinstance(given, str) else ""
    if state not in [*State]:
        raise InvalidValue("must be the two letters of a state, such as TX", *path)
    return State(state).value


def _employment(given: Any, path: PathInDocument) -> Value:
    if not isinstance(given, str) or folded(given) not in [*EmploymentStatus]:
        raise InvalidValue(f"must be one of {', '.join(EmploymentStatus)}", *path)
    return folded(given)


def _location(given: Any, path: PathInDocument) -> Value:
    if not isinstance(given, str) or not _UUID.fullmatch(given.lower()):
        raise InvalidValue("must be the id of a location", *path)
    return UUID(given)


CODE = Text(40, pattern=r"[a-z0-9]+(_[a-z0-9]+)*", hint="must be a job code such as dental_assistant")
_OF_KIND: Mapping[Kind, Callable[[Any, PathInDocument], Value]] = {
    Kind.TEXT: lambda given, path: _text(Text(120), given, path),
    Kind.CODE: lambda given, path: _text(CODE, given.lower() if isinstance(given, str) else given, path),
    Kind.STATE: _state,
    Kind.EMPLOYMENT: _employment,
    Kind.LOCATION: _location,
    Kind.DAY: _day,
    Kind.COUNT: _days,
}


def _require_members(document: Mapping[Any, Any], known: tuple[str, ...], path: PathInDocument) -> None:
    others = sorted(str(name) for name in document if name not in known)
    if others:
        raise InvalidValue(
            f"has {_quoted(others[0])}, which does not go with {_quoted(known[0])}. Remove it, or put it into a rule "
            "of its own",
            *path,
        )


def _quoted(name: str) -> str:
    return f"`{name[:40]}`"


def _either(*names: str) -> str:
    return f"{', '.join(_quoted(each) for each in names[:-1])} or {_quoted(names[-1])}"


def _document(rule: Rule) -> dict[str, Any]:
    match rule:
        case All(parts):
            return {"all": [_document(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [_document(part) for part in parts]}
        case Not(part):
            return {"not": _document(part)}
        case Is(subject, values):
            return {**_subject(subject), "is": [_json(value) for value in values]}
        case Compares(subject, order, value):
            return {**_subject(subject), order.value: _json(value)}
        case Absent(subject):
            return {**_subject(subject), "absent": True}


def _subject(subject: Subject) -> dict[str, Any]:
    return {"field": subject.value} if isinstance(subject, Field) else {"metadata": list(subject.names)}


def _json(value: Value) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value
