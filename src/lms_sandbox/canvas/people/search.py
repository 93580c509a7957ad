"""Searching and sorting users."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lms_sandbox.canvas.http.request import CanvasRequest
from lms_sandbox.data.models import Course, User

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # sorts users without a login
_SORT_KEYS: dict[str, Callable[[User], Any]] = {
    "email": lambda user: user.email.casefold(),
    "sis_id": lambda user: user.sis_id or "",
    "integration_id": lambda user: user.integration_id or "",
    "last_login": lambda user: user.last_login_at or NEVER,
}


def _by_name(user: User) -> str:
    return user.sortable_name.casefold()


def user_sort_key(sort: str | None) -> Callable[[User], Any]:
    """Return the key function of a `sort` parameter; by name if it is None or unknown."""
    key = _SORT_KEYS.get(sort or "", _by_name)
    return lambda user: (key(user), user.id)


def matches_search(request: CanvasRequest, user: User, course: Course | None, search_term: str) -> bool:
    """Return whether a search term, in lower case, finds a user.

    It is compared with name and id. If the caller sees them, also with login, e-mail and SIS id.
    """
    if (
        search_term in user.full_name.lower()
        or search_term in user.display_name.lower()
        or search_term == str(user.id)
    ):
        return True
    viewer = request.viewer
    can_view_private = viewer.can_view_grades(course) if course else viewer.is_root_admin
    return can_view_private and any(
        search_term in text.lower() for text in (user.username, user.email, user.sis_id or "")
    )
