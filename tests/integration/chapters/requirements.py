"""Requirements: drafting, approving by a second person, changing and retiring them."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Stage

ALL = "/v1/requirements"
TERMS: dict[str, Any] = {
    "audience": {
        "all": [
            {"field": "state", "is": "tx"},
            {"not": {"metadata": ["license", "state"], "absent": True}},
            {"any": [{"field": "days_since_hire", "at_least": 30.0}, {"metadata": ["height"], "less_than": 1.75}]},
        ]
    },
    "fulfillment": {
        "kind": "hours",
        "hours": 25.50,
        "categories": ["infection-control", "life-support", "law"],
        "minima": [{"category": "infection-control", "hours": 2}],
        "caps": [{"category": "life-support", "hours": 4.25}],
        "live": 1e1,
    },
    "first_due": {"kind": "at_period_end"},
    "repeats": {"kind": "each_period", "first_day": "2025-07-01", "months": 24},
    "relief": {"delay": True, "extension_days": 60, "days_after_leave": 14},
    "citation": {
        "text": "Cal. Code Regs. tit. 16 § 1017 “Zahnärztin”",
        "basis": "regulation",
        "jurisdiction": "CA",
        "source": "https://example.com/1017",
    },
    "retention": {"years": 6, "counted_from": "last_in_effect"},
    "blocks": ["take_radiographs"],
}
NEW = {
    "code": "ce_units",
    "title": "Continuing  education\u00a0units",
    "effective_on": "2026-05-01",
    "note": "As the board asks.\r\nSecond line.",
    "terms": TERMS,
}


async def play(api: Stage) -> None:
    second = await api("A second officer", "POST /v1/users", {"email": "officer@example.com", "role": "compliance"})
    assert second.body["role"] == "compliance"
    officer = api.signed_in("officer@example.com")

    added = await api("A requirement", f"POST {ALL}", NEW)
    one = added.headers["location"]
    await api("The code is taken", f"POST {ALL}", NEW)
    await api("Not a requirement", f"POST {ALL}", {"code": "A b", "title": "", "terms": {"audience": []}})
    wrong = {**TERMS, "audience": {"field": "location", "is": NOBODY}}
    await api("A place that is none", f"POST {ALL}", {**NEW, "code": "other", "terms": wrong})
    await api("Waiting for an approval", f"GET {ALL}?has_draft=true")
    await officer("Not read", f"POST {one}/versions/1/approve")
    await officer("Not verified", f"POST {one}/versions/1/approve", if_match=added.headers["etag"])
    approve = f"POST {one}/versions/1/approve"
    await api("One's own", approve, {"acknowledge": True}, if_match=added.headers["etag"])
    await officer("Approved", approve, {"acknowledge": True}, if_match=added.headers["etag"])
    await officer("Approved before", approve, {"acknowledge": True}, if_match="*")

    change = {"effective_on": "2027-01-01", "note": "Life support does not count.", "running": "take"}
    drafted = await api("A change is a draft", f"PATCH {one}", change, if_match="*")
    await api("Approved versions have their order", f"PATCH {one}", {"effective_on": "2026-05-01"}, if_match="*")
    await api("A second draft", f"POST {one}/versions", {**change, "terms": TERMS})
    await api("Another day", f"PATCH {one}", {"transition_days": 60}, if_match=drafted.headers["etag"])
    await api("The draft", f"GET {one}/versions/2")
    await api("What is approved stays", f"DELETE {one}/versions/1", if_match="*")
    await api("Discarded", f"DELETE {one}/versions/2", if_match="*")
    await api("Gone", f"GET {one}/versions/2")
    await officer("Another version", f"POST {one}/versions", {**change, "terms": TERMS})
    named = {"requirement_id": added.body["id"], "number": 2}
    await api("What it would change", f"POST {ALL}/preview", named)
    everybody = {**TERMS, "audience": {"all": []}}
    some = {"effective_on": "2026-06-01", "terms": everybody, "limit": 2}
    shown = await api("What another one would change", f"POST {ALL}/preview", some)
    await api("For others", f"POST {ALL}/preview", {**some, "after": shown.body["next_after"]})
    await api("Why it concerns somebody", f"GET {one}/people/{second.body['id']}?as_of=2026-05-02")
    await officer("Why not yet", f"GET {one}/people/me?number=2")
    await api("Nobody", f"GET {one}/people/{NOBODY}")
    await api("With another title", f"PATCH {one}", {"title": "Units"}, if_match="*")
    await api("All versions", f"GET {one}")

    await api("Retired", f"POST {one}/retire", {"retired_on": "2026-01-01"})
    await api("Retired before", f"POST {one}/retire", {"retired_on": "2026-01-01"})
    await api("Not approved any more", f"POST {one}/versions/2/approve", {"acknowledge": True}, if_match="*")
    await api("Retired ones", f"GET {ALL}?is_retired=true&limit=1")
    await api("Others", f"GET {ALL}?is_retired=false")
    await api("No such", f"GET {ALL}/{NOBODY}")
