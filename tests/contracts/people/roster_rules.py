"""What a roster does to people is said by the domain, line by line; every store agrees with it on generated files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.ports import Roster, RosterMerge, RosterPreview
from application.people.users.queries import UserFilter, UserReader, UserView
from contracts import about
from contracts.backend import Backend, plain, save
from contracts.make import a_user, later, uid
from domain.people.roster import LineEffect, LineOutcome, LineProblem, RosterEntry
from domain.people.users import MOST_METADATA, User

T = TypeVar("T")

NOW = later(days=30)
ALL = 10_000
NAMES = st.sampled_from([None, "Ana Ruiz", "Eva Čapek"])
PLACES = st.sampled_from([None, "Lab", "Hygiene"])
KEPT: list[Any] = ["1", "2", 1, True, None, ["1"], {"1": "1"}]


def generated(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """The same examples each time; the test that uses all of them at once is asynchronous."""
    found: list[T] = []

    @settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate])
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found


@dataclass(frozen=True)
class Person:
    """A person of a case, by number."""

    number: int
    full_name: str | None
    department: str | None
    is_active: bool
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line of a case: about the person with this number, who may not exist."""

    number: int
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
        st.integers(1, 5),
        st.none() | NAMES,
        st.none() | PLACES,
        st.dictionaries(st.sampled_from(["badge", "shift", "new", "newer"]), st.sampled_from(["1", "2"]), max_size=3),
    ),
    min_size=2,
    max_size=6,
)


@about(Roster)
class TestGeneratedRosters:
    async def test_each_line_does_what_the_domain_says(self, backend: Backend) -> None:
        cases = generated(st.tuples(PEOPLE, LINES), 60)
        users: dict[str, User] = {}
        staged, file = list[tuple[UUID, RosterEntry]](), list[RosterEntry]()
        for n, (people, lines) in enumerate(cases, start=1):
            for each in people:
                user = a_user(n * 10 + each.number, full_name=each.full_name, metadata=each.metadata)
                user.department, user.is_active = each.department, each.is_active
                users[str(user.email)] = user
            for line in lines:
                email, number = f"user{n * 10 + line.number}@example.com", len(file) + 2
                file.append(RosterEntry(number, email, line.full_name, line.department, profile_metadata=line.metadata))
                staged.append((uid(500_000 + number), file[-1]))
        await save(backend, *users.values())
        problems, effects = folded(file, users)
        told = (told_by(effects), problems)

        async def look(unit: Unit) -> tuple[RosterPreview, list[LineProblem]]:
            roster = unit.port(Roster)
            await roster.stage(staged)
            await roster.match()
            found = [*await roster.repeated(), *await roster.overfull()]
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
        expected = {**users}
        for entry in (each for each in file if each.line in {effect.line for effect in effects}):
            if entry.email in users:
                entry.bring_up_to_date(users[entry.email], now=NOW)
            else:
                expected[entry.email] = entry.newcomer(uid(500_000 + entry.line), now=NOW)
        assert await everyone(backend) == {user.id: plain(UserView.of(user)) for user in expected.values()}
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


def folded(file: list[RosterEntry], users: dict[str, User]) -> tuple[list[LineProblem], list[LineEffect]]:
    """What the lines do, one after the other."""
    first: dict[str, int] = {}
    repeated, too_full, effects = list[LineProblem](), list[LineProblem](), list[LineEffect]()
    for entry in file:
        user = users.get(entry.email)
        if entry.email in first:
            said = f"repeats the e-mail address of line {first[entry.email]}"
            repeated.append(LineProblem(entry.line, "email", said))
            continue
        first[entry.email] = entry.line
        if user and (problem := entry.overfills(user.profile_metadata)):
            too_full.append(problem)
        else:
            effects.append(entry.effect_on(user.id if user else None, user))
    return [*repeated, *too_full], effects


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
