"""Situations of service accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from application.people.service_accounts.commands import (
    CreateServiceAccount,
    EditServiceAccount,
    NoteKeyUse,
    RevokeServiceAccountKey,
    RotateServiceAccountKey,
)
from domain.kernel.key_scopes import KeyScope
from situations import Sent, situation
from situations.stage import OFFICER, SYSTEM, TELLTALE, Stage

NEW = CreateServiceAccount(f"{TELLTALE} system", f"For {TELLTALE}", (KeyScope.RECORDS_READ,), 90, (TELLTALE,))


async def account(stage: Stage) -> Any:
    """A service account that has one key."""
    return await stage.do(NEW, OFFICER)


@situation(CreateServiceAccount)
async def a_new_program(stage: Stage) -> Sent:
    return NEW, OFFICER


@situation(EditServiceAccount)
async def more_rights_for_a_program(stage: Stage) -> Sent:
    scopes = (KeyScope.RECORDS_READ, KeyScope.REPORTS_READ)
    return EditServiceAccount((await account(stage)).id, name=f"The {TELLTALE}", scopes=scopes), OFFICER


@situation(EditServiceAccount)
async def a_program_that_is_disabled(stage: Stage) -> Sent:
    return EditServiceAccount((await account(stage)).id, is_active=False), OFFICER


@situation(EditServiceAccount)
async def a_program_that_is_enabled_again(stage: Stage) -> Sent:
    known = await account(stage)
    await stage.do(EditServiceAccount(known.id, is_active=False))
    return EditServiceAccount(known.id, is_active=True), OFFICER


@situation(RotateServiceAccountKey)
async def a_key_that_is_replaced(stage: Stage) -> Sent:
    return RotateServiceAccountKey((await account(stage)).id, 90), OFFICER


@situation(RotateServiceAccountKey)
async def a_key_after_the_last_one_has_expired(stage: Stage) -> Sent:
    known = await account(stage)
    stage.clock.advance(timedelta(days=91))
    return RotateServiceAccountKey(known.id, 90, 0), OFFICER


@situation(RevokeServiceAccountKey)
async def a_key_that_has_leaked(stage: Stage) -> Sent:
    known = await account(stage)
    return RevokeServiceAccountKey(known.id, known.keys[0].id), OFFICER


@situation(NoteKeyUse)
async def a_key_that_is_used(stage: Stage) -> Sent:
    known = await account(stage)
    return NoteKeyUse(known.id, known.keys[0].id), SYSTEM
