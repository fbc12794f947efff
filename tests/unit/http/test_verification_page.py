"""The page that a browser gets of a certificate, as those see it, hear it or print it who scan the QR code."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import fields
from datetime import date, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from application.evidence.certificates.queries import CertificateReader, Verification
from application.kernel.units import StoreUnavailable
from domain.evidence.certificates import serial_of
from domain.kernel.validity import CertificateState
from entrypoints.http.kit.allowances import LocalAllowances, Spending
from entrypoints.http.pages.verification import CERTIFICATE_PAGE
from kit.about import for_each
from unit.http.test_evidence import serial_in
from worlds.http import Api, World

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
UNKNOWN = serial_of(2**79)
ANA = Verification(
    "UD-7K3M-9QXT-0V2E-B4HN-C",
    CertificateState.VALID,
    "Ana Ruiz",
    "Bloodborne pathogens",
    date(2026, 3, 2),
    date(2026, 3, 3),
    date(2027, 3, 4),
    "Unified Dental",
)


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._within: list[str] = []
        self._text: list[str] = []
        self.headings: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "circle", "path"):
            self._within.append(tag)
        if tag in ("h1", "h2"):
            self.headings.append(tag + ": ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag, "elements are nested"

    def handle_data(self, data: str) -> None:
        if "body" in self._within:
            self._text.append(data)
        if self._within and self._within[-1] in ("h1", "h2"):
            self.headings[-1] += " ".join(data.split())

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def text(self) -> str:
        return " ".join("".join(self._text).split())


def shown(**changes: Any) -> Page:
    """The page of Ana's certificate, or of another."""
    facts = {field.name: getattr(ANA, field.name) for field in fields(ANA)}
    return Page(CERTIFICATE_PAGE.found(Verification(**{**facts, **changes})))


