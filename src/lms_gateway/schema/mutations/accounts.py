"""Mutations of access tokens, account calendars, notifications and reports (Canvas only)."""

from typing import Any

from lms_gateway.domain.commands import VendorOperation
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import MAX_ROWS, unset_to_none
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.inputs.accounts import (
    CreateAccessTokenInput,
    CreateAccountNotificationInput,
    DeleteAccessTokenInput,
    DismissAccountNotificationInput,
    ReportInput,
    StartReportInput,
    UpdateAccessTokenInput,
    UpdateAccountCalendarInput,
    UpdateAccountCalendarsInput,
    UpdateAccountNotificationInput,
)
from lms_gateway.schema.inputs.references import AccountRef
from lms_gateway.schema.mutations.execution import (
    CommandFactory,
    Keys,
    Reference,
    References,
    run_mutation,
)


def _operation(name: str, subject: str) -> CommandFactory:
    """A change that takes its values as they are."""

    def make_command(row: Any, keys: Keys, values: Any, options: Any) -> VendorOperation:
        return VendorOperation(name, keys[subject], values)

    return make_command


def _account_reference(account: AccountRef) -> References:
    return {"account": Reference(Kind.ACCOUNT, account)}


async def create_access_token(info: Info, input: CreateAccessTokenInput) -> Any:
    references: References = {"user": Reference(Kind.USER, input.user)}
    make_command = _operation("create_access_token", "user")
    return await run_mutation(info, "createAccessToken", input, references, make_command)


async def update_access_token(info: Info, input: UpdateAccessTokenInput) -> Any:
    references: References = {"access_token": Reference(Kind.TOKEN, id=input.access_token)}
    make_command = _operation("update_access_token", "access_token")
    return await run_mutation(info, "updateAccessToken", input, references, make_command)


async def delete_access_token(info: Info, input: DeleteAccessTokenInput) -> Any:
    references: References = {"access_token": Reference(Kind.TOKEN, id=input.access_token)}
    make_command = _operation("delete_access_token", "access_token")
    return await run_mutation(info, "deleteAccessToken", input, references, make_command)


async def update_account_calendar(info: Info, input: UpdateAccountCalendarInput) -> Any:
    references: References = {"calendar": Reference(Kind.CALENDAR, id=input.calendar)}
    make_command = _operation("update_calendar", "calendar")
    return await run_mutation(info, "updateAccountCalendar", input, references, make_command)


async def update_account_calendars(info: Info, input: UpdateAccountCalendarsInput) -> Any:
    if not 0 < len(input.calendars) <= MAX_ROWS:
        raise BadInput(f"input.calendars: name 1 to {MAX_ROWS} calendars")
    references: dict[str, Reference | None] = {"account": Reference(Kind.ACCOUNT, input.account)}
    for index, row in enumerate(input.calendars):
        references[f"calendars.{index}"] = Reference(Kind.CALENDAR, id=row.calendar)

    def make_command(
        row: UpdateAccountCalendarsInput, keys: Keys, values: Any, options: Any
    ) -> VendorOperation:
        rows = tuple(
            {"id": keys[f"calendars.{index}"].id}
            | {
                name: value
                for name in ("visible", "auto_subscribe")
                if (value := unset_to_none(getattr(calendar, name))) is not None
            }
            for index, calendar in enumerate(row.calendars)
        )
        return VendorOperation("update_calendars", keys["account"], {"calendars": rows})

    return await run_mutation(info, "updateAccountCalendars", input, references, make_command)


async def create_account_notification(info: Info, input: CreateAccountNotificationInput) -> Any:
    make_command = _operation("create_notification", "account")
    references = _account_reference(input.account)
    return await run_mutation(info, "createAccountNotification", input, references, make_command)


async def update_account_notification(info: Info, input: UpdateAccountNotificationInput) -> Any:
    references: References = {"notification": Reference(Kind.NOTIFICATION, id=input.notification)}
    make_command = _operation("update_notification", "notification")
    return await run_mutation(info, "updateAccountNotification", input, references, make_command)


async def dismiss_account_notification(info: Info, input: DismissAccountNotificationInput) -> Any:
    references: References = {"notification": Reference(Kind.NOTIFICATION, id=input.notification)}
    make_command = _operation("dismiss_notification", "notification")
    return await run_mutation(info, "dismissAccountNotification", input, references, make_command)


async def start_report(info: Info, input: StartReportInput) -> Any:
    parameters = unset_to_none(input.parameters)
    if parameters is not None and not isinstance(parameters, dict):
        raise BadInput("input.parameters: must be an object")
    make_command = _operation("start_report", "account")
    return await run_mutation(
        info, "startReport", input, _account_reference(input.account), make_command
    )


async def delete_report(info: Info, input: ReportInput) -> Any:
    references: References = {"report": Reference(Kind.REPORT, id=input.report)}
    return await run_mutation(
        info, "deleteReport", input, references, _operation("delete_report", "report")
    )


async def abort_report(info: Info, input: ReportInput) -> Any:
    references: References = {"report": Reference(Kind.REPORT, id=input.report)}
    return await run_mutation(
        info, "abortReport", input, references, _operation("abort_report", "report")
    )
