"""Relief: requested by one person, decided by another one, and given to many by decree."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Stage

TERMS: dict[str, Any] = {
    "audience": {"field": "department", "is": ["Relief"]},
    "fulfillment": {"kind": "credential", "type": "bls", "expiry": "document"},
    "first_due": {"kind": "days_after", "anchor": "effective", "days": 60},
    "relief": {"delay": True, "extension_days": 30, "waiver": True},
}
RULE = {
    "code": "life_support",
    "title": "Life support",
    "effective_on": "2026-01-05",
    "note": "As the handbook asks.",
    "terms": TERMS,
}
STORM = {"text": "Disaster proclamation of May 30, 2026", "basis": "policy", "jurisdiction": "TX"}


async def play(api: Stage) -> None:
    people = {}
    for name, facts in {"rosa": {}, "remy": {}, "olga": {"role": "compliance"}}.items():
        added = await api(
            name.title(),
            "POST /v1/users",
            {"email": f"{name}@example.com", "full_name": name.title(), "department": "Relief", **facts},
        )
        people[name] = added.body["id"]
    rosa, officer = api.signed_in("rosa@example.com"), api.signed_in("olga@example.com")
    rule = await api("A requirement", "POST /v1/requirements", RULE)
    version = f"/v1/requirements/{rule.body['id']}/versions/1"
    await officer("Approved", f"POST {version}/approve", {}, if_match="*")

    days = {"from_day": "2026-05-04", "until": "2026-07-10"}
    request = {"requirement_id": rule.body["id"], "kind": "extension", "reason": "no_session", **days}
    await rosa("For somebody else", "POST /v1/relief", {**request, "user_id": people["remy"]})
    own = {**request, "user_id": people["rosa"], "note": "The class was full."}
    refused: dict[str, dict[str, Any]] = {
        "Too long": {"until": "2026-12-31"},
        "Not permitted": {"kind": "medical"},
        "Without an end": {"until": None},
        "Before it begins": {"until": "2026-05-03"},
        "Of no requirement": {"requirement_id": NOBODY},
        "For no reason": {"reason": "other", "note": ""},
    }
    for what, wrong in refused.items():
        await rosa(what, "POST /v1/relief", {**own, **wrong})
    asked = await rosa("An extension", "POST /v1/relief", own, idempotency_key="relief-1")
    await rosa("Sent again with its key", "POST /v1/relief", own, idempotency_key="relief-1")
    await rosa("Requested again", "POST /v1/relief", own)
    one = asked.headers["location"]
    await rosa("Approved by herself", f"POST {one}/approve")
    await officer("Rejected without a reason", f"POST {one}/reject", {"note": " "})
    await officer("Approved by the officer", f"POST {one}/approve", {"note": "The next class is on July 8."})
    await officer("Decided already", f"POST {one}/reject", {"note": "No."})
    await rosa("What Rosa owes then", "GET /v1/users/me/obligations?as_of=2026-07-01")
    await api("It ends sooner", f"POST {one}/end", {"last_day": "2026-06-26", "note": "A seat was found."})
    await api("Never later", f"POST {one}/end", {"last_day": "2026-07-02"})
    await rosa("With its decisions", f"GET {one}")

    order: dict[str, Any] = {
        **request,
        "kind": "waiver",
        "reason": "disaster",
        "from_day": "2026-06-01",
        "until": "2026-06-30",
        "source": STORM,
        "audience": TERMS["audience"],
    }
    await officer("For nobody", "POST /v1/relief/decree", {**order, "audience": {"field": "department", "is": ["X"]}})
    await officer("For two kinds of people", "POST /v1/relief/decree", {**order, "user_ids": [people["rosa"]]})
    await rosa("By a learner", "POST /v1/relief/decree", order)
    ordered = await officer("A decree", "POST /v1/relief/decree", order)
    decree = ordered.headers["location"]
    await officer("Approved by who has requested it", f"POST {decree}/approve")
    await api("Approved by somebody else", f"POST {decree}/approve")
    await api("Decreed again", "POST /v1/relief/decree", order)
    await api("It is over", f"POST {decree}/end", {"last_day": "2026-06-10"})
    await officer("As it is now", f"GET {decree}")
    await rosa("Decrees are not for learners", f"GET {decree}")
    page = await officer("The first two", f"GET /v1/relief?requirement_id={rule.body['id']}&limit=2")
    await officer("And the rest", f"GET {page.headers['link'][1:].split('>')[0]}")
    await rosa("Her own", "GET /v1/relief?status=approved")
    await rosa("None of these", f"GET /v1/relief/{NOBODY}")
