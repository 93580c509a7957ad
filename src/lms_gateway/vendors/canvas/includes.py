"""Where rows come from, what they carry, and what has to be asked for with `include[]`.

The name of an include is not always the key that it brings (`favorites` brings `is_favorite`), it
is not legal everywhere, and Canvas drops it without a word where the caller lacks a right or the
developer key does not allow includes. So a source tells apart what it *carries* (left out means
"not permitted", and settles the facet) from what it may be *hoped* to bring (left out means
nothing, and the facet is asked for another way).

Each include costs the vendor work, so none is asked for that is not wanted.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from lms_gateway.domain.asks import Wants
from lms_gateway.domain.records import Kind
from lms_gateway.upstream.call import Params
from lms_gateway.vendors.canvas.rows import (
    ACCOUNT,
    COURSE,
    DISPLAY,
    ENROLLMENT,
    PROGRESS,
    SECTION,
    TERM,
    USER,
    Row,
    Shape,
)
from lms_gateway.vendors.canvas.tellings import READABLE, Reader

_MOST_REQUESTS = 512
"""As many different wishes are kept; a client's queries make a few dozen."""

DERIVED: Mapping[Kind, frozenset[str]] = {
    Kind.SECTION: frozenset({"url"}),
    Kind.COURSE: frozenset({"url"}),
    Kind.USER: frozenset(DISPLAY.facets - USER.facets),
    Kind.ENROLLMENT: frozenset(),
    Kind.TERM: frozenset(),
    Kind.ACCOUNT: frozenset(),
    Kind.PROGRESS: frozenset(),
}
"""Facets that rows settle without a key of their own: addresses in Canvas's own pages, and what
only a course's list of teachers tells of a user, so that no user is asked for it one by one."""

GIVES: Mapping[Kind, frozenset[str]] = {
    shape.kind: frozenset(shape.facets | DERIVED[shape.kind])
    for shape in (SECTION, COURSE, ENROLLMENT, TERM, ACCOUNT, PROGRESS)
} | {Kind.USER: frozenset(USER.facets | DISPLAY.facets)}
"""All that Canvas can tell of each kind."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A kind of row, by the endpoint that it comes from."""

    shape: Shape
    carries: frozenset[str]
    includes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # key → include[] values
    hoped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameter: str = "include[]"

    @property
    def facets(self) -> frozenset[str]:
        """All that rows of this source might tell."""
        keys = self.carries | self.includes.keys() | self.hoped.keys()
        return frozenset(facet for facet, key in self.shape.key_of.items() if key in keys)

    def can_tell(self, facets: Set[str]) -> bool:
        """Whether rows of this source carry all of these facets, if they are asked to."""
        keys = self.carries | self.includes.keys()
        return all(self.shape.key_of.get(facet) in keys for facet in facets)


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked of a source: the query's parameters, and what its rows will say."""

    source: Source
    facets: frozenset[str] = frozenset()  # what is wanted of each row's object
    params: Params = ()
    carried: frozenset[str] = frozenset()
    hoped: frozenset[str] = frozenset()
    user: "Request | None" = None  # what is asked of the user within an enrollment

    @cached_property
    def reader(self) -> Reader | None:
        """Decodes the rows as far as they are wanted; None where they are read whole."""
        shape = self.source.shape
        if self.hoped or shape is DISPLAY or shape.kind not in READABLE:
            return None  # whether a hope was heeded only whole rows tell
        return Reader(shape, [one for one in self.facets if shape.key_of.get(one) in self.carried])

    @cached_property
    def settles(self) -> frozenset[str]:
        """Facets that a row settles, whether or not it tells them."""
        return self.settled_by(self.carried)

    def settled_by(self, carried: Set[str]) -> frozenset[str]:
        """Facets that a row settles where these keys are carried."""
        shape = self.source.shape
        facets = [facet for facet, key in shape.key_of.items() if key in carried]
        return DERIVED[shape.kind].union(facets)

    def carried_by(self, rows: Sequence[Row]) -> Set[str]:
        """The keys whose absence from one of these rows means "not permitted".

        What was only hoped for counts where any row has it: then Canvas did heed the include.
        """
        heeded = {key for key in self.hoped if any(key in row for row in rows)}
        return self.carried | heeded if heeded else self.carried


def request(source: Source, facets: Set[str] = frozenset(), *keys: str) -> Request:
    """Ask a source for these facets, and for keys that are objects of their own.

    What the source cannot be asked for is left out, and stays unknown. The same is the same value:
    how its rows are decoded is made once.
    """
    return _request(source, frozenset(facets), keys)


