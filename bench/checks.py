"""Whether the answers are right, before anybody is timed: every read that will be asked for, and a few writes."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from bench.cases import ALONE, BARE, FLOOR, LEARNERS, OURS, PAGE, PAGES, Request, enrollment, page_for_guide
from bench.dataset import AUTHORS, COMPLIANCE, FREE, PARTICIPANTS, Dataset, Enrollment, Module, new_module
from bench.load import WrongAnswers
from bench.rounds import Field, restore
from bench.servers import Running
from bench.tokens import authorization

PLAIN = ("slug", "title", "summary", "status", "tags", "citation", "estimated_minutes")
READS = ("R1", "R2", "R3")
MOMENTS = ("created_at", "published_at", "archived_at")


def check(field: Field, cases: Sequence[str]) -> None:
    """Let every contender answer the cases. Raises WrongAnswers."""
    checkers = [Checker(name, server, field.data, field.pages) for name, server in field.servers.items()]
    with ThreadPoolExecutor(len(checkers)) as threads:
        list(threads.map(lambda checker: checker.check([case for case in cases if case in READS]), checkers))
    for checker in checkers:
        checker.check([case for case in cases if case not in READS])
        asyncio.run(restore(field.databases[checker.contender], field.data))


class Checker:
    """Asks one contender and compares its answers with the rows that were put in."""

    def __init__(self, contender: str, server: Running, data: Dataset, pages: Sequence[str]) -> None:
        self._ordered = contender in (OURS, ALONE, BARE, FLOOR)
        # The slow ones are asked for fewer of them.
        self._step = 1 if self._ordered else 4
        self.contender = contender
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._data = data
        self._pages = pages

    def check(self, cases: Sequence[str]) -> None:
        """Raises WrongAnswers."""
        # The server closes what was idle for long, as while others are checked.
        self._connection.close()
        for case in cases:
            if self.contender not in (ALONE, BARE) or case == "R1":
                self._check(case)

    def _check(self, case: str) -> None:
        {"R1": self._modules, "R2": self._lists, "R3": self._enrollments, "W1": self._enroll, "W2": self._create}[
            case
        ]()

    def _modules(self) -> None:
        learner = authorization(self._data.users[PARTICIPANTS[0]])
        for module in self._data.shown()[:: self._step]:
            answer = self._ask(Request("GET", f"/v1/modules/{module.id}", learner), 200)
            expected = {
                **_summary(module),
                "sections": [
                    {
                        "id": str(each.id),
                        "position": each.position,
                        "title": each.title,
                        "content": {"kind": "lesson", "markdown": each.markdown},
                    }
                    for each in module.sections
                ],
            }
            self._same(_told(answer) | {"sections": answer["sections"]}, expected)

    def _lists(self) -> None:
        learner = authorization(self._data.users[PARTICIPANTS[0]])
        newest_first = list(reversed(self._data.published()))
        for number in range(PAGES):
            query = self._pages[number] if self._ordered else page_for_guide(number)
            answer = self._ask(Request("GET", f"/v1/modules?{query}", learner), 200)
            items = answer["items"] if self._ordered else answer
            expected = newest_first[number * PAGE : (number + 1) * PAGE]
            self._same([_told(item) for item in items], [_summary(module) for module in expected])

    def _enrollments(self) -> None:
        for number in PARTICIPANTS[: LEARNERS : self._step]:
            user = self._data.users[number]
            answer = self._ask(Request("GET", f"/v1/users/{user.id}/enrollments", authorization(user)), 200)
            expected = [_listed(each) for each in self._data.of_participant(number)]
            items = answer["items"] if self._ordered else answer
            told = [_told_listed(item) for item in items]
            if not self._ordered:
                # The guide's association table does not know when.
                told.sort(key=lambda each: str(each["slug"]))
                expected.sort(key=lambda each: str(each["slug"]))
            self._same(told, expected)

    def _enroll(self) -> None:
        officer = authorization(self._data.users[COMPLIANCE[0]])
        draft = next(module for module in self._data.modules if module.is_draft)
        for module, number in zip(self._data.published()[:20], FREE, strict=False):
            user = self._data.users[number]
            answer = self._ask(enrollment(module, user, officer), 201)
            told = {name: answer[name] for name in ("module_id", "user_id")}
            self._same(told, {"module_id": str(module.id), "user_id": str(user.id)})
        refused, _ = self._send(enrollment(draft, self._data.users[FREE[0]], officer))
        self._same(refused, 409)

    def _create(self) -> None:
        author = authorization(self._data.users[AUTHORS[0]])
        for number in range(20):
            body = new_module(-1 - number, random.Random(number))  # made-up text
            body["slug"] = f"checked-module-{number}"
            answer = self._ask(Request("POST", "/v1/modules", author, json.dumps(body).encode()), 201)
            sections = [{name: each[name] for name in ("title", "content")} for each in answer["sections"]]
            self._same({name: answer[name] for name in body if name != "sections"} | {"sections": sections}, body)
            self._same([each["position"] for each in answer["sections"]], [1, 2, 3])

    def _ask(self, request: Request, status: int) -> Any:
        got, body = self._send(request)
        if got != status:
            raise WrongAnswers(f"{self.contender}: {request.method} {request.path}: {got} {body[:500]!r}")
        return json.loads(body)

    def _send(self, request: Request) -> tuple[int, bytes]:
        headers = {"Authorization": request.authorization, "Content-Type": "application/json"}
        self._connection.request(
            request.method,
            request.path,
            request.body or None,
            headers if request.body else {"Authorization": request.authorization},
        )
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _same(self, told: Any, expected: Any) -> None:
        if told != expected:
            raise WrongAnswers(f"{self.contender} answers\n{str(told)[:1_000]}\ninstead of\n{str(expected)[:1_000]}")


def _summary(module: Module) -> dict[str, Any]:
    return {
        "id": str(module.id),
        **{name: getattr(module, name) for name in PLAIN},
        **{name: getattr(module, name) for name in MOMENTS},
    }


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    moments = {name: answer[name] and datetime.fromisoformat(answer[name]) for name in MOMENTS}
    return {"id": answer["id"], **{name: answer[name] for name in PLAIN}, **moments}


def _listed(enrollment: Enrollment) -> dict[str, Any]:
    module = enrollment.module
    return {
        "id": str(module.id),
        **{name: getattr(module, name) for name in ("slug", "title", "status", "estimated_minutes")},
    }


def _told_listed(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item.get("module_id") or item["id"],
        **{name: item[name] for name in ("slug", "title", "status", "estimated_minutes")},
    }
