"""Changing job codes, and mapping titles to them."""

from __future__ import annotations

from dataclasses import dataclass

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Ids
from application.kernel.units import Events
from application.people.job_codes.ports import JobCodeTables, JobTitles
from application.people.job_codes.queries import JobCodesView
from application.people.meanings.recording import MeaningRecorder
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.errors import StaleVersion
from domain.kernel.values import ShortName
from domain.people.job_codes import (
    Code,
    JobCodeInUse,
    JobCodeRequired,
    JobCodes,
    JobCodesChanged,
    JobCodesFollowed,
    JobTitleMapped,
)
from domain.people.meanings import text_key


@dataclass(slots=True)
class HeldJobCode:
    """A job code that active people have, and how many have it."""

    code: str
    people: int


@dataclass(slots=True)
class KeptJobCodes(JobCodesView):
    """The job codes as kept. `retired_and_held` are the retired ones that active people still have."""

    retired_and_held: list[HeldJobCode]


@dataclass(frozen=True, slots=True)
class ReplaceJobCodes(Command[KeptJobCodes]):
    """Replace the table of job codes; the order given is the order in which they are shown."""

    job_codes: JobCodes
    expected_versions: ExpectedVersions = None


@handles(ReplaceJobCodes, allow=administrators, raises=(JobCodeInUse, JobCodeRequired))
async def replace_job_codes(
    command: ReplaceJobCodes, actor: Actor, tables: JobCodeTables, titles: JobTitles, events: Events, ids: Ids
) -> KeptJobCodes:
    """Administrators add, rename, reorder and retire job codes, and remove those that no title has ever meant.

    A code that a title means or once meant cannot be removed, so that nobody's code disappears, nor one that a
    requirement names: retire it. The answer
    warns about retired codes that active people still have, until their titles are mapped to other codes.
    """
    present = await tables.current()
    if command.expected_versions is not None and present.version not in command.expected_versions:
        raise StaleVersion
    table = present.replaced(command.job_codes)
    if used := await titles.ever_meant(present.removed(table)):
        raise JobCodeInUse(used, sum((await titles.holders(used)).values()))
    if table is not present:
        change_id = ids.new()
        await tables.replace(change_id, table, actor.id)
        events.record(JobCodesChanged(change_id))
    held = await titles.holders([each.code for each in table.codes if each.retired])
    return KeptJobCodes(
        table.version,
        list(table.codes),
        [HeldJobCode(each.code, held[each.code]) for each in table.codes if each.code in held],
    )


@dataclass(slots=True)
class TitleAsMapped:
    """A job title and the code that it means now; `people` is how many, active or not, have another code by this."""

    title: str
    job_code: str | None
    people: int


@dataclass(frozen=True, slots=True)
class MapJobTitle(Command[TitleAsMapped]):
    """Say which job code a title means; null takes an earlier mapping back."""

    title: ShortName
    job_code: Code | None


@handles(MapJobTitle, allow=administrators)
async def map_job_title(
    command: MapJobTitle, actor: Actor, tables: JobCodeTables, titles: JobTitles, events: Events, ids: Ids
) -> TitleAsMapped:
    """Administrators say which job code a title means: everybody with this title has this code at once.

    Case, accents and space at the ends of a title do not count. Without a code, an earlier mapping is taken back. What
    a title meant earlier stays known, with who said so. The same mapping again changes nothing.
    """
    table = await tables.current()
    if command.job_code is not None:
        table.require_open(command.job_code)
    known = (await titles.meanings([command.title])).get(text_key(command.title))
    recorder = MeaningRecorder(titles, JobTitleMapped, JobCodesFollowed, actor, events, ids)
    people = await recorder.map(command.title, command.job_code, known)
    return TitleAsMapped(command.title, command.job_code, people)
