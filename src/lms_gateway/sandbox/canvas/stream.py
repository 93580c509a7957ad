"""What has happened in a course, as one of its people is told.

https://developerdocs.instructure.com/services/canvas/resources/users#method.users.activity_stream
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from lms_gateway.sandbox.canvas.ask import Answer, Ask, Json, Listing, One
from lms_gateway.sandbox.canvas.coursework import assignments_of
from lms_gateway.sandbox.canvas.places import tell_moment
from lms_gateway.sandbox.records import Course

_ANNOUNCEMENTS = ("Welcome", "No class on Friday")
_TOPICS = ("Introduce yourself", "What did you read?", "Questions for the exam")


def list_items(ask: Ask) -> Answer:
    """GET /courses/:course_id/activity_stream: newest first; nothing, to who is not enrolled."""
    return Listing(
        _tell_items(ask, ask.course()), lambda row: row, has_last=False, is_bookmarked=True
    )


def sum_up(ask: Ask) -> Answer:
    """GET /courses/:course_id/activity_stream/summary: never in pages."""
    items = _tell_items(ask, ask.course())
    kinds = [(item["type"], item.get("notification_category")) for item in items]
    unread = Counter(
        kind for kind, item in zip(kinds, items, strict=True) if not item["read_state"]
    )
    return One(
        [
            {
                "type": kind,
                "notification_category": category,
                "unread_count": unread[kind, category],
                "count": count,
            }
            for (kind, category), count in sorted(
                Counter(kinds).items(), key=lambda one: (one[0][0], one[0][1] or "")
            )
        ]
    )


def _tell_items(ask: Ask, course: Course) -> list[Json]:
    roles = ask.viewer.roles_in(course)
    if not roles:
        return []
    work = assignments_of(ask.school, course)
    told = [_tell_topic(course, "Announcement", at, name) for at, name in enumerate(_ANNOUNCEMENTS)]
    told += [_tell_topic(course, "DiscussionTopic", at, name) for at, name in enumerate(_TOPICS)]
    told += [
        {
            "type": "Message",
            "title": f"Assignment Created: {one.name}, {course.name}",
            "message": f"A new assignment has been created: {one.name}",
            "message_id": one.id,
            "notification_category": "Due Date",
            "path": f"/courses/{course.id}/assignments/{one.id}",
        }
        for one in work
    ]
    if "student" in roles:
        told += [
            {
                "type": "Submission",
                "title": one.name,
                "message": None,
                "assignment_id": one.id,
                "score": one.points - ask.viewer.user.id % 3,
                "path": f"/courses/{course.id}/assignments/{one.id}"
                f"/submissions/{ask.viewer.user.id}",
            }
            for one in work[:2]
        ]
    return [_place(ask, course, at, row) for at, row in enumerate(told)]


def _tell_topic(course: Course, kind: str, at: int, title: str) -> Json:
    id = course.id * 100 + (50 if kind == "Announcement" else 60) + at
    name = "announcement_id" if kind == "Announcement" else "discussion_topic_id"
    return {
        "type": kind,
        "title": title,
        "message": f"<p>{title}</p>",
        name: id,
        "total_root_discussion_entries": at,
        "require_initial_post": False,
        "user_has_posted": None,
        "root_discussion_entries": [],
        "path": f"/courses/{course.id}/discussion_topics/{id}",
    }


def _place(ask: Ask, course: Course, at: int, row: Json) -> Json:
    """What every item has; the day before, there was the next one."""
    when = tell_moment(ask.school.now - timedelta(days=at, hours=1))
    path = row.pop("path")
    return {
        "id": course.id * 1000 + at,
        "created_at": when,
        "updated_at": when,
        **row,
        "read_state": (ask.viewer.user.id + at) % 2 == 0,
        "context_type": "Course",
        "course_id": course.id,
        "html_url": f"{ask.base}{path}",
    }
