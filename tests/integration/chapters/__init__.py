"""The recorded scenario, chapter by chapter. Later chapters build on what earlier ones left."""

from __future__ import annotations

from typing import Any, Protocol


class Answered(Protocol):
    """An answer that a later request may use."""

    @property
    def body(self) -> Any: ...

    @property
    def headers(self) -> dict[str, str]: ...


class Sends(Protocol):
    """Sends requests and keeps the answers."""

    async def __call__(self, what: str, line: str, body: Any = None, **headers: str) -> Answered: ...


class Stage(Sends, Protocol):
    """Sends as the administrator, and whatever else a chapter needs."""

    def signed_in(self, email: str) -> Sends: ...

    def pass_time(self, **by: float) -> None: ...

    async def settle_obligations(self) -> None: ...

    async def refresh_reports(self) -> None: ...


NOBODY = "00000000-0000-7000-9000-00000000dead"
"""An id that nothing has."""
