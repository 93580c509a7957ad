"""Filters that only Canvas has: their parameters, and values that Canvas silently ignores."""

from typing import Any

import pytest

from lms_gateway.domain.errors import BadInput, Forbidden, LmsError, Unsupported
from lms_gateway.domain.loads import (
    Children,
    CourseFilter,
    Load,
    MemberFilter,
    Members,
    PageRequest,
    Search,
)
from lms_gateway.domain.models import EnrollmentState, Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.upstream.messages import Call
from tests.vendors.canvas.rows import course_row, paged_list, user_row
from tests.vendors.canvas.scripted import (
    ACCOUNT,
    COURSE,
    DENIED,
    USER,
    canvas_backend,
    canvas_upstream,
)
from tests.vendors.fake_upstream import query_of
from tests.vendors.fetching import fetch_answer, fetch_page, vendor_ids

SECTION = Key(Kind.SECTION, "1")
PATH, USERS = "/accounts/4/courses", "/courses/1/users"


def of_account(*arguments: tuple[str, Any], **others: Any) -> Children:
    return Children(ACCOUNT, Kind.COURSE, CourseFilter(canvas=arguments, **others))


def of_user(*arguments: tuple[str, Any]) -> Children:
    return Children(USER, Kind.COURSE, CourseFilter(canvas=arguments))


def course_users(*arguments: tuple[str, Any], **others: Any) -> Members:
    return Members(COURSE, Kind.USER, MemberFilter(canvas=arguments, **others))


async def sent_query(load: Load, path: str) -> list[str]:
    """Return the query of the load's only call, without the page size."""
    upstream = canvas_upstream({path: []})
    await fetch_page(canvas_backend(upstream), load, Projection.of("name"))
    (call,) = upstream.urls
    return [part for part in call.partition("?")[2].split("&") if not part.startswith("per_page=")]


async def rejection(load: Load) -> LmsError:
    upstream = canvas_upstream()
    results = await fetch_answer(canvas_backend(upstream), load, Projection.of("name"))
    assert isinstance(results, LmsError)
    assert not upstream.urls
    return results


@pytest.mark.parametrize(
    "name",
    [
        "with_enrollments",
        "published",
        "completed",
        "blueprint",
        "blueprint_associated",
        "public",
        "homeroom",
    ],
)
@pytest.mark.parametrize("value", [True, False])
async def test_an_accounts_courses_distinguish_false_from_a_missing_filter(name: str, value: bool) -> None:
    word = "true" if value else "false"
    assert await sent_query(of_account((name, value)), PATH) == [f"{name}={word}"]
    assert await sent_query(of_account(), PATH) == []


async def test_hide_enrollmentless_courses_is_sent_only_if_true() -> None:
    """Canvas checks only the presence of the parameter."""
    name = "hide_enrollmentless_courses"
    assert await sent_query(of_account((name, True)), PATH) == [f"{name}=true"]
    assert await sent_query(of_account((name, False)), PATH) == []


async def test_lists_of_words_and_ids_are_always_sent_as_lists() -> None:
    """Canvas ignores a single value without brackets."""
    load = of_account(("enrollment_type", ("teacher",)), ("by_subaccounts", ("7",)))
    assert await sent_query(load, PATH) == ["enrollment_type[]=teacher", "by_subaccounts[]=7"]


async def test_an_accounts_courses_are_sorted_and_filtered_by_date() -> None:
    load = of_account(
        ("sort", "course_name"), ("order", "desc"), ("search_by", "teacher"),
        ("starts_before", "2026-01-01"), ("ends_after", "2025-01-01T00:00:00Z"), search="Ada",
    )  # fmt: skip
    assert await sent_query(load, PATH) == [
        "search_term=Ada", "sort=course_name", "order=desc", "search_by=teacher",
        "starts_before=2026-01-01", "ends_after=2025-01-01T00:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ((("order", "desc"),), BadInput),  # ignored without `sort`
        ((("sort", "name"),), BadInput),
        ((("published", "yes"),), BadInput),
        ((("enrollment_type", ("pupil",)),), BadInput),
        ((("by_subaccounts", ("x",)),), BadInput),
        ((("enrollment_state", "active"),), Unsupported),
    ],
)
async def test_filters_that_an_accounts_list_ignores_are_refused(
    arguments: tuple[tuple[str, Any], ...], kind: type[LmsError]
) -> None:
    assert isinstance(await rejection(of_account(*arguments)), kind)


