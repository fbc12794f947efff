"""The calendar file of due days (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from application.delivery.notices.letters import CalendarEntry


def calendar_file(entries: Sequence[CalendarEntry], written_at: datetime) -> bytes:
    """One all-day event for each due day. It is published, not an invitation: nobody is asked to answer."""
    calendar = Calendar()
    calendar.add("prodid", "-//Unified Dental//Training//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for each in entries:
        event = Event()
        event.add("uid", each.uid)
        event.add("sequence", each.sequence)
        event.add("dtstamp", written_at)
        event.add("dtstart", each.day)
        event.add("dtend", each.day + timedelta(days=1))
        event.add("summary", f"Due: {each.title}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
