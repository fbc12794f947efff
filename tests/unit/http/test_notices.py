"""What people were notified of, what they want, and the link that turns it off."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import httpx

from adapters.mail.unsubscribing import SignedLinks
from application.compliance.ports import ObligationKey, ObligationStates
from application.delivery.notices.deciding import DecideNotice
from application.kernel.access import Actor
from domain.compliance.obligations import ObligationState
from domain.compliance.requirement import Requirement
from domain.compliance.standing import FulfillmentAxis, Timing
from domain.delivery.notices import NoticeKind, SubjectKind
from kit.compliance import rule
from kit.examples import NOW, a_user, uid
from kit.saving import save_all
from kit.surroundings import ADMINISTRATOR_ID, LINK_SECRET
from worlds.http import Api, World

ME = "/v1/users/me/notice-preferences"


def link(who: UUID = ADMINISTRATOR_ID, kind: NoticeKind = NoticeKind.DUE) -> str:
    """The path of the link for somebody."""
    return SignedLinks("", LINK_SECRET).link(who, kind) or ""


async def preferences(api: Api) -> dict[str, bool]:
    shown = (await api.get(ME)).json()
    return {name: value for name, value in shown.items() if value is not True and name != "user_id"}


async def test_notices_are_shown(world: World, api: Api) -> None:
    await save_all(world.units, a_user(1))
    decide = DecideNotice(uid(1), NoticeKind.REJECTED, SubjectKind.CREDENTIAL, uid(2), "rejected")
    await world.bus().execute(decide, Actor.system())
    shown = await api.get(f"/v1/users/{uid(1)}/notices")
    (notice,) = shown.json()["items"]
    assert (notice["kind"], notice["state"], notice["object_id"], notice["reason"]) == (
        *("rejected", "waiting", str(uid(2))),
        None,
    )
    for about, count in ((uid(2), 1), (uid(3), 0)):
        page = await api.get(f"/v1/users/{uid(1)}/notices", params={"about": str(about)})
        assert len(page.json()["items"]) == count
    assert (await api.get(f"/v1/users/{uid(9)}/notices")).json()["code"] == "user-not-found"


async def test_an_obligation_leads_to_its_notices_in_one_request(world: World, api: Api) -> None:
    required = Requirement(uid(301), code="sharps", title="Sharps", now=NOW)
    required.draft(rule().terms, effective_on=date(2020, 1, 1), note="First.", by=uid(900), now=NOW)
    required.approve(1, by=uid(901), now=NOW, today=date(2020, 1, 1), acknowledge=True)
    await save_all(world.units, a_user(1), required)
    owed = ObligationState(
        *(date(2020, 1, 1), None),
        cycle=1,
        version=1,
        fulfillment=FulfillmentAxis.UNMET,
        timing=Timing.UPCOMING,
        opened_on=date(2020, 1, 1),
        due_on=date(2050, 1, 1),
    )
    states = {ObligationKey(uid(1), required.id): (owed,)}
    await world.units.run(lambda unit: unit.port(ObligationStates).replace(states))
    about = (NoticeKind.ASSIGNED, SubjectKind.OBLIGATION)
    for object_id in (required.id, uid(3)):
        await world.bus().execute(DecideNotice(uid(1), *about, object_id, "assigned/1"), Actor.system())
    (obligation,) = (await api.get(f"/v1/users/{uid(1)}/obligations")).json()["items"]
    page = await api.get(f"/v1/users/{uid(1)}/notices", params={"about": obligation["requirement_id"]})
    assert [(each["object_id"], each["state"]) for each in page.json()["items"]] == [(str(required.id), "waiting")]
    document = (await api.get("/schema/openapi.json")).json()
    (described,) = (
        each["description"]
        for each in document["paths"]["/v1/users/{user_id}/notices"]["get"]["parameters"]
        if each["name"] == "about"
    )
    assert "`requirement_id` of an obligation" in described


async def test_preferences(api: Api) -> None:
    assert await preferences(api) == {}
    changed = await api.patch(ME, json={"due": False, "digest": False})
    assert (changed.status_code, changed.json()["due"], changed.json()["overdue"]) == (200, False, True)
    assert (await api.patch(ME, json={"digest": True})).status_code == 200
    assert await preferences(api) == {"due": False}
    refused = await api.patch(ME, json={"assigned": False})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/assigned")
    assert (await api.patch(ME, json={})).status_code == 422
    assert (await api.get(f"/v1/users/{uid(9)}/notice-preferences")).status_code == 404


ONE_CLICK, FORM = b"List-Unsubscribe=One-Click", {"content-type": "application/x-www-form-urlencoded"}


async def test_opening_the_link_changes_nothing_and_the_button_does(api: Api) -> None:
    page = await api.get(link())
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Turn off reminders of training that is due?" in page.text
    assert '<form method="post">' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert (await api.head(link())).status_code == 200
    assert await preferences(api) == {}
    for _ in range(2):
        done = await api.post(link(), content=ONE_CLICK, headers=FORM)
        assert done.status_code == 200
        assert "These e-mails are turned off" in done.text
    assert await preferences(api) == {"due": False}
    assert "These e-mails are turned off" in (await api.get(link())).text


async def test_the_link_needs_no_sign_in_and_is_bound_to_person_and_kind(world: World, api: Api) -> None:
    transport = httpx.ASGITransport(world.app(authenticate=_nobody))  # type: ignore[arg-type]  # two spellings of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as visitor:
        assert (await visitor.post(link(kind=NoticeKind.CERTIFICATE))).status_code == 200
        for wrong in (
            *(link()[:-1], link() + "A", "/v1/unsubscribe/x", "/v1/unsubscribe/" + "a" * 5_000),
            link(kind=NoticeKind.ASSIGNED),
            SignedLinks("", "another secret, which is as long").link(ADMINISTRATOR_ID, NoticeKind.DUE) or "",
        ):
            for answer in (await visitor.get(wrong), await visitor.post(wrong, content=ONE_CLICK, headers=FORM)):
                assert answer.status_code == 404
                assert "This link is not valid" in answer.text
    assert await preferences(api) == {"certificate": False}


async def _nobody(request: object) -> Actor:
    raise AssertionError("nobody has signed in")
