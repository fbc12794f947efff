"""Certificates as PDF, each made once, in a separate thread so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from application.evidence.certificates.queries import CertificateSheet

MOST_BYTES = 32 * 2**20
"""The maximum size of all cached certificates, about six hundred of them."""
_AT_ONCE = 2
"""How many certificates are made at the same time. More would only share the processor."""

Draw = Callable[[CertificateSheet], bytes]


def _draw(certificate: CertificateSheet) -> bytes:
    # The libraries take most of a second to import, so a process that prints nothing does not import them.
    from adapters.pdf.design import draw

    return draw(certificate)


class CertificatePdf:
    """Prints certificates on landscape US Letter. Equal sheets always give the same bytes.

    A sheet contains everything that is printed, so its PDF is cached by it, and concurrent requests for the same sheet
    share one result. The least recently printed ones are dropped when all take more than `most_bytes`. Characters that
    the typeface lacks are replaced (`Typeface.lacks`); the record keeps the original text.
    """

    def __init__(self, draw: Draw = _draw, most_bytes: int = MOST_BYTES) -> None:
        self._draw = draw
        self._most_bytes = most_bytes
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="certificate")
        self._kept: OrderedDict[CertificateSheet, bytes] = OrderedDict()
        self._bytes = 0
        self._being_made: dict[CertificateSheet, asyncio.Future[bytes]] = {}

    async def print(self, certificate: CertificateSheet) -> bytes:
        kept = self._kept.get(certificate)
        if kept is not None:
            self._kept.move_to_end(certificate)
            return kept
        making = self._being_made.get(certificate)
        if making is None:
            making = asyncio.get_running_loop().run_in_executor(self._threads, self._draw, certificate)
            self._being_made[certificate] = making
            making.add_done_callback(lambda made: self._made(certificate, made))
        # A cancelled caller must not cancel it for the others.
        return await asyncio.shield(making)

    def _made(self, certificate: CertificateSheet, making: asyncio.Future[bytes]) -> None:
        del self._being_made[certificate]
        if making.cancelled() or making.exception() is not None:
            return
        page = making.result()
        self._kept[certificate] = page
        self._bytes += len(page)
        while self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
