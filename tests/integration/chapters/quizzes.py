"""Questions: all seven kinds, what is wrong with them, and where they cannot be."""

from __future__ import annotations

from typing import Any

from integration.chapters import NOBODY, Stage

AB = [{"id": "a", "text": "Gloves"}, {"id": "b", "text": "Mask"}]
CD = [{"id": "c", "text": "Hands"}, {"id": "d", "text": "Face – écran"}]
KINDS: list[dict[str, Any]] = [
    {"kind": "single_choice", "options": AB, "correct": "b"},
    {"kind": "multiple_choice", "options": AB, "correct": ["b", "a"]},
    {"kind": "true_false", "correct": False},
    {"kind": "short_text", "accepted": ["autoclave", "Autoklav"], "case_sensitive": True},
    {"kind": "numeric", "value": 121.5, "tolerance": 0.25, "unit": "°C"},
    {"kind": "ordering", "items": AB, "correct": ["b", "a"]},
    {"kind": "matching", "left": AB, "right": CD, "correct": {"b": "d", "a": "c"}},
]
WRONG: dict[str, dict[str, Any]] = {
    "An answer that is no option": {"kind": "single_choice", "options": AB, "correct": "z"},
    "No answer": {"kind": "multiple_choice", "options": AB, "correct": []},
    "Neither true nor false": {"kind": "true_false", "correct": "yes"},
    "The same answer twice": {"kind": "short_text", "accepted": ["x", "x"]},
    "A number beyond measure": {"kind": "numeric", "value": 1e13},
    "Not all in order": {"kind": "ordering", "items": AB, "correct": ["a"]},
    "A match that is not there": {"kind": "matching", "left": AB, "right": CD, "correct": {"a": "c", "b": "b"}},
    "No kind that we know": {"kind": "essay"},
    "No kind": {"correct": True},
}
MANY = {"prompt": "Yes?", "metadata": {"kind": "true_false", "correct": True}}


async def play(api: Stage) -> None:
    sections = [
        {"title": "Check", "content": {"kind": "quiz"}},
        {"title": "Read", "content": {"kind": "lesson", "markdown": "Sterilize."}},
    ]
    module = await api("A module with a quiz", "POST /v1/modules", {"title": "Sterilization", "sections": sections})
    one = module.headers["location"]
    quiz, lesson = (f"{one}/sections/{section['id']}/questions" for section in module.body["sections"])
    added = []
    for metadata in KINDS:
        kind = metadata["kind"].replace("_", " ")
        question = {"prompt": f"A question: {kind}", "metadata": metadata, "points": 2, "explanation": "Because."}
        added.append(await api(f"Of the kind {kind}", f"POST {quiz}", question))
    for what, metadata in WRONG.items():
        await api(what, f"POST {quiz}", {"prompt": "?", "metadata": metadata})
    await api("All of them", f"GET {quiz}")
    await api("First of all", f"POST {quiz}", {**MANY, "position": 1}, if_match='"8"')
    await api("Far beyond the end", f"POST {quiz}", {**MANY, "position": 10})

    question_url = f"{quiz}/{added[0].body['id']}"
    await api("Worth more", f"PATCH {question_url}", {"points": 5}, if_match='"9"')
    await api("Of another kind now", f"PATCH {question_url}", {"metadata": KINDS[4]}, if_match='"10"')
    await api("Worth too much", f"PATCH {question_url}", {"points": 101}, if_match='"11"')
    await api("Since when?", f"PATCH {question_url}", {"points": 1})
    await api("No such question", f"PATCH {quiz}/{NOBODY}", {"points": 1}, if_match='"11"')
    await api("Removed from the quiz", f"DELETE {question_url}", if_match='"11"')
    await api("Removed twice", f"DELETE {question_url}", if_match='"12"')
    await api("Left in the quiz", f"GET {quiz}")

    await api("A question for a lesson", f"POST {lesson}", MANY)
    await api("A lesson has none", f"GET {lesson}")
    await api("No such section has any", f"GET {one}/sections/{NOBODY}/questions")
    await api("Nor can have", f"POST {one}/sections/{NOBODY}/questions", MANY)
    await api("In no module at all", f"GET /v1/modules/{NOBODY}/sections/{NOBODY}/questions")

    full = {"title": "Long", "sections": [{"title": "Check", "content": {"kind": "quiz"}, "questions": [MANY] * 200}]}
    module = await api("A quiz that is full", "POST /v1/modules", full)
    section = f"{module.headers['location']}/sections/{module.body['sections'][0]['id']}"
    await api("One question more", f"POST {section}/questions", MANY)
