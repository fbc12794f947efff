"""Somebody in the demonstration who is one person with three users."""

from __future__ import annotations

from contextlib import suppress

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.people.users.commands import RegisterUser
from application.people.users.demonstration import MarkDemonstration
from application.people.users.queries import ListUsers
from application.privacy.merging import MergeUser
from domain.people.user_errors import EmailTaken
from entrypoints.http.kit.demonstration import Example

REASON = "Hired twice by mistake."


async def one_person(bus: Bus, department: str) -> dict[str, Example]:
    """Examples with a user that stays, one to be merged into it, and one that is merged already."""
    system = Actor.system()
    for number in (1, 2, 3):
        with suppress(EmailTaken):
            email = f"practice-twin-{number}@unifieddental.example"
            await bus.execute(RegisterUser(email, "Sam Practice Twin", department, "Dental Assistant"), system)
    twins = await bus.ask(ListUsers(q="practice-twin"), system)
    stays, duplicate, merged = sorted(twins.items, key=lambda user: user.email or "")
    await bus.execute(MergeUser(merged.id, stays.id, REASON), system)
    await bus.execute(MarkDemonstration(), system)
    return {
        "merge_user": Example(
            {"user_id": str(duplicate.id)}, {"into": str(stays.id), "reason": REASON, "dry_run": True}
        ),
        "separate_user": Example({"user_id": str(merged.id)}),
    }
