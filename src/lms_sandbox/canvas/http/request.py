"""One request as seen by what answers it: who asks, what for, with what; and the answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from lms_sandbox.canvas.http import ids
from lms_sandbox.canvas.http.errors import CanvasError, forbidden, not_found, search_term_too_short
from lms_sandbox.canvas.http.params import CanvasParams
from lms_sandbox.canvas.http.permissions import CanvasViewer
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.canvas_state import CanvasState
from lms_sandbox.canvas.state.jobs import JobQueue
from lms_sandbox.data.models import Account, Course, Section, Term, User
from lms_sandbox.data.school import School

Json = Any
T = TypeVar("T")
_TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})


@dataclass(frozen=True, slots=True)
class ObjectResponse:
    """An answer in one piece."""

    body: Json


@dataclass(frozen=True, slots=True)
class ListResponse:
    """An answer in pages; only the rows of the page that is sent are told."""

    rows: Sequence[Any]
    serialize: Callable[[Any], Json]
    has_last: bool = True  # False: too dear to count, says Canvas, and names no last page
    is_bookmarked: bool = False  # pages have names, not numbers
    row_filter: Callable[[Any], bool] | None = None  # applied after paging: pages come out short
    link_path: str | None = None  # what Link headers name, where it is not what was called
    wrapper_key: str | None = None  # the key of an object that holds the rows
    first_row: int = 0  # the row whose page comes first, where the request names no page
    extra_keys: Mapping[str, Json] = field(default_factory=dict)  # what the wrapper holds, too
    keeps_integer_ids: bool = False  # written before the header could make strings of its ids


CanvasResponse = ObjectResponse | ListResponse


class VersionedCache:
    """What was worked out of the school, for as long as it does not change."""

    def __init__(self, school: School, max_entries: int = 512) -> None:
        self._school, self._max_entries = school, max_entries
        self._version = school.version
        self._entries: dict[Any, Any] = {}

    def get(self, key: Any, compute: Callable[[], T]) -> T:
        if self._version != self._school.version or len(self._entries) > self._max_entries:
            self._entries.clear()
            self._version = self._school.version
        if key not in self._entries:
            self._entries[key] = compute()
        value: T = self._entries[key]
        return value


@dataclass(frozen=True)
class CanvasRequest:
    """A request that was let in. `base` is Canvas's own address, without a slash at its end.

    `query` holds what the address and a form say, flat; `params` holds the same and JSON, grown
    into a tree.
    """

    school: School
    quirks: CanvasQuirks
    viewer: CanvasViewer
    cache: VersionedCache
    jobs: JobQueue
    canvas_state: CanvasState
    base_url: str
    path: str
    path_params: Mapping[str, str]  # the address's variables, decoded
    flat_params: Sequence[tuple[str, str]]
    params: CanvasParams
    clock_time: float  # when it came, by the sandbox's clock, in seconds
    allows_includes: bool = True
    state: dict[str, Any] = field(default_factory=dict)
    real_user: User | None = None  # who really asks, where the viewer is a mask

    def masquerade_as(self, viewer: CanvasViewer) -> CanvasRequest:
        """The same request, made in the name of somebody else."""
        current_user = self.viewer.user
        return replace(
            self, viewer=viewer, real_user=None if viewer.user is current_user else current_user
        )

    # Parameters

    def scalar(self, name: str) -> str | None:
        """A scalar; the last one counts. None where it is absent or empty."""
        values = [value for key, value in self.flat_params if key == name]
        return (values[-1] or None) if values else None

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.flat_params)

    def array(self, name: str) -> list[str]:
        """A real array, `name[]=a&name[]=b`: a scalar of the name is not one."""
        return [value for key, value in self.flat_params if key == f"{name}[]"]

    def array_or_scalar(self, name: str) -> list[str]:
        """An array, or a scalar taken for an array of one."""
        return self.array(name) or [value for key, value in self.flat_params if key == name]

    def flag(self, name: str) -> bool | None:
        """True, False, or None where it is absent: the three differ."""
        value = self.scalar(name)
        return None if value is None else value.lower() in _TRUE_WORDS

    def timestamp(self, name: str) -> datetime | None:
        """An ISO 8601 moment in UTC where no offset is given; None where it cannot be read."""
        value = self.scalar(name)
        if value is None:
            return None
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=self.school.now.tzinfo)

    @property
    def includes(self) -> frozenset[str]:
        """What is to be included; a key that may include nothing is not told that it did not."""
        requested = frozenset([*self.array_or_scalar("include"), *self.array_or_scalar("includes")])
        return requested if self.allows_includes else requested & {"uuid"}

    def search_term(self, min_length: int) -> str | None:
        """The search term in small letters. Raises Refusal where it is too short."""
        term = self.scalar("search_term")
        if term is None:
            return None
        if len(term.strip()) < min_length:
            raise search_term_too_short(min_length)
        return term.strip().lower()

    # Records

    def forbidden(self) -> CanvasError:
        return forbidden(self.quirks)

    def not_found(self) -> CanvasError:
        return not_found(self.quirks)

    def account(self, name: str = "account_id") -> Account:
        account = self.find_account(self.path_params[name])
        if account is None:
            raise self.not_found()
        return account

    def find_account(self, reference: str) -> Account | None:
        if reference.strip() in ("self", "default"):
            return self.school.root
        account = ids.find_record(
            self.school, Account, self.school.accounts, reference, self.quirks
        )
        return None if account is None or account.state == "deleted" else account

    def find_course(self, reference: str) -> Course | None:
        return ids.find_record(self.school, Course, self.school.courses, reference, self.quirks)

    def course(self, name: str = "course_id", *, deleted: bool = False) -> Course:
        """The course that the address names. Raises Refusal where it is not there, or hidden."""
        course = self.find_course(self.path_params[name])
        if course is None or (course.state == "deleted" and not deleted):
            raise self.not_found()
        if not self.viewer.can_read(course):
            raise self.forbidden()
        return course

    def find_section(self, reference: str) -> Section | None:
        section = ids.find_record(
            self.school, Section, self.school.sections, reference, self.quirks
        )
        return None if section is None or section.state == "deleted" else section

    def section(self, name: str = "section_id") -> tuple[Section, Course]:
        """The section that the address names, and its course."""
        section = self.find_section(self.path_params[name])
        if section is None:
            raise self.not_found()
        course = self.school.courses[section.course_id]
        if course.state == "deleted":
            raise self.not_found()
        if not self.viewer.can_read(course):
            raise self.forbidden()
        return section, course

    def find_user(self, reference: str) -> User | None:
        if reference.strip() == "self":
            return self.viewer.user
        user = ids.find_record(self.school, User, self.school.users, reference, self.quirks)
        return None if user is None or user.state == "deleted" else user

    def user(self, name: str = "user_id") -> User:
        user = self.find_user(self.path_params[name])
        if user is None:
            raise self.not_found()
        return user

    def find_term(self, reference: str) -> Term | None:
        """A term by any of its ids, or by what it is today; None where there is none."""
        terms = self.school.terms
        active = [term for term in terms.values() if term.state == "active"]
        if reference == "default":
            return next((term for term in active if term.is_default), None)
        if reference == "current":
            now = self.school.now
            dated_terms = [term for term in active if term.start_at and term.end_at]
            return next(
                (
                    dated_term
                    for dated_term in dated_terms
                    if _is_within(dated_term.start_at, now, dated_term.end_at)
                ),
                None,
            )
        return ids.find_record(self.school, Term, terms, reference, self.quirks)


def _is_within(start: datetime | None, now: datetime, end: datetime | None) -> bool:
    return start is not None and end is not None and start <= now <= end


def split_ids(values: Sequence[str]) -> list[str]:
    """Ids from an array, or from one string that joins them with commas."""
    return [part for value in values for part in re.split(r"\s*,\s*", value.strip()) if part]
