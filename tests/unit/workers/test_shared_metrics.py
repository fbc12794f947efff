"""Metrics of several workers are those of one service."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from entrypoints.workers.shared_metrics import SharedMetrics


class Worker:
    """A worker with a metric of each kind."""

    def __init__(self, folder: Path, number: int, started_at: float = 0) -> None:
        self.shared = SharedMetrics(folder, number, started_at, process=round(100 * number + started_at))
        self.registry = CollectorRegistry()
        self.requests = Counter("requests", "Requests", ["status"], registry=self.registry)
        self.seconds = Histogram("seconds", "Time", buckets=(1, 2), registry=self.registry)
        self.running = Gauge("running", "Requests being answered", registry=self.registry)

    def write(self) -> None:
        self.shared.write(self.registry.collect())

    def sample(self, name: str, **labels: str) -> float | None:
        """What all workers together say, as seen by this one."""
        merged = CollectorRegistry()
        merged.register(self.shared.merge(self.registry.collect()))
        return merged.get_sample_value(name, labels)


@pytest.fixture
def workers(tmp_path: Path) -> list[Worker]:
    return [Worker(tmp_path, number) for number in (1, 2, 3)]


def test_counters_and_histograms_are_sums(workers: list[Worker]) -> None:
    for number, worker in enumerate(workers, 1):
        worker.requests.labels("200").inc(number)
        worker.seconds.observe(number - 0.5)
        worker.write()
    for worker in workers:
        assert worker.sample("requests_total", status="200") == 6
        assert worker.sample("seconds_bucket", le="1.0") == 1
        assert worker.sample("seconds_bucket", le="2.0") == 2
        assert worker.sample("seconds_count") == 3
        assert worker.sample("seconds_sum") == 4.5
        assert worker.sample("requests_created", status="200") is None


def test_gauges_are_distinguished(workers: list[Worker]) -> None:
    for number, worker in enumerate(workers, 1):
        worker.running.set(number)
        worker.write()
    assert [workers[0].sample("running", worker=str(number)) for number in (1, 2, 3)] == [1, 2, 3]


def test_of_two_with_the_same_number_the_newer_one_is_shown(tmp_path: Path, workers: list[Worker]) -> None:
    newer = Worker(tmp_path, 1, started_at=1)
    for worker, running in ((newer, 5), (workers[0], 3)):
        worker.running.set(running)
        worker.requests.labels("200").inc()
        worker.write()
    assert workers[1].sample("running", worker="1") == 5
    assert workers[1].sample("requests_total", status="200") == 2


def test_what_has_ended_is_counted_and_leaves_no_gauge(tmp_path: Path, workers: list[Worker]) -> None:
    supervisor = SharedMetrics(tmp_path)
    for round_ in range(1, 4):
        for worker in workers[:2]:
            worker.requests.labels("200").inc()
            worker.seconds.observe(1)
            worker.write()
            supervisor.end(worker.shared.file)
        assert workers[2].sample("requests_total", status="200") == sum(range(1, round_ + 1)) * 2
    assert workers[2].sample("running", worker="1") is None
    assert [path.name for path in tmp_path.iterdir()] == ["ended.json"]


def test_a_file_that_is_not_removed_yet_is_not_counted_twice(tmp_path: Path, workers: list[Worker]) -> None:
    workers[0].requests.labels("200").inc()
    workers[0].write()
    written = (tmp_path / workers[0].shared.file).read_bytes()
    SharedMetrics(tmp_path).end(workers[0].shared.file)
    (tmp_path / workers[0].shared.file).write_bytes(written)
    assert workers[1].sample("requests_total", status="200") == 1


def test_what_cannot_be_read_is_left_out(tmp_path: Path, workers: list[Worker]) -> None:
    workers[0].write()
    (tmp_path / workers[0].shared.file).write_bytes(b'{"families": [')
    workers[1].requests.labels("200").inc()
    assert workers[1].sample("requests_total", status="200") == 1
    SharedMetrics(tmp_path).end("7-7.worker.json")
