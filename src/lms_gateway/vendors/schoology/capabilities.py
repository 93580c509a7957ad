"""What of the contract's reading Schoology can do, argument by argument."""

from collections.abc import Iterable

from lms_gateway.domain.backend import Capability

_NO_SEARCH = "Schoology's API has no search"
_NO_COURSE_FILTER = "Schoology lists courses without state, term or teacher"
_NO_OTHER_NAME = "Schoology finds sections and users by SIS id, and nothing else by another name"

_REFUSED = {
    "Query.section(by.integrationId)": _NO_OTHER_NAME,
    "Query.sectionsBy(refs.integrationId)": _NO_OTHER_NAME,
    "Query.course(by.sisId)": _NO_OTHER_NAME,
    "Query.coursesBy(refs.sisId)": _NO_OTHER_NAME,
    "Query.course(by.integrationId)": _NO_OTHER_NAME,
    "Query.coursesBy(refs.integrationId)": _NO_OTHER_NAME,
    "Query.user(by.integrationId)": _NO_OTHER_NAME,
    "Query.usersBy(refs.integrationId)": _NO_OTHER_NAME,
    "Query.user(by.loginId)": _NO_OTHER_NAME,
    "Query.usersBy(refs.loginId)": _NO_OTHER_NAME,
    "Query.account(by.sisId)": _NO_OTHER_NAME,
    "Query.account(by.integrationId)": _NO_OTHER_NAME,
    "Query.courses(filter.search)": _NO_SEARCH,
    "Query.courses(filter.states)": _NO_COURSE_FILTER,
    "Query.courses(filter.termId)": _NO_COURSE_FILTER,
    "Query.courses(filter.teacherIds)": _NO_COURSE_FILTER,
    "Query.users(filter.search)": _NO_SEARCH,
    "Course.sections(search)": _NO_SEARCH,
    "User.sections(search)": _NO_SEARCH,
    **{
        f"{group}.{members}(filter.search)": _NO_SEARCH
        for group in ("Section", "Course")
        for members in ("users", "enrollments", "students", "teachers")
    },
}
_SUPPORTED = (
    "Query.viewer",
    *(
        f"Query.{field}({argument}.{ref})"
        for one, many in (("section", "sectionsBy"), ("course", "coursesBy"), ("user", "usersBy"))
        for field, argument in ((one, "by"), (many, "refs"))
        for ref in ("id", "vendorId", "sisId")
        if (one, ref) != ("course", "sisId")
    ),
    "Query.account(by.id)",
    "Query.account(by.vendorId)",
    "Query.account(by.root)",
    "Query.accounts",
    "Query.courses",
    "Query.users",
    "Query.users(filter.roles)",
    "Query.users(filter.states)",
    "Section.terms",
    "Course.sections",
    "Course.sections(includePast)",
    "User.sections",
    "User.sections(includePast)",
    "User.courses",
    "User.enrollments",
    "Account.subAccounts",
    "Account.courses",
    *(
        f"{group}.{field}"
        for group in ("Section", "Course")
        for field in (
            "studentCount",
            "students",
            "teachers",
            "users",
            "users(filter.roles)",
            "users(filter.states)",
            "users(filter.ids)",
            "enrollments",
            "enrollments(filter.roles)",
            "enrollments(filter.states)",
            "enrollments(filter.ids)",
        )
    ),
)


def _all() -> Iterable[Capability]:
    for operation in _SUPPORTED:
        yield Capability(operation, supported=True)
    for operation, reason in _REFUSED.items():
        yield Capability(operation, supported=False, reason=reason)


CAPABILITIES = tuple(sorted(_all(), key=lambda one: one.operation))
"""By operation: supported, or why not. Roles are TEACHER and STUDENT everywhere."""
