"""One table of what the tests of faults have measured, at the end of a run.

A test that has `@pytest.mark.fault("name of the case")` is a row of it. Its fixture `measured` takes figures by name.
Tests of one case share a row: whole numbers are counts and are added, other numbers are the largest of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import pytest

Figure = int | float


class Measured(Protocol):
    def __call__(self, **figures: Figure) -> None:
        """Take note of what was measured. Call it before what is asserted, so that failures are in the table too."""


@dataclass
class Case:
    """A row of the table."""

    passed: int = 0
    failed: int = 0
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, name: str, figure: Figure) -> None:
        before = self.figures.get(name)
        if before is None:
            self.figures[name] = figure
        else:
            self.figures[name] = max(before, figure) if isinstance(figure, float) else before + figure

    @property
    def result(self) -> str:
        return f"{self.failed} of {self.passed + self.failed} FAILED" if self.failed else f"{self.passed} passed"

    @property
    def measured(self) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {_spelled(value)}" for name, value in self.figures.items())


def _spelled(value: Figure) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def cases(reports: Iterable[pytest.TestReport]) -> dict[str, Case]:
    """The rows, by the names of their cases in order."""
    found: dict[str, Case] = {}
    for report in reports:
        name = next((str(value) for key, value in report.user_properties if key == "fault"), None)
        if name is None or (report.when != "call" and not report.failed):
            continue
        case = found.setdefault(name, Case())
        case.failed += report.failed
        case.passed += report.passed
        if report.when == "call":
            for key, figures in report.user_properties:
                if key == "measured" and isinstance(figures, dict):
                    for figure, value in figures.items():
                        case.add(figure, value)
    return dict(sorted(found.items()))


def table(found: dict[str, Case]) -> list[str]:
    """The table in Markdown, as docs/faults.md shows it."""
    rows = [(name, case.result, case.measured or "-") for name, case in found.items()]
    return ["| case | tests | measured |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(case): a case of the table of faults, which `make faults` runs")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the report name the case, also where the test fails before it has measured anything."""
    if (marker := item.get_closest_marker("fault")) is not None:
        item.user_properties.append(("fault", marker.args[0]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [each for group in terminalreporter.stats.values() for each in group]
    if found := cases(each for each in reports if isinstance(each, pytest.TestReport)):
        terminalreporter.section("faults")
        for line in table(found):
            terminalreporter.line(line)


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Takes figures for the row of this test's case."""
    assert request.node.get_closest_marker("fault") is not None, "what is measured belongs to a case: pytest.mark.fault"

    def measure(**figures: Figure) -> None:
        request.node.user_properties.append(("measured", figures))

    return measure
