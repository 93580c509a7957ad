"""Operations that only Canvas has: their addresses, and the conversion of their replies."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput, Forbidden, NotFound, Unsupported, UpstreamInvalid
from lms_gateway.domain.loads import Document, OperationLoad
from lms_gateway.domain.models import User
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.messages import Reply
from tests.vendors.canvas.rows import linked_reply, user_row
from tests.vendors.canvas.scripted import (
    ACCOUNT,
    COURSE,
    DENIED,
    DENIED_OLD,
    MISSING,
    MISSING_PAGE,
    USER,
    canvas_backend,
    canvas_upstream,
    failure,
    operation,
    value,
)
from tests.vendors.fake_upstream import json_reply
from tests.vendors.fetching import fetch_answers

NO_MODULES = {"error": {"message": "no progress available because this course is not …"}}
SECRET = "1~" + "s" * 62


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


# Courses


async def test_a_students_progress() -> None:
    upstream = canvas_upstream(
        {
            "/courses/1/users/5/progress": {
                "requirement_count": 10,
                "requirement_completed_count": 1,
                "next_requirement_url": None,
                "completed_at": "2013-06-01T00:00:00-06:00",
            }
        }
    )
    assert await value(upstream, "course_progress", COURSE, user="5") == {
        "requirement_count": 10,
        "requirement_completed_count": 1,
        "next_requirement_url": None,
        "completed_at": at(2013, 6, 1, 6),
    }


async def test_the_viewers_own_progress_is_requested_as_self() -> None:
    upstream = canvas_upstream({"/courses/1/users/self/progress": {"requirement_count": 2}})
    assert await value(upstream, "course_progress", COURSE) == {"requirement_count": 2}


@pytest.mark.parametrize("status", [200, 400])
async def test_an_error_in_place_of_progress_becomes_the_fields_error(status: int) -> None:
    """Canvas answers 400 here, and 200 with the same error within a course."""
    upstream = canvas_upstream({"/courses/1/users/5/progress": json_reply(NO_MODULES, status)})
    error = await failure(upstream, "course_progress", COURSE, user="5")
    assert isinstance(error, NotFound)
    assert "modules" in error.message
    assert "not …" not in error.message  # Canvas's words are localized


@pytest.mark.parametrize("user", ["5/../6", "", "abc"])
async def test_progress_of_an_invalid_user_sends_nothing(user: str) -> None:
    upstream = canvas_upstream()
    assert isinstance(await failure(upstream, "course_progress", COURSE, user=user), BadInput)
    assert not upstream.urls


async def test_settings_of_a_course_keep_their_names_and_are_converted() -> None:
    upstream = canvas_upstream(
        {
            "/courses/1/settings": {
                "hide_final_grades": "false",
                "home_page_announcement_limit": 3,
                "grading_standard_id": 0,
                "image_id": 77,
                "default_due_time": "23:59:59",
                "homeroom_course": None,
                "new_since_then": {"started_at": "2026-01-01T00:00:00Z"},
            }
        }
    )
    assert await value(upstream, "course_settings", COURSE) == {
        "hide_final_grades": False,
        "home_page_announcement_limit": 3,
        "grading_standard_id": "0",
        "image_id": "77",
        "default_due_time": "23:59:59",
        "homeroom_course": None,
        "new_since_then": {"started_at": at(2026, 1, 1)},
    }


@pytest.mark.parametrize(
    ("name", "of", "path"),
    [
        ("course_permissions", COURSE, "/courses/1/permissions"),
        ("account_permissions", ACCOUNT, "/accounts/4/permissions"),
        ("account_permissions", None, "/accounts/self/permissions"),
    ],
)
async def test_permissions_are_booleans_though_documented_as_words(
    name: str, of: Key | None, path: str
) -> None:
    upstream = canvas_upstream({path: {"manage_grades": "false", "read_sis": True, "odd": None}})
    assert await value(upstream, name, of, names=("manage_grades", "read_sis")) == [
        {"name": "manage_grades", "granted": False},
        {"name": "read_sis", "granted": True},
        {"name": "odd", "granted": None},
    ]
    assert upstream.urls == [f"{path}?permissions[]=manage_grades&permissions[]=read_sis"]


async def test_permissions_without_names_are_all() -> None:
    upstream = canvas_upstream({"/courses/1/permissions": {"read": True}})
    assert await value(upstream, "course_permissions", COURSE) == [{"name": "read", "granted": True}]
    assert upstream.urls == ["/courses/1/permissions"]


async def test_the_activity_summary_is_one_reply_and_not_paged() -> None:
    path = "/courses/1/activity_stream/summary"
    upstream = canvas_upstream({path: [{"type": "DiscussionTopic", "unread_count": 2, "count": 7}]})
    results = await value(upstream, "activity_stream_summary", COURSE)
    assert results == [{"type": "DiscussionTopic", "unread_count": 2, "count": 7}]
    assert upstream.urls == [path]


async def test_due_dates_are_rows_of_a_map_of_maps_keyed_by_ids() -> None:
    path = "/courses/1/effective_due_dates"
    due = {"due_at": "2015-09-05", "grading_period_id": None, "in_closed_grading_period": False}
    upstream = canvas_upstream(
        {path: {"1": {"14": due, "15": {**due, "due_at": None, "grading_period_id": 3}}, "2": {}}}
    )
    assert await value(upstream, "effective_due_dates", COURSE, assignment_ids=("1", "2")) == [
        {
            "assignment_id": "1",
            "user_id": "14",
            "due_at": at(2015, 9, 5),
            "grading_period_id": None,
            "in_closed_grading_period": False,
        },
        {
            "assignment_id": "1",
            "user_id": "15",
            "due_at": None,
            "grading_period_id": "3",
            "in_closed_grading_period": False,
        },
    ]
    assert upstream.urls == [f"{path}?assignment_ids[]=1&assignment_ids[]=2"]


async def test_due_dates_of_invalid_assignments_are_refused() -> None:
    """Canvas answers 422 with `errors` as a text, so an invalid id is not sent."""
    upstream = canvas_upstream(
        {"/courses/1/effective_due_dates": json_reply({"errors": "assignment_ids param is invalid"}, 422)}
    )
    assert isinstance(await failure(upstream, "effective_due_dates", COURSE, assignment_ids=("9",)), BadInput)
    assert len(upstream.urls) == 1
    assert isinstance(await failure(upstream, "effective_due_dates", COURSE, assignment_ids=("x",)), BadInput)
    assert len(upstream.urls) == 1


async def test_a_preview_is_a_post_that_changes_nothing() -> None:
    upstream = canvas_upstream({"/courses/1/preview_html": {"html": "<p>ok</p>"}})
    assert await value(upstream, "preview_html", COURSE, html="<p onclick=x>ok") == "<p>ok</p>"
    (call,) = upstream.calls
    assert (call.method, call.json, call.params) == ("POST", {"html": "<p onclick=x>ok"}, ())
    assert call.safe


async def test_a_course_copy() -> None:
    row = {
        "id": 257,
        "progress": 100,
        "workflow_state": "completed",
        "status_url": "/x",
        "created_at": "2011-11-17T16:50:06Z",
    }
    upstream = canvas_upstream({"/courses/1/course_copy/257": row})
    assert await value(upstream, "course_copy", COURSE, id="257") == {
        **row,
        "id": "257",
        "created_at": at(2011, 11, 17, 16, 50, 6),
    }


# Users of a course


async def test_a_user_of_a_course_includes_the_email_address() -> None:
    upstream = canvas_upstream({"/courses/1/users/5": user_row(5, email="a@maple.example")})
    results = await operation(
        upstream, "course_user", COURSE, user="5", projection=Projection.of("name", "email")
    )
    assert isinstance(results, User)
    assert (results.key.id, results.email) == ("5", "a@maple.example")
    assert upstream.includes() == ["email"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sis_id", "sis_user_id"),
        ("login_id", "sis_login_id"),
        ("integration_id", "sis_integration_id"),
    ],
)
async def test_a_user_of_a_course_by_another_identifier(name: str, path: str) -> None:
    upstream = canvas_upstream({f"/courses/1/users/{path}:U5": user_row(5)})
    arguments: dict[str, Any] = {name: "U5"}
    results = await operation(upstream, "course_user", COURSE, **arguments)
    assert results.key.id == "5"


@pytest.mark.parametrize("refusal", [MISSING, DENIED, DENIED_OLD])
async def test_a_user_outside_the_course_is_null(refusal: Reply) -> None:
    upstream = canvas_upstream({"/courses/1/users/5": refusal})
    assert await operation(upstream, "course_user", COURSE, user="5") is None


# Accounts


async def test_an_accounts_settings_may_be_empty() -> None:
    upstream = canvas_upstream({"/accounts/4/settings": {}})
    assert await value(upstream, "account_settings", ACCOUNT) == {}


async def test_undocumented_settings_are_not_changed() -> None:
    settings = {"microsoft_sync_enabled": True, "microsoft_sync_login_attribute_suffix": False}
    upstream = canvas_upstream({"/accounts/4/settings": settings, "/settings/environment": {"limit": 10}})
    assert await value(upstream, "account_settings", ACCOUNT) == settings
    assert await value(upstream, "environment") == {"limit": 10}


async def test_terms_of_service() -> None:
    row = {
        "id": 1,
        "terms_type": "default",
        "passive": False,
        "account_id": 1,
        "content": "…",
        "self_registration_type": "none",
    }
    upstream = canvas_upstream({"/accounts/4/terms_of_service": row})
    assert await value(upstream, "terms_of_service", ACCOUNT) == {
        **row,
        "id": "1",
        "account_id": "1",
    }


async def test_help_links_of_an_account_below_the_root_are_none() -> None:
    """Canvas answers with an empty object."""
    upstream = canvas_upstream({"/accounts/4/help_links": {}})
    assert await operation(upstream, "help_links", ACCOUNT) is None


async def test_help_links() -> None:
    link = {
        "id": "instructor_question",
        "text": "Ask",
        "available_to": ["user", "student"],
        "is_new": "false",
        "url": "#x",
    }
    upstream = canvas_upstream(
        {
            "/accounts/4/help_links": {
                "help_link_name": "Help",
                "custom_help_links": [],
                "default_help_links": [link],
            }
        }
    )
    assert await value(upstream, "help_links", ACCOUNT) == {
        "help_link_name": "Help",
        "custom_help_links": [],
        "default_help_links": [{**link, "is_new": False}],
    }


async def test_the_account_of_manually_created_courses_is_an_account() -> None:
    row = {"id": 9, "name": "By hand", "parent_account_id": 1, "workflow_state": "active"}
    upstream = canvas_upstream({"/manually_created_courses_account": row})
    results = await operation(upstream, "manually_created_courses_account", projection=Projection.of("name"))
    assert (results.key, results.name) == (Key(Kind.ACCOUNT, "9"), "By hand")


async def test_the_search_for_schools_is_one_reply_and_not_paged() -> None:
    row = {
        "name": "Maple",
        "domain": "maple.example",
        "distance": None,
        "authentication_provider": None,
    }
    upstream = canvas_upstream({"/accounts/search": [row]})
    assert await value(upstream, "account_domains", name="ma", latitude=1.5) == [row]
    assert upstream.urls == ["/accounts/search?name=ma&latitude=1.5"]


async def test_the_count_of_visible_calendars_is_within_an_object() -> None:
    upstream = canvas_upstream({"/accounts/4/visible_calendars_count": {"count": 3}})
    assert await value(upstream, "visible_calendars_count", ACCOUNT) == 3


async def test_available_reports_are_not_paged_and_name_their_parameters() -> None:
    upstream = canvas_upstream(
        {
            "/accounts/4/reports": [
                {"report": "a_csv", "title": "A", "parameters": None, "last_run": None},
                {
                    "report": "grade_export_csv",
                    "title": "Grades",
                    "parameters": {"term": {"description": "The term", "required": True}},
                    "last_run": {"id": 3, "created_at": "2026-01-01T00:00:00Z"},
                },
            ]
        }
    )
    assert await value(upstream, "available_reports", ACCOUNT) == [
        {"report": "a_csv", "title": "A", "parameters": None, "last_run": None},
        {
            "report": "grade_export_csv",
            "title": "Grades",
            "parameters": [{"name": "term", "description": "The term", "required": True}],
            "last_run": {"id": "3", "created_at": "2026-01-01T00:00:00Z"},
        },
    ]
    assert upstream.urls == ["/accounts/4/reports"]


# Documents with an id


async def test_a_report_keeps_its_parameters_as_words() -> None:
    """They were sent as a form, so Canvas returns the boolean as `"true"`."""
    path = "/accounts/4/reports/grade_export_csv/7"
    upstream = canvas_upstream(
        {
            path: {
                "id": 7,
                "report": "grade_export_csv",
                "status": "complete",
                "progress": "100",
                "parameters": {"users": "true", "start_at": "soon"},
                "file_url": "https://maple.instructure.com/x",
                "created_at": "2026-01-01T00:00:00Z",
                "started_at": None,
            }
        }
    )
    results = await operation(upstream, "report", ACCOUNT, report="grade_export_csv", id="7")
    assert results.key == Key(Kind.REPORT, "4.grade_export_csv.7")
    assert results.value["parameters"] == {"users": "true", "start_at": "soon"}
    assert results.value["progress"] == 100
    assert (results.value["created_at"], results.value["started_at"]) == (at(2026, 1, 1), None)
    assert upstream.urls == [path]


@pytest.mark.parametrize("name", ["../../users", "a/b", "", "a.b", None])
async def test_an_invalid_report_name_sends_nothing(name: str | None) -> None:
    upstream = canvas_upstream()
    assert isinstance(await failure(upstream, "report", ACCOUNT, report=name, id="7"), BadInput)
    assert not upstream.urls


async def test_an_access_token_has_no_secret() -> None:
    row = {
        "id": 3,
        "user_id": 5,
        "purpose": "x",
        "scopes": ["url:GET|/api/v1/courses"],
        "visible_token": "1~abc...",
        "token": SECRET,
        "workflow_state": "active",
        "expires_at": None,
        "real_user_id": None,
    }
    upstream = canvas_upstream({"/users/5/tokens/3": row})
    results = await operation(upstream, "access_token", USER, id="3")
    assert results.key == Key(Kind.TOKEN, "5.3")
    assert results.value["scopes"] == ["url:GET|/api/v1/courses"]
    assert SECRET not in repr(results)
    assert not results.value.keys() & {"token", "visible_token"}


@pytest.mark.parametrize("hint_keys", [{"token_hint": "1~fea"}, {"visible_token": "1~fea..."}])
async def test_a_tokens_hint_has_no_dots(hint_keys: dict[str, str]) -> None:
    """Canvas replaces the rest of the secret by three dots; the hint identifies the token."""
    upstream = canvas_upstream({"/users/5/tokens/3": {"id": 3, **hint_keys}})
    results = await operation(upstream, "access_token", USER, id="3")
    assert results.value["token_hint"] == "1~fea"


@pytest.mark.parametrize("key", ["token", "visible_token"])
async def test_a_repeated_secret_is_removed(key: str) -> None:
    upstream = canvas_upstream({"/users/5/tokens/3": {"id": 3, key: SECRET}})
    results = await operation(upstream, "access_token", USER, id="3")
    assert SECRET not in repr(results)
    assert results.value["token_hint"] is None


async def test_an_access_token_by_its_hint_and_never_by_its_secret() -> None:
    upstream = canvas_upstream({"/users/self/tokens/1~abc": {"id": 3, "user_id": 5}})
    results = await operation(upstream, "access_token", id="1~abc")
    assert results.key == Key(Kind.TOKEN, "5.3")
    error = await failure(upstream, "access_token", id=SECRET)
    assert isinstance(error, BadInput)
    assert SECRET not in error.message
    assert len(upstream.urls) == 1


async def test_a_calendar_has_its_accounts_id() -> None:
    row = {
        "id": 4,
        "name": "Maple",
        "visible": True,
        "auto_subscribe": False,
        "parent_account_id": None,
        "root_account_id": 0,
        "asset_string": "account_4",
        "can_create_calendar_events": True,
    }
    upstream = canvas_upstream({"/account_calendars/4": row})
    results = await operation(upstream, "calendar", ACCOUNT)
    assert results.key == Key(Kind.CALENDAR, "4")
    assert results.value == {**row, "id": "4", "root_account_id": None}


async def test_a_notification() -> None:
    row = {
        "id": 2,
        "subject": "Snow",
        "message": "<p>!</p>",
        "start_at": "2026-01-01T00:00:00Z",
        "roles": ["StudentEnrollment", "NilEnrollment"],
        "role_ids": [3, None],
        "author": {"id": 8, "name": "Ada"},
    }
    upstream = canvas_upstream({"/accounts/4/account_notifications/2": row})
    results = await operation(upstream, "notification", ACCOUNT, id="2")
    assert results.key == Key(Kind.NOTIFICATION, "4.2")
    assert results.value["role_ids"] == ["3"]  # users without an enrollment have no role id
    assert results.value["roles"] == ["StudentEnrollment", "NilEnrollment"]
    assert results.value["author"] == {"id": "8", "name": "Ada"}
    assert results.value["start_at"] == at(2026, 1, 1)


async def test_notifications_are_not_paged_and_each_can_be_fetched_again() -> None:
    path = "/accounts/4/account_notifications"
    upstream = canvas_upstream({path: [{"id": n, "subject": str(n)} for n in range(1, 13)]})
    results = await value(upstream, "notifications", ACCOUNT, include_past=True, include_all=True)
    assert [item.key.id for item in results] == [f"4.{n}" for n in range(1, 13)]
    assert all(isinstance(item, Document) for item in results)
    assert upstream.urls == [f"{path}?include_past=true&include_all=true"]


OBJECTS: list[tuple[str, Key, dict[str, Any], str]] = [
    ("course_copy", COURSE, {"id": "2"}, "/courses/1/course_copy/2"),
    ("report", ACCOUNT, {"report": "a", "id": "2"}, "/accounts/4/reports/a/2"),
    ("access_token", USER, {"id": "2"}, "/users/5/tokens/2"),
    ("calendar", ACCOUNT, {}, "/account_calendars/4"),
    ("notification", ACCOUNT, {"id": "2"}, "/accounts/4/account_notifications/2"),
]


@pytest.mark.parametrize(("name", "of", "arguments", "path"), OBJECTS)
@pytest.mark.parametrize("refusal", [MISSING, DENIED, DENIED_OLD])
async def test_an_unknown_or_hidden_object_is_none(
    name: str, of: Key, arguments: dict[str, Any], path: str, refusal: Reply
) -> None:
    """Canvas answers 404 for another user's token, 401 or 403 for a dismissed notification."""
    upstream = canvas_upstream({path: refusal})
    assert await operation(upstream, name, of, **arguments) is None
    assert upstream.urls == [path]


