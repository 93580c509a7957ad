"""A vendor's row as facts: which facet of which object has which value.

Where a row comes from decides what it settles. An object asked for by itself settles every facet of
its kind, to null where the vendor left it out. A listing's row leaves open what listings do not
carry. A row that merely mentions an object (a section its course, an enrollment its user) settles
what it says and no more. Passwords are never kept.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course, user,
enrollment, grading-periods, school)
"""

from collections.abc import Mapping
from datetime import tzinfo
from enum import Enum, auto
from typing import Any, NamedTuple

from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.models import AccountKind, EnrollmentState, Meeting, Role
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.schoology.rows import converters
from lms_gateway.vendors.schoology.rows.converters import (
    Converter,
    parse_id,
    parse_ids,
    to_bool,
    to_int,
    to_text,
)

Row = Mapping[str, Any]


class RowSource(Enum):
    """Where a row comes from."""

    OBJECT = auto()
    LIST_ROW = auto()
    REFERENCE = auto()


class RecordFields(NamedTuple):
    """What a row tells of one object."""

    kind: Kind
    id: str
    fields: dict[str, Any]


_SECTION: Mapping[str, Converter] = {
    "school_id": parse_id,
    "building_id": parse_id,
    "course_id": parse_id,
    "course_title": to_text,
    "course_code": to_text,
    "section_title": to_text,
    "section_code": to_text,
    "section_school_code": to_text,
    "access_code": to_text,
    "synced": to_bool,
    "active": to_bool,
    "description": to_text,
    "subject_area": to_int,
    "grade_level_range_start": to_int,
    "grade_level_range_end": to_int,
    "grading_periods": parse_ids,
    "profile_url": to_text,
    "location": to_text,
    "meeting_days": converters.to_day_numbers,
    "start_time": to_text,
    "end_time": to_text,
    "class_periods": parse_ids,
    "weight": to_int,
    "options": converters.to_section_options,
    "parent_id": parse_id,
    "admin": to_bool,
}
_COURSE: Mapping[str, Converter] = {
    "title": to_text,
    "course_code": to_text,
    "department": to_text,
    "description": to_text,
    "credits": converters.to_float,
    "subject_area": to_int,
    "grade_level_range_start": to_int,
    "grade_level_range_end": to_int,
    "synced": to_bool,
    "building_id": parse_id,
    "district_course_name": to_text,
}
NAME_FIELDS: Mapping[str, Converter] = {
    "name_title": to_text,
    "name_title_show": to_bool,
    "name_first": to_text,
    "name_first_preferred": to_text,
    "name_middle": to_text,
    "name_middle_show": to_bool,
    "name_last": to_text,
    "name_display": to_text,
    "school_uid": to_text,
    "picture_url": to_text,
}
_USER: Mapping[str, Converter] = {
    **NAME_FIELDS,
    "school_id": parse_id,
    "building_id": parse_id,
    "additional_buildings": parse_ids,
    "use_preferred_first_name": to_bool,
    "username": to_text,
    "primary_email": to_text,
    "gender": to_text,
    "position": to_text,
    "grad_year": to_text,
    "role_id": parse_id,
    "tz_offset": converters.to_float,
    "tz_name": to_text,
    "parents": converters.parent_ids,
    "child_uids": parse_ids,
    "send_message": to_bool,
    "synced": to_bool,
    "language": to_text,
    "permissions": converters.to_bool_map,
    "stats_user_type": to_int,
}
_ENROLLMENT: Mapping[str, Converter] = {
    **NAME_FIELDS,
    "uid": parse_id,
    "admin": to_bool,
    "status": to_int,
    "enrollment_source": to_text,
}
_TERM: Mapping[str, Converter] = {
    "title": to_text,
    "start": to_text,
    "end": to_text,
    "active": to_bool,
    "weight": converters.to_float,
    "parent": parse_id,
    "has_children": to_bool,
}
_ACCOUNT: Mapping[str, Converter] = {
    "title": to_text,
    "address1": to_text,
    "address2": to_text,
    "city": to_text,
    "state": to_text,
    "postal_code": to_text,
    "country": to_text,
    "website": to_text,
    "phone": to_text,
    "fax": to_text,
    "building_code": to_text,
    "picture_url": to_text,
}

