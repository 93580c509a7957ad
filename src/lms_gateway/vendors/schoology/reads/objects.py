"""One object at a time: by id, by another name, and whoever the credential belongs to.

Schoology does not tell what is hidden from what is not there, so 403 and 404 are alike here. What
rows have told of an object stands even where the object itself is refused: a student may not read
the course of a section, and its name is on the section.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.loads import ByAlias, ById, Load, Viewer
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Call, Params, Reply
from lms_gateway.vendors.schoology.api.pagination import (
    ListEndpoint,
    PageCollector,
    chunks,
    collect_pages,
    row_by_row,
)
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, isolate_errors
from lms_gateway.vendors.schoology.rows.converters import parse_id
from lms_gateway.vendors.schoology.rows.decoding import (
    add_course,
    add_enrollment,
    add_section,
    add_user,
)
from lms_gateway.vendors.schoology.rows.field_maps import Row, RowSource, row_id, user_row_id
from lms_gateway.vendors.shared.steps import Steps, gather, get

MAX_CODES_PER_CALL = 50
"""`section_school_codes` and `school_uids` take that many."""
COUNT_FIELDS = frozenset({"student_count"})
"""Facets that no object carries and rosters are counted for."""

ReadCount = Callable[[LoadBatch, Key], Steps[None]]
"""Learns the `student_count` of a section or course."""


class _ObjectEndpoint(NamedTuple):
    path: str
    add_row: Callable[[Store, Row, RowSource], Record]
    id_of: Callable[[Row], str]


_OBJECT_ENDPOINTS: Mapping[Kind, _ObjectEndpoint] = {
    Kind.SECTION: _ObjectEndpoint("/sections", add_section, row_id),
    Kind.COURSE: _ObjectEndpoint("/courses", add_course, row_id),
    Kind.USER: _ObjectEndpoint("/users", add_user, user_row_id),
}


def read_object(batch: LoadBatch, key: Key, fields: Set[str]) -> Steps[Record | None]:
    """One section, course or user; None where it is unknown or hidden and no row has told of it.

    Calls: GET /sections/:id, /courses/:id, /users/:id
    """
    endpoint = _OBJECT_ENDPOINTS[key.kind]
    params: Params = ()
    if "schoology.district_course_name" in fields:
        params = (("fetch_district_course_name", "1"),)
    call = Call(f"{endpoint.path}/{key.id}", f"{endpoint.path}/:id", params)
    try:
        reply = yield from get(call)
    except (Forbidden, NotFound):
        return _resolve_refused(batch, key, fields)
    row = parse_object(reply)
    if endpoint.id_of(row) != key.id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    endpoint.add_row(batch.store, row, RowSource.OBJECT)
    return batch.settle_as_null(key, fields - COUNT_FIELDS)


def complete_load(
    batch: LoadBatch, load: Load, key: Key, read_count: ReadCount, *, exists: bool = False
) -> Steps[None]:
    """Fetch what a found object still lacks of what is wanted, and settle the ask with it.

    `certain` says that the object is there even if it may not be read.
    """
    missing = batch.missing(key, batch.projections[load].fields)
    parts: list[Steps[None]] = []
    if missing - COUNT_FIELDS or batch.store.find(key) is None:
        parts.append(discard_result(read_object(batch, key, missing)))
    if missing & COUNT_FIELDS:
        parts.append(read_count(batch, key))
    yield from gather(parts)
    record = batch.store.find(key)
    if record is not None or exists:
        record = batch.settle_as_null(key, missing)
    batch.settle(load, record)


def read_viewer(batch: LoadBatch, read_count: ReadCount) -> Steps[None]:
    """The user whom the credential belongs to.

    Calls: GET /app-user-info, which answers itself where /users/me points elsewhere
    """
    user_id = yield from read_viewer_id()
    yield from complete_load(batch, Viewer(), Key(Kind.USER, user_id), read_count, exists=True)


def read_viewer_id() -> Steps[str]:
    """The id of the user whom the credential belongs to."""
    reply = yield from get(Call("/app-user-info", "/app-user-info"))
    user_id = parse_id(parse_object(reply).get("api_uid"))
    if user_id is None:
        raise UpstreamInvalid("the vendor did not say whom the credential belongs to")
    return user_id


def read_by_aliases(
    batch: LoadBatch, loads: Sequence[ByAlias], read_count: ReadCount
) -> Steps[None]:
    """Sections or users by their SIS ids, which are sent fifty at a time.

    A code that holds a comma cannot be part of such a list and is looked up by itself.
    Calls: GET /sections?section_school_codes=, /users?school_uids=, /sections/ext/:code,
    /users/ext/:code
    """
    unresolved = [load for load in loads if _stored_id(batch, load) is None]
    listed = {load.value: load for load in unresolved if "," not in load.value}
    single = [load for load in unresolved if "," in load.value]
    lookups = [
        isolate_errors(
            batch, [listed[code] for code in codes], _read_by_codes(batch, loads[0].kind, codes)
        )
        for codes in chunks(listed, MAX_CODES_PER_CALL)
    ]
    found_ids: dict[ByAlias, str | None] = {}
    lookups += [
        isolate_errors(batch, [load], _read_by_code(batch, load, found_ids)) for load in single
    ]
    yield from gather(lookups)
    finishes = []
    for load in loads:
        if not batch.is_open(load):
            continue
        record_id = found_ids.get(load) or _stored_id(batch, load)
        if record_id is None:
            batch.settle(load, None)
        else:
            steps = complete_load(batch, load, Key(load.kind, record_id), read_count)
            finishes.append(isolate_errors(batch, [load], steps))
    yield from gather(finishes)


def read_enrollment(batch: LoadBatch, key: Key, fields: Set[str]) -> Steps[Record | None]:
    """One enrollment, below its section; None where it is unknown or hidden.

    Calls: GET /sections/:id/enrollments/:id
    """
    section_id, _, enrollment_id = key.id.partition(".")
    path = f"/sections/{section_id}/enrollments/{enrollment_id}"
    try:
        reply = yield from get(Call(path, "/sections/:id/enrollments/:id"))
    except (Forbidden, NotFound):
        return _resolve_refused(batch, key, fields)
    row = parse_object(reply)
    if row_id(row) != enrollment_id:
        raise UpstreamInvalid("the vendor sent another object than the one asked for")
    return add_enrollment(batch.store, row, section_id)


def read_enrollments(batch: LoadBatch, loads: Sequence[ById]) -> Steps[None]:
    """Enrollments by id, with their course where it is wanted, which their section names."""
    parts: list[Steps[None]] = []
    for load in loads:
        key = Key(load.kind, load.id)
        missing = batch.missing(key, batch.projections[load].fields) - {"course_id"}
        if missing or batch.store.find(key) is None:
            parts.append(
                isolate_errors(batch, [load], discard_result(read_enrollment(batch, key, missing)))
            )
    course_loads = [load for load in loads if "course_id" in batch.projections[load].fields]
    by_section: dict[str, list[ById]] = {}
    for load in course_loads:
        by_section.setdefault(load.id.partition(".")[0], []).append(load)
    for section_id, section_loads in by_section.items():
        section = Key(Kind.SECTION, section_id)
        if batch.missing(section, {"course_id"}):
            parts.append(
                isolate_errors(
                    batch, section_loads, discard_result(read_object(batch, section, frozenset()))
                )
            )
    yield from gather(parts)
    for load in loads:
        key = Key(load.kind, load.id)
        record = batch.store.find(key)
        if record is not None and load in course_loads:
            store_course(batch, key)
            batch.settle_as_null(key, {"course_id"})
        batch.settle(load, record)


def store_course(batch: LoadBatch, enrollment: Key) -> None:
    """Let an enrollment know its section's course, where that is known."""
    section = batch.store.get(Section, enrollment.id.partition(".")[0])
    if section is not None and "course_id" in section.known_fields:
        batch.store.merge(enrollment.kind, enrollment.id, {"course_id": section.course_id})


