"""Roles and states of enrollments, in the words of Canvas's different endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

from lms_gateway.domain.errors import Unsupported
from lms_gateway.domain.models import Enrollment, EnrollmentState, Role
from lms_gateway.upstream.messages import Params
from lms_gateway.vendors.canvas.rows.converters import ROLES

ENROLLMENT_TYPES = {role: name for name, role in ROLES.items()}
"""What `/enrollments` call a role: `StudentEnrollment`."""

SHORT_ENROLLMENT_TYPES = {
    Role.STUDENT: "student",
    Role.TEACHER: "teacher",
    Role.TA: "ta",
    Role.OBSERVER: "observer",
    Role.DESIGNER: "designer",
    Role.STUDENT_VIEW: "student_view",
}
"""What `/users` call a role."""

STATE_WORDS = {
    EnrollmentState.ACTIVE: "active",
    EnrollmentState.INVITED: "invited",
    EnrollmentState.INACTIVE: "inactive",
    EnrollmentState.COMPLETED: "completed",
    EnrollmentState.REJECTED: "rejected",
    EnrollmentState.DELETED: "deleted",
}
CURRENT_STATES = (EnrollmentState.ACTIVE, EnrollmentState.INVITED)
"""Who counts as a member unless said otherwise, as in Canvas's own counts."""


@dataclass(frozen=True, slots=True)
class EnrollmentFilter:
    """Whose enrollments: of these roles (None: any), in these states."""

    roles: tuple[Role, ...] | None
    states: tuple[EnrollmentState, ...]

    @classmethod
    def of(
        cls,
        roles: Sequence[Role] | None,
        states: Sequence[EnrollmentState] | None,
    ) -> "EnrollmentFilter":
        """Raises Unsupported for a state that no enrollment of Canvas is in."""
        valid_states = CURRENT_STATES if states is None else tuple(sorted(set(states)))
        for state in valid_states:
            if state not in STATE_WORDS:
                raise Unsupported(f"states: Canvas has no enrollments that are {state}")
        return cls(None if roles is None else tuple(sorted(set(roles))), valid_states)

    def __or__(self, other: "EnrollmentFilter") -> "EnrollmentFilter":
        """Whoever is in either."""
        roles = None
        if self.roles is not None and other.roles is not None:
            roles = tuple(sorted({*self.roles, *other.roles}))
        return EnrollmentFilter(roles, tuple(sorted({*self.states, *other.states})))

    def matches(self, enrollment: Enrollment) -> bool:
        """Whether an enrollment is one of these."""
        if self.roles is not None and enrollment.role not in self.roles:
            return False
        return enrollment.state in self.states

    @property
    def matches_nothing(self) -> bool:
        """Whether no role or no state is left to be in."""
        return self.roles == () or not self.states

    @property
    def is_current(self) -> bool:
        """Whether the states are those that count as members."""
        return set(self.states) == set(CURRENT_STATES)

    @property
    def has_deleted(self) -> bool:
        """Whether deleted enrollments are meant, which a course's `/users` never tells."""
        return EnrollmentState.DELETED in self.states

    def enrollment_params(self) -> Params:
        """For `/enrollments`."""
        types = [("type[]", ENROLLMENT_TYPES[role]) for role in self.roles or ()]
        return (*types, *(("state[]", STATE_WORDS[state]) for state in self.states))

    def user_params(self) -> Params:
        """For a course's `/users`."""
        types = [("enrollment_type[]", SHORT_ENROLLMENT_TYPES[role]) for role in self.roles or ()]
        return (*types, *(("enrollment_state[]", STATE_WORDS[state]) for state in self.states))

    def to_cursor(self) -> tuple[str, str]:
        """Roles and states as a cursor holds them."""
        roles = "*" if self.roles is None else ",".join(self.roles)
        return roles, ",".join(self.states)

    @classmethod
    def from_cursor(cls, roles: str, states: str) -> "EnrollmentFilter":
        """What `words` wrote. Raises ValueError for what it did not."""
        return cls(
            None if roles == "*" else tuple(Role(word) for word in roles.split(",")),
            tuple(EnrollmentState(word) for word in states.split(",")),
        )