async def test_a_refused_operation_is_forbidden() -> None:
    upstream = canvas_upstream({"/accounts/4/settings": DENIED, "/courses/1/settings": DENIED_OLD})
    assert isinstance(await failure(upstream, "account_settings", ACCOUNT), Forbidden)
    assert isinstance(await failure(upstream, "course_settings", COURSE), Forbidden)


async def test_an_operation_missing_in_this_version_is_none() -> None:
    """An unknown address is a web page with 404."""
    upstream = canvas_upstream({"/settings/environment": MISSING_PAGE})
    assert await operation(upstream, "environment") is None


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("everything", COURSE),
        ("course_settings", ACCOUNT),
        ("course_settings", None),
        ("account_settings", COURSE),
        ("access_token", COURSE),
    ],
)
async def test_an_operation_of_another_kind_of_object_is_refused(name: str, of: Key | None) -> None:
    upstream = canvas_upstream()
    assert isinstance(await failure(upstream, name, of, id="1"), Unsupported)
    assert not upstream.urls


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("course_settings", "/courses/1/settings", []),
        ("course_permissions", "/courses/1/permissions", [1]),
        ("activity_stream_summary", "/courses/1/activity_stream/summary", {}),
        ("activity_stream_summary", "/courses/1/activity_stream/summary", [3]),
        ("effective_due_dates", "/courses/1/effective_due_dates", {"1": []}),
        ("preview_html", "/courses/1/preview_html", {"html": None}),
    ],
)
async def test_a_reply_of_another_type_is_invalid(name: str, path: str, body: Any) -> None:
    upstream = canvas_upstream({path: body})
    assert isinstance(await failure(upstream, name, COURSE, html="x"), UpstreamInvalid)


