"""Unsupported operations are rejected and reported as capabilities."""

import re

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from lms_gateway.domain.errors import LmsError, Unsupported
from lms_gateway.domain.limitations import Limitation, Limitations
from lms_gateway.domain.loads import (
    AccountFilter,
    Alias,
    ByAlias,
    ById,
    Children,
    CourseFilter,
    Load,
    MemberFilter,
    Members,
    RootAccount,
    Search,
    SectionFilter,
    TermsOf,
    UserFilter,
    Viewer,
)
from lms_gateway.domain.models import CourseState, EnrollmentState, Role
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.schema.capabilities import unknown_limitations
from lms_gateway.vendors.canvas.capabilities import LIMITATIONS as CANVAS
from lms_gateway.vendors.schoology.capabilities import LIMITATIONS as SCHOOLOGY
from tests.capabilities import capabilities, graphql_schema
from tests.contract.vendor_backends import ROOT, VendorUnderTest

COORDINATE = re.compile(r"(\w+)\.(\w+)(?:\((\w+)(?:\.(\w+))?\))?")
STATES = (EnrollmentState.ACTIVE,)
COURSE, SECTION, USER, ACCOUNT = (
    Key(Kind.COURSE, "1"), Key(Kind.SECTION, "1"), Key(Kind.USER, "7"), Key(Kind.ACCOUNT, ROOT)
)  # fmt: skip

COURSE_FILTERS = {
    "search": CourseFilter(search="Course"),
    "states": CourseFilter(states=(CourseState.AVAILABLE,)),
    "term": CourseFilter(term_id="1"),
    "teachers": CourseFilter(teacher_ids=("2",)),
}
MEMBER_FILTERS = {
    "search": MemberFilter(search="Bao"),
    "roles": MemberFilter(roles=(Role.STUDENT,)),
    "states": MemberFilter(states=(EnrollmentState.COMPLETED,)),
    "ids": MemberFilter(ids=("7",)),
}
LOADS: dict[str, Load] = {
    "Query.viewer": Viewer(),
    **{
        f"Query.{kind}(by.{ref})": ByAlias(kind, alias, "x")
        for kind in (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ACCOUNT)
        for ref, alias in (("sisId", Alias.SIS_ID), ("integrationId", Alias.INTEGRATION_ID))
    },
    **{
        f"Query.{kind}(by.vendorId)": ById(kind, "1")
        for kind in (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ACCOUNT)
    },
    "Query.user(by.loginId)": ByAlias(Kind.USER, Alias.LOGIN_ID, "x"),
    "Query.account(by.root)": RootAccount(),
    "Query.accounts": Search(Kind.ACCOUNT),
    "Query.courses": Search(Kind.COURSE),
    **{f"Query.courses(filter.{n})": Search(Kind.COURSE, f) for n, f in COURSE_FILTERS.items()},
    "Query.users": Search(Kind.USER),
    "Query.users(filter.search)": Search(Kind.USER, UserFilter(search="Bao")),
    "Query.users(filter.roles)": Search(Kind.USER, UserFilter(roles=(Role.TEACHER,))),
    "Query.users(filter.states)": Search(Kind.USER, UserFilter(states=STATES)),
    "Account.subAccounts": Children(ACCOUNT, Kind.ACCOUNT),
    "Account.subAccounts(recursive)": Children(ACCOUNT, Kind.ACCOUNT, AccountFilter(True)),
    "Account.courses": Children(ACCOUNT, Kind.COURSE),
    **{
        f"Account.courses(filter.{name})": Children(ACCOUNT, Kind.COURSE, given)
        for name, given in COURSE_FILTERS.items()
    },
    "Course.sections": Children(COURSE, Kind.SECTION),
    "Course.sections(includePast)": Children(COURSE, Kind.SECTION, SectionFilter(include_past=True)),
    "Course.sections(search)": Children(COURSE, Kind.SECTION, SectionFilter(search="Section")),
    "Section.terms": TermsOf(SECTION),
    **{
        f"{name}.{field}": Members(group, kind)
        for name, group in (("Section", SECTION), ("Course", COURSE))
        for field, kind in (("users", Kind.USER), ("enrollments", Kind.ENROLLMENT))
    },
    **{
        f"{name}.{field}(filter.{narrow})": Members(group, kind, given)
        for name, group in (("Section", SECTION), ("Course", COURSE))
        for field, kind in (("users", Kind.USER), ("enrollments", Kind.ENROLLMENT))
        for narrow, given in MEMBER_FILTERS.items()
    },
    "User.courses": Children(USER, Kind.COURSE),
    "User.sections": Children(USER, Kind.SECTION),
    "User.sections(includePast)": Children(USER, Kind.SECTION, SectionFilter(include_past=True)),
    "User.enrollments": Children(USER, Kind.ENROLLMENT),
    **{
        f"User.enrollments(filter.{narrow})": Children(USER, Kind.ENROLLMENT, given)
        for narrow, given in MEMBER_FILTERS.items()
    },
}
NO_SUCH_LISTS: list[Load] = [
    Children(Key(Kind.TERM, "1"), Kind.COURSE),
    Children(SECTION, Kind.SECTION),
    Search(Kind.TERM),
    Search(Kind.ENROLLMENT),
    ByAlias(Kind.TERM, Alias.LOGIN_ID, "x"),
]


