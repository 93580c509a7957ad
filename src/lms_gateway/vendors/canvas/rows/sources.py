"""Where rows come from, what they carry, and what has to be asked for with `include[]`.

The name of an include is not always the key that it brings (`favorites` brings `is_favorite`), it
is not legal everywhere, and Canvas drops it without a word where the caller lacks a right or the
developer key does not allow includes. So a source tells apart what it *carries* (left out means
"not permitted", and settles the facet) from what it may be *hoped* to bring (left out means
nothing, and the facet is asked for another way).

Each include costs the vendor work, so none is asked for that is not wanted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind
from lms_gateway.upstream.messages import Params, Reply
from lms_gateway.vendors.canvas.rows.decoding import TYPED_KINDS, ReplyRows, TypedDecoder
from lms_gateway.vendors.canvas.rows.field_maps import (
    ACCOUNT,
    COURSE,
    ENROLLMENT,
    PROGRESS,
    SECTION,
    TERM,
    USER,
    USER_DISPLAY,
    FieldMap,
    Row,
)

_MAX_CACHED_REQUESTS = 512
"""As many different wishes are kept; a client's queries make a few dozen."""

UNKEYED_FIELDS: Mapping[Kind, frozenset[str]] = {
    Kind.SECTION: frozenset({"url"}),
    Kind.COURSE: frozenset({"url"}),
    Kind.USER: frozenset(USER_DISPLAY.fields - USER.fields),
    Kind.ENROLLMENT: frozenset(),
    Kind.TERM: frozenset(),
    Kind.ACCOUNT: frozenset(),
    Kind.PROGRESS: frozenset(),
}
"""Facets that rows settle without a key of their own: addresses in Canvas's own pages, and what
only a course's list of teachers tells of a user, so that no user is asked for it one by one."""

SUPPORTED_FIELDS: Mapping[Kind, frozenset[str]] = {
    shape.kind: frozenset(shape.fields | UNKEYED_FIELDS[shape.kind])
    for shape in (SECTION, COURSE, ENROLLMENT, TERM, ACCOUNT, PROGRESS)
} | {Kind.USER: frozenset(USER.fields | USER_DISPLAY.fields)}
"""All that Canvas can tell of each kind."""


@dataclass(frozen=True, slots=True, eq=False)
class RowSource:
    """A kind of row, by the endpoint that it comes from."""

    field_map: FieldMap
    default_keys: frozenset[str]
    includes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # key → include[] values
    best_effort_includes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    include_param: str = "include[]"

    @property
    def fields(self) -> frozenset[str]:
        """All that rows of this source might tell."""
        keys = self.default_keys | self.includes.keys() | self.best_effort_includes.keys()
        return frozenset(
            field_name for field_name, key in self.field_map.key_of.items() if key in keys
        )

    def can_supply(self, fields: Set[str]) -> bool:
        """Whether rows of this source carry all of these facets, if they are asked to."""
        keys = self.default_keys | self.includes.keys()
        return all(self.field_map.key_of.get(field_name) in keys for field_name in fields)


@dataclass(frozen=True, eq=False)
class RowRequest:
    """What is asked of a source: the query's parameters, and what its rows will say."""

    source: RowSource
    fields: frozenset[str] = frozenset()  # what is wanted of each row's object
    params: Params = ()
    expected_keys: frozenset[str] = frozenset()
    best_effort_keys: frozenset[str] = frozenset()
    user_request: "RowRequest | None" = None  # what is asked of the user within an enrollment

    @cached_property
    def decoder(self) -> TypedDecoder | None:
        """Decodes the rows as far as they are wanted; None where they are read whole."""
        field_map = self.source.field_map
        if self.best_effort_keys or field_map is USER_DISPLAY or field_map.kind not in TYPED_KINDS:
            return None  # whether a hope was heeded only whole rows tell
        return TypedDecoder(
            field_map,
            [
                field_name
                for field_name in self.fields
                if field_map.key_of.get(field_name) in self.expected_keys
            ],
        )

    def decode_list(self, reply: Reply) -> tuple[ReplyRows, Callable[[], list[Any]]] | None:
        """Return the rows of a list and their ids; None if they are read as plain JSON."""
        rows = None if self.decoder is None else self.decoder.decode_list(reply)
        return None if rows is None else (rows, rows.raw_ids)

    @cached_property
    def known_fields(self) -> frozenset[str]:
        """Facets that a row settles, whether or not it tells them."""
        return self.known_fields_for(self.expected_keys)

    def known_fields_for(self, expected_keys: Set[str]) -> frozenset[str]:
        """Facets that a row settles where these keys are carried."""
        field_map = self.source.field_map
        keyed_fields = [
            field_name for field_name, key in field_map.key_of.items() if key in expected_keys
        ]
        return UNKEYED_FIELDS[field_map.kind].union(keyed_fields)

    def expected_keys_in(self, rows: Sequence[Row]) -> Set[str]:
        """The keys whose absence from one of these rows means "not permitted".

        What was only hoped for counts where any row has it: then Canvas did heed the include.
        """
        supplied_keys = {key for key in self.best_effort_keys if any(key in row for row in rows)}
        return self.expected_keys | supplied_keys if supplied_keys else self.expected_keys


