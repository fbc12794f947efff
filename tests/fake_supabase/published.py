"""A Supabase project that publishes its keys, and does nothing else, for checks of whole installations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from fake_supabase.jwks_endpoint import key_set

JWKS = "/auth/v1/.well-known/jwks.json"


@contextmanager
def publishing(status: int = 200, body: bytes | None = None) -> Iterator[str]:
    """The address of a project whose keys are answered like this; by default there is one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == JWKS
            said = key_set("first").content if body is None else body
            self.send_response(status if found else 404)
            self.send_header("content-length", str(len(said) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(said)

        def log_message(self, *arguments: Any) -> None:
            """Nothing, for tests that read what is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
