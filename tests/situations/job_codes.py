"""Situations of job codes and titles."""

from __future__ import annotations

from application.people.job_codes.commands import MapJobTitle, ReplaceJobCodes
from domain.people.job_codes import SHIPPED, JobCode
from situations import Sent, situation
from situations.stage import OFFICER, TELLTALE, Stage


@situation(ReplaceJobCodes)
async def another_job_code(stage: Stage) -> Sent:
    return ReplaceJobCodes((*SHIPPED, JobCode("keeper", TELLTALE))), OFFICER


@situation(MapJobTitle)
async def a_title_that_nobody_has(stage: Stage) -> Sent:
    return MapJobTitle(TELLTALE, "hygienist"), OFFICER


@situation(MapJobTitle)
async def a_title_that_people_have(stage: Stage) -> Sent:
    await stage.person()
    await stage.person("ben")
    return MapJobTitle(f" {TELLTALE.upper()} ", "hygienist"), OFFICER


@situation(MapJobTitle)
async def a_mapping_that_is_taken_back(stage: Stage) -> Sent:
    await stage.person()
    await stage.do(MapJobTitle(TELLTALE, "hygienist"))
    return MapJobTitle(TELLTALE, None), OFFICER
