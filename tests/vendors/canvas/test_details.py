"""What Canvas tells beside facets: where it is asked, and what its answers become."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lms_gateway.domain.asks import Detail, Plain
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    NotFound,
    Unsupported,
    UpstreamInvalid,
)
from lms_gateway.domain.records import Key, Kind, User
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Reply
from tests.vendors.canvas.asking import (
    ACCOUNT,
    COURSE,
    DENIED,
    DENIED_OLD,
    MISSING,
    MISSING_PAGE,
    USER,
    Judged,
    detail,
    failure,
    value,
)
from tests.vendors.canvas.changing import told
from tests.vendors.canvas.script import answers, backend, reply, user
from tests.vendors.wants import wanting

NO_MODULES = {"error": {"message": "no progress available because this course is not …"}}
SECRET = "1~" + "s" * 62


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


# Courses


async def test_a_students_progress() -> None:
    script = Judged(
        {
            "/courses/1/users/5/progress": {
                "requirement_count": 10,
                "requirement_completed_count": 1,
                "next_requirement_url": None,
                "completed_at": "2013-06-01T00:00:00-06:00",
            }
        }
    )
    assert await value(script, "course_progress", COURSE, user="5") == {
        "requirement_count": 10,
        "requirement_completed_count": 1,
        "next_requirement_url": None,
        "completed_at": at(2013, 6, 1, 6),
    }


async def test_the_viewers_own_progress_is_asked_for_as_self() -> None:
    script = Judged({"/courses/1/users/self/progress": {"requirement_count": 2}})
    assert await value(script, "course_progress", COURSE) == {"requirement_count": 2}


@pytest.mark.parametrize("status", [200, 400])
async def test_an_error_in_the_place_of_progress_becomes_the_fields_error(status: int) -> None:
    """Canvas answers 400 here, and 200 where it writes the same within a course."""
    script = Judged({"/courses/1/users/5/progress": told(NO_MODULES, status)})
    error = await failure(script, "course_progress", COURSE, user="5")
    assert isinstance(error, NotFound)
    assert "modules" in error.message
    assert "not …" not in error.message  # Canvas's words are localized


@pytest.mark.parametrize("user", ["5/../6", "", "abc"])
async def test_progress_of_somebody_without_an_id_sends_nothing(user: str) -> None:
    script = Judged()
    assert isinstance(await failure(script, "course_progress", COURSE, user=user), BadInput)
    assert not script.calls


async def test_settings_of_a_course_keep_their_names_and_get_our_leaves() -> None:
    script = Judged(
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
    assert await value(script, "course_settings", COURSE) == {
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
    script = Judged({path: {"manage_grades": "false", "read_sis": True, "odd": None}})
    assert await value(script, name, of, names=("manage_grades", "read_sis")) == [
        {"name": "manage_grades", "granted": False},
        {"name": "read_sis", "granted": True},
        {"name": "odd", "granted": None},
    ]
    assert script.calls == [f"{path}?permissions[]=manage_grades&permissions[]=read_sis"]


async def test_permissions_without_names_are_all() -> None:
    script = Judged({"/courses/1/permissions": {"read": True}})
    assert await value(script, "course_permissions", COURSE) == [{"name": "read", "granted": True}]
    assert script.calls == ["/courses/1/permissions"]


async def test_the_activity_summary_is_one_reply_and_not_paged() -> None:
    path = "/courses/1/activity_stream/summary"
    script = Judged({path: [{"type": "DiscussionTopic", "unread_count": 2, "count": 7}]})
    found = await value(script, "activity_stream_summary", COURSE)
    assert found == [{"type": "DiscussionTopic", "unread_count": 2, "count": 7}]
    assert script.calls == [path]


async def test_due_dates_are_rows_of_a_map_of_maps_keyed_by_ids() -> None:
    path = "/courses/1/effective_due_dates"
    due = {"due_at": "2015-09-05", "grading_period_id": None, "in_closed_grading_period": False}
    script = Judged(
        {path: {"1": {"14": due, "15": {**due, "due_at": None, "grading_period_id": 3}}, "2": {}}}
    )
    assert await value(script, "effective_due_dates", COURSE, assignment_ids=("1", "2")) == [
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
    assert script.calls == [f"{path}?assignment_ids[]=1&assignment_ids[]=2"]


async def test_due_dates_of_what_is_no_assignment_are_refused() -> None:
    """Canvas answers 422 with `errors` as a text; an id that is none is not even sent."""
    script = Judged(
        {"/courses/1/effective_due_dates": told({"errors": "assignment_ids param is invalid"}, 422)}
    )
    assert isinstance(
        await failure(script, "effective_due_dates", COURSE, assignment_ids=("9",)), BadInput
    )
    assert len(script.calls) == 1
    assert isinstance(
        await failure(script, "effective_due_dates", COURSE, assignment_ids=("x",)), BadInput
    )
    assert len(script.calls) == 1


async def test_a_preview_is_a_post_that_changes_nothing() -> None:
    script = Judged({"/courses/1/preview_html": {"html": "<p>ok</p>"}})
    assert await value(script, "preview_html", COURSE, html="<p onclick=x>ok") == "<p>ok</p>"
    (call,) = script.sent
    assert (call.method, call.json, call.params) == ("POST", {"html": "<p onclick=x>ok"}, ())
    assert call.safe


async def test_a_course_copy() -> None:
    row = {"id": 257, "progress": 100, "workflow_state": "completed", "status_url": "/x",
           "created_at": "2011-11-17T16:50:06Z"}  # fmt: skip
    script = Judged({"/courses/1/course_copy/257": row})
    assert await value(script, "course_copy", COURSE, id="257") == {
        **row, "id": "257", "created_at": at(2011, 11, 17, 16, 50, 6),
    }  # fmt: skip


# Somebody in a course


async def test_a_user_of_a_course_is_asked_for_with_the_address_that_comes_unasked_in_lists() -> (
    None
):
    script = Judged({"/courses/1/users/5": user(5, email="a@maple.example")})
    found = await detail(script, "course_user", COURSE, user="5", wants=wanting("name", "email"))
    assert isinstance(found, User)
    assert (found.key.id, found.email) == ("5", "a@maple.example")
    assert script.includes() == ["email"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sis_id", "sis_user_id"),
        ("login_id", "sis_login_id"),
        ("integration_id", "sis_integration_id"),
    ],
)
async def test_a_user_of_a_course_by_another_name(name: str, path: str) -> None:
    script = Judged({f"/courses/1/users/{path}:U5": user(5)})
    given: dict[str, Any] = {name: "U5"}
    found = await detail(script, "course_user", COURSE, **given)
    assert found.key.id == "5"


@pytest.mark.parametrize("refusal", [MISSING, DENIED, DENIED_OLD])
async def test_who_is_not_in_the_course_is_nobody_there(refusal: Reply) -> None:
    script = Judged({"/courses/1/users/5": refusal})
    assert await detail(script, "course_user", COURSE, user="5") is None


# Accounts


async def test_an_accounts_settings_may_be_empty() -> None:
    script = Judged({"/accounts/4/settings": {}})
    assert await value(script, "account_settings", ACCOUNT) == {}


async def test_free_settings_are_left_as_they_are() -> None:
    told_ = {"microsoft_sync_enabled": True, "microsoft_sync_login_attribute_suffix": False}
    script = Judged({"/accounts/4/settings": told_, "/settings/environment": {"limit": 10}})
    assert await value(script, "account_settings", ACCOUNT) == told_
    assert await value(script, "environment") == {"limit": 10}


async def test_terms_of_service() -> None:
    row = {"id": 1, "terms_type": "default", "passive": False, "account_id": 1, "content": "…",
           "self_registration_type": "none"}  # fmt: skip
    script = Judged({"/accounts/4/terms_of_service": row})
    assert await value(script, "terms_of_service", ACCOUNT) == {**row, "id": "1", "account_id": "1"}


async def test_help_links_of_an_account_below_the_root_are_none() -> None:
    """Canvas answers an empty object there."""
    script = Judged({"/accounts/4/help_links": {}})
    assert await detail(script, "help_links", ACCOUNT) is None


async def test_help_links() -> None:
    link = {"id": "instructor_question", "text": "Ask", "available_to": ["user", "student"],
            "is_new": "false", "url": "#x"}  # fmt: skip
    script = Judged({"/accounts/4/help_links": {"help_link_name": "Help", "custom_help_links": [],
                                                "default_help_links": [link]}})  # fmt: skip
    assert await value(script, "help_links", ACCOUNT) == {
        "help_link_name": "Help",
        "custom_help_links": [],
        "default_help_links": [{**link, "is_new": False}],
    }


async def test_the_account_of_courses_made_by_hand_is_an_account() -> None:
    row = {"id": 9, "name": "By hand", "parent_account_id": 1, "workflow_state": "active"}
    script = Judged({"/manually_created_courses_account": row})
    found = await detail(script, "manually_created_courses_account", wants=wanting("name"))
    assert (found.key, found.name) == (Key(Kind.ACCOUNT, "9"), "By hand")


async def test_the_search_for_schools_is_one_reply_and_not_paged() -> None:
    row = {"name": "Maple", "domain": "maple.example", "distance": None,
           "authentication_provider": None}  # fmt: skip
    script = Judged({"/accounts/search": [row]})
    assert await value(script, "account_domains", name="ma", latitude=1.5) == [row]
    assert script.calls == ["/accounts/search?name=ma&latitude=1.5"]


async def test_the_count_of_visible_calendars_is_within_an_object() -> None:
    script = Judged({"/accounts/4/visible_calendars_count": {"count": 3}})
    assert await value(script, "visible_calendars_count", ACCOUNT) == 3


async def test_reports_that_can_be_run_are_not_paged_and_their_parameters_have_names() -> None:
    script = Judged(
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
    assert await value(script, "available_reports", ACCOUNT) == [
        {"report": "a_csv", "title": "A", "parameters": None, "last_run": None},
        {
            "report": "grade_export_csv",
            "title": "Grades",
            "parameters": [{"name": "term", "description": "The term", "required": True}],
            "last_run": {"id": "3", "created_at": "2026-01-01T00:00:00Z"},
        },
    ]
    assert script.calls == ["/accounts/4/reports"]


# What can be fetched again


async def test_a_report_keeps_its_parameters_as_words() -> None:
    """They were sent as a form: `"true"` is what Canvas tells of a boolean."""
    path = "/accounts/4/reports/grade_export_csv/7"
    script = Judged(
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
    found = await detail(script, "report", ACCOUNT, report="grade_export_csv", id="7")
    assert found.key == Key(Kind.REPORT, "4.grade_export_csv.7")
    assert found.value["parameters"] == {"users": "true", "start_at": "soon"}
    assert found.value["progress"] == 100
    assert (found.value["created_at"], found.value["started_at"]) == (at(2026, 1, 1), None)
    assert script.calls == [path]


@pytest.mark.parametrize("name", ["../../users", "a/b", "", "a.b", None])
async def test_a_report_of_no_such_name_sends_nothing(name: str | None) -> None:
    script = Judged()
    assert isinstance(await failure(script, "report", ACCOUNT, report=name, id="7"), BadInput)
    assert not script.calls


async def test_an_access_token_is_told_without_its_secret() -> None:
    row = {"id": 3, "user_id": 5, "purpose": "x", "scopes": ["url:GET|/api/v1/courses"],
           "visible_token": "1~abc...", "token": SECRET, "workflow_state": "active",
           "expires_at": None, "real_user_id": None}  # fmt: skip
    script = Judged({"/users/5/tokens/3": row})
    found = await detail(script, "access_token", USER, id="3")
    assert found.key == Key(Kind.TOKEN, "5.3")
    assert found.value["scopes"] == ["url:GET|/api/v1/courses"]
    assert SECRET not in repr(found)
    assert not found.value.keys() & {"token", "visible_token"}


@pytest.mark.parametrize("told", [{"token_hint": "1~fea"}, {"visible_token": "1~fea..."}])
async def test_a_tokens_hint_is_told_without_the_dots(told: dict[str, str]) -> None:
    """Canvas writes three dots in the place of the rest of the secret; the hint finds the token."""
    script = Judged({"/users/5/tokens/3": {"id": 3, **told}})
    found = await detail(script, "access_token", USER, id="3")
    assert found.value["token_hint"] == "1~fea"


@pytest.mark.parametrize("key", ["token", "visible_token"])
async def test_a_secret_that_is_told_again_is_dropped(key: str) -> None:
    script = Judged({"/users/5/tokens/3": {"id": 3, key: SECRET}})
    found = await detail(script, "access_token", USER, id="3")
    assert SECRET not in repr(found)
    assert found.value["token_hint"] is None


async def test_an_access_token_by_its_hint_and_never_by_its_secret() -> None:
    script = Judged({"/users/self/tokens/1~abc": {"id": 3, "user_id": 5}})
    found = await detail(script, "access_token", id="1~abc")
    assert found.key == Key(Kind.TOKEN, "5.3")
    error = await failure(script, "access_token", id=SECRET)
    assert isinstance(error, BadInput)
    assert SECRET not in error.message
    assert len(script.calls) == 1


async def test_a_calendar_has_its_accounts_id() -> None:
    row = {"id": 4, "name": "Maple", "visible": True, "auto_subscribe": False,
           "parent_account_id": None, "root_account_id": 0, "asset_string": "account_4",
           "can_create_calendar_events": True}  # fmt: skip
    script = Judged({"/account_calendars/4": row})
    found = await detail(script, "calendar", ACCOUNT)
    assert found.key == Key(Kind.CALENDAR, "4")
    assert found.value == {**row, "id": "4", "root_account_id": None}


async def test_a_notification() -> None:
    row = {"id": 2, "subject": "Snow", "message": "<p>!</p>", "start_at": "2026-01-01T00:00:00Z",
           "roles": ["StudentEnrollment", "NilEnrollment"], "role_ids": [3, None],
           "author": {"id": 8, "name": "Ada"}}  # fmt: skip
    script = Judged({"/accounts/4/account_notifications/2": row})
    found = await detail(script, "notification", ACCOUNT, id="2")
    assert found.key == Key(Kind.NOTIFICATION, "4.2")
    assert found.value["role_ids"] == ["3"]  # who is enrolled nowhere has no role with an id
    assert found.value["roles"] == ["StudentEnrollment", "NilEnrollment"]
    assert found.value["author"] == {"id": "8", "name": "Ada"}
    assert found.value["start_at"] == at(2026, 1, 1)


async def test_notifications_are_not_paged_and_each_can_be_fetched_again() -> None:
    path = "/accounts/4/account_notifications"
    script = Judged({path: [{"id": n, "subject": str(n)} for n in range(1, 13)]})
    found = await value(script, "notifications", ACCOUNT, include_past=True, include_all=True)
    assert [one.key.id for one in found] == [f"4.{n}" for n in range(1, 13)]
    assert all(isinstance(one, Plain) for one in found)
    assert script.calls == [f"{path}?include_past=true&include_all=true"]


OBJECTS: list[tuple[str, Key, dict[str, Any], str]] = [
    ("course_copy", COURSE, {"id": "2"}, "/courses/1/course_copy/2"),
    ("report", ACCOUNT, {"report": "a", "id": "2"}, "/accounts/4/reports/a/2"),
    ("access_token", USER, {"id": "2"}, "/users/5/tokens/2"),
    ("calendar", ACCOUNT, {}, "/account_calendars/4"),
    ("notification", ACCOUNT, {"id": "2"}, "/accounts/4/account_notifications/2"),
]


@pytest.mark.parametrize(("name", "of", "given", "path"), OBJECTS)
@pytest.mark.parametrize("refusal", [MISSING, DENIED, DENIED_OLD])
async def test_an_object_that_is_unknown_or_hidden_is_none(
    name: str, of: Key, given: dict[str, Any], path: str, refusal: Reply
) -> None:
    """Canvas answers 404 for another user's token, 401 or 403 for a dismissed notification."""
    script = Judged({path: refusal})
    assert await detail(script, name, of, **given) is None
    assert script.calls == [path]


