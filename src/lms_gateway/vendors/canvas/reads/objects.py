"""Single objects: by id, by another identifier, the viewer, the root account, a section's term.

Loads of one batch of the same object share one read, with any identifier. Canvas cannot return several
objects at once, so each object costs a call; the upstream client limits how many run concurrently.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.errors import Forbidden, NotFound
from lms_gateway.domain.loads import ByAlias, Load, Page, TermsOf, Viewer
from lms_gateway.domain.models import Course, Section
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.vendors.canvas.api.endpoints import alias_segment, endpoint
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.rows import sources
from lms_gateway.vendors.canvas.rows.decoding import ReplyRows
from lms_gateway.vendors.canvas.rows.ids import is_same_id
from lms_gateway.vendors.shared.batch import ReadTask
from lms_gateway.vendors.shared.pagination import different_object
from lms_gateway.vendors.shared.steps import Steps
from lms_gateway.vendors.shared.steps import get as fetch

_OBJECT_ENDPOINTS: Mapping[Kind, tuple[str, sources.RowSource]] = {
    Kind.SECTION: ("/sections/:id", sources.SECTION_ROW),
    Kind.COURSE: ("/courses/:id", sources.COURSE_SHOW),
    Kind.USER: ("/users/:id", sources.USER_SHOW),
    Kind.ACCOUNT: ("/accounts/:id", sources.ACCOUNT_SHOW),
    Kind.TERM: ("/accounts/self/terms/:id", sources.TERM_ROW),
    Kind.ENROLLMENT: ("/accounts/self/enrollments/:id", sources.ENROLLMENT_ROW),
    Kind.PROGRESS: ("/progress/:id", sources.PROGRESS_ROW),
}


@dataclass(slots=True)
class ObjectRead:
    """One object, and everything that the loads of a batch request of it."""

    key: Key
    fields: set[str] = field(default_factory=set)
    nested_keys: set[str] = field(default_factory=set)  # objects to include in its row
    loads: list[Load] = field(default_factory=list)
    term_loads: list[TermsOf] = field(default_factory=list)

    def add_projection(self, projection: Projection) -> None:
        """Add what one load requests."""
        self.fields |= projection.fields
        if self.key.kind is Kind.COURSE:
            self.nested_keys.update(sources.course_keys(sources.COURSE_SHOW, projection.children))


class ObjectReads:
    """The objects that a batch reads by id."""

    def __init__(self, batch: LoadBatch) -> None:
        self._batch = batch
        self._reads: dict[Key, ObjectRead] = {}

    def get_or_create(self, key: Key) -> ObjectRead:
        """Return the read of an object. What it requests may grow until `tasks` is called."""
        read = self._reads.get(key)
        if read is None:
            read = self._reads[key] = ObjectRead(key)
        return read

    def get(self, key: Key) -> ObjectRead | None:
        """Return the read of an object, if there is one."""
        return self._reads.get(key)

    def add_term_load(self, course: Key, load: TermsOf) -> None:
        """Resolve a section's terms from its course, which includes its term if necessary."""
        read = self.get_or_create(course)
        read.term_loads.append(load)
        store = self._batch.store
        fields = self._batch.projections[load].fields & sources.SUPPORTED_FIELDS[Kind.TERM]
        term_id = getattr(store.find(course), "term_id", None)
        if term_id is None or not store.has_fields(Key(Kind.TERM, term_id), fields):
            read.nested_keys.add("term")

    def tasks(self) -> dict[Key, ReadTask]:
        """Return a task for each object with a requested field that is not known."""
        return {
            key: ReadTask((*read.loads, *read.term_loads), read_object(self._batch, read))
            for key, read in self._reads.items()
            if not _settle_known(self._batch, read)
        }


def read_object(batch: LoadBatch, read: ObjectRead) -> Steps[None]:
    """Read one object by its id and settle its loads.

    The result is None if the object does not exist or is not visible, unless another row contains
    it: then it is that record, and its other fields are null.
    """
    record: Record | None
    try:
        record = yield from _read_record(batch, read.key.kind, read.key.id, read)
    except (NotFound, Forbidden) as error:
        batch.store.mark_absent(read.key)
        batch.fail(read.term_loads, error)
        record = batch.store.find(read.key)
    if record is not None:
        batch.settle_as_null(record, read.fields)
    _settle_loads(batch, read, record)


def read_by_alias(batch: LoadBatch, load: ByAlias, projection: Projection) -> Steps[None]:
    """Read one object by another identifier; without a call if a row has shown whose it is."""
    read = ObjectRead(Key(load.kind, ""), loads=[load])
    known = batch.store.find_alias(load.kind, load.alias, load.value)
    if known is not None:
        read.key = known.key
    read.add_projection(projection)
    if known is not None:
        if not _settle_known(batch, read):
            yield from read_object(batch, read)
        return
    try:
        segment = alias_segment(load.kind, load.alias, load.value)
        record = yield from _read_record(batch, load.kind, segment, read)
    except (NotFound, Forbidden):
        batch.settle(load, None)
        return
    batch.settle_as_null(record, read.fields)
    batch.settle(load, record)


