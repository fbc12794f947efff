"""An HTTP connection of a server that stops."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class LastAnswers(HttpToolsProtocol):
    """A connection whose next answer is its last once the server stops (`server.StoppableState`)."""

    @property
    def is_server_stopping(self) -> bool:
        return getattr(self.server_state, "is_stopping", False)

    def shutdown(self) -> None:
        """Make the next answer the last, and announce so; without another request close as after any answer."""
        if not self.is_server_stopping:
            super().shutdown()
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_started:
            cycle.keep_alive = False
            return
        self._start_asgi_task = self._start_last_task  # type: ignore[method-assign]  # a check in each request would cost more
        if cycle is None:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _start_last_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        async def last(scope: Any, receive: Any, send: Any) -> None:
            async def send_last(event: Any) -> None:
                # Requests that the client has sent meanwhile are answered first.
                if not cycle.response_started and not self.pipeline:
                    cycle.keep_alive = False
                await send(event)

            await app(scope, receive, send_last)

        super()._start_asgi_task(cycle, last)
