"""Request ids, figures and the access log."""

from __future__ import annotations

import asyncio
import logging
import re

import httpx
import pytest
from litestar.types import Message, Receive, Scope, Send

from application.catalogue.modules.queries import ModuleReader
from entrypoints.http.kit.observe import Metrics, Observed
from worlds.http import Api, World

MISSING = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"


class TestRequestIds:
    @pytest.mark.parametrize("id", ["a", "A-z_0", "x" * 64])
    async def test_a_fit_id_is_kept(self, empty_api: Api, id: str) -> None:
        response = await empty_api.get("/v1/nothing", headers={"x-request-id": id})
        assert (response.headers["x-request-id"], response.json()["request_id"]) == (id, id)

    @pytest.mark.parametrize("id", [None, "", "x" * 65, "a b", "a\nb", "ü", "<script>"])
    async def test_otherwise_there_is_a_new_one(self, empty_api: Api, id: str | None) -> None:
        headers = [] if id is None else [(b"x-request-id", id.encode())]
        seen = {(await empty_api.get("/v1/modules", headers=headers)).headers["x-request-id"] for _ in range(3)}
        assert len(seen) == 3
        assert all(re.fullmatch("[0-9a-f]{32}", each) for each in seen)


class TestFigures:
    async def test_requests_are_counted_by_template(self, world: World) -> None:
        api = Api.on(world.app())
        await api.get("/v1/modules")
        await api.get("/v1/modules")
        await api.get(f"/v1/modules/{MISSING}")
        await api.get("/v1/made-up")
        await api.request("BREW", "/v1/modules")
        response = await api.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain")
        for line in (
            'http_requests_total{method="GET",route="/v1/modules",status="200"} 2.0',
            'http_requests_total{method="GET",route="/v1/modules/{module_id}",status="404"} 1.0',
            'http_requests_total{method="GET",route="unmatched",status="404"} 1.0',
            'http_requests_total{method="other",route="unmatched",status="405"} 1.0',
            'http_request_duration_seconds_count{method="GET",route="/v1/modules"} 2.0',
            "http_requests_in_flight 1.0",
        ):
            assert line in response.text.splitlines()
        assert MISSING not in response.text
        assert "made-up" not in response.text
        assert "process_resident_memory_bytes" in response.text

    async def test_two_applications_count_apart(self, world: World) -> None:
        async with Api.on(world.app()) as one, Api.on(world.app()) as other:
            await one.get("/v1/modules")
            assert "/v1/modules" in (await one.get("/metrics")).text
            assert "/v1/modules" not in (await other.get("/metrics")).text


class TestAccessLog:
    async def test_a_line_has_the_template_and_nothing_private(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "unified_dental")
        await api.post("/v1/users", json={"email": "ana@example.com"}, headers={"x-request-id": "r-1"})
        await api.get(f"/v1/users/{MISSING}?q=private", headers={"x-request-id": "r-2"})
        await api.get("/v1/private", headers={"x-request-id": "r-3"})
        lines = [record.getMessage() for record in caplog.records if record.name == "unified_dental.access"]
        assert [re.sub(r"[0-9.]+ ms", "N ms", line) for line in lines] == [
            "POST /v1/users 201 N ms r-1",
            "GET /v1/users/{user_id} 422 N ms r-2",
            "GET unmatched 404 N ms r-3",
        ]
        assert "private" not in "".join(lines)
        assert "ana@" not in caplog.text

    async def test_bad_input_is_not_logged(self, api: Api, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, "unified_dental")
        await api.post("/v1/users", json={"email": "ana@private", "ssn": "078-05-1120"})
        assert "private" not in caplog.text
        assert "078-05" not in caplog.text


class TestWhenTheApplicationFails:
    async def test_an_error_outside_the_routing_is_a_problem_too(self) -> None:
        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            raise RuntimeError("secret")

        response = await get_from(Observed(broken, Metrics()))
        assert (response.status_code, response.json()["code"]) == (500, "internal-error")
        assert response.json()["request_id"] == response.headers["x-request-id"]
        assert "secret" not in response.text

    async def test_an_answer_that_has_begun_is_broken_off(self) -> None:
        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError("too late")

        with pytest.raises(RuntimeError, match="too late"):
            await get_from(Observed(broken, Metrics()))

    async def test_a_request_that_is_cancelled_is_counted(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "unified_dental.access")
        reading = asyncio.Event()

        class Endless:
            async def page(self, *_: object, **__: object) -> None:
                reading.set()
                await asyncio.Event().wait()

        world.objects[ModuleReader] = Endless()
        async with Api.on(world.app()) as api:
            request = asyncio.create_task(api.get("/v1/modules"))
            await reading.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            assert "http_requests_in_flight 1.0" in (await api.get("/metrics")).text
        assert "GET /v1/modules 503" in caplog.text

    async def test_other_protocols_pass(self) -> None:
        seen: list[str] = []

        async def inner(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["type"])

        async def receive() -> Message:
            raise AssertionError

        async def send(message: Message) -> None:
            raise AssertionError

        await Observed(inner, Metrics())({"type": "websocket"}, receive, send)  # type: ignore[arg-type]  # no more is looked at
        assert seen == ["websocket"]


async def get_from(app: Observed) -> httpx.Response:
    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {}
        await app(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://test") as client:  # type: ignore[arg-type]  # two spellings of ASGI
        return await client.get("/v1/modules")
