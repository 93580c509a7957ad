"""Vendor failures: an error at the field, and the rest of the data."""

from typing import Any

import pytest

from lms_sandbox.canvas.state import auth
from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from lms_sandbox.data.school import School
from lms_sandbox.faults import Fault
from tests.harness import GatewayHarness, running_gateway

VENDORS = {"maple": "canvas", "lakeside": "schoology"}
COURSE = {"maple": MAPLE.course, "lakeside": LAKESIDE.course}
CANVAS = """
[[tenant]]
slug = "maple"
name = "Maple"
vendor = "canvas"
base_url = "{canvas_url}"
credentials = { kind = "token", token = "TOKEN" }
access = "open"
"""
SECRETS = ("canvas-demo-token", "lakeside-demo-key", "lakeside-demo-secret", "127.0.0.1")


def school(courses: int = 1, sections: int = 1, students: int = 2) -> School:
    return small_school(courses=courses, sections=sections, students=students)


async def ask_course(gateway: GatewayHarness, tenant: str, fields: str = "name department") -> Any:
    return await gateway.execute(
        f"query ($id: ID!) {{ course(by: {{vendorId: $id}}) {{ {fields} }} }}",
        tenant,
        id=str(COURSE[tenant]),
    )


# The vendor's reply, how often it occurs, and the error code of the field.
# 502 and 503 are retried, so only lasting ones are errors.
FAILURES = [
    pytest.param(Fault("reply", status=500, count=0), "UPSTREAM_UNAVAILABLE", id="500"),
    pytest.param(Fault("html", count=0), "UPSTREAM_UNAVAILABLE", id="502-html"),
    pytest.param(Fault("html", status=200, count=0), "UPSTREAM_INVALID_RESPONSE", id="200-html"),
    pytest.param(Fault("empty", count=0), "UPSTREAM_INVALID_RESPONSE", id="empty"),
    pytest.param(Fault("text", body="hello", count=0), "UPSTREAM_INVALID_RESPONSE", id="text"),
    pytest.param(Fault("truncated", count=0), "UPSTREAM_INVALID_RESPONSE", id="truncated"),
    pytest.param(Fault("wrong_object", count=0), "UPSTREAM_INVALID_RESPONSE", id="wrong-object"),
    pytest.param(
        Fault("wrong_object", body={"unlike": "anything"}, count=0),
        "UPSTREAM_INVALID_RESPONSE",
        id="no-id",
    ),
    pytest.param(Fault("cut", count=0), "UPSTREAM_UNAVAILABLE", id="cut"),
]


@pytest.mark.parametrize("tenant", VENDORS)
@pytest.mark.parametrize(("fault", "code"), FAILURES)
async def test_a_failing_lookup_is_an_error_at_its_field(
    gateway: GatewayHarness, tenant: str, fault: Fault, code: str
) -> None:
    gateway.server.faults.add(fault)
    answer = await ask_course(gateway, tenant)
    assert answer.status == 200
    assert answer.data == {"course": None}
    assert answer.codes == [("course", code)]
    (error,) = answer.errors
    assert error["extensions"]["source"] == "VENDOR"
    assert error["extensions"]["tenant"] == tenant
    assert error["extensions"]["vendor"] == VENDORS[tenant].upper()
    assert not any(secret in str(answer.errors) for secret in SECRETS)


@pytest.mark.parametrize("tenant", VENDORS)
@pytest.mark.parametrize("status", [404, 403])
async def test_unknown_and_hidden_objects_are_null_without_an_error(
    gateway: GatewayHarness, tenant: str, status: int
) -> None:
    body = {"errors": [{"message": "no"}]} if tenant == "maple" else ""
    gateway.server.faults.add(Fault("reply", status=status, body=body, count=0))
    answer = await ask_course(gateway, tenant)
    assert (answer.data, answer.errors) == ({"course": None}, [])


async def test_an_html_404_of_canvas_is_null(gateway: GatewayHarness) -> None:
    gateway.server.faults.add(Fault("html", status=404, count=0))
    answer = await ask_course(gateway, "maple")
    assert (answer.data, answer.errors) == ({"course": None}, [])


