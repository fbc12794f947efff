"""The feed of events over HTTP: pages, answers that wait, and streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from application.delivery.feed.queries import Extract, FeedReader, Newest
from application.delivery.feed.tail import FeedTail
from application.kernel.units import StoreUnavailable
from domain.delivery.events import Place
from domain.delivery.feed import EventsGone
from entrypoints.http.kit.event_feed import Followers, accepts_stream
from entrypoints.http.kit.observe import STOPPING
from worlds.http import Api, World

EVENTS = "/v1/events"
STREAM = {"accept": "text/event-stream"}


async def names(api: Api, query: str = "") -> list[str]:
    return [each["name"] for each in (await api.get(f"{EVENTS}?{query}")).json()["items"]]


async def test_what_happens_is_read_in_its_order(api: Api) -> None:
    module = await api.published()
    page = (await api.get(EVENTS)).json()
    assert [each["name"] for each in page["items"]] == ["ModuleDrafted", "ModulePublished"]
    first = page["items"][0]
    assert {**first, "id": None, "cursor": None} == {
        "id": None,
        "name": "ModuleDrafted",
        "schema_version": 1,
        "occurred_at": "2026-03-02T12:00:00Z",
        "subject_id": module["id"],
        "learner_id": None,
        "actor": {"id": "00000000-0000-7000-8000-000000000001", "kind": "user"},
        "data": {"module_id": module["id"]},
        "cursor": None,
    }
    assert await names(api, f"after={first['cursor']}") == ["ModulePublished"]
    assert await names(api, f"after={page['next_cursor']}") == []
    assert await names(api, "name=ModulePublished&name=ModuleDrafted&limit=1") == ["ModuleDrafted"]
    await api.user()
    assert await names(api, f"after={page['next_cursor']}") == ["UsersRegistered"]


async def test_a_garbled_cursor_is_refused(api: Api) -> None:
    list_cursor = "AAGCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
    for query in (f"after={list_cursor}", "after=", "after=events.x", "name=Painted", "wait=31", "limit=0", "cursor=x"):
        refused = await api.get(f"{EVENTS}?{query}")
        (fault,) = refused.json()["errors"]
        assert (refused.status_code, fault["in"]) == (422, "query")
        assert fault["pointer"].split("/")[1] == query.partition("=")[0]
    beyond = await api.get(f"{EVENTS}?after=events.AAAAAAAAAAAAAAAAAAAACWAAAAA")
    assert (beyond.status_code, beyond.json()["code"]) == (410, "events-gone")
    assert "after=latest" in beyond.json()["detail"]
    foreign = await api.get(EVENTS, headers={**STREAM, "last-event-id": list_cursor})
    (fault,) = foreign.json()["errors"]
    assert (fault["in"], fault["pointer"]) == ("header", "/last-event-id")


async def test_an_answer_waits_for_the_first_event(api: Api) -> None:
    cursor = (await api.get(f"{EVENTS}?after=latest")).json()["next_cursor"]
    waiting = asyncio.create_task(api.get(f"{EVENTS}?after={cursor}&wait=30&name=UsersRegistered"))
    await asyncio.sleep(0)
    await api.module()  # wakes it, and is of another name
    await api.user()
    page = (await waiting).json()
    assert [each["name"] for each in page["items"]] == ["UsersRegistered"]
    assert await names(api, f"after={page['next_cursor']}") == []


async def test_events_that_are_there_are_not_waited_for(api: Api) -> None:
    await api.module()
    assert await names(api, "wait=30") == ["ModuleDrafted"]


class Listener:
    """A client of a stream, as a server would pass on what is sent."""

    def __init__(self, app: Any, headers: dict[str, str] | None = None, query: str = "", method: str = "GET") -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.leave = asyncio.Event()
        self.stopping = asyncio.Event()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.is_complete = False
        self._has_asked = False
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": EVENTS,
            "raw_path": EVENTS.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in {**STREAM, **(headers or {})}.items()],
            "client": ("192.0.2.1", 1),
            "server": ("test", 80),
            "state": {STOPPING: self.stopping},
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        if not self._has_asked:
            self._has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: Any) -> None:
        if event["type"] == "http.response.start":
            self.status, self.headers = event["status"], dict(event["headers"])
        else:
            await self.received.put(event["body"])
            self.is_complete = not event.get("more_body")

    async def next(self) -> list[dict[str, Any]]:
        """The events of the next part."""
        part = await self.received.get()
        lines = [line.removeprefix(b"data: ") for line in part.split(b"\n") if line.startswith(b"data: ")]
        return [msgspec.json.decode(line) for line in lines]


@asynccontextmanager
async def listening(app: Any, *args: Any, **options: Any) -> AsyncIterator[Listener]:
    listener = Listener(app, *args, **options)
    try:
        yield listener
    finally:
        listener.leave.set()
        await listener.task


class Interrupted:
    """The store's reader, whose reading fails as often as a test wants."""

    def __init__(self, feed: FeedReader) -> None:
        self._feed = feed
        self.failures: list[Exception] = []

    async def read(self, after: Place, names: Sequence[str], limit: int) -> Extract:
        if self.failures:
            raise self.failures.pop()
        return await self._feed.read(after, names, limit)

    async def newest(self) -> Newest:
        return await self._feed.newest()


