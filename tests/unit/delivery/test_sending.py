"""From what happens to what arrives, and why something does not arrive."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from adapters.mail.messages import Messages
from adapters.mail.smtp import MailServer, NoMailer, Protection, SmtpMailer
from adapters.memory.kit.outbox import OUTBOX
from application.delivery.commands import ReplayDelivery
from application.delivery.notices.deciding import CountMissedReminders
from application.delivery.notices.letters import LetterLinks, MailStopped
from application.delivery.notices.preferences import (
    ChangeNoticePreferences,
    ReadUnsubscribeLink,
    Unsubscribe,
    UnsubscribeLinkUnknown,
)
from application.delivery.notices.queries import CountNotices, ListNotices
from application.delivery.ports import DeliveryFilter, DeliveryReader
from application.evidence.credentials.commands import RejectCredential, SubmitCredential
from application.kernel.access import Actor
from application.learning.enrollments.commands import EnrollUser
from application.people.users.commands import DeactivateUsers, EditUser
from application.privacy.merging import MergeUser
from application.privacy.personal_data import EraseUser, ExportPersonalData
from domain.compliance.due_days import ReliefAxis
from domain.compliance.standing import Timing
from domain.delivery.deliveries import DeliveryState
from domain.delivery.recipients import fingerprint
from domain.kernel.roles import Role
from kit.about import for_each
from kit.examples import uid
from kit.mail_server import MailBox, mail_server
from worlds.post_office import CHICAGO, SYSTEM, PostOffice

ANA, BEN, MAX = uid(1), uid(2), uid(9)
OFFICER = Actor(uid(500), Role.ADMIN)
TODAY = date(2026, 3, 2)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


async def with_ana(
    office: PostOffice, *due_in: int, statutory: bool = False, responsible_id: UUID | None = None, **facts: Any
) -> PostOffice:
    """Ana works in Chicago, and owes something on each of these days from today."""
    await office.office(responsible_id)
    await office.person(1, **facts)
    for n, days in enumerate(due_in, 1):
        rule = await office.requirement(n, statutory=statutory)
        await office.owes(ANA, rule, in_days(days), timing=Timing.OVERDUE if days < 0 else Timing.DUE_SOON)
    return office


async def test_a_reminder_is_sent_once() -> None:
    office = await with_ana(PostOffice(), 7)
    for _ in range(30):
        await office.work(hours=1)
    first, second = office.sent[0], office.sent[-1]
    assert [(each.kind, each.to, each.lines[0].title) for each in office.sent] == [
        ("due", "user1@example.com", "Rule 1")
    ]
    assert first is second
    assert office.outcomes() == [("due", "sent")]
    (entry,) = first.calendar
    assert (entry.day, entry.sequence) == (in_days(7), 0)
    assert {"NoticesDecided", "NoticesSettled"} <= {*office.told()}


async def test_several_of_a_kind_are_one_letter() -> None:
    office = await with_ana(PostOffice(), 7, 1, 30, -7)
    await office.work()
    assert [(each.kind, sorted(line.title for line in each.lines)) for each in office.sent] == [
        ("due", ["Rule 1", "Rule 2", "Rule 3"]),
        ("overdue", ["Rule 4"]),
    ]
    page = await office.service.bus.ask(ListNotices(ANA, about=uid(302)), SYSTEM)
    assert [(each.object_id, each.state) for each in page.items] == [(uid(302), "sent")]


async def test_what_is_no_longer_true_is_not_sent() -> None:
    office = await with_ana(PostOffice(quiet_hours="08:00-20:00"), 7, 1, 30)
    await office.work()
    assert office.outcomes() == [("due", "waiting", "quiet")] * 3
    await office.owes(ANA, uid(301), in_days(7), is_open=False)
    await office.owes(ANA, uid(302), in_days(1), relief=ReliefAxis.WAIVED)
    await office.owes(ANA, uid(303), in_days(60))
    await office.work(hours=12)
    assert office.sent == []
    assert office.outcomes() == [("due", "suppressed", "superseded")] * 3


async def test_an_extension_moves_the_entry_in_the_calendar() -> None:
    office = await with_ana(PostOffice(), 7)
    await office.work()
    await office.owes(ANA, uid(301), in_days(30))
    await office.work(hours=1)
    before, after = (each.calendar[0] for each in office.sent)
    assert (before.uid, before.sequence, before.day) == (after.uid, 0, in_days(7))
    assert (after.sequence, after.day) == (1, in_days(30))


@for_each(
    ("facts", "reason"),
    [
        ({"email": None}, "no_address"),
        ({"email": "ana@unifieddental.example"}, "demonstration"),
    ],
)
async def test_who_cannot_be_sent_anything(facts: dict[str, Any], reason: str) -> None:
    office = await with_ana(PostOffice(), 7, **facts)
    await office.work()
    assert (office.sent, office.outcomes()) == ([], [("due", "suppressed", reason)])


async def test_somebody_who_leaves_meanwhile() -> None:
    office = await with_ana(PostOffice(quiet_hours="08:00-20:00"), 7)
    await office.work()
    await office.do(DeactivateUsers((ANA,)), OFFICER)
    await office.work(hours=12)
    assert (office.sent, office.outcomes()) == ([], [("due", "suppressed", "deactivated")])


async def test_preferences_hold_unless_the_law_asks_for_it() -> None:
    for statutory, outcome in ((False, ("overdue", "suppressed", "preference")), (True, ("overdue", "sent"))):
        office = await with_ana(PostOffice(), 7, -7, statutory=statutory)
        await office.do(ChangeNoticePreferences(ANA, due=False, overdue=False), Actor(ANA, Role.AUTHENTICATED))
        await office.work()
        assert office.outcomes() == [("due", "suppressed", "preference"), outcome]
        assert [each.unsubscribe for each in office.sent] == [None] * statutory


async def test_the_link_turns_off_its_kind_alone() -> None:
    office = await with_ana(PostOffice(), 7, -7)
    await office.work()
    links = {str(each.kind): each.unsubscribe for each in office.sent}
    assert links["due"] is not None
    token = links["due"].rpartition("/")[2]
    await office.do(Unsubscribe(token))
    await office.do(Unsubscribe(token))
    await office.work(days=6)
    assert [each.kind for each in office.sent] == ["due", "overdue"]
    for wrong in ("", token[:-2], "x" + token, token.swapcase(), "é"):
        with pytest.raises(UnsubscribeLinkUnknown):
            await office.do(Unsubscribe(wrong))
    await office.work(days=1)
    assert [each.kind for each in office.sent] == ["due", "overdue", "overdue"]
    assert office.told().count("NoticePreferencesChanged") == 1


async def test_quiet_hours_are_those_of_the_location() -> None:
    office = await with_ana(PostOffice(quiet_hours="20:00-10:00"), 7)
    await office.work()
    (notice,) = office.notices()
    assert (notice.reason, notice.not_before and notice.not_before.hour) == ("quiet", 16)
    await office.work(minutes=59)
    assert office.sent == []
    await office.work(minutes=1)
    assert len(office.sent) == 1


async def test_of_what_happens_people_are_notified_once() -> None:
    office = await with_ana(PostOffice())
    await office.do(EnrollUser(await office.course(), ANA), OFFICER)
    card = await office.do(SubmitCredential(ANA, "bls", "AHA", TODAY, None), Actor(ANA, Role.AUTHENTICATED))
    await office.do(RejectCredential(card.id, "Unreadable."), OFFICER)
    for _ in range(3):
        await office.work(hours=1)
    assert sorted((str(each.kind), each.lines[0].title) for each in office.sent) == [
        ("assigned", "Infection control"),
        ("rejected", "bls of AHA"),
    ]
    assert [each.lines[0].reason for each in office.sent if each.kind == "rejected"] == ["Unreadable."]
    assert not any("Unreadable" in str(each.event) for each in office.store.table(OUTBOX).rows())


@for_each("first", ["enrollment", "obligation"])
async def test_an_enrollment_and_an_obligation_about_the_same_module_are_one_message(first: str) -> None:
    office = await with_ana(PostOffice())
    course, rule = await office.course(), await office.requirement()
    steps = [
        partial(office.do, EnrollUser(course, ANA), OFFICER),
        partial(office.owes, ANA, rule, in_days(60), opened_on=TODAY, modules=(course,)),
    ]
    for step in steps if first == "enrollment" else reversed(steps):
        await step()
        await office.work(hours=1)
    for _ in range(3):
        await office.work(days=1)
    expected = "Infection control" if first == "enrollment" else "Rule 1"
    assert [(str(each.kind), each.lines[0].title) for each in office.sent] == [("assigned", expected)]


async def test_an_enrollment_long_after_the_obligation_is_news() -> None:
    office = await with_ana(PostOffice())
    course = await office.course()
    await office.owes(ANA, await office.requirement(), in_days(60), opened_on=TODAY, modules=(course,))
    await office.work()
    await office.work(days=2)
    await office.do(EnrollUser(course, ANA), OFFICER)
    for _ in range(2):
        await office.work(hours=1)
    assert [each.lines[0].title for each in office.sent] == ["Rule 1", "Infection control"]


async def test_nobody_is_notified_of_what_happened_long_ago() -> None:
    office = await with_ana(PostOffice())
    await office.do(EnrollUser(await office.course(), ANA), OFFICER)
    await office.work(days=4)
    assert (office.sent, office.notices()) == ([], [])


async def test_a_manager_gets_one_digest_a_week_of_what_can_be_acted_on() -> None:
    office = await with_ana(PostOffice(), -7, 3, department="Lab")
    await office.person(2, department="Front desk")
    await office.owes(BEN, uid(301), in_days(-7), timing=Timing.OVERDUE)
    await office.person(9, role=Role.MANAGER, managed_departments=("Lab",), department="Lab")
    await office.owes(MAX, uid(301), in_days(-7), timing=Timing.OVERDUE)
    for _ in range(8):
        await office.work(days=1)
    digests = [each for each in office.sent if each.kind == "digest"]
    assert [each.to for each in digests] == ["user9@example.com"] * 2
    assert [(line.who, line.title) for line in digests[0].lines] == [("User 1", "Rule 1"), ("User 1", "Rule 2")]


async def test_a_manager_whose_people_owe_nothing_gets_none() -> None:
    office = await with_ana(PostOffice(), role=Role.MANAGER, managed_departments=("Lab",))
    await office.work()
    assert (office.sent, office.outcomes()) == ([], [("digest", "suppressed", "superseded")])


async def test_who_is_no_manager_any_more_gets_no_digest() -> None:
    """Not of the people at the location that the person still is responsible for, either."""
    office = await with_ana(PostOffice(quiet_hours="08:00-20:00"), -7, responsible_id=MAX)
    await office.person(9, role=Role.MANAGER)
    await office.work()
    await office.do(EditUser(MAX, role=Role.AUTHENTICATED), OFFICER)
    await office.work(hours=12)
    assert "digest" not in [each.kind for each in office.sent]
    assert [each for each in office.outcomes() if each[0] == "digest"] == [("digest", "suppressed", "superseded")]


async def test_the_link_of_a_merged_user_turns_off_what_the_person_gets() -> None:
    office = await with_ana(PostOffice(), 7)
    await office.work()
    (before,) = office.sent
    await office.person(2)
    await office.do(MergeUser(ANA, BEN, "The same person."), OFFICER)
    await office.do(Unsubscribe(str(before.unsubscribe).rpartition("/")[2]))
    kept = office.store.tables["notice_settings"].by_key
    assert [(who, each.declined) for who, each in kept.items()] == [(BEN, ("due",))]


async def test_a_refused_address_is_that_of_the_person_whom_a_merged_user_stands_for() -> None:
    async with mail_server(MailBox({"RCPT": ["550 no such user"]})) as box:
        office = await with_ana(PostOffice(smtp(box), quiet_hours="08:00-20:00"))
        card = await office.do(SubmitCredential(ANA, "bls", "AHA", TODAY, None), Actor(ANA, Role.AUTHENTICATED))
        await office.do(RejectCredential(card.id, "Unreadable."), OFFICER)
        await office.work()
        await office.person(2)
        await office.do(MergeUser(ANA, BEN, "The same person."), OFFICER)
        await office.work(hours=12)
    kept = office.store.tables["notice_settings"].by_key
    assert {who: each.refused_address for who, each in kept.items()} == {BEN: fingerprint("user2@example.com")}


async def test_without_a_mail_server_nothing_is_decided() -> None:
    office = await with_ana(PostOffice(NoMailer()), 7)
    await office.work()
    assert office.notices() == []


class TestAnswersOfTheMailServer:
    async def test_an_address_that_bounces_is_tried_again_when_it_changes(self) -> None:
        async with mail_server(MailBox({"RCPT": ["550 no such user"]})) as box:
            office = await with_ana(PostOffice(smtp(box)), 7)
            await office.work()
            assert office.outcomes() == [("due", "failed", "refused")]
            assert office.notices()[0].status == 550
            await office.work(days=6)
            assert office.outcomes()[1:] == [("due", "suppressed", "bouncing")]
            await office.moves_to(ANA, "ana.ruiz@example.com")
            await office.work(days=1)
        assert [recipient for _, recipient, _ in box.received] == ["ana.ruiz@example.com"]
        assert office.outcomes()[2:] == [("due", "sent")]

    async def test_what_is_refused_for_the_moment_is_tried_again(self) -> None:
        async with mail_server(MailBox({"RCPT": ["451 later", "421 later"], "DATA": ["451 later"]})) as box:
            office = await with_ana(PostOffice(smtp(box)), 7)
            for minutes in (0, 2, 10, 60):
                await office.work(minutes=minutes)
        assert (len(box.received), office.outcomes()) == (1, [("due", "sent")])

    async def test_what_may_have_been_taken_is_sent_again_with_the_same_id(self) -> None:
        async with mail_server(MailBox({"END": [""]})) as box:
            office = await with_ana(PostOffice(smtp(box)), 7)
            await office.work()
            await office.work(minutes=2)
        assert len(box.received) == 2
        assert len({each["Message-ID"] for each in box.messages}) == 1
        assert office.outcomes() == [("due", "sent")]

    async def test_after_two_days_it_is_given_up_and_can_be_sent_again(self) -> None:
        async with mail_server(MailBox({"RCPT": "451 later"})) as box:
            office = await with_ana(PostOffice(smtp(box)), 7)
            for _ in range(60):
                await office.work(hours=1)
            assert office.outcomes() == [("due", "failed", "gave_up")]
            page = await office.service.resolve(DeliveryReader).page(DeliveryFilter(DeliveryState.DEAD), None, 10)
            assert [each.channel for each in page.items] == ["mail"]
            box.answers.clear()
            await office.do(ReplayDelivery(page.items[0].id), OFFICER)
            await office.work(minutes=1)
        assert (len(box.received), office.outcomes()) == (1, [("due", "sent")])

    async def test_when_the_service_itself_is_refused_nothing_is_lost(self, caplog: pytest.LogCaptureFixture) -> None:
        office = await with_ana(PostOffice(), 7, -7)
        attempts: list[object] = []

        def refuse(letter: object) -> None:
            attempts.append(letter)
            raise MailStopped("authentication 535")

        office.mailer.before = refuse
        for _ in range(24):
            await office.work(minutes=5)
        assert 1 <= len(attempts) <= 9
        assert next(each.levelno for each in caplog.records if "mail is stopped" in each.message) == logging.ERROR
        office.mailer.before = lambda letter: None
        await office.work(minutes=20)
        assert office.outcomes() == [("due", "sent"), ("overdue", "sent")]


def smtp(box: MailBox) -> SmtpMailer:
    links = LetterLinks("https://learn.example.com", "https://training.example.com")
    server = MailServer("127.0.0.1", box.port, Protection.NONE, connect_timeout=5, total_timeout=5)
    return SmtpMailer(server, Messages("training@example.com", "Unified Dental", links))


async def test_erasure_ends_what_waits_and_forgets_what_was_chosen() -> None:
    office = await with_ana(PostOffice(quiet_hours="08:00-20:00"), 7)
    await office.do(ChangeNoticePreferences(ANA, digest=False), Actor(ANA, Role.AUTHENTICATED))
    await office.work()
    exported = await office.service.bus.ask(ExportPersonalData(ANA), OFFICER)
    assert [(each.kind, each.state) for each in exported.notices] == [("due", "waiting")]
    assert exported.notice_preferences.digest is False
    await office.do(EraseUser(ANA, frozenset({1})), OFFICER)
    assert office.outcomes() == [("due", "suppressed", "erased")]
    assert office.store.tables["notice_settings"].by_key == {}
    await office.work(hours=12)
    assert office.sent == []


async def test_after_erasure_a_link_keeps_nothing_of_the_person() -> None:
    office = await with_ana(PostOffice(), 7)
    await office.work()
    token = str(office.sent[0].unsubscribe).rpartition("/")[2]
    await office.do(EraseUser(ANA, frozenset({1})), OFFICER)
    with pytest.raises(UnsubscribeLinkUnknown):
        await office.do(Unsubscribe(token))
    with pytest.raises(UnsubscribeLinkUnknown):
        await office.service.bus.ask(ReadUnsubscribeLink(token), SYSTEM)
    assert office.store.tables["notice_settings"].by_key == {}


async def test_no_log_and_no_event_tells_who_somebody_is(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "unified_dental"):
        async with mail_server(MailBox({"RCPT": ["550 no user1@example.com here", "451 user1", "250 ok"]})) as box:
            office = await with_ana(PostOffice(smtp(box)), 7, -7)
            for _ in range(3):
                await office.work(hours=1)
    assert office.outcomes()[0] == ("due", "failed", "refused")
    assert caplog.text
    for name in ("user1", "User 1", "example.com"):
        assert name not in caplog.text
        assert name not in repr([each.event for each in office.store.tables["outbox"].rows()])


async def test_missed_reminders_and_results_are_counted() -> None:
    office = await with_ana(PostOffice(), 7, -7, location_id=CHICAGO)
    office.clock.advance(timedelta(hours=24))
    assert await office.service.bus.ask(CountMissedReminders(), SYSTEM) == 2
    await office.work()
    assert await office.service.bus.ask(CountMissedReminders(), SYSTEM) == 0
    counts = await office.service.bus.ask(CountNotices(), SYSTEM)
    assert [(each.kind, each.state, each.number) for each in counts] == [("due", "sent", 1), ("overdue", "sent", 1)]
