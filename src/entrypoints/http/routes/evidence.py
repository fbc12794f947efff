"""Routes of the evidence: training records, classroom sessions and certificates."""

from __future__ import annotations

from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.certificates.queries import (
    ListCertificates,
    PrintCertificate,
    ReadCertificate,
    VerifyCertificate,
)
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords, ReadRecord
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import RecordSession
from application.evidence.sessions.queries import ListSessions, ReadSession
from entrypoints.http.kit.routing import Tag, command_route, document_route, query_route
from entrypoints.http.pages.verification import CERTIFICATE_PAGE

RECORDS = Tag("records", "The evidence: who learned what, when, and from which version. It never changes.")
SESSIONS = Tag("sessions", "Training in a classroom.")
CERTIFICATES = Tag(
    "certificates", "The certificates that records earn: showing, printing, verifying and revoking them."
)
OF_USER = "/users/{user_id}/records"
CERTIFICATE = "/certificates/{serial}"
SERIAL = {"serial": "The serial of the certificate, as it is printed there; case and hyphens do not matter."}

EXTERNAL = {
    "title": "Basic life support for healthcare providers",
    "issuer": "American Heart Association",
    "reference": "eCard 2260 1234 5678",
    "completed_on": "2026-02-14",
    "valid_until": "2028-02-29",
    "credit_hours": 4,
    "format": "live",
    "categories": ["basic_life_support"],
}
SESSION = {
    "module_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f",
    "starts_at": "2026-03-02T18:00:00Z",
    "ends_at": "2026-03-02T19:00:00Z",
    "location": "Austin North, break room",
    "summary": "Exposure control plan, sharps, what to do after a needlestick; questions and answers.",
    "trainers": [{"name": "Dana Whitfield, RDH", "qualifications": "OSHA-authorized trainer, 12 years in practice"}],
    "attendees": [{"user_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398e"}],
}
WRONG = {"reason": "Entered for the wrong person: she was on leave that day."}
REASON = {"reason": "Issued for the wrong person."}

ROUTES = [
    query_route(OF_USER, ListRecords, tag=RECORDS),
    command_route(
        "POST",
        OF_USER,
        RecordExternalTraining,
        status=201,
        location="/v1/records/{id}",
        tag=RECORDS,
        example=EXTERNAL,
    ),
    query_route("/records/{record_id}", ReadRecord, tag=RECORDS),
    command_route("POST", "/records/{record_id}/void", VoidRecord, tag=RECORDS, example=WRONG),
    query_route("/sessions", ListSessions, tag=SESSIONS),
    command_route(
        "POST", "/sessions", RecordSession, status=201, location="/v1/sessions/{id}", tag=SESSIONS, example=SESSION
    ),
    query_route("/sessions/{session_id}", ReadSession, tag=SESSIONS),
    query_route("/users/{user_id}/certificates", ListCertificates, tag=CERTIFICATES),
    query_route(CERTIFICATE, ReadCertificate, tag=CERTIFICATES, words=SERIAL),
    document_route(
        f"{CERTIFICATE}.pdf", PrintCertificate, media_type="application/pdf", tag=CERTIFICATES, words=SERIAL, cost=1
    ),
    command_route("POST", f"{CERTIFICATE}/revoke", RevokeCertificate, tag=CERTIFICATES, words=SERIAL, example=REASON),
    query_route(
        "/verify/{serial}",
        VerifyCertificate,
        tag=CERTIFICATES,
        words=SERIAL,
        public=True,
        cost=1,
        page=CERTIFICATE_PAGE,
    ),
]
