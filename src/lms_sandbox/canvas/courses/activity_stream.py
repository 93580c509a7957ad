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
    items = _serialize_items(request, request.course())
    return ListResponse(items, lambda item: item, has_last=False, is_bookmarked=True)


@route("GET", "/courses/:course_id/activity_stream/summary")
def summarize(request: CanvasRequest) -> ObjectResponse:
    """Return the number of items of each kind, without pages."""
    items = _serialize_items(request, request.course())
    kinds = [(item["type"], item.get("notification_category")) for item in items]
    unread = Counter(kind for kind, item in zip(kinds, items, strict=True) if not item["read_state"])
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
    user_id, assignments = request.viewer.user.id, assignments_of(request.school, course)
    items = [
        _serialize_topic(course, kind, index, title)
        for kind, titles in (("Announcement", _ANNOUNCEMENTS), ("DiscussionTopic", _TOPICS))
        for index, title in enumerate(titles)
    ]
    for assignment in assignments:
        title = f"Assignment Created: {assignment.name}, {course.name}"
        item: Json = {"type": "Message", "title": title}
        item |= {"message": f"A new assignment has been created: {assignment.name}"}
        item |= {"message_id": assignment.id, "notification_category": "Due Date"}
        items.append({**item, "path": f"/assignments/{assignment.id}"})
    for assignment in assignments[:2] if "student" in roles else ():
        item = {"type": "Submission", "title": assignment.name, "message": None}
        item |= {"assignment_id": assignment.id, "score": assignment.points - user_id % 3}
        items.append({**item, "path": f"/assignments/{assignment.id}/submissions/{user_id}"})
    return [_add_common_keys(request, course, index, item) for index, item in enumerate(items)]


def _serialize_topic(course: Course, kind: str, index: int, title: str) -> Json:
    is_announcement = kind == "Announcement"
    id = course.id * 100 + (50 if is_announcement else 60) + index
    return {
        "type": kind,
        "title": title,
        "message": f"<p>{title}</p>",
        "announcement_id" if is_announcement else "discussion_topic_id": id,
        "total_root_discussion_entries": index,
        "require_initial_post": False,
        "user_has_posted": None,
        "root_discussion_entries": [],
        "path": f"/discussion_topics/{id}",
    }


def _add_common_keys(request: CanvasRequest, course: Course, index: int, item: Json) -> Json:
    """Return an item with the keys of all items; each item is a day older than the previous one."""
    timestamp = serialize_timestamp(request.school.now - timedelta(days=index, hours=1))
    return {
        "id": course.id * 1000 + index,
        **{name: value for name, value in item.items() if name != "path"},
        **dict.fromkeys(("created_at", "updated_at"), timestamp),
        "read_state": (request.viewer.user.id + index) % 2 == 0,
        "context_type": "Course",
        "course_id": course.id,
        "html_url": f"{request.base_url}/courses/{course.id}{item['path']}",
    }