class Stage:
    """A world whose changes reach all its listeners."""

    def __init__(self, **limits: Any) -> None:
        self.world = World()
        self.feed = self.world.objects[FeedReader] = Interrupted(self.world.objects[FeedReader])
        bus = self.world.bus()
        self.tail = FeedTail(self.feed)
        bus.listen(self.tail.stir)
        self.app = self.world.served(bus=bus, followers=Followers(self.tail, **limits))

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Api]:
        await self.world.has_its_actor()
        async with Api.on(self.app) as api:
            yield api


async def test_a_stream_sends_what_was_and_what_happens() -> None:
    stage = Stage()
    async with stage.api() as api:
        await api.module()
        async with listening(stage.app) as listener:
            assert [each["name"] for each in await listener.next()] == ["ModuleDrafted"]
            assert (listener.status, listener.headers[b"content-type"]) == (200, b"text/event-stream")
            assert listener.headers[b"cache-control"] == b"no-store"
            await api.user()
            (event,) = await listener.next()
            assert event["name"] == "UsersRegistered"
            assert not listener.is_complete
        await api.user("ben@example.com")
        async with listening(stage.app, {"last-event-id": event["cursor"]}, query="after=latest") as again:
            assert [each["id"] != event["id"] for each in await again.next()] == [True]


async def test_a_stream_begins_at_the_end_if_asked_to_and_names_its_place() -> None:
    stage = Stage()
    async with stage.api() as api:
        await api.module()
        async with listening(stage.app, query="after=latest&name=UsersRegistered") as listener:
            part = await listener.received.get()
            assert part.startswith(b"retry: 2000\n\nid: events.")
            assert b"data" not in part
            await api.module(title="Sharps")
            assert await listener.next() == []
            await api.user()
            assert [each["name"] for each in await listener.next()] == ["UsersRegistered"]


async def test_a_stream_reads_pages_as_long_as_there_are_some() -> None:
    stage = Stage()
    async with stage.api() as api:
        for number in range(5):
            await api.user(f"user{number}@example.com")
        async with listening(stage.app, query="limit=2") as listener:
            assert [len(await listener.next()) for _ in range(3)] == [2, 2, 1]


async def test_a_stream_ends_completely_when_the_service_stops() -> None:
    stage = Stage()
    async with listening(stage.app) as listener:
        await listener.next()
        listener.stopping.set()
        await listener.task
        assert listener.is_complete
        assert listener.headers[b"connection"] == b"close"


