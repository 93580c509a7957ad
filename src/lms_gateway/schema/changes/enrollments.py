"""Mutations of enrollments."""

from typing import Any

from lms_gateway.domain.changes import Create, RedeemCode, Remove, Update
from lms_gateway.domain.records import Kind
from lms_gateway.schema.changes.enrollment_inputs import (
    EnrollUserInput,
    EnrollUsersInput,
    NewEnrollment,
    RedeemAccessCodeInput,
    UnenrollUserInput,
    UpdateEnrollmentInput,
)
from lms_gateway.schema.changes.run import Keys, Meant, References, run_many, run_one
from lms_gateway.schema.fields import Info


def _create(row: Any, keys: Keys, values: Any, options: Any) -> Create:
    return Create(Kind.ENROLLMENT, keys["section"], {"user_id": keys["user"].id, **values}, options)


def _of_new(row: NewEnrollment) -> References:
    return {"section": Meant(Kind.SECTION, row.section), "user": Meant(Kind.USER, row.user)}


def _of_enrollment(row: UpdateEnrollmentInput | UnenrollUserInput) -> References:
    return {"enrollment": Meant(Kind.ENROLLMENT, id=row.enrollment)}


async def enroll_user(info: Info, input: EnrollUserInput) -> Any:
    return await run_one(info, "enrollUser", input, _of_new(input), _create)


async def enroll_users(info: Info, input: EnrollUsersInput) -> Any:
    rows = [(row, _of_new(row)) for row in input.enrollments]
    return await run_many(info, "enrollUsers", input, rows, _create, "enrollments")


async def redeem_access_code(info: Info, input: RedeemAccessCodeInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> RedeemCode:
        return RedeemCode(keys["section"], input.access_code)

    references: References = {"section": Meant(Kind.SECTION, input.section)}
    return await run_one(info, "redeemAccessCode", input, references, make)


async def update_enrollment(info: Info, input: UpdateEnrollmentInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> Update:
        return Update(keys["enrollment"], values, options)

    return await run_one(info, "updateEnrollment", input, _of_enrollment(input), make)


async def unenroll_user(info: Info, input: UnenrollUserInput) -> Any:
    def make(row: Any, keys: Keys, values: Any, options: Any) -> Remove:
        return Remove(keys["enrollment"], input.how)

    return await run_one(info, "unenrollUser", input, _of_enrollment(input), make)
