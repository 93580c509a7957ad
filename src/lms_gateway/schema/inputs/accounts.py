"""Inputs of mutations of tokens, calendars, announcements and reports (Canvas only)."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import enum_value
from strawberry.scalars import JSON

from lms_gateway.schema.inputs.fields import mutation_input, optional, required
from lms_gateway.schema.inputs.references import AccountRef, UserRef


@mutation_input("A new access token for a user (Canvas only).")
class CreateAccessTokenInput:
    user: UserRef = required("User of the token. A token for another user is `pending`.")
    purpose: str = required("Purpose.")
    expires_at: datetime | None = optional("Expiry. Required for students, at most 120 days ahead.")
    scopes: list[str] | None = optional("Scopes; unrestricted if omitted.")


@mutation_input("New values of an access token (Canvas only).")
class UpdateAccessTokenInput:
    access_token: strawberry.ID = required("The AccessToken's `id`.")
    purpose: str | None = optional("Purpose.")
    expires_at: datetime | None = optional("Time of expiry.")
    scopes: list[str] | None = optional("Scopes.")
    regenerate: bool | None = optional("Generate a new secret; the old one becomes invalid.")


@mutation_input("An access token to delete (Canvas only).")
class DeleteAccessTokenInput:
    access_token: strawberry.ID = required("The AccessToken's `id`.")


@strawberry.input(description="Values of an account's calendar.")
class CalendarFields:
    visible: bool | None = optional("Allow users to add the calendar.")
    auto_subscribe: bool | None = optional("Add the calendar for all users.")


@mutation_input("New values of an account's calendar (Canvas only).")
class UpdateAccountCalendarInput(CalendarFields):
    calendar: strawberry.ID = required("The AccountCalendar's `id`.")


@strawberry.input(description="New values of one calendar.")
class CalendarPatch(CalendarFields):
    calendar: strawberry.ID = required("The AccountCalendar's `id`.")


@mutation_input("New values of the calendars of an account and of the accounts below it (Canvas only).")
class UpdateAccountCalendarsInput:
    account: AccountRef = required("The account. The calendars belong to it or to accounts below.")
    calendars: list[CalendarPatch] = required("The calendars, each once.")


@strawberry.enum(description="Icon of an announcement.")
class NotificationIcon(Enum):
    WARNING = enum_value("warning", description="A warning.")
    INFORMATION = enum_value("information", description="Information.")
    QUESTION = enum_value("question", description="A question.")
    ERROR = enum_value("error", description="An error.")
    CALENDAR = enum_value("calendar", description="A date.")


_ROLES = "Roles that see it, for example `StudentEnrollment`; "


@mutation_input("A new announcement for the users of an account (Canvas only).")
class CreateAccountNotificationInput:
    account: AccountRef = required("The account.")
    subject: str = required("Subject.")
    message: str = required("Text, as HTML.")
    start_at: datetime = required("Time from which it is visible.")
    end_at: datetime = required("Time until which it is visible.")
    icon: NotificationIcon | None = optional("Icon; WARNING if omitted.")
    roles: list[str] | None = optional(f"{_ROLES}all if omitted.")


@mutation_input("New values of an announcement. Omitted fields do not change.")
class UpdateAccountNotificationInput:
    notification: strawberry.ID = required("The AccountNotification's `id`.")
    subject: str | None = optional("Subject.")
    message: str | None = optional("Text, as HTML.")
    start_at: datetime | None = optional("Time from which it is visible.")
    end_at: datetime | None = optional("Time until which it is visible.")
    icon: NotificationIcon | None = optional("Icon.")
    roles: list[str] | None = optional(f"{_ROLES}an empty list or null for all. Omitted, they do not change.")


@mutation_input("An announcement to dismiss for the viewer (Canvas only).")
class DismissAccountNotificationInput:
    notification: strawberry.ID = required("The AccountNotification's `id`.")


@mutation_input("A report to start (Canvas only).")
class StartReportInput:
    account: AccountRef = required("The account to report on.")
    report: str = required("Which report: an `AvailableReport.report`.")
    parameters: JSON | None = optional("An object with the names of `AvailableReport.parameters`.")


@mutation_input("A run of a report (Canvas only).")
class ReportInput:
    report: strawberry.ID = required("The Report's `id`.")
