"""The logs: one line an event on standard error, with ids only. No names, bodies or tokens.

A line is text, or a JSON object (`LOG_FORMAT=json`). Clients' addresses are logged only with `LOG_CLIENT_ADDRESS`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO

import msgspec

from entrypoints.settings import Settings

OURS = "unified_dental"
SERVER = "uvicorn"
ACCESS = f"{OURS}.access"
ACCESS_FIELDS = ("method", "route", "status", "duration_ms", "request_id")
"""The arguments of a line in the access log, in their order."""

REQUEST: ContextVar[Mapping[str, Any] | None] = ContextVar("request", default=None)
"""The ASGI scope of the request that causes what is logged; set only where the lines show more than ids of requests."""
USER = "user_id"
"""The key of the scope's state that holds the id of the authenticated user; set as `REQUEST` is."""


def tells_requests(settings: Settings) -> bool:
    """Whether lines show the request that caused them, so that `REQUEST` must be set."""
    return settings.log_format == "json" or settings.log_client_address


def configure_logs(settings: Settings) -> None:
    """Log what is of the settings' severity; of libraries warnings at most, and of the server where it listens.

    What libraries say beside has in it what they were called with: parameters of statements, addresses, headers.
    """
    # Our log lines show neither thread, process nor code location, so these are not computed.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as the standard library's documentation advises
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(settings))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for name in (SERVER, f"{SERVER}.error", f"{SERVER}.access"):
        # uvicorn's command line sets up its own handlers, which log paths and queries.
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    logging.getLogger(f"{SERVER}.access").disabled = True
    logging.getLogger(SERVER).setLevel(max(level, logging.INFO))
    logging.getLogger(OURS).setLevel(level)


def formatter(settings: Settings) -> logging.Formatter:
    """How lines are written."""
    if settings.log_format == "json":
        return JsonLines(client_address=settings.log_client_address)
    return (WithClient if settings.log_client_address else WithoutWords)(
        "%(asctime)s %(levelname)s %(name)s %(message)s"
    )


def log_what_python_says() -> None:
    """Log what Python would write to standard error in a form of its own: warnings, and exceptions that end a thread
    or the process. For a process that serves; to be called once.
    """
    log = logging.getLogger(f"{OURS}.python")

    def ended(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, Exception):
            log.critical("the process ends because of an exception", exc_info=(kind, error, trace))

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        log.warning("%s at %s:%d", category.__name__, filename, lineno)

    sys.excepthook = ended
    sys.unraisablehook = lambda it: log.error("an exception could not be raised", exc_info=it.exc_value)
    threading.excepthook = lambda it: log.error("a thread ended because of an exception", exc_info=it.exc_value)
    warnings.showwarning = warned


class WithoutWords(logging.Formatter):
    """Shows an exception's type and where it was raised, and those of its causes, but not its message: databases and
    parsers quote the values that they refuse, which may be personal.

    The time is in UTC (RFC 3339), and formatted once a second.
    """

    _second: tuple[int, str] = (0, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        second, text = self._second
        if second != int(record.created):
            second = int(record.created)
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second, text
        return f"{text}.{int(record.msecs):03d}+00:00"

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the standard library's name
        return "\n".join(_trace(ei[1]))


class WithClient(WithoutWords):
    """Shows the client's address too, in lines that a request causes."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the standard library's name
        line = super().formatMessage(record)
        client = _client(REQUEST.get())
        return line if client is None else f"{line} client={client}"


class JsonLines(WithoutWords):
    """Each line is a JSON object, with the request and the user that caused it."""

    def __init__(self, *, client_address: bool) -> None:
        super().__init__()
        self._client_address = client_address
        self._process = os.getpid()

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": self._process,
        }
        scope = REQUEST.get()
        if scope is not None:
            state = scope["state"]
            line["request_id"] = state.get("request_id")
            line[USER] = state.get(USER)
            if self._client_address:
                line["client_address"] = _client(scope)
        if record.name == ACCESS and isinstance(record.args, tuple):
            line |= dict(zip(ACCESS_FIELDS, record.args, strict=False))
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self.formatException(record.exc_info)
        return _in_json(line)


def _in_json(line: dict[str, Any]) -> str:
    # Only ASCII, for any encoding of standard error; msgspec takes a quarter of the time, but not everything.
    with suppress(TypeError, ValueError):
        text = msgspec.json.encode(line).decode()
        if text.isascii():
            return text
    return json.dumps(line, default=str)


def _client(scope: Mapping[str, Any] | None) -> str | None:
    client = scope and scope.get("client")
    return str(client[0]) if client else None


def _trace(error: BaseException) -> Iterator[str]:
    chain = [error]
    while (cause := _cause(chain[-1])) is not None and cause not in chain:
        chain.append(cause)
    for each in reversed(chain):
        yield from (line.rstrip("\n") for line in traceback.format_tb(each.__traceback__))
        yield f"{type(each).__module__}.{type(each).__qualname__}{'' if each is error else ', which led to:'}"


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
