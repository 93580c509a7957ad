"""What can be asked of a tenant's vendor, in the school's words.

Asks are frozen values, the keys of a wave: two asks that are equal are one. What is wanted of
the answer (`Wants`) is not part of an ask's identity, so that asks of one wave can be united.

ById          one object by its canonical id                            → Record or None
ByAlias       one object by a SIS id, integration id or login id        → Record or None
Viewer        the user whom the credential belongs to                   → Record or None
RootAccount   the account that holds all others                         → Record or None
Children      what hangs below an object: sections of a course …        → Page
Members       the people of a section or course, or their enrollments   → Page
Search        the tenant's own lists: courses, users, accounts          → Page
TermsOf       the terms that a section runs in                          → Page, all of them
Detail        something else that an object has, by its name            → Plain, Record or None
Details       the same, page by page                                    → Page
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lms_gateway.domain.models import CourseState, EnrollmentState, Role
from lms_gateway.domain.record import Key, Kind, Record


class Alias(StrEnum):
    """Other names by which a vendor finds an object."""

    SIS_ID = "sis_id"
    INTEGRATION_ID = "integration_id"
    LOGIN_ID = "login_id"

    __hash__ = str.__hash__  # Enum's own is computed in Python


Arguments = tuple[tuple[str, Any], ...]
"""Arguments by name: hashable, and only those that were given."""

Position = tuple[str | int, ...]
"""Where a listing goes on. Only the vendor that made it can read it; it never holds a URL."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `first` rows (0 to 500), behind `after` (None: from the start)."""

    first: int = 50
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class SectionFilter:
    """Which sections; None means the vendor's own default."""

    search: str | None = None
    include_past: bool | None = None


@dataclass(frozen=True, slots=True)
class CourseFilter:
    """Which courses, and in which order; None means the vendor's own default."""

    search: str | None = None
    states: tuple[CourseState, ...] | None = None
    term_id: str | None = None
    teacher_ids: tuple[str, ...] | None = None
    canvas: Arguments = ()  # what only Canvas can do, under its own names


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which of the tenant's users."""

    search: str | None = None
    roles: tuple[Role, ...] | None = None
    states: tuple[EnrollmentState, ...] | None = None


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members; `states` None means active and invited, as both vendors count students."""

    search: str | None = None
    roles: tuple[Role, ...] | None = None
    states: tuple[EnrollmentState, ...] | None = None
    ids: tuple[str, ...] | None = None  # users' canonical ids
    canvas: Arguments = ()  # what only Canvas can do, under its own names


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts below another: only its children, or all descendants."""

    recursive: bool = False


@dataclass(frozen=True, slots=True)
class ById:
    """One object by its canonical id. Answer: the record, or None where unknown or hidden."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class ByAlias:
    """One object by another name of it. Answer: the record, or None where unknown or hidden."""

    kind: Kind
    alias: Alias
    value: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user whom the credential belongs to."""


@dataclass(frozen=True, slots=True)
class RootAccount:
    """The tenant's outermost account (Canvas root account, Schoology school)."""


Filter = SectionFilter | CourseFilter | UserFilter | MemberFilter | AccountFilter | None


@dataclass(frozen=True, slots=True)
class Children:
    """The `kind` of objects below `parent`.

    Asked so far: sections of a course or user; courses of a user or account; enrollments of a
    user; accounts of an account.
    """

    parent: Key
    kind: Kind
    filter: Filter = None
    page: PageRequest = PageRequest()


@dataclass(frozen=True, slots=True)
class Members:
    """The people of a section or course (`kind` USER, each once), or their ENROLLMENTs."""

    group: Key
    kind: Kind
    filter: MemberFilter = MemberFilter()
    page: PageRequest = PageRequest()


@dataclass(frozen=True, slots=True)
class Search:
    """A list of the tenant as a whole: its courses, its users, the accounts one may see."""

    kind: Kind
    filter: Filter = None
    page: PageRequest = PageRequest()


@dataclass(frozen=True, slots=True)
class TermsOf:
    """The terms of a section: Canvas its course's one, Schoology its grading periods."""

    section: Key


@dataclass(frozen=True, slots=True)
class OperationLoad:
    """What one operation of a vendor tells beside facets: a course's settings, a report.

    `name` says which (`domain.details`); `of` is what it belongs to (None: the viewer, or the
    tenant as a whole). Answer: Plain, a Record where it is an object of ours, None where the vendor
    knows no such one.
    """

    name: str
    parent: Key | None = None
    arguments: Arguments = ()


@dataclass(frozen=True, slots=True)
class OperationListLoad:
    """A list that one operation of a vendor tells, page by page. Its rows are Plain or Records."""

    name: str
    parent: Key | None = None
    arguments: Arguments = ()
    page: PageRequest = PageRequest()


SingleLoad = ById | ByAlias | Viewer | RootAccount | OperationLoad
ListLoad = Children | Members | Search | TermsOf | OperationListLoad
Load = SingleLoad | ListLoad


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a listing in the vendor's order, each once.

    `positions[i]` is where the listing goes on behind `items[i]`. `total` is what the vendor said,
    or what is fully in hand; None where neither is so.
    """

    items: Sequence["Record | Document"]
    positions: Sequence[Position]
    has_next: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What has no identity of its own in the store, under the vendor's names.

    `value` is a dictionary, a list of them, or a scalar; moments are aware, ids text. `key` is that
    of its global id, where it can be fetched again.
    """

    value: Any
    key: Key | None = None


LoadResult = Record | Document | Page | None


def kind_of(load: Load) -> Kind | None:
    """The kind of object(s) that answer an ask; None where the ask does not tell."""
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
