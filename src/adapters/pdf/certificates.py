"""Certificates as PDF, each made in a thread of its own so that the event loop goes on serving."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from application.certificates.queries import CertificateSheet

_AT_ONCE = 2
"""How many certificates are made at the same time. Making one is work for the processor: more would only share it."""


class CertificatePdf:
    """Prints certificates on landscape US Letter. The same sheet always gives the same bytes.

    Raises Conflict for a sheet with characters that the typeface lacks: it covers Latin with every accent
    (Vietnamese too), Greek and Cyrillic. A certificate with empty boxes in a name is worse than none.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="certificate")

    async def print(self, certificate: CertificateSheet) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _draw, certificate)


def _draw(certificate: CertificateSheet) -> bytes:
    # The libraries take most of a second to import: whoever prints nothing does not wait for them.
    from adapters.pdf.design import draw

    return draw(certificate)
