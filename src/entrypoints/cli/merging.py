"""Merging two users who are one person, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from application.kernel.access import Actor
from application.people.finding import FindPerson
from application.privacy.merging import MergedUser, MergeUser
from domain.people.merging import SignInAfterMerge
from domain.people.user_errors import UserNotFound
from entrypoints.bootstrap import Service

SIGN_INS = {
    SignInAfterMerge.NONE: "The duplicate has no sign-in.",
    SignInAfterMerge.MOVED: "The sign-in of the duplicate opens the account of the user who stays.",
    SignInAfterMerge.WAITING: "The sign-in of the duplicate waits for the user who stays; link-sign-in confirms it.",
    SignInAfterMerge.ENDED: "The sign-in of the duplicate gives no access any longer.",
}


async def merge_user(
    service: Service,
    duplicate: str,
    into: str,
    reason: str,
    say: Callable[[str], None],
    *,
    different_employee_ids: bool,
    preview: bool,
) -> list[str]:
    """Merge them and say what was done, or what would be; a line for each obstacle that a preview finds."""
    command = MergeUser(
        await _id_of(service, duplicate),
        await _id_of(service, into),
        reason,
        different_employee_ids=different_employee_ids,
        dry_run=preview,
    )
    outcome = await service.bus.execute(command, Actor.system())
    if preview and outcome.obstacles:
        return [each.reason for each in outcome.obstacles]
    would = "would be" if preview and not outcome.merged else "is"
    say(f"{duplicate} {would} merged into {into}.")
    for line in _told(outcome):
        say(line)
    return []


def _told(outcome: MergedUser) -> list[str]:
    told = [
        f"Counting for the user who stays: {outcome.records} records, {outcome.attempts} attempts, "
        f"{outcome.credentials} credentials.",
        f"Enrollments: {len(outcome.moved)} handed over, {len(outcome.former)} kept as former ones, "
        f"{len(outcome.completed)} completed by a record of the other user.",
        SIGN_INS[outcome.sign_in],
    ]
    if outcome.ended_attempts:
        told.append(f"Open attempts that end without a grade: {len(outcome.ended_attempts)}.")
    if outcome.loses_rights:
        told.append("The rights of the duplicate end. They are not handed over.")
    return told


async def _id_of(service: Service, person: str) -> UUID:
    """Somebody may have neither an address nor an employee id, and an employee id may look like the id of a user."""
    try:
        return (await service.bus.ask(FindPerson(person), Actor.system())).id
    except UserNotFound:
        try:
            return UUID(person)
        except ValueError:
            pass
        raise
