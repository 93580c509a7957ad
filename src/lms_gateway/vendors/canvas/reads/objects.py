"""Single objects: by id, by another name, the viewer, the root account, a section's term.

Asks of one wave that mean the same object are united into one target, whatever they call it.
Canvas has no way to fetch several objects at once; each target costs a call, and the way to the
vendor keeps a bound on how many are under way.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.errors import Forbidden, NotFound
from lms_gateway.domain.loads import ByAlias, Load, Page, TermsOf, Viewer
from lms_gateway.domain.models import Course, Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.canvas.api.endpoints import alias_segment, endpoint
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.rows.ids import is_same_id
from lms_gateway.vendors.canvas.rows.sources import (
    ACCOUNT_SHOW,
    COURSE_SHOW,
    ENROLLMENT_ROW,
    PROGRESS_ROW,
    SECTION_ROW,
    SUPPORTED_FIELDS,
    TERM_ROW,
    USER_PROFILE,
    USER_SHOW,
    RowRequest,
    RowSource,
    build_enrollment_request,
    build_row_request,
    course_keys,
)
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.pagination import different_object
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

_OBJECT_ENDPOINTS: Mapping[Kind, tuple[str, RowSource]] = {
    Kind.SECTION: ("/sections/:id", SECTION_ROW),
    Kind.COURSE: ("/courses/:id", COURSE_SHOW),
    Kind.USER: ("/users/:id", USER_SHOW),
    Kind.ACCOUNT: ("/accounts/:id", ACCOUNT_SHOW),
    Kind.TERM: ("/accounts/self/terms/:id", TERM_ROW),
    Kind.ENROLLMENT: ("/accounts/self/enrollments/:id", ENROLLMENT_ROW),
    Kind.PROGRESS: ("/progress/:id", PROGRESS_ROW),
}


@dataclass(slots=True)
class ObjectRead:
    """One object, and all that the asks of a wave want of it."""

    key: Key
    fields: set[str] = field(default_factory=set)
    nested_keys: set[str] = field(default_factory=set)  # objects below it that come with its row
    loads: list[Load] = field(default_factory=list)
    term_loads: list[TermsOf] = field(default_factory=list)

    def add_projection(self, projection: Projection) -> None:
        """Add what one ask wants."""
        self.fields |= projection.fields
        if self.key.kind is Kind.COURSE:
            self.nested_keys.update(course_keys(COURSE_SHOW, projection.children))


class ObjectReads:
    """The objects that a wave asks for one by one."""

    def __init__(self, batch: LoadBatch) -> None:
        self._batch = batch
        self._object_reads: dict[Key, ObjectRead] = {}
        self._tasks: dict[Key, ReadTask] = {}

    def get_or_create(self, key: Key) -> ObjectRead:
        """The target for an object; made if it is new. What it wants may grow until `reads`."""
        object_read = self._object_reads.get(key)
        if object_read is None:
            object_read = self._object_reads[key] = ObjectRead(key)
        return object_read

    def add_term_load(self, course: Key, load: TermsOf) -> None:
        """Answer a section's terms from its course, which is read unless its term is known."""
        object_read = self.get_or_create(course)
        object_read.term_loads.append(load)
        projection = self._batch.projections[load]
        term_id = getattr(self._batch.store.find(course), "term_id", None)
        term = None if term_id is None else Key(Kind.TERM, term_id)
        if term is None or not self._batch.store.has_fields(
            term, projection.fields & SUPPORTED_FIELDS[Kind.TERM]
        ):
            object_read.nested_keys.add("term")

    def get(self, key: Key) -> ObjectRead | None:
        """The target for an object that is asked for anyway."""
        return self._object_reads.get(key)

    def tasks(self) -> dict[Key, ReadTask]:
        """A read for each object of which something wanted is not known."""
        for key, object_read in self._object_reads.items():
            if not _settle_known(self._batch, object_read):
                loads = (*object_read.loads, *object_read.term_loads)
                self._tasks[key] = ReadTask(loads, read_object(self._batch, object_read))
        return self._tasks


def read_object(batch: LoadBatch, object_read: ObjectRead) -> Steps[Sequence[ReadTask]]:
    """Read one object by its id and settle its asks.

    One that is unknown or hidden answers None, unless another row told of it: then it is that
    record, with what the vendor keeps to itself null.
    """
    record: Record | None
    try:
        record = yield from _read_record(
            batch, object_read.key.kind, object_read.key.id, object_read
        )
    except (NotFound, Forbidden) as refusal:
        batch.store.mark_absent(object_read.key)
        batch.fail(object_read.term_loads, refusal)
        record = batch.store.find(object_read.key)
    if record is not None:
        batch.settle_as_null(record, object_read.fields)
    _settle_loads(batch, object_read, record)
    return ()


def read_by_alias(
    batch: LoadBatch, load: ByAlias, projection: Projection
) -> Steps[Sequence[ReadTask]]:
    """Read one object by another name; without a call where a row has told whose it is."""
    object_read = ObjectRead(Key(load.kind, ""), loads=[load])
    known = batch.store.find_alias(load.kind, load.alias, load.value)
    if known is not None:
        object_read.key = known.key
        object_read.add_projection(projection)
        if _settle_known(batch, object_read):
            return ()
        return (yield from read_object(batch, object_read))
    object_read.add_projection(projection)
    try:
        record = yield from _read_record(
            batch, load.kind, alias_segment(load.kind, load.alias, load.value), object_read
        )
    except (NotFound, Forbidden):
        batch.settle(load, None)
        return ()
    batch.settle_as_null(record, object_read.fields)
    batch.settle(load, record)
    return ()


