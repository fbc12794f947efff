"""The logs of a server that was started from uvicorn's own command line."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from uvicorn.config import LOGGING_CONFIG

from entrypoints.logs import WithoutWords, configure_logs
from entrypoints.settings import Settings

NAMES = ("uvicorn", "uvicorn.error", "uvicorn.access", "")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the process's logs as they were."""
    before = [(log, log.handlers[:], log.level, log.propagate, log.disabled) for log in map(logging.getLogger, NAMES)]
    flags = ("logThreads", "logProcesses", "logMultiprocessing", "_srcfile")
    collected = {name: getattr(logging, name) for name in flags}
    yield
    for name, value in collected.items():
        setattr(logging, name, value)
    for log, handlers, level, propagate, disabled in before:
        log.handlers[:], log.propagate, log.disabled = handlers, propagate, disabled
        log.setLevel(level)


def test_uvicorns_own_handlers_write_no_paths_and_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    name = "ana.private"
    logging.config.dictConfig(LOGGING_CONFIG)
    configure_logs(Settings(database_url=SecretStr("memory://")))
    logging.getLogger("uvicorn.access").info('%s - "GET /v1/users?q=ana.private HTTP/1.1" 200', "192.0.2.1")
    logging.getLogger("uvicorn.error").info("Started server process")
    try:
        raise ValueError(name)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    written = "".join(capsys.readouterr())
    assert "Started server process" in written
    assert "ValueError" in written
    assert name not in written


def test_each_line_has_the_time_of_its_own_event() -> None:
    ours, usual = WithoutWords("%(asctime)s"), logging.Formatter("%(asctime)s")
    for moment in (1_000.0, 1_000.25, 1_000.999, 1_001.0, 1_000.5, 90_061.125):
        record = logging.makeLogRecord({"created": moment, "msecs": moment % 1 * 1_000})
        assert ours.format(record) == usual.format(record)
