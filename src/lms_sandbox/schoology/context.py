"""What answers one request: who looks, at which school, from which address; and how it is told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from lms_sandbox.data.models import Enrollment, Section, User
from lms_sandbox.data.school import School
from lms_sandbox.schoology.oauth import Rights
from lms_sandbox.schoology.quirks import SchoologyQuirks

Json = Any
Params = Mapping[str, str]

DEFAULT_LIMIT = 20
MAX_LIMIT = 200
LISTED_STATES = ("active", "invited", "requested", "completed", "archived", "inactive")
"""The enrollment states that Schoology has a number for; the others are gone there."""
ADMIN_ROLES = ("teacher", "ta", "designer")
MEMBER_ROLES = (*ADMIN_ROLES, "student")
"""The roles that are enrollments at Schoology: a parent follows a child, not a section."""


@dataclass(frozen=True, slots=True)
class SchoologyResponse:
    """A reply before it is written. `body` None: nothing is written but `text`."""

    status: int
    body: Json = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class SchoologyError(Exception):
    """A request that is not served: a status, and at most a bare sentence."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(f"{status} {text}".rstrip())
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class SchoologyRequest:
    """One school as one caller sees it.

    `base` is the address that the caller believes it calls: links are told from there. `now` is
    the sandbox's clock in epoch seconds; what is current at the school is told by its own day.
    """

    school: School
    quirks: SchoologyQuirks
    rights: Rights
    user: User
    base: str
    now: float
    clamps: bool = True

    def url(self, *segments: object) -> str:
        return "/".join([self.base, *(str(segment) for segment in segments)])

    def redirect_to(self, *segments: object) -> SchoologyResponse:
        """A 303, with its target in full or by path."""
        target = self.url(*segments)
        if self.quirks.location == "path":
            target = urlsplit(target).path
        return SchoologyResponse(303, headers={"Location": target})

    def require(self, *rights: Rights) -> None:
        """Refuse whoever has none of these rights."""
        if self.rights not in rights:
            raise SchoologyError(403)

    def require_own(self, user_id: int) -> None:
        """Refuse a personal key that asks for anybody else's data (since June 2025)."""
        if self.rights == "personal" and user_id != self.user.id:
            raise SchoologyError(401)

    def not_found(self) -> SchoologyError:
        return SchoologyError(self.quirks.unknown_object)

    def find(self, table: Mapping[int, Any], text: str) -> Any:
        """The record with this id; refused where there is none, or it is deleted."""
        record = table.get(parse_id(text))
        if record is None or getattr(record, "state", "active") == "deleted":
            raise self.not_found()
        return record

    def section_exists(self, section: Section) -> bool:
        """Whether a section and its course are still there."""
        course = self.school.courses[section.course_id]
        return section.state == "active" and course.state != "deleted"

    def sees_section(self, section: Section) -> bool:
        """Whether this caller may read a section at all."""
        if self.rights in {"admin", "staff"}:
            return True
        user_ids = (self.user.id, *(self.user.child_ids if self.rights == "parent" else ()))
        return any(
            enrollment.section_id == section.id and enrollment.state in LISTED_STATES
            for user_id in user_ids
            for enrollment in self.school.enrollments_of_user(user_id)
        )

    def leads_section(self, section: Section, user: User) -> bool:
        """Whether a user is a section's admin."""
        return any(
            enrollment.user_id == user.id
            and enrollment.role in ADMIN_ROLES
            and enrollment.state == "active"
            for enrollment in self.school.enrollments_of_section(section.id)
        )

    def current_terms(self) -> set[int]:
        """The ids of the grading periods that the school's day lies in."""
        now = self.school.now
        return {
            term.id
            for term in self.school.terms.values()
            if term.state == "active"
            and (term.start_at is None or term.start_at <= now)
            and (term.end_at is None or now <= term.end_at)
        }

    def is_active(self, section: Section) -> bool:
        """Whether a section runs in a grading period of today."""
        return not self.current_terms().isdisjoint(grading_periods(self.school, section))

    def current_sections(self, sections: Iterable[Section], params: Params) -> list[Section]:
        """Without the sections of past periods, unless `include_past` is there at all: any value
        switches it on."""
        if "include_past" in params:
            return list(sections)
        current = self.current_terms()
        return [
            section
            for section in sections
            if not current.isdisjoint(grading_periods(self.school, section))
        ]

    def page(
        self,
        name: str,
        items: Sequence[Any],
        serialize: Callable[[Any], Json],
        path: str,
        params: Params,
        *,
        total: Literal["str", "int", "absent"],
    ) -> SchoologyResponse:
        """One page of a list, in the vendor's envelope.

        `start` counts from 0; `limit` is 20 unless given and is cut down to 200 without a word.
        `links.next` is there only where more follows.
        """
        start, limit = max(0, _parse_int(params.get("start"), 0)), self._limit(params)
        rows = items[start : start + limit]
        links = {"self": self.page_url(path, params, start=start, limit=limit)}
        if start + limit < len(items):
            links["next"] = self.page_url(path, params, start=start + limit, limit=limit)
        return self.envelope(name, [serialize(row) for row in rows], links, len(items), total)

    def page_after(
        self,
        name: str,
        items: Sequence[Any],
        serialize: Callable[[Any], Json],
        path: str,
        params: Params,
    ) -> SchoologyResponse:
        """The same by `start_id`: what has a greater id, in the order of ids."""
        start_id, limit = _parse_int(params.get("start_id"), 0), self._limit(params)
        remaining = sorted((row for row in items if row.id > start_id), key=lambda row: row.id)
        rows = remaining[:limit]
        links = {"self": self.page_url(path, params, start_id=start_id, limit=limit)}
        if len(remaining) > limit:
            links["next"] = self.page_url(path, params, start_id=rows[-1].id, limit=limit)
        return self.envelope(name, [serialize(row) for row in rows], links, len(items), "str")

    def _limit(self, params: Params) -> int:
        limit = _parse_int(params.get("limit"), DEFAULT_LIMIT)
        if limit < 1:
            return DEFAULT_LIMIT
        return min(limit, MAX_LIMIT) if self.clamps else limit

    def page_url(self, path: str, params: Params, **position: int) -> str:
        """A link to a list: its filters, and where in it."""
        position_names = {"start", "start_id", "limit"}
        filters = {name: value for name, value in params.items() if name not in position_names}
        return f"{self.base}/{path}?{urlencode({**filters, **position})}"

    def envelope(
        self,
        name: str,
        rows: list[Json],
        links: Mapping[str, str],
        count: int,
        total: Literal["str", "int", "absent"],
    ) -> SchoologyResponse:
        """A list as the vendor wraps it."""
        count += self.quirks.total_drift
        body: dict[str, Json] = {name: rows}
        if total != "absent":
            body["total"] = str(count) if total == "str" else count
        return SchoologyResponse(200, body | {"links": links})


def parse_id(text: str) -> int:
    """An id of a path; -1, which nothing has, where it is not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else -1


def split_list(text: str, max_count: int | None = None) -> list[str]:
    """The values of a comma-separated parameter; what is beyond `at_most` is left out."""
    return [part.strip() for part in text.split(",") if part.strip()][:max_count]


def grading_periods(school: School, section: Section) -> tuple[int, ...]:
    """The ids of the periods that a section runs in: its own, else its course's."""
    return section.term_ids or (school.courses[section.course_id].term_id,)


def listed_enrollments(enrollments: Iterable[Enrollment]) -> list[Enrollment]:
    """The enrollments that exist at Schoology."""
    return [
        enrollment
        for enrollment in enrollments
        if enrollment.state in LISTED_STATES and enrollment.role in MEMBER_ROLES
    ]


def _parse_int(text: str | None, default: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return default
