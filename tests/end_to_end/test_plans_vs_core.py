"""Answers are equal with each quirk that the vendors' documentation leaves open.

Every quirk of the simulator is set to each of its other values; new quirks are included.
Fields that a vendor then hides are null (`HIDDEN`).
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state import auth
from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE
from lms_sandbox.data.school import School
from lms_sandbox.schoology import api_keys
from lms_sandbox.schoology.quirks import SchoologyQuirks
from tests.harness import running_gateway

Quirks = CanvasQuirks | SchoologyQuirks

OTHER_VALUES: Mapping[str, tuple[Any, ...]] = {
    # Canvas
    "max_per_page": (50, 7),
    "link_origin": (None,),  # another origin is refused: see test_failures
    "max_link_bytes": (100_000,),  # omitted links end a list undetectably
    "min_section_search_length": (2,),
    "min_user_search_length": (3,),
    "min_course_search_length": (0,),
    "high_water": (300.0,),
    "bucket_size": (700.0,),
    "leak_rate": (1.0, 500.0),
    "up_front_cost": (0.0, 150.0),
    "request_cost": (0.0, 5.0),
    "row_cost": (0.0, 0.1),
    "access_token_expiry": (60.0,),
    "job_poll_count": (1,),
    "job_seconds": (0.0,),
    # Schoology
    "public_bases": ((),),
    "timestamp_skew": (60,),
    "total_drift": (1, 5, -2),
    "credits_per_window": (30, 1000),
    "window": (1.0,),
    "rate_body": ("Too many requests",),
}
"""Values of quirks whose types do not enumerate them."""

ALSO_REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "throttled_status": {"high_water": 120.0},
    "over_limit": {"credits_per_window": 12, "window": 0.5},
    "retry_after": {"credits_per_window": 12, "window": 0.5},
    "rate_body": {"credits_per_window": 12, "window": 0.5},
    "credits_per_window": {"window": 1.0},
}
"""Further quirks that are needed for a quirk to have an effect."""

HIDDEN: Mapping[str, tuple[str, ...]] = {
    "has_created_at=False": ("canvas.createdAt",),
    "has_avatars=False": ("avatarUrl",),
    "has_section_permissions=False": ("permissions",),
    "hides_sections=True": ("enrollments.nodes.section", "viewer.sections"),
    "restricted_course=stub": ("restricted",),
    "parents=null": ("schoology.parents",),
    "parents=absent": ("schoology.parents",),
}
"""Ends of the paths that may be null with one value of a quirk."""

TENANT = """
[[tenant]]
slug = "{slug}"
name = "{slug}"
vendor = "{vendor}"
base_url = "{{{vendor}_url}}"
credentials = {credentials}
time_zone = "America/Chicago"
access = "open"
"""
PERSON = "name displayName sortableName givenName familyName email username sisId avatarUrl"
COURSE_FIELDS = "name code description studentCount subject gradeLevels credits department"
ADMIN_QUERY = f"""
query ($course: ID!, $section: ID!, $student: ID!, $teacher: ID!, $gone: ID!, $host: ID!) {{
  viewer {{ {PERSON} }}
  course(by: {{vendorId: $course}}) {{ {COURSE_FIELDS} term {{ name startAt endAt }}
    account {{ name kind parent {{ name }} }}
    teachers {{ nodes {{ displayName }} }}
    sections {{ totalCount nodes {{ name code sisId studentCount isActive isSynced location
      meeting {{ days startTime endTime }} terms {{ name startAt endAt }}
      permissions {{ manageCalendar }}
      students(first: 50) {{ totalCount nodes {{ displayName }} }} }} }} }}
  host: course(by: {{vendorId: $host}}) {{ name sections {{ nodes {{
    name isCrossListed originalCourse {{ name }} }} }} }}
  section(by: {{vendorId: $section}}) {{ name course {{ name }}
    enrollments(first: 7) {{ pageInfo {{ hasNextPage }} nodes {{ role state
      section {{ vendorId }} user {{ displayName avatarUrl }} }} }}
    invited: users(filter: {{states: [INVITED]}}) {{ nodes {{ displayName }} }} }}
  gone: course(by: {{vendorId: $gone}}) {{ name }}
  usersBy(refs: [{{vendorId: $student}}, {{vendorId: $gone}}, {{vendorId: $teacher}}]) {{
    {PERSON} canvas {{ createdAt }} schoology {{ parents childUids roleId }} }}
  courses(first: 12) {{ pageInfo {{ hasNextPage }} nodes {{ name code }} }}
  users(first: 105) {{ pageInfo {{ hasNextPage }} nodes {{ displayName }} }} }}
