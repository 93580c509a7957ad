"""Loads: keys of what a backend can read, independent of the vendor.

A load is a frozen value and the key of a batch: equal loads are read once. The selected fields (a
`Projection`) are not part of the load, so that equal loads of one batch can be merged.

ById                one object by its canonical id                          → Record or None
ByAlias             one object by SIS id, integration id or login id        → Record or None
Viewer              the user of the credential                              → Record or None
RootAccount         the tenant's topmost account                            → Record or None
OperationLoad       the result of a named, vendor-specific read             → Document or Record
Children            the objects below another: sections of a course …       → Page
Members             the users or enrollments of a section or course         → Page
Search              a list of the tenant: courses, users, accounts          → Page
TermsOf             the terms of a section                                  → Page with all of them
OperationListLoad   the list result of a named, vendor-specific read        → Page
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lms_gateway.domain.models import CourseState, EnrollmentState, Role
from lms_gateway.domain.record import Key, Kind, Record


class Alias(StrEnum):
    """An identifier, other than the id, by which vendors find an object."""

    SIS_ID = "sis_id"
    INTEGRATION_ID = "integration_id"
    LOGIN_ID = "login_id"

    __hash__ = str.__hash__  # `Enum.__hash__` is slow: it is Python


Arguments = tuple[tuple[str, Any], ...]
"""Arguments by name, as a hashable value. It contains only the arguments that were given."""

Position = tuple[str | int, ...]
"""Position in a list. Its content is private to the vendor; it never contains a URL."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `first` items (0 to 500) after the position `after`; None: from the start."""

    first: int = 50
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class SectionFilter:
    """Filter of sections. None: the vendor's default."""

    search: str | None = None
    include_past: bool | None = None


@dataclass(frozen=True, slots=True)
class CourseFilter:
    """Filter and order of courses. None: the vendor's default."""

    search: str | None = None
    states: tuple[CourseState, ...] | None = None
    term_id: str | None = None
    teacher_ids: tuple[str, ...] | None = None
    canvas: Arguments = ()  # filters that only Canvas has, by its names


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Filter of the tenant's users."""

    search: str | None = None
    roles: tuple[Role, ...] | None = None
    states: tuple[EnrollmentState, ...] | None = None


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Filter of members. `states` None: active and invited, as both vendors count students."""

    search: str | None = None
    roles: tuple[Role, ...] | None = None
    states: tuple[EnrollmentState, ...] | None = None
    ids: tuple[str, ...] | None = None  # users' canonical ids
    canvas: Arguments = ()  # filters that only Canvas has, by its names


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Filter of the accounts below another: only its children, or all descendants."""

    recursive: bool = False


@dataclass(frozen=True, slots=True)
class ById:
    """One object by its canonical id. Result: the record; None if not found or not visible."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class ByAlias:
    """One object by an alias. Result: the record; None if not found or not visible."""

    kind: Kind
    alias: Alias
    value: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user of the credential."""


@dataclass(frozen=True, slots=True)
class RootAccount:
    """The tenant's topmost account (Canvas root account, Schoology school)."""


Filter = SectionFilter | CourseFilter | UserFilter | MemberFilter | AccountFilter | None


@dataclass(frozen=True, slots=True)
class Children:
    """The objects of a kind below `parent`.

    In use: sections of a course or user; courses of a user or account; enrollments of a user;
    accounts of an account.
    """

    parent: Key
    kind: Kind
    filter: Filter = None
    page: PageRequest = PageRequest()


@dataclass(frozen=True, slots=True)
class Members:
    """The users of a section or course (`kind` USER, no duplicates), or the ENROLLMENTs."""

    group: Key
    kind: Kind
    filter: MemberFilter = MemberFilter()
    page: PageRequest = PageRequest()


@dataclass(frozen=True, slots=True)
class Search:
    """A list of the whole tenant: its courses, its users, the accounts that are visible."""

    kind: Kind
    filter: Filter = None
    page: PageRequest = PageRequest()


@dataclass(frozen=True, slots=True)
class TermsOf:
    """The terms of a section. Canvas: the term of its course; Schoology: its grading periods."""

    section: Key


@dataclass(frozen=True, slots=True)
class OperationLoad:
    """The result of a named, vendor-specific read: a course's settings, a report.

    `parent` is the object that it belongs to; None: the viewer or the whole tenant. Result: a
    Document; a Record if it is an object of the domain model; None if it does not exist.
    """

    name: str
    parent: Key | None = None
    arguments: Arguments = ()


@dataclass(frozen=True, slots=True)
class OperationListLoad:
    """The list result of a named, vendor-specific read. Its items are Documents or Records."""

    name: str
    parent: Key | None = None
    arguments: Arguments = ()
    page: PageRequest = PageRequest()


SingleLoad = ById | ByAlias | Viewer | RootAccount | OperationLoad
ListLoad = Children | Members | Search | TermsOf | OperationListLoad
Load = SingleLoad | ListLoad


@dataclass(frozen=True, slots=True)
class Page:
    """Items of a list in the vendor's order, without duplicates.

    `positions[i]` is the position after `items[i]`. `total` is the count that the vendor reported,
    or the number of items if all are loaded; otherwise None.
    """

    items: Sequence["Record | Document"]
    positions: Sequence[Position]
    has_next: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A value of a vendor that is not kept in the store, with the vendor's key names.

    `value` is a dictionary, a list of them, or a scalar; datetimes are aware, ids are strings.
    `key` is the key of its global id; None if it cannot be fetched by an id.
    """

    value: Any
    key: Key | None = None


LoadResult = Record | Document | Page | None


def kind_of(load: Load) -> Kind | None:
    """Return the kind of the resulting objects; None if the load does not determine it."""
    match load:
        case Viewer():
            return Kind.USER
        case RootAccount():
            return Kind.ACCOUNT
        case TermsOf():
            return Kind.TERM
        case OperationLoad() | OperationListLoad():
            return None
        case _:
            return load.kind
