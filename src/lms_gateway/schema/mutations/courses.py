"""Mutations of courses."""

from typing import Any

from lms_gateway.domain.commands import (
    BulkCourseEvent,
    CopyCourse,
    Create,
    CreateTestStudent,
    Delete,
    DeleteMode,
    DismissQuizMigrationAlert,
    RequestFileUpload,
    ResetCourse,
    Update,
    UpdateSettings,
)
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import MAX_ROWS, unset_to_none
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.inputs.course_jobs import (
    ChangeCourseStatesInput,
    CopyCourseInput,
    RequestCourseFileUploadInput,
    UpdateCourseSettingsInput,
)
from lms_gateway.schema.inputs.courses import (
    CourseFields,
    CourseInput,
    CoursePatch,
    CreateCourseInput,
    CreateCoursesInput,
    NewCourse,
    UpdateCourseInput,
    UpdateCoursesInput,
)
from lms_gateway.schema.mutations.execution import (
    Keys,
    Reference,
    References,
    run_bulk_mutation,
    run_mutation,
)


def _create(row: CourseFields, keys: Keys, values: Any, options: Any) -> Create:
    return Create(Kind.COURSE, keys.get("account"), values, options)


def _update(row: CourseFields, keys: Keys, values: Any, options: Any) -> Update:
    account = keys.get("account")
    moved = {} if account is None else {"account_id": account.id}
    return Update(keys["course"], {**values, **moved}, options)


def _account_reference(row: CourseFields) -> References:
    account = unset_to_none(row.account)
    return {"account": None if account is None else Reference(Kind.ACCOUNT, account)}


def _course_reference(row: Any) -> References:
    return {"course": Reference(Kind.COURSE, row.course)}


def _course_and_account_references(row: CoursePatch) -> References:
    return {**_course_reference(row), **_account_reference(row)}


async def create_course(info: Info, input: CreateCourseInput) -> Any:
    return await run_mutation(info, "createCourse", input, _account_reference(input), _create)


async def create_courses(info: Info, input: CreateCoursesInput) -> Any:
    rows = [(row, _account_reference(row)) for row in input.courses]
    block = unset_to_none(input.schoology)
    updates = {} if block is None else {"schoology.update_existing": bool(block.update_existing)}

    def make_command(row: NewCourse, keys: Keys, values: Any, options: Any) -> Create:
        nested = tuple(Create(Kind.SECTION, None, *pair) for pair in values.pop("sections", ()))
        return Create(Kind.COURSE, keys.get("account"), values, {**options, **updates}, nested)

    return await run_bulk_mutation(info, "createCourses", input, rows, make_command, "courses")


async def update_course(info: Info, input: UpdateCourseInput) -> Any:
    return await run_mutation(
        info, "updateCourse", input, _course_and_account_references(input), _update
    )


async def update_courses(info: Info, input: UpdateCoursesInput) -> Any:
    rows = [(row, _course_and_account_references(row)) for row in input.courses]
    return await run_bulk_mutation(info, "updateCourses", input, rows, _update, "courses")


async def delete_course(info: Info, input: CourseInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> Delete:
        return Delete(keys["course"])

    return await run_mutation(info, "deleteCourse", input, _course_reference(input), make_command)


async def conclude_course(info: Info, input: CourseInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> Delete:
        return Delete(keys["course"], DeleteMode.CONCLUDE)

    return await run_mutation(info, "concludeCourse", input, _course_reference(input), make_command)


async def change_course_states(info: Info, input: ChangeCourseStatesInput) -> Any:
    if not 0 < len(input.courses) <= MAX_ROWS:
        raise BadInput(f"input.courses: name 1 to {MAX_ROWS} courses")
    account = unset_to_none(input.account)
    references: dict[str, Reference | None] = {
        f"courses.{index}": Reference(Kind.COURSE, ref) for index, ref in enumerate(input.courses)
    }
    references["account"] = None if account is None else Reference(Kind.ACCOUNT, account)

    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> BulkCourseEvent:
        ids = dict.fromkeys(key.id for key in keys.values() if key.kind is Kind.COURSE)
        return BulkCourseEvent(tuple(ids), input.event, keys.get("account"))

    return await run_mutation(info, "changeCourseStates", input, references, make_command)


async def reset_course(info: Info, input: CourseInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> ResetCourse:
        return ResetCourse(keys["course"])

    return await run_mutation(info, "resetCourse", input, _course_reference(input), make_command)


async def update_course_settings(info: Info, input: UpdateCourseSettingsInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> UpdateSettings:
        return UpdateSettings(keys["course"], values["settings"])

    return await run_mutation(
        info, "updateCourseSettings", input, _course_reference(input), make_command
    )


async def copy_course(info: Info, input: CopyCourseInput) -> Any:
    references = {**_course_reference(input), "source": Reference(Kind.COURSE, input.source)}

    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> CopyCourse:
        return CopyCourse(
            keys["course"], keys["source"].id, values.get("only"), values.get("except_")
        )

    return await run_mutation(info, "copyCourse", input, references, make_command)


async def dismiss_quiz_migration_alert(info: Info, input: CourseInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> DismissQuizMigrationAlert:
        return DismissQuizMigrationAlert(keys["course"])

    return await run_mutation(
        info, "dismissQuizMigrationAlert", input, _course_reference(input), make_command
    )


async def create_test_student(info: Info, input: CourseInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> CreateTestStudent:
        return CreateTestStudent(keys["course"])

    return await run_mutation(
        info, "createTestStudent", input, _course_reference(input), make_command
    )


async def request_course_file_upload(info: Info, input: RequestCourseFileUploadInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> RequestFileUpload:
        return RequestFileUpload(keys["course"], **values)

    return await run_mutation(
        info, "requestCourseFileUpload", input, _course_reference(input), make_command
    )
