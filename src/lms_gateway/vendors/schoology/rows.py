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
from lms_gateway.domain.records import AccountKind, EnrollmentState, Kind, Meeting, Role
from lms_gateway.vendors.schoology import values
from lms_gateway.vendors.schoology.values import Convert, flag, ident, idents, text, whole

Row = Mapping[str, Any]


class Source(Enum):
    """Where a row comes from."""

    ALONE = auto()
    LISTED = auto()
    MENTIONED = auto()


class Fact(NamedTuple):
    """What a row tells of one object."""

    kind: Kind
    id: str
    facets: dict[str, Any]


_SECTION: Mapping[str, Convert] = {
    "school_id": ident,
    "building_id": ident,
    "course_id": ident,
    "course_title": text,
    "course_code": text,
    "section_title": text,
    "section_code": text,
    "section_school_code": text,
    "access_code": text,
    "synced": flag,
    "active": flag,
    "description": text,
    "subject_area": whole,
    "grade_level_range_start": whole,
    "grade_level_range_end": whole,
    "grading_periods": idents,
    "profile_url": text,
    "location": text,
    "meeting_days": values.day_numbers,
    "start_time": text,
    "end_time": text,
    "class_periods": idents,
    "weight": whole,
    "options": values.options,
    "parent_id": ident,
    "admin": flag,
}
_COURSE: Mapping[str, Convert] = {
    "title": text,
    "course_code": text,
    "department": text,
    "description": text,
    "credits": values.number,
    "subject_area": whole,
    "grade_level_range_start": whole,
    "grade_level_range_end": whole,
    "synced": flag,
    "building_id": ident,
    "district_course_name": text,
}
NAMES: Mapping[str, Convert] = {
    "name_title": text,
    "name_title_show": flag,
    "name_first": text,
    "name_first_preferred": text,
    "name_middle": text,
    "name_middle_show": flag,
    "name_last": text,
    "name_display": text,
    "school_uid": text,
    "picture_url": text,
}
_USER: Mapping[str, Convert] = {
    **NAMES,
    "school_id": ident,
    "building_id": ident,
    "additional_buildings": idents,
    "use_preferred_first_name": flag,
    "username": text,
    "primary_email": text,
    "gender": text,
    "position": text,
    "grad_year": text,
    "role_id": ident,
    "tz_offset": values.number,
    "tz_name": text,
    "parents": values.parent_ids,
    "child_uids": idents,
    "send_message": flag,
    "synced": flag,
    "language": text,
    "permissions": values.flags,
    "stats_user_type": whole,
}
_ENROLLMENT: Mapping[str, Convert] = {
    **NAMES,
    "uid": ident,
    "admin": flag,
    "status": whole,
    "enrollment_source": text,
}
_TERM: Mapping[str, Convert] = {
    "title": text,
    "start": text,
    "end": text,
    "active": flag,
    "weight": values.number,
    "parent": ident,
    "has_children": flag,
}
_ACCOUNT: Mapping[str, Convert] = {
    "title": text,
    "address1": text,
    "address2": text,
    "city": text,
    "state": text,
    "postal_code": text,
    "country": text,
    "website": text,
    "phone": text,
    "fax": text,
    "building_code": text,
    "picture_url": text,
}

