"""Inputs of mutations of tokens, calendars, announcements and reports (Canvas only)."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.scalars import JSON

from lms_gateway.schema.inputs.fields import IDEMPOTENCY, optional_field, required_field
from lms_gateway.schema.inputs.references import AccountRef, UserRef


@strawberry.input(description="A new access token for a user (Canvas only).")
class CreateAccessTokenInput:
    user: UserRef = required_field("User of the token. A token for another user is `pending`.")
    purpose: str = required_field("Purpose.")
    expires_at: datetime | None = optional_field(
        "Time of expiry. Required for students, at most 120 days from now."
    )
    scopes: list[str] | None = optional_field("Scopes; unrestricted if omitted.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values of an access token (Canvas only).")
class UpdateAccessTokenInput:
    access_token: strawberry.ID = required_field("The AccessToken's `id`.")
    purpose: str | None = optional_field("Purpose.")
    expires_at: datetime | None = optional_field("Time of expiry.")
    scopes: list[str] | None = optional_field("Scopes.")
    regenerate: bool | None = optional_field("Generate a new secret; the old one becomes invalid.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="An access token to delete (Canvas only).")
class DeleteAccessTokenInput:
    access_token: strawberry.ID = required_field("The AccessToken's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="Values of an account's calendar.")
class CalendarFields:
    visible: bool | None = optional_field("Allow users to add the calendar.")
    auto_subscribe: bool | None = optional_field("Add the calendar for all users.")


@strawberry.input(description="New values of an account's calendar (Canvas only).")
class UpdateAccountCalendarInput(CalendarFields):
    calendar: strawberry.ID = required_field("The AccountCalendar's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values of one calendar.")
class CalendarPatch(CalendarFields):
    calendar: strawberry.ID = required_field("The AccountCalendar's `id`.")


@strawberry.input(
    description="New values of the calendars of an account and of the accounts below it (Canvas "
    "only)."
)
class UpdateAccountCalendarsInput:
    account: AccountRef = required_field(
        "The account; the calendars belong to it or to accounts below it."
    )
    calendars: list[CalendarPatch] = required_field("The calendars, each once.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.enum(description="Icon of an announcement.")
class NotificationIcon(Enum):
    WARNING = enum_value("warning", description="A warning.")
    INFORMATION = enum_value("information", description="Information.")
    QUESTION = enum_value("question", description="A question.")
    ERROR = enum_value("error", description="An error.")
    CALENDAR = enum_value("calendar", description="A date.")


_ROLES = "Roles that see it, for example `StudentEnrollment`; "


@strawberry.input(description="A new announcement for the users of an account (Canvas only).")
class CreateAccountNotificationInput:
    account: AccountRef = required_field("The account.")
    subject: str = required_field("Subject.")
    message: str = required_field("Text, as HTML.")
    start_at: datetime = required_field("Time from which it is visible.")
    end_at: datetime = required_field("Time until which it is visible.")
    icon: NotificationIcon | None = optional_field("Icon; WARNING if omitted.")
    roles: list[str] | None = optional_field(f"{_ROLES}all if omitted.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values of an announcement. Omitted fields do not change.")
class UpdateAccountNotificationInput:
    notification: strawberry.ID = required_field("The AccountNotification's `id`.")
    subject: str | None = optional_field("Subject.")
    message: str | None = optional_field("Text, as HTML.")
    start_at: datetime | None = optional_field("Time from which it is visible.")
    end_at: datetime | None = optional_field("Time until which it is visible.")
    icon: NotificationIcon | None = optional_field("Icon.")
    roles: list[str] | None = optional_field(
        f"{_ROLES}an empty list or null for all. Omitted, they do not change."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="An announcement to dismiss for the viewer (Canvas only).")
class DismissAccountNotificationInput:
    notification: strawberry.ID = required_field("The AccountNotification's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A report to start (Canvas only).")
class StartReportInput:
    account: AccountRef = required_field("The account to report on.")
    report: str = required_field("Which report: an `AvailableReport.report`.")
    parameters: JSON | None = optional_field(
        "Parameters: an object with the names of `AvailableReport.parameters`."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A run of a report (Canvas only).")
class ReportInput:
    report: strawberry.ID = required_field("The Report's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
