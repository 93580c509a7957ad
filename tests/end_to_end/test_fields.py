"""Every field of every object is selected and has a value of its type.

Queries are built from the schema, so new fields are included.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, time
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

from lms_gateway.schema import build_schema
from lms_gateway.schema.context import TYPE_NAMES
from lms_gateway.schema.ids import encode_id
from lms_sandbox.canvas.state import auth
from lms_sandbox.data.demo_schools import lakeside, maple
from lms_sandbox.data.known_ids import LAKESIDE, MAPLE, KnownIds
from lms_sandbox.data.school import School
from lms_sandbox.faults import Fault
from lms_sandbox.schoology import api_keys
from lms_sandbox.schoology.quirks import SchoologyQuirks
from tests.capabilities import vendor_operations
from tests.harness import GatewayAnswer, GatewayHarness, running_gateway

STRAWBERRY = build_schema()
TYPES = STRAWBERRY._schema.type_map
ENTITIES = {*TYPE_NAMES.values(), "Tenant"}

TENANTS = f"""
[[tenant]]
slug = "maple"
name = "Maple"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "{auth.ADMIN_TOKEN}" }}
access = "open"
[[tenant]]
slug = "maple-teacher"
name = "Maple, as a teacher sees it"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "{auth.TEACHER_TOKEN}" }}
access = "open"
[[tenant]]
slug = "maple-student"
name = "Maple, as a student sees it"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "{auth.STUDENT_TOKEN}" }}
access = "open"
[[tenant]]
slug = "maple-observer"
name = "Maple, as a parent sees it"
vendor = "canvas"
base_url = "{{canvas_url}}"
credentials = {{ kind = "token", token = "{auth.OBSERVER_TOKEN}" }}
access = "open"
[[tenant]]
slug = "lakeside"
name = "Lakeside"
vendor = "schoology"
base_url = "{{schoology_url}}"
time_zone = "America/Chicago"
access = "open"
credentials = {{ kind = "oauth1", consumer_key = "{api_keys.ADMIN_KEY}", \
consumer_secret = "{api_keys.ADMIN_SECRET}" }}
"""
CALLERS = {
    "canvas": ("maple", "maple-teacher", "maple-student", "maple-observer"),
    "schoology": ("lakeside",),
}
SCHOOLS = {"maple": MAPLE, "lakeside": LAKESIDE}


def build_maple() -> School:
    """Build Maple with data that the demo lacks: a blueprint, dates, a language."""
    school = maple(24)
    school.change(school.courses[MAPLE.host_course], is_blueprint=True)
    school.change(school.users[MAPLE.student], locale="es", bio="Sings.", gender="M")
    return school


def build_lakeside() -> School:
    school = lakeside(24)
    school.change(school.users[LAKESIDE.student], locale="es", gender="M")
    return school


def select(type: GraphQLObjectType, depth: int) -> str:
    """Return a selection of all fields of a type; connections and entities down to `depth`."""
    parts = []
    for name, field in type.fields.items():
        results = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(results):
            parts.append(name)
        elif results.name == "Tenant":
            parts.append("tenant { slug }")
        elif isinstance(results, GraphQLObjectType) and "pageInfo" in results.fields:
            if depth:
                node = get_named_type(results.fields["nodes"].type)
                assert isinstance(node, GraphQLObjectType)
                rows = select(node, depth - 1)
                parts.append(
                    f"{name}(first: 2) {{ totalCount nodes {{ {rows} }} edges {{ cursor }} "
                    "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
                )
        elif isinstance(results, GraphQLObjectType) and (results.name not in ENTITIES or depth):
            parts.append(f"{name} {{ {select(results, depth - (results.name in ENTITIES))} }}")
    return " ".join(parts)


def check(value: Any, type: GraphQLOutputType, place: str) -> None:
    """Assert that a value has its type, recursively."""
    nullable = get_nullable_type(type)
    assert value is not None or nullable is type, place
    if value is None:
        return
    if is_list_type(nullable):
        assert isinstance(value, list), place
        for item in value:
            check(item, nullable.of_type, f"{place}[]")
    elif isinstance(nullable, GraphQLObjectType):
        for name, inner in value.items():
            check(inner, nullable.fields[name].type, f"{place}.{name}")
    elif isinstance(nullable, GraphQLEnumType):
        assert value in nullable.values, place
    else:
        assert isinstance(nullable, GraphQLScalarType)
        assert is_of_scalar(nullable.name, value), (place, value)


def is_of_scalar(name: str, value: Any) -> bool:
    match name:
        case "ID" | "String":
            return isinstance(value, str)
        case "Int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "Boolean":
            return isinstance(value, bool)
        case "DateTime":
            return datetime.fromisoformat(value).tzinfo is not None
        case "Time":
            return time.fromisoformat(value) is not None
        case "JSON":
            return True
    raise AssertionError(f"no check for {name}")


def value_paths(type: GraphQLObjectType, place: str) -> Iterator[str]:
    """Return the paths of an object's leaves, without those of other entities."""
    for name, field in type.fields.items():
        results = get_named_type(field.type)
        here = f"{place}.{name}"
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue  # as in `select`
        if is_leaf_type(results):
            yield here
        elif (
            isinstance(results, GraphQLObjectType)
            and results.name not in ENTITIES
            and "pageInfo" not in results.fields
        ):
            yield from value_paths(results, here)


