"""Cards and licenses: submitted by one person, and decided about by another."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Stage

CARD: dict[str, Any] = {
    "type": "bls",
    "issuer": "American Heart Association",
    "number": "eCard 2260 1234",
    "issued_on": "2024-02-29",
    "expires_on": "2026-02-28",
}
RENEWED = {**CARD, "number": "eCard 9999", "issued_on": "2026-02-14", "expires_on": "2028-02-29"}


async def play(api: Stage) -> None:
    found = await api("Ana", "GET /v1/users?q=ana.ruiz@example.com")
    ana = f"/v1/users/{found.body['items'][0]['id']}/credentials"
    herself = api.signed_in("ana.ruiz@example.com")

    card = await herself("A card", "POST /v1/users/me/credentials", CARD, idempotency_key="card-1")
    await herself("Sent again with its key", "POST /v1/users/me/credentials", CARD, idempotency_key="card-1")
    known = {**CARD, "number": "ECARD 2260  1234", "expires_on": None}
    await api("The same card", f"POST {ana}", known)
    refused: dict[str, dict[str, Any]] = {
        "Of tomorrow": {"issued_on": "2026-12-31", "expires_on": None},
        "Of long ago": {"issued_on": "0026-02-14", "expires_on": None},
        "Expires before": {"expires_on": "2024-02-28"},
        "Without end": {"expires_on": "2074-02-28"},
        "No type": {"type": "BLS card"},
        "No state": {"jurisdiction": "XX"},
        "Unknown fields": {"status": "verified"},
    }
    for what, wrong in refused.items():
        await herself(what, "POST /v1/users/me/credentials", {**CARD, "number": "other", **wrong})
    await api("Of nobody", f"POST /v1/users/{NOBODY}/credentials", CARD)
    await api("Those that wait", "GET /v1/credentials/waiting")
    one = card.headers["location"]
    await herself("Verified by herself", f"POST {one}/verify")
    await api("Verified", f"POST {one}/verify")
    await api("Verified before", f"POST {one}/verify")

    second = await api("Its renewal", f"POST {ana}", RENEWED)
    two = second.headers["location"]
    await api("Verified by who has submitted it", f"POST {two}/verify")
    await api("Rejected without a reason", f"POST {two}/reject", {"reason": " "})
    await herself("Withdrawn by herself", f"POST {two}/withdraw")
    await api("Rejected after that", f"POST {two}/reject", {"reason": "Unreadable."})
    third = await herself("Submitted by herself", "POST /v1/users/me/credentials", RENEWED)
    three = third.headers["location"]
    await api("The renewal is verified", f"POST {three}/verify")
    await herself("The old card is superseded", f"GET {one}")
    await api("The renewal is false", f"POST {three}/void", {"reason": "The issuer does not know the number."})
    await api("Void already", f"POST {three}/void", {"reason": "Once more."})
    await herself("The old card counts again", f"GET {one}")

    license = {**RENEWED, "type": "dental_hygiene_license", "jurisdiction": "TX", "number": None, "expires_on": None}
    fourth = await herself("A license", "POST /v1/users/me/credentials", license)
    await api("Rejected", f"POST {fourth.headers['location']}/reject", {"reason": "Of another person."})
    page = await api("The first two", f"GET {ana}?limit=2")
    await api("And the rest", f"GET {page.headers['link'][1:].split('>')[0]}")
    await api("Nobody's", f"GET /v1/users/{NOBODY}/credentials")
    await api("None of these", f"GET /v1/credentials/{NOBODY}")
    await api.signed_in("ben@example.com")("Not shown to others", f"GET {one}")
    await api("No longer waiting", "GET /v1/credentials/waiting")
