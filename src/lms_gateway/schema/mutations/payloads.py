"""Payloads of mutations, and their sources."""

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
from lms_gateway.schema.declarations.record_fields import Info, typed_field, value
from lms_gateway.schema.sources import DocumentSource, TenantOwned
from lms_gateway.schema.types.canvas.account_operations import (
    AccessToken,
    AccountCalendar,
    AccountNotification,
    Report,
)
from lms_gateway.schema.types.canvas.course_operations import CanvasCourseCopy, CourseSettings
from lms_gateway.schema.types.job import Progress
from lms_gateway.schema.types.refs import CourseType, EnrollmentType, SectionType, UserType


@strawberry.type(description="An error that the caller can fix, or a value that was not stored.")
class UserError:
    code: str = value("Error code, see docs/errors.md.")
    message: str = value("What is wrong and what is allowed.")
    field: list[str] | None = value("Path of the input field; null if the error concerns the whole input.")


@dataclass
class MutationOutcome(TenantOwned):
    """The source of a payload, or of one result of a bulk payload.

    `key` is that of the object as it is stored now; the selected fields are read again.
    `deleted_record` is the object before its deletion. `subject` is the target of a vendor
    operation. `error` is raised by a mutation of one object.
    """

    tenant: str
    status: CommandStatus
    index: int = 0
    key: Key | None = None
    deleted_record: Record | None = None
    errors: Sequence[UserError] = ()
    detail: dict[str, Any] = field(default_factory=dict)
    subject: Key | None = None
    error: LmsError | None = None

    @property
    def transfer_url(self) -> str | None:
        url: str | None = self.detail.get("transfer_url")
        return url


@dataclass
class BulkMutationOutcome(TenantOwned):
    """The source of a bulk payload."""

    tenant: str
    results: Sequence[MutationOutcome]
    errors: Sequence[UserError] = ()


def _errors() -> Any:
    return typed_field(list[UserError], "Errors that the caller can fix, and values that were not stored.")


def _type(name: str, description: str, **fields: Any) -> Any:
    """Return a payload type with `errors` and those fields."""
    fields = fields if "errors" in fields else {"errors": _errors(), **fields}
    return strawberry.type(type(name, (), fields), description=description)


# -- objects: read after the mutation, or before a deletion


def _object_load(root: strawberry.Parent[Any], info: Info) -> Load | Record | None:
    outcome: MutationOutcome = root
    if outcome.deleted_record is not None:
        return info.context.restore_record(outcome.deleted_record)
    return None if outcome.key is None else ById(outcome.key.kind, outcome.key.id)


def _object(returns: Any, description: str) -> Any:
    return load_field(_object_load, returns=returns | None, description=description)


def _stored(noun: str, returns: Any) -> dict[str, Any]:
    """Return the field of the object that a mutation changes."""
    description = (
        f"The {noun} as stored after the change, or as it was before its deletion. Null if nothing "
        "was changed."
    )
    return {noun: _object(returns, description)}


def _object_payload(noun: str, returns: Any) -> Any:
    """Return the payload type of a mutation of one object."""
    return _type(f"{noun.title()}Payload", f"Result of a mutation of one {noun}.", **_stored(noun, returns))


SectionPayload = _object_payload("section", SectionType)
CoursePayload = _object_payload("course", CourseType)
EnrollmentPayload = _object_payload("enrollment", EnrollmentType)
UserPayload = _object_payload("user", UserType)
ProgressPayload = _type(
    "ProgressPayload",
    "Result of a mutation that the vendor runs as a job.",
    progress=_object(Progress, "The job; null if it was rejected."),
)


# -- bulk: one result for each item


def _list_of(item: Any) -> Any:
    return list[item]


def _results(prefix: str, *, transfer_url: Any = None, **fields: Any) -> dict[str, Any]:
    """Return the field `results` of a bulk payload, with the type of its items."""
    result = _type(
        f"{prefix}Result",
        "Result of one item.",
        index=typed_field(int, "Position of the item in the input, from 0."),
        status=typed_field(CommandStatus, "Outcome of this item."),
        **({} if transfer_url is None else {"transfer_url": transfer_url}),
        errors=_errors(),
        **fields,
    )
    return {
        "results": typed_field(
            _list_of(result), "One result for each item, in the order of the input.", metadata=embedded()
        ),
        "errors": _errors(),
    }


