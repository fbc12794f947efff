"""Runs the build stage of a Containerfile without a container engine: the same commands, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
INSTALLED = "/opt/unified-dental"


@dataclass(frozen=True)
class Instruction:
    """A line of a Containerfile, with the lines that continue it."""

    word: str
    rest: str


def stages(text: str) -> list[list[Instruction]]:
    """The instructions of each stage, after its FROM; those before the first are left out."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: list[list[Instruction]] = []
    for line in filter(None, lines):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        elif found:
            found[-1].append(Instruction(word, rest))
    return found


def build(folder: Path) -> Path:
    """Run the build stage with `folder` in place of `/`; where it has put what the last stage copies.

    Paths of the image in commands are replaced by those below the folder. Nothing of the environment is passed on but
    what pip needs to reach its index.
    """
    programs = folder / "usr" / "bin"
    programs.mkdir(parents=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    (programs / "python").symlink_to(base)
    environment = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HOME"))}
    environment["PATH"] = f"{programs}:/usr/bin:/bin"
    here = folder
    for instruction in stages(CONTAINERFILE.read_text())[0]:
        match instruction.word:
            case "WORKDIR":
                here = folder / instruction.rest.lstrip("/")
                here.mkdir(parents=True)
            case "ARG":
                name, _, usual = instruction.rest.partition("=")
                environment[name] = usual
            case "COPY":
                *names, to = instruction.rest.split()
                for name in names:
                    _copy(ROOT / name, here / to)
            case "RUN":
                command = instruction.rest.replace(INSTALLED, str(folder) + INSTALLED).replace(
                    "--no-cache-dir", "--quiet --disable-pip-version-check"
                )
                done = subprocess.run(  # noqa: S603  # our own commands
                    ["/bin/sh", "-c", command], cwd=here, env=environment, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            case word:
                raise AssertionError(f"{word} is not known here")
    return folder / INSTALLED.lstrip("/")


def _copy(source: Path, to: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    else:
        shutil.copy(source, to)
