"""Certificates as PDF, each made once, in a thread of its own so that the event loop goes on serving."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from application.evidence.certificates.queries import CertificateSheet

MOST_BYTES = 32 * 2**20
"""What all certificates kept at a time may take, some six hundred of them."""
_AT_ONCE = 2
"""How many certificates are made at the same time. Making one is work for the processor: more would only share it."""

Draw = Callable[[CertificateSheet], bytes]


def _draw(certificate: CertificateSheet) -> bytes:
    # The libraries take most of a second to import: whoever prints nothing does not wait for them.
    from adapters.pdf.design import draw

    return draw(certificate)


class CertificatePdf:
    """Prints certificates on landscape US Letter. The same sheet always gives the same bytes.

    A sheet has all that is printed, so what was made of an equal one is given again, and requests for one that is
    being made wait for it together. Those printed longest ago are forgotten when all take more than `most_bytes`.

    What the typeface lacks has substitutes (`Typeface.lacks`); the record keeps its own text.
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
        # Whoever leaves must not take it from the others who wait for it.
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
