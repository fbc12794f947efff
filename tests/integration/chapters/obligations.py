"""What people owe: hired, moved to another state, on leave, back, trained early, and entered late. The day on
which something became known is that of the store, and so nothing here counts from it.
"""

from __future__ import annotations

from typing import Any

from integration.chapters import Answered, Sends, Stage

OFFICES: dict[str, dict[str, Any]] = {
    "TX-WF": {"name": "Waco Falls", "city": "Waco", "state": "TX", "time_zone": "America/Chicago"},
    "CA-SB": {"name": "Santa Barbara", "city": "Santa Barbara", "state": "CA", "time_zone": "America/Los_Angeles"},
}
TEXAS: dict[str, Any] = {
    "code": "tx_radiographs",
    "title": "Radiographs in Texas",
    "effective_on": "2026-01-01",
    "note": "By the board's rule.",
    "terms": {
        "audience": {"all": [{"field": "state", "is": "TX"}, {"field": "department", "is": "Sterilization"}]},
        "first_due": {"kind": "days_after", "anchor": "hire", "days": 30},
        "repeats": {"kind": "after_completion", "months": 12, "window_days": 60},
        "guards": {"max_interval_days": 365},
        "relief": {"delay": True, "days_after_leave": 14},
        "blocks": ["take_radiographs"],
    },
}
CARD: dict[str, Any] = {
    "code": "bls_card",
    "title": "A card in basic life support",
    "effective_on": "2026-01-01",
    "note": "Policy.",
    "terms": {
        "audience": {"field": "department", "is": "Sterilization"},
        "fulfillment": {"kind": "credential", "type": "bls"},
        "first_due": {"kind": "on_day", "day": "2026-06-30"},
        "repeats": {"kind": "after_completion", "months": 24},
        "relief": {"waiver": True},
    },
}


