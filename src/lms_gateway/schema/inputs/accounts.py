"""Inputs for access tokens, account calendars, notifications and reports (Canvas only)."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from lms_gateway.schema.inputs.references import AccountRef, UserRef
from lms_gateway.schema.inputs.sections import IDEMPOTENCY
from lms_gateway.schema.mutations.input_values import optional_field


@strawberry.input(description="A new access token for a user (Canvas only).")
class CreateAccessTokenInput:
    user: UserRef = strawberry.field(description="Whose it is. Another user's is `pending`.")
    purpose: str = strawberry.field(description="What it is for.")
    expires_at: datetime | None = optional_field(
        "When it ends; students must say, at most 120 days on."
    )
    scopes: list[str] | None = optional_field("What it may be used for; everything if left out.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for an access token (Canvas only).")
class UpdateAccessTokenInput:
    access_token: strawberry.ID = strawberry.field(description="The AccessToken's `id`.")
    purpose: str | None = optional_field("What it is for.")
    expires_at: datetime | None = optional_field("When it ends.")
    scopes: list[str] | None = optional_field("What it may be used for.")
    regenerate: bool | None = optional_field("Give it a new secret; the old one ends at once.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="An access token to delete (Canvas only).")
class DeleteAccessTokenInput:
    access_token: strawberry.ID = strawberry.field(description="The AccessToken's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="What can be changed of an account's calendar.")
class CalendarFields:
    visible: bool | None = optional_field("Let people add it to their calendars.")
    auto_subscribe: bool | None = optional_field("Add it for everybody.")


@strawberry.input(description="New values for an account's calendar (Canvas only).")
class UpdateAccountCalendarInput(CalendarFields):
    calendar: strawberry.ID = strawberry.field(description="The AccountCalendar's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for one of several calendars.")
class CalendarPatch(CalendarFields):
    calendar: strawberry.ID = strawberry.field(description="The AccountCalendar's `id`.")


@strawberry.input(description="New values for calendars of an account and below (Canvas only).")
class UpdateAccountCalendarsInput:
    account: AccountRef = strawberry.field(description="The account that they lie below.")
    calendars: list[CalendarPatch] = strawberry.field(description="The calendars, each once.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.enum(description="The icon of a notification.")
class NotificationIcon(Enum):
    WARNING = "warning"
    INFORMATION = "information"
    QUESTION = "question"
    ERROR = "error"
    CALENDAR = "calendar"


_ROLES = "To whom it goes, e.g. `StudentEnrollment`; "


@strawberry.input(description="An announcement to everybody in an account (Canvas only).")
class CreateAccountNotificationInput:
    account: AccountRef = strawberry.field(description="The account.")
    subject: str = strawberry.field(description="Its subject.")
    message: str = strawberry.field(description="Its text, as HTML.")
    start_at: datetime = strawberry.field(description="When it appears.")
    end_at: datetime = strawberry.field(description="When it disappears.")
    icon: NotificationIcon | None = optional_field("Its icon; WARNING if left out.")
    roles: list[str] | None = optional_field(f"{_ROLES}everybody if left out.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="New values for an announcement; what is left out stays.")
class UpdateAccountNotificationInput:
    notification: strawberry.ID = strawberry.field(description="The AccountNotification's `id`.")
    subject: str | None = optional_field("Its subject.")
    message: str | None = optional_field("Its text, as HTML.")
    start_at: datetime | None = optional_field("When it appears.")
    end_at: datetime | None = optional_field("When it disappears.")
    icon: NotificationIcon | None = optional_field("Its icon.")
    roles: list[str] | None = optional_field(
        f"{_ROLES}an empty list or null for everybody. Left out, they stay as they are."
    )
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="An announcement to hide from the viewer (Canvas only).")
class DismissAccountNotificationInput:
    notification: strawberry.ID = strawberry.field(description="The AccountNotification's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A report to start (Canvas only).")
class StartReportInput:
    account: AccountRef = strawberry.field(description="The account to report on.")
    report: str = strawberry.field(description="Which report: an `AvailableReport.report`.")
    parameters: JSON | None = optional_field("What it is asked with: an object, by parameter.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)


@strawberry.input(description="A report that was started (Canvas only).")
class ReportInput:
    report: strawberry.ID = strawberry.field(description="The Report's `id`.")
    idempotency_key: UUID | None = optional_field(IDEMPOTENCY)
