"""Importing the roster, an HR export; repeated imports never duplicate a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock, Ids, Typeface
from application.kernel.wiring import PortSet
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationNames
from application.people.ports import Roster, RosterMerge, RosterPreview
from application.people.roster_dated import DatedLines, RosterHistories
from application.people.roster_examining import examine
from application.people.roster_lines import MOST_TOLD, RosterFile, RosterReading
from application.people.roster_turnover import ReassignedAddresses, Turnover
from domain.kernel.key_scopes import PersonRequired
from domain.kernel.values import Email, Items
from domain.people.administrators import LastAdministrator
from domain.people.facts import FactSource, Origin
from domain.people.leavers import MissingPerson, TooManyLeavers
from domain.people.returning import Returns
from domain.people.roster import LineEffect, LineOutcome, LineProblem, RosterRejected, RosterUnreadable
from domain.people.roster_columns import ColumnRead
from domain.people.roster_effects import ImportDay
from domain.people.roster_matching import SaidOfAddresses
from domain.people.roster_plan import NobodyListed, RosterPlan
from domain.people.user_errors import EmailTaken, EmployeeIdTaken, OwnAccess

Addresses = Annotated[tuple[Email, ...], Items(1_000)]

MOST_SHOWN = 10_000
"""Lines that a dry run shows beside those that are refused."""


@dataclass(slots=True)
class ImportedRoster:
    """How many people were created, updated and found unchanged, and the lines left out, if any.

    `columns` are those recognized by another name. `unprintable` are the first thousand imported names that
    certificates print differently from how they are written. `unmapped` are the first thousand locations and job
    titles that mean nothing yet, or a closed location, each with its first line: rules by place and job cannot see
    these people.

    Of a dry run, the numbers are those of an import with `partial`, `would_refuse` says why nothing would be imported,
    if anything is against it, and `lines` shows what each line does: all that change something or are refused,
    and then others, up to ten thousand lines; `lines_left_out` is the number of all further ones.

    `reactivated` is how many of these people were deactivated and are active again, since the file says that they were
    rehired. `inactive` are the first thousand lines about people who stay deactivated, with the reason.

    `deactivated` is the number of people who were deactivated, since the last day of work that their lines name has
    passed, or, with `deactivate_missing`, since the file does not list them. `missing` are the first thousand of the
    latter, and those who are kept although they are missing. `never_listed` is the number of further active people, who
    are not missing, since no roster has listed them, and `unrecognizable` of those who are not missing, since they have
    neither an employee id nor an address where the file has only these.

    `secondary` is the number of further lines about the same people, each with a position that is not the primary one.
    A dry run shows on them what becomes known of these positions, and on the primary line, under `position`, which
    ones end.
    """

    created: int
    updated: int
    unchanged: int
    problems: list[LineProblem]
    columns: list[ColumnRead] = field(default_factory=list)
    unprintable: list[LineProblem] = field(default_factory=list)
    unmapped: list[LineProblem] = field(default_factory=list)
    dry_run: bool = False
    would_refuse: str | None = None
    lines: list[LineEffect] = field(default_factory=list)
    lines_left_out: int = 0
    reactivated: int = 0
    inactive: list[LineProblem] = field(default_factory=list)
    deactivated: int = 0
    missing: list[MissingPerson] = field(default_factory=list)
    never_listed: int = 0
    unrecognizable: int = 0
    secondary: int = 0


@dataclass(frozen=True, slots=True)
class ImportRoster(Command[ImportedRoster]):
    """Merge the file into the users, by employee id and then by e-mail.

    With `partial` the valid lines are taken even if others are not.

    With `dry_run` nothing changes, and the answer says what would, line by line. With `deactivate_missing` people who
    were on a roster before and are not in the file are deactivated; `force` allows it for more people than the limit.

    `same_person` and `new_person` decide about addresses under which the file names somebody else than is known here.
    """

    file: RosterFile
    partial: bool = False
    dry_run: bool = False
    same_person: Addresses = ()
    new_person: Addresses = ()
    deactivate_missing: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class RosterIntake(PortSet):
    """Reads a file into the store."""

    roster: Roster
    ids: Ids
    typeface: Typeface
    location_names: LocationNames
    job_titles: JobTitles

    async def read(self, file: RosterFile, now: datetime, today: date) -> RosterReading:
        """Stage its valid lines, and look up its places and titles. Raises RosterUnreadable."""
        reading = RosterReading(file, self.typeface)
        async for entries in reading.entries():
            await self.roster.stage([(self.ids.new(), entry.as_of(today)) for entry in entries])
        texts = reading.texts
        places = await self.location_names.places(texts.locations) if texts.locations else {}
        codes = await self.job_titles.known(texts.titles) if texts.titles else {}
        reading.unmapped = reading.named(texts.unusable(places, codes, now)[:MOST_TOLD])
        return reading


@handles(
    ImportRoster,
    allow=administrators,
    raises=(
        *(EmailTaken, EmployeeIdTaken, OwnAccess, PersonRequired, LastAdministrator, RosterRejected, RosterUnreadable),
        *(TooManyLeavers, NobodyListed),
    ),
)
async def import_roster(
    command: ImportRoster,
    actor: Actor,
    intake: RosterIntake,
    addresses: ReassignedAddresses,
    histories: RosterHistories,
    turnover: Turnover,
    clock: Clock,
    calendar: Calendar,
) -> ImportedRoster:
    """Administrators import the roster. If a line is invalid nothing is imported, unless `partial` is true.

    With `dry_run` the answer shows what each line would do, and nothing changes. An empty cell leaves the stored value.

    A line is refused if its address belongs to a user with another name who was hired earlier or is deactivated: name
    the address under `same_person` or `new_person`. With `new_person` the earlier user is deactivated and loses the
    address, but keeps all records. A service account may use neither: a person decides whose an address is.

    With the column `is_primary` several lines about one person are the positions of that person, of which one is the
    primary one. Positions besides it that the file does not list end.

    People who are deactivated stay so, and are named, unless the line says that they were rehired since. A service
    account does not reactivate somebody who may do more than learn.

    Transfers, leaves and last days of work, in the past or in the future, are recorded with their days. People are
    deactivated from the day after their last one on.

    With `deactivate_missing` the people are deactivated whom a roster has listed before and this one does not list.
    Administrators and oneself are kept, and named. It needs a file without invalid lines, and is refused for too large
    a part of the active people unless a person says `force`.
    """
    if command.same_person or command.new_person:
        actor.require_person("Only a person decides whose an address is that the roster gives to somebody else.")
    if command.force:
        actor.require_person("Only a person decides that more people leave at once than the limit allows.")
    said, now = SaidOfAddresses.of(command.same_person, command.new_person), clock.now()
    roster = intake.roster
    today = calendar.day_of(now)
    await histories.require_shown(today)
    reading = await intake.read(command.file, now, today)
    day = ImportDay(
        today,
        Origin(FactSource.ROSTER, actor.id),
        actor.person_id,
        actor.service_account is None,
        ends_positions=reading.knows_whom_it_misses,
    )
    most = MOST_SHOWN if command.dry_run else 0
    found = await examine(histories, reading, said, day, calendar.day_of, most)
    returns, dated = found.returns, found.dated
    holders = await addresses.holders(found.reassigned, actor)
    preview = await roster.preview(most)
    plan = RosterPlan.of(
        reading.and_these(found.problems),
        await roster.absence() if command.deactivate_missing or dated.ending else None,
        listed=sum(preview.counts),
        partial=command.partial,
        actor_id=actor.person_id,
        settled=[holder.id for holder in holders],
        limit=turnover.limit,
        force=command.force,
        ending=dated.ending,
        deactivate_missing=command.deactivate_missing,
    )
    if command.dry_run:
        return _answer(reading, plan, returns, dated, preview, preview.secondary)
    if plan.refusal is not None:
        raise plan.refusal
    # Addresses are free before others have them, and people are there before their histories.
    for holder in holders:
        await addresses.take(holder, now)
    merged = await roster.merge(now)
    leaving = [*plan.leavers.leaving, *await dated.write()]
    await turnover.carry_out(merged, [*returns.people.values()], leaving, now)
    return _answer(reading, plan, returns, dated, merged, preview.secondary)


def _answer(
    reading: RosterReading,
    plan: RosterPlan,
    returns: Returns,
    dated: DatedLines,
    done: RosterPreview | RosterMerge,
    secondary: int,
) -> ImportedRoster:
    """What a dry run shows, or what was done."""
    created, updated, unchanged = done.counts
    answer = ImportedRoster(
        created,
        updated,
        unchanged,
        problems=list(plan.problems),
        columns=reading.columns_read,
        unprintable=reading.unprintable,
        unmapped=reading.unmapped,
        reactivated=len(returns.people),
        inactive=list(returns.staying[:MOST_TOLD]),
        deactivated=len(plan.leavers.leaving) + dated.leaving,
        missing=list(plan.leavers.people[:MOST_TOLD]),
        never_listed=plan.absence.never_listed,
        unrecognizable=plan.absence.unrecognizable,
        secondary=secondary,
    )
    if isinstance(done, RosterPreview):
        shown = [dated.shown(returns.shown(line)) for line in done.lines]
        shown.sort(key=lambda effect: (effect.outcome is LineOutcome.UNCHANGED, effect.line))
        effects = [*map(LineEffect.refused, plan.problems), *shown[:MOST_SHOWN]]
        answer.dry_run = True
        answer.would_refuse = str(plan.refusal) if plan.refusal else None
        answer.lines = sorted(effects, key=lambda effect: effect.line)
        answer.lines_left_out = len(plan.problems) + sum(done.counts) + secondary - len(effects)
    return answer
