"""Endpoints of the activity stream of a course.

https://developerdocs.instructure.com/services/canvas/resources/users#method.users.activity_stream
"""

from collections import Counter
from datetime import timedelta

from lms_sandbox.canvas.courses.assignments import assignments_of
from lms_sandbox.canvas.http.request import CanvasRequest, Json, ListResponse, ObjectResponse
from lms_sandbox.canvas.http.routes import route
from lms_sandbox.canvas.http.serialization import serialize_timestamp
from lms_sandbox.data.models import Course

_ANNOUNCEMENTS = ("Welcome", "No class on Friday")
_TOPICS = ("Introduce yourself", "What did you read?", "Questions for the exam")


@route("GET", "/courses/:course_id/activity_stream")
def list_items(request: CanvasRequest) -> ListResponse:
    """Return the stream, newest first; empty if the caller is not enrolled."""
    return ListResponse(
        _serialize_items(request, request.course()),
        lambda row: row,
        has_last=False,
        is_bookmarked=True,
    )


@route("GET", "/courses/:course_id/activity_stream/summary")
def summarize(request: CanvasRequest) -> ObjectResponse:
    """Return the number of items of each kind, without pages."""
    items = _serialize_items(request, request.course())
    kinds = [(item["type"], item.get("notification_category")) for item in items]
    unread = Counter(
        kind for kind, item in zip(kinds, items, strict=True) if not item["read_state"]
    )
    rows: list[Json] = []
    counts = Counter(kinds)
    for kind in sorted(counts, key=lambda kind: (kind[0], kind[1] or "")):
        row = {"type": kind[0], "notification_category": kind[1]}
        rows.append({**row, "unread_count": unread[kind], "count": counts[kind]})
    return ObjectResponse(rows)


def _serialize_items(request: CanvasRequest, course: Course) -> list[Json]:
    roles = request.viewer.roles_in(course)
    if not roles:
        return []
    assignments = assignments_of(request.school, course)
    items = [
        _serialize_topic(course, "Announcement", index, name)
        for index, name in enumerate(_ANNOUNCEMENTS)
    ]
    items += [
        _serialize_topic(course, "DiscussionTopic", index, name)
        for index, name in enumerate(_TOPICS)
    ]
    items += [
        {
            "type": "Message",
            "title": f"Assignment Created: {assignment.name}, {course.name}",
            "message": f"A new assignment has been created: {assignment.name}",
            "message_id": assignment.id,
            "notification_category": "Due Date",
            "path": f"/courses/{course.id}/assignments/{assignment.id}",
        }
        for assignment in assignments
    ]
    if "student" in roles:
        items += [
            {
                "type": "Submission",
                "title": assignment.name,
                "message": None,
                "assignment_id": assignment.id,
                "score": assignment.points - request.viewer.user.id % 3,
                "path": f"/courses/{course.id}/assignments/{assignment.id}"
                f"/submissions/{request.viewer.user.id}",
            }
            for assignment in assignments[:2]
        ]
    return [_add_common_keys(request, course, index, row) for index, row in enumerate(items)]


def _serialize_topic(course: Course, kind: str, index: int, title: str) -> Json:
    id = course.id * 100 + (50 if kind == "Announcement" else 60) + index
    name = "announcement_id" if kind == "Announcement" else "discussion_topic_id"
    return {
        "type": kind,
        "title": title,
        "message": f"<p>{title}</p>",
        name: id,
        "total_root_discussion_entries": index,
        "require_initial_post": False,
        "user_has_posted": None,
        "root_discussion_entries": [],
        "path": f"/courses/{course.id}/discussion_topics/{id}",
    }


def _add_common_keys(request: CanvasRequest, course: Course, index: int, row: Json) -> Json:
    """Return an item with the keys of all items; each item is a day older than the former one."""
    timestamp = serialize_timestamp(request.school.now - timedelta(days=index, hours=1))
    path = row.pop("path")
    return {
        "id": course.id * 1000 + index,
        "created_at": timestamp,
        "updated_at": timestamp,
        **row,
        "read_state": (request.viewer.user.id + index) % 2 == 0,
        "context_type": "Course",
        "course_id": course.id,
        "html_url": f"{request.base_url}{path}",
    }