def returned_paths(value: Any, place: str) -> Iterator[str]:
    """Return the paths of leaves that are not null."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from returned_paths(inner, f"{place}.{name}")
            if isinstance(inner, dict):
                yield f"{place}.{name}"
    elif isinstance(value, list):
        for item in value:
            yield from returned_paths(item, place)
        if not value:
            yield place
    elif value is not None:
        yield place


# References to the known objects

REFS: Mapping[str, tuple[str, ...]] = {
    "Section": ("sections", "crosslisted_section", "awkward_section", "concluded_section"),
    "Course": ("course", "host_course", "original_course", "unpublished_course",
               "concluded_course", "awkward_course", "restricted_course", "future_course"),
    "User": ("admin", "teacher", "student", "ta", "observer", "invited", "awkward_user"),
    "Account": ("root", "sub_accounts"),
    "Term": ("past_term", "current_term", "future_term"),
}  # fmt: skip
KINDS = {name: kind for kind, name in TYPE_NAMES.items() if kind is not None}
FEW = 4
"""Number of objects in one request, to stay within Schoology's credits."""


def known_ids(marks: KnownIds, type: str) -> list[str]:
    results: list[str] = []
    for name in REFS[type]:
        value = getattr(marks, name)
        results += map(str, value if isinstance(value, tuple) else (value,))
    return results


LISTS: Mapping[str, tuple[str, ...]] = {
    "Course": ("courses(first: 10)",),
    "Section": ("course(by: {vendorId: $course})", "sections(first: 10)"),
    "User": ("course(by: {vendorId: $course})", "teachers(first: 10)"),
    "Enrollment": ("course(by: {vendorId: $course})", "enrollments(first: 60)"),
    "Account": ("account(by: {root: true})", "subAccounts"),
}
"""Lists whose rows have fields that the object alone lacks."""


async def read_by_id(gateway: GatewayHarness, slug: str, type: str, depth: int = 0) -> list[Any]:
    """Read the known objects of a type with all fields."""
    marks = SCHOOLS[slug.partition("-")[0]]
    ids = [encode_id(slug, KINDS[type], id) for id in known_ids(marks, type)]
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {fields_of(type, depth)} }} }}"
    results: list[Any] = []
    for index in range(0, len(ids), FEW):
        answer = await gateway.execute(query, slug, ids=ids[index : index + FEW])
        results += checked(answer, slug, type, answer.data["nodes"])
    return results


async def read_listed(gateway: GatewayHarness, slug: str, type: str) -> list[Any]:
    """Read a list's rows with all fields."""
    marks = SCHOOLS[slug.partition("-")[0]]
    query = f"{{ nodes {{ {fields_of(type, 0)} }} }}"
    for field in reversed(LISTS[type]):
        query = f"{{ found: {field} {query} }}"
    answer = await gateway.execute(
        f"query ($course: ID!) {{ gone: course(by: {{vendorId: $course}}) {{ id }} {query[1:]}",
        slug,
        course=str(marks.course),
    )
    results = answer.data
    for _ in LISTS[type]:
        results = (results or {}).get("found")
    return checked(answer, slug, type, (results or {}).get("nodes", []))


