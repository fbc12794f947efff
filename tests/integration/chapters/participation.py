"""Who takes which module, one by one and by department, and the report of it."""

from __future__ import annotations

from integration.chapters import NOBODY, Stage


async def play(api: Stage) -> None:
    lesson = {"title": "Read", "content": {"kind": "lesson", "markdown": "HIPAA is for everyone."}}
    module = await api("A module for everyone", "POST /v1/modules", {"title": "HIPAA", "sections": [lesson]})
    one = module.headers["location"]
    people = (await api("Everyone", "GET /v1/users?limit=200")).body["items"]
    by_email = {person["email"]: person["id"] for person in people}
    ana, ben = by_email["ana.ruiz@example.com"], by_email["ben@example.com"]
    gone = next(person["id"] for person in people if not person["is_active"])
    enroll = f"POST {one}/enrollments"

    await api("Not offered yet", enroll, {"user_id": ana})
    await api("Not offered in bulk", f"{enroll}/bulk", {"user_ids": [ana]})
    await api("Offered", f"POST {one}/publish")
    await api("Enrolled", enroll, {"user_id": ana}, idempotency_key="enroll-ana")
    await api("Enrolled, told again", enroll, {"user_id": ana}, idempotency_key="enroll-ana")
    await api("Enrolled before", enroll, {"user_id": ana})
    await api("Nobody to enroll", enroll, {"user_id": NOBODY})
    await api("Who has left cannot", enroll, {"user_id": gone})
    await api("Not a user's id", enroll, {"user_id": "ana"})
    await api("In no such module", f"POST /v1/modules/{NOBODY}/enrollments", {"user_id": ana})

    both = {"user_ids": [ben, ana, NOBODY, gone], "departments": ["Hygiene", "Billing", "Claims", "Nowhere"]}
    await api("Many at once", f"{enroll}/bulk", both)
    await api("Many once more", f"{enroll}/bulk", both)
    await api("Nobody named", f"{enroll}/bulk", {"user_ids": []})
    await api("A department without a name", f"{enroll}/bulk", {"departments": ["", "Claims"]})

    page = await api("The first two", f"GET {one}/enrollments?limit=2")
    while page.body["next_cursor"]:
        page = await api("And two more", f"GET {page.headers['link'][1:].split('>')[0]}")
    await api("Of no module", f"GET /v1/modules/{NOBODY}/enrollments")
    read = await api("Ana's enrollment", f"GET {one}/enrollments/{ana}")
    await api("Unchanged", f"GET {one}/enrollments/{ana}", if_none_match=read.headers["etag"])
    await api("Mine", f"GET {one}/enrollments/me")
    await api("Ana's modules", f"GET /v1/users/{ana}/enrollments")
    await api("My modules", "GET /v1/users/me/enrollments")
    await api("Nobody's modules", f"GET /v1/users/{NOBODY}/enrollments")

    await api("Withdraw which?", f"DELETE {one}/enrollments/{ben}")
    await api("Another one", f"DELETE {one}/enrollments/{ben}", if_match='"2"')
    await api("Withdrawn", f"DELETE {one}/enrollments/{ben}", if_match='"1"')
    await api("Withdrawn before", f"DELETE {one}/enrollments/{ben}", if_match='"1"')
    await api("And back", enroll, {"user_id": ben})

    await api.refresh_reports()
    await api("Who takes part", "GET /v1/reports/participation")
    await api("The report takes no filter", "GET /v1/reports/participation?department=Claims")

    await api("No longer offered", f"POST {one}/archive")
    await api("Closed", enroll, {"user_id": by_email["admin@unifieddental.example"]})
    await api("Still to be seen", f"GET /v1/users/{ben}/enrollments")
