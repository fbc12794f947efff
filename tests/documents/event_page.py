"""docs/events.md, written from the events themselves and from what commands leave in the situations of the tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from application.delivery.event_types import event_types, meanings_of
from domain.kernel.aggregate import DomainEvent
from situations import discover_situations
from situations.stage import MemoryStage
from worlds.memory import REACTIONS

HEAD = """# Events

Every command that changes something writes events to the table `outbox_events`, in the transaction of the change. This
page is generated from the code; `tests/unit/test_event_page.py` compares it. After an intended change:
`UPDATE_DOCS=1 .venv/bin/pytest tests/unit/test_event_page.py`.

| column | content |
|---|---|
| `position`, `transaction_id` | the order to read events in (decision [19](decisions/0019-order-of-the-outbox.md)) |
| `id` | the event's id, by which a consumer detects duplicates |
| `name` | one of the names below; the same change always has the same name, independent of its cause |
| `subject_id` | the id of the changed object, for finding all its events |
| `payload` | the fields below, as a JSON object |
| `occurred_at` | when it happened (UTC) |
| `actor_id` | the user or service account that caused it; null for the service and operators at the command line |
| `actor_kind` | `user`, `service-account` or `system`; null in events from before there were service accounts |
| `request_id`, `client_ip` | the request that caused it, and the client's network address |
| `schema_version` | the version of the payload; it increases when a field changes its meaning, not when one is added |
| `learner_id` | the one user that the event is about; null for events about several or none, and in older rows |

[event-feed.md](event-feed.md) describes how other systems read them over HTTP.

Payloads contain ids and no personal data: no names, addresses, reasons, notes or answers, since events outlive a
person's profile (decision [31](decisions/0031-honest-events.md)). Rows are kept for at least 90 days, and
until each channel has read them; then the service deletes them. One event names at most 5,000 users; larger changes are
split into several events.

Channels such as webhooks get events at least once, those about one user in order (decision
[59](decisions/0059-delivery-of-events.md)).

Fields may be added to an event. Stored rows are never rewritten: in older rows, `UserRegistered` and `UserEdited`
(`user_id`) and `UserEnrolled` (`module_id`, `user_id`) describe changes of a single user, and `EnrollmentsMoved` has
the ids of superseded attempts.

"Left by" names the commands that cause the event, directly or through consequences of other events.
"""

TITLES = {"people": "People", "catalogue": "Catalogue", "learning": "Learning", "assessment": "Quizzes",
          "evidence": "Evidence", "compliance": "Compliance", "delivery": "Delivery"}  # fmt: skip


async def page() -> str:
    """The whole page. Raises ValueError for an event or a field that its class says nothing about."""
    left_by = await _left_by()
    parts = [HEAD]
    for context, title in TITLES.items():
        parts.append(f"## {title}\n")
        parts += [section(each, sorted(left_by[each])) for each in event_types().values() if _context(each) == context]
    return "\n".join(parts)


def _context(event: type[DomainEvent]) -> str:
    return event.__module__.split(".")[1]


def section(event: type[DomainEvent], commands: list[str]) -> str:
    """What the page says of the event. Raises ValueError."""
    said = event.__doc__ or ""
    if said in ("", event.__base__.__doc__) or said.startswith(f"{event.__name__}("):
        raise ValueError(f"{event.__name__} needs a docstring that says when it happens")
    means, kinds = meanings_of(event), get_type_hints(event)
    lines = [
        f"### {event.__name__}",
        "",
        " ".join(said.split()),
        "",
        "| field | type | meaning |",
        "|---|---|---|",
    ]
    for field in fields(event):
        if field.name not in means:
            raise ValueError(f"{event.__name__}.{field.name} needs a docstring under it that says what it means")
        lines.append(f"| `{field.name}` | {_kind(kinds[field.name])} | {means[field.name].rstrip('.')} |")
    lines += ["", f"Left by {', '.join(f'`{each}`' for each in commands) or 'no command any more'}."]
    lines += _followed_by(event)
    return "\n".join(lines) + "\n"


def _followed_by(event: type[DomainEvent]) -> Iterator[str]:
    following = [each.function for each in REACTIONS if event in each.events]
    if following:
        yield ""
        yield "What follows in the same transaction:"
        yield ""
        for function in following:
            yield f"- {(function.__doc__ or '').strip().splitlines()[0]}"


def _kind(kind: Any) -> str:
    """The JSON type, in words."""
    if isinstance(kind, UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return f"{_kind(options[0])}, or null"
    if get_args(kind):
        return f"list of {_kind(get_args(kind)[0])}s"
    if issubclass(kind, Enum):
        return ", ".join(f"`{each.value}`" for each in kind)
    return {UUID: "UUID", int: "integer", float: "number", bool: "true or false", date: "date", datetime: "date-time",
            str: "text"}[kind]  # fmt: skip


async def _left_by() -> dict[type[DomainEvent], set[str]]:
    found: dict[type[DomainEvent], set[str]] = defaultdict(set)
    for situation in discover_situations():
        stage = MemoryStage()
        command, actor = await situation.prepare(stage)
        told = len(stage.told)
        await stage.do(command, actor)
        for event in stage.told[told:]:
            found[type(event)].add(situation.command.__name__)
    return found
