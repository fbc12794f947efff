"""Learning: versions, what blocks whom, tries at quizzes, and the evidence of it. Lea learns."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Sends, Stage

LESSON = {"kind": "lesson", "markdown": "Call 911 first."}
STATEMENT = "I know where the kit is."
CHOICE = {
    "kind": "single_choice",
    "options": [{"id": "a", "text": "Kitchen"}, {"id": "b", "text": "Front desk"}, {"id": "c", "text": "Car"}],
    "correct": "b",
}
QUESTIONS: list[dict[str, Any]] = [
    {"prompt": "The kit is checked every month.", "metadata": {"kind": "true_false", "correct": True}},
    {"prompt": "Where is it?", "metadata": CHOICE, "explanation": "Everyone passes there."},
    {"prompt": "How many doses?", "metadata": {"kind": "numeric", "value": 0.3, "tolerance": 0.1}, "points": 2},
]
MODULE: dict[str, Any] = {
    "title": "Medical emergencies",
    "citation": "29 CFR 1910.1030",
    "rules": {"minimum_minutes": 12, "pass_mark": 70, "attempts_allowed": 2, "wait_minutes": 3},
    "evidence": {"valid_months": 1, "retention_years": 3, "credit_hours": 1.5},
    "sections": [
        {"title": "Read", "content": LESSON},
        {"title": "Check", "content": {"kind": "quiz", "draw": 2, "shuffle": True}, "questions": QUESTIONS},
        {"title": "Hurry", "content": {"kind": "quiz", "time_limit_seconds": 90, "feedback": "never"}},
        {"title": "Pass", "content": {"kind": "quiz", "feedback": "after_passing"}, "questions": QUESTIONS[:1]},
        {"title": "Confirm", "content": {"kind": "attestation", "statement": STATEMENT}},
    ],
}
MODULE["sections"][2]["questions"] = QUESTIONS[:1]
SESSION: dict[str, Any] = {
    "starts_at": "2026-04-15T18:00:00-05:00",
    "ends_at": "2026-04-15T20:00:00-05:00",
    "location": "Austin North",
    "summary": "What to do, in which order.",
    "trainers": [{"name": "Dana Whitfield, RDH", "qualifications": "Instructor since 2014"}],
}


async def play(api: Stage) -> None:
    person = {"email": "lea@example.com", "full_name": "Lea Marsh", "department": "Hygiene", "job_title": "Hygienist"}
    await api("Somebody to learn", "POST /v1/users", person)
    lea = api.signed_in("lea@example.com")
    me = (await lea("Who learns", "GET /v1/users/me")).body["id"]
    basics = await _offered(api)
    one, sections = await _versions(api, lea, basics, me)
    await _begin(api, lea, one, basics, sections, me)
    await _try(api, lea, one, sections)
    await _complete(api, lea, one, sections, me)
    await _evidence(api, lea, one, me)


async def _offered(api: Sends) -> str:
    """The address of a module that comes before the other one."""
    body = {"title": "The basics", "sections": [{"title": "Read", "content": LESSON}]}
    basics = (await api("What comes first", "POST /v1/modules", body)).headers["location"]
    await api("Nothing was published", f"GET {basics}/versions")
    await api("With a body that says nothing", f"POST {basics}/publish", {})
    return basics


async def _versions(api: Sends, lea: Sends, basics: str, me: str) -> tuple[str, list[str]]:
    """The address of the module that is learned, and the ids of its sections."""
    made = await api("A module with rules", "POST /v1/modules", MODULE)
    one = made.headers["location"]
    await api("Rules that cannot be", "POST /v1/modules", {"title": "Rules", "rules": {"pass_mark": 101}})
    first, second = basics.rsplit("/", 1)[1], one.rsplit("/", 1)[1]
    before = f"PUT {one}/prerequisites"
    await api("Of which version?", before, {"prerequisites": [first]})
    await api("What nobody knows comes first", before, {"prerequisites": [NOBODY]}, if_match='"1"')
    await api("It comes before itself", before, {"prerequisites": [second]}, if_match='"1"')
    await api("One comes first, twice", before, {"prerequisites": [first, first]}, if_match='"1"')
    await api("One comes first", before, {"prerequisites": [first]}, if_match='"1"')
    await api("A circle", f"PUT {basics}/prerequisites", {"prerequisites": [second]}, if_match="*")
    await api("Moves need a reason", f"POST {one}/publish", {"move_enrollments": True})
    await api("The first version", f"POST {one}/publish", {"change_note": "The first one."})
    await api("Nothing new", f"POST {one}/publish")
    enroll = f"POST {one}/enrollments"
    own = (await api("Who decides", "GET /v1/users/me")).body["id"]
    await api("Not for oneself", enroll, {"user_id": own})
    await api("Nor in bulk", f"{enroll}/bulk", {"user_ids": [own]})
    await api("In the first version", enroll, {"user_id": me})
    section = f"{one}/sections/{made.body['sections'][0]['id']}"
    await api("Other words", f"PATCH {section}", {"title": "Read this"}, if_match="*")
    changed = {"change_note": "Other words.", "material": True, "move_enrollments": True}
    await api("Reopens for whom?", f"POST {one}/publish", changed)
    changed["reopens"] = "everyone"
    await api("By when?", f"POST {one}/publish", changed)
    await api("Long ago", f"POST {one}/publish", {**changed, "reopen_due_on": "2001-01-01"})
    changed["reopen_due_on"] = "2126-03-31"
    choice = {"reopens": "everyone", "reopen_due_on": "2126-03-31"}
    await api("Whom it would concern", f"POST {one}/publication-preview", choice)
    await api("Without a day", f"POST {one}/publication-preview", {"reopens": "everyone"})
    await lea("Not for learners", f"POST {one}/publication-preview", choice)
    await api("The second version", f"POST {one}/publish", changed)
    await lea("Moved along", f"GET {one}/enrollments/me")
    page = await api("The newest version", f"GET {one}/versions?limit=1")
    await api("And the one before", f"GET {page.headers['link'][1:].split('>')[0]}")
    await api("Without questions", f"GET {one}/versions/2")
    for number in ("3", "0", "02", "-1", "9" * 40, "two", "%00"):
        await api(f"No version {number[:5]}", f"GET {one}/versions/{number}")
    await api("What changed", f"GET {one}/versions/2/changes?since=1")
    await api("Since when?", f"GET {one}/versions/2/changes")
    await api("Since before the first", f"GET {one}/versions/2/changes?since=0")
    await api("Since what never was", f"GET {one}/versions/2/changes?since=7")
    return one, [each["id"] for each in made.body["sections"]]


async def _begin(api: Sends, lea: Sends, one: str, basics: str, sections: list[str], me: str) -> None:
    mine = f"{one}/enrollments/me"
    await lea("What stands in the way", f"GET {mine}/progress")
    await lea("Not enrolled", f"GET {basics}/enrollments/me/progress")
    await lea("Not enrolled, not started", f"POST {basics}/enrollments/me/start")
    await lea("Another comes first", f"POST {mine}/sections/{sections[0]}/complete")
    await api("Enrolled in that one", f"POST {basics}/enrollments", {"user_id": me})
    lesson = (await api("Its section", f"GET {basics}")).body["sections"][0]["id"]
    await lea("Completed at once", f"POST {basics}/enrollments/me/sections/{lesson}/complete", {})
    await lea("No such section", f"POST {mine}/sections/{NOBODY}/complete")
    await lea("Out of order", f"POST {mine}/sections/{sections[4]}/complete", {"attestation": STATEMENT})
    await lea("Started", f"POST {mine}/start")
    await lea("Started before", f"POST {mine}/start")
    await lea("Never the same progress", f"GET {mine}/progress", if_none_match="*")
    read = f"POST {mine}/sections/{sections[0]}/complete"
    await lea("Read", read, idempotency_key="read-1")
    await lea("Read, told again", read, idempotency_key="read-1")
    await lea("Read twice", read)
    await lea("A quiz is passed", f"POST {mine}/sections/{sections[1]}/complete")
    await api("Too soon for another round", f"POST {one}/enrollments/{me}/renew", {"reason": "Annual refresher."})


async def _try(api: Sends, lea: Sends, one: str, sections: list[str]) -> None:
    check, hurry, passing = (f"POST {one}/sections/{section}/attempts" for section in sections[1:4])
    await lea("Not a quiz", f"POST {one}/sections/{sections[0]}/attempts")
    await lea("No such quiz", f"POST {one}/sections/{NOBODY}/attempts")
    await lea("The quiz after the next", hurry)
    tried = await lea("Two questions of three", check)
    await lea("Still the same attempt", check)
    attempt = tried.headers["location"]
    ids = [item["question_id"] for item in tried.body["items"]]
    await lea("Seen", f"GET {attempt}")
    await lea("Seen already", f"GET {attempt}", if_none_match=tried.headers["etag"])
    await lea("Which state?", f"PATCH {attempt}", {"answers": {}})
    wrong = {question: False if kind == "true_false" else None for question, kind in _kinds(tried.body)}
    saved = await lea("Saved", f"PATCH {attempt}", {"answers": wrong}, if_match=tried.headers["etag"])
    await lea("Saved in another tab", f"PATCH {attempt}", {"answers": wrong}, if_match='"7"')
    await lea("Not asked", f"PATCH {attempt}", {"answers": {NOBODY: True}}, if_match=saved.headers["etag"])
    await lea("Not an id", f"PATCH {attempt}", {"answers": {"x": True}}, if_match="*")
    await lea("Not an answer", f"POST {attempt}/submit", {"answers": {ids[0]: {"x": []}, ids[1]: []}})
    await lea("Nothing to answer", f"POST {attempt}/submit", {"answer": {}})
    await lea("Failed", f"POST {attempt}/submit")
    await lea("Wait", check)
    await lea("Wait, it says here too", f"GET {one}/enrollments/me/progress")
    await lea("Handed in before", f"POST {attempt}/submit", {})
    await lea("Too late to save", f"PATCH {attempt}", {"answers": {}}, if_match="*")
    await api("How the quiz works", f"GET {one}/sections/{sections[1]}/statistics")
    again = await lea("The second time", check)
    right = {
        question: {"true_false": True, "single_choice": "b", "numeric": 0.4}[k] for question, k in _kinds(again.body)
    }
    await lea("Passed", f"POST {again.headers['location']}/submit", {"answers": right})
    await lea("Passed is passed", check)

    slow = await lea("Against the clock", hurry)
    await lea("One minute of it", f"GET {slow.headers['location']}")
    first = slow.body["items"][0]["question_id"]
    late = {"answers": {first: True}}
    await lea("Over", f"PATCH {slow.headers['location']}", late, if_match=slow.headers["etag"])
    await lea("Too late for answers", f"POST {slow.headers['location']}/submit", late)
    await lea("Graded, and that is all", f"POST {slow.headers['location']}/submit")
    await lea("Seen from outside", f"GET {slow.headers['location']}")
    quick = await lea("Against the clock again", hurry)
    await lea("In time, without the results", f"POST {quick.headers['location']}/submit", late)

    poor = await lea("Told after passing", passing)
    question = poor.body["items"][0]["question_id"]
    await lea("Not passed, not told", f"POST {poor.headers['location']}/submit", {"answers": {question: False}})
    for _ in range(2):
        await lea("A moment", f"GET {poor.headers['location']}")
    good = await lea("Again after a while", passing)
    await lea("Passed, and told", f"POST {good.headers['location']}/submit", {"answers": {question: True}})
    await lea("All attempts", f"GET {one}/enrollments/me/attempts")
    await lea("Two of them", f"GET {one}/enrollments/me/attempts?limit=2")
    await api("Nobody's attempts", f"GET {one}/enrollments/{NOBODY}/attempts")
    await api("No such attempt", f"GET /v1/attempts/{NOBODY}")


def _kinds(attempt: dict[str, Any]) -> list[tuple[str, str]]:
    """The id and the kind of each question asked."""
    return [(item["question_id"], item["kind"]) for item in attempt["items"]]


async def _complete(api: Sends, lea: Sends, one: str, sections: list[str], me: str) -> None:
    confirm = f"POST {one}/enrollments/me/sections/{sections[4]}/complete"
    await lea("Without the words", confirm)
    await lea("Other words than these", confirm, {"attestation": "Yes."})
    await lea("Completed", confirm, {"attestation": STATEMENT})
    await lea("Completed before", confirm, {"attestation": STATEMENT})
    await lea("All done", f"GET {one}/enrollments/me/progress")
    await api("Once more from the start", f"POST {one}/enrollments/{me}/renew", {"reason": "Annual refresher."})
    await lea("A new round", f"GET {one}/enrollments/me")


async def _evidence(api: Stage, lea: Sends, one: str, me: str) -> None:
    records = await lea("What is on record", "GET /v1/users/me/records")
    await lea("The newest alone", "GET /v1/users/me/records?limit=1")
    await api("One record", f"GET /v1/records/{records.body['items'][0]['id']}")
    await api("No such record", f"GET /v1/records/{NOBODY}")
    await api("Nobody's records", f"GET /v1/users/{NOBODY}/records")
    brought = {"title": "Life support", "issuer": "Red Cross", "completed_on": "2026-02-14", "credit_hours": 4}
    told = await api("From elsewhere", f"POST /v1/users/{me}/records", brought)
    await api("As it was answered", f"GET {told.headers['location']}")
    await api("From the future", f"POST /v1/users/{me}/records", {**brought, "completed_on": "2099-01-01"})
    await api("In another century", f"POST /v1/users/{me}/records", {**brought, "completed_on": "0026-11-02"})
    await api("Valid for too long", f"POST /v1/users/{me}/records", {**brought, "valid_until": "2046-02-15"})
    await api("Not a day", f"POST /v1/users/{me}/records", {**brought, "completed_on": "2026-02-30"})
    await api("Not for oneself either", "POST /v1/users/me/records", brought)
    await api("For nobody", f"POST /v1/users/{NOBODY}/records", brought)

    api.pass_time(days=45)
    held = {**SESSION, "module_id": one.rsplit("/", 1)[1], "attendees": [{"user_id": me}]}
    await api("The rule asks for more", "POST /v1/sessions", {**held, "summary": "", "trainers": [{"name": "Dana"}]})
    await api("Nobody was there", "POST /v1/sessions", {**held, "attendees": [{"user_id": NOBODY}]})
    await api("It ends before it begins", "POST /v1/sessions", {**held, "ends_at": "2026-04-15T17:00:00-05:00"})
    await api("Of no module", "POST /v1/sessions", {**held, "module_id": NOBODY})
    earlier = {"starts_at": "2019-06-03T18:00:00Z", "ends_at": "2019-06-03T19:00:00Z"}
    await api("Before there was the module", "POST /v1/sessions", {**held, **earlier})
    await api("In another century", "POST /v1/sessions", {**held, **earlier, "starts_at": "1901-06-03T18:00:00Z"})
    other = {"user_id": me, "full_name": "Avery Quinn"}
    await api("Of another name", "POST /v1/sessions", {**held, "attendees": [other]})
    there = {"user_id": me, "job_title": "Office Manager"}
    session = await api("A session", "POST /v1/sessions", {**held, "attendees": [there]})
    await api("The session", f"GET {session.headers['location']}")
    await api("No such session", f"GET /v1/sessions/{NOBODY}")
    await api("All sessions", "GET /v1/sessions")

    mine = await lea("My certificates", "GET /v1/users/me/certificates")
    states = {each["state"]: each["serial"] for each in mine.body["items"]}
    valid, anybody = states["valid"], {"authorization": ""}
    await api("A certificate", f"GET /v1/certificates/{valid}")
    await api("Printed", f"GET /v1/certificates/{states['expired']}.pdf")
    await api("Valid", f"GET /v1/verify/{valid}", **anybody)
    await api("Read aloud", f"GET /v1/verify/{valid.replace('-', '').lower()}", **anybody)
    await api("Expired", f"GET /v1/verify/{states['expired']}", **anybody)
    for serial in ("x", "%00", f"{valid}X", "%F0%9F%A6%B7"):
        await api("No such serial", f"GET /v1/verify/{serial}", **anybody)
    await api("Nor such a certificate", "GET /v1/certificates/x")
    await api("Nor such a print", "GET /v1/certificates/x.pdf")
    await api("Not in this form", f"GET /v1/certificates/{valid}.png")
    await api("Not without signing in", f"GET /v1/certificates/{valid}.pdf", **anybody)
    revoke = f"POST /v1/certificates/{valid}/revoke"
    await api("Why?", revoke, {"reason": ""})
    await api("Revoked", revoke, {"reason": "Issued by mistake."})
    await api("Revoked before", revoke, {"reason": "Issued by mistake."})
    await api("Not printed any more", f"GET /v1/certificates/{valid}.pdf")
    await api("And everybody can see it", f"GET /v1/verify/{valid}", **anybody)
