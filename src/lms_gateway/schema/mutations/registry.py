"""The mutations: one row each, with its input, payload, references and command."""

from typing import Any

from lms_gateway.domain.commands import CreateTestStudent, DeleteMode, DismissQuizMigrationAlert, ResetCourse
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import unset_to_none
from lms_gateway.schema.inputs import accounts, course_jobs, courses, enrollments, sections
from lms_gateway.schema.mutations import commands, payloads
from lms_gateway.schema.mutations.commands import command, delete, update, vendor_operation
from lms_gateway.schema.mutations.execution import MutationSpec
from lms_gateway.schema.mutations.input_values import Reference, References

_CANVAS = "Canvas only."
_SCHOOLOGY = "Schoology only."
_EACH = "Each item succeeds or fails independently."

_ACCOUNT = {"account": Kind.ACCOUNT}
_COURSE = {"course": Kind.COURSE}
_SECTION = {"section": Kind.SECTION}
_ENROLLMENT = {"enrollment": Kind.ENROLLMENT}
_TOKEN = {"access_token": Kind.TOKEN}
_NOTIFICATION = {"notification": Kind.NOTIFICATION}
_REPORT = {"report": Kind.REPORT}


def _copy_references(row: sections.SectionCopyInput) -> References:
    """Resolve what the vendor needs as an id; it accepts a school code as it is."""
    target, course = unset_to_none(row.target.section), unset_to_none(row.course.course)
    return {
        "source": _unless_sis_id(row.source),
        "target": _unless_sis_id(target),
        "course": None if course is None else Reference(Kind.COURSE, course),
    }


def _unless_sis_id(ref: Any) -> Reference | None:
    is_sis_id = commands.sis_id_of(ref) is not None
    return None if ref is None or is_sis_id else Reference(Kind.SECTION, ref)


def _calendar_references(input: accounts.UpdateAccountCalendarsInput) -> References:
    calendars = [calendar.calendar for calendar in input.calendars]
    return {
        "account": Reference(Kind.ACCOUNT, input.account),
        **Reference.each("calendars", Kind.CALENDAR, calendars),
    }


def _validate_copies(input: sections.CopySectionsInput) -> None:
    if input.wait_seconds < 0:
        raise BadInput("input.waitSeconds: must not be negative")


def _validate_report(input: accounts.StartReportInput) -> None:
    parameters = unset_to_none(input.parameters)
    if parameters is not None and not isinstance(parameters, dict):
        raise BadInput("input.parameters: must be an object")


