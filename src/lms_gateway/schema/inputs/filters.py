"""Filters of lists."""

from typing import Annotated, Any, TypeVar

import strawberry

from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.loads import CourseFilter, MemberFilter, UserFilter
from lms_gateway.domain.models import CourseState, EnrollmentState, Role
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import MAX_ROWS, Context, unset_to_none
from lms_gateway.schema.inputs.fields import optional
from lms_gateway.schema.inputs.filters_canvas import (
    CanvasCoursesFilter,
    CanvasMembersFilter,
    CanvasUserCoursesFilter,
)
from lms_gateway.schema.inputs.references import key_from_global_id, validate_text

T = TypeVar("T")

FilterOf = Annotated[T | None, strawberry.argument(description="Restricts the list; all items if omitted.")]
"""The type of a field's argument `filter`."""

_CANVAS = "Filters and order that only Canvas supports."


@strawberry.input(description="Restricts a list of courses; omitted fields do not restrict it.")
class CoursesFilter:
    search: str | None = optional("Part of the name, code or SIS id (Canvas only).")
    states: list[CourseState] | None = optional("Courses in one of these states (Canvas only).")
    term: strawberry.ID | None = optional("Courses in this term: the `id` of a Term (Canvas only).")
    teachers: list[strawberry.ID] | None = optional(
        "Courses taught by one of these users: `id`s of Users (Canvas only)."
    )
    canvas: CanvasCoursesFilter | None = optional(_CANVAS)

    def to_domain(self, context: Context, source: object) -> CourseFilter:
        """Return the domain's filter. Raises BadInput, TenantForbidden for a foreign id."""
        return CourseFilter(
            search=_validated_text("search", self.search),
            states=_distinct("states", self.states),
            term_id=_optional_key(context, source, Kind.TERM, self.term),
            teacher_ids=_keys("teachers", context, source, self.teachers),
            canvas=self.canvas.to_arguments(context, source) if self.canvas else (),
        )


@strawberry.input(description="Restricts a list of users; omitted fields do not restrict it.")
class UsersFilter:
    search: str | None = optional("Part of the name, or a complete id (Canvas only).")
    roles: list[Role] | None = optional("Users with one of these roles in any course.")
    states: list[EnrollmentState] | None = optional("Users with one of these enrollment states.")

    def to_domain(self, context: Context, source: object) -> UserFilter:
        """Return the domain's filter. Raises BadInput."""
        return UserFilter(
            search=_validated_text("search", self.search),
            roles=_distinct("roles", self.roles),
            states=_distinct("states", self.states),
        )


@strawberry.input(
    description="Restricts a list of members. Without `states`, the active and invited members."
)
class MembersFilter:
    search: str | None = optional("Part of the name, or a complete id (Canvas only).")
    roles: list[Role] | None = optional(
        "Members with one of these roles. Schoology supports only TEACHER and STUDENT."
    )
    states: list[EnrollmentState] | None = optional("Members with one of these states.")
    ids: list[strawberry.ID] | None = optional("These users: `id`s of Users, at most 500.")
    canvas: CanvasMembersFilter | None = optional(_CANVAS)

    def to_domain(self, context: Context, source: object) -> MemberFilter:
        """Return the domain's filter. Raises BadInput, TenantForbidden for a foreign id."""
        return MemberFilter(
            search=_validated_text("search", self.search),
            roles=_distinct("roles", self.roles),
            states=_distinct("states", self.states),
            ids=_keys("ids", context, source, self.ids),
            canvas=self.canvas.to_arguments(context, source) if self.canvas else (),
        )


@strawberry.input(description="Restricts a user's courses; omitted fields do not restrict them.")
class UserCoursesFilter:
    states: list[CourseState] | None = optional("Courses in one of these states (Canvas only).")
    canvas: CanvasUserCoursesFilter | None = optional(_CANVAS)

    def to_domain(self, context: Context, source: object) -> CourseFilter:
        """Return the domain's filter. Raises BadInput, TenantForbidden for a foreign id."""
        return CourseFilter(
            states=_distinct("states", self.states),
            canvas=self.canvas.to_arguments(context, source) if self.canvas else (),
        )


def _keys(name: str, context: Context, source: object, ids: Any) -> tuple[str, ...] | None:
    """Return the keys of the users whose global ids a filter contains."""
    ids = _distinct(name, ids)
    if ids is not None and len(ids) > MAX_ROWS:
        raise BadInput(f"filter.{name}: must not contain more than {MAX_ROWS} ids")
    return ids and tuple(key_from_global_id(context, source, Kind.USER, id) for id in ids)


def _optional_key(context: Context, source: object, kind: Kind, id: Any) -> str | None:
    return None if unset_to_none(id) is None else key_from_global_id(context, source, kind, id)


def _validated_text(name: str, value: Any) -> str | None:
    text: str | None = unset_to_none(value)
    if text is not None:
        validate_text(f"filter.{name}", text)
    return text


def _distinct(name: str, values: Any) -> Any:
    """Return the distinct values in a fixed order, so that equal filters are equal loads."""
    if unset_to_none(values) is None:
        return None
    if not values:
        raise BadInput(f"filter.{name}: must not be empty; omit the filter instead")
    return tuple(sorted(set(values)))
