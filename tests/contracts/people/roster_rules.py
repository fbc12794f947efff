"""What a roster does to people is said by the domain, line by line; every store agrees with it on generated files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.ports import Roster, RosterMerge, RosterPreview
from application.people.users.queries import UserFilter, UserReader, UserView
from contracts import about
from contracts.backend import Backend, plain, save
from contracts.make import a_user, later, uid
from domain.kernel.days import utc_day
from domain.people.names import employee_key
from domain.people.roster import LineEffect, LineOutcome, LineProblem, RosterEntry
from domain.people.roster_matching import AddressHolder, ClaimedAddress, SaidOfAddresses, may_be_about, repeats
from domain.people.users import MOST_METADATA, User

T = TypeVar("T")

NOW = later(days=30)
ALL = 10_000
NAMES = st.sampled_from([None, "Ana Ruiz", "Eva Čapek"])
PLACES = st.sampled_from([None, "Lab", "Hygiene"])
SLOW = [HealthCheck.too_slow]
"""How fast a busy machine generates is no matter."""
KEPT: list[Any] = ["1", "2", 1, True, None, ["1"], {"1": "1"}]


def generated(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """The same examples each time; the test that uses all of them at once is asynchronous."""
    found: list[T] = []

    @settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=SLOW)
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found


@dataclass(frozen=True)
class Person:
    """A person of a case, by number."""

    number: int
    employee_id: bool
    email: bool
    full_name: str | None
    department: str | None
    is_active: bool
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line of a case, with the employee id and the address of the people with these numbers, who may not exist."""

    employee_id: int | None
    email: int | None
    full_name: str | None
    department: str | None
    metadata: dict[str, str]


def filled(some: dict[str, Any], more: int) -> dict[str, Any]:
    """With so many other entries."""
    return {**{f"k{n}": "v" for n in range(more)}, **some}


PEOPLE = st.lists(
    st.builds(
        Person,
        st.integers(1, 4),
        st.booleans(),
        st.booleans(),
        NAMES,
        PLACES,
        st.booleans(),
        st.builds(
            filled,
            st.dictionaries(st.sampled_from(["badge", "shift"]), st.sampled_from(KEPT)),
            st.sampled_from([0, 0, MOST_METADATA - 2]),
        ),
    ),
    min_size=3,
    max_size=4,
    unique_by=lambda person: person.number,
)
LINES = st.lists(
    st.builds(
        Line,
        st.none() | st.integers(1, 5),
        st.none() | st.integers(1, 5),
        st.none() | NAMES,
        st.none() | PLACES,
        st.dictionaries(st.sampled_from(["badge", "shift", "new", "newer"]), st.sampled_from(["1", "2"]), max_size=3),
    ),
    min_size=2,
    max_size=6,
).map(lambda lines: [line for line in lines if line.employee_id or line.email])


@about(Roster)
class TestGeneratedRosters:
    async def test_each_line_does_what_the_domain_says(self, backend: Backend) -> None:
        cases = generated(st.tuples(PEOPLE, LINES), 150)
        users = list[User]()
        staged, file = list[tuple[UUID, RosterEntry]](), list[RosterEntry]()
        for n, (people, lines) in enumerate(cases, start=1):
            for each in people:
                user = a_user(n * 10 + each.number, full_name=each.full_name, metadata=each.metadata)
                user.email = address(n, each.number) if each.email or not each.employee_id else None
                user.employee_id = f"E{n}-{each.number}" if each.employee_id else None
                user.email_confirmed, user.department, user.is_active = True, each.department, each.is_active
                users.append(user)
            for line in lines:
                number = len(file) + 2
                file.append(
                    RosterEntry(
                        number,
                        address(n, line.email) if line.email else None,
                        line.full_name,
                        line.department,
                        profile_metadata=line.metadata,
                        employee_id=f"e{n}-{line.employee_id}" if line.employee_id else None,
                    )
                )
                staged.append((uid(500_000 + number), file[-1]))
        await save(backend, *users)
        problems, effects = folded(file, users)
        by_id = {user.id: user for user in users}
        told = (told_by(effects), problems)

        async def look(unit: Unit) -> tuple[RosterPreview, list[LineProblem]]:
            roster = unit.port(Roster)
            await roster.stage(staged)
            await roster.match()
            found = [*await roster.repeated(), *await roster.overfull()]
            claimed = NOTHING_SAID.of_claims(await roster.claims(utc_day)).refused
            await roster.drop([problem.line for problem in claimed])
            found += claimed
            return await roster.preview(ALL), found

        async def work(unit: Unit) -> tuple[RosterMerge, RosterPreview]:
            await look(unit)
            merged = await unit.port(Roster).merge(NOW)
            await unit.port(Roster).match()
            return merged, await unit.port(Roster).preview(3)

        before = await everyone(backend)
        preview, found = await backend.units.run(look)
        assert (preview, found) == told
        assert await everyone(backend) == before, "a preview changes nothing"
        merged, after = await backend.units.run(work)
        assert (len(merged.created), len(merged.updated), merged.unchanged) == (
            preview.created,
            preview.updated,
            preview.unchanged,
        )
        assert merged.updated == ids_of(effects, LineOutcome.UPDATED)
        assert (after.created, after.updated) == (0, 0), "the same file changes nothing again"
        assert len(after.lines) == 3
        entries = {entry.line: entry for entry in file}
        expected = {**by_id}
        for effect in effects:
            entry = entries[effect.line]
            if effect.user_id:
                entry.bring_up_to_date(by_id[effect.user_id], now=NOW)
            else:
                new = entry.newcomer(uid(500_000 + entry.line), now=NOW)
                expected[new.id] = new
        assert await everyone(backend) == {user.id: plain(UserView.of(user)) for user in expected.values()}
        moved = [effect for effect in effects if any(change.column == "email" for change in effect.changes)]
        assert {problem.message.split(" ")[0] for problem in problems} == {"repeats", "is", "would", "belongs"}
        assert len(moved) > 3
        assert min(len(merged.created), len(merged.updated), merged.unchanged, len(problems)) > 3

    async def test_a_preview_of_some_lines_leaves_out_those_that_change_nothing(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in range(1, 5)))
        entries = [RosterEntry(n, f"user{n}@example.com", department="Lab" if n == 4 else None) for n in range(1, 6)]

        async def work(unit: Unit) -> RosterPreview:
            await unit.port(Roster).stage([(uid(900 + entry.line), entry) for entry in entries])
            await unit.port(Roster).match()
            return await unit.port(Roster).preview(3)

        preview = await backend.units.run(work)
        assert (preview.created, preview.updated, preview.unchanged) == (1, 1, 3)
        assert [(effect.line, effect.outcome.value) for effect in preview.lines] == [
            (1, "unchanged"),
            (4, "updated"),
            (5, "created"),
        ]