@pytest.mark.parametrize("tenant", VENDORS)
async def test_a_forbidden_roster_is_an_error_at_its_field(gateway: GatewayHarness, tenant: str) -> None:
    body = {"status": "unauthorized", "errors": [{"message": "no"}]} if tenant == "maple" else ""
    gateway.server.faults.add(Fault("reply", path="(users|enrollments)", status=403, body=body, count=0))
    section = MAPLE.sections[0] if tenant == "maple" else LAKESIDE.sections[0]
    answer = await gateway.execute(
        """query ($id: ID!) { section(by: {vendorId: $id}) {
             name students { nodes { displayName } } } }""",
        tenant,
        id=str(section),
    )
    assert answer.data["section"]["name"]
    assert answer.data["section"]["students"] is None
    assert answer.codes == [("section.students", "FORBIDDEN")]


@pytest.mark.parametrize("tenant", VENDORS)
async def test_rejected_credentials_are_reported(gateway: GatewayHarness, tenant: str) -> None:
    headers = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'} if tenant == "maple" else {}
    gateway.server.faults.add(Fault("reply", status=401, headers=headers, body={"errors": []}, count=0))
    answer = await ask_course(gateway, tenant)
    assert answer.codes == [("course", "CREDENTIALS_REJECTED")]
    # A 401 of Schoology may be a replayed nonce: it is signed again and retried once.
    assert len(gateway.calls()) == (1 if tenant == "maple" else 2)


async def test_a_transient_401_of_schoology_is_retried(gateway: GatewayHarness) -> None:
    gateway.server.faults.add(Fault("reply", status=401, body=""))
    answer = await ask_course(gateway, "lakeside")
    assert answer.errors == []
    assert answer.data["course"]["name"]


@pytest.mark.parametrize("tenant", VENDORS)
async def test_a_transient_503_is_retried(gateway: GatewayHarness, tenant: str) -> None:
    gateway.server.faults.add(Fault("html", status=503))
    answer = await ask_course(gateway, tenant)
    assert answer.errors == []
    assert len(gateway.calls()) == 2


async def test_one_failing_vendor_keeps_the_other_tenants_data(gateway: GatewayHarness) -> None:
    gateway.server.faults.add(Fault("reply", vendor="canvas", status=500, count=0))
    answer = await gateway.execute(
        "{ tenants { slug courses(first: 2) { nodes { name } } viewer { displayName } } }"
    )
    maple, lakeside = answer.data["tenants"]
    assert maple == {"slug": "maple", "courses": None, "viewer": None}
    assert len(lakeside["courses"]["nodes"]) == 2
    assert lakeside["viewer"]["displayName"]
    assert sorted(answer.codes) == [
        ("tenants.0.courses", "UPSTREAM_UNAVAILABLE"),
        ("tenants.0.viewer", "UPSTREAM_UNAVAILABLE"),
    ]


PAGED = {
    "maple": ("canvas", "/courses/1/sections"),
    "lakeside": ("schoology", "/courses/1/sections"),
}
SECTIONS = """query ($first: Int! = 200) { course(by: {vendorId: "1"}) {
  name sections(first: $first) { nodes { vendorId } pageInfo { hasNextPage } } } }"""


def paged() -> School:
    return school(1, 450, 0)


@pytest.mark.parametrize("tenant", PAGED)
async def test_a_next_link_to_another_host_is_rejected(tenant: str) -> None:
    vendor, path = PAGED[tenant]
    fault = Fault("foreign_next", vendor=vendor, path=path, count=0)
    async with running_gateway(canvas_school=paged, schoology_school=paged, faults=[fault]) as gateway:
        answer = await gateway.execute(SECTIONS, tenant, first=300)
        assert answer.data["course"] == {"name": "Course 1", "sections": None}
        assert answer.codes == [("course.sections", "UPSTREAM_INVALID_RESPONSE")]