def build_row_request(source: RowSource, fields: Set[str] = frozenset(), *keys: str) -> RowRequest:
    """Ask a source for these facets, and for keys that are objects of their own.

    What the source cannot be asked for is left out, and stays unknown. The same is the same value:
    how its rows are decoded is made once.
    """
    return _build_row_request(source, frozenset(fields), keys)


@lru_cache(_MAX_CACHED_REQUESTS)
def _build_row_request(
    source: RowSource, fields: frozenset[str], keys: tuple[str, ...]
) -> RowRequest:
    wanted_keys = {
        source.field_map.key_of[field_name] for field_name in fields & source.field_map.fields
    }
    wanted_keys.update(keys)
    included_keys = sorted(wanted_keys & source.includes.keys())
    best_effort_keys = sorted(wanted_keys & source.best_effort_includes.keys())
    include_values = [
        include_value for key in included_keys for include_value in source.includes[key]
    ]
    include_values += [
        include_value
        for key in best_effort_keys
        for include_value in source.best_effort_includes[key]
    ]
    return RowRequest(
        source,
        fields,
        params=tuple(
            (source.include_param, include_value) for include_value in dict.fromkeys(include_values)
        ),
        expected_keys=source.default_keys.union(included_keys),
        best_effort_keys=frozenset(best_effort_keys),
    )


def build_enrollment_request(
    fields: Set[str] = frozenset(), user_fields: Set[str] = frozenset()
) -> RowRequest:
    """Ask for enrollments, and for these facets of the user within each."""
    return _build_enrollment_request(frozenset(fields), frozenset(user_fields))


@lru_cache(_MAX_CACHED_REQUESTS)
def _build_enrollment_request(fields: frozenset[str], user_fields: frozenset[str]) -> RowRequest:
    row_request = build_row_request(ENROLLMENT_ROW, fields)
    user_request = build_row_request(ENROLLED_USER, user_fields)
    return replace(
        row_request, params=(*row_request.params, *user_request.params), user_request=user_request
    )


def child_fields(projection: Projection, child: str) -> Set[str]:
    """What is wanted of a child; empty where it is not wanted."""
    child_projection = projection.children.get(child)
    return frozenset() if child_projection is None else child_projection.fields


def course_keys(source: RowSource, children: Mapping[str, Projection]) -> tuple[str, ...]:
    """The objects below a course that come with its row, where that tells all that is wanted."""
    if not children:
        return ()
    keys = []
    term, account, teachers = (children.get(name) for name in ("term", "account", "teachers"))
    if term is not None and term.fields and "term" in source.includes:
        keys.append("term")
    if account is not None and account.fields and BRIEF_ACCOUNT.can_supply(account.fields):
        keys.append("account")
    if teachers is not None and TEACHER.can_supply(teachers.fields):
        keys.append("teachers")
    return tuple(key for key in keys if key in source.includes)


def _key_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _include_map(words: Iterable[str], **renamed: str) -> dict[str, tuple[str, ...]]:
    includes = {name: (name,) for name in words}
    return includes | {key: tuple(values.split()) for key, values in renamed.items()}


SECTION_ROW = RowSource(
    SECTION,
    default_keys=_key_set(
        "name course_id nonxlist_course_id start_at end_at restrict_enrollments_to_section_dates "
        "created_at sis_section_id sis_course_id integration_id sis_import_id"
    ),
    includes=_include_map(("total_students", "passback_status", "permissions", "user_count")),
)

