"""Permissions of a caller, as Canvas grants them to its base roles by default."""

from collections.abc import Iterable, Iterator

from lms_sandbox.data.models import Account, Course, Enrollment, Role, User
from lms_sandbox.data.school import School

_ENROLLED_STATES = ("active", "invited", "completed")
_ROSTER_ROLES: frozenset[Role] = frozenset({"student", "teacher", "ta", "designer"})
_STAFF_ROLES: frozenset[Role] = frozenset({"teacher", "ta"})
_EDITOR_ROLES: frozenset[Role] = frozenset({"teacher", "designer"})
_CONTENT_ROLES: frozenset[Role] = frozenset({"teacher", "ta", "designer"})


class CanvasViewer:
    """The caller of one request; permissions are computed once per request."""

    def __init__(self, school: School, user: User) -> None:
        self.school, self.user = school, user
        self._admin_of: dict[int, bool] = {}
        self._roles: dict[int, frozenset[Role]] = {}

    def administers(self, account_id: int) -> bool:
        """Return whether the user is an admin of the account or of one above it."""
        if account_id not in self._admin_of:
            self._admin_of[account_id] = self.school.is_admin(self.user.id, account_id)
        return self._admin_of[account_id]

    @property
    def is_root_admin(self) -> bool:
        """Whether the user is an admin of the whole institution."""
        return self.administers(self.school.root.id)

    def own_accounts(self) -> list[Account]:
        """Return the user's accounts by id, including all accounts above them.

        They are the accounts that the user administers, and those of the courses of the user's
        active and invited enrollments.
        """
        school = self.school
        base_ids = {account_id for account_id, admins in school.admins.items() if self.user.id in admins}
        base_ids |= {
            school.courses[enrollment.course_id].account_id
            for enrollment in school.enrollments_of_user(self.user.id)
            if enrollment.state in ("active", "invited")
        }
        ancestor_ids = {account.id for base_id in base_ids for account in school.accounts_above(base_id)}
        return [school.accounts[account_id] for account_id in sorted(ancestor_ids)]

    def enrollments_in(self, course_id: int) -> list[Enrollment]:
        """Return the user's active, invited and completed enrollments in a course, oldest first."""
        return [
            enrollment
            for enrollment in self.school.enrollments_of_user(self.user.id)
            if enrollment.course_id == course_id and enrollment.state in _ENROLLED_STATES
        ]

    def roles_in(self, course: Course) -> frozenset[Role]:
        """Return the roles of the user's enrollments in a course."""
        if course.id not in self._roles:
            self._roles[course.id] = frozenset(
                enrollment.role for enrollment in self.enrollments_in(course.id)
            )
        return self._roles[course.id]

    def can_read(self, course: Course) -> bool:
        """Return whether the user can read a course; an unpublished one only its staff can."""
        if self.administers(course.account_id):
            return True
        roles = self.roles_in(course)
        if course.state == "unpublished":
            return bool(roles & _CONTENT_ROLES)
        return bool(course.is_public or roles) and not self.is_restricted_by_date(course)

    def is_restricted_by_date(self, course: Course) -> bool:
        """Return whether the dates of the course exclude the user; never its staff and admins."""
        if not course.restrict_to_dates or self.administers(course.account_id):
            return False
        now = self.school.now
        is_open = (course.start_at is None or course.start_at <= now) and (
            course.end_at is None or now <= course.end_at
        )
        return not is_open and not self.roles_in(course) & _CONTENT_ROLES

    def can_read_roster(self, course: Course) -> bool:
        """Return whether the user can list the people of a course."""
        return self._has_role(course, _ROSTER_ROLES)

    def can_view_grades(self, course: Course) -> bool:
        """Return whether the user sees all grades, activity, e-mails, logins and SIS ids."""
        return self._has_role(course, _STAFF_ROLES)

    def can_edit(self, course: Course) -> bool:
        """Return whether the user can change the course, its settings and its sections."""
        return self._has_role(course, _EDITOR_ROLES)

    def can_edit_content(self, course: Course) -> bool:
        """Return whether the user can change the content of a course; includes TAs."""
        return self._has_role(course, _CONTENT_ROLES)

    def can_manage(self, course: Course) -> bool:
        """Return whether the user can enroll people, conclude and reset a course."""
        return self._has_role(course, frozenset({"teacher"}))

    @property
    def is_teacher_anywhere(self) -> bool:
        """Whether the user has an active enrollment as a teacher."""
        enrollments = self.school.enrollments_of_user(self.user.id)
        return any(
            enrollment.role == "teacher" and enrollment.state == "active" for enrollment in enrollments
        )

    def can_manage_sis(self, account_id: int) -> bool:
        """Return whether the user can read and change SIS ids in an account."""
        return self.administers(account_id)

    def _has_role(self, course: Course, roles: frozenset[Role]) -> bool:
        return self.administers(course.account_id) or bool(self.roles_in(course) & roles)

    def visible_section_ids(self, course: Course) -> frozenset[int] | None:
        """Return the ids of the sections whose people the user sees; None for all."""
        if self.administers(course.account_id):
            return None
        enrollments = self.enrollments_in(course.id)
        if enrollments and all(enrollment.limited_to_section for enrollment in enrollments):
            return frozenset(enrollment.section_id for enrollment in enrollments)
        return None

    def can_see_section(self, course: Course, section_id: int) -> bool:
        """Return whether the user sees the people of a section."""
        section_ids = self.visible_section_ids(course)
        return section_ids is None or section_id in section_ids

    def visible_enrollments(self, course: Course, enrollments: Iterable[Enrollment]) -> Iterator[Enrollment]:
        """Yield those of a course's enrollments that are in sections whose people the user sees."""
        section_ids = self.visible_section_ids(course)
        for enrollment in enrollments:
            if section_ids is None or enrollment.section_id in section_ids:
                yield enrollment

    def is_self_or_child(self, user_id: int) -> bool:
        """Return whether an id is the user's own or that of an observed child."""
        return user_id in (self.user.id, *self.user.child_ids)

    def can_view_profile(self, user: User) -> bool:
        """Return whether the user can read a profile: the own, a child's or a classmate's."""
        if self.is_self_or_child(user.id) or self.is_root_admin:
            return True
        course_ids = {
            enrollment.course_id
            for enrollment in self.school.enrollments_of_user(user.id)
            if enrollment.state in _ENROLLED_STATES
        }
        courses = (self.school.courses[course_id] for course_id in course_ids)
        return any(self.can_read_roster(course) and self.can_read(course) for course in courses)

    def can_read_lists_of(self, user: User) -> bool:
        """Return whether the user can read the lists of a user: the own, a child's, or as admin."""
        return self.is_self_or_child(user.id) or self.is_root_admin
