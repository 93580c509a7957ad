"""Sources of rows: which keys an endpoint's rows have, and which `include[]` requests more.

The value of `include[]` is not always the key that it adds (`favorites` adds `is_favorite`). It is
not valid on every endpoint, and Canvas ignores it silently if the caller lacks a right or the
developer key does not allow includes. So a source distinguishes two groups of keys:

expected      the key is missing only if the viewer may not see it; the field is then null
best effort   a missing key has no meaning; the field stays unknown and is read another way

Every include costs Canvas work, so only requested fields are included.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Params, Reply
from lms_gateway.vendors.canvas.rows.decoding import TYPED_KINDS, ReplyRows, Row, TypedDecoder
from lms_gateway.vendors.canvas.rows.field_maps import (
    ACCOUNT,
    COURSE,
    ENROLLMENT,
    PROGRESS,
    SECTION,
    TERM,
    USER,
    USER_DISPLAY,
    FieldMap,
)

_MAX_CACHED_REQUESTS = 512
"""Number of row requests that are cached; the queries of a client need a few dozen."""

UNKEYED_FIELDS: Mapping[Kind, frozenset[str]] = {
    **dict.fromkeys((Kind.SECTION, Kind.COURSE), frozenset({"url"})),
    **dict.fromkeys((Kind.ENROLLMENT, Kind.TERM, Kind.ACCOUNT, Kind.PROGRESS), frozenset()),
    Kind.USER: frozenset(USER_DISPLAY.fields - USER.fields),
}
"""Fields that are known from any row, without a key: addresses of Canvas's pages, and the fields
of a user that only a course's list of teachers has, so that no user is read for them."""

SUPPORTED_FIELDS: Mapping[Kind, frozenset[str]] = {
    field_map.kind: frozenset(field_map.fields | UNKEYED_FIELDS[field_map.kind])
    for field_map in (SECTION, COURSE, USER, ENROLLMENT, TERM, ACCOUNT, PROGRESS)
}
"""All fields of each kind that Canvas has."""


@dataclass(frozen=True, slots=True, eq=False)
class RowSource:
    """The rows of one or several endpoints, which have the same keys."""

    field_map: FieldMap
    default_keys: frozenset[str]
    includes: Mapping[str, tuple[str, ...]]  # a key → values of `include[]`
    best_effort_includes: Mapping[str, tuple[str, ...]]
    include_param: str = "include[]"

    @property
    def fields(self) -> frozenset[str]:
        """All fields that rows of this source may have."""
        keys = self.default_keys | self.includes.keys() | self.best_effort_includes.keys()
        return frozenset(name for name, key in self.field_map.key_of.items() if key in keys)

    def can_supply(self, fields: Set[str]) -> bool:
        """Return whether rows of this source have all of these fields, if they are requested."""
        keys = self.default_keys | self.includes.keys()
        return all(self.field_map.key_of.get(name) in keys for name in fields)


@dataclass(frozen=True, eq=False)
class RowRequest:
    """The fields requested of a source, and how to request and decode them."""

    source: RowSource
    fields: frozenset[str] = frozenset()
    params: Params = ()
    expected_keys: frozenset[str] = frozenset()
    best_effort_keys: frozenset[str] = frozenset()
    user_request: "RowRequest | None" = None  # of the user within an enrollment

    @cached_property
    def decoder(self) -> TypedDecoder | None:
        """The decoder of typed rows; None if the rows are read as JSON."""
        field_map = self.source.field_map
        # Only a JSON row shows whether a best-effort key is missing.
        if self.best_effort_keys or field_map is USER_DISPLAY or field_map.kind not in TYPED_KINDS:
            return None
        key_of = field_map.key_of
        return TypedDecoder(
            field_map, [name for name in self.fields if key_of.get(name) in self.expected_keys]
        )

    def decode_list(self, reply: Reply) -> tuple[ReplyRows, Callable[[], list[Any]]] | None:
        """Return the rows of a list and their ids; None if they are read as JSON."""
        rows = None if self.decoder is None else self.decoder.decode_list(reply)
        return None if rows is None else (rows, rows.raw_ids)

    @cached_property
    def known_fields(self) -> frozenset[str]:
        """The fields that are known after a row was read, even if the row does not have them."""
        return self.known_fields_for(self.expected_keys)

    def known_fields_for(self, expected_keys: Set[str]) -> frozenset[str]:
        """Return the fields that are known after a row was read that has these keys."""
        field_map = self.source.field_map
        keyed_fields = [name for name, key in field_map.key_of.items() if key in expected_keys]
        return UNKEYED_FIELDS[field_map.kind].union(keyed_fields)

    def expected_keys_in(self, rows: Sequence[Row]) -> Set[str]:
        """Return the keys that are missing only if the viewer may not see them.

        A best-effort key is one of them if any row has it: Canvas did not ignore the include.
        """
        supplied_keys = {key for key in self.best_effort_keys if any(key in row for row in rows)}
        return self.expected_keys | supplied_keys if supplied_keys else self.expected_keys


