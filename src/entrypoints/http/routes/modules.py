"""Routes of the catalogue."""

from __future__ import annotations

from application.catalogue.modules.commands import (
    ArchiveModule,
    CreateModule,
    DeleteModule,
    EditModule,
    PublishModule,
    SetPrerequisites,
)
from application.catalogue.modules.queries import ListModules, ReadModule
from application.compliance.publication_preview import PreviewPublication
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("modules", "The catalogue of training modules: draft, published, archived.")
ONE = "/modules/{module_id}"
FILTERS = {
    "id": "Only modules with this id, or with one of these when it is repeated.",
    "status": "Only modules in this state.",
    "tag": "Only modules with this tag, or with one of these when it is repeated.",
    "q": "Only modules in whose title, summary or slug all these words occur, in any order; case and accents do not "
    "matter.",
}
EXAMPLES = {
    "id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "status": "published",
    "tag": ["osha", "annual"],
    "q": "pathogens bloodborne",
    "sort": "title",
}

NEW_MODULE = {
    "title": "Bloodborne pathogens in our new office",
    "slug": "bloodborne-pathogens-new-office",
    "summary": "What OSHA asks of everyone who may meet blood or saliva at work.",
    "tags": ["osha", "annual", "clinical"],
    "citation": "29 CFR 1910.1030",
    "estimated_minutes": 60,
    "sections": [
        {
            "title": "Standard precautions",
            "content": {"kind": "lesson", "markdown": "Treat **all** blood and saliva as if infectious."},
        },
        {
            "title": "Knowledge check",
            "content": {"kind": "quiz", "description": "One question, with any number of attempts."},
            "questions": [
                {
                    "prompt": "When do you wash your hands?",
                    "metadata": {
                        "kind": "single_choice",
                        "options": [
                            {"id": "a", "text": "Only when they look dirty"},
                            {"id": "b", "text": "Immediately after taking off gloves"},
                        ],
                        "correct": "b",
                    },
                    "explanation": "29 CFR 1910.1030(d)(2)(v) says so.",
                }
            ],
        },
    ],
}
PREREQUISITES = {"prerequisites": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"]}
CHANGED = {
    "change_note": "The 2026 vaccine guidance.",
    "material": True,
    "move_enrollments": True,
    "reopens": "everyone",
    "reopen_due_on": "2126-03-31",
}
MOVING_IS_MATERIAL = {
    "anyOf": [
        {"properties": {"move_enrollments": {"const": False}}},
        {"required": ["material"], "properties": {"material": {"const": True}}},
    ]
}
DUE_FOR_EVERYONE = {
    "anyOf": [
        {
            "required": ["reopens", "reopen_due_on"],
            "properties": {"reopens": {"const": "everyone"}, "reopen_due_on": {"type": "string"}},
        },
        {"properties": {"reopens": {"enum": ["new_people", "nobody", None]}, "reopen_due_on": {"type": "null"}}},
    ]
}
PUBLISHING = {
    "allOf": [
        MOVING_IS_MATERIAL,
        {
            "anyOf": [
                {"properties": {"material": {"const": False}, "reopens": {"enum": ["nobody", None]}}},
                {
                    "required": ["material", "reopens"],
                    "properties": {"material": {"const": True}, "reopens": {"type": "string"}},
                },
            ]
        },
        DUE_FOR_EVERYONE,
    ]
}
# If no slug is given, it is made from the title's ASCII letters and digits.
SLUG_OR_LATIN_TITLE = {
    "anyOf": [
        {"required": ["slug"], "properties": {"slug": {"type": "string"}}},
        {"properties": {"title": {"pattern": "[A-Za-z0-9]"}}},
    ]
}

ROUTES = [
    query_route("/modules", ListModules, tag=TAG, personal=False, words=FILTERS, examples=EXAMPLES),
    command_route(
        "POST",
        "/modules",
        CreateModule,
        status=201,
        location="/v1/modules/{id}",
        tag=TAG,
        example=NEW_MODULE,
        rule=SLUG_OR_LATIN_TITLE,
    ),
    query_route(ONE, ReadModule, tag=TAG, personal=False),
    command_route("PATCH", ONE, EditModule, tag=TAG, example={"estimated_minutes": 45, "tags": ["osha", "annual"]}),
    command_route("DELETE", ONE, DeleteModule, status=204, tag=TAG),
    command_route("PUT", f"{ONE}/prerequisites", SetPrerequisites, tag=TAG, example=PREREQUISITES),
    command_route("POST", f"{ONE}/publish", PublishModule, tag=TAG, example=CHANGED, rule=PUBLISHING, cost=2),
    command_route(
        "POST",
        f"{ONE}/publication-preview",
        PreviewPublication,
        tag=TAG,
        example={"reopens": "everyone", "reopen_due_on": "2126-03-31"},
        rule=DUE_FOR_EVERYONE,
        cost=2,
    ),
    command_route("POST", f"{ONE}/archive", ArchiveModule, tag=TAG),
]
