"""State shared by the reads of one batch, and the storing of rows."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.loads import Load
from lms_gateway.domain.models import Course
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.vendors.canvas.api.pagination import ResolveLink
from lms_gateway.vendors.canvas.rows import decoding, sources
from lms_gateway.vendors.canvas.rows.field_maps import FieldMap
from lms_gateway.vendors.canvas.rows.ids import parse_id
from lms_gateway.vendors.shared.batch import NegativeCache, OpenLoads

RowReferences = Sequence[tuple[Any, ...]]
"""For each row, the values of its kind's `reference_keys`."""


@dataclass(slots=True)
class VendorInstance:
    """One tenant's Canvas, accessed with one credential."""

    base_url: str  # without a trailing slash
    resolve_link: ResolveLink
    negative_cache: NegativeCache  # of endpoints
    viewer_id: str | None = None  # known after the viewer was read once


class LoadBatch(OpenLoads):
    """The loads of one `fetch`."""

    def __init__(
        self,
        instance: VendorInstance,
        projections: Mapping[Load, Projection],
        store: Store,
        on_settled: OnSettled,
    ) -> None:
        super().__init__(projections, store, on_settled)
        self.instance = instance

    def settle_as_null(self, record: Record, fields: Set[str]) -> None:
        """Set those of these fields to null that are not known."""
        unknown = record.missing(sources.SUPPORTED_FIELDS[record.kind].intersection(fields))
        if unknown:
            record.merge(dict.fromkeys(unknown))

    def add_rows(self, request: sources.RowRequest, rows: Sequence[Any]) -> list[Record]:
        """Store the rows of a source and the objects that they refer to; return their records.

        Raises UpstreamInvalid, and stores nothing, if a row is not an object with an id.
        """
        if isinstance(rows, decoding.ReplyRows):
            return self._add_typed_rows(request, rows)
        field_map = request.source.field_map
        row_ids = [decoding.row_id(field_map, row) for row in rows]
        expected_keys = request.expected_keys_in(rows)
        known_fields = (
            request.known_fields
            if expected_keys is request.expected_keys
            else request.known_fields_for(expected_keys)
        )
        decoder = decoding.RowDecoder(field_map, known_fields, self.instance.base_url, rows)
        records = [
            self._add_stub(field_map, row)
            if decoding.is_stub(row)
            else self.store.add_row(field_map.kind, vendor_id, decoder, index)
            for index, (vendor_id, row) in enumerate(zip(row_ids, rows, strict=True))
        ]
        keys = _REFERENCE_KEYS[field_map.kind]
        references = [tuple(row.get(key) for key in keys) for row in rows]
        self._add_references(request, decoder, records, references)
        return records

    def _add_typed_rows(self, request: sources.RowRequest, rows: decoding.ReplyRows) -> list[Record]:
        field_map = request.source.field_map
        typed_decoder, typed_rows = rows.decoder, rows.typed_rows
        row_ids = [id_ for id_ in map(parse_id, rows.raw_ids()) if id_ is not None]
        if len(row_ids) < len(typed_rows):
            raise decoding.invalid_row(field_map)
        decoder = decoding.RowDecoder(field_map, request.known_fields, self.instance.base_url, rows)
        records = self.store.add_rows(
            field_map.kind, row_ids, decoder, range(len(typed_rows)), typed_rows, typed_decoder.field_values
        )
        self._add_references(request, decoder, records, list(map(typed_decoder.references_of, typed_rows)))
        return records

    def _add_references(
        self,
        request: sources.RowRequest,
        decoder: decoding.RowDecoder,
        records: Sequence[Record],
        references: RowReferences,
    ) -> None:
        """Store what rows contain of other objects, and the lowest-priority fields of users."""
        match request.source.field_map.kind:
            case Kind.SECTION:
                self._seed_from_sections(references)
            case Kind.COURSE:
                self._seed_from_courses(records, references)
            case Kind.ENROLLMENT:
                self._seed_from_enrollments(request, references)
            case Kind.USER:
                for index, record in enumerate(records):
                    if not record.is_first_row(decoder, index):
                        # Derived fields never replace a value that another row contains.
                        derived = decoder.name_parts(index)
                        derived["canvas.html_url"] = decoder.user_url(record)
                        missing = record.missing(frozenset(derived))
                        record.merge({name: derived[name] for name in missing})

    def _add_stub(self, field_map: FieldMap, row: decoding.Row) -> Record:
        """Store a course whose dates exclude the viewer: its missing fields are null."""
        values = decoding.row_values(field_map, row)
        record = self.store.merge(field_map.kind, decoding.row_id(field_map, row), values)
        self.settle_as_null(record, field_map.fields | sources.UNKEYED_FIELDS[field_map.kind])
        return record

    def _seed_from_sections(self, references: RowReferences) -> None:
        previous: object = None
        for reference in references:
            if reference == previous:
                continue  # the next section of the same course
            previous = reference
            course_id, original_id, sis_id = reference
            if canonical_course_id := parse_id(course_id):
                self.seed(Kind.COURSE, canonical_course_id, sis_id=sis_id)
            if canonical_original_id := parse_id(original_id):
                self.seed(Kind.COURSE, canonical_original_id)

    def _seed_from_courses(self, records: Sequence[Record], references: RowReferences) -> None:
        for record, reference in zip(records, references, strict=True):
            term, term_id, account, account_id, account_name, teachers, _ = reference
            if term is not None and (term_rows := _valid_rows([term])):
                (term_record,) = self.add_rows(_TERM_REQUEST, term_rows)
                record.merge({"term_id": term_record.key.id})
            elif vendor_id := parse_id(term_id):
                self.seed(Kind.TERM, vendor_id)
            if account is not None and (account_rows := _valid_rows([account])):
                self.add_rows(_ACCOUNT_REQUEST, account_rows)
            elif vendor_id := parse_id(account_id):
                self.seed(Kind.ACCOUNT, vendor_id, name=account_name)
            if isinstance(teachers, list):
                teacher_records = self.add_rows(_TEACHER_REQUEST, _valid_rows(teachers))
                unique_teachers = {teacher.key: teacher for teacher in teacher_records}
                self.store.cache_list(record.key, "teachers", tuple(unique_teachers.values()))

    def _seed_from_enrollments(self, request: sources.RowRequest, references: RowReferences) -> None:
        if user_rows := _valid_rows([reference[0] for reference in references]):
            self.add_rows(request.user_request or _USER_REQUEST, user_rows)
        previous: object = None
        for _, user_id, user_sis_id, *section_reference in references:
            if user := parse_id(user_id):
                self.seed(Kind.USER, user, sis_id=user_sis_id)
            if section_reference == previous:
                continue  # the next enrollment in the same section
            previous = section_reference
            (
                course_id,
                course_sis_id,
                course_integration_id,
                section_id,
                section_sis_id,
                section_integration_id,
            ) = section_reference
            course = parse_id(course_id)
            if course:
                self.seed(Kind.COURSE, course, sis_id=course_sis_id, integration_id=course_integration_id)
            if section := parse_id(section_id):
                self.seed(
                    Kind.SECTION,
                    section,
                    course_id=course,
                    sis_id=section_sis_id,
                    integration_id=section_integration_id,
                )

    def is_closed(self, key: Key) -> bool:
        """Return whether a row has shown that the course's dates exclude the viewer."""
        course = self.store.get(Course, key.id) if key.kind is Kind.COURSE else None
        if course is None or course.vendor_fields.get("access_restricted_by_date") is not True:
            return False
        return "name" in course.known_fields and course.name is None

    def seed(self, kind: Kind, vendor_id: str, **fields: Any) -> Record:
        """Store what a row contains of another object. A value that is not text is ignored."""
        values = {name: value for name, value in fields.items() if isinstance(value, str)}
        return self.store.merge(kind, vendor_id, values)


def _valid_rows(values: Sequence[Any]) -> list[decoding.Row]:
    """Return the objects with an id; others do not make the row around them unreadable."""
    return [value for value in values if isinstance(value, Mapping) and parse_id(value.get("id"))]


_TERM_REQUEST, _ACCOUNT_REQUEST, _TEACHER_REQUEST, _USER_REQUEST = (
    sources.build_row_request(source)
    for source in (sources.TERM_ROW, sources.BRIEF_ACCOUNT, sources.TEACHER, sources.ENROLLED_USER)
)
_REFERENCE_KEYS = {kind: decoding.reference_keys(kind) for kind in Kind}