async def test_an_operation_that_is_refused_says_so() -> None:
    script = Judged({"/accounts/4/settings": DENIED, "/courses/1/settings": DENIED_OLD})
    assert isinstance(await failure(script, "account_settings", ACCOUNT), Forbidden)
    assert isinstance(await failure(script, "course_settings", COURSE), Forbidden)


async def test_an_operation_that_this_canvas_has_not_yet_answers_none() -> None:
    """An unknown address is a web page with 404."""
    script = Judged({"/settings/environment": MISSING_PAGE})
    assert await detail(script, "environment") is None


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
async def test_what_canvas_tells_of_nothing_such_is_refused(name: str, of: Key | None) -> None:
    script = Judged()
    assert isinstance(await failure(script, name, of, id="1"), Unsupported)
    assert not script.calls


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
async def test_a_reply_of_another_shape_cannot_be_read(name: str, path: str, body: Any) -> None:
    script = Judged({path: body})
    assert isinstance(await failure(script, name, COURSE, html="x"), UpstreamInvalid)


async def test_a_detail_of_a_course_that_its_dates_close_costs_no_call() -> None:
    store = Store("maple")
    store.learn(Kind.COURSE, "1", {"canvas.access_restricted_by_date": True, "name": None})
    script = Judged()
    ask = Detail("course_settings", COURSE)
    assert await answers(backend(script), {ask: wanting()}, store) == {ask: None}
    assert not script.calls


async def test_equal_details_of_one_wave_are_asked_once_and_different_ones_side_by_side() -> None:
    script = Judged({"/courses/1/settings": reply({}), "/courses/2/settings": reply({})})
    one, other = (Detail("course_settings", Key(Kind.COURSE, n)) for n in "12")
    found = await answers(backend(script), {one: wanting(), other: wanting()})
    assert found == {one: Plain({}), other: Plain({})}
    assert sorted(script.calls) == ["/courses/1/settings", "/courses/2/settings"]


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
def test_ids_of_what_lies_below_something_have_its_id_in_front(
    kind: Kind, id: str, canonical: str
) -> None:
    assert backend(Judged()).canonical_id(kind, id) == canonical


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
def test_ids_of_another_shape_are_refused(kind: Kind, id: str) -> None:
    with pytest.raises(BadInput, match="vendorId"):
        backend(Judged()).canonical_id(kind, id)
