"""People are found by the employee id of the HR system, and then by their address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.people.roster import ImportedRoster, ImportRoster
from domain.people.roster import FieldChange, LineOutcome, RosterRejected
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping
from domain.people.users import User
from worlds.front_door import MemoryDoor

ANA, BO = "ana@example.com", "bo@example.com"


@dataclass(frozen=True)
class File:
    rows: tuple[dict[str, str], ...]
    mapping: RosterMapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        return enumerate(self.rows, start=2)


def the_import(*rows: tuple[str, str, str], **said: Any) -> ImportRoster:
    """Lines of an employee id, an address and a name."""
    return ImportRoster(File(tuple({"worker id": i, "email": e, "full_name": n} for i, e, n in rows)), **said)


class Office(MemoryDoor):
    """People by name."""

    async def imports(self, *rows: tuple[str, str, str], **said: Any) -> ImportedRoster:
        """Import these; a dry run before tells the same."""
        shown: ImportedRoster = await self.does(the_import(*rows, dry_run=True, **said))
        done: ImportedRoster = await self.does(the_import(*rows, **said))
        assert (done.created, done.updated, done.unchanged) == (shown.created, shown.updated, shown.unchanged)
        return done

    async def refusal(self, *rows: tuple[str, str, str], **said: Any) -> list[tuple[int, str | None, str]]:
        before = self.all
        with pytest.raises(RosterRejected) as refused:
            await self.does(the_import(*rows, **said))
        assert self.all == before
        return [(problem.line, problem.column, problem.message) for problem in refused.value.problems]

    @property
    def all(self) -> set[tuple[str | None, str | None, str | None]]:
        return {(user.employee_id, user.email, user.full_name) for user in self.store.table(USERS).rows()}

    def named(self, name: str) -> User:
        return next(user for user in self.store.table(USERS).rows() if user.full_name == name)


@pytest.fixture
async def office() -> Office:
    """Ana and Bo have employee ids and addresses."""
    office = Office()
    await office.imports(("E1", ANA, "Ana Ruiz"), ("E2", BO, "Bo Li"))
    return office


async def test_the_first_import_with_ids_gives_them_to_those_who_are_known_by_address() -> None:
    office = Office()
    await office.imports(("", ANA, "Ana Ruiz"))
    shown = await office.does(the_import(("E1", ANA, "Ana Ruiz"), dry_run=True))
    assert [effect.changes for effect in shown.lines] == [(FieldChange("employee_id", None, "E1"),)]
    assert (await office.imports(("E1", ANA, "Ana Ruiz"))).updated == 1
    assert office.all == {("E1", ANA, "Ana Ruiz")}


async def test_an_employee_keeps_everything_with_a_new_name_and_address(office: Office) -> None:
    ana = (await office.enters(email=ANA)).user_id
    assert office.named("Ana Ruiz").email_confirmed
    done = await office.imports(("e1", "ana.lopez@example.com", "Ana López"))
    assert (done.created, done.updated) == (0, 1)
    lopez = office.named("Ana López")
    assert (lopez.id, lopez.employee_id, lopez.email_confirmed) == (ana, "E1", False)
    assert lopez.supabase_id is not None, "the account is still hers"
    assert (await office.enters(email=ANA)).user_id == ana


async def test_case_makes_no_difference_and_changes_nothing(office: Office) -> None:
    assert (await office.imports(("e1", "", "Ana Ruiz"))).unchanged == 1


async def test_somebody_may_have_an_id_and_no_address(office: Office) -> None:
    assert (await office.imports(("E3", "", "Cy Poe"))).created == 1
    assert (await office.imports(("E3", "", "Cy Poe"))).unchanged == 1
    assert ("E3", None, "Cy Poe") in office.all


async def test_a_line_needs_one_of_them(office: Office) -> None:
    told = "is missing, and so is 'employee_id'; a line needs one of them"
    assert await office.refusal(("", "", "Cy Poe")) == [(2, "email", told)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("E3", "", "Cy"), ("e3", "cy@example.com", "Cy")], (3, "worker id", "repeats the employee id of line 2")),
        ([("E3", "Cy@example.com", "Cy"), ("E4", "cy@EXAMPLE.com", "Di")], (3, "email", "repeats the e-mail address")),
        ([("E1", ANA, "Ana Ruiz"), ("", ANA.upper(), "Ana")], (3, "email", "repeats the e-mail address")),
    ],
)
async def test_no_two_lines_are_about_one_person(
    office: Office, rows: list[tuple[str, str, str]], told: tuple[int, str | None, str]
) -> None:
    ((line, column, message),) = await office.refusal(*rows)
    assert (line, column, message[: len(told[2])]) == told


async def test_the_address_that_one_of_two_lines_releases_makes_nobody_new(office: Office) -> None:
    rows = [("E1", "new@example.com", "Ana Ruiz"), ("", ANA, "Ana Ruiz")]
    told = [
        (2, "email", "gives another e-mail address to the person of line 3. Keep one of them"),
        (3, None, "is about the same person as line 2. Keep one of them"),
    ]
    assert await office.refusal(*rows) == told


async def test_an_address_moves_if_both_lines_agree(office: Office) -> None:
    ana = office.named("Ana Ruiz").id
    done = await office.imports(("E1", "ana.ruiz@example.com", "Ana Ruiz"), ("E2", ANA, "Bo Li"))
    assert (done.updated, done.deactivated) == (2, 0)
    assert (office.named("Ana Ruiz").id, office.named("Bo Li").email) == (ana, ANA)
    assert all(user.is_active for user in office.store.table(USERS).rows())


async def test_two_people_may_exchange_their_addresses(office: Office) -> None:
    await office.imports(("E1", BO, "Ana Ruiz"), ("E2", ANA, "Bo Li"))
    assert office.all == {("E1", BO, "Ana Ruiz"), ("E2", ANA, "Bo Li")}


async def test_an_address_that_its_holder_does_not_give_up_is_refused_with_both_lines(office: Office) -> None:
    ((line, column, message),) = await office.refusal(("E1", "", "Ana Ruiz"), ("E3", ANA, "Cy Poe"))
    assert (line, column) == (3, "email")
    assert message.startswith("belongs to Ana Ruiz (employee id E1) here, and in this line to employee id E3; line 2")
    ((line, _, message),) = await office.refusal(("E2", ANA, "Bo Li"))
    assert (line, "no line gives Ana Ruiz (employee id E1) another address" in message) == (2, True)


async def test_a_refused_line_does_not_release_an_address(office: Office) -> None:
    await office.imports(("E3", "cy@example.com", "Cy Poe"))
    told = await office.refusal(("E1", BO, "Ana Ruiz"), ("E2", "cy@example.com", "Bo Li"))
    assert [line for line, _, _ in told] == [2, 3]


async def test_a_new_person_gets_the_address_of_somebody_who_left(office: Office) -> None:
    done = await office.imports(("E3", ANA, "Cy Poe"), new_person=(ANA,))
    assert (done.created, done.updated) == (1, 0)
    assert (office.named("Ana Ruiz").is_active, office.named("Ana Ruiz").email) == (False, None)
    assert office.named("Cy Poe").email == ANA


async def test_the_same_person_gets_a_new_employee_id(office: Office) -> None:
    ana = office.named("Ana Ruiz").id
    await office.imports(("E9", ANA, "Ana Ruiz"), same_person=(ANA,))
    assert (office.named("Ana Ruiz").id, office.named("Ana Ruiz").employee_id) == (ana, "E9")


async def test_but_not_while_another_line_is_about_that_person(office: Office) -> None:
    """Both would change the same person, in an order that nobody knows."""
    rows = ("E9", ANA, "Ana Ruiz"), ("E1", "", "Ana R. Ruiz")
    ((line, column, message),) = await office.refusal(*rows, same_person=(ANA,))
    assert (line, column) == (2, "email")
    assert message.endswith("line 3 is about Ana Ruiz (employee id E1) too. Keep one of the lines")
    for updated in (1, 0):
        assert (await office.imports(*rows, same_person=(ANA,), partial=True)).updated == updated
    assert ("E1", ANA, "Ana R. Ruiz") in office.all


async def test_two_users_are_not_one_because_a_line_says_so(office: Office) -> None:
    ((line, _, message),) = await office.refusal(("E2", ANA, "Bo Li"), same_person=(ANA,))
    assert (line, message.endswith("merge the users first")) == (2, True)


async def test_who_has_no_key_that_the_file_uses_is_not_missing(office: Office) -> None:
    await office.imports(("", "old@example.com", "Old Hand"))
    shown = await office.does(the_import(("E1", "", ""), ("E2", "", ""), dry_run=True, deactivate_missing=True))
    assert (shown.deactivated, shown.missing, shown.unrecognizable) == (0, [], 1)
    assert [effect.outcome for effect in shown.lines] == [LineOutcome.UNCHANGED] * 2