_COURSE_KEYS = _key_set(
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
_ANY_COURSE_INCLUDES = _include_map(
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
_USER_COURSE_INCLUDES = _include_map(
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

USER_COURSES = RowSource(COURSE, _COURSE_KEYS, _ANY_COURSE_INCLUDES | _USER_COURSE_INCLUDES)
"""`GET /courses` and `GET /users/:id/courses`: those that somebody is enrolled in."""

COURSE_SHOW = RowSource(
    COURSE,
    _COURSE_KEYS,
    _ANY_COURSE_INCLUDES | _USER_COURSE_INCLUDES | _include_map(("permissions",)),
)

ACCOUNT_COURSES = RowSource(
    COURSE,
    _COURSE_KEYS,
    _ANY_COURSE_INCLUDES | _include_map(("account_name",)),
    # Not on the endpoint's page; some Canvas brings them, some drops them.
    best_effort_includes={
        key: _USER_COURSE_INCLUDES[key]
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

_USER_KEYS = _key_set(
    "name sortable_name short_name created_at sis_user_id integration_id sis_import_id login_id "
    "root_account pronouns merged_into_user_id"
)

USER_SHOW = RowSource(
    USER,
    _USER_KEYS | _key_set("locale effective_locale permissions first_name last_name"),
    _include_map(("avatar_url", "last_login", "uuid", "confirmation_url", "custom_links"))
    | _include_map((), past_uuid="uuid"),
    best_effort_includes=_include_map(("email", "bio", "time_zone")),
)

USER_PROFILE = RowSource(
    USER,
    _key_set(
        "name short_name sortable_name title bio primary_email email login_id avatar_url calendar "
        "time_zone locale pronunciation pronouns lti_user_id k5_user"
    ),
)
"""`GET /users/:id/profile`. Its `primary_email` is the user's `email`."""

COURSE_ROSTER = RowSource(
    USER,
    _USER_KEYS | _key_set("email"),
    _include_map(("avatar_url", "bio", "uuid", "custom_links")),
    best_effort_includes=_include_map(("last_login", "locale", "time_zone")),
)
"""`GET /courses/:id/users`. The e-mail address comes unasked, to whom may see it."""

COURSE_USER = RowSource(
    USER,
    _USER_KEYS,
    _include_map(("avatar_url", "bio", "uuid", "custom_links", "email")),
    best_effort_includes=_include_map(("last_login", "locale", "time_zone")),
)
"""`GET /courses/:id/users/:id`. The e-mail address is told only where it is asked for."""

RECENT_STUDENTS = RowSource(USER, _USER_KEYS | _key_set("last_login"))
SHARE_USERS = RowSource(USER, _USER_KEYS | _key_set("avatar_url email"))

SECTION_USERS = RowSource(
    USER, _USER_KEYS, _include_map(("avatar_url",)), best_effort_includes=_include_map(("email",))
)

ACCOUNT_USERS = RowSource(
    USER, _USER_KEYS, _include_map(("avatar_url", "email", "last_login", "time_zone", "uuid"))
)

ENROLLED_USER = RowSource(USER, _USER_KEYS, _include_map(("avatar_url", "uuid")))
"""The `user` within an enrollment."""

TEACHER = RowSource(USER_DISPLAY, frozenset(USER_DISPLAY.by_key))
"""A course's `teachers`."""

ENROLLMENT_ROW = RowSource(
    ENROLLMENT,
    frozenset(ENROLLMENT.by_key) - _key_set("locked observed_user can_be_removed"),
    _include_map(("locked", "can_be_removed"), observed_user="observed_users"),
)

TERM_ROW = RowSource(TERM, frozenset(TERM.by_key) - _key_set("overrides"))

BRIEF_ACCOUNT = RowSource(
    ACCOUNT,
    _key_set("name parent_account_id root_account_id workflow_state uuid default_time_zone"),
)
"""The `account` of a course, as anybody sees it."""

_ACCOUNT_KEYS = frozenset(ACCOUNT.by_key) - _key_set(
    "course_count sub_account_count lti_guid registration_settings services"
)
_ACCOUNT_COUNT_INCLUDES = _include_map(("course_count", "sub_account_count"))
_ACCOUNT_INCLUDES = _ACCOUNT_COUNT_INCLUDES | _include_map(
    ("lti_guid", "registration_settings", "services")
)

ACCOUNT_SHOW = RowSource(ACCOUNT, _ACCOUNT_KEYS, _ACCOUNT_INCLUDES, include_param="includes[]")
ACCOUNT_LIST = RowSource(ACCOUNT, _ACCOUNT_KEYS, _ACCOUNT_INCLUDES)
SUB_ACCOUNTS = RowSource(ACCOUNT, _ACCOUNT_KEYS, _ACCOUNT_COUNT_INCLUDES)

PROGRESS_ROW = RowSource(PROGRESS, frozenset(PROGRESS.by_key))
