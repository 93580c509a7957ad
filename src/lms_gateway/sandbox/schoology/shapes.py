"""Each record as Schoology writes it, types and all.

https://developers.schoology.com/api-documentation/rest-api-v1/ (course-section, course, user,
enrollment, grading-periods, role, school). One number is an integer here and text there: that is
how it is observed, endpoint by endpoint.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lms_gateway.sandbox.records import (
    GRADES,
    SUBJECTS,
    Account,
    Course,
    Enrollment,
    Position,
    Section,
    Term,
    User,
)

from .view import LEADS, Json, View, grading_periods

ROLES: dict[Position, tuple[int, str, int]] = {
    "admin": (1212, "School Admin", 1),
    "teacher": (1213, "Teacher", 1),
    "student": (1214, "Student", 0),
    "parent": (1215, "Parent", 0),
}
"""Position -> role id, title, whether it is a faculty role."""
STATUSES = {
    "active": 1,
    "completed": 2,
    "invited": 3,
    "requested": 4,
    "archived": 5,
    "inactive": 5,
}
PICTURE_SIZES = ("big", "reg", "sm", "tiny")
SWITCHES = {
    "weighted_grading_categories": 0,
    "upload_documents": 0,
    "create_discussion": 0,
    "member_post": 1,
    "member_post_comment": 1,
}
"""A section's options, and what each is until somebody sets it."""
_CONTENT = (
    "topics",
    "assignments",
    "assessments",
    "course_assessment",
    "common_assessments",
    "documents",
    "discussion",
    "album",
    "pages",
)


# Sections


def tell_section(view: View, section: Section, *, size: str = "") -> dict[str, Json]:
    """What `GET /sections/{id}` answers: levels as text, no links."""
    low, high, subject = _levels(section.lowest_grade, section.highest_grade, section.subject)
    told = _section(view, section, view.user, size)
    told |= {
        "subject_area": str(subject),
        "grade_level_range_start": str(low),
        "grade_level_range_end": str(high),
        # The same section's periods come in another order than on a list.
        "grading_periods": told["grading_periods"][::-1],
    }
    return told


def tell_section_row(view: View, section: Section) -> dict[str, Json]:
    """A row of `/courses/{C}/sections`: links, but neither subject nor levels."""
    links = {"self": view.url("sections", section.id)}
    return _section(view, section, view.user) | {"links": links}


def tell_section_found(view: View, section: Section) -> dict[str, Json]:
    """A row of `/sections?section_school_codes=`: as above, without its building."""
    told = tell_section_row(view, section)
    del told["building_id"]
    return told


def tell_section_of_user(view: View, section: Section, user: User) -> dict[str, Json]:
    """A row of `/users/{U}/sections`: levels are integers here."""
    low, high, _ = _levels(section.lowest_grade, section.highest_grade, section.subject)
    admin = view.user if view.habits.admin_of == "caller" else user
    return _section(view, section, admin) | {
        "grade_level_range_start": low,
        "grade_level_range_end": high,
        "links": {"self": view.url("sections", section.id)},
    }


def _section(view: View, section: Section, admin: User, size: str = "") -> dict[str, Json]:
    habits, course = view.habits, view.school.courses[section.course_id]
    leads = (admin is view.user and view.rights == "admin") or view.leads_section(section, admin)
    may_see_code = view.rights == "admin"
    told: dict[str, Json] = {
        "id": str(section.id),
        "course_title": course.name,
        "course_code": course.code,
        "course_id": str(course.id),
        "school_id": str(view.school.root.id),
        "building_id": str(course.account_id),
        "access_code": section.access_code if may_see_code else habits.hidden_access_code,
        "section_title": section.name,
        "section_code": section.code or habits.unset_text,
        "section_school_code": section.sis_id or habits.unset_text,
        "synced": str(int(section.is_synced)),
        "active": int(view.is_active(section)),
        "description": section.description or habits.unset_text,
        "grading_periods": list(grading_periods(view.school, section)),
        "profile_url": _picture(view, "course", course.id, size, course.image_url),
        "location": section.location,
        "meeting_days": _meeting_days(view, section),
        "start_time": section.start_time,
        "end_time": section.end_time,
        "weight": "0",
        "options": _options(view, section),
        "parent_id": habits.parent_id,
        "admin": int(leads),
    }
    if habits.class_periods:
        told["class_periods"] = list(section.class_periods)
    return told


