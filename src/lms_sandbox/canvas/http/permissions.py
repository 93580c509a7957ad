"""Who looks, and what of a course Canvas shows to them: the default rights of its base roles."""

from __future__ import annotations

from lms_sandbox.data.models import Account, Course, Enrollment, Role, User
from lms_sandbox.data.school import School

_ENROLLED_STATES = ("active", "invited", "completed")
_ROSTER_ROLES: frozenset[Role] = frozenset({"student", "teacher", "ta", "designer"})
_STAFF_ROLES: frozenset[Role] = frozenset({"teacher", "ta"})
_EDITOR_ROLES: frozenset[Role] = frozenset({"teacher", "designer"})
_CONTENT_ROLES: frozenset[Role] = frozenset({"teacher", "ta", "designer"})


class CanvasViewer:
    """One user for the length of one request; what is found out about them is remembered."""

    def __init__(self, school: School, user: User) -> None:
        self.school, self.user = school, user
        self._admin_of: dict[int, bool] = {}
        self._roles: dict[int, frozenset[Role]] = {}

    def administers(self, account_id: int) -> bool:
        if account_id not in self._admin_of:
            self._admin_of[account_id] = self.school.is_admin(self.user.id, account_id)
        return self._admin_of[account_id]

    @property
    def is_root_admin(self) -> bool:
        return self.administers(self.school.root.id)

    def own_accounts(self) -> list[Account]:
        """The accounts that the viewer belongs to: those administered, and all above the courses
        of those enrollments that are active or invited."""
        school = self.school
        base_ids = {
            account_id for account_id, admins in school.admins.items() if self.user.id in admins
        }
        base_ids |= {
            school.courses[enrollment.course_id].account_id
            for enrollment in school.enrollments_of_user(self.user.id)
            if enrollment.state in ("active", "invited")
        }
        ancestor_ids = {
            account.id for base_id in base_ids for account in school.accounts_above(base_id)
        }
        return [school.accounts[account_id] for account_id in sorted(ancestor_ids)]

    def enrollments_in(self, course_id: int) -> list[Enrollment]:
        """The viewer's own that count for anything, oldest first."""
        return [
            enrollment
            for enrollment in self.school.enrollments_of_user(self.user.id)
            if enrollment.course_id == course_id and enrollment.state in _ENROLLED_STATES
        ]

    def roles_in(self, course: Course) -> frozenset[Role]:
        if course.id not in self._roles:
            self._roles[course.id] = frozenset(
                enrollment.role for enrollment in self.enrollments_in(course.id)
            )
        return self._roles[course.id]

    def can_read(self, course: Course) -> bool:
        if self.administers(course.account_id):
            return True
        roles = self.roles_in(course)
        if course.state == "unpublished":
            return bool(roles & _CONTENT_ROLES)
        return bool(course.is_public or roles) and not self.is_restricted_by_date(course)

    def is_restricted_by_date(self, course: Course) -> bool:
        """Whether the course's dates keep the viewer out: its staff and administrators never."""
        if not course.restrict_to_dates or self.administers(course.account_id):
            return False
        now = self.school.now
        is_open = (course.start_at is None or course.start_at <= now) and (
            course.end_at is None or now <= course.end_at
        )
        return not is_open and not self.roles_in(course) & _CONTENT_ROLES

    def can_read_roster(self, course: Course) -> bool:
        return self._has_role(course, _ROSTER_ROLES)

    def can_view_grades(self, course: Course) -> bool:
        """Everybody's grades, activity, e-mail addresses, logins and SIS ids."""
        return self._has_role(course, _STAFF_ROLES)

    def can_edit(self, course: Course) -> bool:
        """May change a course, its settings and its sections: assistants may not."""
        return self._has_role(course, _EDITOR_ROLES)

    def can_edit_content(self, course: Course) -> bool:
        return self._has_role(course, _CONTENT_ROLES)

    def can_manage(self, course: Course) -> bool:
        """May say who is in a course, end it and start it over."""
        return self._has_role(course, frozenset({"teacher"}))

    @property
    def is_teacher_anywhere(self) -> bool:
        enrollments = self.school.enrollments_of_user(self.user.id)
        return any(
            enrollment.role == "teacher" and enrollment.state == "active"
            for enrollment in enrollments
        )

    def can_manage_sis(self, account_id: int) -> bool:
        return self.administers(account_id)

    def _has_role(self, course: Course, roles: frozenset[Role]) -> bool:
        return self.administers(course.account_id) or bool(self.roles_in(course) & roles)

    def visible_section_ids(self, course: Course) -> frozenset[int] | None:
        """The only sections whose people the viewer sees; None: all of the course's."""
        if self.administers(course.account_id):
            return None
        enrollments = self.enrollments_in(course.id)
        if enrollments and all(enrollment.limited_to_section for enrollment in enrollments):
            return frozenset(enrollment.section_id for enrollment in enrollments)
        return None

    def can_view_profile(self, user: User) -> bool:
        """Whether a profile may be looked at: one's own, a child's, or a course mate's."""
        if user.id in (self.user.id, *self.user.child_ids) or self.is_root_admin:
            return True
        course_ids = {
            enrollment.course_id
            for enrollment in self.school.enrollments_of_user(user.id)
            if enrollment.state in _ENROLLED_STATES
        }
        courses = (self.school.courses[course_id] for course_id in course_ids)
        return any(self.can_read_roster(course) and self.can_read(course) for course in courses)

    def can_read_lists_of(self, user: User) -> bool:
        """Whether a user's own lists may be read: one's own, a child's, or as administrator."""
        return user.id in (self.user.id, *self.user.child_ids) or self.is_root_admin
