"""The stored form of audit entries: canonical JSON (RFC 8785), with commitments in place of personal values."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any, cast, get_type_hints
from uuid import UUID

import msgspec
import rfc8785

from application.kernel.access import ActorKind
from application.kernel.units import AuditRecord
from domain.audit.entries import SALT_BYTES, commitment

NO_ACTOR = UUID(int=0)
"""Owns the values in entries of the service itself."""


@dataclass(frozen=True, slots=True)
class Composed:
    """An entry, and what it is committed to, with the salts: both as canonical JSON. None without such a value."""

    content: str
    disclosed: str | None


def composed(record: AuditRecord) -> Composed:
    """The entry of a record."""
    actor = record.actor
    values = {"client_address": actor.client_ip, "request_id": actor.request_id}
    salted = {name: (secrets.token_bytes(SALT_BYTES), value) for name, value in values.items() if value is not None}
    entry = {
        "actor": {
            "id": None if actor.id is None else str(actor.id),
            "kind": actor.kind.value,
            "role": actor.role.value if actor.kind is ActorKind.USER else None,
        },
        "events": [
            {"data": msgspec.to_builtins(each.event), "id": str(each.id), "name": type(each.event).__name__}
            for each in record.events
        ],
        "id": str(record.id),
        "occurred_at": record.occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "operation": record.operation,
        "v": 1,
        **{name: commitment(*salted[name]) if name in salted else None for name in values},
    }
    disclosed = {
        name: {"salt": base64.b64encode(salt).decode(), "value": value} for name, (salt, value) in salted.items()
    }
    has_floats = any(_has_floats(cast(Hashable, type(each.event))) for each in record.events)
    content = rfc8785.dumps(entry) if has_floats else _canonical(entry)
    return Composed(content.decode(), _canonical(disclosed).decode() if disclosed else None)


_canonical = msgspec.json.Encoder(order="sorted").encode
"""Canonical JSON (RFC 8785) of data without floats whose names are ASCII: a fiftieth of the time of the library."""


@cache
def _has_floats(kind: Any) -> bool:
    return any("float" in str(hint) for hint in get_type_hints(kind).values())


def opened(content: str | None) -> dict[str, Any] | None:
    """The entry, or the values, that were stored; None if they are missing, or are no longer such."""
    try:
        entry = None if content is None else msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
