"""Catalog of the keys of Schoology's rows: one line per key.

A key is available as the field `schoology.<key>`, and under a common name if both vendors have the
value. Fields that are computed from several keys (`meeting`, `grade_levels`) are in `decoding`.
Keys that are not listed are ignored; passwords are among them.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course, user,
enrollment, grading-periods, school)
"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from lms_gateway.domain.models import EnrollmentState
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.schoology.rows.converters import (
    Converter,
    parse_id,
    parse_ids,
    to_bool,
    to_bool_map,
    to_day_numbers,
    to_float,
    to_parent_ids,
    to_section_options,
    to_text,
)
from lms_gateway.vendors.shared.json_values import to_int


class RowSource(Enum):
    """The origin of a row, which decides which fields the row determines."""

    OBJECT = auto()
    """The object itself. A missing key is null, except for keys that are sent on request."""
    LIST_ROW = auto()
    """A row of a list. A missing key is null, except for keys that lists do not contain."""
    REFERENCE = auto()
    """A mention inside another object, or a reply to a write. A missing key is unknown."""

    __hash__ = object.__hash__  # Enum's own is slow: computed in Python for each row


class InputForm(Enum):
    """How an input value is written under a key."""

    TEXT = auto()
    """Text; empty text unsets the value."""
    REQUIRED_TEXT = auto()
    """Text that must not be empty."""
    FLAG = auto()
    """1 or 0; cannot be unset."""
    IDS = auto()
    """A list of numeric ids; may be empty."""
    REQUIRED_IDS = auto()
    """A list of at least one numeric id."""
    SUBJECT = auto()
    """A number of `converters.SUBJECTS`; 0 unsets the value."""
    GRADE_LEVEL = auto()
    """A number from 0 to 15; 0 unsets the value."""
    SPECIAL = auto()
    """Encoded by a function of its own in `writes.input_mapping`."""


class CatalogKey(NamedTuple):
    """One key of one kind of row."""

    name: str
    convert: Converter
    field: str | None = None
    """The common name of the value."""
    unknown_in: RowSource | None = None
    """The source whose rows omit the key although the object may have a value."""
    input: InputForm | None = None
    """None: the value cannot be written."""
    input_name: str | None = None
    """The key in requests if it is not `name`."""
    input_field: str | None = None
    """The field in inputs if it is neither `field` nor `schoology.<name>`."""
    identifies: bool = False
    """Whether the value identifies the row of a bulk reply."""

    @property
    def fields(self) -> Iterator[str]:
        """The names of the fields that this key is."""
        yield f"schoology.{self.name}"
        if self.field is not None:
            yield self.field


_LIST, _OBJECT = RowSource.LIST_ROW, RowSource.OBJECT
_Key = CatalogKey

_SECTION = (
    _Key("school_id", parse_id),
    _Key("building_id", parse_id, unknown_in=_LIST),
    _Key("course_id", parse_id, "course_id"),
    _Key("course_title", to_text),
    _Key("course_code", to_text),
    _Key("section_title", to_text, "name", input=InputForm.REQUIRED_TEXT, input_name="title"),
    _Key("section_code", to_text, "code", input=InputForm.TEXT, identifies=True),
    _Key("section_school_code", to_text, "sis_id", input=InputForm.TEXT, identifies=True),
    _Key("access_code", to_text),
    _Key("synced", to_bool, "is_synced", input=InputForm.FLAG),
    _Key("active", to_bool, "is_active"),
    _Key("description", to_text, "description", input=InputForm.TEXT),
    _Key("subject_area", to_int, unknown_in=_LIST),
    _Key("grade_level_range_start", to_int, unknown_in=_LIST),
    _Key("grade_level_range_end", to_int, unknown_in=_LIST),
    _Key("grading_periods", parse_ids, input=InputForm.REQUIRED_IDS, input_field="term_ids"),
    _Key("profile_url", to_text),
    _Key("location", to_text, "location", input=InputForm.TEXT),
    _Key("meeting_days", to_day_numbers),
    _Key("start_time", to_text),
    _Key("end_time", to_text),
    _Key("class_periods", parse_ids, input=InputForm.IDS),
    _Key("weight", to_int),
    _Key("options", to_section_options, input=InputForm.SPECIAL),
    _Key("parent_id", parse_id),
    _Key("admin", to_bool),
)
_COURSE = (
    _Key("title", to_text, "name", input=InputForm.REQUIRED_TEXT),
    _Key("course_code", to_text, "code", input=InputForm.REQUIRED_TEXT, identifies=True),
    _Key("department", to_text, "department", input=InputForm.TEXT),
    _Key("description", to_text, "description", input=InputForm.TEXT),
    _Key("credits", to_float, "credits", input=InputForm.SPECIAL),
    _Key("subject_area", to_int, input=InputForm.SUBJECT),
    _Key("grade_level_range_start", to_int, input=InputForm.GRADE_LEVEL),
    _Key("grade_level_range_end", to_int, input=InputForm.GRADE_LEVEL),
    _Key("synced", to_bool, input=InputForm.FLAG),
    _Key("building_id", parse_id, "account_id", input=InputForm.SPECIAL),
    # Sent if the request has `fetch_district_course_name`; every list request has it.
    _Key("district_course_name", to_text, unknown_in=_OBJECT, input=InputForm.TEXT),
)
_NAMES = (
    _Key("name_title", to_text),
    _Key("name_title_show", to_bool),
    _Key("name_first", to_text, "given_name"),
    _Key("name_first_preferred", to_text),
    _Key("name_middle", to_text),
    _Key("name_middle_show", to_bool),
    _Key("name_last", to_text, "family_name"),
    _Key("name_display", to_text),
    _Key("school_uid", to_text, "sis_id"),
    _Key("picture_url", to_text, "avatar_url"),
)
_USER = (
    *_NAMES,
    _Key("school_id", parse_id),
    _Key("building_id", parse_id),
    _Key("additional_buildings", parse_ids),
    _Key("use_preferred_first_name", to_bool),
    _Key("username", to_text, "username"),
    _Key("primary_email", to_text, "email"),
    _Key("gender", to_text),
    _Key("position", to_text),
    _Key("grad_year", to_text),
    _Key("role_id", parse_id),
    _Key("tz_offset", to_float),
    _Key("tz_name", to_text, "time_zone"),
    # A list row has null here even for a user whose own page names parents.
    _Key("parents", to_parent_ids, unknown_in=_LIST),
    _Key("child_uids", parse_ids, unknown_in=_LIST),
    _Key("send_message", to_bool, unknown_in=_LIST),
    _Key("synced", to_bool),
    _Key("language", to_text, "locale", unknown_in=_LIST),
    _Key("permissions", to_bool_map, unknown_in=_LIST),
    _Key("stats_user_type", to_int, unknown_in=_LIST),
)
_ENROLLMENT = (
    *(key._replace(field=None) for key in _NAMES),
    _Key("uid", parse_id, "user_id", input=InputForm.REQUIRED_TEXT, identifies=True),
    _Key("admin", to_bool),
    _Key("status", to_int),
    _Key("enrollment_source", to_text),
)
_TERM = (
    _Key("title", to_text, "name"),
    _Key("start", to_text),
    _Key("end", to_text),
    _Key("active", to_bool, "is_active", unknown_in=_LIST),
    _Key("weight", to_float, unknown_in=_LIST),
    _Key("parent", parse_id, unknown_in=_LIST),
    _Key("has_children", to_bool, unknown_in=_LIST),
)
_ACCOUNT = (
    _Key("title", to_text, "name"),
    _Key("address1", to_text),
    _Key("address2", to_text),
    _Key("city", to_text),
    _Key("state", to_text),
    _Key("postal_code", to_text),
    _Key("country", to_text),
    _Key("website", to_text),
    _Key("phone", to_text),
    _Key("fax", to_text),
    _Key("building_code", to_text),
    _Key("picture_url", to_text),
)

CATALOG: Mapping[Kind, tuple[CatalogKey, ...]] = {
    Kind.SECTION: _SECTION,
    Kind.COURSE: _COURSE,
    Kind.USER: _USER,
    Kind.ENROLLMENT: _ENROLLMENT,
    Kind.TERM: _TERM,
    Kind.ACCOUNT: _ACCOUNT,
}
NAME_KEYS = _NAMES
"""The keys of a person's name, which rows of enrollments have as well."""
IDENTIFYING_KEYS = tuple(
    dict.fromkeys(key.name for keys in CATALOG.values() for key in keys if key.identifies)
)
"""The keys besides the id that identify the rows of bulk replies."""

ENROLLMENT_STATES: Mapping[int, EnrollmentState] = {
    1: EnrollmentState.ACTIVE,
    2: EnrollmentState.COMPLETED,
    3: EnrollmentState.INVITED,
    4: EnrollmentState.REQUESTED,
    5: EnrollmentState.ARCHIVED,
}
"""`status` of an enrollment."""


def key_of(kind: Kind, field: str) -> str:
    """Return the vendor's key of a common field."""
    return next(key.name for key in CATALOG[kind] if key.field == field)
