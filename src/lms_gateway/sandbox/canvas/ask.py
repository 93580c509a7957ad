"""One request as seen by what answers it: who asks, what for, with what; and the answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from lms_gateway.sandbox.canvas import ids
from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.jobs import Jobs
from lms_gateway.sandbox.canvas.office import Office
from lms_gateway.sandbox.canvas.params import Params
from lms_gateway.sandbox.canvas.refusals import Refusal, missing, short_search, unauthorized
from lms_gateway.sandbox.canvas.viewer import Viewer
from lms_gateway.sandbox.records import Account, Course, Section, Term, User
from lms_gateway.sandbox.school import School

Json = Any
T = TypeVar("T")
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})


@dataclass(frozen=True, slots=True)
class One:
    """An answer in one piece."""

    body: Json


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer in pages; only the rows of the page that is sent are told."""

    rows: Sequence[Any]
    tell: Callable[[Any], Json]
    has_last: bool = True  # False: too dear to count, says Canvas, and names no last page
    is_bookmarked: bool = False  # pages have names, not numbers
    keep: Callable[[Any], bool] | None = None  # applied after paging: pages come out short
    path: str | None = None  # what Link headers name, where it is not what was called
    wrapper: str | None = None  # the key of an object that holds the rows
    start_at: int = 0  # the row whose page comes first, where the request names no page
    beside: Mapping[str, Json] = field(default_factory=dict)  # what the wrapper holds, too
    has_plain_ids: bool = False  # written before the header could make strings of its ids


Answer = One | Listing


class Memo:
    """What was worked out of the school, for as long as it does not change."""

    def __init__(self, school: School, keep: int = 512) -> None:
        self._school, self._keep = school, keep
        self._version = school.version
        self._known: dict[Any, Any] = {}

    def get(self, key: Any, work_out: Callable[[], T]) -> T:
        if self._version != self._school.version or len(self._known) > self._keep:
            self._known.clear()
            self._version = self._school.version
        if key not in self._known:
            self._known[key] = work_out()
        found: T = self._known[key]
        return found


@dataclass(frozen=True)
class Ask:
    """A request that was let in. `base` is Canvas's own address, without a slash at its end.

    `query` holds what the address and a form say, flat; `params` holds the same and JSON, grown
    into a tree.
    """

    school: School
    habits: CanvasHabits
    viewer: Viewer
    memo: Memo
    jobs: Jobs
    office: Office
    base: str
    path: str
    ids: Mapping[str, str]  # the address's variables, decoded
    query: Sequence[tuple[str, str]]
    params: Params
    at: float  # when it came, by the sandbox's clock, in seconds
    allows_includes: bool = True
    state: dict[str, Any] = field(default_factory=dict)
    behind: User | None = None  # who really asks, where the viewer is a mask

    def seen_by(self, viewer: Viewer) -> Ask:
        """The same request, made in the name of somebody else."""
        real = self.viewer.user
        return replace(self, viewer=viewer, behind=None if viewer.user is real else real)

    # Parameters

    def one(self, name: str) -> str | None:
        """A scalar; the last one counts. None where it is absent or empty."""
        found = [value for key, value in self.query if key == name]
        return (found[-1] or None) if found else None

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.query)

    def array(self, name: str) -> list[str]:
        """A real array, `name[]=a&name[]=b`: a scalar of the name is not one."""
        return [value for key, value in self.query if key == f"{name}[]"]

    def many(self, name: str) -> list[str]:
        """An array, or a scalar taken for an array of one."""
        return self.array(name) or [value for key, value in self.query if key == name]

    def flag(self, name: str) -> bool | None:
        """True, False, or None where it is absent: the three differ."""
        value = self.one(name)
        return None if value is None else value.lower() in _TRUE

    def moment(self, name: str) -> datetime | None:
        """An ISO 8601 moment in UTC where no offset is given; None where it cannot be read."""
        value = self.one(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=self.school.now.tzinfo)

    @property
    def includes(self) -> frozenset[str]:
        """What is to be included; a key that may include nothing is not told that it did not."""
        asked = frozenset([*self.many("include"), *self.many("includes")])
        return asked if self.allows_includes else asked & {"uuid"}

    def search(self, minimum: int) -> str | None:
        """The search term in small letters. Raises Refusal where it is too short."""
        term = self.one("search_term")
        if term is None:
            return None
        if len(term.strip()) < minimum:
            raise short_search(minimum)
        return term.strip().lower()

    # Records

    def refuse(self) -> Refusal:
        return unauthorized(self.habits)

    def missing(self) -> Refusal:
        return missing(self.habits)

    def account(self, name: str = "account_id") -> Account:
        found = self.find_account(self.ids[name])
        if found is None:
            raise self.missing()
        return found

    def find_account(self, text: str) -> Account | None:
        if text.strip() in ("self", "default"):
            return self.school.root
        found = ids.find(self.school, Account, self.school.accounts, text, self.habits)
        return None if found is None or found.state == "deleted" else found

    def find_course(self, text: str) -> Course | None:
        return ids.find(self.school, Course, self.school.courses, text, self.habits)

    def course(self, name: str = "course_id", *, deleted: bool = False) -> Course:
        """The course that the address names. Raises Refusal where it is not there, or hidden."""
        found = self.find_course(self.ids[name])
        if found is None or (found.state == "deleted" and not deleted):
            raise self.missing()
        if not self.viewer.may_read(found):
            raise self.refuse()
        return found

    def find_section(self, text: str) -> Section | None:
        found = ids.find(self.school, Section, self.school.sections, text, self.habits)
        return None if found is None or found.state == "deleted" else found

    def section(self, name: str = "section_id") -> tuple[Section, Course]:
        """The section that the address names, and its course."""
        found = self.find_section(self.ids[name])
        if found is None:
            raise self.missing()
        course = self.school.courses[found.course_id]
        if course.state == "deleted":
            raise self.missing()
        if not self.viewer.may_read(course):
            raise self.refuse()
        return found, course

    def find_user(self, text: str) -> User | None:
        if text.strip() == "self":
            return self.viewer.user
        found = ids.find(self.school, User, self.school.users, text, self.habits)
        return None if found is None or found.state == "deleted" else found

    def user(self, name: str = "user_id") -> User:
        found = self.find_user(self.ids[name])
        if found is None:
            raise self.missing()
        return found

    def find_term(self, text: str) -> Term | None:
        """A term by any of its ids, or by what it is today; None where there is none."""
        terms = self.school.terms
        active = [term for term in terms.values() if term.state == "active"]
        if text == "default":
            return next((term for term in active if term.is_default), None)
        if text == "current":
            now = self.school.now
            dated = [term for term in active if term.start_at and term.end_at]
            return next((t for t in dated if _around(t.start_at, now, t.end_at)), None)
        return ids.find(self.school, Term, terms, text, self.habits)


def _around(start: datetime | None, now: datetime, end: datetime | None) -> bool:
    return start is not None and end is not None and start <= now <= end


def split_ids(values: Sequence[str]) -> list[str]:
    """Ids from an array, or from one string that joins them with commas."""
    return [part for value in values for part in re.split(r"\s*,\s*", value.strip()) if part]