_KEYS_NOT_IN_LISTS: Mapping[Kind, frozenset[str]] = {
    Kind.SECTION: frozenset(
        {"building_id", "subject_area", "grade_level_range_start", "grade_level_range_end"}
    ),
    # A listing writes null for parents whom the object by itself names.
    Kind.USER: frozenset(
        {"parents", "child_uids", "send_message", "language", "permissions", "stats_user_type"}
    ),
    Kind.TERM: frozenset({"active", "weight", "parent", "has_children"}),
}
"""Keys that are missing or empty in listings though the object has them."""
_KEYS_ON_REQUEST: Mapping[Kind, frozenset[str]] = {Kind.COURSE: frozenset({"district_course_name"})}
"""Keys that are there only where a parameter asks for them; our listings always ask."""
UNSETTLED_KEYS: Mapping[RowSource, Mapping[Kind, frozenset[str]]] = {
    RowSource.LIST_ROW: _KEYS_NOT_IN_LISTS,
    RowSource.OBJECT: _KEYS_ON_REQUEST,
}
"""Keys that a row of a source leaves open where it has no value for them."""

ENROLLMENT_STATES: Mapping[int, EnrollmentState] = {
    1: EnrollmentState.ACTIVE,
    2: EnrollmentState.COMPLETED,
    3: EnrollmentState.INVITED,
    4: EnrollmentState.REQUESTED,
    5: EnrollmentState.ARCHIVED,
}

COMMON_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.SECTION: {
        "name": "section_title",
        "code": "section_code",
        "sis_id": "section_school_code",
        "description": "description",
        "location": "location",
        "is_active": "active",
        "is_synced": "synced",
        "course_id": "course_id",
    },
    Kind.COURSE: {
        "name": "title",
        "code": "course_code",
        "description": "description",
        "department": "department",
        "credits": "credits",
        "account_id": "building_id",
    },
    Kind.USER: {
        "given_name": "name_first",
        "family_name": "name_last",
        "email": "primary_email",
        "username": "username",
        "sis_id": "school_uid",
        "avatar_url": "picture_url",
        "locale": "language",
        "time_zone": "tz_name",
    },
    Kind.ENROLLMENT: {"user_id": "uid"},
    Kind.TERM: {"name": "title", "is_active": "active"},
    Kind.ACCOUNT: {"name": "title"},
}
"""Facets that are a vendor's key under our name."""

DERIVED_FIELDS: Mapping[Kind, frozenset[str]] = {
    Kind.SECTION: frozenset({"term_ids", "meeting"}),
    Kind.COURSE: frozenset({"subject", "grade_levels"}),
    Kind.USER: frozenset({"name", "display_name"}),
    Kind.ENROLLMENT: frozenset({"role", "state", "section_id"}),
    Kind.TERM: frozenset({"start_at", "end_at"}),
    Kind.ACCOUNT: frozenset(),
}
"""Facets that are made of one or more keys."""

FIELD_MAPS: Mapping[Kind, Mapping[str, Converter]] = {
    Kind.SECTION: _SECTION,
    Kind.COURSE: _COURSE,
    Kind.USER: _USER,
    Kind.ENROLLMENT: _ENROLLMENT,
    Kind.TERM: _TERM,
    Kind.ACCOUNT: _ACCOUNT,
}

OBJECT_FIELDS: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(
        {*COMMON_FIELDS[kind], *DERIVED_FIELDS[kind], *(f"schoology.{name}" for name in table)}
    )
    for kind, table in FIELD_MAPS.items()
}
"""The facets that an object's own row settles."""


def decode_section(row: Row, source: RowSource) -> list[RecordFields]:
    """A section, and what it says of its course."""
    fields = _decode_keys(Kind.SECTION, row, source)
    if "grading_periods" in row or source is RowSource.OBJECT:
        fields["term_ids"] = fields.get("schoology.grading_periods") or ()
    days = converters.to_days(row.get("meeting_days"))
    start, end = converters.to_time(row.get("start_time")), converters.to_time(row.get("end_time"))
    fields["meeting"] = Meeting(days, start, end) if days or start or end else None
    decoded = [RecordFields(Kind.SECTION, row_id(row), fields)]
    course_id = parse_id(row.get("course_id"))
    if course_id is not None:
        course_row = {
            name: row[key]
            for name, key in (("title", "course_title"), ("course_code", "course_code"))
            if key in row
        }
        course_fields = _decode_keys(Kind.COURSE, course_row, RowSource.REFERENCE)
        decoded.append(RecordFields(Kind.COURSE, course_id, course_fields))
    return decoded


def decode_course(row: Row, source: RowSource) -> list[RecordFields]:
    """A course."""
    fields = _decode_keys(Kind.COURSE, row, source)
    fields["subject"] = converters.subject_name(row.get("subject_area"))
    fields["grade_levels"] = converters.grade_levels(
        row.get("grade_level_range_start"), row.get("grade_level_range_end")
    )
    return [RecordFields(Kind.COURSE, row_id(row), fields)]


