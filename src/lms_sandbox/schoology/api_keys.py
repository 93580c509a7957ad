"""API keys of the simulated Schoology: one for each kind of caller."""

from collections.abc import Iterator

from lms_sandbox.data.models import Position, User
from lms_sandbox.data.school import School
from lms_sandbox.schoology.oauth import OAuthAccessToken, OAuthConsumer, Rights

ADMIN_KEY, ADMIN_SECRET = "lakeside-demo-key", "lakeside-demo-secret"
STAFF_KEY, STAFF_SECRET = "lakeside-staff-key", "lakeside-staff-secret"
STUDENT_KEY, STUDENT_SECRET = "lakeside-student-key", "lakeside-student-secret"
PARENT_KEY, PARENT_SECRET = "lakeside-parent-key", "lakeside-parent-secret"
PERSONAL_KEY, PERSONAL_SECRET = "lakeside-personal-key", "lakeside-personal-secret"
STUDENT_TOKEN, STUDENT_TOKEN_SECRET = "lakeside-student-token", "lakeside-student-token-secret"

RIGHTS: dict[Position, Rights] = {
    "admin": "admin",
    "teacher": "staff",
    "student": "student",
    "parent": "parent",
}
"""The rights of a user with an access token, or of an impersonated user."""


def demo_keys(school: School) -> tuple[OAuthConsumer, ...]:
    """Return keys of the school's first administrator, teacher, student and parent.

    The administrator's app also has an access token of the student (three-legged). The teacher also
    has a personal key, which since June 2025 may read only the data of its owner.
    """
    return tuple(_keys({position: _first_user(school, position) for position in RIGHTS}))


def _keys(users: dict[Position, User | None]) -> Iterator[OAuthConsumer]:
    student = users["student"]
    tokens = (OAuthAccessToken(STUDENT_TOKEN, STUDENT_TOKEN_SECRET, student.id),) if student else ()
    if admin := users["admin"]:
        yield OAuthConsumer(ADMIN_KEY, ADMIN_SECRET, "admin", admin.id, tokens)
    if teacher := users["teacher"]:
        yield OAuthConsumer(STAFF_KEY, STAFF_SECRET, "staff", teacher.id)
        yield OAuthConsumer(PERSONAL_KEY, PERSONAL_SECRET, "personal", teacher.id)
    if student:
        yield OAuthConsumer(STUDENT_KEY, STUDENT_SECRET, "student", student.id)
    if parent := users["parent"]:
        yield OAuthConsumer(PARENT_KEY, PARENT_SECRET, "parent", parent.id)


def _first_user(school: School, position: Position) -> User | None:
    return next((user for user in school.users.values() if user.position == position), None)
