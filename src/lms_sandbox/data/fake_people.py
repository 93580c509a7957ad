"""Fictional users, and the names of courses."""

from datetime import timedelta
from unicodedata import normalize

from lms_sandbox.data.dates import moment
from lms_sandbox.data.models import Enrollment, EnrollmentState, Position, Role, Section, Subject, User
from lms_sandbox.data.school import School

GIVEN_NAMES: tuple[str, ...] = (
    "Amara", "Bao", "Carmen", "Dmitri", "Elif", "Farid", "Greta", "Hiroshi", "Ingrid", "Jamal", "Keola",
    "Leila", "Mateo", "Nadia", "Oluwaseun", "Priya", "Quinn", "Rosa", "Siobhán", "Tariq", "Uma", "Viktor",
    "Wanjiru", "Ximena", "Yusuf", "Zofia", "Aroha", "Björn", "Chidi", "Dalia", "Emeka", "Fatima", "Gustavo",
    "Hana", "Itzel", "Jun", "Kwame", "Lucía", "Minh", "Noor", "Ofelia"
)  # fmt: skip
FAMILY_NAMES: tuple[str, ...] = (
    "Abara", "Bergström", "Castillo", "Dlamini", "Eriksen", "Farouk", "García", "Haddad", "Ito", "Jovanović",
    "Kamau", "Lindqvist", "Mbeki", "Nguyễn", "Orourke", "Petrov", "Quispe", "Rahman", "Sato", "Tanaka",
    "Ueda", "Vargas", "Whaanga", "Xu", "Öztürk", "Zieliński", "Adeyemi", "Begaye", "Chaudhry", "Delacroix",
    "Eze", "Fonoti", "Gutiérrez", "Horvat", "Ibrahim", "Joshi", "Kowalski"
)  # fmt: skip
PRONOUNS: tuple[str | None, ...] = ("She/Her", None, "He/Him", None, None, "They/Them", None)
TOPICS: tuple[tuple[str, str, str, Subject], ...] = (
    ("Biology", "BIO", "Science", "science"),
    ("World History", "HIS", "Social Studies", "social"),
    ("Algebra", "MAT", "Mathematics", "mathematics"),
    ("Composition", "ENG", "Languages", "language"),
    ("Chemistry", "CHE", "Science", "science"),
    ("Drawing", "ART", "Arts", "arts"),
    ("Programming", "CSC", "Technology", "technology"),
    ("Spanish", "SPA", "Languages", "language"),
    ("Geometry", "GEO", "Mathematics", "mathematics"),
    ("Physical Education", "PED", "Health", "health"),
    ("Economics", "ECO", "Social Studies", "social"),
)
"""Name, code, department, subject."""
COURSE_NAME_PATTERNS: tuple[str, ...] = ("Introduction to {}", "{} Workshop", "Advanced {}", "{} in Practice")


def _to_ascii(name: str) -> str:
    return normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


_LOGINS = {name: _to_ascii(name) for name in (*GIVEN_NAMES, *FAMILY_NAMES)}


def new_user(number: int, position: Position, school: School) -> User:
    """Return the fictional user with this number, any integer from 0; it is not added yet."""
    given_name, family_name = (
        GIVEN_NAMES[number % len(GIVEN_NAMES)],
        FAMILY_NAMES[number * 7 % len(FAMILY_NAMES)],
    )
    login = f"{_LOGINS[given_name]}.{_LOGINS[family_name]}{number + 1}"
    return User(
        0,
        given_name,
        family_name,
        position,
        username=login,
        email=f"{login}@{school.email_domain}",
        title="Dr." if position == "teacher" and number % 3 == 0 else "",
        pronouns=PRONOUNS[number % len(PRONOUNS)],
        sis_id=f"P{number + 1:06}",
        integration_id=f"int-{number + 1}" if number % 5 == 0 else None,
        avatar_url=f"https://images.{school.email_domain}/{number + 1}.png",
        bio="Likes long walks and short proofs." if number % 11 == 0 else None,
        job="Teacher" if position == "teacher" else None,
        graduation_year=school.today.year + number % 4 if position == "student" else None,
        time_zone=school.time_zone,
        account_id=school.root.id,
        uuid=f"user{number + 1:036}",
        created_at=moment(school.today - timedelta(days=400)),
        last_login_at=moment(school.today - timedelta(days=number % 30 + 1)),
    )


def enroll(
    school: School,
    section: Section,
    user: User,
    role: Role = "student",
    state: EnrollmentState = "active",
    *,
    observed_user: User | None = None,
    limited_to_section: bool = False,
) -> Enrollment:
    """Add an enrollment of a user in a section to the school, and return it."""
    enrolled_at = moment(school.today - timedelta(days=60))
    is_active = state == "active"
    enrollment = Enrollment(
        0, user.id, section.course_id, section.id, role, state,
        observed_id=observed_user.id if observed_user else None,
        limited_to_section=limited_to_section,
        created_at=enrolled_at, updated_at=enrolled_at,
        last_activity_at=user.last_login_at if is_active else None,
        activity_seconds=user.id % 5000,
        score=55 + user.id % 45 + 0.5 if role == "student" and is_active else None,
    )  # fmt: skip
    school.add(enrollment)
    return enrollment
