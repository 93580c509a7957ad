"""Mutations of enrollments."""

from typing import Any

from lms_gateway.domain.commands import Create, Delete, RedeemCode, Update
from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.inputs.enrollments import (
    EnrollUserInput,
    EnrollUsersInput,
    NewEnrollment,
    RedeemAccessCodeInput,
    UnenrollUserInput,
    UpdateEnrollmentInput,
)
from lms_gateway.schema.mutations.execution import (
    Keys,
    Reference,
    References,
    run_bulk_mutation,
    run_mutation,
)


def _create(row: Any, keys: Keys, values: Any, options: Any) -> Create:
    return Create(Kind.ENROLLMENT, keys["section"], {"user_id": keys["user"].id, **values}, options)


def _new_enrollment_references(row: NewEnrollment) -> References:
    return {"section": Reference(Kind.SECTION, row.section), "user": Reference(Kind.USER, row.user)}


def _enrollment_reference(row: UpdateEnrollmentInput | UnenrollUserInput) -> References:
    return {"enrollment": Reference(Kind.ENROLLMENT, id=row.enrollment)}


async def enroll_user(info: Info, input: EnrollUserInput) -> Any:
    return await run_mutation(info, "enrollUser", input, _new_enrollment_references(input), _create)


async def enroll_users(info: Info, input: EnrollUsersInput) -> Any:
    rows = [(row, _new_enrollment_references(row)) for row in input.enrollments]
    return await run_bulk_mutation(info, "enrollUsers", input, rows, _create, "enrollments")


async def redeem_access_code(info: Info, input: RedeemAccessCodeInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> RedeemCode:
        return RedeemCode(keys["section"], input.access_code)

    references: References = {"section": Reference(Kind.SECTION, input.section)}
    return await run_mutation(info, "redeemAccessCode", input, references, make_command)


async def update_enrollment(info: Info, input: UpdateEnrollmentInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> Update:
        return Update(keys["enrollment"], values, options)

    return await run_mutation(
        info, "updateEnrollment", input, _enrollment_reference(input), make_command
    )


async def unenroll_user(info: Info, input: UnenrollUserInput) -> Any:
    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> Delete:
        return Delete(keys["enrollment"], input.how)

    return await run_mutation(
        info, "unenrollUser", input, _enrollment_reference(input), make_command
    )
