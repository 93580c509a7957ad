"""Reading users, enrollments, accounts and terms."""

from collections.abc import Callable
from typing import Any

import pytest

from lms_sandbox.canvas import CanvasQuirks
from lms_sandbox.canvas.state.auth import OBSERVER_TOKEN, STUDENT_TOKEN, TA_TOKEN, TEACHER_TOKEN
from lms_sandbox.data.known_ids import MAPLE
from tests.sandbox.canvas.client import CanvasCaller

ROSTER = f"/courses/{MAPLE.course}/users?per_page=100"
FIRST, SECOND = MAPLE.sections[:2]


def ids(rows: list[dict[str, Any]]) -> set[int]:
    return {row["id"] for row in rows}


# Users of a course


def test_the_roster_lists_active_and_invited_users_once(canvas: CanvasCaller) -> None:
    rows = canvas.get(f"{ROSTER}&include[]=enrollments")
    student = next(row for row in rows if row["id"] == MAPLE.student)

    assert len(ids(rows)) == len(rows)
    assert {MAPLE.teacher, MAPLE.ta, MAPLE.observer, MAPLE.designer, MAPLE.invited} <= ids(rows)
    assert MAPLE.test_student not in ids(rows)
    assert [enrollment["course_section_id"] for enrollment in student["enrollments"]] == [
        FIRST,
        SECOND,
    ]
    assert student["email"].endswith("@maple.example")
    assert student["pronouns"] == "They/Them"


def test_users_who_never_signed_in_have_no_login_and_no_email(canvas: CanvasCaller) -> None:
    rows = canvas.get(f"{ROSTER}&include[]=bio")
    invited = next(row for row in rows if row["id"] == MAPLE.invited)

    assert not {"login_id", "email", "bio"} & set(invited)


def test_the_roster_can_be_filtered(canvas: CanvasCaller) -> None:
    def user_ids(query: str) -> set[int]:
        return ids(canvas.get(f"{ROSTER}&{query}"))

    assert user_ids("enrollment_type[]=teacher&enrollment_type[]=ta") == {MAPLE.teacher, MAPLE.ta}
    assert user_ids("enrollment_role=DesignerEnrollment") == {MAPLE.designer}
    assert user_ids("enrollment_role_id=7") == {MAPLE.observer}
    assert user_ids(f"user_ids[]={MAPLE.teacher}&user_ids[]=404404") == {MAPLE.teacher}
    assert user_ids(f"user_ids={MAPLE.teacher},{MAPLE.ta}") == {MAPLE.teacher, MAPLE.ta}
    assert user_ids("enrollment_state[]=invited") == {MAPLE.invited}
    assert len(user_ids("enrollment_state[]=inactive")) == 1
    assert len(user_ids("enrollment_state[]=completed")) == 2  # Canvas reports archived as completed
    assert len(user_ids("enrollment_state[]=rejected")) == 1
    assert user_ids("enrollment_type[]=student_view") == {MAPLE.test_student}
    assert MAPLE.test_student in user_ids("include[]=test_student")


def test_the_roster_can_be_searched_and_sorted(canvas: CanvasCaller) -> None:
    by_sis = canvas.get(f"{ROSTER}&search_term=P000003")
    emails = [row["email"] for row in canvas.get(f"{ROSTER}&sort=email") if "email" in row]

    assert MAPLE.student in ids(by_sis)
    assert canvas.get(f"{ROSTER}&search_term=P000003", token=STUDENT_TOKEN) == []
    assert emails == sorted(emails)
    short = canvas.request(f"{ROSTER}&search_term=a")
    assert short.status_code == 400
    assert short.json()["errors"][0]["message"] == "2 or more characters is required"


def test_user_id_selects_the_page_of_the_user(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.course}/users?per_page=5"
    rows = canvas.get(f"{path}&user_id={MAPLE.student}")

    assert MAPLE.student in ids(rows)


def test_a_section_limited_ta_sees_only_the_own_section(canvas: CanvasCaller) -> None:
    rows = canvas.get(f"{ROSTER}&include[]=enrollments", token=TA_TOKEN)

    assert {enrollment["course_section_id"] for row in rows for enrollment in row["enrollments"]} == {SECOND}
    enrollments = canvas.get(f"/courses/{MAPLE.course}/enrollments?per_page=100", token=TA_TOKEN)
    assert {enrollment["course_section_id"] for enrollment in enrollments} == {SECOND}


