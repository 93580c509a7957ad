"""Reads of single objects: by id, by SIS id, and the credential's user.

Schoology does not distinguish hidden objects from unknown ones, so 403 and 404 mean the same here.
Fields that other rows have determined remain if the object itself is refused: a student may not
read the course of a section, but the section's row contains the course's name.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from urllib.parse import urlsplit

from lms_gateway.domain.errors import Forbidden, NotFound, UpstreamInvalid
from lms_gateway.domain.loads import ByAlias, ById, Load, Viewer
from lms_gateway.domain.models import Section
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Params, Reply
from lms_gateway.vendors.schoology.api import endpoints
from lms_gateway.vendors.schoology.api.endpoints import endpoint
from lms_gateway.vendors.schoology.reads.batch import LoadBatch, isolate_errors
from lms_gateway.vendors.schoology.rows.catalog import RowSource, key_of
from lms_gateway.vendors.schoology.rows.converters import parse_id
from lms_gateway.vendors.schoology.rows.decoding import add_enrollment, add_object, row_id, user_row_id
from lms_gateway.vendors.shared.json_values import Row
from lms_gateway.vendors.shared.pagination import batched, different_object
from lms_gateway.vendors.shared.steps import Steps, gather, get

MAX_CODES_PER_CALL = 50
"""The maximum number of SIS ids of one lookup."""
COUNT_FIELDS = frozenset({"student_count"})
"""Fields that no object contains; they are counted from rosters."""

ReadCount = Callable[[LoadBatch, Key], Steps[None]]
"""Reads the `student_count` of a section or course."""


def get_object(key: Key, params: Params = ()) -> Steps[Row | None]:
    """Return the row of one object; None if it is unknown or hidden.

    Raises UpstreamInvalid if the reply is another object.
    """
    *_, own_id = ids = key.id.split(".")
    try:
        reply = yield from get(endpoint(endpoints.OBJECTS[key.kind], *ids, params=params))
    except (Forbidden, NotFound):
        return None
    row = parse_object(reply)
    if (user_row_id(row) if key.kind is Kind.USER else row_id(row)) != own_id:
        raise different_object()
    return row


def parse_object(reply: Reply) -> Row:
    """Return the object of a reply. Raises UpstreamInvalid if it is none."""
    body = reply.decode()
    if not isinstance(body, Mapping):
        raise UpstreamInvalid("the vendor sent something else than the requested object")
    return body


def read_object(batch: LoadBatch, key: Key, fields: Set[str]) -> Steps[Record | None]:
    """Return one section, course, user or enrollment.

    None if it is unknown or hidden, and no other row has determined a field of it.
    Calls: GET /sections/:id, /courses/:id, /users/:id, /sections/:id/enrollments/:id
    """
    has_district = "schoology.district_course_name" in fields
    row = yield from get_object(key, endpoints.DISTRICT_COURSE_NAME if has_district else ())
    if row is None:
        record = batch.store.find(key)
        if record is None or not record.known_fields:
            batch.store.mark_absent(key)
            return None
    elif key.kind is Kind.ENROLLMENT:
        return add_enrollment(batch.store, row, key.id.partition(".")[0])
    else:
        add_object(batch.store, key.kind, row, RowSource.OBJECT)
    return batch.settle_as_null(key, fields - COUNT_FIELDS)


def complete_load(
    batch: LoadBatch, load: Load, key: Key, read_count: ReadCount, *, exists: bool = False
) -> Steps[None]:
    """Read the missing fields of an object whose id is known, and settle the load with it.

    `exists`: the object exists even if it may not be read.
    """
    missing = batch.missing_of(load, key)
    parts: list[Steps[object]] = []
    if missing - COUNT_FIELDS or batch.store.find(key) is None:
        parts.append(read_object(batch, key, missing))
    if missing & COUNT_FIELDS:
        parts.append(read_count(batch, key))
    yield from gather(parts)
    record = batch.store.find(key)
    if record is not None or exists:
        record = batch.settle_as_null(key, missing)
    batch.settle(load, record)


def read_viewer(batch: LoadBatch, read_count: ReadCount) -> Steps[None]:
    """Read the user of the credential.

    Calls: GET /app-user-info, then /users/:id for more than the id
    """
    user_id = yield from read_viewer_id()
    yield from complete_load(batch, Viewer(), Key(Kind.USER, user_id), read_count, exists=True)


def read_viewer_id() -> Steps[str]:
    """Return the id of the credential's user."""
    reply = yield from get(endpoint(endpoints.VIEWER))
    user_id = parse_id(parse_object(reply).get("api_uid"))
    if user_id is None:
        raise UpstreamInvalid("the vendor did not send the id of the credential's user")
    return user_id


