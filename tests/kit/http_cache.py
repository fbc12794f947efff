"""An HTTP cache as RFC 9111 describes it, for tests: it keeps whatever it may, and asks only when it must.

A private cache is that of a browser, which several people may use one after the other; a shared one is a proxy's.
Where the standard leaves a choice it takes the one that shows more of what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

BY_DEFAULT = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses that may be kept although nothing says for how long (RFC 9110, 15.1)."""


@dataclass(frozen=True)
class Kept:
    """An answer, with what was sent for it of the headers that its Vary names."""

    response: httpx.Response
    varying: Mapping[str, str | None]


class HttpCache:
    """Sends requests through `client`, unless it may answer them itself. `hits` counts what it answered alone."""

    def __init__(self, client: httpx.AsyncClient, *, shared: bool = False) -> None:
        self._client = client
        self._shared = shared
        self._kept: dict[tuple[str, str], list[Kept]] = {}
        self.hits = 0
        self.revalidated = 0

    async def request(self, method: str, url: str, headers: Mapping[str, str]) -> httpx.Response:
        """What a client behind this cache receives."""
        sent = httpx.Headers(headers)
        kept = self._kept.get((method, url), [])
        chosen = next((each.response for each in kept if _matches(each, sent)), None)
        if chosen is not None and _fresh(chosen, self._shared):
            self.hits += 1
            return chosen
        # Whatever is kept for the address may be confirmed, also what was kept for somebody else (RFC 9111, 4.3.1).
        tags = [each.response.headers["etag"] for each in kept if "etag" in each.response.headers]
        if tags and "if-none-match" not in sent:
            sent["if-none-match"] = ", ".join(tags)
        answer = await self._client.request(method, url, headers=sent)
        if answer.status_code == 304 and "if-none-match" not in httpx.Headers(headers):
            self.revalidated += 1
            return self._confirmed(method, url, answer)
        self._keep(method, url, sent, answer)
        return answer

    def _confirmed(self, method: str, url: str, answer: httpx.Response) -> httpx.Response:
        """The kept answer that a 304 stands for: the one with its entity tag (RFC 9111, 4.3.4)."""
        tag = answer.headers.get("etag")
        return next(k.response for k in self._kept[method, url] if k.response.headers.get("etag") == tag)

    def _keep(self, method: str, url: str, sent: httpx.Headers, answer: httpx.Response) -> None:
        directives = _directives(answer)
        if method not in ("GET", "HEAD") or "no-store" in directives or answer.status_code == 304:
            return
        if self._shared and "private" in directives:
            return
        if (
            self._shared
            and "authorization" in sent
            and not {"public", "s-maxage", "must-revalidate"} & directives.keys()
        ):
            return
        if answer.status_code not in BY_DEFAULT and not {"max-age", "public", "private"} & directives.keys():
            return
        names = {name.strip().lower() for name in answer.headers.get("vary", "").split(",") if name.strip()}
        if "*" in names:
            return
        kept = Kept(answer, {name: sent.get(name) for name in names})
        others = [each for each in self._kept.get((method, url), ()) if each.varying != kept.varying]
        self._kept[method, url] = [kept, *others]


def _matches(kept: Kept, sent: httpx.Headers) -> bool:
    return all(sent.get(name) == value for name, value in kept.varying.items())


def _fresh(response: httpx.Response, shared: bool) -> bool:
    directives = _directives(response)
    if "no-cache" in directives:
        return False
    lifetime = (directives.get("s-maxage") if shared else None) or directives.get("max-age")
    # Without a word about it a cache may guess, and a test may guess the worst.
    return lifetime is None or int(lifetime) > 0


def _directives(response: httpx.Response) -> dict[str, str]:
    pairs = re.findall(r"([\w-]+)(?:=\"?([^\",]*)\"?)?", response.headers.get("cache-control", ""))
    return {name.lower(): value for name, value in pairs}
