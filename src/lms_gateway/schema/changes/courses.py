"""Mutations of courses."""

from typing import Any

from lms_gateway.domain.changes import (
    ChangeStates,
    CopyCourse,
    Create,
    CreateTestStudent,
    DismissAlert,
    Removal,
    Remove,
    RequestUpload,
    ResetCourse,
    Update,
    UpdateSettings,
)
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Kind
from lms_gateway.schema.changes.course_inputs import (
    CourseFields,
    CourseInput,
    CoursePatch,
    CreateCourseInput,
    CreateCoursesInput,
    NewCourse,
    UpdateCourseInput,
    UpdateCoursesInput,
)
from lms_gateway.schema.changes.course_job_inputs import (
    ChangeCourseStatesInput,
    CopyCourseInput,
    RequestCourseFileUploadInput,
    UpdateCourseSettingsInput,
)
from lms_gateway.schema.changes.run import Keys, Meant, References, run_many, run_one
from lms_gateway.schema.context import MOST_ROWS, given
from lms_gateway.schema.fields import Info


def _create(row: CourseFields, keys: Keys, values: Any, options: Any) -> Create:
    return Create(Kind.COURSE, keys.get("account"), values, options)


def _update(row: CourseFields, keys: Keys, values: Any, options: Any) -> Update:
    account = keys.get("account")
    moved = {} if account is None else {"account_id": account.id}
    return Update(keys["course"], {**values, **moved}, options)


def _of_account(row: CourseFields) -> References:
    account = given(row.account)
    return {"account": None if account is None else Meant(Kind.ACCOUNT, account)}


def _of_course(row: Any) -> References:
    return {"course": Meant(Kind.COURSE, row.course)}


def _of_both(row: CoursePatch) -> References:
    return {**_of_course(row), **_of_account(row)}


async def create_course(info: Info, input: CreateCourseInput) -> Any:
    return await run_one(info, "createCourse", input, _of_account(input), _create)


async def create_courses(info: Info, input: CreateCoursesInput) -> Any:
    rows = [(row, _of_account(row)) for row in input.courses]
    block = given(input.schoology)
    updates = {} if block is None else {"schoology.update_existing": bool(block.update_existing)}

    def make(row: NewCourse, keys: Keys, values: Any, options: Any) -> Create:
        nested = tuple(Create(Kind.SECTION, None, *pair) for pair in values.pop("sections", ()))
        return Create(Kind.COURSE, keys.get("account"), values, {**options, **updates}, nested)

    return await run_many(info, "createCourses", input, rows, make, "courses")


async def update_course(info: Info, input: UpdateCourseInput) -> Any:
    return await run_one(info, "updateCourse", input, _of_both(input), _update)


async def update_courses(info: Info, input: UpdateCoursesInput) -> Any:
    rows = [(row, _of_both(row)) for row in input.courses]
    return await run_many(info, "updateCourses", input, rows, _update, "courses")


async def delete_course(info: Info, input: CourseInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> Remove:
        return Remove(keys["course"])

    return await run_one(info, "deleteCourse", input, _of_course(input), make)


async def conclude_course(info: Info, input: CourseInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> Remove:
        return Remove(keys["course"], Removal.CONCLUDE)

    return await run_one(info, "concludeCourse", input, _of_course(input), make)


async def change_course_states(info: Info, input: ChangeCourseStatesInput) -> Any:
    if not 0 < len(input.courses) <= MOST_ROWS:
        raise BadInput(f"input.courses: name 1 to {MOST_ROWS} courses")
    account = given(input.account)
    references: dict[str, Meant | None] = {
        f"courses.{at}": Meant(Kind.COURSE, ref) for at, ref in enumerate(input.courses)
    }
    references["account"] = None if account is None else Meant(Kind.ACCOUNT, account)

    def make(row: Any, keys: Keys, values: Any, options: Any) -> ChangeStates:
        ids = dict.fromkeys(key.id for key in keys.values() if key.kind is Kind.COURSE)
        return ChangeStates(tuple(ids), input.event, keys.get("account"))

    return await run_one(info, "changeCourseStates", input, references, make)


async def reset_course(info: Info, input: CourseInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> ResetCourse:
        return ResetCourse(keys["course"])

    return await run_one(info, "resetCourse", input, _of_course(input), make)


async def update_course_settings(info: Info, input: UpdateCourseSettingsInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> UpdateSettings:
        return UpdateSettings(keys["course"], values["settings"])

    return await run_one(info, "updateCourseSettings", input, _of_course(input), make)


async def copy_course(info: Info, input: CopyCourseInput) -> Any:
    references = {**_of_course(input), "source": Meant(Kind.COURSE, input.source)}

    def make(row: Any, keys: Keys, values: Any, options: Any) -> CopyCourse:
        return CopyCourse(
            keys["course"], keys["source"].id, values.get("only"), values.get("except_")
        )

    return await run_one(info, "copyCourse", input, references, make)


async def dismiss_quiz_migration_alert(info: Info, input: CourseInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> DismissAlert:
        return DismissAlert(keys["course"])

    return await run_one(info, "dismissQuizMigrationAlert", input, _of_course(input), make)


async def create_test_student(info: Info, input: CourseInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> CreateTestStudent:
        return CreateTestStudent(keys["course"])

    return await run_one(info, "createTestStudent", input, _of_course(input), make)


async def request_course_file_upload(info: Info, input: RequestCourseFileUploadInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> RequestUpload:
        return RequestUpload(keys["course"], **values)

    return await run_one(info, "requestCourseFileUpload", input, _of_course(input), make)
