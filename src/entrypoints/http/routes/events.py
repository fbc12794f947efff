"""Routes of the feed of events."""

from __future__ import annotations

from application.delivery.feed.queries import ReadEvents
from entrypoints.http.kit.routing import Tag, query_route

TAG = Tag(
    "events",
    "What has happened, for other systems: [the events](/schema/events.json), and [an AsyncAPI "
    "document](/schema/asyncapi.json) about reading them.",
)
WORDS = {
    "after": "The `next_cursor` of the page before, or the `cursor` of the last event that you have processed. Without "
    "it the feed begins with the oldest event kept; `latest` begins with the next one that happens.",
    "name": "Only events with one of these names.",
    "wait": "If there are no events, the seconds to wait for some before the answer comes without any. A bit less than "
    "the time limit of requests is waited at most.",
}

ROUTES = [query_route("/events", ReadEvents, tag=TAG, words=WORDS, followed=True)]
