"""Importing files of requirements at the command line: what it prints, where, and with which exit code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from application.catalogue.modules.commands import CreateModule
from application.compliance.requirements.queries import ListRequirements, ReadRequirement
from application.compliance.requirements.versions import ApproveVersion
from application.kernel.access import Actor
from application.people.locations.commands import AddLocation
from domain.kernel.roles import Role
from domain.kernel.states import State
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.cli.requirement_packs import load
from entrypoints.settings import Settings
from kit.command_line import run

CARD = """\
requirements:
- code: life_support
  title: Life support
  note: As the board asks.
  effective_on: 2026-01-01
  terms:
    audience: {field: state, is: CA}
    fulfillment: {kind: credential, type: bls}
    first_due: {kind: days_after, anchor: position, days: 0}
"""
COURSE = """\
- code: sharps
  title: Sharps
  note: As OSHA asks.
  terms:
    audience: {field: location, is: [Cedar Park, TX-RR]}
    fulfillment: {kind: courses, initial: {modules: [sharps]}}
    first_due: {kind: days_after, anchor: position, days: 0}
"""
NONE = "0 added, 0 with another version, 0 changed"
REFUSED = "Nothing was drafted. Correct this first:"


@pytest.fixture
def folder(ready: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a database."""
    monkeypatch.chdir(ready.parent)
    return ready.parent


def test_requirements_are_drafted_once_and_a_check_changes_nothing(folder: Path) -> None:
    (folder / "rules.yaml").write_text(CARD)
    counts = "1 added, 0 with another version, 0 changed, 0 unchanged."
    for arguments, code, said in (
        (["--check"], 1, f"Nothing was changed. It would be: {counts}\n"),
        ([], 0, f"{counts}\n"),
        (
            ["--check"],
            0,
            "Nothing was changed. It would be: 0 added, 0 with another version, 0 changed, 1 unchanged.\n",
        ),
    ):
        done = run("import-requirements", "rules.yaml", *arguments)
        assert (done.exit_code, done.stdout, done.stderr) == (code, said, "")


def test_mistakes_are_shown_with_file_and_line(folder: Path) -> None:
    (folder / "rules.yaml").write_text(CARD.replace("note:", "notes:"))
    done = run("import-requirements", "rules.yaml")
    assert (done.exit_code, done.stdout) == (1, f"{REFUSED}\n")
    assert "rules.yaml:4: life_support.notes: is not known here\n" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["rules.yaml", "--starter"]])
def test_files_are_named_or_those_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").touch()
    done = run("import-requirements", *arguments)
    assert done.exit_code == 2
    assert "Name files, or use --starter." in done.stderr


@dataclass
class Desk:
    """Somebody who imports a file into a service."""

    service: Service
    path: Path
    said: list[str] = field(default_factory=list)

    async def load(self, content: str) -> tuple[int, list[str]]:
        self.path.write_text(content)
        return await load(self.service, [self.path], self.said.append)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    service = bootstrap(Settings(database_url=SecretStr("memory://")))
    yield Desk(service, tmp_path / "rules.yaml")
    await service.close()


async def test_names_mean_what_the_service_has(desk: Desk) -> None:
    execute, system = desk.service.bus.execute, Actor.system()
    _, problems = await desk.load(CARD + COURSE)
    assert desk.said == [REFUSED]
    assert [problem.removeprefix(f"{desk.path}:").partition("; ")[0] for problem in problems] == [
        "14: sharps.terms.audience.is.0: there is no location with the code or name 'Cedar Park'",
        "14: sharps.terms.audience.is.1: there is no location with the code or name 'TX-RR'",
        "15: sharps.terms.fulfillment.initial.modules.0: there is no module with the slug 'sharps'",
    ]
    places = [
        await execute(AddLocation(code, name, name, State.TEXAS, "America/Chicago"), system)
        for code, name in (("TX-CP", "Cedar Park"), ("TX-RR", "Round Rock"))
    ]
    module = await execute(CreateModule("Sharps"), system)
    assert await desk.load(CARD + COURSE) == (2, [])
    (kept,) = [each for each in (await desk.service.bus.ask(ListRequirements(), system)).items if each.code == "sharps"]
    (version,) = (await desk.service.bus.ask(ReadRequirement(kept.id), system)).versions
    assert str(module.id) in str(version.terms)
    assert all(str(place.id) in str(version.terms) for place in places)


async def test_what_the_service_refuses_is_shown_with_file_and_line(desk: Desk) -> None:
    assert await desk.load(CARD) == (1, [])
    (kept,) = (await desk.service.bus.ask(ListRequirements(), Actor.system())).items
    await desk.service.bus.execute(ApproveVersion(kept.id, 1), Actor(UUID(int=500), Role.COMPLIANCE))
    late = "It must take effect after 2026-01-01, when the version before it does."
    assert await desk.load(CARD.replace("CA", "TX")) == (0, [f"{desk.path}:2: life_support: {late}"])
    assert desk.said[-1] == REFUSED
