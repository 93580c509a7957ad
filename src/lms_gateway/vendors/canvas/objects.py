"""Single objects: by id, by another name, the viewer, the root account, a section's term.

Asks of one wave that mean the same object are united into one target, whatever they call it.
Canvas has no way to fetch several objects at once; each target costs a call, and the way to the
vendor keeps a bound on how many are under way.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.asks import Ask, ByAlias, Page, TermsOf, Viewer, Wants
from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.records import Course, Key, Kind, Record, Section
from lms_gateway.upstream.call import Call
from lms_gateway.vendors.canvas.calls import address, get
from lms_gateway.vendors.canvas.includes import (
    ACCOUNT_SHOW,
    COURSE_SHOW,
    ENROLLMENT_ROW,
    GIVES,
    PROGRESS_ROW,
    SECTION_ROW,
    TERM_ROW,
    USER_PROFILE,
    USER_SHOW,
    Request,
    Source,
    course_keys,
    enrollment_request,
    request,
)
from lms_gateway.vendors.canvas.values import is_same_id
from lms_gateway.vendors.canvas.wave import Read, Wave
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.reads import get as fetch

_SHOWS: Mapping[Kind, tuple[str, Source]] = {
    Kind.SECTION: ("/sections/:id", SECTION_ROW),
    Kind.COURSE: ("/courses/:id", COURSE_SHOW),
    Kind.USER: ("/users/:id", USER_SHOW),
    Kind.ACCOUNT: ("/accounts/:id", ACCOUNT_SHOW),
    Kind.TERM: ("/accounts/self/terms/:id", TERM_ROW),
    Kind.ENROLLMENT: ("/accounts/self/enrollments/:id", ENROLLMENT_ROW),
    Kind.PROGRESS: ("/progress/:id", PROGRESS_ROW),
}


@dataclass(slots=True)
class Target:
    """One object, and all that the asks of a wave want of it."""

    key: Key
    facets: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)  # objects below it that come with its row
    asks: list[Ask] = field(default_factory=list)
    terms: list[TermsOf] = field(default_factory=list)

    def want(self, wants: Wants) -> None:
        """Add what one ask wants."""
        self.facets |= wants.facets
        if self.key.kind is Kind.COURSE:
            self.keys.update(course_keys(COURSE_SHOW, wants.children))


class Targets:
    """The objects that a wave asks for one by one."""

    def __init__(self, wave: Wave) -> None:
        self._wave = wave
        self._targets: dict[Key, Target] = {}
        self._reads: dict[Key, Read] = {}

    def of(self, key: Key) -> Target:
        """The target for an object; made if it is new. What it wants may grow until `reads`."""
        target = self._targets.get(key)
        if target is None:
            target = self._targets[key] = Target(key)
        return target

    def add_term(self, course: Key, ask: TermsOf) -> None:
        """Answer a section's terms from its course, which is read unless its term is known."""
        target = self.of(course)
        target.terms.append(ask)
        wants = self._wave.batch[ask]
        term_id = getattr(self._wave.store.find(course), "term_id", None)
        term = None if term_id is None else Key(Kind.TERM, term_id)
        if term is None or not self._wave.store.knows(term, wants.facets & GIVES[Kind.TERM]):
            target.keys.add("term")

    def find(self, key: Key) -> Target | None:
        """The target for an object that is asked for anyway."""
        return self._targets.get(key)

    def reads(self) -> dict[Key, Read]:
        """A read for each object of which something wanted is not known."""
        for key, target in self._targets.items():
            if not _settle_known(self._wave, target):
                asks = (*target.asks, *target.terms)
                self._reads[key] = Read(asks, read_target(self._wave, target))
        return self._reads


def read_target(wave: Wave, target: Target) -> Steps[Sequence[Read]]:
    """Read one object by its id and settle its asks.

    One that is unknown or hidden answers None, unless another row told of it: then it is that
    record, with what the vendor keeps to itself null.
    """
    record: Record | None
    try:
        record = yield from _read_show(wave, target.key.kind, target.key.id, target)
    except (NotFound, Forbidden) as refusal:
        wave.store.note_absent(target.key)
        wave.fail(target.terms, refusal)
        record = wave.store.find(target.key)
    if record is not None:
        wave.settle_null(record, target.facets)
    _settle(wave, target, record)
    return ()


def read_alias(wave: Wave, ask: ByAlias, wants: Wants) -> Steps[Sequence[Read]]:
    """Read one object by another name; without a call where a row has told whose it is."""
    target = Target(Key(ask.kind, ""), asks=[ask])
    known = wave.store.find_alias(ask.kind, ask.alias, ask.value)
    if known is not None:
        target.key = known.key
        target.want(wants)
        if _settle_known(wave, target):
            return ()
        return (yield from read_target(wave, target))
    target.want(wants)
    try:
        record = yield from _read_show(
            wave, ask.kind, address(ask.kind, ask.alias, ask.value), target
        )
    except (NotFound, Forbidden):
        wave.settle(ask, None)
        return ()
    wave.settle_null(record, target.facets)
    wave.settle(ask, record)
    return ()