def parse_object(reply: Reply) -> Row:
    """A reply's object. Raises UpstreamInvalid where it is none."""
    body = reply.decode()
    if not isinstance(body, Mapping):
        raise UpstreamInvalid("the vendor sent something else than the object asked for")
    return body


def _resolve_refused(batch: LoadBatch, key: Key, fields: Set[str]) -> Record | None:
    record = batch.store.find(key)
    if record is None or not record.known_fields:
        batch.store.mark_absent(key)
        return None
    return batch.settle_as_null(key, fields - COUNT_FIELDS)


def discard_result(steps: Steps[Record | None]) -> Steps[None]:
    """The steps, for what they leave in the store."""
    yield from steps


def _stored_id(batch: LoadBatch, load: ByAlias) -> str | None:
    record = batch.store.find_alias(load.kind, load.alias, load.value)
    return None if record is None else record.key.id


def _read_by_codes(batch: LoadBatch, kind: Kind, codes: Iterable[str]) -> Steps[None]:
    """Let the store learn which objects have these codes."""
    joined = ",".join(codes)
    if kind is Kind.SECTION:
        # Without `include_past` a code of a past period finds nothing.
        params = (("section_school_codes", joined), ("include_past", "1"))
        list_endpoint = ListEndpoint("/sections", "/sections", "section", params)
    else:
        list_endpoint = ListEndpoint("/users", "/users", "user", (("school_uids", joined),))
    add_object = _OBJECT_ENDPOINTS[kind].add_row

    def add_row(row: Row) -> Record:
        return add_object(batch.store, row, RowSource.LIST_ROW)

    collector = PageCollector(None, lambda record: record)
    yield from collect_pages(list_endpoint, batch.instance.origin, row_by_row(add_row), [collector])


def _read_by_code(
    batch: LoadBatch, load: ByAlias, found_ids: dict[ByAlias, str | None]
) -> Steps[None]:
    endpoint = _OBJECT_ENDPOINTS[load.kind]
    path = f"{endpoint.path}/ext/{quote(load.value, safe='')}"
    try:
        reply = yield from get(Call(path, f"{endpoint.path}/ext/:code"))
    except (Forbidden, NotFound):
        return
    if reply.status == 303:
        found_ids[load] = redirect_target_id(reply)
    else:
        found_ids[load] = endpoint.add_row(
            batch.store, parse_object(reply), RowSource.OBJECT
        ).key.id


def redirect_target_id(reply: Reply) -> str:
    """The id that a 303 points to, in full or by path. It is asked for by id, never followed."""
    target = urlsplit(reply.headers.get("location", "")).path
    match = re.search(r"/(\d+)$", target)
    if match is None:
        raise UpstreamInvalid("the vendor's reply points nowhere")
    return match[1]
