"""What is asked for: the cases, and their requests, prepared so that sending them costs next to nothing."""

from __future__ import annotations

import json
import random
import struct
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.dataset import AUTHORS, COMPLIANCE, FREE, PARTICIPANTS, Dataset, Module, User, new_module
from bench.servers import Running
from bench.tokens import authorization

LEARNERS = 500
"""People who read at the same time, each with a separate token."""
REQUESTS = 20_000
"""Prepared for each read; they begin again at the end."""
ENROLLMENTS, NEW_MODULES = 40_000, 10_000
"""Prepared for each run of the writes, each sent once."""
PAGES, PAGE = 20, 50

OURS, GUIDE, TUNED, FLOOR = "ours", "guide", "tuned", "floor"
ALONE, BARE = "alone", "bare"
"""Ours in a process that answers R1 and nothing else, and the same without what surrounds a request."""
CONTENDERS = (OURS, GUIDE, TUNED, FLOOR)


@dataclass(frozen=True, slots=True)
class Case:
    """Something to ask for."""

    name: str
    title: str
    writes: bool = False
    commits: int = 0
    """How often per second rows change meanwhile."""
    asks: str | None = None
    """The case whose requests it sends, when it has none of its own."""

    @property
    def status(self) -> int:
        """Of the answer that is expected."""
        return 201 if self.writes else 200


COMMITS = 100
"""Per second: a system with a worker, webhooks and people in it never rests."""
CASES = (
    Case("R1", "a module with its 8 sections"),
    Case("R2", "a page of 50 modules, filtered, newest first", commits=COMMITS),
    Case("R3", "a user's 25 enrollments with module titles", commits=COMMITS),
    Case("W1", "enroll a user", writes=True),
    Case("W2", "create a module with 3 sections", writes=True),
)
AT_REST = tuple(replace(case, name=f"{case.name} at rest", commits=0, asks=case.name) for case in CASES if case.commits)
"""The same lists while nobody changes anything."""
EVERYBODY = Case("R1 by everybody", "R1, asked by 5,000 people in turn")
"""Of 5,000 people hardly anyone is remembered from the last request."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent."""

    method: str
    path: str
    authorization: str
    body: bytes = b""

    def encoded(self) -> bytes:
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: {self.authorization}\r\n"
        if self.body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode() + b"\r\n" + self.body


class Requests:
    """The requests of every case, written to files in the folder once they are asked for."""

    def __init__(self, folder: Path, data: Dataset, pages: list[str], *, few: bool = False) -> None:
        """`pages` are the query strings of the pages for ours and the floor. With `few` it is always the same learner,
        officer and author who ask."""
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._data = data
        self._pages = pages
        self._learners = [data.users[number] for number in PARTICIPANTS[: 1 if few else LEARNERS]]
        self._officers = [authorization(data.users[number]) for number in COMPLIANCE[: 1 if few else None]]
        self._authors = [authorization(data.users[number]) for number in AUTHORS[: 1 if few else None]]
        self._tokens = {user.id: authorization(user) for user in self._learners}

    def file(self, case: Case, contender: str) -> Path:
        """The file of the case's requests, in an order of its own."""
        asked = case.asks or case.name
        like_guide = contender in (GUIDE, TUNED) and asked == "R2"
        path = self._folder / f"{asked.replace(' ', '-')}{'-guide' if like_guide else ''}.requests"
        if not path.exists():
            write(path, self._all(asked, like_guide))
        return path

    def _all(self, asked: str, like_guide: bool) -> Iterator[Request]:
        chance = random.Random(asked)  # the order of requests
        match asked:
            case "R1":
                shown = self._data.shown()
                for _ in range(REQUESTS):
                    yield self._get(f"/v1/modules/{chance.choice(shown).id}", chance)
            case "R2":
                for _ in range(REQUESTS // PAGES):
                    for number in chance.sample(range(PAGES), PAGES):
                        query = page_for_guide(number) if like_guide else self._pages[number]
                        yield self._get(f"/v1/modules?{query}", chance)
            case "R3":
                for _ in range(REQUESTS):
                    user = chance.choice(self._learners)
                    yield Request("GET", f"/v1/users/{user.id}/enrollments", self._tokens[user.id])
            case "W1":
                yield from enrollments(self._data, self._officers, chance)
            case "W2":
                for number in range(NEW_MODULES):
                    body = json.dumps(new_module(number, chance)).encode()
                    yield Request("POST", "/v1/modules", chance.choice(self._authors), body)
            case _:
                shown, everybody = self._data.shown(), [authorization(user) for user in self._data.users]
                for token in chance.sample(everybody, len(everybody)):
                    yield Request("GET", f"/v1/modules/{chance.choice(shown).id}", token)

    def _get(self, path: str, chance: random.Random) -> Request:
        return Request("GET", path, self._tokens[chance.choice(self._learners).id])


def enrollments(data: Dataset, officers: Sequence[str], chance: random.Random) -> Iterator[Request]:
    """Different users in different modules, asked for by compliance officers."""
    modules, free = data.published(), [data.users[number] for number in FREE]
    for number in chance.sample(range(len(modules) * len(free)), ENROLLMENTS):
        module, user = modules[number // len(free)], free[number % len(free)]
        yield enrollment(module, user, chance.choice(officers))


def enrollment(module: Module, user: User, officer: str) -> Request:
    """The request to enroll the user."""
    body = json.dumps({"user_id": str(user.id)}).encode()
    return Request("POST", f"/v1/modules/{module.id}/enrollments", officer, body)


def page_for_guide(number: int) -> str:
    """The query string of a page, by its number from 0."""
    return f"status=published&page={number}&page_size={PAGE}"


def pages_of(server: Running, token: str) -> list[str]:
    """The query strings of the first pages of ours, each taken from the answer before it."""
    queries = [f"status=published&limit={PAGE}"]
    while len(queries) < PAGES:
        answer = get(server, f"/v1/modules?{queries[-1]}", token)
        queries.append(f"{queries[0]}&cursor={answer['next_cursor']}")
    return queries


def get(server: Running, path: str, token: str) -> Any:
    """What the server answers, decoded."""
    request = urllib.request.Request(server.url(path), headers={"Authorization": token})  # noqa: S310  # our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


def write(path: Path, requests: Iterable[Request]) -> None:
    """Write them as bench/load.c reads them."""
    with path.open("wb") as file:
        for request in requests:
            encoded = request.encoded()
            file.write(struct.pack("<I", len(encoded)))
            file.write(encoded)
