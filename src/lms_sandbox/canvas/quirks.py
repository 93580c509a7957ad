"""Differences between Canvas installations: versions, feature flags and undocumented behavior.

The defaults are those of today's hosted Canvas. A client is robust if it works with every value.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CanvasQuirks:
    """One switch for each behavior that occurs in two forms."""

    # Errors
    throttled_status: Literal[429, 403] = 429
    """Status of a request above the rate limit: 403 before October 2025."""
    forbidden_status: Literal[403, 401] = 403
    """Status for a missing permission: 401 without the feature flag `api_auth_error_updates`."""
    reports_token_state: bool = True
    """The error names revoked and expired tokens; otherwise they are "Invalid"."""
    adds_error_report: bool = False
    """A 404 has an `error_report_id`."""
    is_localized: bool = False
    """The messages of a missing permission and of updated calendars are in Spanish."""
    restricted_course: Literal["refused", "stub"] = "refused"
    """Response to a read by id of a course that is closed by its dates."""

    # Pages
    max_per_page: int = 100
    """Maximum of `per_page`: 50 in old self-hosted installations."""
    opaque_pages: Literal["some", "all"] = "some"
    """Lists with bookmarks in place of page numbers: those that are known to have them, or all."""
    link_origin: str | None = None
    """Scheme and host in Link headers; None: those of the request."""
    max_link_bytes: int = 6144
    """Maximum size of a Link header; links beyond it are left out."""

    # Routes and searches
    has_section_users: bool = True
    """`/sections/:id/users` exists (since 2025)."""
    has_tilde_ids: bool = True
    """Ids can have the form `1~123`."""
    min_section_search_length: int = 0
    """A shorter search term is an error (400); 0 allows any. The same for the next two."""
    min_user_search_length: int = 2
    min_course_search_length: int = 3

    # Objects
    has_created_at: bool = True
    """Sections and users have `created_at`."""
    has_avatars: bool = True
    """The avatar service is enabled."""
    has_section_permissions: bool = True
    """`include[]=permissions` works on sections."""
    hides_sections: bool = False
    """Enrollments have no `course_section_id`."""
    lists_deleted_sections: bool = True
    """`include[]=sections` of a course contains deleted ones if the caller is not enrolled."""

    # Writes
    validation_shape: Literal["reported", "bare", "sentence"] = "reported"
    """Body of a validation error: of the API error reporter, of the model, or one sentence."""
    has_default_section: bool = True
    """A new course has a section with the same name."""
    teachers_create_courses: bool = False
    """Every teacher can create courses, in any account."""
    is_elementary: bool = False
    """Canvas for Elementary is enabled: homerooms, colors and friendly names take effect."""
    enrollment_refusal_status: Literal[403, 400] = 403
    """Status if an enrollment cannot be created."""
    jobs_advance: Literal["clock", "polls"] = "clock"
    """Jobs and reports progress with time, or with each poll."""
    job_seconds: float = 2.0
    """Duration of a job that progresses with time."""
    job_poll_count: int = 3
    """Number of polls after which a job is finished."""

    # Accounts
    wraps_calendars: bool = True
    """The list of the caller's account calendars is an object, not an array."""
    root_of_root: Literal["null", "zero", "own"] = "null"
    """`root_account_id` of the root account's calendar."""
    has_auto_subscribe: bool = True
    """Calendars have `auto_subscribe`."""
    has_domain_search: bool = True
    """The search for institutions finds some."""
    token_secret_key: Literal["visible_token", "token"] = "visible_token"
    """Key of an access token's secret. `visible_token` always exists and later has the hint;
    `token` exists in the first response only, the hint is `token_hint`."""
    requires_student_token_expiry: bool = True
    """Users who are only students can create only access tokens that expire."""
    enforces_token_scopes: bool = False
    """Scopes of an access token are validated and enforced; otherwise only stored."""
    has_report_lines: bool = True
    """Reports have `started_at`, `ended_at` and `current_line`."""

    # Rate limit, in units of server work; see `http.throttle`
    throttles: bool = True
    high_water: float = 600.0
    """Level from which requests are rejected."""
    bucket_size: float = 800.0
    """Maximum level."""
    leak_rate: float = 10.0
    """Units that leak per second."""
    up_front_cost: float = 50.0
    """Units that a request holds while it is in progress."""
    request_cost: float = 0.05
    row_cost: float = 0.002

    access_token_expiry: float = 3600.0
    """Seconds until a refreshed access token expires."""
