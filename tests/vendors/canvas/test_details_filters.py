"""Filters that only Canvas has: what is sent, and what Canvas would ignore without a word."""

from typing import Any

import pytest

from lms_gateway.domain.asks import (
    Ask,
    Children,
    CourseFilter,
    MemberFilter,
    Members,
    PageAsk,
    Search,
)
from lms_gateway.domain.errors import BadInput, Forbidden, LmsError, Unsupported
from lms_gateway.domain.records import EnrollmentState, Key, Kind, Role
from tests.vendors.canvas.asking import ACCOUNT, COURSE, DENIED, USER, Judged
from tests.vendors.canvas.script import answer, backend, course, ids, listing, page, user
from tests.vendors.wants import wanting

SECTION = Key(Kind.SECTION, "1")
PATH, USERS = "/accounts/4/courses", "/courses/1/users"


def of_account(*given: tuple[str, Any], **others: Any) -> Children:
    return Children(ACCOUNT, Kind.COURSE, CourseFilter(canvas=given, **others))


def of_user(*given: tuple[str, Any]) -> Children:
    return Children(USER, Kind.COURSE, CourseFilter(canvas=given))


def people(*given: tuple[str, Any], **others: Any) -> Members:
    return Members(COURSE, Kind.USER, MemberFilter(canvas=given, **others))


async def sent(ask: Ask, path: str) -> list[str]:
    """The query of the one call that an ask costs, without its page."""
    script = Judged({path: []})
    await page(backend(script), ask, wanting("name"))
    (call,) = script.calls
    return [part for part in call.partition("?")[2].split("&") if not part.startswith("per_page=")]


async def refused(ask: Ask) -> LmsError:
    script = Judged()
    found = await answer(backend(script), ask, wanting("name"))
    assert isinstance(found, LmsError)
    assert not script.calls
    return found


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
async def test_an_accounts_courses_tell_false_from_left_out(name: str, value: bool) -> None:
    word = "true" if value else "false"
    assert await sent(of_account((name, value)), PATH) == [f"{name}={word}"]
    assert await sent(of_account(), PATH) == []


async def test_hiding_courses_without_enrollments_is_sent_only_to_hide_them() -> None:
    """Canvas heeds that the parameter is there, and not what it says."""
    name = "hide_enrollmentless_courses"
    assert await sent(of_account((name, True)), PATH) == [f"{name}=true"]
    assert await sent(of_account((name, False)), PATH) == []


async def test_lists_of_words_and_ids_are_always_sent_as_lists() -> None:
    """Canvas ignores a single one that is not in brackets."""
    asked = of_account(("enrollment_type", ("teacher",)), ("by_subaccounts", ("7",)))
    assert await sent(asked, PATH) == ["enrollment_type[]=teacher", "by_subaccounts[]=7"]


async def test_an_accounts_courses_in_order_with_dates() -> None:
    asked = of_account(
        ("sort", "course_name"), ("order", "desc"), ("search_by", "teacher"),
        ("starts_before", "2026-01-01"), ("ends_after", "2025-01-01T00:00:00Z"), search="Ada",
    )  # fmt: skip
    assert await sent(asked, PATH) == [
        "search_term=Ada", "sort=course_name", "order=desc", "search_by=teacher",
        "starts_before=2026-01-01", "ends_after=2025-01-01T00:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ((("order", "desc"),), BadInput),  # ignored without `sort`
        ((("sort", "name"),), BadInput),
        ((("published", "yes"),), BadInput),
        ((("enrollment_type", ("pupil",)),), BadInput),
        ((("by_subaccounts", ("x",)),), BadInput),
        ((("enrollment_state", "active"),), Unsupported),
    ],
)
async def test_what_an_accounts_list_would_ignore_or_refuse_is_not_sent(
    given: tuple[tuple[str, Any], ...], kind: type[LmsError]
) -> None:
    assert isinstance(await refused(of_account(*given)), kind)