async def test_an_empty_choice_matches_nothing() -> None:
    upstream = canvas_upstream()
    results = await fetch_page(
        canvas_backend(upstream), of_account(("enrollment_type", ())), Projection.of("name")
    )
    assert (vendor_ids(results), upstream.urls) == ([], [])


async def test_a_users_courses_are_filtered_by_enrollment() -> None:
    load = of_user(
        ("enrollment_type", "teacher"), ("enrollment_role_id", "3"),
        ("enrollment_state", "invited_or_pending"), ("exclude_blueprint_courses", True),
        ("homeroom", False), ("account_id", "4"),
    )  # fmt: skip
    assert await sent_query(load, "/users/5/courses") == [
        "enrollment_type=teacher", "enrollment_role_id=3", "enrollment_state=invited_or_pending",
        "exclude_blueprint_courses=true", "homeroom=false", "account_id=4",
    ]  # fmt: skip


async def test_a_users_courses_accept_one_enrollment_type() -> None:
    assert await sent_query(of_user(("enrollment_type", ("ta",))), "/users/5/courses") == [
        "enrollment_type=ta"
    ]
    several = of_user(("enrollment_type", ("ta", "teacher")))
    assert isinstance(await rejection(several), Unsupported)
    assert isinstance(await rejection(of_user(("published", True))), Unsupported)


async def test_the_tenants_courses_with_a_canvas_filter_are_never_the_viewers() -> None:
    upstream = canvas_upstream({"/accounts/self/courses": DENIED, "/courses": [course_row(1)]})
    load = Search(Kind.COURSE, CourseFilter(canvas=(("published", True),)))
    assert isinstance(await fetch_answer(canvas_backend(upstream), load, Projection.of("name")), Forbidden)
    assert upstream.paths == ["/accounts/self/courses"]


async def test_a_courses_users_are_sorted() -> None:
    load = course_users(("sort", "last_login"), ("enrollment_role_id", "12"), roles=(Role.STUDENT,))
    assert await sent_query(load, USERS) == [
        "enrollment_type[]=student", "enrollment_state[]=active", "enrollment_state[]=invited",
        "sort=last_login", "enrollment_role_id=12",
    ]  # fmt: skip


async def test_sorted_teachers_are_not_taken_from_the_course() -> None:
    load = course_users(("sort", "email"), roles=(Role.TEACHER,))
    assert "sort=email" in await sent_query(load, USERS)


async def test_user_id_is_sent_with_the_first_page_only() -> None:
    """Canvas returns the page that contains the user instead of the requested one."""
    everyone = [user_row(n) for n in range(1, 8)]
    plain = paged_list(USERS, everyone)

    def rows(call: Call) -> Any:
        if "user_id" in query_of(call):
            call = call._replace(params=(*call.params, ("page", "2")))
        return plain(call)

    upstream = canvas_upstream({USERS: rows})
    load = course_users(("user_id", "4"))
    load = Members(load.group, load.kind, load.filter, PageRequest(3))
    results = await fetch_page(canvas_backend(upstream), load, Projection.of("name"))
    assert vendor_ids(results) == ["4", "5", "6"]
    assert results.total is None  # pages before the user's are not counted
    repeated = Members(load.group, load.kind, load.filter, PageRequest(3, results.positions[-1]))
    rest = await fetch_page(canvas_backend(upstream), repeated, Projection.of("name"))
    assert (vendor_ids(rest), rest.has_next) == (["7"], False)
    within = Members(load.group, load.kind, load.filter, PageRequest(3, results.positions[0]))
    assert vendor_ids(await fetch_page(canvas_backend(upstream), within, Projection.of("name"))) == [
        "5",
        "6",
        "7",
    ]
    assert [call.count("user_id=4") for call in upstream.urls] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "ask",
    [
        Members(SECTION, Kind.USER, MemberFilter(canvas=(("sort", "email"),))),
        Members(COURSE, Kind.ENROLLMENT, MemberFilter(canvas=(("sort", "email"),))),
        Children(USER, Kind.ENROLLMENT, MemberFilter(canvas=(("sort", "email"),))),
        course_users(("sort", "email"), states=(EnrollmentState.DELETED,)),
        course_users(("published", True)),
    ],
)
async def test_sorting_members_of_sections_is_refused(ask: Load) -> None:
    assert isinstance(await rejection(ask), Unsupported)
