"""A title that certificates cannot print is refused when its module is published, not when it is completed."""

from __future__ import annotations

import pytest

from worlds.http import Api

LESSON = {"title": "Why", "content": {"kind": "lesson", "markdown": "Wash."}}


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ({"title": "Hand hygiene 🧼"}, "Certificates cannot print 🧼 (U+1F9FC) of the title."),
        ({"title": "Hand hygiene", "citation": "法 1910"}, "Certificates cannot print 法 (U+6CD5) of the citation."),
    ],
)
async def test_it_is_refused_by_name_and_published_once_corrected(api: Api, module: dict[str, str], told: str) -> None:
    made = await api.post("/v1/modules", json={"sections": [LESSON], **module})
    assert made.status_code == 201
    address = made.headers["location"]
    refused = await api.post(f"{address}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "module-not-ready")
    assert refused.json()["detail"] == f"{told} Write it differently, then publish."
    corrected = {"title": "Hand hygiene: Zażółć gęślą jaźń", "citation": None}
    await api.patch(address, json=corrected, headers={"if-match": made.headers["etag"]})
    assert (await api.post(f"{address}/publish")).status_code == 200
