"""Importing the roster, an HR export; repeated imports never duplicate a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock, Ids, Typeface
from application.kernel.units import Events
from application.people.ports import EndedSignIns, Roster, Users
from application.people.roster_lines import RosterFile, RosterReading
from domain.kernel.errors import InvalidValue
from domain.kernel.key_scopes import PersonRequired
from domain.kernel.values import Email, Items
from domain.people.administrators import LastAdministrator, require_another
from domain.people.roster import LineProblem, RosterImported, RosterRejected, RosterUnreadable
from domain.people.roster_columns import ColumnRead
from domain.people.sign_ins import EndedSignIn, EndReason, LinkReason
from domain.people.user_errors import OwnAccess
from domain.people.user_events import UsersEdited, UsersRegistered

Addresses = Annotated[tuple[Email, ...], Items(1_000)]


@dataclass(slots=True)
class ImportedRoster:
    """How many people were created, updated and found unchanged, and the lines left out, if any.

    `columns` are those recognized by another name. `unprintable` are the first thousand imported names that
    certificates print differently from how they are written.
    """

    created: int
    updated: int
    unchanged: int
    problems: list[LineProblem]
    columns: list[ColumnRead] = field(default_factory=list)
    unprintable: list[LineProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportRoster(Command[ImportedRoster]):
    """Merge the file into the users by e-mail. With `partial` the valid lines are taken even if others are not.

    `same_person` and `new_person` decide about addresses under which the file names somebody else than is known here.
    """

    file: RosterFile
    partial: bool = False
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

    An empty cell leaves the stored value. Nobody is deactivated for not being listed. A line is refused if its address
    belongs to a user with another name who was hired earlier or is deactivated: name the address under `same_person` or
    `new_person`. With `new_person` the earlier user is deactivated and loses the address, but keeps all records. A
    service account may use neither: a person decides whose an address is.
    """
    if command.same_person or command.new_person:
        actor.require_person("Only a person decides whose an address is that the roster gives to somebody else.")
    reading = RosterReading(command.file, typeface)
    problems = reading.problems
    async for entries in reading.entries():
        await roster.stage([(ids.new(), entry) for entry in entries])
    problems += await roster.repeated()
    problems += await roster.overfull()
    problems += await _decide(command, actor, roster, users, ended, clock, calendar)
    problems.sort(key=lambda problem: problem.line)
    if problems and not command.partial:
        raise RosterRejected(tuple(problems))
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


async def _decide(
    command: ImportRoster,
    actor: Actor,
    roster: Roster,
    users: Users,
    ended: EndedSignIns,
    clock: Clock,
    calendar: Calendar,
) -> list[LineProblem]:
    """Leave out and report the lines that may be about somebody else, unless the command says whose they are."""
    same, new = ({email.lower() for email in emails} for emails in (command.same_person, command.new_person))
    if same & new:
        raise InvalidValue("must not name an address that same_person names too", "new_person")
    renamed = await roster.renamed(calendar.day_of)
    found = [each for each in renamed if each.is_somebody_else and each.entry.email not in same]
    for each in found:
        if each.entry.email in new:
            if each.holder.user_id == actor.user_id:
                raise OwnAccess
            holder = await users.get(each.holder.user_id)
            if holder.is_administrator:
                require_another(await users.administrators(), [holder.id])
            if holder.supabase_id or holder.requested_sign_in:
                for subject in holder.unlink(LinkReason.WRONG_PERSON, now=clock.now()):
                    await ended.end(subject, EndedSignIn(holder.id, EndReason.ADDRESS_REUSED, clock.now()))
            holder.give_up_address(now=clock.now())
    undecided = [each.problem() for each in found if each.entry.email not in new]
    await roster.drop([problem.line for problem in undecided])
    return undecided