def _bulk_payload(noun: str, returns: Any) -> Any:
    """Return the payload type of a bulk mutation."""
    results = _results(noun.title(), **_stored(noun, returns))
    return _type(f"{noun.title()}sPayload", f"Results of a bulk mutation of {noun}s.", **results)


SectionsPayload = _bulk_payload("section", SectionType)
CoursesPayload = _bulk_payload("course", CourseType)
EnrollmentsPayload = _bulk_payload("enrollment", EnrollmentType)
SectionCopiesPayload = _type(
    "SectionCopiesPayload",
    "Results of a bulk copy of sections.",
    **_results(
        "SectionCopy",
        transfer_url=typed_field(str | None, "URL of the vendor's page about the job."),
        section=_object(SectionType, "The copy, once it can be found by its school code; otherwise null."),
    ),
)


# -- details: values of the vendor's reply


@strawberry.type(description="Upload URL of a file. Send the file to `uploadUrl` with the fields.")
class CanvasFileUpload:
    upload_url: str = value("URL to send the file to.")
    upload_params: JSON | None = value("Form fields to send with the file, in this order.")
    file_param: str | None = value("Name of the form field that contains the file.")


def _detail(root: strawberry.Parent[Any]) -> Any:
    return root.detail or None


CourseSettingsPayload = _type(
    "CourseSettingsPayload",
    "Result of a mutation of a course's settings.",
    course=_object(CourseType, "The course."),
    settings=typed_field(
        CourseSettings | None, "The settings as stored; null if they were rejected.", _detail
    ),
)
CourseCopyPayload = _type(
    "CourseCopyPayload",
    "Result of a request to copy the content of a course.",
    course=_object(CourseType, "The course into which content is copied."),
    copy=typed_field(CanvasCourseCopy | None, "The job; null if it was rejected.", _detail),
)
FileUploadPayload = _type(
    "FileUploadPayload",
    "Upload URL for a course file.",
    course=_object(CourseType, "The course."),
    upload=typed_field(
        CanvasFileUpload | None, "Upload URL and fields; null if the request was rejected.", _detail
    ),
)


# -- documents: a vendor operation's answer with a global id


def _document(kind: Kind, name: str, returns: Any, description: str) -> Any:
    """Return a field of the document `name` of a vendor operation.

    The global id of a new object contains its owner; that of an existing object does not change.
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

    return typed_field(returns | None, description, resolve)


def _secret(root: strawberry.Parent[Any]) -> str | None:
    # Removed from the outcome, so that it is not stored and a repeated request does not return it.
    secret: str | None = root.detail.pop("secret", None)
    return secret


def _calendars(root: strawberry.Parent[Any]) -> list[DocumentSource]:
    return [
        DocumentSource(root.tenant, Document(row, Key(Kind.CALENDAR, str(row["id"]))))
        for row in root.detail.get("calendars", ())
    ]


AccessTokenPayload = _type(
    "AccessTokenPayload",
    "Result of a mutation of an access token.",
    secret=typed_field(
        str | None, "Secret of a new or regenerated token. It is returned only once.", _secret
    ),
    errors=_errors(),
    access_token=_document(
        Kind.TOKEN, "token", AccessToken, "The token, without its secret; null if rejected."
    ),
)
AccountCalendarPayload = _type(
    "AccountCalendarPayload",
    "Result of a mutation of a calendar.",
    calendar=_document(
        Kind.CALENDAR, "calendar", AccountCalendar, "The calendar as stored; null if rejected."
    ),
)
AccountCalendarsPayload = _type(
    "AccountCalendarsPayload",
    "Result of a mutation of calendars.",
    calendars=typed_field(list[AccountCalendar], "The calendars as stored; empty if rejected.", _calendars),
)
AccountNotificationPayload = _type(
    "AccountNotificationPayload",
    "Result of a mutation of an announcement.",
    notification=_document(
        Kind.NOTIFICATION,
        "notification",
        AccountNotification,
        "The announcement as stored, or as it was before it was dismissed.",
    ),
)
ReportPayload = _type(
    "ReportPayload",
    "Result of a mutation of a report.",
    report=_document(
        Kind.REPORT, "report", Report, "The report, or the report as it was before its deletion."
    ),
)