def decode_user(row: Row, source: RowSource) -> list[RecordFields]:
    """A user, and what the row says of the user's parents."""
    fields = _decode_keys(Kind.USER, row, source) | _decode_names(row)
    decoded = [RecordFields(Kind.USER, user_row_id(row), fields)]
    for parent in converters.parent_rows(row.get("parents")):
        if parse_id(parent.get("uid")) or parse_id(parent.get("id")):
            decoded += decode_user({**parent, "parents": None}, RowSource.LIST_ROW)
    return decoded


def decode_enrollment(row: Row, section_id: str) -> list[RecordFields]:
    """An enrollment, whose section only its address tells, and what it says of its user."""
    fields = _decode_keys(Kind.ENROLLMENT, row, RowSource.OBJECT)
    fields["section_id"] = section_id
    fields["role"] = row_role(row)
    status = to_int(row.get("status"))
    fields["state"] = None if status is None else ENROLLMENT_STATES.get(status)
    decoded = [RecordFields(Kind.ENROLLMENT, f"{section_id}.{row_id(row)}", fields)]
    user_fields = _decode_keys(
        Kind.USER, {name: row[name] for name in NAME_FIELDS if name in row}, RowSource.REFERENCE
    )
    user_fields |= {
        field: value for field, value in _decode_names(row).items() if value is not None
    }
    decoded.append(RecordFields(Kind.USER, user_row_id({"uid": row.get("uid")}), user_fields))
    return decoded


def decode_term(row: Row, source: RowSource, time_zone: tzinfo | None) -> list[RecordFields]:
    """A grading period: from the first moment of its first day to the last second of its last."""
    fields = _decode_keys(Kind.TERM, row, source)
    fields["start_at"] = converters.start_of_day(row.get("start"), time_zone)
    fields["end_at"] = converters.end_of_day(row.get("end"), time_zone)
    return [RecordFields(Kind.TERM, row_id(row), fields)]


def decode_account(row: Row, kind: AccountKind | None, parent_id: str | None) -> list[RecordFields]:
    """A school or building; the row itself does not say which (`kind` None: left open)."""
    fields = _decode_keys(Kind.ACCOUNT, row, RowSource.OBJECT)
    if kind is not None:
        fields["account_kind"] = kind
        fields["parent_id"] = parent_id
    return [RecordFields(Kind.ACCOUNT, row_id(row), fields)]


def row_id(row: Row) -> str:
    """A row's own id. Raises UpstreamInvalid where it has none."""
    record_id = parse_id(row.get("id"))
    if record_id is None:
        raise UpstreamInvalid("the vendor sent an object without an id")
    return record_id


def user_row_id(row: Row) -> str:
    """A user's id, which is `uid`, `id`, or both. Raises UpstreamInvalid where it has neither."""
    user_id = parse_id(row.get("uid")) or parse_id(row.get("id"))
    if user_id is None:
        raise UpstreamInvalid("the vendor sent a person without an id")
    return user_id


def row_role(row: Row) -> Role | None:
    """An enrollment's role: Schoology tells a section's admins from its members, and no more."""
    match to_bool(row.get("admin")):
        case True:
            return Role.TEACHER
        case False:
            return Role.STUDENT
        case _:
            return None


def _decode_keys(kind: Kind, row: Row, source: RowSource) -> dict[str, Any]:
    """The vendor's keys and those facets that are one of them under our name."""
    unsettled_keys = UNSETTLED_KEYS.get(source, {}).get(kind, frozenset())
    values_by_key = {
        name: convert(row.get(name))
        for name, convert in FIELD_MAPS[kind].items()
        if row.get(name) is not None
        or (name not in unsettled_keys and (name in row or source is not RowSource.REFERENCE))
    }
    fields = {f"schoology.{name}": value for name, value in values_by_key.items()}
    fields |= {
        common_name: values_by_key[name]
        for common_name, name in COMMON_FIELDS[kind].items()
        if name in values_by_key
    }
    return fields


def person_name(row: Row) -> str | None:
    """The name that a person's row adds up to."""
    display_name = to_text(row.get("name_display"))
    if display_name is not None:
        return display_name
    first, last = to_text(row.get("name_first")), to_text(row.get("name_last"))
    given_name = to_text(row.get("name_first_preferred")) or first
    return " ".join(filter(None, (given_name, last))) or None


def _decode_names(row: Row) -> dict[str, Any]:
    display_name = person_name(row)
    return {"name": display_name, "display_name": display_name}