def read_self(wave: Wave, ask: Ask, wants: Wants) -> Steps[Sequence[Read]]:
    """Read the viewer or the root account, which Canvas calls `self`."""
    kind = Kind.USER if isinstance(ask, Viewer) else Kind.ACCOUNT
    known = wave.site.viewer_id if kind is Kind.USER else None
    if known is not None and wave.store.knows(Key(kind, known), wants.facets & GIVES[kind]):
        wave.settle(ask, wave.store.find(Key(kind, known)))
        return ()
    target = Target(Key(kind, "self"), asks=[ask])
    target.want(wants)
    try:
        record = yield from _read_show(wave, kind, "self", target)
    except (NotFound, Forbidden):
        if kind is Kind.USER:
            raise
        wave.settle(ask, None)
        return ()
    if kind is Kind.USER:
        wave.site.viewer_id = record.key.id
    wave.settle_null(record, target.facets)
    wave.settle(ask, record)
    return ()


def read_terms(wave: Wave, asks: Sequence[TermsOf]) -> Steps[Sequence[Read]]:
    """Terms of sections that had to be read to find their courses: a read for each course."""
    yield from ()
    targets = Targets(wave)
    for ask in asks:
        course = course_of(wave, ask)
        if course is None:
            wave.settle(ask, None)
        else:
            targets.add_term(course, ask)
    return list(targets.reads().values())


def course_of(wave: Wave, ask: TermsOf) -> Key | None:
    """The course of a section, as far as a row has told it."""
    section = wave.store.typed(Section, ask.section.id)
    if section is None or section.course_id is None:
        return None
    return Key(Kind.COURSE, section.course_id)


def _read_show(wave: Wave, kind: Kind, id: str, target: Target) -> Steps[Record]:
    endpoint, source = _SHOWS[kind]
    if kind is Kind.ENROLLMENT:
        asked = enrollment_request(target.facets)
    else:
        asked = request(source, target.facets, *sorted(target.keys))
    record = yield from _read_one(wave, get(endpoint, id, params=asked.params), asked, id)
    if kind is Kind.USER:
        yield from _read_profile(wave, id, record, target.facets)
    return record


def _read_profile(wave: Wave, id: str, record: Record, facets: Set[str]) -> Steps[None]:
    """What only the profile tells, where it is wanted and `/users/:id` left it out.

    One that may not be seen leaves it unknown.
    """
    if not (facets & USER_PROFILE.facets) - record.known:
        return
    asked = request(USER_PROFILE)
    call = get("/users/:id/profile", id)
    try:
        reply = yield from fetch(call)
    except (NotFound, Forbidden):
        return
    row = reply.decode()
    if isinstance(row, dict) and "primary_email" in row:
        row = {"email": row["primary_email"], **row}
    _expect(wave, asked, row, record.key.id)


def _read_one(wave: Wave, call: Call, asked: Request, id: str) -> Steps[Record]:
    reply = yield from fetch(call)
    rows = None if asked.reader is None else asked.reader.read_object(reply)
    if rows is None:
        return _expect(wave, asked, reply.decode(), id)
    _check(rows.told_ids()[0], id)
    (record,) = wave.learn(asked, rows)
    return record


def _expect(wave: Wave, asked: Request, row: object, id: str) -> Record:
    """Take in a row, which must be of the object that was asked for where that was by its id."""
    if isinstance(row, dict):
        _check(row.get("id"), id)
    (record,) = wave.learn(asked, [row])
    return record


def _check(told: Any, id: str) -> None:
    """Raises UpstreamInvalid for another object than the one that was asked for by its id."""
    if id.isdigit() and str(told).isdigit() and not is_same_id(str(told), id):
        raise UpstreamInvalid("the vendor answered with another object")


def _settle_known(wave: Wave, target: Target) -> bool:
    """Settle a target of which all that is wanted is known, or which is known to be hidden."""
    record = wave.store.find(target.key)
    if wave.store.is_absent(target.key):
        if record is not None:
            wave.settle_null(record, target.facets)
        wave.fail(target.terms, NotFound("the vendor has no such course, or hides it"))
        _settle(wave, target, record)
        return True
    known = record is not None and target.facets & GIVES[target.key.kind] <= record.known
    if known and not target.keys:
        _settle(wave, target, record)
        return True
    return False


def _settle(wave: Wave, target: Target, record: Record | None) -> None:
    for ask in target.asks:
        wave.settle(ask, record)
    for terms in target.terms:
        wave.settle(terms, _terms_page(wave, record))


def _terms_page(wave: Wave, course: Record | None) -> Page:
    """The one term of a course; none where Canvas did not tell it."""
    term_id = course.term_id if isinstance(course, Course) else None
    if term_id is None:
        return Page((), (), has_next=False, total=0)
    term = wave.store.learn(Kind.TERM, term_id, {})
    return Page((term,), (("term", "", 0, 1),), has_next=False, total=1)
