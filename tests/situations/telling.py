"""What a command has changed in the store, and which of it no event names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from uuid import UUID

from adapters.memory.kit.store import MemoryStore
from domain.kernel.aggregate import DomainEvent

NO_RECORDS = {
    "audit_entries": "Each names the events of a command.",
    "audit_disclosures": "They are what entries are committed to.",
    "answers": "Answers kept for repeated requests tell of no fact, and are forgotten within a day.",
    "outbox": "Events are what tells.",
    "outbox_position": "It counts events.",
    "recomputations": "What must be computed again follows from what events tell of.",
    "webhook_attempts": "The result of each attempt to send an event is kept for a month, to find out what is wrong.",
    "obligation_states": "They are computed from what events tell of.",
}
UNTOLD_FIELDS = {"settles_at": "It only says when the service has to look again; nobody is shown it."}

Rows = Mapping[tuple[str, Any], Any]
"""Rows as plain data, by the name of their table and their key."""


def rows_of(store: MemoryStore) -> Rows:
    """Everything that is stored, but for what is no record."""
    return {
        (name, key): _plain(row)
        for name, table in store.tables.items()
        if name not in NO_RECORDS
        for key, row in table.by_key.items()
    }


def untold(before: Rows, after: Rows, events: Iterable[DomainEvent]) -> list[str]:
    """The rows that are not as they were and whose ids are not all in one of the events, for a person to read."""
    told = [set(values_of(event)) for event in events]
    return [
        f"{table} {key}"
        for table, key in changed(before, after)
        if not any(identity <= values for identity in [_identity(table, key, before, after)] for values in told)
    ] + [
        f"part {part} of modules {key}"
        for table, key in changed(before, after)
        if table == "modules" and (table, key) in before and (table, key) in after
        for part in _changed_parts(before[table, key], after[table, key])
        if not any({key, part} <= values for values in told)
    ]


def changed(before: Rows, after: Rows) -> list[tuple[str, Any]]:
    """The rows that are new, gone, or not as they were."""
    return [each for each in {**before, **after} if before.get(each) != after.get(each)]


def values_of(event: DomainEvent) -> Iterator[Any]:
    """The values of an event's fields, those of collections one by one."""
    for field in fields(event):
        value = getattr(event, field.name)
        yield from value if isinstance(value, tuple) else (value,)


def _identity(table: str, key: Any, before: Rows, after: Rows) -> set[Any]:
    if table == "ended_sign_ins":
        # The key is a fingerprint, which is kept so that nothing else need be.
        return {(after.get((table, key)) or before[table, key])[1]["user_id"]}
    if table in ("positions", "employment_states"):
        # Versions of facts about a person, who is named.
        return {(after.get((table, key)) or before[table, key])["user_id"]}
    if table == "location_facts":
        return {(after.get((table, key)) or before[table, key])["location_id"]}
    return set(key) if isinstance(key, tuple) else {key}


def _changed_parts(before: Any, after: Any) -> Iterator[UUID]:
    old, new = _parts(before), _parts(after)
    yield from (part for part in {**old, **new} if old.get(part) != new.get(part))


def _parts(module: Any) -> dict[UUID, Any]:
    found = {}
    for section in module["sections"]:
        found[section["id"]] = {**section, "questions": None}
        found |= {question["id"]: question for question in section["questions"]}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if type(value).__module__.startswith("domain.") and hasattr(value, "__dict__") and not isinstance(value, str):
        shown = {name: each for name, each in vars(value).items() if name not in UNTOLD_FIELDS and name != "_events"}
        return {name: _plain(each) for name, each in shown.items()}
    return value
