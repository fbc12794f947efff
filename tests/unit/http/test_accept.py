"""What Accept says that a client prefers, by RFC 9110."""

from __future__ import annotations

from entrypoints.http.kit.browser_pages import accept_of, prefers_html
from kit.about import for_each

BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html, application/xhtml+xml, image/jxr, */*;q=0.5",
    "text/html",
    "TEXT/HTML",
    "text/html;charset=utf-8",
    "text/*",
    "text/html;level=1",
    "text/html;q=0.9, application/json;q=0.8",
    "application/json;q=0, */*",
    "application/json;q=0.1, text/html;q=0.5, */*;q=0.9",
    "text/html ; Q=1.000 , */* ; q=0.999",
    "image/png, text/html;q=0.001",
]
PROGRAMS = [
    "",
    "*/*",
    "application/json",
    "application/problem+json",
    "application/json, text/plain, */*",
    "application/*",
    "application/json, text/html",
    "text/html, application/json",
    "text/html, */*",
    "text/html;q=0.8, */*",
    "text/html;q=0.8, application/json;q=0.9",
    "text/html;q=0",
    "text/html;q=0.0, */*;q=0.0",
    "text/html;q=2",
    "text/html;q=nan",
    "text/html;q=",
    "text/html;q=-1",
    "text/html;q=0.5, text/*;q=0.9, application/json;q=0.7",
    "image/png",
    "text/htmlx",
    "html",
    ",,;,/;q=1,",
    "text/plain",
    '"text/html',
]


@for_each("accept", BROWSERS)
def test_a_client_that_prefers_html_gets_it(accept: str) -> None:
    assert prefers_html(accept)


@for_each("accept", PROGRAMS)
def test_json_is_the_default(accept: str) -> None:
    assert not prefers_html(accept)


def test_several_lines_are_one_list() -> None:
    lines = [(b"accept", b"application/json;q=0.5"), (b"host", b"x"), (b"accept", b"text/html\xff, text/html")]
    assert accept_of(lines) == "application/json;q=0.5,text/html\xff, text/html"
    assert prefers_html(accept_of(lines))