async def test_an_operation_on_a_closed_course_costs_no_call() -> None:
    store = Store("maple")
    store.merge(Kind.COURSE, "1", {"canvas.access_restricted_by_date": True, "name": None})
    upstream = canvas_upstream()
    load = OperationLoad("course_settings", COURSE)
    assert await fetch_answers(canvas_backend(upstream), {load: Projection.of()}, store) == {load: None}
    assert not upstream.urls


async def test_equal_operations_of_a_batch_are_one_call() -> None:
    upstream = canvas_upstream(
        {"/courses/1/settings": linked_reply({}), "/courses/2/settings": linked_reply({})}
    )
    item, other = (OperationLoad("course_settings", Key(Kind.COURSE, n)) for n in "12")
    results = await fetch_answers(canvas_backend(upstream), {item: Projection.of(), other: Projection.of()})
    assert results == {item: Document({}), other: Document({})}
    assert sorted(upstream.urls) == ["/courses/1/settings", "/courses/2/settings"]


# Ids


@pytest.mark.parametrize(
    ("kind", "id", "canonical"),
    [
        (Kind.CALENDAR, "4", "4"),
        (Kind.NOTIFICATION, "4.2", "4.2"),
        (Kind.NOTIFICATION, "1~4.2", "10000000000004.2"),
        (Kind.TOKEN, "5.3", "5.3"),
        (Kind.REPORT, "4.grade_export_csv.7", "4.grade_export_csv.7"),
    ],
)
def test_ids_of_nested_objects_start_with_their_owners_id(kind: Kind, id: str, canonical: str) -> None:
    assert canvas_backend(canvas_upstream()).canonical_id(kind, id) == canonical


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        (Kind.CALENDAR, "4.2"),
        (Kind.NOTIFICATION, "4"),
        (Kind.NOTIFICATION, "4.2.3"),
        (Kind.NOTIFICATION, "4.x"),
        (Kind.TOKEN, "self.3"),
        (Kind.TOKEN, "5.1~abc"),
        (Kind.REPORT, "4.7"),
        (Kind.REPORT, "4.a/b.7"),
        (Kind.REPORT, "4..7"),
        (Kind.COURSE, "4.2"),
    ],
)
def test_ids_of_another_form_are_refused(kind: Kind, id: str) -> None:
    with pytest.raises(BadInput, match="vendorId"):
        canvas_backend(canvas_upstream()).canonical_id(kind, id)
