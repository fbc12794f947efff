"""The logs: one line an event on standard error, with ids only. No names, addresses, bodies or tokens."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from entrypoints.settings import Settings

OURS = "unified_dental"


def configure_logs(settings: Settings) -> None:
    """Log what is of the settings' severity, and of libraries nothing below `info`.

    The debug messages of libraries hold what they were called with: parameters of statements, headers of requests.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutWords("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    logging.getLogger(OURS).setLevel(level)


class WithoutWords(logging.Formatter):
    """Shows of an exception its type and where it was raised, and of its causes too, but not what it says.

    Databases and parsers quote the values that they refuse, which may be somebody's.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the standard library's name
        return "\n".join(_trace(ei[1]))


def _trace(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _trace(cause)
        yield "which led to:"
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}"
