"""Entries of the audit ledger: one for each command that changed something."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.kernel.errors import NotFound

SALT_BYTES = 32
COMMITTED = ("client_address", "request_id")
"""The fields of an entry that hold a commitment to a value, or null, instead of the value."""
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How moments are written in entries, in UTC."""
_OPERATION = re.compile(r"[a-z0-9_]{1,100}")
_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AuditEntryNotFound(NotFound):
    """There is no sealed entry with this id."""

    slug = "audit-entry-not-found"
    title = "No such audit entry"
    sentence = "The ledger has no sealed entry with this id. Entries are sealed within minutes after the change."


class NotInTree(NotFound):
    """The tree has never had this size, or did not have the entry yet."""

    slug = "not-in-audit-tree"
    title = "Not in the tree of this size"
    sentence = "The ledger has not reached this size, or did not contain the entry yet. Ask for a larger size."


class NoCheckpoint(NotFound):
    """Nothing has been signed yet."""

    slug = "no-audit-checkpoint"
    title = "No checkpoint yet"
    sentence = "No checkpoint has been signed. The operator sets AUDIT_SIGNING_KEY; then the next seal signs one."


def commitment(salt: bytes, value: str) -> str:
    """What an entry holds in place of a personal value: it tells nothing without the salt, which can be erased.

    HMAC-SHA-256 with the salt, 32 random bytes, as the key.
    """
    return hmac.digest(salt, value.encode(), "sha256").hex()


def opens(entry: Mapping[str, Any], disclosed: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether these values with their salts are what the entry is committed to.

    What is stored may have been changed into anything; then they are not.
    """
    try:
        return all(
            name in COMMITTED and entry.get(name) == commitment(base64.b64decode(each["salt"]), each["value"])
            for name, each in disclosed.items()
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def found_by(entry: Mapping[str, Any]) -> tuple[datetime, str, UUID | None, frozenset[UUID]]:
    """When it was, the operation, the actor and the objects of an entry.

    Raises AttributeError, KeyError, RecursionError, TypeError or ValueError for what the service has not written.
    """
    actor_id, operation = entry["actor"]["id"], entry["operation"]
    if not _OPERATION.fullmatch(operation):
        raise ValueError("no operation has this name")
    occurred_at = datetime.strptime(entry["occurred_at"], MOMENT).replace(tzinfo=UTC)
    return occurred_at, operation, None if actor_id is None else UUID(actor_id), objects_of(entry)


def objects_of(entry: Mapping[str, Any]) -> frozenset[UUID]:
    """The ids of everything that the events of the entry name."""
    return frozenset(UUID(text) for event in entry["events"] for text in _texts(event["data"]) if _ID.fullmatch(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