"""
PERSONAL_QUERY = """
query ($restricted: ID!, $section: ID!) {
  viewer { name displayName email courses { nodes { vendorId name } }
    sections { nodes { name } } enrollments { nodes { role state section { vendorId } } } }
  restricted: course(by: {vendorId: $restricted}) { vendorId name }
  section(by: {vendorId: $section}) { name schoology { accessCode }
    users(first: 5) { nodes { displayName } } } }
"""
SEARCH_QUERY = """{ users(filter: {search: "Castillo"}) { nodes { name } }
  courses(filter: {search: "Biology"}) { nodes { name } }
  bySis: section(by: {sisId: "BIO-101-01-AU2026"}) { vendorId } }"""


@dataclass(frozen=True)
class QuirkChange:
    """One quirk and its other value."""

    quirks: type[Quirks]
    name: str
    value: Any

    def __str__(self) -> str:
        return f"{self.name}={self.value}"

    def quirk(self) -> Any:
        return self.quirks(**{**ALSO_REQUIRED.get(self.name, {}), self.name: self.value})


def other_values(quirks: type[Quirks], name: str) -> tuple[Any, ...]:
    """Return all values of a quirk but its default; none if neither type nor table has them."""
    default = getattr(quirks(), name)
    results = [value for value in possible(get_type_hints(quirks)[name]) if value != default]
    return (*results, *OTHER_VALUES.get(name, ()))


def possible(hint: Any) -> Iterator[Any]:
    """Yield the values of a type that enumerates them."""
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    elif get_origin(hint) in (UnionType, Union):
        for part in get_args(hint):
            yield from possible(part)
    elif hint is NoneType:
        yield None
    elif hint is bool:
        yield from (True, False)


def quirk_changes(quirks: type[Quirks]) -> list[Any]:
    return [
        pytest.param(change := QuirkChange(quirks, quirk.name, value), id=str(change))
        for quirk in dataclasses.fields(quirks)
        for value in other_values(quirks, quirk.name)
    ]


def tenants(vendor: str) -> str:
    if vendor == "canvas":
        credentials_by_slug = {
            "admin": f'{{ kind = "token", token = "{auth.ADMIN_TOKEN}" }}',
            "teacher": f'{{ kind = "token", token = "{auth.TEACHER_TOKEN}" }}',
            "student": f'{{ kind = "token", token = "{auth.STUDENT_TOKEN}" }}',
        }
    else:
        credentials_by_slug = {
            name: f'{{ kind = "oauth1", consumer_key = "{key}", consumer_secret = "{secret}" }}'
            for name, key, secret in (
                ("admin", api_keys.ADMIN_KEY, api_keys.ADMIN_SECRET),
                ("teacher", api_keys.STAFF_KEY, api_keys.STAFF_SECRET),
                ("student", api_keys.STUDENT_KEY, api_keys.STUDENT_SECRET),
            )
        }
    return "".join(
        TENANT.format(slug=slug, vendor=vendor, credentials=credentials)
        for slug, credentials in credentials_by_slug.items()
    )


def empty_school() -> School:
    return small_school(students=1)


async def read_all(quirks: Quirks) -> dict[str, Any]:
    """Run all queries with these quirks; return data and codes by caller."""
    is_canvas = isinstance(quirks, CanvasQuirks)
    ids, vendor = (MAPLE, "canvas") if is_canvas else (LAKESIDE, "schoology")
    options: dict[str, Any] = {f"{vendor}_quirks": quirks}
    options["schoology_school" if is_canvas else "canvas_school"] = empty_school
    results: dict[str, Any] = {}
    async with running_gateway(settings=tenants(vendor), sections=24, **options) as gateway:
        answer = await gateway.execute(
            ADMIN_QUERY, "admin", course=str(ids.course), section=str(ids.sections[0]),
            student=str(ids.student), teacher=str(ids.teacher), gone="77",
            host=str(ids.host_course),
        )  # fmt: skip
        results["admin"] = (answer.data, answer.codes)
        for slug in ("teacher", "student"):
            answer = await gateway.execute(
                PERSONAL_QUERY, slug,
                restricted=str(ids.restricted_course), section=str(ids.sections[1]),
            )  # fmt: skip
            results[slug] = (answer.data, answer.codes)
        if is_canvas:
            answer = await gateway.execute(SEARCH_QUERY, "admin")
            results["search"] = (answer.data, answer.codes)
    return results


_fields: dict[type[Quirks], dict[str, Any]] = {}


async def usual(quirks: type[Quirks]) -> dict[str, Any]:
    """Return the answers with the default quirks."""
    if quirks not in _fields:
        _fields[quirks] = await read_all(quirks())
    return _fields[quirks]


def differences(usual: Any, other: Any, hidden: tuple[str, ...], place: str) -> list[str]:
    """Return the paths at which two answers differ, except those that may be null."""
    if usual == other or (None in (usual, other) and place.endswith(hidden)):
        return []
    if isinstance(usual, dict) and isinstance(other, dict) and usual.keys() == other.keys():
        return [one for key in usual for one in differences(usual[key], other[key], hidden, f"{place}.{key}")]
    if isinstance(usual, list) and isinstance(other, list) and len(usual) == len(other):
        return [
            one
            for mine, theirs in zip(usual, other, strict=True)
            for one in differences(mine, theirs, hidden, place)
        ]
    return [f"{place}: {usual!r} became {other!r}"]


@pytest.mark.parametrize("turn", quirk_changes(CanvasQuirks))
async def test_canvas_answers_equal_with_each_quirk(turn: QuirkChange) -> None:
    await compare(turn)


@pytest.mark.parametrize("turn", quirk_changes(SchoologyQuirks))
async def test_schoology_answers_equal_with_each_quirk(turn: QuirkChange) -> None:
    await compare(turn)


async def compare(change: QuirkChange) -> None:
    expected, results = await usual(change.quirks), await read_all(change.quirk())
    hidden = HIDDEN.get(str(change), ())
    for caller, (data, codes) in expected.items():
        changed, refused = results[caller]
        # `endswith(())` is false of everything.
        refused = [refusal for refusal in refused if not refusal[0].endswith(hidden)]
        assert sorted(codes) == sorted(refused), caller
        assert differences(data, changed, hidden, caller) == []


@pytest.mark.parametrize("quirks", [CanvasQuirks, SchoologyQuirks])
def test_every_quirk_is_tested(quirks: type[Quirks]) -> None:
    """A quirk whose type does not enumerate its values must be in `OTHER_VALUES`."""
    names = [quirk.name for quirk in dataclasses.fields(quirks)]
    assert [name for name in names if not other_values(quirks, name)] == []


@pytest.mark.parametrize("quirks", [CanvasQuirks, SchoologyQuirks])
async def test_the_compared_answers_are_not_empty(quirks: type[Quirks]) -> None:
    actual = await usual(quirks)
    admin, codes = actual["admin"]
    assert codes == []
    assert len(admin["course"]["sections"]["nodes"]) == 4
    assert admin["section"]["enrollments"]["pageInfo"]["hasNextPage"] is True
    assert len(admin["users"]["nodes"]) > 50
    assert admin["gone"] is None
    assert actual["student"][0]["viewer"]["courses"]["nodes"]
