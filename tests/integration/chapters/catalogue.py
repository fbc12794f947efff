"""The catalogue: drafting, editing, finding, publishing, archiving and deleting modules."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Sends, Stage

BLOODBORNE: dict[str, Any] = {
    "title": "Bloodborne pathogens in the dental office",
    "slug": "bloodborne-pathogens",
    "summary": "What OSHA asks of everyone who may meet blood or saliva at work.",
    "tags": ["osha", "annual", "clinical"],
    "citation": "29 CFR 1910.1030",
    "estimated_minutes": 60,
    "sections": [
        {"title": "Precautions", "content": {"kind": "lesson", "markdown": "Treat **all** blood as infectious."}},
        {
            "title": "After a needlestick",
            "content": {"kind": "video", "url": "https://videos.example/needlestick", "duration_seconds": 240},
        },
        {"title": "The rule", "content": {"kind": "document", "url": "https://osha.example/1910.1030"}},
        {
            "title": "Knowledge check",
            "content": {"kind": "quiz", "description": "Any number of attempts."},
            "questions": [{"prompt": "The evaluation is free.", "metadata": {"kind": "true_false", "correct": True}}],
        },
        {"title": "In your own name", "content": {"kind": "attestation", "statement": "I have read the plan."}},
    ],
}
LESSON = {"kind": "lesson", "markdown": "Wash your hands."}


async def play(api: Stage) -> None:
    await _draft(api)
    await _edit(api)
    await _sections(api)
    await _find(api)
    await _live_and_die(api)


async def _draft(api: Sends) -> None:
    await api("The catalogue is empty", "GET /v1/modules")
    made = await api("A draft with every kind of section", "POST /v1/modules", BLOODBORNE)
    await api("Where it is", f"GET {made.headers['location']}")
    await api("Known already", f"GET {made.headers['location']}", if_none_match=made.headers["etag"])
    await api("Known already, weakly", f"GET {made.headers['location']}", if_none_match='W/"1"')
    await api("Another version is known", f"GET {made.headers['location']}", if_none_match='"7", "8"')
    await api("The slug comes from the title", "POST /v1/modules", {"title": "Radiación: qué hacer  y qué no"})
    await api("The slug is taken", "POST /v1/modules", {"title": "Other", "slug": "bloodborne-pathogens"})
    await api("No slug in this title", "POST /v1/modules", {"title": "感染対策"})
    await api(
        "Every mistake is reported",
        "POST /v1/modules",
        {
            "titel": "?",
            "tags": ["Not A Tag", "osha"],
            "estimated_minutes": 0,
            "sections": [
                {"title": "x", "content": {"kind": "film"}},
                {"title": "", "content": {"kind": "video", "url": "ftp://x", "duration_seconds": "4"}},
                {"title": "x", "content": LESSON, "questions": [{"prompt": "?"}]},
            ],
        },
    )
    await api("A tag twice", "POST /v1/modules", {"title": "Tags", "tags": ["osha", "osha"]})
    await api(
        "Questions in a lesson",
        "POST /v1/modules",
        {
            "title": "Lesson",
            "sections": [
                {
                    "title": "x",
                    "content": LESSON,
                    "questions": [{"prompt": "?", "metadata": {"kind": "true_false", "correct": True}}],
                }
            ],
        },
    )
    await api("A query string where none is read", "POST /v1/modules?title=x", {"title": "x"})
    await api("No such module", f"GET /v1/modules/{NOBODY}")
    await api("Not even an id", "GET /v1/modules/bloodborne-pathogens")
    await api("An id without hyphens", f"GET /v1/modules/{NOBODY.replace('-', '')}")
    await api("A slash too many", f"GET {made.headers['location']}/")

    key = {"idempotency_key": "new-module-1"}
    body = {"title": "Hazard communication", "tags": ["osha"]}
    await api("With a key", "POST /v1/modules", body, **key)
    await api("Again with the key", "POST /v1/modules", body, **key)
    await api("The key for something else", "POST /v1/modules", {**body, "tags": []}, **key)
    await api("Not a key", "POST /v1/modules", body, idempotency_key="two words")
    await api("Refused with a key", "POST /v1/modules", body, idempotency_key="new-module-2")
    await api("Refused again, as it was", "POST /v1/modules", body, idempotency_key="new-module-2")


async def _edit(api: Sends) -> None:
    made = await api("A module to edit", "POST /v1/modules", {"title": "Infection control", "citation": "CDC 2003"})
    one = made.headers["location"]
    change = {"title": "Infection control and prevention", "tags": ["cdc"], "estimated_minutes": 45}
    await api("Which version?", f"PATCH {one}", change)
    await api("Of this version", f"PATCH {one}", change, if_match='"1"')
    await api("Of the old version", f"PATCH {one}", {"summary": "Late"}, if_match='"1"')
    await api("One of these versions", f"PATCH {one}", {"summary": "Hands first."}, if_match='"1", "2"')
    await api("Weak tags match nothing", f"PATCH {one}", {"summary": "Late"}, if_match='W/"3"')
    await api("Not a tag", f"PATCH {one}", {"summary": "Late"}, if_match="3")
    await api("Whatever is current", f"PATCH {one}", {"citation": None, "estimated_minutes": None}, if_match="*")
    await api("No change named", f"PATCH {one}", {}, if_match="*")
    await api("No such field", f"PATCH {one}", {"status": "published"}, if_match="*")
    await api("A title is a must", f"PATCH {one}", {"title": None}, if_match="*")
    await api("Another module's slug", f"PATCH {one}", {"slug": "bloodborne-pathogens"}, if_match="*")
    await api("No such module to edit", f"PATCH /v1/modules/{NOBODY}", {"title": "x"}, if_match="*")
    await api("What it has become", f"GET {one}")


async def _sections(api: Sends) -> None:
    module = await api("A module for sections", "POST /v1/modules", {"title": "Radiation safety"})
    one = module.headers["location"]
    first = await api("The first section", f"POST {one}/sections", {"title": "ALARA", "content": LESSON})
    quiz = {"title": "Check", "content": {"kind": "quiz"}, "position": 1}
    second = await api("One before it", f"POST {one}/sections", quiz, if_match='"2"')
    await api("Beyond the end", f"POST {one}/sections", {**quiz, "position": 4})
    await api("On an old version", f"POST {one}/sections", quiz, if_match='"1"')
    await api("In no module", f"POST /v1/modules/{NOBODY}/sections", quiz)
    section = f"{one}/sections/{first.body['id']}"
    await api("Renamed", f"PATCH {section}", {"title": "As low as reasonably achievable"}, if_match='"3"')
    await api("Rewritten", f"PATCH {section}", {"content": {**LESSON, "markdown": "Step back."}}, if_match='"4"')
    await api("Of another kind", f"PATCH {section}", {"content": {"kind": "quiz"}}, if_match='"5"')
    await api("No such section", f"PATCH {one}/sections/{NOBODY}", {"title": "x"}, if_match='"5"')
    ids = [first.body["id"], second.body["id"]]
    order = f"PUT {one}/sections/order"
    await api("In another order", order, {"section_ids": ids}, if_match='"5"')
    await api("Not all of them", order, {"section_ids": ids[:1]}, if_match='"6"')
    await api("One of them twice", order, {"section_ids": [ids[0], ids[0]]}, if_match='"6"')
    await api("Order without a version", order, {"section_ids": ids})
    await api("Not an address of a section", f"GET {section}")
    await api("Remove which version?", f"DELETE {section}")
    await api("Removed", f"DELETE {section}", if_match='"6"')
    await api("Removed before", f"DELETE {section}", if_match='"7"')
    await api("What is left", f"GET {one}")


async def _find(api: Sends) -> None:
    page = await api("Two of them", "GET /v1/modules?limit=2&status=draft")
    while page.body["next_cursor"]:
        page = await api("The next two", f"GET {page.headers['link'][1:].split('>')[0]}")
    await api("By tag", "GET /v1/modules?tag=osha&limit=10")
    await api("In whatever case", "GET /v1/modules?q=RADIACI%C3%93N")
    await api("In the summary", "GET /v1/modules?q=saliva")
    await api("As it stands, no pattern", "GET /v1/modules?q=%25")
    await api("All conditions hold", "GET /v1/modules?q=blood&tag=annual&status=published")
    await api("Not a cursor", "GET /v1/modules?cursor=x")
    await api("Not a page size", "GET /v1/modules?limit=0")
    await api("Mistakes in the query", "GET /v1/modules?limit=many&status=gone&tag=Not+A+Tag&color=red")
    await api("Given twice", "GET /v1/modules?q=a&q=b")
    await api("A NUL in the query", "GET /v1/modules?q=%00")
    await api("Not UTF-8 in the query", "GET /v1/modules?q=%ff")


async def _live_and_die(api: Sends) -> None:
    module = await api("A module to publish", "POST /v1/modules", {"title": "Claims and CDT coding"})
    one = module.headers["location"]
    await api("Nothing in it", f"POST {one}/publish")
    await api("Archived before it was offered", f"POST {one}/archive")
    quiz = await api("A quiz", f"POST {one}/sections", {"title": "Check", "content": {"kind": "quiz"}})
    await api("No question in it", f"POST {one}/publish")
    question = {"prompt": "D0120 is a periodic evaluation.", "metadata": {"kind": "true_false", "correct": True}}
    await api("A question", f"POST {one}/sections/{quiz.body['id']}/questions", question)
    await api("Publish an old version", f"POST {one}/publish", if_match='"1"')
    await api("Publish with a field", f"POST {one}/publish", {"note": "x"})
    await api("Published", f"POST {one}/publish", {}, if_match='"3"')
    await api("Published before", f"POST {one}/publish")
    await api("The last section stays", f"DELETE {one}/sections/{quiz.body['id']}", if_match='"4"')
    await api("Too late to delete", f"DELETE {one}", if_match='"4"')
    await api("Still to be edited", f"PATCH {one}", {"summary": "Codes change every January."}, if_match='"4"')
    await api("The published ones", "GET /v1/modules?status=published")
    await api("Archived", f"POST {one}/archive")
    await api("Archived before", f"POST {one}/archive")
    await api("Edited after", f"PATCH {one}", {"summary": "x"}, if_match="*")
    await api("A section after", f"POST {one}/sections", {"title": "x", "content": LESSON})
    await api("Published after", f"POST {one}/publish")

    draft = await api("A module to delete", "POST /v1/modules", {"title": "Mistake"})
    gone = draft.headers["location"]
    await api("Delete which version?", f"DELETE {gone}")
    await api("Delete another version", f"DELETE {gone}", if_match='"9"')
    await api("Deleted", f"DELETE {gone}", if_match='"1"')
    await api("It is gone", f"GET {gone}")
    await api("Deleted before", f"DELETE {gone}", if_match='"1"')
    await api("Its slug is free", "POST /v1/modules", {"title": "Mistake"})