# Two or three lines a row: one argument a line would hide that this is a table.
# fmt: off
MUTATIONS = (
    # -- sections
    MutationSpec("create_section", sections.CreateSectionInput, payloads.SectionPayload, _COURSE,
        commands.create_section, "Create a section."),
    MutationSpec("create_sections", sections.CreateSectionsInput, payloads.SectionsPayload, _COURSE,
        commands.create_section, f"Create sections. {_EACH}", rows="sections"),
    MutationSpec("update_section", sections.UpdateSectionInput, payloads.SectionPayload, _SECTION,
        update(Kind.SECTION), "Update a section."),
    MutationSpec("update_sections", sections.UpdateSectionsInput, payloads.SectionsPayload, _SECTION,
        update(Kind.SECTION), f"Update sections. {_EACH}", rows="sections"),
    MutationSpec("delete_section", sections.DeleteSectionInput, payloads.SectionPayload, _SECTION,
        delete(Kind.SECTION),
        "Delete a section. Canvas rejects a section with enrollments; Schoology deletes its content too."),
    MutationSpec("delete_sections", sections.DeleteSectionsInput, payloads.SectionsPayload, _SECTION,
        delete(Kind.SECTION), f"Delete sections. {_EACH}", rows="sections"),
    MutationSpec("cross_list_section", sections.CrossListSectionInput, payloads.SectionPayload,
        _SECTION | _COURSE, commands.cross_list, f"Move a section to another course. {_CANVAS}"),
    MutationSpec("un_cross_list_section", sections.UnCrossListSectionInput, payloads.SectionPayload, _SECTION,
        commands.cross_list, f"Move a section back to its original course. {_CANVAS}"),
    MutationSpec("copy_sections", sections.CopySectionsInput, payloads.SectionCopiesPayload, _copy_references,
        commands.copy_section, f"Copy the content of sections, as a job of the vendor. {_EACH} {_SCHOOLOGY}",
        rows="copies", validate=_validate_copies),
    # -- courses
    MutationSpec("create_course", courses.CreateCourseInput, payloads.CoursePayload, _ACCOUNT,
        commands.create_course, "Create a course."),
    MutationSpec("create_courses", courses.CreateCoursesInput, payloads.CoursesPayload, _ACCOUNT,
        commands.create_course, f"Create courses. {_EACH}", rows="courses"),
    MutationSpec("update_course", courses.UpdateCourseInput, payloads.CoursePayload, _COURSE | _ACCOUNT,
        update(Kind.COURSE), "Update a course."),
    MutationSpec("update_courses", courses.UpdateCoursesInput, payloads.CoursesPayload, _COURSE | _ACCOUNT,
        update(Kind.COURSE), f"Update courses. {_EACH}", rows="courses"),
    MutationSpec("delete_course", courses.CourseInput, payloads.CoursePayload, _COURSE, delete(Kind.COURSE),
        "Delete a course."),
    MutationSpec("conclude_course", courses.CourseInput, payloads.CoursePayload, _COURSE,
        delete(Kind.COURSE, DeleteMode.CONCLUDE), f"Conclude a course. {_CANVAS}"),
    MutationSpec("change_course_states", course_jobs.ChangeCourseStatesInput, payloads.ProgressPayload,
        {"courses": Kind.COURSE, "account": Kind.ACCOUNT}, commands.change_course_states,
        f"Change the state of up to 500 courses, as a job. {_CANVAS}"),
    MutationSpec("reset_course", courses.CourseInput, payloads.CoursePayload, _COURSE,
        command(ResetCourse, "course"),
        f"Delete a course and create an empty one, with a new id, in its place. {_CANVAS}"),
    MutationSpec("update_course_settings", course_jobs.UpdateCourseSettingsInput,
        payloads.CourseSettingsPayload, _COURSE, commands.update_settings,
        f"Update the settings of a course. {_CANVAS}"),
    MutationSpec("copy_course", course_jobs.CopyCourseInput, payloads.CourseCopyPayload,
        {"course": Kind.COURSE, "source": Kind.COURSE}, commands.copy_course,
        f"Copy the content of another course into a course. {_CANVAS}"),
    MutationSpec("dismiss_quiz_migration_alert", courses.CourseInput, payloads.CoursePayload, _COURSE,
        command(DismissQuizMigrationAlert, "course"),
        f"Dismiss the quiz migration alert of a course for the viewer. {_CANVAS}"),
    MutationSpec("create_test_student", courses.CourseInput, payloads.UserPayload, _COURSE,
        command(CreateTestStudent, "course"),
        f"Create the test student of a course, or return the existing one. {_CANVAS}"),
    MutationSpec("request_course_file_upload", course_jobs.RequestCourseFileUploadInput,
        payloads.FileUploadPayload, _COURSE, commands.request_file_upload,
        f"Request an upload URL for a file of a course. {_CANVAS}"),
    # -- enrollments
    MutationSpec("enroll_user", enrollments.EnrollUserInput, payloads.EnrollmentPayload,
        {"section": Kind.SECTION, "user": Kind.USER}, commands.create_enrollment, "Enroll a user."),
    MutationSpec("enroll_users", enrollments.EnrollUsersInput, payloads.EnrollmentsPayload,
        {"section": Kind.SECTION, "user": Kind.USER}, commands.create_enrollment, f"Enroll users. {_EACH}",
        rows="enrollments"),
    MutationSpec("redeem_access_code", enrollments.RedeemAccessCodeInput, payloads.EnrollmentPayload,
        _SECTION, commands.redeem_code, f"Enroll the viewer with a section's access code. {_SCHOOLOGY}"),
    MutationSpec("update_enrollment", enrollments.UpdateEnrollmentInput, payloads.EnrollmentPayload,
        _ENROLLMENT, update(Kind.ENROLLMENT), "Update an enrollment."),
    MutationSpec("unenroll_user", enrollments.UnenrollUserInput, payloads.EnrollmentPayload, _ENROLLMENT,
        commands.delete_enrollment, "End an enrollment. The user remains: no mutation deletes users."),
    # -- accounts
    MutationSpec("create_access_token", accounts.CreateAccessTokenInput, payloads.AccessTokenPayload,
        {"user": Kind.USER}, vendor_operation("create_access_token", "user"),
        f"Create an access token. Requires the `admin` scope. {_CANVAS}"),
    MutationSpec("update_access_token", accounts.UpdateAccessTokenInput, payloads.AccessTokenPayload, _TOKEN,
        vendor_operation("update_access_token", "access_token"),
        f"Update an access token, or regenerate its secret. Requires the `admin` scope. {_CANVAS}"),
    MutationSpec("delete_access_token", accounts.DeleteAccessTokenInput, payloads.AccessTokenPayload, _TOKEN,
        vendor_operation("delete_access_token", "access_token"),
        f"Delete an access token. Requires the `admin` scope. {_CANVAS}"),
    MutationSpec("update_account_calendar", accounts.UpdateAccountCalendarInput,
        payloads.AccountCalendarPayload, {"calendar": Kind.CALENDAR},
        vendor_operation("update_calendar", "calendar"), f"Update the calendar of an account. {_CANVAS}"),
    MutationSpec("update_account_calendars", accounts.UpdateAccountCalendarsInput,
        payloads.AccountCalendarsPayload, _calendar_references, commands.update_calendars,
        f"Update the calendars of an account and the accounts below it, in one call. {_CANVAS}"),
    MutationSpec("create_account_notification", accounts.CreateAccountNotificationInput,
        payloads.AccountNotificationPayload, _ACCOUNT, vendor_operation("create_notification", "account"),
        f"Create an announcement for the users of an account. {_CANVAS}"),
    MutationSpec("update_account_notification", accounts.UpdateAccountNotificationInput,
        payloads.AccountNotificationPayload, _NOTIFICATION,
        vendor_operation("update_notification", "notification"),
        f"Update an announcement. Its roles do not change if they are omitted. {_CANVAS}"),
    MutationSpec("dismiss_account_notification", accounts.DismissAccountNotificationInput,
        payloads.AccountNotificationPayload, _NOTIFICATION,
        vendor_operation("dismiss_notification", "notification"),
        f"Hide an announcement from the viewer; other users still see it. {_CANVAS}"),
    MutationSpec("start_report", accounts.StartReportInput, payloads.ReportPayload, _ACCOUNT,
        vendor_operation("start_report", "account"), f"Start a report. {_CANVAS}", validate=_validate_report),
    MutationSpec("delete_report", accounts.ReportInput, payloads.ReportPayload, _REPORT,
        vendor_operation("delete_report", "report"), f"Delete a report. {_CANVAS}"),
    MutationSpec("abort_report", accounts.ReportInput, payloads.ReportPayload, _REPORT,
        vendor_operation("abort_report", "report"), f"Abort a running report. {_CANVAS}"),
)
# fmt: on