def test_students_see_only_names(canvas: CanvasCaller) -> None:
    rows = canvas.get(f"{ROSTER}&include[]=enrollments", token=STUDENT_TOKEN)
    other = next(row for row in rows if row["id"] == MAPLE.awkward_user)
    own_row = next(row for row in rows if row["id"] == MAPLE.student)

    assert not {"email", "sis_user_id", "login_id"} & set(other)
    assert set(other["enrollments"][0]["grades"]) == {"html_url"}
    assert "last_activity_at" not in other["enrollments"][0]
    assert own_row["enrollments"][0]["grades"]["current_score"] is not None
    refused = canvas.request(ROSTER, token=OBSERVER_TOKEN)
    assert refused.status_code == 403


def test_a_roster_can_hide_sections(canvas_with: Callable[..., CanvasCaller]) -> None:
    canvas = canvas_with(canvas_quirks=CanvasQuirks(hides_sections=True, has_avatars=False))
    rows = canvas.get(f"{ROSTER}&include[]=enrollments&include[]=avatar_url")

    assert "course_section_id" not in rows[0]["enrollments"][0]
    assert "avatar_url" not in rows[0]


def test_a_single_course_user_has_no_email_by_default(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.course}/users/{MAPLE.student}"

    assert "email" not in canvas.get(path)
    assert canvas.get(f"{path}?include[]=email")["email"]
    sections = canvas.get(f"{path}?include[]=sections")["sections"]
    assert sections == "Section 01, Section 02"
    assert canvas.request(f"/courses/{MAPLE.course}/users/{MAPLE.admin}").status_code == 404


# Enrollments


def test_enrollments_have_their_user_and_permitted_keys(canvas: CanvasCaller) -> None:
    rows = canvas.get(f"/sections/{FIRST}/enrollments?per_page=100&include[]=observed_users")
    observer = next(row for row in rows if row["type"] == "ObserverEnrollment")

    assert {row["enrollment_state"] for row in rows} == {"active", "invited"}
    assert observer["associated_user_id"] == observer["observed_user"]["id"] == MAPLE.student
    assert observer["user"]["id"] == MAPLE.observer
    assert "grades" not in observer
    assert {"sis_section_id", "sis_course_id", "sis_user_id", "sis_import_id"} <= set(observer)
    assert all(row["id"] > 2**31 for row in rows)


