"""Merging two users from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from application.kernel.access import Actor
from application.people.users.commands import KeptUser, RegisterUser
from application.people.users.queries import ListUsers, UserView
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import Settings
from kit.command_line import one_line, run

WORKDAY = "0123456789abcdef0123456789abcdef"
"""An employee id as some HR systems make them, which looks like the id of a user."""
REASON = ("--reason", "Hired twice by mistake")
ANA = RegisterUser("ana@example.com", full_name="Ana Ruiz", employee_id="E-1")
TWICE = RegisterUser("a.ruiz@example.com", full_name="Ana Ruiz", employee_id=WORKDAY)
NAMELESS = RegisterUser(full_name="Ana Ruiz")
PEOPLE = (ANA, TWICE, NAMELESS)


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: Path) -> list[KeptUser]:
    """Three users, in this order."""

    monkeypatch.chdir(tmp_path)

    async def register() -> list[KeptUser]:
        service = bootstrap(Settings(database_url=SecretStr("sqlite:///test.db")))
        try:
            return [await service.bus.execute(each, Actor.system()) for each in PEOPLE]
        finally:
            await service.close()

    return asyncio.run(register())


def people() -> dict[str, UserView]:
    """Everyone by id."""

    async def read() -> dict[str, UserView]:
        service = bootstrap(Settings(database_url=SecretStr("sqlite:///test.db")))
        try:
            return {str(each.id): each for each in (await service.bus.ask(ListUsers(), Actor.system())).items}
        finally:
            await service.close()

    return asyncio.run(read())


def test_a_preview_changes_nothing_and_a_merge_does(known: list[KeptUser]) -> None:
    ana, twice, _ = known
    both = ("a.ruiz@example.com", "ana@example.com", *REASON, "--different-employee-ids")
    before = people()
    shown = run("merge-user", *both, "--preview")
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (
        0,
        "a.ruiz@example.com would be merged into ana@example.com.",
    )
    assert people() == before

    done = run("merge-user", *both)
    assert done.stdout.splitlines() == [
        "a.ruiz@example.com is merged into ana@example.com.",
        "Counting for the user who stays: 0 records, 0 attempts, 0 credentials.",
        "Enrollments: 0 handed over, 0 kept as former ones, 0 completed by a record of the other user.",
        "The duplicate has no sign-in.",
    ]
    merged = people()[str(twice.id)]
    assert (merged.merged_into, merged.is_active) == (ana.id, False)

    after = people()
    assert run("merge-user", *both).stdout.startswith("a.ruiz@example.com is merged into ana@example.com.\n")
    assert people() == after, "repeating it changes nothing"


def test_people_are_named_by_employee_id_or_by_their_own_id(known: list[KeptUser]) -> None:
    ana, _, nameless = known
    assert run("merge-user", str(nameless.id), "e-1", *REASON).exit_code == 0
    assert people()[str(nameless.id)].merged_into == ana.id


@pytest.mark.parametrize("preview", [(), ("--preview",)])
def test_what_stands_against_it_is_one_line(known: list[KeptUser], preview: tuple[str, ...]) -> None:
    assert "employee id" in one_line(run("merge-user", WORKDAY, "E-1", *REASON, *preview))
    assert not any(each.merged_into for each in people().values())


@pytest.mark.parametrize(
    ("duplicate", "into", "said"),
    [
        ("nobody@example.com", "E-1", "There is no user with this e-mail address or employee id."),
        ("\udcff", "E-1", "There is no user with this e-mail address or employee id."),
        ("E-1", "E-77", "There is no user with this e-mail address or employee id."),
        ("E-1", "ana@example.com", "A user cannot be merged into itself."),
        ("00000000-0000-0000-0000-000000000001", "E-1", "There is no user with this id."),
    ],
)
def test_users_who_cannot_be_merged_are_reported_in_one_line(
    known: list[KeptUser], duplicate: str, into: str, said: str
) -> None:
    assert said in one_line(run("merge-user", duplicate, into, *REASON))


def test_it_needs_a_reason(known: list[KeptUser]) -> None:
    done = run("merge-user", WORKDAY, "E-1")
    assert done.exit_code == 2
    assert "--reason" in done.stderr
    assert "reason" in one_line(
        run("merge-user", WORKDAY, "ana@example.com", "--reason", " ", "--different-employee-ids")
    )
