"""People: registering, editing, finding and deactivating them, and the roster."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Sends, Stage

ANA: dict[str, Any] = {
    "email": "Ana.Ruiz@example.com",
    "full_name": "Ana Ruíz",
    "department": "Hygiene",
    "job_title": "Dental Hygienist",
    "location": "Austin North",
    "hired_on": "2026-03-02",
    "profile_metadata": {
        "license": {"state": "TX", "number": 4711, "active": True},
        "languages": ["es", "en"],
        "height": 1.7,
        "note": None,
    },
}
ROSTER = """\
email,full_name,department,job_title,location,hired_on,license_state
li.wei@example.com,Li Wei,Claims,Claims Specialist,Remote,2025-11-17,
ANA.RUIZ@example.com,,Hygiene,Lead Hygienist,,,TX
"O'Brien@example.com","Émile O’Brien, RDH",Front Desk,,Austin South,2024-02-29,OK
"""
BAD_ROSTER = """\
email,department,hired_on
kim@example.com,Claims,2026-01-05
kim.example.com,Claims,2026-01-05
lee@example.com,Claims,05.01.2026
lee@example.com,Billing
,Billing,
KIM@example.com,Billing,2026-01-06
"""
CSV = {"content_type": "text/csv; charset=utf-8"}


async def play(api: Stage) -> None:
    ana = await _register(api)
    await _import(api)
    await _find(api)
    await _deactivate(api, ana)


async def _register(api: Sends) -> str:
    await api("The caller", "GET /v1/users/me")
    ana = await api("A person", "POST /v1/users", ANA)
    one = ana.headers["location"]
    await api("The address is taken", "POST /v1/users", {"email": "ana.ruiz@EXAMPLE.com"})
    await api("The address alone", "POST /v1/users", {"email": "ben@example.com"})
    await api(
        "Not a person",
        "POST /v1/users",
        {"email": "ana", "full_name": " ", "hired_on": "2026-02-30", "role": "boss", "is_active": False},
    )
    found = await api("Found", f"GET {one}")
    await api("Not modified", f"GET {one}", if_none_match=found.headers["etag"])
    await api("No such person", f"GET /v1/users/{NOBODY}")
    await api("Change whom?", f"PATCH {one}", {"department": "Front Desk"})
    await api("Promoted", f"PATCH {one}", {"role": "manager", "location": None}, if_match='"1"')
    await api("Changed meanwhile", f"PATCH {one}", {"role": "author"}, if_match='"1"')
    await api("Other metadata", f"PATCH {one}", {"profile_metadata": {"badge": "ñ-7"}}, if_match='"2"')
    await api("Someone's address", f"PATCH {one}", {"email": "ben@example.com"}, if_match='"3"')
    await api("A new address", f"PATCH {one}", {"email": "Ana@example.com"}, if_match='"3"')
    back = {"email": "ana.ruiz@example.com", "profile_metadata": ANA["profile_metadata"]}
    await api("As it was", f"PATCH {one}", back, if_match='"4"')
    await api("Too large a number", f"PATCH {one}", {"profile_metadata": {"n": -(2**63) - 1}}, if_match="*")
    await api("Nobody to change", f"PATCH /v1/users/{NOBODY}", {"role": "author"}, if_match="*")
    return one


async def _import(api: Sends) -> None:
    await api("The roster", "POST /v1/users/import", ROSTER, **CSV, idempotency_key="roster-1")
    await api("Sent again with its key", "POST /v1/users/import", ROSTER, **CSV, idempotency_key="roster-1")
    await api("Another file under the key", "POST /v1/users/import", BAD_ROSTER, **CSV, idempotency_key="roster-1")
    await api("The roster again", "POST /v1/users/import?partial=false", ROSTER, **CSV)
    moved = ROSTER.replace("Front Desk", "Billing")
    await api("Somebody has moved", "POST /v1/users/import", moved, **CSV)
    await api("Bad lines", "POST /v1/users/import", BAD_ROSTER, **CSV)
    await api("Without the bad lines", "POST /v1/users/import?partial=true", BAD_ROSTER, **CSV)
    await api("No address column", "POST /v1/users/import", "name\nKim\n", **CSV)
    await api("An empty file", "POST /v1/users/import", "", **CSV)
    await api("A workbook", "POST /v1/users/import", "PK", content_type="application/vnd.ms-excel")
    await api("Partial or what?", "POST /v1/users/import?partial=maybe&dry=true", ROSTER, **CSV)
    await api("Only a header", "POST /v1/users/import", "email\n", **CSV)


async def _find(api: Sends) -> None:
    page = await api("Three people", "GET /v1/users?limit=3")
    while page.body["next_cursor"]:
        page = await api("Three more", f"GET {page.headers['link'][1:].split('>')[0]}")
    await api("Of two departments", "GET /v1/users?department=Hygiene&department=Billing")
    await api("Of no department of ours", "GET /v1/users?department=hygiene")
    await api("By name in whatever case", "GET /v1/users?q=%C3%89MILE")
    await api("By address", "GET /v1/users?q=LI.WEI")
    await api("An underscore is no pattern", "GET /v1/users?q=li_wei")
    await api("By what the roster said", "GET /v1/users?metadata=license_state:TX")
    await api("By a path", "GET /v1/users?metadata=license.state:TX")
    await api("A number is not its digits", "GET /v1/users?metadata=license.number:4711")
    await api("Nor is true a word", "GET /v1/users?metadata=license.active:true")
    await api("A list is not its items", "GET /v1/users?metadata=languages:es")
    await api("Nothing there", "GET /v1/users?metadata=license.state.x:TX")
    await api("Not a condition", "GET /v1/users?metadata=license")
    await api("Not yes or no", "GET /v1/users?is_active=1")
    await api("All at once", "GET /v1/users?is_active=true&department=Hygiene&q=ana&metadata=license.state:TX")


async def _deactivate(api: Sends, ana: str) -> None:
    people = await api("Those at the desk", "GET /v1/users?department=Claims&limit=200")
    leavers = [person["id"] for person in people.body["items"]]
    body = {"user_ids": [*leavers, leavers[0], NOBODY]}
    await api("They leave", "POST /v1/users/deactivate", body)
    await api("They have left", "POST /v1/users/deactivate", body)
    await api("Nobody leaves", "POST /v1/users/deactivate", {"user_ids": []})
    await api("Not an id", "POST /v1/users/deactivate", {"user_ids": ["me"]})
    await api("Who has left", "GET /v1/users?is_active=false")
    await api("Left and back", f"PATCH /v1/users/{leavers[0]}", {"is_active": True}, if_match='"2"')
    await api("Ana stays", f"GET {ana}")