_NOT_LISTED: Mapping[Kind, frozenset[str]] = {
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
_NOT_ALONE: Mapping[Kind, frozenset[str]] = {Kind.COURSE: frozenset({"district_course_name"})}
"""Keys that are there only where a parameter asks for them; our listings always ask."""
OPEN: Mapping[Source, Mapping[Kind, frozenset[str]]] = {
    Source.LISTED: _NOT_LISTED,
    Source.ALONE: _NOT_ALONE,
}
"""Keys that a row of a source leaves open where it has no value for them."""

STATES: Mapping[int, EnrollmentState] = {
    1: EnrollmentState.ACTIVE,
    2: EnrollmentState.COMPLETED,
    3: EnrollmentState.INVITED,
    4: EnrollmentState.REQUESTED,
    5: EnrollmentState.ARCHIVED,
}

NEUTRAL: Mapping[Kind, Mapping[str, str]] = {
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

_MADE: Mapping[Kind, frozenset[str]] = {
    Kind.SECTION: frozenset({"term_ids", "meeting"}),
    Kind.COURSE: frozenset({"subject", "grade_levels"}),
    Kind.USER: frozenset({"name", "display_name"}),
    Kind.ENROLLMENT: frozenset({"role", "state", "section_id"}),
    Kind.TERM: frozenset({"start_at", "end_at"}),
    Kind.ACCOUNT: frozenset(),
}
"""Facets that are made of one or more keys."""

TABLES: Mapping[Kind, Mapping[str, Convert]] = {
    Kind.SECTION: _SECTION,
    Kind.COURSE: _COURSE,
    Kind.USER: _USER,
    Kind.ENROLLMENT: _ENROLLMENT,
    Kind.TERM: _TERM,
    Kind.ACCOUNT: _ACCOUNT,
}

OWN: Mapping[Kind, frozenset[str]] = {
    kind: frozenset({*NEUTRAL[kind], *_MADE[kind], *(f"schoology.{name}" for name in table)})
    for kind, table in TABLES.items()
}
"""The facets that an object's own row settles."""


def section_facts(row: Row, source: Source) -> list[Fact]:
    """A section, and what it says of its course."""
    facts = _facts(Kind.SECTION, row, source)
    if "grading_periods" in row or source is Source.ALONE:
        facts["term_ids"] = facts.get("schoology.grading_periods") or ()
    days = values.days(row.get("meeting_days"))
    start, end = values.clock(row.get("start_time")), values.clock(row.get("end_time"))
    facts["meeting"] = Meeting(days, start, end) if days or start or end else None
    told = [Fact(Kind.SECTION, row_id(row), facts)]
    course_id = ident(row.get("course_id"))
    if course_id is not None:
        mention = {
            name: row[key]
            for name, key in (("title", "course_title"), ("course_code", "course_code"))
            if key in row
        }
        course = _facts(Kind.COURSE, mention, Source.MENTIONED)
        told.append(Fact(Kind.COURSE, course_id, course))
    return told


def course_facts(row: Row, source: Source) -> list[Fact]:
    """A course."""
    facts = _facts(Kind.COURSE, row, source)
    facts["subject"] = values.subject(row.get("subject_area"))
    facts["grade_levels"] = values.levels(
        row.get("grade_level_range_start"), row.get("grade_level_range_end")
    )
    return [Fact(Kind.COURSE, row_id(row), facts)]


def user_facts(row: Row, source: Source) -> list[Fact]:
    """A user, and what the row says of the user's parents."""
    facts = _facts(Kind.USER, row, source) | _person(row)
    told = [Fact(Kind.USER, user_row_id(row), facts)]
    for parent in values.parents(row.get("parents")):
        if ident(parent.get("uid")) or ident(parent.get("id")):
            told += user_facts({**parent, "parents": None}, Source.LISTED)
    return told


def enrollment_facts(row: Row, section_id: str) -> list[Fact]:
    """An enrollment, whose section only its address tells, and what it says of its user."""
    facts = _facts(Kind.ENROLLMENT, row, Source.ALONE)
    facts["section_id"] = section_id
    facts["role"] = row_role(row)
    status = whole(row.get("status"))
    facts["state"] = None if status is None else STATES.get(status)
    told = [Fact(Kind.ENROLLMENT, f"{section_id}.{row_id(row)}", facts)]
    user = _facts(Kind.USER, {name: row[name] for name in NAMES if name in row}, Source.MENTIONED)
    user |= {facet: value for facet, value in _person(row).items() if value is not None}
    told.append(Fact(Kind.USER, user_row_id({"uid": row.get("uid")}), user))
    return told


def term_facts(row: Row, source: Source, zone: tzinfo | None) -> list[Fact]:
    """A grading period: from the first moment of its first day to the last second of its last."""
    facts = _facts(Kind.TERM, row, source)
    facts["start_at"] = values.start_of_day(row.get("start"), zone)
    facts["end_at"] = values.end_of_day(row.get("end"), zone)
    return [Fact(Kind.TERM, row_id(row), facts)]


def account_facts(row: Row, kind: AccountKind | None, parent_id: str | None) -> list[Fact]:
    """A school or building; the row itself does not say which (`kind` None: left open)."""
    facts = _facts(Kind.ACCOUNT, row, Source.ALONE)
    if kind is not None:
        facts["account_kind"] = kind
        facts["parent_id"] = parent_id
    return [Fact(Kind.ACCOUNT, row_id(row), facts)]


def row_id(row: Row) -> str:
    """A row's own id. Raises UpstreamInvalid where it has none."""
    found = ident(row.get("id"))
    if found is None:
        raise UpstreamInvalid("the vendor sent an object without an id")
    return found


def user_row_id(row: Row) -> str:
    """A user's id, which is `uid`, `id`, or both. Raises UpstreamInvalid where it has neither."""
    found = ident(row.get("uid")) or ident(row.get("id"))
    if found is None:
        raise UpstreamInvalid("the vendor sent a person without an id")
    return found


def row_role(row: Row) -> Role | None:
    """An enrollment's role: Schoology tells a section's admins from its members, and no more."""
    match flag(row.get("admin")):
        case True:
            return Role.TEACHER
        case False:
            return Role.STUDENT
        case _:
            return None


def _facts(kind: Kind, row: Row, source: Source) -> dict[str, Any]:
    """The vendor's keys and those facets that are one of them under our name."""
    open_keys = OPEN.get(source, {}).get(kind, frozenset())
    native = {
        name: convert(row.get(name))
        for name, convert in TABLES[kind].items()
        if row.get(name) is not None
        or (name not in open_keys and (name in row or source is not Source.MENTIONED))
    }
    facts = {f"schoology.{name}": value for name, value in native.items()}
    facts |= {ours: native[name] for ours, name in NEUTRAL[kind].items() if name in native}
    return facts


def person_name(row: Row) -> str | None:
    """The name that a person's row adds up to."""
    shown = text(row.get("name_display"))
    if shown is not None:
        return shown
    first, last = text(row.get("name_first")), text(row.get("name_last"))
    called = text(row.get("name_first_preferred")) or first
    return " ".join(filter(None, (called, last))) or None


def _person(row: Row) -> dict[str, Any]:
    shown = person_name(row)
    return {"name": shown, "display_name": shown}
