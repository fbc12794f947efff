"""Importing a roster over HTTP."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from adapters.files.roster import FileRoster
from application.people.roster_lines import RosterReadAs
from domain.people.roster_mapping import AS_WRITTEN
from kit.workbooks import workbook_of
from worlds.http import Api, World

CSV = {"content-type": "text/csv"}
ROSTER = "email,full_name,department,shoe_size\nana@example.com,Ana,Hygiene,38\nben@example.com,Ben,,\n"
BAD = "email,hired_on\nana@example.com,in March\nana,\nben@example.com,\n"


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Uploads land here, and nothing is left of them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def counts(answer: Any) -> tuple[int, int, int]:
    return answer["created"], answer["updated"], answer["unchanged"]


async def test_a_dry_run_changes_nothing(api: Api) -> None:
    shown = await api.post("/v1/users/import?dry_run=true", content=ROSTER, headers=CSV)
    assert (shown.status_code, counts(shown.json())) == (200, (2, 0, 0))
    assert [line["outcome"] for line in shown.json()["lines"]] == ["created", "created"]
    assert counts((await api.post("/v1/users/import", content=ROSTER, headers=CSV)).json()) == (2, 0, 0)


async def test_people_are_created_and_updated(api: Api) -> None:
    created = await api.post("/v1/users/import", content=ROSTER, headers={"content-type": "Text/CSV; charset=utf-8"})
    assert (created.status_code, counts(created.json())) == (200, (2, 0, 0))
    assert [created.json()[name] for name in ("problems", "columns", "unprintable", "lines")] == [[], [], [], []]
    changed = await api.post("/v1/users/import", content=ROSTER.replace("Ben,", "Benjamin,"), headers=CSV)
    assert counts(changed.json()) == (0, 1, 1)
    (ana,) = (await api.get("/v1/users?q=ana@")).json()["items"]
    assert (ana["department"], ana["profile_metadata"]) == ("Hygiene", {"shoe_size": "38"})


async def test_people_have_a_line_for_each_position(api: Api) -> None:
    lines = [f"ana@example.com,{place},2024-01-02,{says}\n" for place, says in (("Austin", "Y"), ("Dallas", "N"))]
    csv = f"email,location,hired_on,primary position\n{''.join(lines)}"
    answer = (await api.post("/v1/users/import", content=csv, headers=CSV)).json()
    assert (counts(answer), answer["secondary"]) == ((1, 0, 0), 1)
    (ana,) = (await api.get("/v1/users?q=ana@")).json()["items"]
    positions = (await api.get(f"/v1/users/{ana['id']}/positions")).json()["items"]
    held = {(each["location"], each["is_primary"], each["starts_on"], each["source"]) for each in positions}
    assert held == {("Austin", True, "2024-01-02", "roster"), ("Dallas", False, "2024-01-02", "roster")}


async def test_columns_with_other_names_are_read_and_said(api: Api) -> None:
    csv = 'Email,Full Name,Department,Job Title,Hired On\nana@example.com,"Ana Garcia, RDH",Hygiene,RDH,2024-01-02\n'
    answer = (await api.post("/v1/users/import", content=csv, headers=CSV)).json()
    assert answer["columns"] == [
        {"header": "full name", "read_as": "full_name"},
        {"header": "job title", "read_as": "job_title"},
        {"header": "hired on", "read_as": "hired_on"},
    ]
    (ana,) = (await api.get("/v1/users?q=ana@")).json()["items"]
    assert (ana["full_name"], ana["job_title"], ana["hired_on"]) == ("Ana Garcia, RDH", "RDH", "2024-01-02")
    assert ana["profile_metadata"] == {}


async def test_a_problem_names_the_column_as_the_file_does(api: Api) -> None:
    csv = "Email,Date of Hire\nana@example.com,01/02/2024\n"
    errors = (await api.post("/v1/users/import", content=csv, headers=CSV)).json()["errors"]
    ((error),) = errors
    assert (error["line"], error["column"]) == (2, "date of hire")
    assert error["message"].startswith("must be a date such as 2026-03-31, and is '01/02/2024'. Say in a mapping")


async def test_names_that_certificates_cannot_print_are_taken_and_reported(api: Api) -> None:
    csv = "email,name\nwei@example.com,王 Wei\nminh@example.com,Nguyễn Thị Ánh\n".encode()
    answer = (await api.post("/v1/users/import", content=csv, headers=CSV)).json()
    told = "has 王, which certificates replace or leave out"
    assert answer["unprintable"] == [{"line": 2, "column": "name", "message": told}]
    assert (answer["created"], answer["problems"]) == (2, [])


async def test_dates_with_the_hyphens_of_word_processors_are_read(api: Api) -> None:
    csv = "email,hired_on\nana@example.com,2024\u201101\u201302\n".encode()
    assert (await api.post("/v1/users/import", content=csv, headers=CSV)).json()["created"] == 1


@pytest.mark.parametrize("cell", ["Terminated", "On leave", "Inactive"])
async def test_nobody_who_has_left_is_made_active(api: Api, cell: str) -> None:
    csv = f"email,full_name,status\nlea@example.com,Lea Left,{cell}\nana@example.com,Ana,Active\n"
    refused = await api.post("/v1/users/import", content=csv, headers=CSV)
    assert refused.status_code == 422
    ((error),) = refused.json()["errors"]
    assert (error["line"], error["column"]) == (2, "status")
    assert error["message"].startswith(f"is {cell!r}, and a roster lists only people who work here now.")
    assert (await api.post("/v1/users/import?partial=true", content=csv, headers=CSV)).json()["created"] == 1
    assert (await api.get("/v1/users?q=lea")).json()["items"] == []
    (ana,) = (await api.get("/v1/users?q=ana@")).json()["items"]
    assert (ana["is_active"], ana["profile_metadata"]) == (True, {"status": "Active"})


@pytest.mark.parametrize("charset", ["windows-1252", '"Windows-1252"', "ISO-8859-1"])
async def test_a_charset_can_be_said(api: Api, charset: str) -> None:
    headers = {"content-type": f"text/csv; header=present; charset={charset}"}
    csv = "email,full_name\nzoe@example.com,Zoë Núñez\n".encode("cp1252")
    assert (await api.post("/v1/users/import", content=csv, headers=headers)).status_code == 200
    (zoe,) = (await api.get("/v1/users?q=zoe")).json()["items"]
    assert zoe["full_name"] == "Zoë Núñez"


@pytest.mark.parametrize("charset", ["ebcdic", "utf-7", "", "utf-8; charset=windows-1252", '"', "*=utf-8''x"])
async def test_other_charsets_are_refused_or_passed_over_and_nothing_breaks(api: Api, charset: str) -> None:
    answer = await api.post(
        "/v1/users/import", content=ROSTER, headers={"content-type": f"text/csv; charset={charset}"}
    )
    assert answer.status_code in (200, 415)
    if charset in ("ebcdic", "utf-7"):
        assert answer.status_code == 415
        assert "windows-1252" in answer.json()["detail"]


async def test_the_same_bytes_in_another_charset_are_another_request(api: Api) -> None:
    keyed = {"idempotency-key": "roster-april"}
    await api.post("/v1/users/import", content=ROSTER, headers=keyed | CSV)
    other = {"content-type": "text/csv; charset=windows-1252"}
    answer = await api.post("/v1/users/import", content=ROSTER, headers=keyed | other)
    assert answer.json()["code"] == "idempotency-key-reused"


async def test_it_may_arrive_in_pieces(api: Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for index in range(0, len(ROSTER), 7):
            yield ROSTER[index : index + 7].encode()

    response = await api.post("/v1/users/import", content=pieces(), headers=CSV)
    assert response.json()["created"] == 2


async def test_bad_lines_refuse_the_whole_file(api: Api) -> None:
    response = await api.post("/v1/users/import", content=BAD, headers=CSV)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "roster-rejected")
    assert problem["errors"] == [
        {"line": 2, "column": "hired_on", "message": "must be a date such as 2026-03-31"},
        {"line": 3, "column": "email", "message": "must be an e-mail address such as ana@example.com"},
    ]
    assert len((await api.get("/v1/users")).json()["items"]) == 1


async def test_good_lines_can_be_taken_alone(api: Api) -> None:
    response = await api.post("/v1/users/import?partial=true", content=BAD, headers=CSV)
    assert response.status_code == 200
    assert response.json()["created"] == 1
    assert [problem["line"] for problem in response.json()["problems"]] == [2, 3]


async def test_no_more_than_a_thousand_bad_lines_are_named(empty_api: Api) -> None:
    response = await empty_api.post("/v1/users/import", content="email\n" + "x\n" * 1_500, headers=CSV)
    assert len(response.json()["errors"]) == 1_000
    assert response.json()["detail"].startswith("1500 problem(s)")


@pytest.mark.parametrize("content", ["", "full_name\nAna\n"])
async def test_a_file_without_a_header_is_unreadable(empty_api: Api, content: str) -> None:
    response = await empty_api.post("/v1/users/import", content=content, headers=CSV)
    assert (response.status_code, response.json()["code"]) == (422, "roster-unreadable")


@pytest.mark.parametrize("media_type", [None, "application/json", "text/plain", "text/csvx"])
async def test_other_media_types_are_unsupported(empty_api: Api, media_type: str | None) -> None:
    headers = {"content-type": media_type} if media_type else {}
    response = await empty_api.post("/v1/users/import", content=ROSTER.encode(), headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")
    assert "text/csv" in response.json()["detail"]


@pytest.mark.parametrize(
    ("query", "pointer"), [("partial=yes", "/partial"), ("file=x", "/file"), ("partial=true&partial=true", "/partial")]
)
async def test_parameters_are_checked(empty_api: Api, query: str, pointer: str) -> None:
    response = await empty_api.post(f"/v1/users/import?{query}", content=ROSTER, headers=CSV)
    assert response.status_code == 422
    assert [(error["in"], error["pointer"]) for error in response.json()["errors"]] == [("query", pointer)]


async def test_the_file_is_read_from_disk(world: World) -> None:
    opened: list[Path] = []

    def open_file(path: Path, charset: str, read_as: RosterReadAs) -> FileRoster:
        assert path.read_text() == ROSTER
        opened.append(path)
        return FileRoster(path)

    async with world.client(roster_file=open_file) as api:
        await api.post("/v1/users/import", content=ROSTER, headers=CSV)
    assert len(opened) == 1
    assert not opened[0].exists()


async def test_more_than_a_mebibyte_is_taken_and_more_than_64_is_not(api: Api) -> None:
    line = "email\nana@example.com\n"
    response = await api.post("/v1/users/import", content=line + "\n" * 2**20, headers=CSV)
    assert response.status_code == 200
    headers = {**CSV, "content-length": str(64 * 2**20 + 1)}
    response = await api.post("/v1/users/import", content=line, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


WORKBOOK = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MAPPING = "dates: MM/DD/YYYY\ncolumns:\n  Worker: last_name, first_name\n  Mail: email\n"


@pytest.fixture
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workbook as an HR system writes it."""
    rows = [("Worker", "Mail", "Hire Date"), ("Ruiz, Ana", "ana@example.com", "03/02/2026")]
    return workbook_of(tmp_path_factory.mktemp("report") / "a.xlsx", {"Cover": [("x",)], "Data": rows}).read_bytes()


