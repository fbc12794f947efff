"""The supervisor, over workers that do nothing but what a test needs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from entrypoints.workers.supervisor import Supervisor

SOON = 30.0
OBEDIENT = """
import json, os, signal, sys, time
plan = json.loads(sys.argv[1])
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
open(os.path.join(plan["folder"], f"started-{plan['number']}-{os.getpid()}"), "w").close()
os.write(plan["channel"], b"r")
{then}
"""
GOES_ON = """
while True:
    os.write(plan["channel"], b".")
    time.sleep(0.05)
"""
HANGS = "time.sleep(600)"
FAILS = "sys.exit(7)"


class Running:
    """A supervisor with its workers."""

    def __init__(self, folder: Path, listener: socket.socket, number: int, silent: float) -> None:
        self.folder = folder
        self.supervisor = Supervisor(
            [listener],
            number,
            host="127.0.0.1",
            folder=folder,
            stop_timeout=1,
            silent=silent,
            delay=0.125,
            module="some_worker",
        )
        self.task = asyncio.create_task(self.supervisor.run())

    def started(self) -> set[int]:
        """The ids of all processes so far."""
        return {int(path.name.rpartition("-")[2]) for path in self.folder.glob("started-*")}

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(SOON):
            while not holds():  # noqa: ASYNC110  # what is waited for happens in another process
                await asyncio.sleep(0.01)


Start = Callable[..., Running]


@pytest.fixture
async def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Start]:
    """Starts a supervisor, whose workers do `then`; stops it in the end."""
    caplog.set_level(logging.INFO, "unified_dental.workers")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = tmp_path / "metrics"
    folder.mkdir()
    all_of_them: list[Running] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def started(then: str, number: int = 2, silent: float = SOON) -> Running:
            (tmp_path / "some_worker.py").write_text(OBEDIENT.replace("{then}", then))
            all_of_them.append(Running(folder, listener, number, silent))
            return all_of_them[-1]

        yield started
        for running in all_of_them:
            running.supervisor.stop()
            await asyncio.wait_for(running.task, SOON)


async def test_a_worker_that_dies_is_replaced(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = start(GOES_ON)
    await running.until(lambda: "workers: 2" in caplog.text)
    (first, _) = running.started()
    os.kill(first, signal.SIGKILL)
    await running.until(lambda: "takes its place" in caplog.text)
    await running.until(lambda: len(running.started()) == 3)
    assert f"(process {first}) has ended unexpectedly: SIGKILL" in caplog.text


async def test_one_that_keeps_dying_is_started_again_later_each_time(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    running = start(FAILS, 1)
    await running.until(lambda: "started again in 0.25 seconds" in caplog.text)
    assert caplog.text.count("started again in 0.125 seconds") == 1
    assert "exit status 7" in caplog.text


async def test_one_that_hangs_is_killed_and_replaced(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = start(HANGS, 1, silent=0.3)
    await running.until(lambda: "no sign of life" in caplog.text)
    await running.until(lambda: "SIGKILL" in caplog.text)


async def test_a_renewal_replaces_all_once(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = start(GOES_ON)
    await running.until(lambda: "workers: 2" in caplog.text)
    before = running.started()
    os.kill(os.getpid(), signal.SIGHUP)
    await running.until(lambda: "have been renewed" in caplog.text)
    await running.until(lambda: caplog.text.count("has ended") == 2)
    assert len(running.started() - before) == 2
    assert "unexpectedly" not in caplog.text


async def test_two_requests_to_renew_are_two_renewals(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = start(GOES_ON, 1)
    await running.until(lambda: "workers: 1" in caplog.text)
    running.supervisor.renew()
    running.supervisor.renew()
    await running.until(lambda: caplog.text.count("have been renewed") == 2)
    await running.until(lambda: len(running.started()) == 3)


async def test_what_cannot_be_renewed_leaves_the_old_ones_at_work(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = start(GOES_ON)
    await running.until(lambda: "workers: 2" in caplog.text)
    (tmp_path / "some_worker.py").write_text("import sys; sys.exit(3)")
    os.kill(os.getpid(), signal.SIGHUP)
    await running.until(lambda: "could not be renewed" in caplog.text)
    for process in running.started():
        os.kill(process, 0)
    assert not running.task.done()


async def test_without_a_worker_there_is_no_service(start: Start) -> None:
    running = start("", 2)
    (running.folder.parent / "some_worker.py").write_text("import sys; sys.exit(3)")
    assert await asyncio.wait_for(running.task, SOON) == 1


async def test_as_long_as_no_process_can_be_started_it_is_tried_again(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    running = start(GOES_ON, 1)
    await running.until(lambda: "workers: 1" in caplog.text)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (first,) = running.started()
    os.kill(first, signal.SIGKILL)
    await running.until(lambda: "cannot be started: No such file or directory" in caplog.text)
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", str(running.folder.parent))
    await running.until(lambda: "takes its place" in caplog.text)


async def test_metrics_that_cannot_be_kept_do_not_end_the_service(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    running = start(GOES_ON, 1)
    await running.until(lambda: "workers: 1" in caplog.text)
    (first,) = running.started()
    (running.folder / f"1-{first}.worker.json").write_text('{"families": []}')
    (running.folder / "ended.json").mkdir()
    os.kill(first, signal.SIGKILL)
    await running.until(lambda: "takes its place" in caplog.text)
    assert "counted is lost: Is a directory" in caplog.text
