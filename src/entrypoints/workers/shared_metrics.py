"""The metrics of several processes as those of one service.

Each worker writes its own to a file, once a second and when it ends; the one that answers a scrape adds those of the
others. Counters and histograms are sums, also over workers that have ended; gauges are labeled with the number of the
worker, and end with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

SUMS = frozenset({"counter", "histogram"})
ENDED = "ended.json"
SUFFIX = ".worker.json"


class Family(msgspec.Struct, array_like=True):
    """A metric with its samples: name, labels, and value."""

    name: str
    kind: str
    help: str
    samples: list[tuple[str, dict[str, str], float]]


class Snapshot(msgspec.Struct):
    """The metrics of one process, or of all that have ended, whose files are then no longer to be counted."""

    families: list[Family]
    worker: int = 0
    started_at: float = 0
    includes: list[str] = []


_decode = msgspec.json.Decoder(Snapshot).decode


def families_of(metrics: Iterable[Metric]) -> list[Family]:
    """The metrics as they are written. The times at which counters began are left out, since they have no sum."""
    return [
        Family(
            metric.name,
            metric.type,
            metric.documentation,
            [
                (sample.name, sample.labels, sample.value)
                for sample in metric.samples
                if not (metric.type in SUMS and sample.name.endswith("_created"))
            ],
        )
        for metric in metrics
    ]


class SharedMetrics:
    """The files of the workers of one service, in a folder of their own."""

    def __init__(self, folder: Path, worker: int = 0, started_at: float = 0, process: int | None = None) -> None:
        """`worker` is the number of this one, `started_at` its time of start, which only orders them, and `process` its
        id, if it is not this process.
        """
        self._folder = folder
        self._worker = worker
        self._started_at = started_at
        self.file = file_of(worker, os.getpid() if process is None else process)

    def write(self, metrics: Iterable[Metric]) -> None:
        """Replace what this worker wrote before."""
        self._put(self.file, Snapshot(families_of(metrics), self._worker, self._started_at))

    def merge(self, own: Iterable[Metric]) -> Collector:
        """The metrics of all workers: this one's as of now, the others' as of the last second."""
        others = {path.name: snapshot for path in self._folder.glob(f"*{SUFFIX}") if (snapshot := _read(path))}
        # Read last: a worker that ended meanwhile is in one of the two, or in both and then left out here.
        ended = _read(self._folder / ENDED) or Snapshot([])
        for name in (self.file, *ended.includes):
            others.pop(name, None)
        live = [*others.values(), Snapshot(families_of(own), self._worker, self._started_at)]
        return _Merged([ended, *sorted(live, key=lambda snapshot: (snapshot.worker, snapshot.started_at))])

    def end(self, file: str) -> None:
        """Keep the sums of a worker that has ended, and forget the rest."""
        path = self._folder / file
        last = _read(path)
        if last is None:
            return
        ended = _read(self._folder / ENDED) or Snapshot([])
        sums = [family for family in (*ended.families, *last.families) if family.kind in SUMS]
        merged = families_of(_Merged([Snapshot(sums)]).collect())
        # Of the names, only those whose file may still be read matter.
        self._put(ENDED, Snapshot(merged, includes=[*ended.includes[-100:], file]))
        path.unlink(missing_ok=True)

    def _put(self, name: str, snapshot: Snapshot) -> None:
        new = self._folder / f"{name}.{os.getpid()}.new"
        new.write_bytes(msgspec.json.encode(snapshot))
        new.replace(self._folder / name)


def file_of(worker: int, process: int) -> str:
    """The name of the file of a worker."""
    return f"{worker}-{process}{SUFFIX}"


def _read(path: Path) -> Snapshot | None:
    with suppress(OSError, msgspec.DecodeError):
        return _decode(path.read_bytes())
    return None


class _Merged(Collector):
    """Several snapshots, older ones of the same worker first."""

    def __init__(self, snapshots: list[Snapshot]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
        described: dict[str, Family] = {}
        for snapshot in self._snapshots:
            for family in snapshot.families:
                described.setdefault(family.name, family)
                known = values.setdefault(family.name, {})
                for name, labels, value in family.samples:
                    if family.kind in SUMS:
                        key = (name, tuple(labels.items()))
                        known[key] = known.get(key, 0.0) + value
                    else:
                        known[name, (*labels.items(), ("worker", str(snapshot.worker)))] = value
        for name, family in described.items():
            metric = Metric(name, family.help, family.kind)
            for (sample, pairs), value in values[name].items():
                metric.add_sample(sample, dict(pairs), value)
            yield metric
