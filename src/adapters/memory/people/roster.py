"""The lines of a roster, staged in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.people.histories import POSITIONS, by_person
from adapters.memory.people.tables import ROSTER_LISTINGS, USERS
from adapters.registry import serves
from application.people.ports import Roster, RosterMerge, RosterPreview
from domain.kernel.days import DayOf
from domain.people.facts import in_force
from domain.people.histories import shown_by
from domain.people.leavers import Absence, UnlistedPerson
from domain.people.names import employee_key, known_as
from domain.people.positions import Work
from domain.people.returning import InactivePerson
from domain.people.roster import LineEffect, LineOutcome, LineProblem, RosterEntry
from domain.people.roster_effects import DatedLine
from domain.people.roster_matching import AddressHolder, ClaimedAddress, Renamed, Repeating, may_be_about, same_id
from domain.people.roster_positions import LineKeys, SecondaryLine, are_known, left_out, person_lines
from domain.people.users import User


@serves(Roster)
class MemoryRoster:
    """Implements application.people.ports.Roster. The lines are staged in memory."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._users = unit.draft(USERS)
        self._listings = unit.draft(ROSTER_LISTINGS)
        self._staged: list[tuple[UUID, RosterEntry]] = []
        self._about: dict[int, UUID] = {}
        self._separate: set[int] = set()
        self._noted: set[int] = set()
        self._positions = unit.draft(POSITIONS)
        self._secondary: dict[int, tuple[int, RosterEntry]] = {}
        """By line, each with the number of the primary one."""
        self._apart_on: date | None = None

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        self._staged += entries

    async def match(self) -> None:
        by_id = {employee_key(user.employee_id): user for user in self._users.rows() if user.employee_id}
        by_address = {user.email: user for user in self._users.rows() if user.email}
        for _, entry in self._staged:
            user = by_id.get(employee_key(entry.employee_id)) or by_address.get(entry.email or "")
            if user and may_be_about(entry, user.employee_id):
                self._about[entry.line] = user.person_id
        # The duplicate keeps its keys, by which the person is found; the person keeps the own ones.
        for place, (id, entry) in enumerate(self._staged):
            person = self._about.get(entry.line)
            stays = self._users.peek(person) if person else None
            if stays is None:
                continue
            by_key = by_id.get(employee_key(entry.employee_id)) if entry.employee_id else None
            if by_key and by_key.merged_into == stays.id:
                entry = replace(entry, employee_id=stays.employee_id)
            addressed = by_address.get(entry.email or "")
            if addressed and addressed.merged_into == stays.id:
                entry = replace(entry, email=stays.email)
            self._staged[place] = (id, entry)

    async def named(self, employee_ids: Collection[str], addresses: Collection[str]) -> list[LineKeys]:
        entries = sorted((entry for _, entry in self._staged), key=lambda entry: entry.line)
        keys = [LineKeys(entry.line, employee_key(entry.employee_id), entry.email) for entry in entries]
        return [each for each in keys if each.employee_id in employee_ids or each.email in addresses]

    async def set_apart(self, today: date) -> list[LineProblem]:
        self._apart_on = today
        entries = {entry.line: entry for _, entry in self._staged}
        ids = dict[str, str]()
        for each in entries.values():
            if each.email and (key := employee_key(each.employee_id)):
                ids[each.email] = min(key, ids.get(each.email, key))
        keys = {
            line: ("id", known)
            if (known := employee_key(each.employee_id) or ids.get(each.email or ""))
            else ("address", each.email)
            for line, each in entries.items()
        }
        problems = list[LineProblem]()
        apart = list[int]()
        for lines in person_lines(keys, {line: each.is_primary for line, each in entries.items()}):
            if problem := lines.problem():
                problems.append(problem)
            elif not lines.is_primary and (primary := lines.primary[1]):
                self._secondary[lines.line] = (primary, entries[lines.line])
                apart.append(lines.line)
        self._forget([*apart, *(problem.line for problem in problems)])
        return problems

    async def secondary(self, after: int, limit: int) -> list[tuple[RosterEntry, RosterEntry]]:
        entries = {entry.line: entry for _, entry in self._staged}
        return [
            (entry, entries[primary])
            for line, (primary, entry) in sorted(self._secondary.items())
            if line > after and primary in entries
        ][:limit]

    async def without_primary(self) -> list[LineProblem]:
        lines = {entry.line for _, entry in self._staged}
        alone = [(line, primary) for line, (primary, _) in sorted(self._secondary.items()) if primary not in lines]
        for line, _ in alone:
            del self._secondary[line]
        return [left_out(line, primary) for line, primary in alone]

    async def repeated(self) -> list[LineProblem]:
        firsts: dict[tuple[str, object], int] = {}
        repeating = Repeating()
        for entry, _ in self._lines():
            keys = {
                "email": entry.email,
                "employee_id": employee_key(entry.employee_id),
                "person": self._about.get(entry.line),
            }
            known = {name: firsts.setdefault((name, key), entry.line) for name, key in keys.items() if key is not None}
            repeating.add(entry.line, known)
        both = set(repeating.first_lines)
        moving = {
            entry.line
            for entry, user in self._lines()
            if entry.line in both and user and None not in (entry.email, user.email) and entry.email != user.email
        }
        problems = repeating.problems(moving)
        await self.drop([problem.line for problem in problems])
        return problems

    async def overfull(self) -> list[LineProblem]:
        found = (entry.overfills(user.profile_metadata) for entry, user in self._lines() if user)
        problems = sorted(filter(None, found), key=lambda problem: problem.line)
        await self.drop([problem.line for problem in problems])
        return problems

    async def renamed(self, day_of: DayOf) -> list[Renamed]:
        found = []
        for entry, user in self._lines():
            if user is None or same_id(entry.employee_id, user.employee_id):
                continue
            if None in (user.full_name, entry.full_name) or user.full_name == entry.full_name:
                continue
            if entry.hired_on is None and user.is_active:
                continue
            named = RosterEntry(entry.line, entry.email, entry.full_name, hired_on=entry.hired_on)
            found.append(Renamed(named, _holder(user, day_of)))
        return found

    async def claims(self, day_of: DayOf) -> list[ClaimedAddress]:
        lines = {user_id: line for line, user_id in self._about.items()}
        addresses = {entry.line: entry.email for _, entry in self._staged}
        by_address = {user.email: user for user in self._users.rows() if user.email}
        found = []
        for entry, user in self._lines():
            holder = by_address.get(entry.email or "")
            known_id = user.id if user else None
            if holder is None or not entry.employee_id or holder.id == known_id or entry.line in self._separate:
                continue
            line = lines.get(holder.id)
            other = addresses[line] if line is not None else None
            released = other is not None and other != holder.email
            claim = RosterEntry(entry.line, entry.email, employee_id=entry.employee_id)
            found.append(ClaimedAddress(claim, _holder(holder, day_of), known_id, line, released))
        return found

    async def inactive(self, day_of: DayOf) -> list[InactivePerson]:
        return [
            InactivePerson(
                RosterEntry(
                    entry.line, entry.email, rehired_on=entry.rehired_on, rehired=entry.rehired, dated=entry.dated
                ),
                user.id,
                day_of(user.deactivated_at) if user.deactivated_at else None,
                user.is_privileged,
            )
            for entry, user in self._lines()
            if user and not user.is_active
        ]

    async def dated(self, after: int, limit: int, *, noted: bool = False) -> list[DatedLine]:
        found = []
        facts = by_person(self._positions.rows()) if self._apart_on else {}
        further: dict[int, tuple[SecondaryLine, ...]] = {}
        for _, (primary, each) in sorted(self._secondary.items()):
            further[primary] = (*further.get(primary, ()), SecondaryLine.of(each))
        for id, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            secondary = further.get(entry.line, ()) if self._apart_on else None
            user = self._users.peek(self._about[entry.line]) if entry.line in self._about else None
            held = in_force(facts.get(user.id, ())) if user else []
            differs = self._apart_on and not are_known(secondary or (), held, self._apart_on)
            if entry.line <= after or not (entry.line in self._noted if noted else entry.dated or differs):
                continue
            if user is None:
                found.append(DatedLine(entry, id, is_new=True, secondary=secondary))
            else:
                found.append(
                    DatedLine(
                        entry,
                        user.id,
                        False,
                        user.is_active,
                        shown_by(user).work,
                        user.is_administrator,
                        user.is_privileged,
                        secondary,
                    )
                )
        return found[:limit]

    async def note(self, lines: Collection[int]) -> None:
        self._noted.update(lines)

    async def drop(self, lines: Collection[int]) -> None:
        self._forget(lines)
        self._secondary = {line: each for line, each in self._secondary.items() if line not in lines}

    def _forget(self, lines: Collection[int]) -> None:
        self._staged = [staged for staged in self._staged if staged[1].line not in lines]
        self._about = {line: user_id for line, user_id in self._about.items() if line not in lines}

    async def separate(self, lines: Collection[int]) -> None:
        self._separate.update(lines)
        self._about = {line: user_id for line, user_id in self._about.items() if line not in lines}

    async def attach(self, lines: Mapping[int, UUID]) -> None:
        self._about.update(lines)

    async def keep_hires(self, lines: Collection[int]) -> None:
        for place, (id, entry) in enumerate(self._staged):
            user = self._users.peek(self._about[entry.line]) if entry.line in lines and entry.hired_on else None
            if user and entry.hired_on and (user.hired_on is None or user.hired_on < entry.hired_on):
                self._staged[place] = (id, replace(entry, hired_on=None))

    async def absence(self) -> Absence:
        here = {*self._about.values()}
        by_id, by_address = (any(getattr(entry, key) for _, entry in self._staged) for key in ("employee_id", "email"))
        active = sorted((user for user in self._users.rows() if user.is_active), key=lambda user: user.id)
        absent = [user for user in active if user.id not in here]
        known = [user for user in absent if user.id in self._listings]
        findable = [user for user in known if (by_id and user.employee_id) or (by_address and user.email)]
        return Absence(
            tuple(
                UnlistedPerson(user.id, known_as(user.full_name, user.email, user.employee_id), user.is_administrator)
                for user in findable
            ),
            len(active),
            len(absent) - len(known),
            len(known) - len(findable),
        )

    async def preview(self, most: int) -> RosterPreview:
        effects = [
            effect.noted() if entry.line in self._noted else effect
            for entry, user in self._lines()
            for effect in [entry.effect_on(user.id if user else None, user)]
        ]
        counts = Counter(effect.outcome for effect in effects)
        first = sorted(effects, key=lambda effect: (effect.outcome is LineOutcome.UNCHANGED, effect.line))[:most]
        named = {effect.line: effect for effect in effects}
        further = sorted(self._secondary.items(), key=lambda each: (each[1][0] not in self._noted, each[0]))[:most]
        first += [
            LineEffect(line, LineOutcome.UNCHANGED, named[primary].person, named[primary].user_id)
            for line, (primary, _) in further
            if primary in named
        ]
        return RosterPreview(
            counts[LineOutcome.CREATED],
            counts[LineOutcome.UPDATED],
            counts[LineOutcome.UNCHANGED],
            tuple(sorted(first, key=lambda effect: effect.line)),
            len(self._secondary),
        )

    async def merge(self, now: datetime) -> RosterMerge:
        created, updated = list[UUID](), list[UUID]()
        for user_id, entry in self._staged:
            user = self._users.load(self._about.get(entry.line, user_id))
            if user is None:
                self._users.put(user_id, user := entry.newcomer(user_id, now=now))
                created.append(user.id)
            elif entry.bring_up_to_date(user, now=now):
                updated.append(user.id)
            elif entry.line in self._noted:
                user.note_history(now=now)
                updated.append(user.id)
            user.take_events()  # One event for the whole import follows.
        unchanged = len(self._staged) - len(created) - len(updated)
        listed = sorted(user_id for user_id in self._about.values() if user_id not in self._listings)
        for user_id in (*created, *listed):
            self._listings.put(user_id, user_id)
        return RosterMerge(tuple(sorted(created)), tuple(sorted(updated)), unchanged, tuple(listed))

    async def show(self, people: Mapping[UUID, Work]) -> None:
        for user_id, work in people.items():
            if user := self._users.load(user_id):
                user.department, user.job_title, user.location = work.department, work.job_title, work.location

    def _lines(self) -> Iterator[tuple[RosterEntry, User | None]]:
        """Each line in order, with the person it is about, to look at and not to change."""
        for _, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            user_id = self._about.get(entry.line)
            yield entry, self._users.peek(user_id) if user_id else None


def _holder(user: User, day_of: DayOf) -> AddressHolder:
    since = day_of(user.created_at)
    return AddressHolder(user.id, user.full_name or "", user.hired_on, since, user.is_active, user.employee_id)
