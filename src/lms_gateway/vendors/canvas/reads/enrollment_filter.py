"""Roles and states of enrollments, as the parameters of Canvas's endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

from lms_gateway.domain.errors import Unsupported
from lms_gateway.domain.models import Enrollment, EnrollmentState, Role
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.rows.converters import ROLES

ENROLLMENT_TYPES = {role: name for name, role in ROLES.items()}
"""Names of roles in `/enrollments`."""

SHORT_ENROLLMENT_TYPES = {
    Role.STUDENT: "student",
    Role.TEACHER: "teacher",
    Role.TA: "ta",
    Role.OBSERVER: "observer",
    Role.DESIGNER: "designer",
    Role.STUDENT_VIEW: "student_view",
}
"""Names of roles in `/users`."""

STATE_WORDS = {
    EnrollmentState.ACTIVE: "active",
    EnrollmentState.INVITED: "invited",
    EnrollmentState.INACTIVE: "inactive",
    EnrollmentState.COMPLETED: "completed",
    EnrollmentState.REJECTED: "rejected",
    EnrollmentState.DELETED: "deleted",
}
CURRENT_STATES = (EnrollmentState.ACTIVE, EnrollmentState.INVITED)
"""States of a member without a filter, as in Canvas's own counts."""


@dataclass(frozen=True, slots=True)
class EnrollmentFilter:
    """Enrollments with these roles (None: any) and these states."""

    roles: tuple[Role, ...] | None
    states: tuple[EnrollmentState, ...]

    @classmethod
    def of(cls, roles: Sequence[Role] | None, states: Sequence[EnrollmentState] | None) -> "EnrollmentFilter":
        """Return the filter. Raises Unsupported for a state that Canvas does not have."""
        valid_states = CURRENT_STATES if states is None else tuple(sorted(set(states)))
        for state in valid_states:
            if state not in STATE_WORDS:
                raise Unsupported(f"states: Canvas has no enrollments that are {state}")
        return cls(None if roles is None else tuple(sorted(set(roles))), valid_states)

    def __or__(self, other: "EnrollmentFilter") -> "EnrollmentFilter":
        """Return a filter that matches what either filter matches."""
        roles = None
        if self.roles is not None and other.roles is not None:
            roles = tuple(sorted({*self.roles, *other.roles}))
        return EnrollmentFilter(roles, tuple(sorted({*self.states, *other.states})))

    def matches(self, enrollment: Enrollment) -> bool:
        """Return whether an enrollment matches."""
        if self.roles is not None and enrollment.role not in self.roles:
            return False
        return enrollment.state in self.states

    @property
    def is_current(self) -> bool:
        """Whether the states are those of a member without a filter."""
        return set(self.states) == set(CURRENT_STATES)

    @property
    def has_deleted(self) -> bool:
        """Whether deleted enrollments match, which a course's `/users` never returns."""
        return EnrollmentState.DELETED in self.states

    def enrollment_params(self) -> Params:
        """Return the parameters for `/enrollments`."""
        types = [("type[]", ENROLLMENT_TYPES[role]) for role in self.roles or ()]
        return (*types, *(("state[]", STATE_WORDS[state]) for state in self.states))

    def user_params(self) -> Params:
        """Return the parameters for a course's `/users`."""
        types = [("enrollment_type[]", SHORT_ENROLLMENT_TYPES[role]) for role in self.roles or ()]
        return (*types, *(("enrollment_state[]", STATE_WORDS[state]) for state in self.states))

    def to_cursor(self) -> tuple[str, str]:
        """Return roles and states as parts of a cursor."""
        roles = "*" if self.roles is None else ",".join(self.roles)
        return roles, ",".join(self.states)

    @classmethod
    def from_cursor(cls, roles: str, states: str) -> "EnrollmentFilter":
        """Parse what `to_cursor` returns. Raises ValueError."""
        return cls(
            None if roles == "*" else tuple(Role(word) for word in roles.split(",")),
            tuple(EnrollmentState(word) for word in states.split(",")),
        )