def read_by_aliases(batch: LoadBatch, loads: Sequence[ByAlias], read_count: ReadCount) -> Steps[None]:
    """Read sections or users by their SIS ids.

    Up to fifty SIS ids fit into one lookup, separated by commas. A SIS id that contains a comma is looked up
    by itself. Calls: GET /sections, /users, /sections/ext/:code, /users/ext/:code
    """
    unresolved = [load for load in loads if _stored_id(batch, load) is None]
    listed = {load.value: load for load in unresolved if "," not in load.value}
    single = [load for load in unresolved if "," in load.value]
    found_ids: dict[ByAlias, str] = {}
    lookups = [
        isolate_errors(batch, [listed[code] for code in codes], _read_by_codes(batch, loads[0].kind, codes))
        for codes in batched(listed, MAX_CODES_PER_CALL)
    ]
    lookups += [isolate_errors(batch, [load], _read_by_code(batch, load, found_ids)) for load in single]
    yield from gather(lookups)
    completions = []
    for load in loads:
        if not batch.is_open(load):
            continue
        record_id = found_ids.get(load) or _stored_id(batch, load)
        if record_id is None:
            batch.settle(load, None)
        else:
            steps = complete_load(batch, load, Key(load.kind, record_id), read_count)
            completions.append(isolate_errors(batch, [load], steps))
    yield from gather(completions)


def read_enrollments(batch: LoadBatch, loads: Sequence[ById]) -> Steps[None]:
    """Read enrollments by id. Their course, if it is selected, is that of their section.

    Calls: GET /sections/:id/enrollments/:id, and /sections/:id for the course
    """
    parts: list[Steps[None]] = []
    for load in loads:
        key = Key(load.kind, load.id)
        missing = batch.missing_of(load, key) - {"course_id"}
        if missing or batch.store.find(key) is None:
            parts.append(isolate_errors(batch, [load], read_object(batch, key, missing)))
    course_loads = [load for load in loads if "course_id" in batch.projections[load].fields]
    by_section: dict[str, list[ById]] = {}
    for load in course_loads:
        by_section.setdefault(load.id.partition(".")[0], []).append(load)
    for section_id, section_loads in by_section.items():
        section = Key(Kind.SECTION, section_id)
        if batch.missing(section, {"course_id"}):
            steps = read_object(batch, section, frozenset())
            parts.append(isolate_errors(batch, section_loads, steps))
    yield from gather(parts)
    for load in loads:
        key = Key(load.kind, load.id)
        record = batch.store.find(key)
        if record is not None and load in course_loads:
            store_course(batch, key)
            batch.settle_as_null(key, {"course_id"})
        batch.settle(load, record)


def store_course(batch: LoadBatch, enrollment: Key) -> None:
    """Set an enrollment's course to that of its section, if that is known."""
    section = batch.store.get(Section, enrollment.id.partition(".")[0])
    if section is not None and "course_id" in section.known_fields:
        batch.store.merge(enrollment.kind, enrollment.id, {"course_id": section.course_id})


def _stored_id(batch: LoadBatch, load: ByAlias) -> str | None:
    record = batch.store.find_alias(load.kind, load.alias, load.value)
    return None if record is None else record.key.id


def _read_by_codes(batch: LoadBatch, kind: Kind, codes: Iterable[str]) -> Steps[None]:
    """Add the objects that have these SIS ids to the store.

    The parameter is the plural of the key: `school_uids`.
    """
    params: Params = ((f"{key_of(kind, 'sis_id')}s", ",".join(codes)),)
    if kind is Kind.SECTION:
        # Without `include_past` Schoology does not find sections of past grading periods.
        listed = endpoints.SECTIONS.of(params=params + endpoints.INCLUDE_PAST)
    else:
        listed = endpoints.USERS.of(params=params)

    def add_row(row: Row) -> Record:
        return add_object(batch.store, kind, row, RowSource.LIST_ROW)

    yield from batch.read_all(listed, add_row)


def _read_by_code(batch: LoadBatch, load: ByAlias, found_ids: dict[ByAlias, str]) -> Steps[None]:
    """Add the id of the object with this SIS id to `found_ids`."""
    try:
        reply = yield from get(endpoint(endpoints.OBJECTS_BY_CODE[load.kind], load.value))
    except (Forbidden, NotFound):
        return
    if reply.status == 303:
        found_ids[load] = _redirect_target_id(reply)
    else:
        row = parse_object(reply)
        found_ids[load] = add_object(batch.store, load.kind, row, RowSource.OBJECT).key.id


def _redirect_target_id(reply: Reply) -> str:
    """Return the id at the end of a redirect's target. The redirect is not followed."""
    target = urlsplit(reply.headers.get("location", "")).path
    match = re.search(r"/(\d+)$", target)
    if match is None:
        raise UpstreamInvalid("the vendor's redirect has no valid Location")
    return match[1]
