"""One object at a time: by id, by another name, and whoever the credential belongs to.

Schoology does not tell what is hidden from what is not there, so 403 and 404 are alike here. What
rows have told of an object stands even where the object itself is refused: a student may not read
the course of a section, and its name is on the section.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from lms_gateway.domain.asks import Ask, ByAlias, ById, Viewer
from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.records import Key, Kind, Record, Section
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Call, Params, Reply
from lms_gateway.vendors.reads import Steps, get, together
from lms_gateway.vendors.schoology.listings import Cut, Listing, chunks, each, read_listing
from lms_gateway.vendors.schoology.rows import Row, Source, row_id, user_row_id
from lms_gateway.vendors.schoology.tellings import (
    hear_course,
    hear_enrollment,
    hear_section,
    hear_user,
)
from lms_gateway.vendors.schoology.values import ident
from lms_gateway.vendors.schoology.wave import Wave, guarded

CODES_AT_ONCE = 50
"""`section_school_codes` and `school_uids` take that many."""
COUNTED = frozenset({"student_count"})
"""Facets that no object carries and rosters are counted for."""

Count = Callable[[Wave, Key], Steps[None]]
"""Learns the `student_count` of a section or course."""


class _Shape(NamedTuple):
    path: str
    hear: Callable[[Store, Row, Source], Record]
    id_of: Callable[[Row], str]


_SHAPES: Mapping[Kind, _Shape] = {
    Kind.SECTION: _Shape("/sections", hear_section, row_id),
    Kind.COURSE: _Shape("/courses", hear_course, row_id),
    Kind.USER: _Shape("/users", hear_user, user_row_id),
}


def read_object(wave: Wave, key: Key, wanted: Set[str]) -> Steps[Record | None]:
    """One section, course or user; None where it is unknown or hidden and no row has told of it.

    Calls: GET /sections/:id, /courses/:id, /users/:id
    """
    shape = _SHAPES[key.kind]
    params: Params = ()
    if "schoology.district_course_name" in wanted:
        params = (("fetch_district_course_name", "1"),)
    call = Call(f"{shape.path}/{key.id}", f"{shape.path}/:id", params)
    try:
        reply = yield from get(call)
    except (Forbidden, NotFound):
        return _refused(wave, key, wanted)
    row = parse_object(reply)
    if shape.id_of(row) != key.id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    shape.hear(wave.store, row, Source.ALONE)
    return wave.settle_null(key, wanted - COUNTED)


def complete(wave: Wave, ask: Ask, key: Key, count: Count, *, certain: bool = False) -> Steps[None]:
    """Fetch what a found object still lacks of what is wanted, and settle the ask with it.

    `certain` says that the object is there even if it may not be read.
    """
    lacks = wave.lacks(key, wave.batch[ask].facets)
    parts: list[Steps[None]] = []
    if lacks - COUNTED or wave.store.find(key) is None:
        parts.append(quietly(read_object(wave, key, lacks)))
    if lacks & COUNTED:
        parts.append(count(wave, key))
    yield from together(parts)
    record = wave.store.find(key)
    if record is not None or certain:
        record = wave.settle_null(key, lacks)
    wave.settle(ask, record)


def read_viewer(wave: Wave, count: Count) -> Steps[None]:
    """The user whom the credential belongs to.

    Calls: GET /app-user-info, which answers itself where /users/me points elsewhere
    """
    user_id = yield from viewer_id()
    yield from complete(wave, Viewer(), Key(Kind.USER, user_id), count, certain=True)


def viewer_id() -> Steps[str]:
    """The id of the user whom the credential belongs to."""
    reply = yield from get(Call("/app-user-info", "/app-user-info"))
    found = ident(parse_object(reply).get("api_uid"))
    if found is None:
        raise UpstreamInvalid("the vendor did not say whom the credential belongs to")
    return found


def read_aliases(wave: Wave, asks: Sequence[ByAlias], count: Count) -> Steps[None]:
    """Sections or users by their SIS ids, which are sent fifty at a time.

    A code that holds a comma cannot be part of such a list and is looked up by itself.
    Calls: GET /sections?section_school_codes=, /users?school_uids=, /sections/ext/:code,
    /users/ext/:code
    """
    unknown = [ask for ask in asks if _told(wave, ask) is None]
    listed = {ask.value: ask for ask in unknown if "," not in ask.value}
    alone = [ask for ask in unknown if "," in ask.value]
    lookups = [
        guarded(wave, [listed[code] for code in codes], _look_up(wave, asks[0].kind, codes))
        for codes in chunks(listed, CODES_AT_ONCE)
    ]
    found: dict[ByAlias, str | None] = {}
    lookups += [guarded(wave, [ask], _look_up_alone(wave, ask, found)) for ask in alone]
    yield from together(lookups)
    finishes = []
    for ask in asks:
        if not wave.is_open(ask):
            continue
        record_id = found.get(ask) or _told(wave, ask)
        if record_id is None:
            wave.settle(ask, None)
        else:
            steps = complete(wave, ask, Key(ask.kind, record_id), count)
            finishes.append(guarded(wave, [ask], steps))
    yield from together(finishes)


def read_enrollment(wave: Wave, key: Key, wanted: Set[str]) -> Steps[Record | None]:
    """One enrollment, below its section; None where it is unknown or hidden.

    Calls: GET /sections/:id/enrollments/:id
    """
    section_id, _, own_id = key.id.partition(".")
    path = f"/sections/{section_id}/enrollments/{own_id}"
    try:
        reply = yield from get(Call(path, "/sections/:id/enrollments/:id"))
    except (Forbidden, NotFound):
        return _refused(wave, key, wanted)
    row = parse_object(reply)
    if row_id(row) != own_id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    return hear_enrollment(wave.store, row, section_id)


def read_enrollments(wave: Wave, asks: Sequence[ById]) -> Steps[None]:
    """Enrollments by id, with their course where it is wanted, which their section names."""
    parts: list[Steps[None]] = []
    for ask in asks:
        key = Key(ask.kind, ask.id)
        lacks = wave.lacks(key, wave.batch[ask].facets) - {"course_id"}
        if lacks or wave.store.find(key) is None:
            parts.append(guarded(wave, [ask], quietly(read_enrollment(wave, key, lacks))))
    lacking = [ask for ask in asks if "course_id" in wave.batch[ask].facets]
    by_section: dict[str, list[ById]] = {}
    for ask in lacking:
        by_section.setdefault(ask.id.partition(".")[0], []).append(ask)
    for section_id, own in by_section.items():
        section = Key(Kind.SECTION, section_id)
        if wave.lacks(section, {"course_id"}):
            parts.append(guarded(wave, own, quietly(read_object(wave, section, frozenset()))))
    yield from together(parts)
    for ask in asks:
        key = Key(ask.kind, ask.id)
        record = wave.store.find(key)
        if record is not None and ask in lacking:
            learn_course(wave, key)
            wave.settle_null(key, {"course_id"})
        wave.settle(ask, record)


def learn_course(wave: Wave, enrollment: Key) -> None:
    """Let an enrollment know its section's course, where that is known."""
    section = wave.store.typed(Section, enrollment.id.partition(".")[0])
    if section is not None and "course_id" in section.known:
        wave.store.learn(enrollment.kind, enrollment.id, {"course_id": section.course_id})


