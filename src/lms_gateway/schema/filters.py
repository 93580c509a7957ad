"""Filters: what clients send to narrow a list."""

from typing import Any

import strawberry

from lms_gateway.domain import asks
from lms_gateway.domain.errors import BadInput
from lms_gateway.domain.records import Kind
from lms_gateway.schema.canvas_filters import (
    CanvasCoursesFilter,
    CanvasMembersFilter,
    CanvasUserCoursesFilter,
    choice,
)
from lms_gateway.schema.context import MOST_ROWS, Context, given
from lms_gateway.schema.enums import CourseState, EnrollmentState, Role
from lms_gateway.schema.references import check_text, key_of


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
    canvas: CanvasCoursesFilter | None = choice("What only Canvas can do.")

    def narrow(self, context: Context, source: object) -> asks.CourseFilter:
        """The filter in the domain's words. Raises BadInput, TenantForbidden for a foreign id."""
        return asks.CourseFilter(
            search=_text("search", self.search),
            states=_several("states", self.states),
            term_id=_one_key(context, source, Kind.TERM, self.term),
            teacher_ids=_keys("teachers", context, source, self.teachers),
            canvas=self.canvas.narrow(context, source) if self.canvas else (),
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

    def narrow(self) -> asks.UserFilter:
        """The filter in the domain's words. Raises BadInput."""
        return asks.UserFilter(
            search=_text("search", self.search),
            roles=_several("roles", self.roles),
            states=_several("states", self.states),
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
    canvas: CanvasMembersFilter | None = choice("What only Canvas can do.")

    def narrow(self, context: Context, source: object) -> asks.MemberFilter:
        """The filter in the domain's words. Raises BadInput, TenantForbidden for a foreign id."""
        return asks.MemberFilter(
            search=_text("search", self.search),
            roles=_several("roles", self.roles),
            states=_several("states", self.states),
            ids=_keys("ids", context, source, self.ids),
            canvas=self.canvas.narrow(context, source) if self.canvas else (),
        )


@strawberry.input(description="Which of a user's courses; what is left out does not narrow.")
class UserCoursesFilter:
    states: list[CourseState] | None = choice("In one of these states (Canvas only).")
    canvas: CanvasUserCoursesFilter | None = choice("What only Canvas can do.")

    def narrow(self, context: Context, source: object) -> asks.CourseFilter:
        """The filter in the domain's words. Raises BadInput, TenantForbidden for a foreign id."""
        return asks.CourseFilter(
            states=_several("states", self.states),
            canvas=self.canvas.narrow(context, source) if self.canvas else (),
        )


def _keys(name: str, context: Context, source: object, ids: Any) -> tuple[str, ...] | None:
    """The keys of the users that a filter names."""
    ids = _several(name, ids)
    if ids is not None and len(ids) > MOST_ROWS:
        raise BadInput(f"filter.{name}: at most {MOST_ROWS} at a time")
    return ids and tuple(key_of(context, source, Kind.USER, id) for id in ids)


def _one_key(context: Context, source: object, kind: Kind, id: Any) -> str | None:
    return None if given(id) is None else key_of(context, source, kind, id)


def _text(name: str, value: Any) -> str | None:
    text: str | None = given(value)
    if text is not None:
        check_text(f"filter.{name}", text)
    return text


def _several(name: str, values: Any) -> Any:
    """The distinct values in a fixed order, so that equal filters are equal asks."""
    if given(values) is None:
        return None
    if not values:
        raise BadInput(f"filter.{name}: leave it out rather than empty")
    return tuple(sorted(set(values)))
