"""Who looks, and what of a course Canvas shows to them: the default rights of its base roles."""

from __future__ import annotations

from lms_gateway.sandbox.records import Account, Course, Enrollment, Role, User
from lms_gateway.sandbox.school import School

_ENROLLED = ("active", "invited", "completed")
_ROSTER: frozenset[Role] = frozenset({"student", "teacher", "ta", "designer"})
_STAFF: frozenset[Role] = frozenset({"teacher", "ta"})
_EDITORS: frozenset[Role] = frozenset({"teacher", "designer"})
_BUILDERS: frozenset[Role] = frozenset({"teacher", "ta", "designer"})


class Viewer:
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
        homes = {at for at, admins in school.admins.items() if self.user.id in admins}
        homes |= {
            school.courses[one.course_id].account_id
            for one in school.enrollments_of_user(self.user.id)
            if one.state in ("active", "invited")
        }
        above = {account.id for home in homes for account in school.accounts_above(home)}
        return [school.accounts[at] for at in sorted(above)]

    def enrollments_in(self, course_id: int) -> list[Enrollment]:
        """The viewer's own that count for anything, oldest first."""
        return [
            one
            for one in self.school.enrollments_of_user(self.user.id)
            if one.course_id == course_id and one.state in _ENROLLED
        ]

    def roles_in(self, course: Course) -> frozenset[Role]:
        if course.id not in self._roles:
            self._roles[course.id] = frozenset(one.role for one in self.enrollments_in(course.id))
        return self._roles[course.id]

    def may_read(self, course: Course) -> bool:
        if self.administers(course.account_id):
            return True
        roles = self.roles_in(course)
        if course.state == "unpublished":
            return bool(roles & _BUILDERS)
        return bool(course.is_public or roles) and not self.is_shut_out(course)

    def is_shut_out(self, course: Course) -> bool:
        """Whether the course's dates keep the viewer out: its staff and administrators never."""
        if not course.restrict_to_dates or self.administers(course.account_id):
            return False
        now = self.school.now
        is_open = (course.start_at is None or course.start_at <= now) and (
            course.end_at is None or now <= course.end_at
        )
        return not is_open and not self.roles_in(course) & _BUILDERS

    def sees_roster(self, course: Course) -> bool:
        return self._has(course, _ROSTER)

    def sees_grades(self, course: Course) -> bool:
        """Everybody's grades, activity, e-mail addresses, logins and SIS ids."""
        return self._has(course, _STAFF)

    def edits(self, course: Course) -> bool:
        """May change a course, its settings and its sections: assistants may not."""
        return self._has(course, _EDITORS)

    def edits_content(self, course: Course) -> bool:
        return self._has(course, _BUILDERS)

    def teaches(self, course: Course) -> bool:
        """May say who is in a course, end it and start it over."""
        return self._has(course, frozenset({"teacher"}))

    @property
    def teaches_anything(self) -> bool:
        own = self.school.enrollments_of_user(self.user.id)
        return any(one.role == "teacher" and one.state == "active" for one in own)

    def manages_sis(self, account_id: int) -> bool:
        return self.administers(account_id)

    def _has(self, course: Course, roles: frozenset[Role]) -> bool:
        return self.administers(course.account_id) or bool(self.roles_in(course) & roles)

    def limited_to(self, course: Course) -> frozenset[int] | None:
        """The only sections whose people the viewer sees; None: all of the course's."""
        if self.administers(course.account_id):
            return None
        own = self.enrollments_in(course.id)
        if own and all(one.limited_to_section for one in own):
            return frozenset(one.section_id for one in own)
        return None

    def sees_person(self, user: User) -> bool:
        """Whether a profile may be looked at: one's own, a child's, or a course mate's."""
        if user.id in (self.user.id, *self.user.child_ids) or self.is_root_admin:
            return True
        theirs = {
            one.course_id
            for one in self.school.enrollments_of_user(user.id)
            if one.state in _ENROLLED
        }
        courses = (self.school.courses[at] for at in theirs)
        return any(self.sees_roster(course) and self.may_read(course) for course in courses)

    def speaks_for(self, user: User) -> bool:
        """Whether a user's own lists may be read: one's own, a child's, or as administrator."""
        return user.id in (self.user.id, *self.user.child_ids) or self.is_root_admin