def build_row_request(source: RowSource, fields: Set[str] = frozenset(), *keys: str) -> RowRequest:
    """Return the request of these fields, and of keys that are objects with an identity.

    A field that the source does not have stays unknown. Equal arguments return the same request,
    so that its decoder is built once.
    """
    return _build_row_request(source, frozenset(fields), keys)


@lru_cache(_MAX_CACHED_REQUESTS)
def _build_row_request(source: RowSource, fields: frozenset[str], keys: tuple[str, ...]) -> RowRequest:
    requested_keys = {source.field_map.key_of[name] for name in fields & source.field_map.fields}
    requested_keys.update(keys)
    included_keys = sorted(requested_keys & source.includes.keys())
    best_effort_keys = sorted(requested_keys & source.best_effort_includes.keys())
    values = [value for key in included_keys for value in source.includes[key]]
    values += [value for key in best_effort_keys for value in source.best_effort_includes[key]]
    return RowRequest(
        source,
        fields,
        params=tuple((source.include_param, value) for value in dict.fromkeys(values)),
        expected_keys=source.default_keys.union(included_keys),
        best_effort_keys=frozenset(best_effort_keys),
    )


def build_enrollment_request(
    fields: Set[str] = frozenset(), user_fields: Set[str] = frozenset()
) -> RowRequest:
    """Return the request of enrollments, with these fields of the user within each."""
    return _build_enrollment_request(frozenset(fields), frozenset(user_fields))


@lru_cache(_MAX_CACHED_REQUESTS)
def _build_enrollment_request(fields: frozenset[str], user_fields: frozenset[str]) -> RowRequest:
    row_request = build_row_request(ENROLLMENT_ROW, fields)
    user_request = build_row_request(ENROLLED_USER, user_fields)
    params = (*row_request.params, *user_request.params)
    return replace(row_request, params=params, user_request=user_request)


def child_fields(projection: Projection, child: str) -> Set[str]:
    """Return the fields requested of a nested object; empty if it is not requested."""
    child_projection = projection.children.get(child)
    return frozenset() if child_projection is None else child_projection.fields


def course_keys(source: RowSource, children: Mapping[str, Projection]) -> tuple[str, ...]:
    """Return the keys of objects nested in a course's row that have all requested fields."""
    if not children:
        return ()
    keys = []
    term, account, teachers = (children.get(name) for name in ("term", "account", "teachers"))
    if term is not None and term.fields:
        keys.append("term")
    if account is not None and account.fields and BRIEF_ACCOUNT.can_supply(account.fields):
        keys.append("account")
    if teachers is not None and TEACHER.can_supply(teachers.fields):
        keys.append("teachers")
    return tuple(key for key in keys if key in source.includes)


def _source(field_map: FieldMap, letter: str, include_param: str = "include[]") -> RowSource:
    """Return the source with this letter in the catalog."""

    def includes(mark: str) -> dict[str, tuple[str, ...]]:
        return {key.name: key.includes for key in field_map.keys if key.marks[letter] == mark}

    return RowSource(field_map, frozenset(includes("+")), includes("i"), includes("?"), include_param)


SECTION_ROW = _source(SECTION, "r")

USER_COURSES = _source(COURSE, "u")
COURSE_SHOW = _source(COURSE, "s")
ACCOUNT_COURSES = _source(COURSE, "a")

USER_SHOW = _source(USER, "s")
USER_PROFILE = _source(USER, "p")
COURSE_ROSTER = _source(USER, "r")
COURSE_USER = _source(USER, "c")
RECENT_STUDENTS = _source(USER, "t")
SHARE_USERS = _source(USER, "h")
SECTION_USERS = _source(USER, "u")
ACCOUNT_USERS = _source(USER, "a")
ENROLLED_USER = _source(USER, "e")
TEACHER = _source(USER_DISPLAY, "t")

ENROLLMENT_ROW = _source(ENROLLMENT, "r")
TERM_ROW = _source(TERM, "r")

ACCOUNT_SHOW = _source(ACCOUNT, "s", "includes[]")
ACCOUNT_LIST = _source(ACCOUNT, "l")
SUB_ACCOUNTS = _source(ACCOUNT, "u")
BRIEF_ACCOUNT = _source(ACCOUNT, "b")

PROGRESS_ROW = _source(PROGRESS, "r")