def fields_of(type: str, depth: int) -> str:
    definition = TYPES[type]
    assert isinstance(definition, GraphQLObjectType)
    return f"... on {type} {{ {select(definition, depth)} }}"


ONLY_CANVAS = {place.partition(".")[2] for place in vendor_operations()}
"""Fields that Schoology does not support, and whose operation Canvas may refuse."""


def may_fail(slug: str, field: str) -> set[str]:
    """Return the error codes that a field may have."""
    if slug == "lakeside":
        return {"UNSUPPORTED_BY_VENDOR"} if field in ONLY_CANVAS else set()
    allowed = {"NOT_FOUND"} if field == "studentProgress" else set()  # courses without modules
    return allowed | ({"FORBIDDEN"} if "-" in slug else set())


def checked(answer: GatewayAnswer, slug: str, type: str, results: list[Any]) -> list[Any]:
    """Return the objects after checking their types and errors."""
    for path, code in answer.codes:
        field = [name for name in path.split(".") if not name.isdecimal()][-1]
        assert code in may_fail(slug, field), answer.errors
    objects = [row for row in results if row]
    for row in objects:
        check(row, TYPES[type], type)  # type: ignore[arg-type]
    return objects


@pytest.fixture
async def full_gateway() -> AsyncIterator[GatewayHarness]:
    """Both schools with all the data that the simulator has."""
    async with running_gateway(
        settings=TENANTS,
        canvas_school=build_maple,
        schoology_school=build_lakeside,
        schoology_quirks=SchoologyQuirks(documented_options=True, class_periods=True),
    ) as harness:
        yield harness


@pytest.mark.parametrize("slug", ["maple", "maple-student", "lakeside"])
@pytest.mark.parametrize("type", REFS)
async def test_all_fields_of_objects_have_values_of_their_type(
    full_gateway: GatewayHarness, slug: str, type: str
) -> None:
    actual = await read_by_id(full_gateway, slug, type, depth=1)
    # A student may look at neither accounts nor terms.
    assert actual or (slug == "maple-student" and type in ("Account", "Term"))


@pytest.mark.parametrize("slug", ["maple", "maple-student", "lakeside"])
@pytest.mark.parametrize("type", LISTS)
async def test_all_fields_of_list_rows_have_values_of_their_type(
    full_gateway: GatewayHarness, slug: str, type: str
) -> None:
    actual = await read_listed(full_gateway, slug, type)
    assert actual or (slug == "maple-student" and type == "Account")


