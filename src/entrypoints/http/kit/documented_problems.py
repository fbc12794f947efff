"""Which problems each operation may answer with: those of its handler, and those of the edge around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence

from litestar.exceptions import NotFoundException

from application.kernel.access import anyone, everyone
from application.kernel.handlers import Handler
from application.kernel.units import (
    KeyInFlight,
    KeyReused,
    SchemaBehind,
    StoreUnavailable,
    StoreWithoutRights,
    TooManyAnswers,
)
from application.people.sign_ins.identity import KeysUnavailable, NotAuthenticated, TokenRefused
from application.people.sign_ins.signing_in import SIGN_IN_REFUSALS
from domain.kernel.errors import DomainError, Forbidden, StaleVersion
from domain.kernel.key_scopes import PersonRequired, ScopeMissing, scope_needed
from domain.people.service_accounts import ServiceAccountIsDisabled
from entrypoints.connections.limits import HEAD_TOO_LARGE, TOO_MANY, TOO_MANY_WAITING
from entrypoints.http.kit.allowances import too_many_requests
from entrypoints.http.kit.deadlines import stopping, took_too_long
from entrypoints.http.kit.event_feed import own_readers_full, readers_full
from entrypoints.http.kit.idempotency import answer_not_kept
from entrypoints.http.kit.problems import (
    Problem,
    bad_request,
    client_gone,
    malformed,
    precondition_required,
    problem_of,
    status_of,
    too_large,
    unsupported_media_type,
)
from entrypoints.http.kit.routing import Route

KEYED: frozenset[type[DomainError]] = frozenset({KeyReused, KeyInFlight, TooManyAnswers})
"""The problems of an Idempotency-Key, which a POST may have."""

UNREADABLE = malformed("")
GONE = client_gone()
UNKNOWN_ADDRESS = problem_of(NotFoundException())
UNANSWERED = (took_too_long(), stopping(), TOO_MANY, TOO_MANY_WAITING)
"""What any request may get while there is no time or no place for it."""
ALWAYS = (
    too_many_requests(1),
    HEAD_TOO_LARGE,
    problem_of(Exception()),
    problem_of(StoreUnavailable()),
    problem_of(SchemaBehind()),
    problem_of(StoreWithoutRights()),
    *UNANSWERED,
)
"""What every operation may answer."""
BODILY = (bad_request(), GONE, too_large(), unsupported_media_type(""))
"""What is answered to a body that does not arrive, is too large or of another kind."""


def refusals() -> tuple[type[DomainError], ...]:
    """What keeps somebody out of every operation that requires a sign-in."""
    kinds = TokenRefused.__subclasses__()
    return NotAuthenticated, TokenRefused, *kinds, *SIGN_IN_REFUSALS, ServiceAccountIsDisabled


def errors_of(route: Route, handler: Handler) -> Iterator[type[DomainError]]:
    """The expected failures that the operation may answer with."""
    yield from handler.raises
    yield from (each for each in handler.failures if each not in KEYED and each is not StaleVersion)
    if not route.public:
        yield from refusals()
        needed = scope_needed(route.message.__name__)
        yield PersonRequired if needed is None else ScopeMissing
        if "user_id" in route.path_fields:
            yield PersonRequired
    if handler.allow not in (anyone, everyone):
        yield Forbidden
    if route.method == "POST":
        yield from KEYED
    if StaleVersion in handler.failures and (route.takes_versions or route.path_fields or route.upload):
        # A command that only adds something cannot overwrite another change.
        yield StaleVersion


def points_elsewhere(route: Route, readable: Container[str]) -> bool:
    """Whether a repeated POST can answer with the address of a result that was too long to be kept."""
    return route.method == "POST" and bool(route.location or (route.parent in readable and not route.upload))


def edge_problems_of(route: Route, readable: Container[str]) -> Iterator[Problem]:
    """The problems of the edge that the operation may answer with. `readable` are the paths of what one can read."""
    yield from ALWAYS
    if not route.public:
        yield problem_of(KeysUnavailable())
    if route.path_fields:
        yield UNKNOWN_ADDRESS
    if route.followed:
        yield own_readers_full()
        yield readers_full()
    if route.method != "GET":
        yield from BODILY
        if not route.upload:
            yield UNREADABLE
    if route.needs_versions:
        yield precondition_required()
    if route.method == "POST" and not points_elsewhere(route, readable):
        yield answer_not_kept(200)


def codes_of(route: Route, handler: Handler, readable: Container[str]) -> Mapping[int, Sequence[str]]:
    """The codes of all problems of the operation, by their status, each in order."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for error in errors_of(route, handler):
        found[status_of(error)].add(error.slug)
    for problem in edge_problems_of(route, readable):
        found[problem.status].add(problem.code)
    return {status: sorted(codes) for status, codes in sorted(found.items())}