@lru_cache(_MOST_REQUESTS)
def _request(source: Source, facets: frozenset[str], keys: tuple[str, ...]) -> Request:
    wanted = {source.shape.key_of[facet] for facet in facets & source.shape.facets}
    wanted.update(keys)
    asked = sorted(wanted & source.includes.keys())
    hoped = sorted(wanted & source.hoped.keys())
    names = [name for key in asked for name in source.includes[key]]
    names += [name for key in hoped for name in source.hoped[key]]
    return Request(
        source,
        facets,
        params=tuple((source.parameter, name) for name in dict.fromkeys(names)),
        carried=source.carries.union(asked),
        hoped=frozenset(hoped),
    )


def enrollment_request(facets: Set[str] = frozenset(), user: Set[str] = frozenset()) -> Request:
    """Ask for enrollments, and for these facets of the user within each."""
    return _enrollment_request(frozenset(facets), frozenset(user))


@lru_cache(_MOST_REQUESTS)
def _enrollment_request(facets: frozenset[str], user: frozenset[str]) -> Request:
    asked = request(ENROLLMENT_ROW, facets)
    within = request(ENROLLED_USER, user)
    return replace(asked, params=(*asked.params, *within.params), user=within)


def facets_of(wants: Wants, child: str) -> Set[str]:
    """What is wanted of a child; empty where it is not wanted."""
    found = wants.children.get(child)
    return frozenset() if found is None else found.facets


def course_keys(source: Source, children: Mapping[str, Wants]) -> tuple[str, ...]:
    """The objects below a course that come with its row, where that tells all that is wanted."""
    if not children:
        return ()
    keys = []
    term, account, teachers = (children.get(name) for name in ("term", "account", "teachers"))
    if term is not None and term.facets and "term" in source.includes:
        keys.append("term")
    if account is not None and account.facets and BRIEF_ACCOUNT.can_tell(account.facets):
        keys.append("account")
    if teachers is not None and TEACHER.can_tell(teachers.facets):
        keys.append("teachers")
    return tuple(key for key in keys if key in source.includes)