def parse_object(reply: Reply) -> Row:
    """A reply's object. Raises UpstreamInvalid where it is none."""
    body = reply.decode()
    if not isinstance(body, Mapping):
        raise UpstreamInvalid("the vendor sent something else than the object asked for")
    return body


def _refused(wave: Wave, key: Key, wanted: Set[str]) -> Record | None:
    record = wave.store.find(key)
    if record is None or not record.known:
        wave.store.note_absent(key)
        return None
    return wave.settle_null(key, wanted - COUNTED)


def quietly(steps: Steps[Record | None]) -> Steps[None]:
    """The steps, for what they leave in the store."""
    yield from steps


def _told(wave: Wave, ask: ByAlias) -> str | None:
    record = wave.store.find_alias(ask.kind, ask.alias, ask.value)
    return None if record is None else record.key.id


def _look_up(wave: Wave, kind: Kind, codes: Iterable[str]) -> Steps[None]:
    """Let the store learn which objects have these codes."""
    joined = ",".join(codes)
    if kind is Kind.SECTION:
        # Without `include_past` a code of a past period finds nothing.
        params = (("section_school_codes", joined), ("include_past", "1"))
        listing = Listing("/sections", "/sections", "section", params)
    else:
        listing = Listing("/users", "/users", "user", (("school_uids", joined),))
    hear = _SHAPES[kind].hear

    def learn(row: Row) -> Record:
        return hear(wave.store, row, Source.LISTED)

    everything = Cut(None, lambda record: record)
    yield from read_listing(listing, wave.site.origin, each(learn), [everything])


def _look_up_alone(wave: Wave, ask: ByAlias, found: dict[ByAlias, str | None]) -> Steps[None]:
    shape = _SHAPES[ask.kind]
    path = f"{shape.path}/ext/{quote(ask.value, safe='')}"
    try:
        reply = yield from get(Call(path, f"{shape.path}/ext/:code"))
    except (Forbidden, NotFound):
        return
    if reply.status == 303:
        found[ask] = located(reply)
    else:
        found[ask] = shape.hear(wave.store, parse_object(reply), Source.ALONE).key.id


def located(reply: Reply) -> str:
    """The id that a 303 points to, in full or by path. It is asked for by id, never followed."""
    target = urlsplit(reply.headers.get("location", "")).path
    match = re.search(r"/(\d+)$", target)
    if match is None:
        raise UpstreamInvalid("the vendor's reply points nowhere")
    return match[1]
