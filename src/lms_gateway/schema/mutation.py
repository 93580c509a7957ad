"""The mutation root. What a vendor cannot do answers UNSUPPORTED_BY_VENDOR."""

from typing import Any

import strawberry

from lms_gateway.schema.mutations import accounts, courses, enrollments, sections
from lms_gateway.schema.mutations.payloads import (
    AccessTokenPayload,
    AccountCalendarPayload,
    AccountCalendarsPayload,
    AccountNotificationPayload,
    CourseCopyPayload,
    CoursePayload,
    CourseSettingsPayload,
    CoursesPayload,
    EnrollmentPayload,
    EnrollmentsPayload,
    FileUploadPayload,
    ProgressPayload,
    ReportPayload,
    SectionCopiesPayload,
    SectionPayload,
    SectionsPayload,
    UserPayload,
)

_CANVAS = "Canvas only."
_SCHOOLOGY = "Schoology only."
_ROWS = "Each row is done, or not, for itself."


def _field(resolver: Any, payload: Any, description: str) -> Any:
    make_field: Any = strawberry.mutation
    return make_field(resolver=resolver, graphql_type=payload | None, description=description)


@strawberry.type(description="Changes. Each goes out once, and answers what is stored afterwards.")
class Mutation:
    create_section = _field(sections.create_section, SectionPayload, "Make a section.")
    create_sections = _field(sections.create_sections, SectionsPayload, f"Make sections. {_ROWS}")
    update_section = _field(sections.update_section, SectionPayload, "Change a section.")
    update_sections = _field(sections.update_sections, SectionsPayload, f"Change sections. {_ROWS}")
    delete_section = _field(
        sections.delete_section,
        SectionPayload,
        "Delete a section. Canvas refuses one with enrollments; Schoology deletes all in it.",
    )
    delete_sections = _field(sections.delete_sections, SectionsPayload, f"Delete sections. {_ROWS}")
    cross_list_section = _field(
        sections.cross_list_section, SectionPayload, f"Move a section to another course. {_CANVAS}"
    )
    un_cross_list_section = _field(
        sections.un_cross_list_section,
        SectionPayload,
        f"Move a section back to its original course. {_CANVAS}",
    )
    copy_sections = _field(
        sections.copy_sections,
        SectionCopiesPayload,
        f"Copy sections' content, as a job of the vendor. {_ROWS} {_SCHOOLOGY}",
    )
    create_course = _field(courses.create_course, CoursePayload, "Make a course.")
    create_courses = _field(courses.create_courses, CoursesPayload, f"Make courses. {_ROWS}")
    update_course = _field(courses.update_course, CoursePayload, "Change a course.")
    update_courses = _field(courses.update_courses, CoursesPayload, f"Change courses. {_ROWS}")
    delete_course = _field(courses.delete_course, CoursePayload, "Delete a course.")
    conclude_course = _field(
        courses.conclude_course, CoursePayload, f"Bring a course to its end. {_CANVAS}"
    )
    change_course_states = _field(
        courses.change_course_states,
        ProgressPayload,
        f"Bring up to 500 courses to another state, as a job. {_CANVAS}",
    )
    reset_course = _field(
        courses.reset_course,
        CoursePayload,
        "Empty a course: it is deleted, and a new one with a new id takes its place. " + _CANVAS,
    )
    update_course_settings = _field(
        courses.update_course_settings,
        CourseSettingsPayload,
        f"Change a course's settings. {_CANVAS}",
    )
    copy_course = _field(
        courses.copy_course, CourseCopyPayload, f"Copy another course's content in. {_CANVAS}"
    )
    dismiss_quiz_migration_alert = _field(
        courses.dismiss_quiz_migration_alert,
        CoursePayload,
        f"Dismiss the quiz migration alert for the viewer. {_CANVAS}",
    )
    create_test_student = _field(
        courses.create_test_student,
        UserPayload,
        f"Make the course's test student, or find the one it has. {_CANVAS}",
    )
    request_course_file_upload = _field(
        courses.request_course_file_upload,
        FileUploadPayload,
        f"Ask leave to upload a file to a course. {_CANVAS}",
    )
    enroll_user = _field(enrollments.enroll_user, EnrollmentPayload, "Enrol a person.")
    enroll_users = _field(enrollments.enroll_users, EnrollmentsPayload, f"Enrol people. {_ROWS}")
    redeem_access_code = _field(
        enrollments.redeem_access_code,
        EnrollmentPayload,
        f"Enrol the viewer with a section's access code. {_SCHOOLOGY}",
    )
    update_enrollment = _field(
        enrollments.update_enrollment, EnrollmentPayload, "Change an enrollment."
    )
    unenroll_user = _field(
        enrollments.unenroll_user,
        EnrollmentPayload,
        "End an enrollment. The person stays a user: no mutation removes users.",
    )
    create_access_token = _field(
        accounts.create_access_token,
        AccessTokenPayload,
        f"Make an access token. Needs the `admin` scope. {_CANVAS}",
    )
    update_access_token = _field(
        accounts.update_access_token,
        AccessTokenPayload,
        f"Change an access token, or give it a new secret. Needs the `admin` scope. {_CANVAS}",
    )
    delete_access_token = _field(
        accounts.delete_access_token,
        AccessTokenPayload,
        f"Delete an access token. Needs the `admin` scope. {_CANVAS}",
    )
    update_account_calendar = _field(
        accounts.update_account_calendar,
        AccountCalendarPayload,
        f"Change an account's calendar. {_CANVAS}",
    )
    update_account_calendars = _field(
        accounts.update_account_calendars,
        AccountCalendarsPayload,
        f"Change calendars of an account and below it, in one call. {_CANVAS}",
    )
    create_account_notification = _field(
        accounts.create_account_notification,
        AccountNotificationPayload,
        f"Announce something to everybody in an account. {_CANVAS}",
    )
    update_account_notification = _field(
        accounts.update_account_notification,
        AccountNotificationPayload,
        f"Change an announcement; its roles stay unless given. {_CANVAS}",
    )
    dismiss_account_notification = _field(
        accounts.dismiss_account_notification,
        AccountNotificationPayload,
        f"Hide an announcement from the viewer; others still see it. {_CANVAS}",
    )
    start_report = _field(accounts.start_report, ReportPayload, f"Start a report. {_CANVAS}")
    delete_report = _field(accounts.delete_report, ReportPayload, f"Delete a report. {_CANVAS}")
    abort_report = _field(
        accounts.abort_report, ReportPayload, f"End a report that is running. {_CANVAS}"
    )