def _meeting_days(view: View, section: Section) -> list[str] | list[int]:
    days = [view.habits.saturday if day == 6 else day for day in section.meeting_days]
    if view.habits.meeting_days == "int" and days:
        return days
    return [str(day) for day in days] or [""]


def _options(view: View, section: Section) -> dict[str, Json]:
    # A section that nobody has entered yet has no index: PHP writes its empty map as a list.
    fresh = not any(True for _ in view.school.enrollments_of_section(section.id))
    told: dict[str, Json] = {
        **{name: str(section.options.get(name, at)) for name, at in SWITCHES.items()},
        "default_grading_scale_id": 0,
        "content_index_visibility": [] if fresh else dict.fromkeys(_CONTENT, 1),
        "hide_overall_grade": 0,
        "hide_grading_period_grade": 0,
        "allow_custom_overall_grade": 0,
        "allow_custom_overall_grade_text": 0,
    }
    if view.habits.documented_options:
        told["upload_document"] = told["upload_documents"]
        told["course_format"] = str(section.options.get("course_format", 1))
    return told


# Courses


def tell_course(view: View, course: Course, *, district_name: bool = False) -> dict[str, Json]:
    """A course, alone or in a list: an integer id, integer levels, no links."""
    low, high, subject = _levels(course.lowest_grade, course.highest_grade, course.subject)
    whole = course.credits == int(course.credits)
    credits = int(course.credits) if whole else course.credits
    told: dict[str, Json] = {
        "id": course.id,
        "title": course.name,
        "course_code": course.code,
        "department": course.department,
        "description": course.description,
        "credits": str(credits) if view.habits.credits == "str" else credits,
        "subject_area": subject,
        "grade_level_range_start": low,
        "grade_level_range_end": high,
        "synced": int(course.is_synced),
        "building_id": str(course.account_id),
    }
    if district_name:
        told["district_course_name"] = course.sis_id or course.name
    return told


# Users


def tell_user(view: View, user: User, *, size: str = "", extended: bool = False) -> dict[str, Json]:
    """A user of a list, as far as the caller may see."""
    told = _names(user, as_text=False) | {
        "uid": str(user.id),
        "id": user.id,
        "school_id": view.school.root.id,
        "synced": int(user.is_synced),
        "school_uid": user.sis_id or "",
        "building_id": user.account_id or view.school.root.id,
        "additional_buildings": "",
        "use_preferred_first_name": str(int(bool(user.preferred_name))),
        "username": user.username,
        "primary_email": user.email,
        "picture_url": _picture(view, "user", user.id, size, user.avatar_url),
        "gender": user.gender,
        "position": user.job,
        "grad_year": "" if user.graduation_year is None else str(user.graduation_year),
        "password": "",
        "role_id": ROLES[user.position][0],
        "tz_offset": _hours_from_utc(view.school.now, user.time_zone),
        "tz_name": user.time_zone,
        "parents": None,
        "child_uids": ",".join(map(str, user.child_ids)) or view.habits.no_children,
        "language": user.locale or "en",
        "permissions": {
            "is_directory_public": 0,
            "allow_connections": 0,
            "is_enterprise_user": 1,
        },
    }
    if user.position != "student":
        told["stats_user_type"] = 3 if user.position == "parent" else 1
    if extended:
        told["bio"] = user.bio or ""
    return _hide(view, user, told)


def tell_user_alone(view: View, user: User, *, size: str, extended: bool) -> dict[str, Json]:
    """What `GET /users/{U}` answers: also whether a message may be sent, and the parents."""
    told = tell_user(view, user, size=size, extended=extended)
    told["send_message"] = int(user.id != view.user.id)
    parents = [view.school.users[at] for at in user.parent_ids if at in view.school.users]
    match view.habits.parents:
        case "absent":
            del told["parents"]
        case "list" | "wrapped" as wrapping if parents and _sees_all(view, user):
            rows = [tell_user(view, one) for one in parents]
            told["parents"] = rows if wrapping == "list" else {"parent": rows}
    return told


def tell_user_inactive(user: User, by: int, at: int) -> dict[str, Json]:
    """A row of `/users/inactive`: an integer uid and hardly more than a name."""
    return {
        "uid": user.id,
        "name": user.display_name,
        "school_uid": user.sis_id or "",
        "synced": int(user.is_synced),
        "inactive_timestamp": at,
        "modified_by_uid": by,
    }


