"""Job codes over HTTP."""

from __future__ import annotations

from worlds.http import Api


async def test_the_table_is_replaced_with_its_version(api: Api) -> None:
    shown = await api.get("/v1/job-codes")
    codes = shown.json()["job_codes"]
    assert codes[0] == {"code": "dentist", "name": "Dentist", "retired": False}
    changed = {"job_codes": [*codes, {"code": "radiographer", "name": "Radiographer"}]}
    assert (await api.put("/v1/job-codes", json=changed)).status_code == 428
    kept = await api.put("/v1/job-codes", json=changed, headers={"if-match": shown.headers["etag"]})
    assert (kept.status_code, kept.json()["version"], kept.json()["job_codes"][-1]["code"]) == (200, 2, "radiographer")
    late = await api.put("/v1/job-codes", json=changed, headers={"if-match": shown.headers["etag"]})
    assert late.status_code == 412
    twice = {"job_codes": [codes[0], codes[0]]}
    wrong = await api.put("/v1/job-codes", json=twice, headers={"if-match": kept.headers["etag"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/job_codes/1/code")


async def test_titles_from_unmapped_to_mapped_and_back(api: Api) -> None:
    person = {"email": "ana@example.com", "job_title": "Dental Hygienist"}
    user = (await api.post("/v1/users", json=person)).json()
    assert user["job_code"] is None
    unmapped = {"items": [{"title": "Dental Hygienist", "people": 1}], "titles": 1, "people": 1}
    assert (await api.get("/v1/job-titles/unmapped")).json() == unmapped

    wrong = await api.post("/v1/job-titles", json={"title": "Dental Hygienist", "job_code": "hygienists"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/job_code")
    mapping = {"title": "dental hygienist", "job_code": "hygienist"}
    assert (await api.post("/v1/job-titles", json=mapping)).json() == {**mapping, "people": 1}
    (mapped,) = (await api.get("/v1/job-titles?job_code=hygienist")).json()["items"]
    assert (mapped["title"], mapped["job_code"]) == ("dental hygienist", "hygienist")
    assert [each["id"] for each in (await api.get("/v1/users?job_code=hygienist")).json()["items"]] == [user["id"]]

    table = await api.get("/v1/job-codes")
    fewer = {"job_codes": [each for each in table.json()["job_codes"] if each["code"] != "hygienist"]}
    refused = await api.put("/v1/job-codes", json=fewer, headers={"if-match": table.headers["etag"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "job-code-in-use")

    taken_back = await api.post("/v1/job-titles", json={"title": "Dental Hygienist", "job_code": None})
    assert taken_back.json()["people"] == 1
    assert (await api.get("/v1/job-titles/unmapped")).json() == unmapped
    assert (await api.get(f"/v1/users/{user['id']}")).json()["job_code"] is None
