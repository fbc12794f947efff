"""What is wrong with files, by file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.files.yaml_nodes import Wrong, at_most_named


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A problem at a line of a file. Lines count from 1; 0 means the whole file or folder."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class FilesRefused(Exception):
    """Files cannot be loaded. The message lists all problems, one per line."""

    def __init__(self, problems: list[FileProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def in_file(path: Path, wrongs: Collection[Wrong]) -> Iterator[FileProblem]:
    """The mistakes of a file, by line: the first ones, and how many more there are."""
    for wrong in at_most_named(wrongs):
        yield FileProblem(path, wrong.line, str(wrong))
