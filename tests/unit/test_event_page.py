"""docs/events.md says what events there are, what their fields mean, and which commands leave them.

After a change that is meant: UPDATE_DOCS=1 pytest tests/unit/test_event_page.py, then read the diff.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from documents import event_page
from domain.kernel.aggregate import DomainEvent

PAGE = Path(__file__).resolve().parents[2] / "docs/events.md"
HOW_TO_MEND = "docs/events.md is not current. Record it: UPDATE_DOCS=1 pytest tests/unit/test_event_page.py"


async def test_the_page_is_current() -> None:
    written = await event_page.page()
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written, HOW_TO_MEND


async def test_every_event_is_left_by_some_command() -> None:
    """Otherwise nobody knows that it is recorded; a situation is missing, or the event is not used any more."""
    assert "no command any more" not in await event_page.page()


@dataclass(frozen=True, slots=True)
class Silent(DomainEvent):
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Terse(DomainEvent):
    """Something has happened."""

    user_id: UUID


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Silent, "Silent needs a docstring that says when it happens"),
        (Terse, "Terse.user_id needs a docstring under it that says what it means"),
    ],
)
async def test_what_is_not_explained_is_refused(event: type[DomainEvent], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        event_page.section(event, [])
