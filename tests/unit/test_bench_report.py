"""What the benchmark makes of its measurements: statistics, targets, the document and the chart."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench import chart, report
from bench.cases import AT_REST, CASES, EVERYBODY
from bench.chart import Bar
from bench.results import Crowd, Footprint, Growth, Machine, Results, Sample, SetWork, Spread
from bench.targets import targets

FASTER = {"ours": 800.0, "guide": 100.0, "tuned": 90.0, "floor": 1_000.0, "alone": 800.0, "bare": 900.0}


def sample(per_second: float, p99_ms: float = 20.0) -> Sample:
    return Sample(per_second, 10.0, p99_ms, 100.0, 50.0)


@pytest.fixture
def results() -> Results:
    """Three rounds, the second of them twice as slow for everybody; nothing but the cases was measured."""
    measured = Results(Machine("a processor", 2, "3.11.9", "18.6"), connections=32, rounds=3, seconds=2.0)
    for case in (*CASES, *AT_REST):
        for name, per_second in FASTER.items():
            for speed in (per_second, per_second / 2, per_second):
                measured.add(case.name, name, sample(speed))
    return measured


@pytest.fixture
def full(results: Results) -> Results:
    for speed in (600.0, 300.0, 600.0):
        results.add(EVERYBODY.name, "ours", sample(speed))
    results.sets = [SetWork("enroll 5,000 people, by id", "INSERT ... SELECT", 5_000, [200.0, 100.0], [50.0, 60.0])]
    results.growth = [Growth("the first page", 0.5, 0.6, "Limit (Index Scan on ix)", 51)]
    results.large_rows = 1_000_000
    results.crowd = [Crowd("R1", 200, 5_000, 0, 0, 80.0)]
    results.footprint = Footprint(Spread(0.1, 0.1, 0.2), Spread(1.0, 0.9, 1.2), {"ours": 100.0}, {"ours": 120.0})
    results.instructions = {"ours": {case.name: 2_000_000 for case in CASES}, "bare": {"R1": 1_800_000}}
    return results


def test_a_ratio_is_that_of_runs_in_the_same_round(results: Results) -> None:
    assert results.ratio("R1", "ours", "guide") == Spread(8.0, 8.0, 8.0)


def test_without_the_other_there_is_no_ratio(results: Results) -> None:
    del results.samples["R1"]["floor"]
    assert results.ratio("R1", "ours", "floor") is None


def test_a_spread_has_the_median_and_the_ends() -> None:
    assert Spread.of([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0)


def test_set_based_work_is_compared_run_by_run(full: Results) -> None:
    assert full.sets[0].share == Spread(0.425, 0.25, 0.6)


def test_targets_are_met_or_not(full: Results) -> None:
    met = {target.what: target.met for target in targets(full)}
    assert met["R1, requests/s against the guide's design"]
    assert met["R1, share of authentication, request id, policies and metrics"]
    assert met["errors with 200 connections and two processes"]
    assert met["R1, p99 against p50 at 32 connections"]
    assert not met["enroll 5,000 people, by id, against bare INSERT ... SELECT"]


def test_a_lost_connection_is_an_error(full: Results) -> None:
    full.crowd.append(Crowd("R2", 200, 5_000, 0, 1, 80.0))
    met = {target.what: target.met for target in targets(full)}
    assert not met["errors with 200 connections and two processes"]


def test_the_document_has_a_part_for_everything(full: Results) -> None:
    text = report.markdown(full)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Targets",
        "## Ratios",
        "## Figures",
        "## Overhead of a request",
        "## Thousands of rows at once",
        "## Pages of a large table",
        "## 200 connections, two processes",
        "## Start-up and memory",
        "## Instructions per request",
        "## How it is measured",
    ]
    assert "8× (8–8)" in text
    assert "11% of R1's time (11% to 11%), and 10% of its instructions." in text
    assert "at 75% of the speed" in text


def test_lists_have_targets_while_rows_change_and_at_rest(results: Results) -> None:
    results.samples["R2"]["ours"] = [sample(600.0)] * 3
    met = {target.what: target.met for target in targets(results)}
    assert not met["R2, requests/s against the floor"]
    assert met["R2 at rest, requests/s against the floor"]
    rows = [line.split(" | ") for line in report.markdown(results).splitlines() if line.startswith("| R2")]
    speeds = {row[0]: row[2] for row in rows if row[1] == "ours"}
    assert speeds == {"| R2": "600 (600–600)", "| R2 at rest": "800 (400–800)"}


def test_requests_at_rest_are_those_of_the_case() -> None:
    assert [(case.asks, case.commits) for case in AT_REST] == [("R2", 0), ("R3", 0)]
    assert {case.name for case in CASES if case.commits} == {"R2", "R3"}


def test_every_table_is_as_wide_as_its_head(full: Results) -> None:
    rows = [line.count("|") for line in report.markdown(full).splitlines()]
    assert all(width == after for width, after in pairwise(rows) if width and after)


def test_what_was_not_measured_is_left_out(results: Results) -> None:
    text = report.markdown(results)
    assert "## Ratios" in text
    assert "Thousands" not in text
    assert "performance.svg" not in text


def test_without_valgrind_the_document_says_so(full: Results) -> None:
    full.instructions, full.no_instructions = {}, "Not counted: valgrind is not installed here."
    assert "Not counted: valgrind is not installed here." in report.markdown(full)


def test_the_chart_has_a_bar_for_each_ratio(results: Results) -> None:
    bars = report.bars(results)
    assert len(bars) == len(CASES) * 3
    drawn = ElementTree.fromstring(chart.svg(bars, "Ratios & such"))
    assert sum(each.get("height") == "13" for each in drawn.iter("{http://www.w3.org/2000/svg}rect")) == len(bars)


def test_bars_begin_where_both_are_equal() -> None:
    drawn = ElementTree.fromstring(chart.svg([Bar("R1", "a", 4.0, 4.0, 4.0), Bar("R1", "b", 0.5, 0.5, 0.5)], "Ratios"))
    faster, slower = (each for each in drawn.iter("{http://www.w3.org/2000/svg}rect") if each.get("height") == "13")
    end_of_slower = float(slower.get("x", 0)) + float(slower.get("width", 0))
    assert end_of_slower == pytest.approx(float(faster.get("x", 0)), abs=0.2)
