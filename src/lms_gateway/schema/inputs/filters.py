"""Filters: what clients send to narrow a list."""

from typing import Any

import strawberry

from lms_gateway.domain import loads
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.models import CourseState, EnrollmentState, Role
from lms_gateway.domain.record import Kind
from lms_gateway.schema.context import MAX_ROWS, Context, unset_to_none
from lms_gateway.schema.inputs.filters_canvas import (
    CanvasCoursesFilter,
    CanvasMembersFilter,
    CanvasUserCoursesFilter,
    filter_field,
)
from lms_gateway.schema.inputs.references import key_from_global_id, validate_text


@strawberry.input(description="Which of the tenant's courses; what is left out does not narrow.")
class CoursesFilter:
    search: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name, code or SIS id (Canvas only)."
    )
    states: list[CourseState] | None = strawberry.field(
        default=strawberry.UNSET, description="In one of these states (Canvas only)."
    )
    term: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="In this term: a Term's `id` (Canvas only)."
    )
    teachers: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Taught by one of these: Users' `id`s (Canvas only)."
    )
    canvas: CanvasCoursesFilter | None = filter_field("What only Canvas can do.")

    def to_domain(self, context: Context, source: object) -> loads.CourseFilter:
        """The filter in the domain's words. Raises BadInput, TenantForbidden for a foreign id."""
        return loads.CourseFilter(
            search=_validated_text("search", self.search),
            states=_distinct("states", self.states),
            term_id=_optional_key(context, source, Kind.TERM, self.term),
            teacher_ids=_keys("teachers", context, source, self.teachers),
            canvas=self.canvas.to_arguments(context, source) if self.canvas else (),
        )


@strawberry.input(description="Which of the tenant's users; what is left out does not narrow.")
class UsersFilter:
    search: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name, or a whole id (Canvas only)."
    )
    roles: list[Role] | None = strawberry.field(
        default=strawberry.UNSET, description="Holding one of these roles somewhere."
    )
    states: list[EnrollmentState] | None = strawberry.field(
        default=strawberry.UNSET, description="With an enrollment in one of these states."
    )

    def to_domain(self) -> loads.UserFilter:
        """The filter in the domain's words. Raises BadInput."""
        return loads.UserFilter(
            search=_validated_text("search", self.search),
            roles=_distinct("roles", self.roles),
            states=_distinct("states", self.states),
        )


@strawberry.input(description="Which members; without `states`, those active or invited.")
class MembersFilter:
    search: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name, or a whole id (Canvas only)."
    )
    roles: list[Role] | None = strawberry.field(
        default=strawberry.UNSET,
        description="In one of these roles; Schoology tells only teachers and students apart.",
    )
    states: list[EnrollmentState] | None = strawberry.field(
        default=strawberry.UNSET, description="Enrolled in one of these states."
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Only these users: Users' `id`s, at most 500."
    )
    canvas: CanvasMembersFilter | None = filter_field("What only Canvas can do.")

    def to_domain(self, context: Context, source: object) -> loads.MemberFilter:
        """The filter in the domain's words. Raises BadInput, TenantForbidden for a foreign id."""
        return loads.MemberFilter(
            search=_validated_text("search", self.search),
            roles=_distinct("roles", self.roles),
            states=_distinct("states", self.states),
            ids=_keys("ids", context, source, self.ids),
            canvas=self.canvas.to_arguments(context, source) if self.canvas else (),
        )


@strawberry.input(description="Which of a user's courses; what is left out does not narrow.")
class UserCoursesFilter:
    states: list[CourseState] | None = filter_field("In one of these states (Canvas only).")
    canvas: CanvasUserCoursesFilter | None = filter_field("What only Canvas can do.")

    def to_domain(self, context: Context, source: object) -> loads.CourseFilter:
        """The filter in the domain's words. Raises BadInput, TenantForbidden for a foreign id."""
        return loads.CourseFilter(
            states=_distinct("states", self.states),
            canvas=self.canvas.to_arguments(context, source) if self.canvas else (),
        )


def _keys(name: str, context: Context, source: object, ids: Any) -> tuple[str, ...] | None:
    """The keys of the users that a filter names."""
    ids = _distinct(name, ids)
    if ids is not None and len(ids) > MAX_ROWS:
        raise BadInput(f"filter.{name}: at most {MAX_ROWS} at a time")
    return ids and tuple(key_from_global_id(context, source, Kind.USER, id) for id in ids)


def _optional_key(context: Context, source: object, kind: Kind, id: Any) -> str | None:
    return None if unset_to_none(id) is None else key_from_global_id(context, source, kind, id)


def _validated_text(name: str, value: Any) -> str | None:
    text: str | None = unset_to_none(value)
    if text is not None:
        validate_text(f"filter.{name}", text)
    return text


def _distinct(name: str, values: Any) -> Any:
    """The distinct values in a fixed order, so that equal filters are equal asks."""
    if unset_to_none(values) is None:
        return None
    if not values:
        raise BadInput(f"filter.{name}: leave it out rather than empty")
    return tuple(sorted(set(values)))
