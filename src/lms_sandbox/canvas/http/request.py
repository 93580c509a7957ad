"""A request as handlers see it (caller, parameters, records of the path) and their responses."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypeVar

from lms_sandbox.canvas.http import errors, ids
from lms_sandbox.canvas.http.params import CanvasParams, Pairs, is_true, parse_timestamp
from lms_sandbox.canvas.http.permissions import CanvasViewer
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.canvas_state import CanvasState
from lms_sandbox.data.models import Account, Course, Enrollment, Section, Term, User
from lms_sandbox.data.school import School

Json = Any
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ObjectResponse:
    """A response without pages."""

    body: Json


@dataclass(frozen=True, slots=True)
class ListResponse:
    """A response in pages. `serialize` is called only for the rows of the page that is sent."""

    rows: Sequence[Any]
    serialize: Callable[[Any], Json]
    has_last: bool = True  # False: Canvas does not count this list; no `last` link
    is_bookmarked: bool = False  # pages have opaque names instead of numbers
    row_filter: Callable[[Any], bool] | None = None  # applied after paging: pages may be short
    link_path: str | None = None  # path in the Link header; None: the path of the request
    wrapper_key: str | None = None  # key of the object around the rows; None: a bare array
    first_row: int = 0  # index of a row on the page that is sent if no page is requested
    extra_keys: Mapping[str, Json] = field(default_factory=dict)  # other keys of the wrapper
    keeps_integer_ids: bool = False  # ignores `Accept: application/json+canvas-string-ids`


Response = ObjectResponse | ListResponse


@dataclass(frozen=True)
class CanvasRequest:
    """An authenticated request.

    `base_url` is the root URL of this Canvas, without a trailing slash. `flat_params` holds the
    parameters of the query and the body as pairs, for example `("include[]", "term")`. `params`
    holds the same parameters as a tree.
    """

    canvas: CanvasState
    viewer: CanvasViewer
    base_url: str
    path: str
    path_params: Mapping[str, str]  # decoded
    flat_params: Pairs
    params: CanvasParams
    clock_time: float  # seconds, when the request was received
    allows_includes: bool = True
    state: dict[str, Any] = field(default_factory=dict)
    real_user: User | None = None  # the authenticated user, if the viewer is a masquerade

    @property
    def school(self) -> School:
        """The records of the school."""
        return self.canvas.school

    @property
    def quirks(self) -> CanvasQuirks:
        """The variant of Canvas."""
        return self.canvas.quirks

    def masquerade_as(self, viewer: CanvasViewer) -> Self:
        """Return the same request, made as another user."""
        current_user = self.viewer.user
        return replace(self, viewer=viewer, real_user=None if viewer.user is current_user else current_user)

    # Parameters

    def scalar(self, name: str) -> str | None:
        """Return the last value of a parameter; None if it is absent or empty."""
        values = self._values(name)
        return (values[-1] or None) if values else None

    def has(self, name: str) -> bool:
        """Return whether the parameter is present as a scalar, with any value."""
        return bool(self._values(name))

    def array(self, name: str) -> list[str]:
        """Return the values of `name[]`; a scalar `name` is ignored."""
        return self._values(f"{name}[]")

    def array_or_scalar(self, name: str) -> list[str]:
        """Return the values of `name[]`, or those of `name` if there are none."""
        return self.array(name) or self._values(name)

    def _values(self, key: str) -> list[str]:
        return [value for pair_key, value in self.flat_params if pair_key == key]

    def flag(self, name: str) -> bool | None:
        """Return the boolean value of a parameter; None if it is absent or empty."""
        value = self.scalar(name)
        return None if value is None else is_true(value)

    def timestamp(self, name: str) -> datetime | None:
        """Return an ISO 8601 parameter in UTC; None if it is absent or not valid."""
        return parse_timestamp(self.scalar(name))

    @property
    def includes(self) -> frozenset[str]:
        """The requested includes. If the token allows none, all but `uuid` are dropped."""
        requested = frozenset([*self.array_or_scalar("include"), *self.array_or_scalar("includes")])
        return requested if self.allows_includes else requested & {"uuid"}

    def search_term(self, min_length: int) -> str | None:
        """Return the search term in lower case; None if absent. Raises CanvasError if too short."""
        term = self.scalar("search_term")
        if term is None:
            return None
        if len(term.strip()) < min_length:
            raise errors.search_term_too_short(min_length)
        return term.strip().lower()

    def required_params(self, name: str) -> CanvasParams:
        """Return the parameters below `name`. Raises CanvasError if there are none."""
        params = self.params.nested(name)
        if not params:
            raise errors.missing_parameter(name)
        return params

    def unpaginated(self, rows: list[Json]) -> ObjectResponse:
        """Return a list without pages; its rows count for the rate limit."""
        self.state["rows"] = len(rows)
        return ObjectResponse(rows)

    # Errors

    def forbidden(self) -> errors.CanvasError:
        """Return the error for a caller who lacks a permission."""
        return errors.forbidden(self.quirks)

    def not_found(self) -> errors.CanvasError:
        """Return the error for an object that does not exist or is not visible."""
        return errors.not_found(self.quirks)

    def require(self, is_allowed: bool) -> None:
        """Raise CanvasError (403 or 401) unless the caller has the permission."""
        if not is_allowed:
            raise self.forbidden()

    # Records. `find_*` return None if the reference names no visible record; the others read the
    # reference from the path and raise CanvasError.

    def account(self, name: str = "account_id") -> Account:
        """Return the account of the path. Raises CanvasError if it does not exist."""
        return self._found(self.find_account(self.path_params[name]))

    def managed_account(self) -> Account:
        """Return the account of the path. Raises CanvasError if the caller is no admin of it."""
        account = self.account()
        self.require(self.viewer.administers(account.id))
        return account

    def find_account(self, reference: str) -> Account | None:
        """Return an account by id or SIS id; `self` and `default` name the root account."""
        if reference.strip() in ("self", "default"):
            return self.school.root
        return self._find(Account, self.school.accounts, reference)

    def find_course(self, reference: str) -> Course | None:
        """Return a course by id or SIS id, also a deleted one."""
        return ids.find_record(self.school, Course, self.school.courses, reference, self.quirks)

    def course(self, name: str = "course_id") -> Course:
        """Return the course of the path. Raises CanvasError if it is missing or not readable."""
        course = self.find_course(self.path_params[name])
        if course is None or course.state == "deleted":
            raise self.not_found()
        self.require(self.viewer.can_read(course))
        return course

    def find_section(self, reference: str) -> Section | None:
        """Return a section by id or SIS id."""
        return self._find(Section, self.school.sections, reference)

    def section(self, name: str = "section_id") -> tuple[Section, Course]:
        """Return the section of the path and its course.

        Raises CanvasError if either is missing, or if the course is not readable.
        """
        section = self._found(self.find_section(self.path_params[name]))
        course = self.school.courses[section.course_id]
        if course.state == "deleted":
            raise self.not_found()
        self.require(self.viewer.can_read(course))
        return section, course

    def enrollment(self) -> Enrollment:
        """Return the enrollment of the path's `id`, which must be a number, in any state."""
        reference = self.path_params["id"]
        return self._found(self.school.enrollments.get(int(reference)) if reference.isdecimal() else None)

    def find_user(self, reference: str) -> User | None:
        """Return a user by id, SIS id or login; `self` names the caller."""
        if reference.strip() == "self":
            return self.viewer.user
        return self._find(User, self.school.users, reference)

    def user(self, name: str = "user_id") -> User:
        """Return the user of the path. Raises CanvasError if there is none."""
        return self._found(self.find_user(self.path_params[name]))

    def find_term(self, reference: str) -> Term | None:
        """Return a term by id or SIS id, also a deleted one, or by `default` or `current`."""
        terms = self.school.terms
        active = [term for term in terms.values() if term.state == "active"]
        if reference == "default":
            return next((term for term in active if term.is_default), None)
        if reference == "current":
            now = self.school.now
            for term in active:
                if term.start_at and term.end_at and term.start_at <= now <= term.end_at:
                    return term
            return None
        return ids.find_record(self.school, Term, terms, reference, self.quirks)

    def _find(self, kind: type[ids.R], table: dict[int, ids.R], reference: str) -> ids.R | None:
        record = ids.find_record(self.school, kind, table, reference, self.quirks)
        return None if record is None or record.state == "deleted" else record

    def _found(self, record: T | None) -> T:
        if record is None:
            raise self.not_found()
        return record


def split_ids(values: Sequence[str]) -> list[str]:
    """Return the ids of an array, or of one string that joins them with commas."""
    return [part for value in values for part in re.split(r"\s*,\s*", value.strip()) if part]