@pytest.mark.parametrize("tenant", PAGED)
async def test_repeating_pages_are_an_error(tenant: str) -> None:
    vendor, path = PAGED[tenant]
    fault = Fault("repeated_page", vendor=vendor, path=path, count=0)
    async with running_gateway(canvas_school=paged, schoology_school=paged, faults=[fault]) as gateway:
        answer = await gateway.execute(SECTIONS, tenant, first=300)
        assert answer.codes == [("course.sections", "UPSTREAM_INVALID_RESPONSE")]
        assert len(gateway.calls(vendor)) < 10


@pytest.mark.parametrize("tenant", PAGED)
async def test_an_empty_page_with_a_next_page_is_skipped(tenant: str) -> None:
    """The vendor hides the rows of one page; later pages are read."""
    vendor, path = PAGED[tenant]
    fault = Fault("empty_page", vendor=vendor, path=path)
    async with running_gateway(canvas_school=paged, schoology_school=paged, faults=[fault]) as gateway:
        answer = await gateway.execute(SECTIONS, tenant, first=50)
        sections = answer.data["course"]["sections"]
        assert answer.errors == []
        assert len(sections["nodes"]) == 50
        assert sections["pageInfo"]["hasNextPage"] is True


async def test_a_list_continues_after_a_short_page() -> None:
    """Canvas removes the test student after paging, so that a page can be short before the end."""
    async with running_gateway() as gateway:
        data = await gateway.query(
            """query ($id: ID!) { section(by: {vendorId: $id}) {
                 studentCount students(first: 500) { nodes { vendorId }
                   pageInfo { hasNextPage } } } }""",
            "maple",
            id=str(MAPLE.sections[0]),
        )
        section = data["section"]
        ids = [row["vendorId"] for row in section["students"]["nodes"]]
        assert str(MAPLE.test_student) not in ids
        assert len(ids) == section["studentCount"]
        assert section["students"]["pageInfo"]["hasNextPage"] is False


async def test_ignored_includes_are_null_and_never_wrong() -> None:
    """A scoped key without allow_includes: Canvas answers 200 without the included keys."""
    async with running_gateway(settings=CANVAS.replace("TOKEN", auth.SCOPED_TOKEN)) as gateway:
        answer = await gateway.execute(
            """query ($id: ID!) { course(by: {vendorId: $id}) {
                 name studentCount term { vendorId name } canvas { syllabusBody concluded }
                 sections { nodes { studentCount } } } }""",
            "maple",
            id=str(MAPLE.course),
        )
        course = answer.data["course"]
        assert course["name"]
        assert course["studentCount"] is None
        assert course["canvas"] == {"syllabusBody": None, "concluded": None}
        assert {row["studentCount"] for row in course["sections"]["nodes"]} == {None}
        # If the include is ignored, the term is fetched by its id.
        assert course["term"] is None or course["term"]["vendorId"] == str(MAPLE.current_term)


@pytest.mark.parametrize("tenant", PAGED)
async def test_ten_thousand_sections_are_read_page_by_page(tenant: str) -> None:
    def huge() -> School:
        return school(1, 10_000, 0)

    async with running_gateway(canvas_school=huge, schoology_school=huge) as gateway:
        data = await gateway.query(SECTIONS, tenant, first=100)
        assert len(data["course"]["sections"]["nodes"]) == 100
        assert data["course"]["sections"]["pageInfo"]["hasNextPage"] is True
        assert len(gateway.calls(PAGED[tenant][0])) == 2


async def test_restricted_courses_have_an_id_and_no_fields() -> None:
    async with running_gateway(settings=CANVAS.replace("TOKEN", auth.STUDENT_TOKEN)) as gateway:
        data = await gateway.query(
            "{ courses { nodes { vendorId name canvas { accessRestrictedByDate } } } }", "maple"
        )
        rows = {row["vendorId"]: row for row in data["courses"]["nodes"]}
        stub = rows[str(MAPLE.restricted_course)]
        assert stub["name"] is None
        assert stub["canvas"] == {"accessRestrictedByDate": True}
