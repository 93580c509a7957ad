"""Records in the JSON format of Schoology.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course, user,
enrollment, grading-periods, role, school). The type of a field differs between endpoints, for
example integer and text, as observed at Schoology.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lms_sandbox.data import models
from lms_sandbox.schoology.context import Row, SchoologyRequest
from lms_sandbox.schoology.roles import ADMIN_ROLES

ROLES: dict[models.Position, tuple[int, str, int]] = {
    "admin": (1212, "School Admin", 1),
    "teacher": (1213, "Teacher", 1),
    "student": (1214, "Student", 0),
    "parent": (1215, "Parent", 0),
}
"""Position -> role id, title, and 1 for a faculty role."""
STATUSES = {
    "active": 1, "completed": 2, "invited": 3, "requested": 4, "archived": 5, "inactive": 5,
}  # fmt: skip
PICTURE_SIZES = ("big", "reg", "sm", "tiny")
OPTION_DEFAULTS = {
    "weighted_grading_categories": 0,
    "upload_documents": 0,
    "create_discussion": 0,
    "member_post": 1,
    "member_post_comment": 1,
}
"""The options of a section, with their defaults."""
_INDEXED_CONTENT = (
    "topics", "assignments", "assessments", "course_assessment", "common_assessments",
    "documents", "discussion", "album", "pages",
)  # fmt: skip


# Sections


def serialize_section(request: SchoologyRequest, section: models.Section) -> Row:
    """Return the response to `GET /sections/{id}`: levels are text, there are no links."""
    row = _section_fields(request, section, request.user, request.picture_size)
    row |= {name: str(level) for name, level in _level_fields(section).items()}
    # The periods are in another order than in a list.
    row["grading_periods"].reverse()
    return row


def serialize_section_row(request: SchoologyRequest, section: models.Section) -> Row:
    """Return a row of `/courses/{id}/sections`: links, but neither subject nor levels."""
    links = {"self": request.url("sections", section.id)}
    return _section_fields(request, section, request.user) | {"links": links}


def serialize_section_lookup(request: SchoologyRequest, section: models.Section) -> Row:
    """Return a row of `/sections?section_school_codes=`: the same without `building_id`."""
    row = serialize_section_row(request, section)
    del row["building_id"]
    return row


def serialize_user_section(request: SchoologyRequest, section: models.Section, user: models.User) -> Row:
    """Return a row of `/users/{id}/sections`: levels are integers here."""
    admin = request.user if request.quirks.admin_of == "caller" else user
    row = _section_fields(request, section, admin) | _level_fields(section)
    del row["subject_area"]
    return row | {"links": {"self": request.url("sections", section.id)}}


def _section_fields(
    request: SchoologyRequest, section: models.Section, admin: models.User, size: str = ""
) -> Row:
    quirks, course = request.quirks, request.school.courses[section.course_id]
    is_admin = (admin is request.user and request.rights == "admin") or request.leads_section(section, admin)
    may_see_code = request.rights == "admin"
    row: Row = {
        "id": str(section.id),
        "course_title": course.name,
        "course_code": course.code,
        "course_id": str(course.id),
        "school_id": str(request.school.root.id),
        "building_id": str(course.account_id),
        "access_code": section.access_code if may_see_code else quirks.hidden_access_code,
        "section_title": section.name,
        "section_code": section.code or quirks.unset_text,
        "section_school_code": section.sis_id or quirks.unset_text,
        "synced": str(int(section.is_synced)),
        "active": int(request.is_active(section)),
        "description": section.description or quirks.unset_text,
        "grading_periods": list(request.grading_periods(section)),
        "profile_url": _picture_url(request, "course", course.id, size, course.image_url),
        "location": section.location,
        "meeting_days": _serialize_meeting_days(request, section),
        "start_time": section.start_time,
        "end_time": section.end_time,
        "weight": "0",
        "options": _serialize_options(request, section),
        "parent_id": quirks.parent_id,
        "admin": int(is_admin),
    }
    if quirks.class_periods:
        row["class_periods"] = list(section.class_periods)
    return row


def _serialize_meeting_days(request: SchoologyRequest, section: models.Section) -> list[str] | list[int]:
    days = [request.quirks.saturday if day == 6 else day for day in section.meeting_days]
    if request.quirks.meeting_days == "int" and days:
        return days
    return [str(day) for day in days] or [""]


def _serialize_options(request: SchoologyRequest, section: models.Section) -> Row:
    # A section without enrollments has an empty index, and PHP encodes an empty map as a list.
    is_unvisited = not any(True for _ in request.school.enrollments_of_section(section.id))
    options: Row = {
        **{name: str(section.options.get(name, default)) for name, default in OPTION_DEFAULTS.items()},
        "default_grading_scale_id": 0,
        "content_index_visibility": [] if is_unvisited else dict.fromkeys(_INDEXED_CONTENT, 1),
        "hide_overall_grade": 0,
        "hide_grading_period_grade": 0,
        "allow_custom_overall_grade": 0,
        "allow_custom_overall_grade_text": 0,
    }
    if request.quirks.documented_options:
        options["upload_document"] = options["upload_documents"]
        options["course_format"] = str(section.options.get("course_format", 1))
    return options


# Courses


def serialize_course(request: SchoologyRequest, course: models.Course, *, district_name: bool = False) -> Row:
    """Return a course, single or in a list: integer id, integer levels, no links."""
    is_integer = course.credits == int(course.credits)
    credits = int(course.credits) if is_integer else course.credits
    row: Row = {
        "id": course.id,
        "title": course.name,
        "course_code": course.code,
        "department": course.department,
        "description": course.description,
        "credits": str(credits) if request.quirks.credits == "str" else credits,
        **_level_fields(course),
        "synced": int(course.is_synced),
        "building_id": str(course.account_id),
    }
    if district_name:
        row["district_course_name"] = course.sis_id or course.name
    return row


# Users


def serialize_user(
    request: SchoologyRequest, user: models.User, *, size: str = "", extended: bool = False
) -> Row:
    """Return a user of a list, with the fields that the caller may see."""
    row = _name_fields(user, as_text=False) | {
        "uid": str(user.id),
        "id": user.id,
        "school_id": request.school.root.id,
        "synced": int(user.is_synced),
        "school_uid": user.sis_id or "",
        "building_id": user.account_id or request.school.root.id,
        "additional_buildings": "",
        "use_preferred_first_name": str(int(bool(user.preferred_name))),
        "username": user.username,
        "primary_email": user.email,
        "picture_url": _picture_url(request, "user", user.id, size, user.avatar_url),
        "gender": user.gender,
        "position": user.job,
        "grad_year": "" if user.graduation_year is None else str(user.graduation_year),
        "password": "",
        "role_id": ROLES[user.position][0],
        "tz_offset": _hours_from_utc(request.school.now, user.time_zone),
        "tz_name": user.time_zone,
        "parents": None,
        "child_uids": ",".join(map(str, user.child_ids)) or request.quirks.no_children,
        "language": user.locale or "en",
        "permissions": {"is_directory_public": 0, "allow_connections": 0, "is_enterprise_user": 1},
    }
    if user.position != "student":
        row["stats_user_type"] = 3 if user.position == "parent" else 1
    if extended:
        row["bio"] = user.bio or ""
    return _hide_private_fields(request, user, row)


def serialize_user_detail(request: SchoologyRequest, user: models.User, *, size: str, extended: bool) -> Row:
    """Return the response to `GET /users/{id}`: also `send_message` and the parents."""
    row = serialize_user(request, user, size=size, extended=extended)
    row["send_message"] = int(user.id != request.user.id)
    users = request.school.users
    parents = [users[parent_id] for parent_id in user.parent_ids if parent_id in users]
    match request.quirks.parents:
        case "absent":
            del row["parents"]
        case "list" | "wrapped" as shape if parents and _sees_private_fields(request, user):
            rows = [serialize_user(request, parent) for parent in parents]
            row["parents"] = rows if shape == "list" else {"parent": rows}
    return row


def serialize_inactive_user(user: models.User, modified_by: int, inactive_since: int) -> Row:
    """Return a row of `/users/inactive`: an integer uid, and few other fields."""
    return {
        "uid": user.id,
        "name": user.display_name,
        "school_uid": user.sis_id or "",
        "synced": int(user.is_synced),
        "inactive_timestamp": inactive_since,
        "modified_by_uid": modified_by,
    }


def _sees_private_fields(request: SchoologyRequest, user: models.User) -> bool:
    return request.rights == "admin" or user.id == request.user.id


def _hide_private_fields(request: SchoologyRequest, user: models.User, row: Row) -> Row:
    # Fields that are hidden are missing, not empty:
    #
    #   caller              user              hidden
    #   administrator       any               none
    #   any                 the caller        none
    #   staff               not a student     none
    #   staff               a student         username, email, gender, position, graduation year
    #   student or parent   any other         the same; role_id is 0
    if _sees_private_fields(request, user):
        return row
    sees_details = request.rights == "staff" and user.position != "student"
    hidden = () if sees_details else ("username", "primary_email", "gender", "position", "grad_year")
    row = {name: value for name, value in row.items() if name not in hidden}
    if request.rights in {"student", "parent"}:
        row["role_id"] = 0
    return row


def _name_fields(user: models.User, *, as_text: bool) -> Row:
    shows_title = int(bool(user.title))
    display = f"{user.title} {user.display_name}" if shows_title else user.display_name
    return {
        "name_title": user.title,
        "name_title_show": str(shows_title) if as_text else shows_title,
        "name_first": user.given_name,
        "name_first_preferred": user.preferred_name,
        "name_middle": user.middle_name,
        "name_middle_show": "0" if as_text else 0,
        "name_last": user.family_name,
        "name_display": display,
    }


# Enrollments


def serialize_enrollment(request: SchoologyRequest, enrollment: models.Enrollment, *, size: str = "") -> Row:
    """Return an enrollment: names and the admin flag, without section, role and email."""
    user = request.school.users[enrollment.user_id]
    return {
        "id": str(enrollment.id),
        "uid": str(user.id),
        "school_uid": user.sis_id or "",
        **_name_fields(user, as_text=True),
        "admin": int(enrollment.role in ADMIN_ROLES),
        "status": str(STATUSES[enrollment.state]),
        "picture_url": _picture_url(request, "user", user.id, size, user.avatar_url),
        "enrollment_source": 0,
    }


def serialize_enrollment_row(
    request: SchoologyRequest, enrollment: models.Enrollment, *, size: str = ""
) -> Row:
    """Return an enrollment of a list, with its link."""
    links = {"self": request.url("sections", enrollment.section_id, "enrollments", enrollment.id)}
    return serialize_enrollment(request, enrollment, size=size) | {"links": links}


# Periods, roles, schools


def serialize_period_row(request: SchoologyRequest, term: models.Term) -> Row:
    """Return a row of `/gradingperiods`: integer id, `active` as text, plain dates."""
    return {
        "id": term.id,
        "title": term.name,
        "start": _format_day(term.start_at),
        "end": _format_day(term.end_at),
        "active": str(int(term.id in request.current_terms())),
        "links": {"self": request.url("gradingperiods", term.id)},
    }


def serialize_period(request: SchoologyRequest, term: models.Term) -> Row:
    """Return the response to `GET /gradingperiods/{id}`: text as documented, or integers."""
    is_live, active = request.quirks.grading_period_types == "live", int(term.id in request.current_terms())
    row: Row = {
        "id": term.id if is_live else str(term.id),
        "title": term.name,
        "start": _format_day(term.start_at),
        "end": _format_day(term.end_at),
        "active": active if is_live else str(active),
    }
    return row | {"has_children": False, "parent": "0"} if is_live else row


def serialize_section_period(term: models.Term, weight: int) -> Row:
    """Return a row of `/sections/{id}/grading_periods`: dates have a time of day."""
    start, end = _format_day(term.start_at), _format_day(term.end_at)
    return {
        "id": term.id,
        "title": term.name,
        "weight": weight,
        "start": start and f"{start} 00:00:00",
        "end": end and f"{end} 00:00:00",
        "parent": 0,
        "has_children": 0,
    }


def serialize_role(request: SchoologyRequest, position: models.Position) -> Row:
    number, title, faculty = ROLES[position]
    role_id = str(number) if request.quirks.role_id_type == "str" else number
    return {"id": role_id, "title": title, "faculty": faculty, "role_type": 1}


def serialize_school(request: SchoologyRequest, account: models.Account) -> Row:
    """Return a school or a building, which have the same format."""
    return {
        "id": str(account.id),
        "title": account.name,
        "address1": account.address,
        "address2": "",
        "city": account.city,
        "state": account.region,
        "postal_code": account.postal_code,
        "country": account.country,
        "website": account.website,
        "phone": account.phone,
        "fax": "",
        "building_code": account.code,
        "picture_url": _picture_url(request, "school", account.id, "", None),
    }


def _format_day(moment: datetime | None) -> str:
    # The grading periods of the sample data begin and end with a day in UTC.
    return "" if moment is None else moment.astimezone(UTC).date().isoformat()


def _hours_from_utc(now: datetime, zone: str) -> int:
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 3600)


def _level_fields(record: models.Course | models.Section) -> dict[str, int]:
    return {
        "subject_area": models.SUBJECTS.index(record.subject),
        "grade_level_range_start": models.GRADES.index(record.lowest_grade),
        "grade_level_range_end": models.GRADES.index(record.highest_grade),
    }


def _picture_url(request: SchoologyRequest, kind: str, number: int, size: str, custom_url: str | None) -> str:
    size = size if size in PICTURE_SIZES else "reg"
    picture = custom_url or f"https://assets.{request.school.email_domain}/{kind}/{number}.png"
    return f"{picture}?size={size}"