async def test_nothing_is_among_an_empty_choice() -> None:
    script = Judged()
    found = await page(backend(script), of_account(("enrollment_type", ())), wanting("name"))
    assert (ids(found), script.calls) == ([], [])


async def test_a_users_courses_by_their_own_enrollment() -> None:
    asked = of_user(
        ("enrollment_type", "teacher"), ("enrollment_role_id", "3"),
        ("enrollment_state", "invited_or_pending"), ("exclude_blueprint_courses", True),
        ("homeroom", False), ("account_id", "4"),
    )  # fmt: skip
    assert await sent(asked, "/users/5/courses") == [
        "enrollment_type=teacher", "enrollment_role_id=3", "enrollment_state=invited_or_pending",
        "exclude_blueprint_courses=true", "homeroom=false", "account_id=4",
    ]  # fmt: skip


async def test_a_users_courses_are_narrowed_to_one_kind_of_enrollment() -> None:
    assert await sent(of_user(("enrollment_type", ("ta",))), "/users/5/courses") == [
        "enrollment_type=ta"
    ]
    several = of_user(("enrollment_type", ("ta", "teacher")))
    assert isinstance(await refused(several), Unsupported)
    assert isinstance(await refused(of_user(("published", True))), Unsupported)


async def test_the_tenants_courses_with_such_a_filter_are_never_the_viewers_own() -> None:
    script = Judged({"/accounts/self/courses": DENIED, "/courses": [course(1)]})
    asked = Search(Kind.COURSE, CourseFilter(canvas=(("published", True),)))
    assert isinstance(await answer(backend(script), asked, wanting("name")), Forbidden)
    assert script.paths == ["/accounts/self/courses"]


async def test_a_courses_people_in_order() -> None:
    asked = people(("sort", "last_login"), ("enrollment_role_id", "12"), roles=(Role.STUDENT,))
    assert await sent(asked, USERS) == [
        "enrollment_type[]=student", "enrollment_state[]=active", "enrollment_state[]=invited",
        "sort=last_login", "enrollment_role_id=12",
    ]  # fmt: skip


async def test_teachers_in_order_are_not_those_that_came_with_the_course() -> None:
    asked = people(("sort", "email"), roles=(Role.TEACHER,))
    assert "sort=email" in await sent(asked, USERS)


async def test_a_user_leads_to_their_page_and_no_further_one_leads_back() -> None:
    """Canvas puts the page of the user in the place of the one that is asked for."""
    everybody = [user(n) for n in range(1, 8)]
    plain = listing(USERS, everybody)

    def told(query: Any) -> Any:
        if "user_id" in query:
            query = {**query, "page": ["2"]}
        return plain(query)

    script = Judged({USERS: told})
    asked = people(("user_id", "4"))
    asked = Members(asked.group, asked.kind, asked.filter, PageAsk(3))
    found = await page(backend(script), asked, wanting("name"))
    assert ids(found) == ["4", "5", "6"]
    assert found.total is None  # there are people in front
    again = Members(asked.group, asked.kind, asked.filter, PageAsk(3, found.positions[-1]))
    rest = await page(backend(script), again, wanting("name"))
    assert (ids(rest), rest.has_next) == (["7"], False)
    within = Members(asked.group, asked.kind, asked.filter, PageAsk(3, found.positions[0]))
    assert ids(await page(backend(script), within, wanting("name"))) == ["5", "6", "7"]
    assert [call.count("user_id=4") for call in script.calls] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "ask",
    [
        Members(SECTION, Kind.USER, MemberFilter(canvas=(("sort", "email"),))),
        Members(COURSE, Kind.ENROLLMENT, MemberFilter(canvas=(("sort", "email"),))),
        Children(USER, Kind.ENROLLMENT, MemberFilter(canvas=(("sort", "email"),))),
        people(("sort", "email"), states=(EnrollmentState.DELETED,)),
        people(("published", True)),
    ],
)
async def test_people_that_canvas_puts_in_no_order_are_refused(ask: Ask) -> None:
    assert isinstance(await refused(ask), Unsupported)