def address(case: int, number: int) -> str:
    return f"user{case * 10 + number}@example.com"


def folded(file: list[RosterEntry], users: list[User]) -> tuple[list[LineProblem], list[LineEffect]]:
    """What the lines do, one after the other, as the domain says of each."""
    about = {entry.line: person_of(entry, users) for entry in file}
    repeated, too_full, rest = list[LineProblem](), list[LineProblem](), list[RosterEntry]()
    for entry in file:
        user = about[entry.line]
        firsts = {
            "email": next(each.line for each in file if each.email == entry.email) if entry.email else entry.line,
            "employee_id": next(each.line for each in file if key(each) == key(entry)) if key(entry) else entry.line,
            "person": next(each.line for each in file if about[each.line] is user) if user else entry.line,
        }
        if problem := repeats(entry.line, firsts):
            repeated.append(problem)
        elif user and (problem := entry.overfills(user.profile_metadata)):
            too_full.append(problem)
        else:
            rest.append(entry)
    claims = list[ClaimedAddress]()
    for entry in rest:
        holder = next((user for user in users if entry.email and user.email == entry.email), None)
        known = about[entry.line]
        if holder and entry.employee_id and holder is not known:
            theirs = next((each for each in rest if about[each.line] is holder), None)
            released = theirs is not None and theirs.email not in (None, holder.email)
            known_id, line = known.id if known else None, theirs.line if theirs else None
            claims.append(ClaimedAddress(entry, holder_of(holder), known_id, line, released))
    claimed = NOTHING_SAID.of_claims(claims).refused
    refused = {problem.line for problem in claimed}
    effects = [
        entry.effect_on(user.id if user else None, user)
        for entry in rest
        if entry.line not in refused
        for user in [about[entry.line]]
    ]
    return [*repeated, *too_full, *claimed], effects


key_of = cache(employee_key)
"""The key of an employee id. Each line is compared with all people."""
NOTHING_SAID = SaidOfAddresses.of((), ())


def key(entry: RosterEntry) -> str | None:
    return key_of(entry.employee_id)


def person_of(entry: RosterEntry, users: list[User]) -> User | None:
    by_id = [user for user in users if key(entry) and key_of(user.employee_id) == key(entry)]
    by_address = [user for user in users if entry.email and user.email == entry.email]
    return next((user for user in (*by_id, *by_address) if may_be_about(entry, user.employee_id)), None)


def holder_of(user: User) -> AddressHolder:
    since = utc_day(user.created_at)
    return AddressHolder(user.id, user.full_name or "", user.hired_on, since, user.is_active, user.employee_id)


def told_by(effects: list[LineEffect]) -> RosterPreview:
    counts = Counter(effect.outcome for effect in effects)
    return RosterPreview(
        counts[LineOutcome.CREATED], counts[LineOutcome.UPDATED], counts[LineOutcome.UNCHANGED], tuple(effects)
    )


def ids_of(effects: list[LineEffect], outcome: LineOutcome) -> tuple[UUID, ...]:
    return tuple(sorted(effect.user_id for effect in effects if effect.outcome is outcome and effect.user_id))


async def everyone(backend: Backend) -> dict[UUID, Any]:
    page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, ALL)
    return {each.id: plain(each) for each in page.items}