NEVER_RETURNED: Mapping[str, Mapping[str, str]] = {
    "canvas": {
        "only Schoology has them": """
            Course.credits Course.department Course.gradeLevels Course.subject Section.code
            Section.description Section.isActive Section.isSynced Section.location
            Section.meeting.days Section.meeting.endTime Section.meeting.startTime""",
        "documented of a course, and returned only when a course is created": """
            Course.canvas.allowStudentAssignmentEdits Course.canvas.allowStudentForumAttachments
            Course.canvas.allowWikiComments Course.canvas.license Course.canvas.openEnrollment
            Course.canvas.selfEnrollment""",
        "the school sets none of these": """
            Account.helpLinks.customHelpLinks.featureHeadline
            Account.helpLinks.defaultHelpLinks.featureHeadline Course.settings.bannerImage
            Course.settings.bannerImageId Course.settings.bannerImageUrl
            Course.settings.courseColor Course.settings.friendlyName
            Course.settings.gradePassbackSetting Course.settings.gradingStandardId
            Course.settings.homePageAnnouncementLimit Course.settings.imageId
            Course.canvas.bannerImageDownloadUrl Course.canvas.friendlyName
            Course.canvas.gradePassbackSetting Course.canvas.gradingStandardId
            Course.canvas.locale""",
        "the school has no grading periods": """
            Course.canvas.gradingPeriods.endDate Course.canvas.gradingPeriods.id
            Course.canvas.gradingPeriods.startDate Course.canvas.gradingPeriods.title
            Course.canvas.gradingPeriods.workflowState
            Course.canvas.enrollments.currentGradingPeriodId
            Course.canvas.enrollments.currentGradingPeriodTitle
            Course.canvas.enrollments.currentPeriodComputedCurrentGrade
            Course.canvas.enrollments.currentPeriodComputedCurrentScore
            Course.canvas.enrollments.currentPeriodComputedFinalGrade
            Course.canvas.enrollments.currentPeriodComputedFinalScore
            Course.canvas.enrollments.currentPeriodUnpostedCurrentGrade
            Course.canvas.enrollments.currentPeriodUnpostedCurrentScore
            Course.canvas.enrollments.currentPeriodUnpostedFinalGrade
            Course.canvas.enrollments.currentPeriodUnpostedFinalScore
            Course.canvas.enrollments.hasGradingPeriods
            Course.canvas.enrollments.totalsForAllGradingPeriodsOption
            Course.effectiveDueDates.gradingPeriodId Enrollment.canvas.grades.gradingPeriodId""",
        "the school's grades are scores without letters": """
            Course.canvas.enrollments.computedCurrentGrade
            Course.canvas.enrollments.computedFinalGrade
            Enrollment.canvas.grades.unpostedCurrentGrade
            Enrollment.canvas.grades.unpostedFinalGrade Enrollment.grades.currentGrade
            Enrollment.grades.finalGrade""",
        "visible only with access to unposted grades, which no student has": """
            Course.canvas.enrollments.unpostedCurrentGrade
            Course.canvas.enrollments.unpostedCurrentScore
            Course.canvas.enrollments.unpostedFinalGrade
            Course.canvas.enrollments.unpostedFinalScore""",
        "returned only with `includeAll` or in the list of calendars": """
            Account.calendar.subAccountCount Account.notifications.author.id
            Account.notifications.author.name Account.notifications.closed""",
        "no report ran yet": "Account.availableReports.lastRun",
        "no teacher did that in the school": """
            Course.canvas.blueprintRestrictionsByObjectType
            Enrollment.canvas.grades.currentPoints Enrollment.canvas.grades.overrideGrade
            Enrollment.canvas.grades.overrideScore Enrollment.canvas.lastAttendedAt
            Enrollment.endAt Enrollment.startAt""",
        "a tab of an external tool, or a hidden one": """
            Course.canvas.tabs.fullUrl Course.canvas.tabs.hidden""",
        "no user was merged, and no account trusts another": """
            User.canvas.mergedIntoUserId User.canvas.pastUuid User.canvas.rootAccount""",
        "returned only in a row of a course's `teachers`": """
            User.canvas.anonymousId""",
    },
    "schoology": {
        "only Canvas has them": """
            Account.sisId Account.timeZone Course.endAt Course.imageUrl Course.integrationId
            Course.sisId Course.startAt Course.state Course.timeZone Course.url Enrollment.endAt
            Enrollment.grades.currentGrade Enrollment.grades.currentScore
            Enrollment.grades.finalGrade Enrollment.grades.finalScore Enrollment.lastActivityAt
            Enrollment.startAt Section.endAt Section.integrationId Section.isCrossListed
            Section.permissions.manageCalendar Section.startAt Section.url User.bio
            User.integrationId User.pronouns User.sortableName""",
        "the school has none of these": """
            Account.schoology.address2 Account.schoology.fax
            Section.schoology.options.defaultGradingScaleId Section.schoology.parentId
            User.schoology.additionalBuildings""",
    },
}
"""Fields that are null for all objects of the simulator: reason → paths."""


def places(vendor: str) -> set[str]:
    """Return the leaves that a vendor supports, of all types."""
    results: set[str] = set()
    for type in (*REFS, "Enrollment"):
        definition = TYPES[type]
        assert isinstance(definition, GraphQLObjectType)
        results.update(value_paths(definition, type))
    others = tuple(f".{block}." for block in CALLERS if block != vendor)
    refused = () if vendor == "canvas" else tuple(vendor_operations())
    return {
        place
        for place in results
        if not any(other in place for other in others) and ".".join(place.split(".")[:2]) not in refused
    }


