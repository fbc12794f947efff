"""Reports over HTTP, of the people of the recorded scenario."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from integration.running import authorization
from integration.scenario import Api, play

REPORTS = ("compliance", "overdue", "expiring", "forecast", "changes")
Asks = Callable[..., Awaitable[Any]]


async def reported(api: Api, path: str, who: str | None = None, **query: Any) -> Any:
    headers = {} if who is None else authorization(who, api.clock)
    return await api.client.get(f"/v1/reports/{path}", params=query, headers=headers)


async def _everything(api: Api) -> None:
    users = (await api.client.get("/v1/users?q=kim lee&limit=5")).json()["items"]
    kim = next(each["id"] for each in users if each["is_active"])
    for name in (*REPORTS, f"transcript/{kim}"):
        document = (await reported(api, name, as_of="2026-12-31")).json()
        assert (document["as_of"], document["known_at"]) == ("2026-12-31", document["watermark"])
        assert ("known_from" in document) == (name == "changes")
        known = {"known_to" if name == "changes" else "known_at": document["known_at"]}
        again = (await reported(api, name, as_of="2026-12-31", **known)).json()
        assert again["items"] == document["items"], name
        lines = list(csv.reader(io.StringIO((await reported(api, name, as_of="2026-12-31", format="csv")).text)))
        assert len(lines) == len(document["items"]) + 1, name
        answer = await reported(api, name, as_of="2026-12-31", format="xlsx")
        assert answer.headers["content-disposition"].endswith('-2026-12-31.xlsx"')
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        assert len(book.get_sheet_by_index(0).to_python()) == len(document["items"]) + 1, name

    counted = (await reported(api, "compliance", as_of="2026-12-31", group_by=["location", "requirement"])).json()
    rows = {(row["location_name"], row["requirement_code"]): row for row in counted["items"]}
    texas = rows["Waco Falls", "tx_radiographs"]
    assert (texas["people"], texas["met"] + texas["expiring"], texas["overdue"]) == (2, 1, 1)
    assert texas["met_percent"] == 50.0
    assert {rule["requirement_code"] for rule in counted["rules"]} >= {"bls_card", "tx_radiographs"}

    overdue = (await reported(api, "overdue", as_of="2026-12-31", format="json")).json()["items"]
    assert {row["full_name"] for row in overdue} >= {"Sam Roy", "Kim Lee"}
    why = next(row for row in overdue if row["requirement_code"] == "tx_radiographs")
    assert "state is TX" in why["clause"]

    transcript = (await reported(api, f"transcript/{kim}", as_of="2026-12-31")).json()["items"]
    assert [(row["day"], row["worth"], row["trainers"]) for row in transcript][:1] == [
        ("2026-04-24", "valid", ["Dana Whitfield, RDH"])
    ]
    assert transcript[0]["counts_for"] == ["tx_radiographs"]
    before = (await reported(api, f"transcript/{kim}", as_of="2026-04-19")).json()["items"]
    assert before == []


async def _lists(api: Api) -> None:
    """Lists by due day and by name are read to their ends, and take no cursor of another list."""
    users = (await api.client.get("/v1/users?q=kim lee&limit=5")).json()["items"]
    kim = next(each["id"] for each in users if each["is_active"])
    of_another = (await api.client.get("/v1/users?limit=1")).json()["next_cursor"]
    by_name = (await api.client.get("/v1/users?limit=1&sort=name")).json()["next_cursor"]
    for path in ("obligations", f"users/{kim}/obligations", "requirements/coverage"):
        whole = (await api.client.get(f"/v1/{path}?as_of=2026-12-31")).json()["items"]
        found, url = [], f"/v1/{path}?as_of=2026-12-31&limit=1"
        while url:
            answer = await api.client.get(url)
            found += answer.json()["items"]
            url = answer.headers.get("link", "<>").partition(">")[0].removeprefix("<")
        assert (len(found) > 1, found) == (True, whole), path
        for cursor in (of_another, *([] if path.endswith("coverage") else [by_name])):
            refused = await api.client.get(f"/v1/{path}?cursor={cursor}")
            assert [each["pointer"] for each in refused.json()["errors"]] == ["/cursor"], path


async def _others(api: Api) -> None:
    users = (await api.client.get("/v1/users?q=kim lee&limit=5")).json()["items"]
    kim = next(each["id"] for each in users if each["is_active"])
    assert (await reported(api, f"transcript/{kim}", "lou.diaz@example.com")).status_code == 404
    assert (await reported(api, "transcript/me", "lou.diaz@example.com")).json()["items"] == []
    for name in REPORTS:
        assert (await reported(api, name, "lou.diaz@example.com")).status_code == 403
    wrong = await reported(api, "changes", known_from="2026-03-02T00:00:00Z", known_to="2026-03-01T00:00:00Z")
    assert wrong.json()["errors"] == [
        {"in": "query", "pointer": "/known_to", "message": "must not be before `known_from`"}
    ]
    assert (await reported(api, "overdue", format="pdf")).status_code == 422


@pytest.mark.parametrize("url", ["memory://"])
async def test_what_reports_say_is_the_same_in_each_format_and_only_for_those_who_may_see_it(url: str) -> None:
    async def then(api: Api) -> None:
        await _everything(api)
        await _lists(api)
        await _others(api)

    await play(url, then)