def test_enrollments_can_be_filtered(canvas: CanvasCaller) -> None:
    path = f"/courses/{MAPLE.course}/enrollments?per_page=100"

    def enrollment_ids(query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = canvas.get(f"{path}&{query}")
        return rows

    assert {row["user_id"] for row in enrollment_ids("type[]=TaEnrollment")} == {MAPLE.ta}
    assert {row["user_id"] for row in enrollment_ids("role[]=DesignerEnrollment")} == {MAPLE.designer}
    pending = enrollment_ids("state[]=creation_pending")
    assert [row["enrollment_state"] for row in pending] == ["creation_pending"]
    assert len(enrollment_ids("state[]=completed")) == 2
    assert len(enrollment_ids(f"user_id={MAPLE.student}")) == 2
    assert len(enrollment_ids("state[]=current_and_concluded")) > len(enrollment_ids("state[]=active"))


def test_a_users_enrollments_require_the_user_or_an_admin(canvas: CanvasCaller) -> None:
    path = f"/users/{MAPLE.student}/enrollments?per_page=100"
    rows = canvas.get(path)

    assert {row["user_id"] for row in rows} == {MAPLE.student}
    assert MAPLE.deleted_course not in {row["course_id"] for row in rows}
    assert canvas.get("/users/self/enrollments?per_page=100", token=STUDENT_TOKEN)
    assert canvas.request(path, token=TEACHER_TOKEN).status_code == 403


def test_an_enrollment_can_be_read_by_id(canvas: CanvasCaller) -> None:
    row = canvas.get(f"/sections/{FIRST}/enrollments")[0]

    assert canvas.get(f"/accounts/self/enrollments/{row['id']}") == row
    refused = canvas.request(f"/accounts/self/enrollments/{row['id']}", token=STUDENT_TOKEN)
    assert refused.status_code == 403


# Users


def test_a_user_has_the_permitted_keys(canvas: CanvasCaller) -> None:
    admin = canvas.get(f"/users/{MAPLE.student}?include[]=email&include[]=last_login")
    mate = canvas.get(f"/users/{MAPLE.awkward_user}?include[]=email", token=STUDENT_TOKEN)

    assert {"sis_user_id", "login_id", "email", "last_login", "avatar_url"} <= set(admin)
    assert not {"sis_user_id", "login_id", "email"} & set(mate)
    assert canvas.request(f"/users/{MAPLE.admin}", token=STUDENT_TOKEN).status_code == 403
    assert canvas.get("/users/self?include[]=email", token=STUDENT_TOKEN)["email"]


def test_a_profile_shows_login_and_email_to_its_owner(canvas: CanvasCaller) -> None:
    own_profile = canvas.get("/users/self/profile", token=STUDENT_TOKEN)
    other = canvas.get(f"/users/{MAPLE.awkward_user}/profile", token=STUDENT_TOKEN)

    assert {"primary_email", "login_id", "time_zone", "bio", "calendar"} <= set(own_profile)
    assert "primary_email" not in other


def test_an_accounts_users_can_be_searched_and_sorted(canvas: CanvasCaller) -> None:
    path = "/accounts/self/users?per_page=100"
    rows = [row for page in canvas.pages(path) for row in page]

    assert MAPLE.test_student not in ids(rows)
    assert {MAPLE.admin, MAPLE.student} <= ids(rows)
    assert "email" not in rows[0]
    assert ids(canvas.get(f"{path}&search_term=P000003&include[]=email")) == {MAPLE.student}
    assert ids(canvas.get(f"{path}&enrollment_type=designer")) == {MAPLE.designer}
    newest = [row["sis_user_id"] or "" for row in canvas.get(f"{path}&sort=sis_id&order=desc")]
    assert newest == sorted(newest, reverse=True)
    assert canvas.request(path, token=TEACHER_TOKEN).status_code == 403
    assert canvas.request(f"{path}&search_term=x").status_code == 400


# Accounts and terms


def test_accounts_are_listed_for_admins_only(canvas: CanvasCaller) -> None:
    [root] = canvas.get("/accounts?include[]=course_count&include[]=sub_account_count")

    assert (root["id"], root["parent_account_id"], root["root_account_id"]) == (1, None, None)
    assert root["sub_account_count"] == 2
    assert root["course_count"] > 0
    assert "sis_account_id" not in root
    assert canvas.get("/accounts", token=TEACHER_TOKEN) == []
    assert len(canvas.get("/manageable_accounts")) == 4


def test_an_account_has_few_keys_for_other_users(canvas: CanvasCaller) -> None:
    part = f"/accounts/{MAPLE.sub_accounts[0]}"
    full, little = canvas.get(part), canvas.get(part, token=TEACHER_TOKEN)

    assert {"sis_account_id", "default_storage_quota_mb"} <= set(full)
    assert set(little) == {
        "id", "name", "workflow_state", "parent_account_id", "root_account_id", "uuid",
        "default_time_zone",
    }  # fmt: skip
    rows = canvas.get("/course_accounts?per_page=1", token=TEACHER_TOKEN)
    assert set(rows[0]) == set(little)


def test_sub_accounts_are_the_first_level_or_all(canvas: CanvasCaller) -> None:
    below = canvas.get("/accounts/self/sub_accounts")
    every = canvas.get("/accounts/self/sub_accounts?recursive=true")

    assert ids(below) == set(MAPLE.sub_accounts[:2])
    assert ids(every) == set(MAPLE.sub_accounts)


def test_terms_are_in_an_object_and_belong_to_the_root_account(canvas: CanvasCaller) -> None:
    body = canvas.get("/accounts/self/terms?include[]=overrides")
    refused = canvas.request(f"/accounts/{MAPLE.sub_accounts[0]}/terms")

    assert ids(body["enrollment_terms"]) == {1, *range(MAPLE.past_term, MAPLE.future_term + 1)}
    assert body["enrollment_terms"][0]["overrides"] == {}
    assert refused.status_code == 400
    assert canvas.request("/accounts/self/terms", token=STUDENT_TOKEN).status_code == 403
    assert canvas.get("/accounts/self/terms?workflow_state[]=deleted")["enrollment_terms"] == []


@pytest.mark.parametrize("term", ["404", "sis_term_id:nope"])
def test_an_unknown_term_is_not_found(canvas: CanvasCaller, term: str) -> None:
    assert canvas.request(f"/accounts/self/terms/{term}").status_code == 404
