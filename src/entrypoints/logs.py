"""The logs: one line an event on standard error, with ids only. No names, addresses, bodies or tokens."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from entrypoints.settings import Settings

OURS = "unified_dental"
SERVER = "uvicorn"


def configure_logs(settings: Settings) -> None:
    """Log what is of the settings' severity; of libraries warnings at most, and of the server where it listens.

    What libraries say beside has in it what they were called with: parameters of statements, addresses, headers.
    """
    # Our log lines show neither thread, process nor code location, so these are not computed.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as the standard library's documentation advises
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutWords("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for name in (SERVER, f"{SERVER}.error", f"{SERVER}.access"):
        # uvicorn's command line sets up its own handlers, which log paths and queries.
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    logging.getLogger(f"{SERVER}.access").disabled = True
    logging.getLogger(SERVER).setLevel(max(level, logging.INFO))
    logging.getLogger(OURS).setLevel(level)


class WithoutWords(logging.Formatter):
    """Shows an exception's type and where it was raised, and those of its causes, but not its message: databases and
    parsers quote the values that they refuse, which may be personal.

    The time is formatted once a second.
    """

    _second: tuple[int, str] = (0, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        second, text = self._second
        if second != int(record.created):
            second, text = int(record.created), super().formatTime(record, "%Y-%m-%d %H:%M:%S")
            self._second = second, text
        return f"{text},{int(record.msecs):03d}"

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the standard library's name
        return "\n".join(_trace(ei[1]))


def _trace(error: BaseException) -> Iterator[str]:
    chain = [error]
    while (cause := _cause(chain[-1])) is not None and cause not in chain:
        chain.append(cause)
    for each in reversed(chain):
        yield from (line.rstrip("\n") for line in traceback.format_tb(each.__traceback__))
        yield f"{type(each).__module__}.{type(each).__qualname__}{'' if each is error else ', which led to:'}"


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