@pytest.mark.parametrize("vendor", CALLERS)
async def test_every_field_is_non_null_for_some_object(full_gateway: GatewayHarness, vendor: str) -> None:
    """Except those in `NEVER_RETURNED`, which have a reason and are never returned."""
    actual: set[str] = set()
    for slug in CALLERS[vendor]:
        for type in (*REFS, "Enrollment"):
            by_id = await read_by_id(full_gateway, slug, type) if type in REFS else []
            listed = await read_listed(full_gateway, slug, type) if type in LISTS else []
            for row in (*by_id, *listed):
                actual.update(returned_paths(row, type))
    expected = [place for several in NEVER_RETURNED[vendor].values() for place in several.split()]
    assert sorted(places(vendor) - actual) == sorted(expected)


# Every documented key, with a value of its type, is returned.

KEYS: Mapping[str, Mapping[str, str]] = {
    "canvas": {
        "Section": "/sections/", "Course": "/courses/", "User": "/users/",
        "Enrollment": "/enrollments/", "Account": "/accounts/",
    },
    "schoology": {
        "Section": "/sections/", "Course": "/courses/", "User": "/users/",
        "Enrollment": "/enrollments/", "Account": "/schools/",
    },
}  # fmt: skip
"""Type → path of the object."""


UNCHANGED = {"any": ["thing", None, 1], "updated_at": "2026-11-16T12:00:00Z"}
"""Fields in the vendor's own form; only ids become text."""

CONVERTED = {
    ("canvas", "User"): {"anonymousId", "htmlUrl"},  # only in a course's list of teachers
    ("schoology", "User"): {"parents"},  # rows; only their ids are returned
}
"""Fields that do not have a key of their name."""


def sample(type: GraphQLOutputType, *, as_text: bool) -> tuple[Any, Any]:
    """Return a value as a vendor writes it and as the gateway returns it."""
    nullable = get_nullable_type(type)
    if is_list_type(nullable):
        written, expected = sample(nullable.of_type, as_text=as_text)
        return [written], [expected]
    if isinstance(nullable, GraphQLObjectType):
        return samples(nullable, as_text=as_text)
    written, expected = {
        "ID": (7001, "7001"),
        "String": ("words", "words"),
        "Int": (3, 3),
        "Float": (2.5, 2.5),
        "Boolean": (True, True),
        "DateTime": ("2026-11-16T12:00:00Z", "2026-11-16T12:00:00+00:00"),
        "JSON": ({**UNCHANGED, "id": 2**60}, {**UNCHANGED, "id": str(2**60)}),
    }[str(nullable)]
    if as_text and isinstance(written, bool):
        return "true", expected
    if as_text and isinstance(written, int | float):
        return str(written), expected
    return written, expected


def samples(type: GraphQLObjectType, *, as_text: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a row with every key of a block, and the expected block."""
    definition = STRAWBERRY.get_type_by_name(type.name)
    assert isinstance(definition, StrawberryObjectDefinition)
    row, block = {}, {}
    for field in definition.fields:
        name = to_camel_case(field.python_name)
        written, expected = sample(type.fields[name].type, as_text=as_text)
        row[field.python_name], block[name] = written, expected
    return row, block


@pytest.mark.parametrize("as_text", [False, True], ids=["typed", "text"])
@pytest.mark.parametrize(("vendor", "type"), [(vendor, type) for vendor in KEYS for type in KEYS[vendor]])
async def test_every_documented_key_is_returned(
    full_gateway: GatewayHarness, vendor: str, type: str, as_text: bool
) -> None:
    """Numbers and booleans occur as such and, at both vendors, as text."""
    block = TYPES[f"{vendor.title()}{type}"]
    assert isinstance(block, GraphQLObjectType)
    row, expected = samples(block, as_text=as_text)
    slug = "maple" if vendor == "canvas" else "lakeside"
    key = "1.2" if (vendor, type) == ("schoology", "Enrollment") else "1"
    row |= {"id": key.rpartition(".")[2], "uid": "1"}
    full_gateway.server.faults.add(Fault("reply", vendor=vendor, status=200, body=row, count=0))
    fields = f"... on {type} {{ {vendor} {{ {select(block, 0)} }} }}"
    answer = await full_gateway.execute(
        f"query ($id: ID!) {{ node(id: $id) {{ {fields} }} }}",
        slug,
        id=encode_id(slug, KINDS[type], key),
    )
    assert answer.errors == []
    actual = answer.data["node"][vendor]
    check(actual, block, type)
    renamed = CONVERTED.get((vendor, type), set())
    for name in expected.keys() - renamed:
        assert actual[name] == expected[name], name
