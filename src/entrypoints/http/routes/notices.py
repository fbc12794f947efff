"""Routes of notices: what people are notified by e-mail."""

from __future__ import annotations

from application.delivery.notices.preferences import ChangeNoticePreferences, ReadNoticePreferences
from application.delivery.notices.queries import ListNotices
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("notices", "What people are notified by e-mail, and what they do not want to be notified.")
PREFERENCES = "/users/{user_id}/notice-preferences"
ABOUT = {
    "about": "Only notices about this requirement, module, credential or record. The `requirement_id` of an obligation "
    "shows what was sent about it, and why something was not."
}

ROUTES = [
    query_route(
        "/users/{user_id}/notices",
        ListNotices,
        tag=TAG,
        words=ABOUT,
        examples={"about": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"},
    ),
    query_route(PREFERENCES, ReadNoticePreferences, tag=TAG),
    command_route("PATCH", PREFERENCES, ChangeNoticePreferences, tag=TAG, example={"due": False}),
]
