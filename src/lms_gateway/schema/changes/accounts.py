"""Mutations of access tokens, account calendars, notifications and reports (Canvas only)."""

from typing import Any

from lms_gateway.domain.changes import Act
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Kind
from lms_gateway.schema.changes.account_inputs import (
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
from lms_gateway.schema.changes.run import Keys, Make, Meant, References, run_one
from lms_gateway.schema.context import MOST_ROWS, given
from lms_gateway.schema.fields import Info
from lms_gateway.schema.references import AccountRef


def _act(name: str, of: str) -> Make:
    """A change that takes its values as they are."""

    def make(row: Any, keys: Keys, values: Any, options: Any) -> Act:
        return Act(name, keys[of], values)

    return make


def _of_account(account: AccountRef) -> References:
    return {"account": Meant(Kind.ACCOUNT, account)}


async def create_access_token(info: Info, input: CreateAccessTokenInput) -> Any:
    references: References = {"user": Meant(Kind.USER, input.user)}
    make = _act("create_access_token", "user")
    return await run_one(info, "createAccessToken", input, references, make)


async def update_access_token(info: Info, input: UpdateAccessTokenInput) -> Any:
    references: References = {"access_token": Meant(Kind.TOKEN, id=input.access_token)}
    make = _act("update_access_token", "access_token")
    return await run_one(info, "updateAccessToken", input, references, make)


async def delete_access_token(info: Info, input: DeleteAccessTokenInput) -> Any:
    references: References = {"access_token": Meant(Kind.TOKEN, id=input.access_token)}
    make = _act("delete_access_token", "access_token")
    return await run_one(info, "deleteAccessToken", input, references, make)


async def update_account_calendar(info: Info, input: UpdateAccountCalendarInput) -> Any:
    references: References = {"calendar": Meant(Kind.CALENDAR, id=input.calendar)}
    make = _act("update_calendar", "calendar")
    return await run_one(info, "updateAccountCalendar", input, references, make)


async def update_account_calendars(info: Info, input: UpdateAccountCalendarsInput) -> Any:
    if not 0 < len(input.calendars) <= MOST_ROWS:
        raise BadInput(f"input.calendars: name 1 to {MOST_ROWS} calendars")
    references: dict[str, Meant | None] = {"account": Meant(Kind.ACCOUNT, input.account)}
    for at, row in enumerate(input.calendars):
        references[f"calendars.{at}"] = Meant(Kind.CALENDAR, id=row.calendar)

    def make(row: UpdateAccountCalendarsInput, keys: Keys, values: Any, options: Any) -> Act:
        rows = tuple(
            {"id": keys[f"calendars.{at}"].id}
            | {
                name: found
                for name in ("visible", "auto_subscribe")
                if (found := given(getattr(each, name))) is not None
            }
            for at, each in enumerate(row.calendars)
        )
        return Act("update_calendars", keys["account"], {"calendars": rows})

    return await run_one(info, "updateAccountCalendars", input, references, make)


async def create_account_notification(info: Info, input: CreateAccountNotificationInput) -> Any:
    make = _act("create_notification", "account")
    references = _of_account(input.account)
    return await run_one(info, "createAccountNotification", input, references, make)


async def update_account_notification(info: Info, input: UpdateAccountNotificationInput) -> Any:
    references: References = {"notification": Meant(Kind.NOTIFICATION, id=input.notification)}
    make = _act("update_notification", "notification")
    return await run_one(info, "updateAccountNotification", input, references, make)


async def dismiss_account_notification(info: Info, input: DismissAccountNotificationInput) -> Any:
    references: References = {"notification": Meant(Kind.NOTIFICATION, id=input.notification)}
    make = _act("dismiss_notification", "notification")
    return await run_one(info, "dismissAccountNotification", input, references, make)


async def start_report(info: Info, input: StartReportInput) -> Any:
    parameters = given(input.parameters)
    if parameters is not None and not isinstance(parameters, dict):
        raise BadInput("input.parameters: must be an object")
    make = _act("start_report", "account")
    return await run_one(info, "startReport", input, _of_account(input.account), make)


async def delete_report(info: Info, input: ReportInput) -> Any:
    references: References = {"report": Meant(Kind.REPORT, id=input.report)}
    return await run_one(info, "deleteReport", input, references, _act("delete_report", "report"))


async def abort_report(info: Info, input: ReportInput) -> Any:
    references: References = {"report": Meant(Kind.REPORT, id=input.report)}
    return await run_one(info, "abortReport", input, references, _act("abort_report", "report"))
