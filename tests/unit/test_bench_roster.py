"""What the benchmark of rosters writes: figures of its runs, in a section that other measurements leave alone."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.results import Machine, Spread
from bench.roster_night import ImportCost, Memory
from bench.roster_report import Conditions, Night, markdown
from bench.sections import section_of, with_section

DOCUMENT = "# Performance\n\n## Ratios\n\n1\n\n## How it is measured\n\nIn a way.\n"
CONDITIONS = Conditions(Machine("a processor", 2, "3.11.9", "18.6"), 20_000, 3, 400, 2_000, Spread(0.7, 0.5, 1.4))


@pytest.fixture
def nights() -> list[Night]:
    took = [ImportCost(2.0, 40, 7.5, 20, 200, 19_780, 21), ImportCost(4.0, 42, 8.5, 20, 200, 19_780, 21)]
    compared = Night("an ordinary night", {"postgresql": took, "sqlite": took}, {"postgresql": [300.0, 400.0]})
    return [compared, Night("the same as a workbook (XLSX)", {"sqlite": took})]


def test_lines_are_compared_with_those_of_the_same_round(nights: list[Night]) -> None:
    assert nights[0].ratio("postgresql") == Spread(2.5, 2.0, 3.0)
    assert nights[0].ratio("sqlite") is None


def test_each_file_and_database_has_a_row(nights: list[Night]) -> None:
    rows = [line for line in markdown(nights, CONDITIONS).splitlines() if line.startswith("|")]
    assert rows[2] == ("| an ordinary night | postgresql | 241 | 3.00 (2.00–4.00) | 42 | 8 (8–8) | 2.5× (2–3) |")
    assert len(rows) == 2 + 3
    assert "a load average of 0.5 to 1.4 meanwhile" in markdown(nights, CONDITIONS)
    assert all(one.count("|") == other.count("|") for one, other in pairwise(rows))


def test_the_section_is_put_before_how_it_is_measured_and_then_replaced(nights: list[Night]) -> None:
    text = markdown(nights, CONDITIONS)
    first = with_section(DOCUMENT, "roster", text)
    assert first.index("## Ratios") < first.index("## The nightly roster") < first.index("## How it is measured")
    assert with_section(first, "roster", text) == first
    again = with_section(first, "roster", "## The nightly roster\n\nNew.\n")
    assert "ordinary" not in again
    assert again.endswith("## How it is measured\n\nIn a way.\n")


def test_another_measurement_keeps_the_section_as_it_is() -> None:
    known = with_section(DOCUMENT, "roster", "## The nightly roster\n\nKept.\n")
    new = DOCUMENT.replace("1", "2")
    kept = with_section(new, "roster", section_of(known, "roster"))
    assert kept == known.replace("1", "2")
    assert with_section(new, "roster", section_of(DOCUMENT, "roster")) == new


def test_memory_is_the_growth_at_its_peak() -> None:
    memory = Memory()
    held = b"x" * 40_000_000
    del held
    assert 30 < memory.grown() < 60
