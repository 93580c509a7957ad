"""Reading progress, due dates and what is to be done in a course.

https://developerdocs.instructure.com/services/canvas/resources/courses
"""

from __future__ import annotations

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.coursework import (
    NO_MODULES,
    NO_PROGRESS,
    Assignment,
    assignments_of,
    due_for,
    is_module_based,
    students_in,
    tell_progress,
    tell_progress_of_student,
)
from lms_gateway.sandbox.canvas.persons import tell_display
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.canvas.refusals import Refusal
from lms_gateway.sandbox.records import Course, User

_STAFF = frozenset({"teacher", "ta"})


def show_progress(ask: Ask) -> Answer:
    """GET /courses/:course_id/users/:user_id/progress: 400 where a list has an error in-band."""
    course, user = ask.course(), ask.user()
    is_own = user.id in (ask.viewer.user.id, *ask.viewer.user.child_ids)
    if not (is_own or ask.viewer.sees_grades(course)):
        raise ask.refuse()
    told = tell_progress(ask, course, user.id)
    if told is None:
        raise Refusal(400, {"error": {"message": NO_PROGRESS}})
    return One(told)


def list_progress(ask: Ask) -> Answer:
    """GET /courses/:course_id/bulk_user_progress: its ids are numbers, whatever is accepted."""
    course = ask.course()
    if not ask.viewer.sees_grades(course):
        raise ask.refuse()
    if not is_module_based(course):
        raise Refusal(400, {"error": {"message": NO_MODULES}})
    limits = ask.viewer.limited_to(course)
    found = {
        one.user_id
        for one in students_in(ask.school, course)
        if limits is None or one.section_id in limits
    }
    users = [ask.school.users[at] for at in sorted(found)]

    def tell(user: User) -> Json:
        progress = tell_progress_of_student(ask, course, user.id)
        return {**tell_display(ask, user), "progress": progress}

    return Listing(users, tell, has_plain_ids=True)


def show_due_dates(ask: Ask) -> Answer:
    """GET /courses/:course_id/effective_due_dates: assignment ids, then user ids, as keys."""
    course = ask.course()
    if not ask.viewer.edits_content(course):
        raise ask.refuse()
    wanted = ask.array("assignment_ids")
    if ask.has("assignment_ids") or not all(text.isdecimal() for text in wanted):
        raise Refusal(422, {"errors": "assignment_ids param is invalid"})
    told: Json = {}
    for assignment in assignments_of(ask.school, course):
        if not wanted or str(assignment.id) in wanted:
            told[str(assignment.id)] = {
                str(one.user_id): {
                    "due_at": due_for(ask.school, course, assignment, one.section_id),
                    "grading_period_id": None,
                    "in_closed_grading_period": False,
                }
                for one in students_in(ask.school, course)
            }
    return One(told)


def list_todo(ask: Ask) -> Answer:
    """GET /courses/:course_id/todo: what the caller has to grade, or to hand in."""
    course = ask.course()
    roles = ask.viewer.roles_in(course)
    work = assignments_of(ask.school, course)
    rows: list[Json] = []
    if roles & _STAFF:
        rows += [
            {
                **_tell_item(ask, course, one, "grading"),
                "needs_grading_count": one.to_grade,
                "html_url": f"{ask.base}/courses/{course.id}/gradebook/speed_grader"
                f"?assignment_id={one.id}",
            }
            for one in work
            if one.to_grade
        ]
    if "student" in roles:
        now = ask.school.now
        rows += [
            _tell_item(ask, course, one, "submitting")
            for one in work
            if one.due_at is not None and one.due_at >= now
        ]
        if "ungraded_quizzes" in ask.includes:
            rows.append(_tell_quiz(ask, course))
    return Listing(rows, lambda row: row, has_last=False, is_bookmarked=True)


def _tell_item(ask: Ask, course: Course, assignment: Assignment, kind: str) -> Json:
    page = f"{ask.base}/courses/{course.id}/assignments/{assignment.id}"
    return {
        **_tell_context(ask, course, f"assignment_{assignment.id}", kind),
        "assignment": {
            "id": assignment.id,
            "name": assignment.name,
            "description": f"<p>{assignment.name}</p>",
            "due_at": tell_moment(assignment.due_at),
            "points_possible": assignment.points,
            "course_id": course.id,
            "position": assignment.position,
            "html_url": page,
        },
        "html_url": f"{page}#submit",
    }


def _tell_quiz(ask: Ask, course: Course) -> Json:
    id = course.id * 100
    page = f"{ask.base}/courses/{course.id}/quizzes/{id}"
    return {
        **_tell_context(ask, course, f"quiz_{id}", "submitting"),
        "quiz": {"id": id, "title": "Practice Quiz", "html_url": page, "quiz_type": "survey"},
        "html_url": page,
    }


def _tell_context(ask: Ask, course: Course, asset: str, kind: str) -> Json:
    ignore = f"{ask.base}/api/v1/users/self/todo/{asset}/{kind}"
    return {
        "type": kind,
        "context_type": "Course",
        "course_id": course.id,
        "context_name": ask.school.nicknames.get((ask.viewer.user.id, course.id), course.name),
        "ignore": f"{ignore}?permanent=0",
        "ignore_permanently": f"{ignore}?permanent=1",
    }