class TestWorkbooks:
    async def test_a_workbook_is_read_by_the_sheet_and_the_mapping_that_the_address_gives(
        self, api: Api, report: bytes
    ) -> None:
        said = {"sheet": "data", "mapping": MAPPING}
        answer = await api.post("/v1/users/import", params=said, content=report, headers=WORKBOOK)
        assert (answer.status_code, answer.json()["created"]) == (200, 1)
        assert {"header": "worker", "read_as": "full_name"} in answer.json()["columns"]
        (ana,) = (await api.get("/v1/users?q=ana@")).json()["items"]
        assert (ana["full_name"], ana["hired_on"]) == ("Ana Ruiz", "2026-03-02")

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ({"sheet": "Stuff"}, "The workbook has no sheet named 'Stuff'; its sheets are 'Cover', 'Data'."),
            ({"mapping": "\ndates: soon\n"}, "mapping:2: dates: must have YYYY, MM or MMM (a name), and DD"),
        ],
    )
    async def test_what_they_get_wrong_is_a_roster_that_cannot_be_read(
        self, empty_api: Api, report: bytes, said: dict[str, str], told: str
    ) -> None:
        answer = await empty_api.post("/v1/users/import", params=said, content=report, headers=WORKBOOK)
        assert (answer.status_code, answer.json()["code"]) == (422, "roster-unreadable")
        assert answer.json()["detail"].startswith(told)

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [("sheet=", "/sheet"), ("mapping=" + "x" * 4_001, "/mapping"), ("sheet=a&sheet=b", "/sheet")],
    )
    async def test_they_have_limits(self, empty_api: Api, report: bytes, query: str, pointer: str) -> None:
        answer = await empty_api.post(f"/v1/users/import?{query}", content=report, headers=WORKBOOK)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])

    async def test_another_mapping_is_another_request(self, api: Api) -> None:
        await api.post("/v1/users/import", content=ROSTER, headers=KEYED)
        response = await api.post(
            "/v1/users/import", params={"mapping": "others: ignore"}, content=ROSTER, headers=KEYED
        )
        assert response.json()["code"] == "idempotency-key-reused"

    async def test_half_a_workbook_changes_nothing(self, api: Api, report: bytes) -> None:
        answer = await api.post("/v1/users/import", content=report[: len(report) // 2], headers=WORKBOOK)
        assert (answer.status_code, answer.json()["code"]) == (422, "roster-unreadable")
        assert len((await api.get("/v1/users")).json()["items"]) == 1


KEYED = {**CSV, "idempotency-key": "roster-march"}


class TestRepeating:
    async def test_the_same_file_is_imported_once(self, api: Api) -> None:
        first = await api.post("/v1/users/import", content=ROSTER, headers=KEYED)
        again = await api.post("/v1/users/import", content=ROSTER, headers=KEYED)
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")

    async def test_another_file_is_another_request(self, api: Api) -> None:
        await api.post("/v1/users/import", content=ROSTER, headers=KEYED)
        response = await api.post("/v1/users/import", content=ROSTER + "x\n", headers=KEYED)
        assert response.json()["code"] == "idempotency-key-reused"

    async def test_a_refusal_is_repeated_with_its_lines(self, api: Api) -> None:
        first = await api.post("/v1/users/import", content=BAD, headers=KEYED)
        again = await api.post("/v1/users/import", content=BAD, headers=KEYED)
        assert (again.status_code, again.content) == (422, first.content)
        assert first.json()["errors"]


async def test_a_file_of_very_many_bad_lines_is_not_read_to_its_end(empty_api: Api) -> None:
    for query in ("", "?partial=true"):
        answer = await empty_api.post(f"/v1/users/import{query}", content="email\n" + "x\n" * 11_500, headers=CSV)
        assert (answer.status_code, answer.json()["code"]) == (422, "roster-unreadable")
        assert "More than 10,000 lines are invalid" in answer.json()["detail"]


async def test_others_are_served_while_a_file_is_read(world: World) -> None:
    reading, go_on = Event(), Event()

    class Slow:
        mapping = AS_WRITTEN

        def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
            reading.set()
            assert go_on.wait(timeout=20)
            yield 2, {"email": "ana@example.com"}

    async with world.client(roster_file=lambda *said: Slow()) as api:
        await world.has_its_actor()
        importing = asyncio.ensure_future(api.post("/v1/users/import", content=ROSTER, headers=CSV))
        await asyncio.to_thread(reading.wait, 20)
        assert (await api.get("/health/live")).status_code == 200
        go_on.set()
        assert (await importing).json()["created"] == 1
