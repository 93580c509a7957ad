"""The request that a handler receives, and the response that it returns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from lms_sandbox.data.models import Section, User
from lms_sandbox.data.school import School
from lms_sandbox.schoology.oauth import Rights
from lms_sandbox.schoology.params import parse_id
from lms_sandbox.schoology.quirks import SchoologyQuirks
from lms_sandbox.schoology.roles import ADMIN_ROLES, LISTED_STATES

Json = Any
Row = dict[str, Json]
TotalType = Literal["str", "int", "absent"]
Serialize = Callable[["SchoologyRequest", Any], Json]
"""Returns a record in the JSON format of one endpoint."""

DEFAULT_LIMIT = 20
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class SchoologyResponse:
    """A response before it is encoded. If `body` is None, the content is `text`."""

    status: int
    body: Json = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class SchoologyError(Exception):
    """An error response: a status, and at most one sentence as its content."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(f"{status} {text}".rstrip())
        self.status, self.text = status, text


@dataclass(frozen=True, slots=True)
class SchoologyRequest:
    """An authenticated request: the caller, the caller's rights and the school.

    Links begin with `base`, the base URL that the caller signed. `now` is the simulator's clock, in
    epoch seconds; which grading periods are current depends on the day of the school. Of a repeated
    parameter, `params` has the last value, as in PHP. `clamps_limit` is False in a multiget whose
    rows may exceed the maximum page size.
    """

    school: School
    quirks: SchoologyQuirks
    rights: Rights
    user: User
    base: str
    now: float
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    clamps_limit: bool = True

    @property
    def picture_size(self) -> str:
        return self.params.get("picture_size", "")

    def url(self, *segments: object) -> str:
        return "/".join([self.base, *(str(segment) for segment in segments)])

    def redirect_to(self, *segments: object) -> SchoologyResponse:
        """Return a 303 whose Location is a URL or, with the quirk `location`, a path."""
        target = self.url(*segments)
        if self.quirks.location == "path":
            target = urlsplit(target).path
        return SchoologyResponse(303, headers={"Location": target})

    def require(self, *rights: Rights) -> None:
        """Raise SchoologyError if the caller has none of these rights."""
        if self.rights not in rights:
            raise SchoologyError(403)

    def require_own(self, user_id: int) -> None:
        """Raise SchoologyError if a personal key reads another user's data (since June 2025)."""
        if self.rights == "personal" and user_id != self.user.id:
            raise SchoologyError(401)

    def not_found(self) -> SchoologyError:
        return SchoologyError(self.quirks.unknown_object)

    def find(self, table: Mapping[int, Any], text: str) -> Any:
        """Return the record with this id. Raises SchoologyError if there is none."""
        record = table.get(parse_id(text))
        if record is None or getattr(record, "state", "active") == "deleted":
            raise self.not_found()
        return record

    def section_exists(self, section: Section) -> bool:
        """Return whether neither the section nor its course is deleted."""
        course = self.school.courses[section.course_id]
        return section.state == "active" and course.state != "deleted"

    def sees_section(self, section: Section) -> bool:
        """Return whether the caller may read a section."""
        if self.rights in {"admin", "staff"}:
            return True
        user_ids = {self.user.id, *(self.user.child_ids if self.rights == "parent" else ())}
        return any(
            enrollment.user_id in user_ids and enrollment.state in LISTED_STATES
            for enrollment in self.school.enrollments_of_section(section.id)
        )

    def leads_section(self, section: Section, user: User) -> bool:
        """Return whether a user is an admin of a section."""
        return any(
            enrollment.user_id == user.id and enrollment.role in ADMIN_ROLES and enrollment.state == "active"
            for enrollment in self.school.enrollments_of_section(section.id)
        )

    def current_terms(self) -> set[int]:
        """Return the ids of the grading periods that contain the day of the school."""
        now = self.school.now
        return {
            term.id
            for term in self.school.terms.values()
            if term.state == "active"
            and (term.start_at is None or term.start_at <= now)
            and (term.end_at is None or now <= term.end_at)
        }

    def grading_periods(self, section: Section) -> tuple[int, ...]:
        """Return the ids of a section's grading periods; without any, that of its course."""
        return section.term_ids or (self.school.courses[section.course_id].term_id,)

    def is_active(self, section: Section) -> bool:
        """Return whether a section belongs to a current grading period."""
        return not self.current_terms().isdisjoint(self.grading_periods(section))

    def current_sections(self, sections: Iterable[Section]) -> list[Section]:
        """Return the sections of current periods; all if `include_past` is sent, with any value."""
        include_past = "include_past" in self.params
        return [section for section in sections if include_past or self.is_active(section)]

    def page(
        self, name: str, items: Sequence[Any], serialize: Serialize, path: str, *, total: TotalType
    ) -> SchoologyResponse:
        """Return one page of a list, in the vendor's envelope.

        `start` counts from 0. `limit` is 20 by default and at most 200; a higher one is reduced.
        `links.next` exists only if more items follow.
        """
        # With 45 items and a limit of 20:
        #
        #   start   items     links.next
        #   0       0 - 19    start=20
        #   20      20 - 39   start=40
        #   40      40 - 44   absent
        #   60      none      absent
        start, limit = max(0, _parse_int(self.params.get("start"), 0)), self._limit()
        rows = items[start : start + limit]
        links = {"self": self.page_url(path, start=start, limit=limit)}
        if start + limit < len(items):
            links["next"] = self.page_url(path, start=start + limit, limit=limit)
        return self.envelope(name, [serialize(self, row) for row in rows], links, len(items), total)

    def page_after(
        self, name: str, items: Sequence[Any], serialize: Serialize, path: str
    ) -> SchoologyResponse:
        """Return one page of a list by `start_id`: the items with greater ids, sorted by id."""
        start_id, limit = _parse_int(self.params.get("start_id"), 0), self._limit()
        remaining = sorted((row for row in items if row.id > start_id), key=lambda row: row.id)
        rows = remaining[:limit]
        links = {"self": self.page_url(path, start_id=start_id, limit=limit)}
        if len(remaining) > limit:
            links["next"] = self.page_url(path, start_id=rows[-1].id, limit=limit)
        return self.envelope(name, [serialize(self, row) for row in rows], links, len(items), "str")

    def _limit(self) -> int:
        limit = _parse_int(self.params.get("limit"), DEFAULT_LIMIT)
        if limit < 1:
            return DEFAULT_LIMIT
        return min(limit, MAX_LIMIT) if self.clamps_limit else limit

    def page_url(self, path: str, **position: int) -> str:
        """Return the URL of a page: the filters of the request and the position."""
        position_names = {"start", "start_id", "limit"}
        filters = {name: value for name, value in self.params.items() if name not in position_names}
        return f"{self.base}/{path}?{urlencode({**filters, **position})}"

    def envelope(
        self, name: str, rows: list[Json], links: Mapping[str, str], count: int, total: TotalType
    ) -> SchoologyResponse:
        """Return a list in the vendor's envelope. `total` selects the type of its total."""
        count += self.quirks.total_drift
        body: dict[str, Json] = {name: rows}
        if total != "absent":
            body["total"] = str(count) if total == "str" else count
        return SchoologyResponse(200, body | {"links": links})


def _parse_int(text: str | None, default: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return default
