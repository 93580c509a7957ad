"""Fixed ids of both sample schools, for documentation and tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Fixed ids of one sample school."""

    root: int
    sub_accounts: tuple[int, int, int]  # Maple: the third is below the first; else below the root
    past_term: int
    current_term: int
    future_term: int
    admin: int  # administers the root, without enrollments: the service account
    teacher: int  # teaches every section of the first three courses
    student: int  # of `sections[0]` and `sections[1]`: two enrollments in one course
    ta: int  # of `sections[1]`, limited to it
    observer: int  # parent of `student`, observer in `sections[0]`
    designer: int  # of `sections[0]`
    invited: int  # has never logged in; invited to `sections[0]`
    awkward_user: int  # its SIS id contains / ? % , a space and .json; in `sections[0]`
    test_student: int  # of `sections[0]`
    course: int
    sections: tuple[int, int, int, int]  # of `course`; the last has no students
    host_course: int  # contains `crosslisted_section`
    original_course: int  # the former course of `crosslisted_section`
    crosslisted_section: int
    unpublished_course: int
    concluded_course: int  # of the past term
    concluded_section: int
    deleted_course: int
    awkward_course: int  # its SIS id and that of its section contain / ? % , a space and .json
    awkward_section: int
    restricted_course: int  # its students see a stub until its start date
    future_course: int  # of the future term


def _known_ids(root: int, terms: int, courses: int, sections: int, users: int) -> KnownIds:
    return KnownIds(
        root=root, sub_accounts=(root + 10, root + 11, root + 12),
        past_term=terms + 1, current_term=terms + 2, future_term=terms + 3,
        admin=users + 1, teacher=users + 2, student=users + 3, ta=users + 4, observer=users + 5,
        designer=users + 6, invited=users + 7, awkward_user=users + 8, test_student=users + 9,
        course=courses + 1, sections=(sections + 1, sections + 2, sections + 3, sections + 4),
        host_course=courses + 2, original_course=courses + 3, crosslisted_section=sections + 6,
        unpublished_course=courses + 4,
        concluded_course=courses + 5, concluded_section=sections + 9,
        deleted_course=courses + 6,
        awkward_course=courses + 7, awkward_section=sections + 11,
        restricted_course=courses + 8, future_course=courses + 9,
    )  # fmt: skip


MAPLE = _known_ids(root=1, terms=100, courses=1000, sections=5000, users=20000)
LAKESIDE = _known_ids(root=2410000001, terms=590000, courses=7650001000, sections=7899890000, users=104000000)