def _sees_all(view: View, user: User) -> bool:
    return view.rights == "admin" or user.id == view.user.id


def _hide(view: View, user: User, told: dict[str, Json]) -> dict[str, Json]:
    # Keys are absent rather than empty: staff looking at students, and students at anybody.
    if _sees_all(view, user):
        return told
    looks_down = view.rights == "staff" and user.position != "student"
    hidden = () if looks_down else ("username", "primary_email", "gender", "position", "grad_year")
    told = {name: value for name, value in told.items() if name not in hidden}
    if view.rights in {"student", "parent"}:
        told["role_id"] = 0
    return told


def _names(user: User, *, as_text: bool) -> dict[str, Json]:
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


def tell_enrollment(view: View, one: Enrollment, *, size: str = "") -> dict[str, Json]:
    """A person in a roster: names and one flag, no section, no role, no e-mail."""
    user = view.school.users[one.user_id]
    return {
        "id": str(one.id),
        "uid": str(user.id),
        "school_uid": user.sis_id or "",
        **_names(user, as_text=True),
        "admin": int(one.role in LEADS),
        "status": str(STATUSES[one.state]),
        "picture_url": _picture(view, "user", user.id, size, user.avatar_url),
        "enrollment_source": 0,
    }


def tell_enrollment_row(view: View, one: Enrollment, *, size: str = "") -> dict[str, Json]:
    """The same in a list, with its link."""
    links = {"self": view.url("sections", one.section_id, "enrollments", one.id)}
    return tell_enrollment(view, one, size=size) | {"links": links}


# Periods, roles, schools


def tell_period_row(view: View, term: Term) -> dict[str, Json]:
    """A row of `/gradingperiods`: integer id, `active` as text, plain dates."""
    return {
        "id": term.id,
        "title": term.name,
        "start": _day(term.start_at),
        "end": _day(term.end_at),
        "active": str(int(term.id in view.current_terms())),
        "links": {"self": view.url("gradingperiods", term.id)},
    }


def tell_period(view: View, term: Term) -> dict[str, Json]:
    """`GET /gradingperiods/{id}`: text as documented, or integers as seen live."""
    live, active = view.habits.grading_period_types == "live", int(term.id in view.current_terms())
    told: dict[str, Json] = {
        "id": term.id if live else str(term.id),
        "title": term.name,
        "start": _day(term.start_at),
        "end": _day(term.end_at),
        "active": active if live else str(active),
    }
    return told | {"has_children": False, "parent": "0"} if live else told


def tell_period_of_section(term: Term, share: int) -> dict[str, Json]:
    """A row of `/sections/{S}/grading_periods`: dates that pretend to a time of day."""
    start, end = _day(term.start_at), _day(term.end_at)
    return {
        "id": term.id,
        "title": term.name,
        "weight": share,
        "start": start and f"{start} 00:00:00",
        "end": end and f"{end} 00:00:00",
        "parent": 0,
        "has_children": 0,
    }


def tell_role(view: View, position: Position) -> dict[str, Json]:
    number, title, faculty = ROLES[position]
    told = str(number) if view.habits.role_id_type == "str" else number
    return {"id": told, "title": title, "faculty": faculty, "role_type": 1}


def tell_school(view: View, account: Account) -> dict[str, Json]:
    """A school, or a building, which is told in the same shape."""
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
        "picture_url": _picture(view, "school", account.id, "", None),
    }


def _day(at: datetime | None) -> str:
    # The world's periods begin and end with a day of UTC.
    return "" if at is None else at.astimezone(UTC).date().isoformat()


def _hours_from_utc(now: datetime, zone: str) -> int:
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 3600)


def _levels(low: str, high: str, subject: str) -> tuple[int, int, int]:
    return _LEVELS[low], _LEVELS[high], _SUBJECTS[subject]


def _picture(view: View, kind: str, number: int, size: str, own: str | None) -> str:
    size = size if size in PICTURE_SIZES else "reg"
    picture = own or f"https://assets.{view.school.email_domain}/{kind}/{number}.png"
    return f"{picture}?size={size}"


_LEVELS: dict[str, int] = {grade: number for number, grade in enumerate(GRADES)}
_SUBJECTS: dict[str, int] = {subject: number for number, subject in enumerate(SUBJECTS)}
