"""What mutations answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.commands import CommandStatus
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import ById, Document, Load
from lms_gateway.domain.record import Key, Kind, Record
from lms_gateway.execution import embedded, load_field
from lms_gateway.schema.declarations.record_fields import Info
from lms_gateway.schema.jobs.fields import ProgressType
from lms_gateway.schema.sources import DocumentSource, TenantOwned
from lms_gateway.schema.types.account_details import (
    AccessToken,
    AccountCalendar,
    AccountNotification,
    Report,
)
from lms_gateway.schema.types.course_details import CanvasCourseCopy, CourseSettings
from lms_gateway.schema.types.refs import CourseType, EnrollmentType, SectionType, UserType

strawberry.enum(
    CommandStatus, name="RowStatus", description="What became of a row of a bulk mutation."
)


@strawberry.type(description="What the caller can mend, or what the vendor did not store.")
class UserError:
    code: str = strawberry.field(description="A code of docs/errors.md.")
    message: str = strawberry.field(description="What is wrong, and what to do.")
    field: list[str] | None = strawberry.field(
        description="Where in the arguments; null where it is about the whole."
    )


@dataclass
class MutationOutcome(TenantOwned):
    """A change as the source of its payload, or of its row among several.

    `key` is the object as it is now, to be read with whatever is selected; `former` the object as
    it was, where it is gone; `error` what the caller cannot mend, to be raised for a single change.
    """

    tenant: str
    status: CommandStatus
    index: int = 0
    key: Key | None = None
    deleted_record: Record | None = None
    errors: Sequence[UserError] = ()
    detail: dict[str, Any] = field(default_factory=dict)
    subject: Key | None = None  # what an operation of Canvas alone was about
    error: LmsError | None = None

    @property
    def transfer_url(self) -> str | None:
        url: str | None = self.detail.get("transfer_url")
        return url


@dataclass
class BulkMutationOutcome(TenantOwned):
    """Several changes as the source of their payload."""

    tenant: str
    results: Sequence[MutationOutcome]
    errors: Sequence[UserError] = ()


def _object_load(root: strawberry.Parent[Any], info: Info) -> Load | Record | None:
    outcome: MutationOutcome = root
    if outcome.deleted_record is not None:
        return info.context.restore_record(outcome.deleted_record)
    return None if outcome.key is None else ById(outcome.key.kind, outcome.key.id)


def _object_field(returns: Any, name: str, description: str) -> Any:
    return load_field(_object_load, returns=returns | None, name=name, description=description)


_STORED = "as it is stored now, or as it was where it is gone; null where nothing was done."


def _errors() -> Any:
    return strawberry.field(
        description="What the caller can mend, or what the vendor did not store."
    )


@strawberry.type(description="A section that was changed.")
class SectionPayload:
    section = _object_field(SectionType, "section", f"The section {_STORED}")
    errors: list[UserError] = _errors()


@strawberry.type(description="A course that was changed.")
class CoursePayload:
    course = _object_field(CourseType, "course", f"The course {_STORED}")
    errors: list[UserError] = _errors()


@strawberry.type(description="An enrollment that was changed.")
class EnrollmentPayload:
    enrollment = _object_field(EnrollmentType, "enrollment", f"The enrollment {_STORED}")
    errors: list[UserError] = _errors()


@strawberry.type(description="A user that was made.")
class UserPayload:
    user = _object_field(UserType, "user", f"The user {_STORED}")
    errors: list[UserError] = _errors()


@strawberry.type(description="A job that the vendor took.")
class ProgressPayload:
    progress = _object_field(ProgressType, "progress", "The job; null where it was refused.")
    errors: list[UserError] = _errors()


def _index() -> Any:
    return strawberry.field(description="The row's place in the input, from 0.")


def _status() -> Any:
    return strawberry.field(description="What became of the row.")


@strawberry.type(description="One row of a bulk change.")
class SectionResult:
    index: int = _index()
    status: CommandStatus = _status()
    section = _object_field(SectionType, "section", f"The section {_STORED}")
    errors: list[UserError] = _errors()


@strawberry.type(description="One row of a bulk copy.")
class SectionCopyResult:
    index: int = _index()
    status: CommandStatus = _status()
    section = _object_field(
        SectionType, "section", "The copy, once it can be found by its school code; else null."
    )
    transfer_url: str | None = strawberry.field(
        description="Where the vendor's own page tells how far the job is."
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="One row of a bulk change.")
class CourseResult:
    index: int = _index()
    status: CommandStatus = _status()
    course = _object_field(CourseType, "course", f"The course {_STORED}")
    errors: list[UserError] = _errors()


@strawberry.type(description="One row of a bulk change.")
class EnrollmentResult:
    index: int = _index()
    status: CommandStatus = _status()
    enrollment = _object_field(EnrollmentType, "enrollment", f"The enrollment {_STORED}")
    errors: list[UserError] = _errors()


def _results() -> Any:
    return strawberry.field(
        description="One for each row, in the order asked.", metadata=embedded()
    )


@strawberry.type(description="Sections that were changed.")
class SectionsPayload:
    results: list[SectionResult] = _results()
    errors: list[UserError] = _errors()


@strawberry.type(description="Sections that are copied.")
class SectionCopiesPayload:
    results: list[SectionCopyResult] = _results()
    errors: list[UserError] = _errors()


@strawberry.type(description="Courses that were changed.")
class CoursesPayload:
    results: list[CourseResult] = _results()
    errors: list[UserError] = _errors()


@strawberry.type(description="Enrollments that were made.")
class EnrollmentsPayload:
    results: list[EnrollmentResult] = _results()
    errors: list[UserError] = _errors()


def _upload_field(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.type(description="Leave to upload a file: send it to `uploadUrl` with these fields.")
class CanvasFileUpload:
    upload_url: str = _upload_field("Where to send the file.")
    upload_params: JSON | None = _upload_field("Form fields to send with it, in this order.")
    file_param: str | None = _upload_field("The name of the form field that holds the file.")


def _detail(root: strawberry.Parent[Any]) -> Any:
    return root.detail or None


def _detail_field(returns: Any, description: str) -> Any:
    make_field: Any = strawberry.field
    return make_field(resolver=_detail, graphql_type=returns | None, description=description)


@strawberry.type(description="A course's settings as they are stored.")
class CourseSettingsPayload:
    course = _object_field(CourseType, "course", "The course.")
    settings = _detail_field(CourseSettings, "The settings as stored; null where refused.")
    errors: list[UserError] = _errors()


@strawberry.type(description="A copy of course content that the vendor took as a job.")
class CourseCopyPayload:
    course = _object_field(CourseType, "course", "The course that is copied into.")
    copy = _detail_field(CanvasCourseCopy, "The job; null where it was refused.")
    errors: list[UserError] = _errors()


@strawberry.type(description="Leave to upload a file to a course.")
class FileUploadPayload:
    course = _object_field(CourseType, "course", "The course.")
    upload = _detail_field(CanvasFileUpload, "Where to send the file; null where refused.")
    errors: list[UserError] = _errors()


def _document_resolver(kind: Kind, name: str) -> Any:
    """What reads an operation's answer as an object with a global id.

    A new object's id holds its owner's; one that was there keeps its own.
    """

    def resolve(root: strawberry.Parent[Any]) -> DocumentSource | None:
        outcome: MutationOutcome = root
        document = outcome.detail.get(name)
        if not isinstance(document, dict) or outcome.subject is None:
            return None
        parts = (
            outcome.subject.id,
            document.get("report") if kind is Kind.REPORT else None,
            document.get("id"),
        )
        object_id = ".".join(str(part) for part in parts if part is not None)
        key = outcome.subject if outcome.subject.kind is kind else Key(kind, object_id)
        return DocumentSource(outcome.tenant, Document(document, key))

    return resolve


def _document_field(kind: Kind, name: str, returns: Any, description: str) -> Any:
    make_field: Any = strawberry.field
    return make_field(
        resolver=_document_resolver(kind, name),
        graphql_type=returns | None,
        description=description,
    )


def _secret(root: strawberry.Parent[Any]) -> str | None:
    # Taken out, so that nothing holds it once it was told: a repeat does not tell it again.
    secret: str | None = root.detail.pop("secret", None)
    return secret


@strawberry.type(description="An access token that was changed.")
class AccessTokenPayload:
    access_token = _document_field(
        Kind.TOKEN, "token", AccessToken, "The token, without its secret; null where refused."
    )
    secret: str | None = strawberry.field(
        resolver=_secret,
        description="The secret of a new or regenerated token: told here once and never again.",
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="A calendar that was changed.")
class AccountCalendarPayload:
    calendar = _document_field(
        Kind.CALENDAR, "calendar", AccountCalendar, "The calendar as it is stored now."
    )
    errors: list[UserError] = _errors()


def _calendars(root: strawberry.Parent[Any]) -> list[DocumentSource]:
    return [
        DocumentSource(root.tenant, Document(row, Key(Kind.CALENDAR, str(row["id"]))))
        for row in root.detail.get("calendars", ())
    ]


def _calendars_field() -> Any:
    make_field: Any = strawberry.field
    return make_field(
        resolver=_calendars,
        graphql_type=list[AccountCalendar],
        description="The calendars as they are stored now; empty where refused.",
    )


@strawberry.type(description="Calendars that were changed.")
class AccountCalendarsPayload:
    calendars = _calendars_field()
    errors: list[UserError] = _errors()


@strawberry.type(description="A notification that was changed.")
class AccountNotificationPayload:
    notification = _document_field(
        Kind.NOTIFICATION,
        "notification",
        AccountNotification,
        "The notification as it is stored now, or as it was where it was dismissed.",
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="A report that was started, ended or deleted.")
class ReportPayload:
    report = _document_field(
        Kind.REPORT, "report", Report, "The report as it is now, or as it was where it is deleted."
    )
    errors: list[UserError] = _errors()
