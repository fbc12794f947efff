"""What people do not want to be notified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from application.delivery.notices.letters import UnsubscribeLinks
from application.delivery.notices.ports import NoticeFacts, NoticeSettingsOfPeople
from application.kernel.access import Actor, anyone, the_system
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Query, Unset
from application.kernel.ports import Calendar, Clock
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from domain.delivery.notices import NoticeKind
from domain.delivery.recipients import OPTIONAL, NoticePreferencesChanged, NoticeSettings
from domain.kernel.errors import NotFound
from domain.kernel.values import Text
from domain.people.user_errors import UserNotFound

LONGEST_TOKEN = 200
Token = Annotated[str, Text(LONGEST_TOKEN, form="as_typed")]


class UnsubscribeLinkUnknown(NotFound):
    """No link has this token."""

    slug = "unsubscribe-link-unknown"
    title = "The link is not valid"
    sentence = "This link is not valid. Open the one in a newer message, or sign in and change your preferences."


@dataclass(slots=True)
class NoticePreferencesView:
    """Which kinds of e-mail a person wants: `due` and `overdue` are reminders, `digest` is for managers, `certificate`
    says that one was earned, `expiring` that something expires, and `rejected` that a credential was not accepted.

    What is newly assigned is always sent, and so are reminders of what is overdue by law.
    """

    user_id: UUID
    due: bool
    overdue: bool
    digest: bool
    certificate: bool
    expiring: bool
    rejected: bool

    @classmethod
    def of(cls, settings: NoticeSettings) -> NoticePreferencesView:
        return cls(settings.user_id, **{kind.value: kind not in settings.declined for kind in OPTIONAL})


class NoticeSettingsReader(Protocol):
    """Reads what people do not want to be notified, with one statement per call."""

    async def of_user(self, user_id: UUID) -> NoticePreferencesView:
        """What the person wants; everything, if nothing was chosen."""


@dataclass(frozen=True, slots=True)
class ReadNoticePreferences(Query[NoticePreferencesView]):
    """Which kinds of e-mail somebody wants."""

    user_id: UUID


@handles(ReadNoticePreferences, allow=anyone, raises=(UserNotFound,))
async def read_notice_preferences(
    query: ReadNoticePreferences, actor: Actor, settings: NoticeSettingsReader
) -> NoticePreferencesView:
    """Show people which kinds of e-mail they get."""
    _require_oneself(query.user_id, actor)
    return await settings.of_user(query.user_id)


@dataclass(frozen=True, slots=True)
class ChangeNoticePreferences(Command[NoticePreferencesView]):
    """Turn the given kinds of e-mail on or off."""

    user_id: UUID
    due: bool | Unset = UNSET
    overdue: bool | Unset = UNSET
    digest: bool | Unset = UNSET
    certificate: bool | Unset = UNSET
    expiring: bool | Unset = UNSET
    rejected: bool | Unset = UNSET


@handles(ChangeNoticePreferences, allow=anyone, raises=(UserNotFound,))
async def change_notice_preferences(
    command: ChangeNoticePreferences, actor: Actor, settings: NoticeSettingsOfPeople, events: Events
) -> NoticePreferencesView:
    """People turn kinds of e-mail on or off for themselves, except those that they must get."""
    _require_oneself(command.user_id, actor)
    asked = {kind: getattr(command, kind.value) for kind in OPTIONAL}
    wanted = {kind: each for kind, each in asked.items() if not isinstance(each, Unset)}
    return NoticePreferencesView.of(await _change(settings, events, command.user_id, wanted))


@dataclass(slots=True)
class UnsubscribeView:
    """The kind of e-mail that a link turns off, and whether it is on."""

    kind: NoticeKind
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class KnownLinks(PortSet):
    """What links turn off, and for whom."""

    links: UnsubscribeLinks
    facts: NoticeFacts
    clock: Clock
    calendar: Calendar

    async def read(self, token: str) -> tuple[UUID, NoticeKind]:
        """The person and the kind: of a merged user, the one who stands for the person and gets the e-mails now.

        Raises UnsubscribeLinkUnknown, also for people who were erased: nothing is kept of them.
        """
        found = self.links.read(token)
        if found is None or found[1] not in OPTIONAL:
            raise UnsubscribeLinkUnknown
        person = await self.facts.recipient(found[0], self.calendar.day_of(self.clock.now()))
        if person is None or person.is_erased:
            raise UnsubscribeLinkUnknown
        return person.user_id, found[1]


@dataclass(frozen=True, slots=True)
class ReadUnsubscribeLink(Query[UnsubscribeView]):
    """What the link in a message turns off."""

    token: Token


@handles(ReadUnsubscribeLink, allow=the_system, internal=True, raises=(UnsubscribeLinkUnknown,))
async def read_unsubscribe_link(
    query: ReadUnsubscribeLink, actor: Actor, links: KnownLinks, settings: NoticeSettingsReader
) -> UnsubscribeView:
    """The service shows everyone who has a link from a message what it turns off. Nothing is changed."""
    user_id, kind = await links.read(query.token)
    known = await settings.of_user(user_id)
    return UnsubscribeView(kind, getattr(known, kind.value))


@dataclass(frozen=True, slots=True)
class Unsubscribe(Command[UnsubscribeView]):
    """Turn off what the link in a message is about."""

    token: Token


@handles(Unsubscribe, allow=the_system, internal=True, raises=(UnsubscribeLinkUnknown,))
async def unsubscribe(
    command: Unsubscribe, actor: Actor, links: KnownLinks, settings: NoticeSettingsOfPeople, events: Events
) -> UnsubscribeView:
    """The service turns off one kind of e-mail for the person to whom the link was sent, and changes nothing else."""
    user_id, kind = await links.read(command.token)
    await _change(settings, events, user_id, {kind: False})
    return UnsubscribeView(kind, is_wanted=False)


async def _change(
    settings: NoticeSettingsOfPeople, events: Events, user_id: UUID, wanted: dict[NoticeKind, bool]
) -> NoticeSettings:
    before = after = await settings.get(user_id)
    for kind, each in wanted.items():
        after = after.wanting(kind, each)
    if after != before:
        await settings.keep(after)
        events.record(NoticePreferencesChanged(user_id))
    return after


def _require_oneself(user_id: UUID, actor: Actor) -> None:
    if actor.user_id != user_id:
        raise UserNotFound
