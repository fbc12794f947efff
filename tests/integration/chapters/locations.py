"""Locations: adding and naming them, and editing them from a day on. Their histories have moments of the store."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Stage

CEDAR_PARK: dict[str, Any] = {
    "code": "TX-CP",
    "name": "Cedar Park",
    "city": "Cedar Park",
    "state": "TX",
    "postal_code": "78613",
    "time_zone": "america/chicago",
    "opened_on": "2011-04-04",
}


async def play(api: Stage) -> None:
    added = await api("A location", "POST /v1/locations", CEDAR_PARK)
    one = added.headers["location"]
    await api("The code is taken", "POST /v1/locations", {**CEDAR_PARK, "code": "tx-cp", "name": "Leander"})
    await api("Another one", "POST /v1/locations", {**CEDAR_PARK, "code": "TX-LE", "name": "Leander"})
    await api("Without If-Match", f"PATCH {one}", {"city": "Austin"})
    await api("From today on", f"PATCH {one}", {"city": "Austin"}, if_match=added.headers["etag"])
    await api("Of an older version", f"PATCH {one}", {"city": "Leander"}, if_match=added.headers["etag"])
    earlier = {"from_day": "2015-01-01", "city": "Leander"}
    await api("The past, without a reason", f"PATCH {one}", earlier, if_match="*")
    await api("The past", f"PATCH {one}", {**earlier, "reason": "Typed wrong."}, if_match="*")
    planned = {"from_day": "2027-01-01", "code": "TX-CW", "name": "Cedar Park West"}
    await api("What is planned", f"PATCH {one}", planned, if_match="*")
    await api("The same again", f"PATCH {one}", planned, if_match="*")
    await api("Until then", f"GET {one}")
    await api("A code that another one has", f"PATCH {one}", {**planned, "code": "TX-LE"}, if_match="*")
    await api(
        "Before all days", f"PATCH {one}", {"from_day": "1949-12-31", "reason": "Old.", "city": "X"}, if_match="*"
    )
    await api("No reason at all", f"PATCH {one}", {"reason": " ", "city": "X"}, if_match="*")
    mapping = {"text": "cedar park west", "location_id": None}
    await api("A planned name stays", "POST /v1/location-names", mapping)
    await api("The history of no location", f"GET /v1/locations/{NOBODY}/history")
    await api("Of no day", f"GET {one}/history?as_of=2026-02-30")