def checked(answer: httpx.Response) -> Page:
    """The page, which is one that is safe to show."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    assert answer.headers.get_list("content-security-policy") == [
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ]
    assert int(answer.headers["content-length"]) == len(answer.content)
    return Page(answer.text)


class TestWhoGetsIt:
    async def test_a_browser_gets_a_page_and_a_program_json(self, api: Api) -> None:
        serial = await serial_in(api)
        path = f"/v1/verify/{serial}"
        page = checked(await api.get(path, headers=BROWSER))
        assert page.headings[0] == "h1: This certificate is valid"
        assert all(each in page.text for each in ("Ana Ruiz", "Hand hygiene", serial))
        for accept in ("application/json", "*/*", "text/html;q=0.5,application/json"):
            answer = await api.get(path, headers={"accept": accept})
            assert (answer.status_code, answer.json()["state"]) == (200, "valid")
            assert answer.headers.get_list("vary") == ["Authorization", "Accept"]
            assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"

    async def test_a_request_without_accept_gets_json(self, api: Api) -> None:
        request = api.build_request("GET", f"/v1/verify/{await serial_in(api)}")
        del request.headers["accept"]
        assert (await api.send(request)).headers["content-type"] == "application/json"

    async def test_only_this_address_has_a_page(self, api: Api) -> None:
        serial = await serial_in(api)
        for path in ("/v1/modules", f"/v1/certificates/{serial}", "/v1/nothing", "/health/live"):
            answer = await api.get(path, headers=BROWSER)
            assert answer.headers["content-type"].startswith("application/"), path
            assert "Accept" not in answer.headers["vary"]

    async def test_an_expired_and_a_revoked_one_are_pages_too(self, api: Api, world: World) -> None:
        serial = await serial_in(api, evidence={"valid_months": 12})
        world.clock.advance(timedelta(days=400))
        expired = checked(await api.get(f"/v1/verify/{serial}", headers=BROWSER))
        assert expired.headings[0] == "h1: This certificate has expired"
        await api.post(f"/v1/certificates/{serial}/revoke", json={"reason": "Not for the public."})
        revoked = await api.get(f"/v1/verify/{serial}", headers=BROWSER)
        assert revoked.status_code == 200
        assert checked(revoked).headings[0] == "h1: This certificate was revoked"
        assert "Not for the public" not in revoked.text


class TestFailures:
    @pytest.mark.parametrize("serial", [UNKNOWN, "x", "x" * 500, "UD-7K3M%209QXT", "%3Cscript%3E", "x/y", "x/"])
    async def test_an_unknown_serial_is_a_page_that_repeats_nothing(self, empty_api: Api, serial: str) -> None:
        answer = await empty_api.get(f"/v1/verify/{serial}", headers=BROWSER)
        assert answer.status_code == 404
        assert checked(answer).headings == ["h1: No certificate has this serial number"]
        assert len(serial) < 5 or serial not in answer.text

    async def test_a_program_gets_json(self, empty_api: Api) -> None:
        for path in (f"/v1/verify/{UNKNOWN}", "/v1/verify/%20"):
            answer = await empty_api.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
            assert answer.headers.get_list("vary") == ["Authorization", "Accept"]

    async def test_too_many_verifications_are_refused_with_the_time_to_wait(self, world: World) -> None:
        spending = Spending(LocalAllowances(world.clock), per_person=1, per_address=2)
        async with world.client(spending=spending) as api:
            answers = [
                await api.get(f"/v1/verify/{UNKNOWN}", headers=headers) for headers in (BROWSER, {}, BROWSER, {})
            ]
        assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
        page = checked(answers[2])
        assert page.headings == ["h1: Too many certificates were verified in a short time"]
        assert f"Open it again in {answers[2].headers['retry-after']} seconds." in page.text

    async def test_a_database_that_does_not_answer_says_nothing_of_the_certificate(self, world: World) -> None:
        class Unavailable:
            async def detail(self, *_: object) -> None:
                raise StoreUnavailable("secret")

        world.objects[CertificateReader] = Unavailable()
        async with world.client() as api:
            answer = await api.get(f"/v1/verify/{UNKNOWN}", headers=BROWSER)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        page = checked(answer)
        assert page.headings == ["h1: The certificate cannot be verified at the moment"]
        assert "does not say whether the certificate is valid" in page.text
        assert "secret" not in answer.text

    async def test_another_method_is_refused_with_a_page(self, empty_api: Api) -> None:
        answer = await empty_api.post(f"/v1/verify/{UNKNOWN}", headers=BROWSER)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert checked(answer).headings == ["h1: Method not allowed"]


class TestWhatItShows:
    def test_it_shows_the_eight_fields_in_words(self) -> None:
        assert shown().text == (
            "Certificate verification This certificate is valid It is valid until the end of March 4, 2027. "
            "What the certificate says Name Ana Ruiz Training Bloodborne pathogens Completed on March 2, 2026 "
            "Valid from March 3, 2026 Valid until The end of March 4, 2027 Issued by Unified Dental "
            "Serial number UD-7K3M-9QXT-0V2E-B4HN-C Compare name, training and serial number with the certificate in "
            "front of you. The state is that of the day on which this page was opened."
        )
        days = [attributes["datetime"] for tag, attributes in shown().elements if tag == "time"]
        assert days == ["2027-03-04", "2026-03-02", "2026-03-03", "2027-03-04"]

    @pytest.mark.parametrize(
        ("state", "heading", "meaning"),
        [
            ("valid", "This certificate is valid", "It is valid until the end of March 4, 2027."),
            ("expired", "This certificate has expired", "It was valid until the end of March 4, 2027."),
            ("revoked", "This certificate was revoked", "It no longer proves the training."),
        ],
    )
    def test_each_state_is_said_in_words_and_by_a_sign(self, state: str, heading: str, meaning: str) -> None:
        page = shown(state=CertificateState(state))
        assert page.headings == [f"h1: {heading}", "h2: What the certificate says"]
        assert meaning in page.text
        signs = {tuple(a["d"] for tag, a in shown(state=each).elements if tag == "path") for each in CertificateState}
        assert len(signs) == len(CertificateState)

    def test_what_is_missing_is_said(self) -> None:
        page = shown(full_name=None, valid_until=None)
        assert "Name No name was recorded" in page.text
        assert "It has no expiration date." in page.text
        assert "Valid until No expiration" in page.text

    @for_each(
        "name",
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</bdi></main><h1>Valid</h1>",
            "</style><style>*{display:none}",
            "{{ 7 * 7 }}{% raw %}",
            "&lt;b&gt; &amp; 'x'",
            "<!-- -->]]>",
            "\u202eLive\u2066",
            "Nguyễn Thị Minh Khai",
            "محمد عبد الله",
            "W" * 200,
        ],
    )
    def test_every_name_is_shown_as_text(self, name: str) -> None:
        page = shown(full_name=name, title=name, issued_by=name)
        assert page.tags == shown().tags, "no element more, none less"
        assert page.text.count(" ".join(name.split())) == 3
        assert page.headings == shown().headings
        # Each is isolated, so that its direction does not reorder the text around it.
        assert page.tags.count("bdi") == 3


class TestForEverybody:
    """WCAG 2.2: language, landmarks, headings, zoom, contrast, and no meaning by color alone."""

    def test_its_structure_can_be_heard(self) -> None:
        page = shown()
        assert dict(page.elements)["html"] == {"lang": "en"}
        for landmark in ("header", "main", "footer", "h1", "title"):
            assert page.tags.count(landmark) == 1
        assert page.tags.count("dt") == page.tags.count("dd") == 7
        assert dict(page.elements)["svg"]["aria-hidden"] == "true"
        assert dict(page.elements)["meta"]["content"]
        viewport = next(a["content"] for tag, a in page.elements if a.get("name") == "viewport")
        assert viewport == "width=device-width, initial-scale=1", "it can be zoomed"

    def test_it_loads_and_runs_nothing(self) -> None:
        page = shown()
        assert not {"script", "link", "img", "iframe", "form", "a", "object", "base"} & {*page.tags}
        assert not {"src", "href", "style", "action"} & {name for _, a in page.elements for name in a}
        style = CERTIFICATE_PAGE.found(ANA).partition("<style>")[2].partition("</style>")[0]
        assert "url(" not in style
        assert "@import" not in style

    def test_its_colors_have_contrast(self) -> None:
        style = CERTIFICATE_PAGE.found(ANA).partition("<style>")[2].partition("</style>")[0]
        pairs = re.findall(r"--state: (#\w{6}); --pale: (#\w{6})", style)
        assert len(pairs) == 4
        pairs += [(color, "#ffffff") for color in re.findall(r"--(?:ink|grey): (#\w{6})", style)]
        assert len(pairs) == 6
        assert min(contrast(*pair) for pair in pairs) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors, by WCAG."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
