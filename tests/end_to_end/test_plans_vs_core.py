"""Where the facts leave something open, the answer is the same whichever way a vendor turns.

Every switch of the sandbox's habits is turned to each of its other values; a new one is tried by
itself. What a vendor then keeps to itself is null and nothing else (`HIDDEN`).
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
    "max_link_bytes": (100_000,),  # links that are left out end a list: nobody can tell
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
"""The values to try of switches whose types do not name them."""

ALSO_REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "throttled_status": {"high_water": 120.0},
    "over_limit": {"credits_per_window": 12, "window": 0.5},
    "retry_after": {"credits_per_window": 12, "window": 0.5},
    "rate_body": {"credits_per_window": 12, "window": 0.5},
    "credits_per_window": {"window": 1.0},
}
"""What else has to be so for a switch to be met at all."""

HIDDEN: Mapping[str, tuple[str, ...]] = {
    "has_created_at=False": ("canvas.createdAt",),
    "has_avatars=False": ("avatarUrl",),
    "has_section_permissions=False": ("permissions",),
    "hides_sections=True": ("enrollments.nodes.section", "viewer.sections"),
    "restricted_course=stub": ("restricted",),
    "parents=null": ("schoology.parents",),
    "parents=absent": ("schoology.parents",),
}
"""The ends of the paths that only one of the ways has something at."""

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
    """One switch, turned."""

    quirks: type[Quirks]
    name: str
    value: Any

    def __str__(self) -> str:
        return f"{self.name}={self.value}"

    def habit(self) -> Any:
        return self.quirks(**{**ALSO_REQUIRED.get(self.name, {}), self.name: self.value})


def other_values(quirks: type[Quirks], name: str) -> tuple[Any, ...]:
    """All values of a switch but its default; none where neither type nor table says which."""
    default = getattr(quirks(), name)
    results = [value for value in possible(get_type_hints(quirks)[name]) if value != default]
    return (*results, *OTHER_VALUES.get(name, ()))


def possible(hint: Any) -> Iterator[Any]:
    """The values that a type names one by one."""
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
    """Everything that is asked here, under these habits: data and codes, by caller."""
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
    """What is read under the habits as they come."""
    if quirks not in _fields:
        _fields[quirks] = await read_all(quirks())
    return _fields[quirks]


def differences(usual: Any, other: Any, hidden: tuple[str, ...], place: str) -> list[str]:
    """Where two answers differ, beyond places that are null in one of them and may be."""
    if usual == other or (None in (usual, other) and place.endswith(hidden)):
        return []
    if isinstance(usual, dict) and isinstance(other, dict) and usual.keys() == other.keys():
        return [
            one
            for key in usual
            for one in differences(usual[key], other[key], hidden, f"{place}.{key}")
        ]
    if isinstance(usual, list) and isinstance(other, list) and len(usual) == len(other):
        return [
            one
            for mine, theirs in zip(usual, other, strict=True)
            for one in differences(mine, theirs, hidden, place)
        ]
    return [f"{place}: {usual!r} became {other!r}"]


@pytest.mark.parametrize("turn", quirk_changes(CanvasQuirks))
async def test_canvas_reads_the_same_either_way(turn: QuirkChange) -> None:
    await compare(turn)


@pytest.mark.parametrize("turn", quirk_changes(SchoologyQuirks))
async def test_schoology_reads_the_same_either_way(turn: QuirkChange) -> None:
    await compare(turn)


async def compare(change: QuirkChange) -> None:
    expected, results = await usual(change.quirks), await read_all(change.habit())
    hidden = HIDDEN.get(str(change), ())
    for caller, (data, codes) in expected.items():
        changed, refused = results[caller]
        # `endswith(())` is false of everything.
        refused = [refusal for refusal in refused if not refusal[0].endswith(hidden)]
        assert sorted(codes) == sorted(refused), caller
        assert differences(data, changed, hidden, caller) == []


@pytest.mark.parametrize("habits", [CanvasQuirks, SchoologyQuirks])
def test_every_switch_is_turned(habits: type[Quirks]) -> None:
    """A switch whose type names no values is to be found in `OTHER_VALUES`."""
    names = [quirk.name for quirk in dataclasses.fields(habits)]
    assert [name for name in names if not other_values(habits, name)] == []


@pytest.mark.parametrize("habits", [CanvasQuirks, SchoologyQuirks])
async def test_what_is_compared_holds_something(habits: type[Quirks]) -> None:
    actual = await usual(habits)
    admin, codes = actual["admin"]
    assert codes == []
    assert len(admin["course"]["sections"]["nodes"]) == 4
    assert admin["section"]["enrollments"]["pageInfo"]["hasNextPage"] is True
    assert len(admin["users"]["nodes"]) > 50
    assert admin["gone"] is None
    assert actual["student"][0]["viewer"]["courses"]["nodes"]
