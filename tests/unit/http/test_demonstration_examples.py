"""The interactive page of the demonstration: whatever it fills in succeeds when it is sent unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from entrypoints.bootstrap import Service, bootstrap
from entrypoints.cli.demo import load
from entrypoints.cli.demo_examples import demonstration_of
from entrypoints.cli.main import DEMO
from entrypoints.cli.serving import application
from entrypoints.http.kit.demonstration import SIGN_IN
from entrypoints.settings import Settings


@dataclass
class Started:
    """A demonstration, which can be started again on the same data."""

    service: Service

    async def browser(self) -> httpx.AsyncClient:
        """A browser on this machine."""
        visitor = await load(self.service, DEMO, lambda line: None)
        app = application(self.service, visitor, demonstration=await demonstration_of(self.service))
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
        return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    monkeypatch.chdir(tmp_path)
    return Started(bootstrap(Settings(database_url=SecretStr("memory://"), costly_per_person=10_000)))


async def signed_in(browser: httpx.AsyncClient, person: str) -> dict[str, str]:
    answer = await browser.post(SIGN_IN, json={"person": person}, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def requests(page: dict[str, Any]) -> Iterator[tuple[str, httpx.Request]]:
    """What the page sends for each operation if nothing is changed in it."""
    for path, operations in page["paths"].items():
        for method, operation in operations.items():
            filled: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
            for parameter in operation.get("parameters", []):
                value = parameter.get("example", parameter["schema"].get("default"))
                assert value is not None or not parameter.get("required"), f"{operation['operationId']}: {parameter}"
                if value not in (None, []):
                    filled[parameter["in"]][parameter["name"]] = value
            content = None
            # The page sends the first of several media types.
            for media_type, body in [*operation.get("requestBody", {"content": {}})["content"].items()][:1]:
                filled["header"]["content-type"] = media_type
                content = body["example"] if isinstance(body["example"], str) else json.dumps(body["example"])
            url = "http://localhost" + path.format_map(filled["path"])
            yield (
                operation["operationId"],
                httpx.Request(method.upper(), url, params=filled["query"], headers=filled["header"], content=content),
            )


async def failures(browser: httpx.AsyncClient, *, backwards: bool = False) -> dict[str, str]:
    """What the administrator is answered to the examples that do not succeed."""
    sent = list(requests((await browser.get("/schema/page.json")).json()))
    assert len(sent) > 50
    token, failed = await signed_in(browser, "administrator"), {}
    for name, request in reversed(sent) if backwards else sent:
        request.headers.update(token)
        answer = await browser.send(request)
        if not answer.is_success:
            failed[name] = f"{request.method} {request.url}: {answer.status_code} {answer.text}"
    return failed


async def test_every_example_succeeds_from_top_to_bottom_and_again_after_a_restart(started: Started) -> None:
    assert await failures(await started.browser()) == {}
    assert await failures(await started.browser()) == {}


async def test_every_example_succeeds_from_bottom_to_top(started: Started) -> None:
    assert await failures(await started.browser(), backwards=True) == {}


async def test_there_are_people_for_the_examples_however_often_it_was_started(started: Started) -> None:
    await started.browser()
    for _ in range(6):
        await demonstration_of(started.service)
    assert await failures(await started.browser()) == {}
