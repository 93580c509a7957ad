"""What the schema offers, and how a vendor tells which of it is within its power.

Every vendor tells of the same operations, by their place in the schema, so that a client finds the
same names whichever vendor a tenant is on.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from lms_gateway.domain.backend import Capability
from lms_gateway.vendors.mutations import WRITE_OPERATIONS

_REFS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "section": ("id", "vendorId", "sisId", "integrationId"),
        "course": ("id", "vendorId", "sisId", "integrationId"),
        "user": ("id", "vendorId", "sisId", "integrationId", "loginId"),
    }
)
_COURSES = ("search", "states", "term", "teachers", "canvas")
_MEMBERS = ("search", "roles", "states", "ids", "canvas")


def _read_operations() -> Iterator[str]:
    yield "Query.viewer"
    for name, refs in _REFS.items():
        yield from (f"Query.{name}(by.{ref})" for ref in refs)
        yield from (f"Query.{name}sBy(refs.{ref})" for ref in refs)
    for ref in ("id", "vendorId", "sisId", "integrationId", "root"):
        yield f"Query.account(by.{ref})"
    yield "Query.accounts"
    yield from _filtered("Query.courses", _COURSES)
    yield from _filtered("Query.users", ("search", "roles", "states"))
    yield "Account.subAccounts"
    yield "Account.subAccounts(recursive)"
    yield from _filtered("Account.courses", _COURSES)
    yield from ("Course.sections", "Course.sections(includePast)", "Course.sections(search)")
    yield "Section.terms"
    for group in ("Section", "Course"):
        yield from (f"{group}.{field}" for field in ("studentCount", "students", "teachers"))
        yield from _filtered(f"{group}.users", _MEMBERS)
        yield from _filtered(f"{group}.enrollments", _MEMBERS)
    yield from _filtered("User.courses", ("states", "canvas"))
    yield from ("User.sections", "User.sections(includePast)")
    yield from _filtered("User.enrollments", _MEMBERS)


def _filtered(field: str, filters: Sequence[str]) -> Iterator[str]:
    yield field
    yield from (f"{field}(filter.{name})" for name in filters)


CANVAS_ONLY_FIELDS: tuple[str, ...] = (
    "Account.availableReports",
    "Account.calendar",
    "Account.calendars",
    "Account.helpLinks",
    "Account.notifications",
    "Account.permissions",
    "Account.reports",
    "Account.settings",
    "Account.termsOfService",
    "Account.visibleCalendarsCount",
    "Course.activityStream",
    "Course.activityStreamSummary",
    "Course.contentShareUsers",
    "Course.copy",
    "Course.effectiveDueDates",
    "Course.permissions",
    "Course.previewHtml",
    "Course.progress",
    "Course.recentStudents",
    "Course.settings",
    "Course.studentProgress",
    "Course.todoItems",
    "Course.user",
    "Query.accountCalendars",
    "Query.accountDomains",
    "Query.courseAccounts",
    "Query.courseCreationAccounts",
    "Query.environment",
    "Query.manageableAccounts",
    "Query.manuallyCreatedCoursesAccount",
    "Query.report",
    "Subscription.report",
    "User.accessToken",
)
"""Fields that have an operation of their own at Canvas, and none at another vendor."""

CANVAS_ONLY_MUTATIONS: tuple[str, ...] = tuple(
    f"Mutation.{name}"
    for name in (
        "createAccessToken",
        "updateAccessToken",
        "deleteAccessToken",
        "updateAccountCalendar",
        "updateAccountCalendars",
        "createAccountNotification",
        "updateAccountNotification",
        "dismissAccountNotification",
        "startReport",
        "deleteReport",
        "abortReport",
    )
)
"""Mutations that no other vendor has."""

READ_OPERATIONS: tuple[str, ...] = (*_read_operations(), *CANVAS_ONLY_FIELDS)
"""Fields and arguments by their place in the schema: `Query.courses(filter.search)`."""

OPERATIONS = (*READ_OPERATIONS, *WRITE_OPERATIONS, *CANVAS_ONLY_MUTATIONS)


def capabilities(
    cannot: Mapping[str, str], *, partly: Mapping[str, str] = MappingProxyType({})
) -> tuple[Capability, ...]:
    """What a vendor can do: all but what it `cannot`, each with why not.

    `partly` is what it cannot do of an operation that it otherwise can: `<operation>, <when>`.
    Raises ValueError where either names no operation of the schema.
    """
    unknown = (cannot.keys() | {name.partition(", ")[0] for name in partly}) - set(OPERATIONS)
    if unknown:
        raise ValueError(f"no such operations: {sorted(unknown)}")
    result = [Capability(name, name not in cannot, cannot.get(name)) for name in OPERATIONS]
    result += [Capability(name, supported=False, reason=why) for name, why in partly.items()]
    return tuple(sorted(result, key=lambda capability: capability.operation))