def read_self(batch: LoadBatch, load: Load, projection: Projection) -> Steps[Sequence[ReadTask]]:
    """Read the viewer or the root account, which Canvas calls `self`."""
    kind = Kind.USER if isinstance(load, Viewer) else Kind.ACCOUNT
    known_id = batch.instance.viewer_id if kind is Kind.USER else None
    if known_id is not None and batch.store.has_fields(
        Key(kind, known_id), projection.fields & SUPPORTED_FIELDS[kind]
    ):
        batch.settle(load, batch.store.find(Key(kind, known_id)))
        return ()
    object_read = ObjectRead(Key(kind, "self"), loads=[load])
    object_read.add_projection(projection)
    try:
        record = yield from _read_record(batch, kind, "self", object_read)
    except (NotFound, Forbidden):
        if kind is Kind.USER:
            raise
        batch.settle(load, None)
        return ()
    if kind is Kind.USER:
        batch.instance.viewer_id = record.key.id
    batch.settle_as_null(record, object_read.fields)
    batch.settle(load, record)
    return ()


def read_section_terms(batch: LoadBatch, loads: Sequence[TermsOf]) -> Steps[Sequence[ReadTask]]:
    """Terms of sections that had to be read to find their courses: a read for each course."""
    yield from ()
    object_reads = ObjectReads(batch)
    for load in loads:
        course = section_course(batch, load)
        if course is None:
            batch.settle(load, None)
        else:
            object_reads.add_term_load(course, load)
    return list(object_reads.tasks().values())


def section_course(batch: LoadBatch, load: TermsOf) -> Key | None:
    """The course of a section, as far as a row has told it."""
    section = batch.store.get(Section, load.section.id)
    if section is None or section.course_id is None:
        return None
    return Key(Kind.COURSE, section.course_id)


def _read_record(
    batch: LoadBatch, kind: Kind, segment: str, object_read: ObjectRead
) -> Steps[Record]:
    template, source = _OBJECT_ENDPOINTS[kind]
    if kind is Kind.ENROLLMENT:
        row_request = build_enrollment_request(object_read.fields)
    else:
        row_request = build_row_request(
            source, object_read.fields, *sorted(object_read.nested_keys)
        )
    record = yield from _fetch_record(
        batch, endpoint(template, segment, params=row_request.params), row_request, segment
    )
    if kind is Kind.USER:
        yield from _read_profile(batch, segment, record, object_read.fields)
    return record


def _read_profile(batch: LoadBatch, segment: str, record: Record, fields: Set[str]) -> Steps[None]:
    """What only the profile tells, where it is wanted and `/users/:id` left it out.

    One that may not be seen leaves it unknown.
    """
    if not (fields & USER_PROFILE.fields) - record.known_fields:
        return
    row_request = build_row_request(USER_PROFILE)
    call = endpoint("/users/:id/profile", segment)
    try:
        reply = yield from fetch(call)
    except (NotFound, Forbidden):
        return
    row = reply.decode()
    if isinstance(row, dict) and "primary_email" in row:
        row = {"email": row["primary_email"], **row}
    _add_expected_row(batch, row_request, row, record.key.id)


def _fetch_record(
    batch: LoadBatch, call: Call, row_request: RowRequest, segment: str
) -> Steps[Record]:
    reply = yield from fetch(call)
    rows = None if row_request.decoder is None else row_request.decoder.decode_object(reply)
    if rows is None:
        return _add_expected_row(batch, row_request, reply.decode(), segment)
    _check_id(rows.raw_ids()[0], segment)
    (record,) = batch.add_rows(row_request, rows)
    return record


def _add_expected_row(
    batch: LoadBatch, row_request: RowRequest, row: object, segment: str
) -> Record:
    """Take in a row, which must be of the object that was asked for where that was by its id."""
    if isinstance(row, dict):
        _check_id(row.get("id"), segment)
    (record,) = batch.add_rows(row_request, [row])
    return record


def _check_id(raw_id: Any, segment: str) -> None:
    """Raises UpstreamInvalid for another object than the one that was asked for by its id."""
    if segment.isdigit() and str(raw_id).isdigit() and not is_same_id(str(raw_id), segment):
        raise different_object()


def _settle_known(batch: LoadBatch, object_read: ObjectRead) -> bool:
    """Settle a target of which all that is wanted is known, or which is known to be hidden."""
    record = batch.store.find(object_read.key)
    if batch.store.is_absent(object_read.key):
        if record is not None:
            batch.settle_as_null(record, object_read.fields)
        batch.fail(object_read.term_loads, NotFound("the vendor has no such course, or hides it"))
        _settle_loads(batch, object_read, record)
        return True
    is_known = (
        record is not None
        and object_read.fields & SUPPORTED_FIELDS[object_read.key.kind] <= record.known_fields
    )
    if is_known and not object_read.nested_keys:
        _settle_loads(batch, object_read, record)
        return True
    return False


def _settle_loads(batch: LoadBatch, object_read: ObjectRead, record: Record | None) -> None:
    for load in object_read.loads:
        batch.settle(load, record)
    for term_load in object_read.term_loads:
        batch.settle(term_load, _term_page(batch, record))


def _term_page(batch: LoadBatch, course: Record | None) -> Page:
    """The one term of a course; none where Canvas did not tell it."""
    term_id = course.term_id if isinstance(course, Course) else None
    if term_id is None:
        return Page((), (), has_next=False, total=0)
    term = batch.store.merge(Kind.TERM, term_id, {})
    return Page((term,), (("term", "", 0, 1),), has_next=False, total=1)
