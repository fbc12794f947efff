"""Certificates over HTTP: as JSON and as a PDF under one address, public and not, whatever text stands for a serial."""

from __future__ import annotations

from typing import Any

import pytest

from application.kernel.access import Actor
from application.people.sign_ins.identity import NotAuthenticated
from worlds.http import Api, World

SESSION = {
    "starts_at": "2026-03-02T08:00:00Z",
    "ends_at": "2026-03-02T09:00:00Z",
    "trainers": [{"name": "Dana Whitfield"}],
}
HOSTILE = [
    "x",
    "%00",
    "%00.pdf",
    ".pdf",
    "UD-7K3M",
    "x" * 10_000,
    "%F0%9F%A6%B7",
    "..",
    "%2e%2e%2f",
    "'%20OR%201=1--",
    "%ff",
]


async def nobody(request: Any) -> Actor:
    raise NotAuthenticated("Send a token.")


async def serial_in(api: Api, **module: Any) -> str:
    """The serial of a certificate from a session."""
    made = await api.published(**module)
    ana = await api.user(full_name="Ana Ruiz", job_title="Dental Assistant")
    held = await api.post(
        "/v1/sessions", json={**SESSION, "module_id": made["id"], "attendees": [{"user_id": ana["id"]}]}
    )
    assert held.status_code == 201, held.text
    (certificate,) = (await api.get(f"/v1/users/{ana['id']}/certificates")).json()["items"]
    return str(certificate["serial"])


async def test_the_address_with_a_suffix_is_the_document(api: Api) -> None:
    serial = await serial_in(api)
    shown = await api.get(f"/v1/certificates/{serial}")
    printed = await api.get(f"/v1/certificates/{serial}.pdf")
    assert (shown.headers["content-type"], shown.json()["serial"]) == ("application/json", serial)
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF-")
    assert int(printed.headers["content-length"]) == len(printed.content)


async def test_a_revoked_certificate_is_not_printed(api: Api) -> None:
    serial = await serial_in(api)
    await api.post(f"/v1/certificates/{serial}/revoke", json={"reason": "Issued for the wrong person."})
    refused = await api.get(f"/v1/certificates/{serial}.pdf")
    assert (refused.status_code, refused.json()["code"]) == (409, "certificate-revoked")
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("serial", HOSTILE)
@pytest.mark.parametrize("path", ["/v1/certificates/{}", "/v1/certificates/{}.pdf", "/v1/verify/{}"])
async def test_whatever_is_no_serial_has_no_certificate(empty_api: Api, path: str, serial: str) -> None:
    response = await empty_api.get(path.format(serial))
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("number", ["0", "-1", "01", "1.0", "1e3", "9" * 10_000, "2147483648", "x"])
async def test_whatever_is_no_number_has_no_version(api: Api, number: str) -> None:
    module = await api.published()
    for path in ("", "/changes?since=1"):
        response = await api.get(f"/v1/modules/{module['id']}/versions/{number}{path}")
        assert (response.status_code, response.json()["code"]) == (404, "version-not-found")


async def test_versions_are_compared_with_one_that_is_named(api: Api) -> None:
    module = await api.published()
    response = await api.get(f"/v1/modules/{module['id']}/versions/1/changes")
    assert response.status_code == 422
    assert response.json()["errors"] == [{"in": "query", "pointer": "/since", "message": "is missing"}]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer broken"}, {"authorization": "Basic eDp5"}])
async def test_only_what_is_public_needs_no_token(world: World, headers: dict[str, str]) -> None:
    await world.has_its_actor()
    async with world.client() as api:
        serial = await serial_in(api)
    async with world.client(authenticate=nobody) as anybody:
        verified = await anybody.get(f"/v1/verify/{serial}", headers=headers)
        assert (verified.status_code, verified.json()["state"]) == (200, "valid")
        for path in (f"/v1/certificates/{serial}", f"/v1/certificates/{serial}.pdf"):
            assert (await anybody.get(path, headers=headers)).status_code == 401


async def test_both_forms_of_an_address_know_the_same_methods(empty_api: Api) -> None:
    for serial in ("x", "x.pdf"):
        path = f"/v1/certificates/{serial}"
        assert (await empty_api.options(path)).headers["allow"] == "GET, HEAD, OPTIONS"
        refused = await empty_api.post(path)
        assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})


async def test_what_a_session_lacks_is_named(api: Api) -> None:
    module = await api.published(citation="29 CFR 1910.1030")
    ben = await api.user("ben@example.com")
    body = {**SESSION, "module_id": module["id"], "attendees": [{"user_id": ben["id"]}]}
    refused = await api.post("/v1/sessions", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "session-incomplete")
    assert refused.json()["errors"] == [
        {"in": "body", "pointer": pointer, "message": "is missing"}
        for pointer in ("/summary", "/trainers/0/qualifications", "/attendees/0/full_name", "/attendees/0/job_title")
    ]