async def play(api: Stage) -> None:
    officer = api.signed_in("officer@example.com")
    for code, office in OFFICES.items():
        await api(f"An office: {code}", "POST /v1/locations", {"code": code, **office})
    course = await api("A course", "POST /v1/modules", {"title": "Radiographs, step by step", "sections": [LESSON]})
    module = course.headers["location"]
    await api("Published", f"POST {module}/publish", {"change_note": "First."}, if_match=course.headers["etag"])
    module_id = course.body["id"]
    terms = {**TEXAS["terms"], "fulfillment": {"kind": "courses", "initial": {"modules": [module_id]}}}
    texas = await _approved(api, officer, {**TEXAS, "terms": terms})
    card = (await _approved(api, officer, CARD)).rsplit("/", 1)[1]
    await api.settle_obligations()

    hired = {"department": "Sterilization", "location": "Waco Falls", "hired_on": "2026-03-16"}
    kim = await api(
        "Kim is hired", "POST /v1/users", {"email": "kim.rivera@example.com", "full_name": "Kim Lee", **hired}
    )
    who = kim.headers["location"]
    herself = api.signed_in("kim.rivera@example.com")
    await herself("What Kim owes", "GET /v1/users/me/todo")
    await herself("What Kim may do", "GET /v1/users/me/clearances")
    await api("Under which rules", f"GET {who}/obligations")
    await api("Enrolled", f"POST {module}/enrollments", {"user_id": kim.body["id"]})
    await herself("By due day", "GET /v1/users/me/enrollments?sort=due")

    api.pass_time(days=3)
    await _trained(api, "In time", module_id, kim, "2026-04-20")
    await herself("Met", "GET /v1/users/me/todo")
    await api("Until a year later", f"GET {who}/obligations?as_of=2027-03-15")
    await api("Overdue then", f"GET {who}/obligations?as_of=2027-04-22")
    api.pass_time(days=3)
    await _trained(api, "Early", module_id, kim, "2026-04-24")
    await api("Counted from the last one", f"GET {who}/obligations?as_of=2027-04-24")

    lou = await api("Lou", "POST /v1/users", {"email": "lou.diaz@example.com", "full_name": "Lou Diaz", **hired})
    of_lou = lou.headers["location"]
    leave = {"state": "on_leave", "from_day": "2026-03-20"}
    await api("Lou is on leave", f"POST {of_lou}/employment", leave)
    await api("Paused", f"GET {of_lou}/obligations?as_of=2026-04-20")
    await api("Lou returns", f"POST {of_lou}/employment", {"state": "returned", "from_day": "2026-05-04"})
    await api("Due after the return", f"GET {of_lou}/obligations?as_of=2026-05-10")
    await api("Lou leaves", f"POST {of_lou}/employment", {"state": "left", "from_day": "2026-06-01"})
    await api("Under no rule", f"GET {of_lou}/obligations?as_of=2026-06-01")
    await api("Lou is rehired", f"POST {of_lou}/employment", {"state": "rehired", "from_day": "2026-09-01"})
    await api("Under the rules again", f"GET {of_lou}/obligations?as_of=2026-09-02")

    await api("Lou moves to California", f"PATCH {of_lou}", {"location": "Santa Barbara"}, if_match="*")
    await api("Not Texas any more", f"GET {of_lou}/obligations?as_of=2026-10-02")

    late = {"email": "sam.roy@example.com", "full_name": "Sam Roy", **hired, "hired_on": "2026-01-05"}
    sam = await api("Sam is entered late", "POST /v1/users", late)
    await api("Overdue at once", f"GET {sam.headers['location']}/obligations")

    change: dict[str, Any] = {"effective_on": "2026-05-01", "note": "Every two years.", "running": "take"}
    repeats = {"kind": "after_completion", "months": 24, "window_days": 60}
    draft = await api(
        "Another version",
        f"PATCH {texas}",
        {**change, "terms": {**terms, "repeats": repeats, "guards": {}}},
        if_match="*",
    )
    approve = f"POST {texas}/versions/2/approve"
    await officer("Approved", approve, {"acknowledge": True}, if_match=draft.headers["etag"])
    await api.settle_obligations()
    await api("By the old version before", f"GET {who}/obligations?as_of=2026-04-30")
    await api("By the new one since", f"GET {who}/obligations?as_of=2026-05-01")

    await api("Everybody", "GET /v1/obligations?department=sterilization&include_total=true")
    await api("What is exceptional", "GET /v1/obligations/exceptions?as_of=2026-06-01")
    await api("Who is under no rule", "GET /v1/requirements/coverage?limit=3")
    place = (await api("The office", "GET /v1/locations?q=waco")).body["items"][0]["id"]
    await api("Who may do what there", f"GET /v1/locations/{place}/clearances")
    days = {"from_day": "2026-04-24", "until": "2026-07-31"}
    asked = {"requirement_id": card, "kind": "waiver", "reason": "illness", **days}
    waiver = await herself("Kim asks for a waiver", "POST /v1/relief", {"user_id": kim.body["id"], **asked})
    relief = waiver.headers["location"]
    await herself("Not waived by herself", f"POST {relief}/approve", {}, if_match="*")
    await officer("Waived", f"POST {relief}/approve", {}, if_match="*")
    await api("Waived is not met", f"GET {who}/obligations?as_of=2026-07-10")
    await officer("The waiver ends sooner", f"POST {relief}/end", {"last_day": "2026-06-30"}, if_match="*")
    await api("Overdue after it", f"GET {who}/obligations?as_of=2026-07-10")
    twin = await api("Kim twice", "POST /v1/users", {"email": "kim.lee@example.com", "full_name": "Kim Lee", **hired})
    await _trained(api, "Trained under the other id", module_id, twin, "2026-04-23")
    merge = {"into": kim.body["id"], "reason": "Entered twice."}
    await api("One person", f"POST {twin.headers['location']}/merge", merge)
    await api("Owing once", f"GET {who}/obligations")
    await api("Nothing under the other id", f"GET {twin.headers['location']}/obligations")
    await officer("Not for the front desk", "GET /v1/reports/overdue?as_of=2026-13-01")


LESSON = {"title": "Read", "content": {"kind": "lesson", "markdown": "Distance protects."}}


async def _approved(api: Stage, officer: Sends, body: dict[str, Any]) -> str:
    added = await api(f"A rule: {body['title']}", "POST /v1/requirements", body)
    one = added.headers["location"]
    await officer("Approved", f"POST {one}/versions/1/approve", {"acknowledge": True}, if_match=added.headers["etag"])
    return one


async def _trained(api: Stage, what: str, module_id: str, who: Answered, day: str) -> None:
    session = {
        "module_id": module_id,
        "starts_at": f"{day}T14:00:00Z",
        "ends_at": f"{day}T15:00:00Z",
        "trainers": [{"name": "Dana Whitfield, RDH"}],
        "attendees": [{"user_id": who.body["id"]}],
    }
    await api(what, "POST /v1/sessions", session)
