"""The Idempotency-Key header: a repeated POST is executed once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.messages import Command
from application.kernel.units import Answer, IdempotencyKey
from domain.kernel.errors import DomainError
from entrypoints.http.kit.problems import Problem, fault, invalid, problem_of
from entrypoints.http.kit.requests import HttpRequest, header

R = TypeVar("R")

KEY_PATTERN = "^[!-~]{1,255}$"
REPLAYED = ("idempotency-replayed", "true")

_KEY = re.compile(KEY_PATTERN)


def idempotency_key(request: HttpRequest, actor: Actor, body: bytes) -> IdempotencyKey | None:
    """The actor's key for this POST, if it has one. `body` identifies the body. Raises Problem."""
    value = header(request, b"idempotency-key") if request.method == "POST" else None
    if value is None:
        return None
    if not _KEY.fullmatch(value):
        raise invalid([fault("header", ["idempotency-key"], "must be 1 to 255 visible ASCII characters")])
    digest = sha256()
    condition = (header(request, b"if-match") or "").encode()
    for part in (request.scope["path"].encode(), request.scope["query_string"], condition, body):
        digest.update(len(part).to_bytes(8, "big") + part)
    owner = "system" if actor.id is None else str(actor.id)
    return IdempotencyKey(owner, value, digest.hexdigest())


async def carry_out(
    bus: Bus,
    command: Command[R],
    actor: Actor,
    key: IdempotencyKey | None,
    present: Callable[[R], Answer],
    shown_at: str | None,
) -> Answer:
    """Carry out the command, or answer as before if the key is known.

    `shown_at` is where the result can be read, unless the answer says so itself.
    """
    if key is None:
        return present(await bus.execute(command, actor))

    def present_with_short(result: R) -> Answer:
        answer = present(result)
        return replace(answer, short=_short(answer, shown_at, actor)) if answer.is_long else answer

    def present_error(error: DomainError) -> Answer:
        return problem_of(error).answer(actor.request_id or "")

    answer, replayed = await bus.execute_once(command, actor, key, present_with_short, present_error)
    return replace(answer, headers=(*answer.headers, REPLAYED)) if replayed else answer


def _short(answer: Answer, shown_at: str | None, actor: Actor) -> Answer:
    """What is kept of an answer that is too long: where its result can be read."""
    location = next((value for name, value in answer.headers if name == "location"), shown_at)
    if location:
        return Answer(303, (("location", location),), b"")
    return answer_not_kept(answer.status).answer(actor.request_id or "")


def answer_not_kept(status: int) -> Problem:
    """The first answer, which had this status, was longer than what is kept."""
    return Problem(
        409,
        "answer-not-kept",
        "The answer was too long to be stored",
        f"The first request with this Idempotency-Key was executed and answered with {status}; it was not "
        "executed again. That answer was too long to be stored: read the result instead.",
    )