def read_self(batch: LoadBatch, load: Load, projection: Projection) -> Steps[None]:
    """Read the viewer or the root account, which Canvas calls `self`."""
    kind = Kind.USER if isinstance(load, Viewer) else Kind.ACCOUNT
    if kind is Kind.USER and batch.instance.viewer_id is not None:
        viewer = Key(kind, batch.instance.viewer_id)
        if batch.store.has_fields(viewer, projection.fields & sources.SUPPORTED_FIELDS[kind]):
            batch.settle(load, batch.store.find(viewer))
            return
    read = ObjectRead(Key(kind, "self"), loads=[load])
    read.add_projection(projection)
    try:
        record = yield from _read_record(batch, kind, "self", read)
    except (NotFound, Forbidden):
        if kind is Kind.USER:
            raise
        batch.settle(load, None)
        return
    if kind is Kind.USER:
        batch.instance.viewer_id = record.key.id
    batch.settle_as_null(record, read.fields)
    batch.settle(load, record)


def read_section_terms(batch: LoadBatch, loads: Sequence[TermsOf]) -> Steps[Sequence[ReadTask]]:
    """Return the reads of the courses of sections that have been read for their course's id."""
    yield from ()
    reads = ObjectReads(batch)
    for load in loads:
        course = section_course(batch, load)
        if course is None:
            batch.settle(load, None)
        else:
            reads.add_term_load(course, load)
    return list(reads.tasks().values())


def section_course(batch: LoadBatch, load: TermsOf) -> Key | None:
    """Return the course of a section; None if no row has named it."""
    section = batch.store.get(Section, load.section.id)
    if section is None or section.course_id is None:
        return None
    return Key(Kind.COURSE, section.course_id)


def _read_record(batch: LoadBatch, kind: Kind, segment: str, read: ObjectRead) -> Steps[Record]:
    template, source = _OBJECT_ENDPOINTS[kind]
    if kind is Kind.ENROLLMENT:
        request = sources.build_enrollment_request(read.fields)
    else:
        request = sources.build_row_request(source, read.fields, *sorted(read.nested_keys))
    reply = yield from fetch(endpoint(template, segment, params=request.params))
    rows = None if request.decoder is None else request.decoder.decode_object(reply)
    record = _add_row(batch, request, [reply.decode()] if rows is None else rows, segment)
    if kind is Kind.USER and (read.fields & sources.USER_PROFILE.fields) - record.known_fields:
        yield from _read_profile(batch, segment, record)
    return record


def _read_profile(batch: LoadBatch, segment: str, record: Record) -> Steps[None]:
    """Read the fields that only the profile has; they stay unknown if it is not visible."""
    try:
        reply = yield from fetch(endpoint("/users/:id/profile", segment))
    except (NotFound, Forbidden):
        return
    row = reply.decode()
    if isinstance(row, dict) and "primary_email" in row:
        row = {"email": row["primary_email"], **row}
    _add_row(batch, sources.build_row_request(sources.USER_PROFILE), [row], record.key.id)


def _add_row(batch: LoadBatch, request: sources.RowRequest, rows: Sequence[Any], segment: str) -> Record:
    """Store the only row. Raises UpstreamInvalid if it was requested by another id."""
    if isinstance(rows, ReplyRows):
        raw_id = rows.raw_ids()[0]
    else:
        raw_id = rows[0].get("id") if isinstance(rows[0], dict) else None
    if segment.isdigit() and str(raw_id).isdigit() and not is_same_id(str(raw_id), segment):
        raise different_object()
    (record,) = batch.add_rows(request, rows)
    return record


def _settle_known(batch: LoadBatch, read: ObjectRead) -> bool:
    """Settle an object that is known to be absent, or has all requested fields already."""
    record = batch.store.find(read.key)
    if batch.store.is_absent(read.key):
        if record is not None:
            batch.settle_as_null(record, read.fields)
        batch.fail(read.term_loads, NotFound("course not found or not visible"))
    elif (
        record is None
        or read.nested_keys
        or not read.fields & sources.SUPPORTED_FIELDS[read.key.kind] <= record.known_fields
    ):
        return False
    _settle_loads(batch, read, record)
    return True


def _settle_loads(batch: LoadBatch, read: ObjectRead, record: Record | None) -> None:
    for load in read.loads:
        batch.settle(load, record)
    for term_load in read.term_loads:
        batch.settle(term_load, _term_page(batch, record))


def _term_page(batch: LoadBatch, course: Record | None) -> Page:
    """Return the only term of a course; an empty page if Canvas has not named it."""
    term_id = course.term_id if isinstance(course, Course) else None
    if term_id is None:
        return Page((), (), has_next=False, total=0)
    term = batch.store.merge(Kind.TERM, term_id, {})
    return Page((term,), (("term", "", 0, 1),), has_next=False, total=1)
