"""The stored form of audit entries: canonical JSON (RFC 8785), with commitments in place of personal values."""

from __future__ import annotations

import secrets
from binascii import b2a_base64
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
    address, opens_address = _committed(actor.client_ip)
    request, opens_request = _committed(actor.request_id)
    entry = {
        "actor": {
            "id": actor.id,
            "kind": actor.kind,
            "role": actor.role if actor.kind is ActorKind.USER else None,
        },
        "client_address": address,
        "events": [{"data": each.event, "id": each.id, "name": type(each.event).__name__} for each in record.events],
        "id": record.id,
        "occurred_at": record.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z",
        "operation": record.operation,
        "request_id": request,
        "v": 1,
    }
    has_floats = any(_has_floats(cast(Hashable, type(each.event))) for each in record.events)
    content = rfc8785.dumps(msgspec.to_builtins(entry)) if has_floats else _canonical(entry)
    disclosed = {"client_address": opens_address, "request_id": opens_request}
    shown = {name: each for name, each in disclosed.items() if each is not None}
    return Composed(content.decode(), _canonical(shown).decode() if shown else None)


def _committed(value: str | None) -> tuple[str | None, dict[str, str] | None]:
    """The commitment to the value, and the value with its salt."""
    if value is None:
        return None, None
    salt = secrets.token_bytes(SALT_BYTES)
    return commitment(salt, value), {"salt": b2a_base64(salt, newline=False).decode(), "value": value}


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
