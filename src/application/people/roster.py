"""Importing the roster, an HR export; repeated imports never duplicate a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock, Ids, Typeface
from application.kernel.units import Events
from application.people.ports import EndedSignIns, Roster, Users
from application.people.roster_lines import RosterFile, RosterReading
from domain.kernel.key_scopes import PersonRequired
from domain.kernel.values import Email, Items
from domain.people.administrators import LastAdministrator, require_another
from domain.people.roster import LineEffect, LineProblem, RosterImported, RosterRejected, RosterUnreadable
from domain.people.roster_columns import ColumnRead
from domain.people.roster_matching import AddressDecision
from domain.people.sign_ins import EndedSignIn, EndReason, LinkReason
from domain.people.user_errors import OwnAccess
from domain.people.user_events import UsersEdited, UsersRegistered
from domain.people.users import User

Addresses = Annotated[tuple[Email, ...], Items(1_000)]

MOST_SHOWN = 10_000
"""Lines that a dry run shows beside those that are refused."""


@dataclass(slots=True)
class ImportedRoster:
    """How many people were created, updated and found unchanged, and the lines left out, if any.

    `columns` are those recognized by another name. `unprintable` are the first thousand imported names that
    certificates print differently from how they are written.

    Of a dry run, the numbers are those of an import with `partial`, `would_refuse` says why nothing would be imported,
    if anything is against it, and `lines` shows what each line does: all that change something or are refused,
    and then others, up to ten thousand lines; `lines_left_out` is the number of all further ones.
    """

    created: int
    updated: int
    unchanged: int
    problems: list[LineProblem]
    columns: list[ColumnRead] = field(default_factory=list)
    unprintable: list[LineProblem] = field(default_factory=list)
    dry_run: bool = False
    would_refuse: str | None = None
    lines: list[LineEffect] = field(default_factory=list)
    lines_left_out: int = 0


@dataclass(frozen=True, slots=True)
class ImportRoster(Command[ImportedRoster]):
    """Merge the file into the users by e-mail. With `partial` the valid lines are taken even if others are not.

    With `dry_run` nothing changes, and the answer says what would, line by line.

    `same_person` and `new_person` decide about addresses under which the file names somebody else than is known here.
    """

    file: RosterFile
    partial: bool = False
    dry_run: bool = False
    same_person: Addresses = ()
    new_person: Addresses = ()


@handles(
    ImportRoster,
    allow=administrators,
    raises=(OwnAccess, PersonRequired, LastAdministrator, RosterRejected, RosterUnreadable),
)
async def import_roster(
    command: ImportRoster,
    actor: Actor,
    roster: Roster,
    users: Users,
    ended: EndedSignIns,
    events: Events,
    ids: Ids,
    clock: Clock,
    calendar: Calendar,
    typeface: Typeface,
) -> ImportedRoster:
    """Administrators import the roster. If a line is invalid nothing is imported, unless `partial` is true.

    With `dry_run` the answer shows what each line would do, and nothing changes. An empty cell leaves the stored
    value. Nobody is deactivated for not being listed. A line is refused if its address
    belongs to a user with another name who was hired earlier or is deactivated: name the address under `same_person` or
    `new_person`. With `new_person` the earlier user is deactivated and loses the address, but keeps all records. A
    service account may use neither: a person decides whose an address is.
    """
    if command.same_person or command.new_person:
        actor.require_person("Only a person decides whose an address is that the roster gives to somebody else.")
    reading = RosterReading(command.file, typeface)
    async for entries in reading.entries():
        await roster.stage([(ids.new(), entry) for entry in entries])
    await roster.match()
    problems = await roster.repeated()
    decision = AddressDecision.of(
        await roster.renamed(calendar.day_of), same_person=command.same_person, new_person=command.new_person
    )
    await roster.drop([problem.line for problem in decision.refused])
    await roster.separate([each.entry.line for each in decision.reassigned])
    problems += [*decision.refused, *await roster.overfull()]
    problems = reading.and_these(problems)
    holders = await _losing_address(decision, actor, users)
    if command.dry_run:
        return await _preview(roster, reading, problems, partial=command.partial)
    if problems and not command.partial:
        raise RosterRejected(tuple(problems))
    for holder in holders:
        await _reassign(holder, ended, clock.now())
    merged = await roster.merge(clock.now())
    created, updated = len(merged.created), len(merged.updated)
    if created or updated:
        import_id = ids.new()
        for event in (
            RosterImported(import_id, created, updated, merged.unchanged),
            *UsersRegistered.together(import_id, merged.created),
            *UsersEdited.together(import_id, merged.updated),
        ):
            events.record(event)
    return ImportedRoster(created, updated, merged.unchanged, problems, reading.columns_read, reading.unprintable)


async def _preview(
    roster: Roster, reading: RosterReading, problems: list[LineProblem], *, partial: bool
) -> ImportedRoster:
    """What the import would do, as the merge counts it."""
    preview = await roster.preview(MOST_SHOWN)
    effects = [*map(LineEffect.refused, problems), *preview.lines]
    total = len(problems) + preview.created + preview.updated + preview.unchanged
    return ImportedRoster(
        *(preview.created, preview.updated, preview.unchanged),
        *(problems, reading.columns_read, reading.unprintable),
        dry_run=True,
        would_refuse=str(RosterRejected(tuple(problems))) if problems and not partial else None,
        lines=sorted(effects, key=lambda effect: effect.line),
        lines_left_out=total - len(effects),
    )


async def _losing_address(decision: AddressDecision, actor: Actor, users: Users) -> list[User]:
    """The people whose addresses belong to others now. Raises OwnAccess and LastAdministrator."""
    holders = []
    for each in decision.reassigned:
        if each.holder.user_id == actor.user_id:
            raise OwnAccess
        holders.append(await users.get(each.holder.user_id))
    if leaving := [holder.id for holder in holders if holder.is_administrator]:
        require_another(await users.administrators(), leaving)
    return holders


async def _reassign(holder: User, ended: EndedSignIns, now: datetime) -> None:
    if holder.supabase_id or holder.requested_sign_in:
        for subject in holder.unlink(LinkReason.WRONG_PERSON, now=now):
            await ended.end(subject, EndedSignIn(holder.id, EndReason.ADDRESS_REUSED, now))
    holder.give_up_address(now=now)