def _keys(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _named(words: Iterable[str], **renamed: str) -> dict[str, tuple[str, ...]]:
    named = {word: (word,) for word in words}
    return named | {key: tuple(names.split()) for key, names in renamed.items()}


SECTION_ROW = Source(
    SECTION,
    carries=_keys(
        "name course_id nonxlist_course_id start_at end_at restrict_enrollments_to_section_dates "
        "created_at sis_section_id sis_course_id integration_id sis_import_id"
    ),
    includes=_named(("total_students", "passback_status", "permissions", "user_count")),
)

_COURSE_KEYS = _keys(
    "name course_code account_id root_account_id enrollment_term_id uuid created_at start_at "
    "end_at default_view is_public is_public_to_auth_users public_syllabus "
    "public_syllabus_to_auth storage_quota_mb grading_standard_id hide_final_grades "
    "apply_assignment_group_weights restrict_enrollments_to_course_dates workflow_state calendar "
    "time_zone blueprint original_name locale course_format template blueprint_restrictions "
    "blueprint_restrictions_by_object_type friendly_name grade_passback_setting sis_course_id "
    "integration_id sis_import_id "
    # Documented of a course, and only ever answered to its creation.
    "license allow_student_assignment_edits allow_wiki_comments "
    "allow_student_forum_attachments open_enrollment self_enrollment"
)
_OF_ANY_COURSE = _named(
    (
        "syllabus_body",
        "term",
        "course_progress",
        "storage_quota_used_mb",
        "total_students",
        "teachers",
        "concluded",
        "post_manually",
    )
)
_OF_OWN_COURSE = _named(
    (
        "needs_grading_count",
        "public_description",
        "grading_periods",
        "account",
        "sections",
        "passback_status",
        "observed_users",
        "tabs",
        "access_restricted_by_date",
        "lti_context_id",
        "html_url",
        "grading_scheme",
    ),
    # The viewer's enrollments come unasked; what they scored in them does not.
    enrollments="total_scores current_grading_period_scores",
    has_grading_periods="total_scores current_grading_period_scores",
    is_favorite="favorites",
    image_download_url="course_image",
    banner_image_download_url="banner_image",
    subaccount_id="subaccount",
    subaccount_name="subaccount",
)

OWN_COURSES = Source(COURSE, _COURSE_KEYS, _OF_ANY_COURSE | _OF_OWN_COURSE)
"""`GET /courses` and `GET /users/:id/courses`: those that somebody is enrolled in."""

COURSE_SHOW = Source(
    COURSE, _COURSE_KEYS, _OF_ANY_COURSE | _OF_OWN_COURSE | _named(("permissions",))
)

ACCOUNT_COURSES = Source(
    COURSE,
    _COURSE_KEYS,
    _OF_ANY_COURSE | _named(("account_name",)),
    # Not on the endpoint's page; some Canvas brings them, some drops them.
    hoped={
        key: _OF_OWN_COURSE[key]
        for key in (
            "public_description",
            "grading_periods",
            "passback_status",
            "tabs",
            "lti_context_id",
            "html_url",
            "access_restricted_by_date",
            "grading_scheme",
            "is_favorite",
            "image_download_url",
            "banner_image_download_url",
        )
    },
)

_USER_KEYS = _keys(
    "name sortable_name short_name created_at sis_user_id integration_id sis_import_id login_id "
    "root_account pronouns merged_into_user_id"
)

USER_SHOW = Source(
    USER,
    _USER_KEYS | _keys("locale effective_locale permissions first_name last_name"),
    _named(("avatar_url", "last_login", "uuid", "confirmation_url", "custom_links"))
    | _named((), past_uuid="uuid"),
    hoped=_named(("email", "bio", "time_zone")),
)

USER_PROFILE = Source(
    USER,
    _keys(
        "name short_name sortable_name title bio primary_email email login_id avatar_url calendar "
        "time_zone locale pronunciation pronouns lti_user_id k5_user"
    ),
)
"""`GET /users/:id/profile`. Its `primary_email` is the user's `email`."""

ROSTER = Source(
    USER,
    _USER_KEYS | _keys("email"),
    _named(("avatar_url", "bio", "uuid", "custom_links")),
    hoped=_named(("last_login", "locale", "time_zone")),
)
"""`GET /courses/:id/users`. The e-mail address comes unasked, to whom may see it."""

COURSE_USER = Source(
    USER,
    _USER_KEYS,
    _named(("avatar_url", "bio", "uuid", "custom_links", "email")),
    hoped=_named(("last_login", "locale", "time_zone")),
)
"""`GET /courses/:id/users/:id`. The e-mail address is told only where it is asked for."""

RECENT_STUDENTS = Source(USER, _USER_KEYS | _keys("last_login"))
SHARE_USERS = Source(USER, _USER_KEYS | _keys("avatar_url email"))

SECTION_USERS = Source(USER, _USER_KEYS, _named(("avatar_url",)), hoped=_named(("email",)))

ACCOUNT_USERS = Source(
    USER, _USER_KEYS, _named(("avatar_url", "email", "last_login", "time_zone", "uuid"))
)

ENROLLED_USER = Source(USER, _USER_KEYS, _named(("avatar_url", "uuid")))
"""The `user` within an enrollment."""

TEACHER = Source(DISPLAY, frozenset(DISPLAY.keys))
"""A course's `teachers`."""

ENROLLMENT_ROW = Source(
    ENROLLMENT,
    frozenset(ENROLLMENT.keys) - _keys("locked observed_user can_be_removed"),
    _named(("locked", "can_be_removed"), observed_user="observed_users"),
)

TERM_ROW = Source(TERM, frozenset(TERM.keys) - _keys("overrides"))

BRIEF_ACCOUNT = Source(
    ACCOUNT,
    _keys("name parent_account_id root_account_id workflow_state uuid default_time_zone"),
)
"""The `account` of a course, as anybody sees it."""

_ACCOUNT_KEYS = frozenset(ACCOUNT.keys) - _keys(
    "course_count sub_account_count lti_guid registration_settings services"
)
_COUNTS = _named(("course_count", "sub_account_count"))
_OF_ACCOUNT = _COUNTS | _named(("lti_guid", "registration_settings", "services"))

ACCOUNT_SHOW = Source(ACCOUNT, _ACCOUNT_KEYS, _OF_ACCOUNT, parameter="includes[]")
ACCOUNT_LIST = Source(ACCOUNT, _ACCOUNT_KEYS, _OF_ACCOUNT)
SUB_ACCOUNTS = Source(ACCOUNT, _ACCOUNT_KEYS, _COUNTS)

PROGRESS_ROW = Source(PROGRESS, frozenset(PROGRESS.keys))