async def test_an_answer_that_waits_comes_when_the_service_stops() -> None:
    stage = Stage()
    async with listening(stage.app, {"accept": "application/json"}, query="wait=30") as listener:
        listener.stopping.set()
        page = msgspec.json.decode(await listener.received.get())
        assert (listener.status, page["items"]) == (200, [])


async def test_only_so_many_wait_at_a_time() -> None:
    stage = Stage(most=3, most_per_caller=2)
    async with stage.api() as api, listening(stage.app) as first:
        await first.next()
        async with listening(stage.app) as second:
            await second.next()
            refused = await api.get(EVENTS, headers=STREAM)
            assert (refused.status_code, refused.json()["code"]) == (429, "too-many-own-event-readers")
            assert (await api.get(f"{EVENTS}?wait=1")).status_code == 429
            assert refused.headers["retry-after"] == "5"
            assert (await api.get(EVENTS)).status_code == 200
        async with listening(stage.app) as third:
            await third.next()
            assert third.status == 200
    narrow = Stage(most=1)
    async with narrow.api() as api, listening(narrow.app) as only:
        await only.next()
        full = await api.get(EVENTS, headers=STREAM)
        assert (full.status_code, full.json()["code"]) == (503, "too-many-event-readers")


async def test_a_stream_goes_on_when_the_database_answers_again() -> None:
    stage = Stage(pause=0)
    async with stage.api() as api, listening(stage.app) as listener:
        await listener.next()
        stage.feed.failures = [StoreUnavailable(), StoreUnavailable()]
        await api.module()
        assert [each["name"] for each in await listener.next()] == ["ModuleDrafted"]
        assert not stage.feed.failures


async def test_a_stream_ends_when_its_place_is_gone_so_that_the_client_finds_out() -> None:
    stage = Stage()
    async with stage.api() as api, listening(stage.app) as listener:
        await listener.next()
        stage.feed.failures = [EventsGone()]
        await api.module()
        await listener.task
        assert listener.is_complete


async def test_a_silent_stream_has_comments_and_an_end() -> None:
    stage = Stage(heartbeat=0)
    async with listening(stage.app) as listener:
        await listener.next()
        assert [await listener.received.get() for _ in range(3)] == [b": nothing new\n\n"] * 3
    brief = Stage(longest=0)
    async with listening(brief.app) as listener:
        await listener.task
        assert listener.is_complete


async def test_the_head_of_a_stream_is_no_stream() -> None:
    stage = Stage()
    async with listening(stage.app, method="HEAD") as listener:
        await listener.task
        assert (listener.status, listener.is_complete) == (200, True)


@pytest.mark.parametrize(
    ("accept", "is_asked"),
    [
        *(("text/event-stream", True), ("Text/Event-Stream; q=1", True), ("application/json, text/event-stream", True)),
        *(("*/*", False), ("text/*", False), ("", False), ("application/json", False)),
    ],
)
def test_a_stream_is_for_those_who_ask_for_it(accept: str, *, is_asked: bool) -> None:
    assert accepts_stream(accept) is is_asked


class Unsteady:
    """A store that fails at first, counts how often it is asked, and has one more event each time."""

    def __init__(self) -> None:
        self.asked = 0

    async def newest(self) -> Newest:
        self.asked += 1
        if self.asked == 1:
            raise StoreUnavailable
        return Newest(Place(0, self.asked))

    async def read(self, *_: Any) -> Any:
        raise AssertionError("nobody reads")


async def test_one_look_is_enough_for_everybody_and_a_failure_is_no_end() -> None:
    store = Unsteady()
    tail = FeedTail(store, poll=0)
    await asyncio.gather(*(tail.beyond(Place(0, 0)) for _ in range(50)))
    assert store.asked == 2
    left = tail.beyond(Place(0, 1_000))
    await tail.beyond(Place(0, 3))
    left.cancel()
    asked = store.asked
    await asyncio.gather(*(tail.beyond(Place(0, asked)) for _ in range(10)))
    assert store.asked == asked + 1
