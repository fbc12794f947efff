"""The logs of a server that was started from uvicorn's own command line."""

from __future__ import annotations

import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Literal

import pytest
from pydantic import SecretStr
from uvicorn.config import LOGGING_CONFIG

from entrypoints.logs import REQUEST, WithoutWords, configure_logs, tells_requests
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
    ours = WithoutWords("%(asctime)s")
    for moment in (1_000.0, 1_000.25, 1_000.999, 1_001.0, 1_000.5, 90_061.125):
        record = logging.makeLogRecord({"created": moment, "msecs": moment % 1 * 1_000})
        expected = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
        assert ours.format(record) == expected


def test_everything_is_a_json_object_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(database_url=SecretStr("memory://"), log_format="json"))
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7, extra={"color_message": "\x1b[1m"})
    logging.getLogger("asyncio").warning("two\nlines \udcff %s", object)
    name = "ana.private"
    try:
        raise ValueError(name)
    except ValueError:
        logging.getLogger("unified_dental.errors").exception("request failed")
    first, second, third = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["level"], first["logger"]) == ("info", "uvicorn.error")
    assert first["message"] == "Started server process [7]"
    assert second["message"].startswith("two\nlines \udcff")
    assert third["exception"].endswith("\nbuiltins.ValueError")
    assert name not in str(third)


def test_what_python_says_is_logged_in_the_same_form() -> None:
    script = """
import threading, warnings
from entrypoints.logs import configure_logs, log_what_python_says
from entrypoints.settings import Settings
configure_logs(Settings(log_format="json"))
log_what_python_says()
warnings.warn("ana.private", UserWarning)
def fail():
    raise ValueError("ana.private")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error", "critical"]
    assert "ana.private" not in ended.stderr
    assert ended.returncode == 1


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("log_client_address", [False, True])
def test_the_clients_address_is_shown_only_if_asked(
    log_format: Literal["text", "json"], log_client_address: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(log_format=log_format, log_client_address=log_client_address)
    configure_logs(settings)
    context = copy_context()
    context.run(REQUEST.set, {"client": ("192.0.2.7", 5), "state": {"request_id": "r-1", "user_id": "u-1"}})
    context.run(logging.getLogger("unified_dental.errors").warning, "slow")
    assert ("192.0.2.7" in capsys.readouterr().err) == log_client_address
    assert tells_requests(settings) == (log_client_address or log_format == "json")