@pytest.mark.parametrize("operation", LOADS)
async def test_a_load_is_unsupported_exactly_if_the_capabilities_say_so(
    vendor: VendorUnderTest, operation: str
) -> None:
    answer = await vendor.load(LOADS[operation], Projection.of("name"))
    if vendor.supports(operation):
        assert not isinstance(answer, LmsError), answer
    else:
        assert isinstance(answer, Unsupported)
        assert answer.message
        assert vendor.calls() == []


@pytest.mark.parametrize("load", NO_SUCH_LISTS, ids=str)
async def test_lists_that_no_vendor_has_are_unsupported(vendor: VendorUnderTest, load: Load) -> None:
    assert isinstance(await vendor.load(load), Unsupported)


async def test_an_unsupported_load_does_not_affect_its_batch(vendor: VendorUnderTest) -> None:
    refused, here = Search(Kind.TERM), ById(Kind.SECTION, "1")
    answers = await vendor.fetch({refused: Projection.of(), here: Projection.of("name")})
    assert isinstance(answers[refused], Unsupported)
    assert answers[here].name == "Section 1"  # type: ignore[union-attr]


def test_both_vendors_have_the_same_operations() -> None:
    names = [
        [name for name in capabilities(limitations) if ", " not in name]
        for limitations in (CANVAS, SCHOOLOGY)
    ]
    assert names[0] == names[1]
    assert set(names[0]) >= LOADS.keys()


@pytest.mark.parametrize("operation", [name for name in capabilities({}) if "Mutation" not in name])
def test_every_operation_is_a_coordinate_of_the_schema(operation: str) -> None:
    match = COORDINATE.fullmatch(operation)
    assert match is not None
    owner, field, argument, inner = match.groups()
    type_ = graphql_schema().type_map[owner]
    assert isinstance(type_, GraphQLObjectType)
    assert field in type_.fields
    if argument is None:
        return
    argument_type = get_named_type(type_.fields[field].args[argument].type)
    if inner is not None:
        assert isinstance(argument_type, GraphQLInputObjectType)
        assert inner in argument_type.fields


@pytest.mark.parametrize("limitations", [CANVAS, SCHOOLOGY])
def test_every_limitation_concerns_an_operation(limitations: Limitations) -> None:
    assert unknown_limitations(graphql_schema(), limitations) == []


def test_a_limitation_without_an_operation_is_detected() -> None:
    limitation = Limitation(Search, Kind.TERM)
    assert unknown_limitations(graphql_schema(), {limitation: "no terms"}) == [limitation]
