"""What is installed is what the repository has, and the files of deploy/ fit it."""

from __future__ import annotations

import re
import sys
import tarfile
from configparser import RawConfigParser
from pathlib import Path

import pytest

from install.conftest import DEPLOY, finished
from install.containerfile import CONTAINERFILE, ROOT, stages

LAYERS = ("domain", "application", "adapters", "entrypoints")
UNITS = sorted((DEPLOY / "systemd").iterdir())


def shipped() -> set[str]:
    """Every file of the packages, by its path below `src` or the repository."""
    packages = [*(ROOT / "src" / name for name in LAYERS), ROOT / "migrations"]
    found = [path for package in packages for path in package.rglob("*") if path.is_file()]
    kept = [path for path in found if "__pycache__" not in path.parts]
    return {path.relative_to(ROOT).as_posix().removeprefix("src/") for path in kept}


def test_everything_of_the_packages_is_installed(program: Path) -> None:
    packages = next(program.glob("lib/python*/site-packages"))
    assert {name for name in shipped() if not (packages / name).is_file()} == set()
    assert "migrations/script.py.mako" in shipped()
    assert not list(packages.glob("pytest*")), "what development needs is not installed"


def test_the_source_archive_builds_the_same(program: Path, tmp_path: Path) -> None:
    build = "import sys, setuptools.build_meta as backend; backend.build_sdist(sys.argv[1])"
    finished([sys.executable, "-c", build, str(tmp_path)], ROOT, {"PATH": "/usr/bin:/bin"})
    (archive,) = tmp_path.iterdir()
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2].removeprefix("src/") for name in file.getnames()}
    assert shipped() - names == set()
    assert {"deploy/Containerfile", "docs/runbook.md", "requirements.txt", "tests/install/conftest.py"} <= names


def test_the_newest_release_of_the_changelog_is_this_version(program: Path) -> None:
    said = finished([str(program / "bin" / "unified-dental"), "--version"], None, {}).split()[-1]
    newest = re.search(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert newest
    assert newest[1] == said


def test_the_container_runs_without_privileges_and_has_a_health_check() -> None:
    build, last = stages(CONTAINERFILE.read_text())
    said = {instruction.word: instruction.rest for instruction in last}
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", said["USER"])
    assert "/health/live" in said["HEALTHCHECK"]
    assert said["COPY"] == "--from=build /opt/unified-dental /opt/unified-dental", "no compiler, no source"
    assert "REQUIREMENTS=requirements.txt" in [each.rest for each in build if each.word == "ARG"]
    assert '--require-hashes -r "$REQUIREMENTS"' in " ".join(each.rest for each in build)
    admitted = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = {name for each in build if each.word == "COPY" for name in each.rest.split()[:-1]}
    assert copied == admitted


def test_the_requirements_with_extras_have_the_same_versions_and_what_the_extras_need() -> None:
    base, more = (pinned(ROOT / name) for name in ("requirements.txt", "requirements-extras.txt"))
    assert base.items() <= more.items()
    assert {"faststream", "nats-py", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"} <= more.keys()


def pinned(path: Path) -> dict[str, str]:
    """The versions of the packages in a file of requirements, each with a hash."""
    found = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+) \\\n +--hash=", path.read_text(), flags=re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_run_commands_that_exist(unit: Path, program: Path) -> None:
    service = settings(unit)["ExecStart"]
    path, verb, *options = service.split()
    assert path == "/opt/unified-dental/bin/unified-dental"
    told = finished([str(program / "bin" / "unified-dental"), verb, "--help"], None, {})
    assert [option for option in options if option.startswith("--") and option not in told] == []


def test_units_are_confined_alike() -> None:
    confined = [
        {
            name: value
            for name, value in settings(unit).items()
            if name.startswith(("Protect", "Private", "Restrict", "System"))
        }
        for unit in UNITS
    ]
    assert all(each == confined[0] for each in confined)
    assert len(confined[0]) > 15


def settings(unit: Path) -> dict[str, str]:
    """The settings of a service, the last where one is repeated."""
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # as the documentation of configparser says
    parser.read(unit)
    return dict(parser["Service"])
