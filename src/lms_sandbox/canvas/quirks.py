"""Differences between Canvas installations: versions, feature flags and undocumented behavior.

The defaults are those of today's hosted Canvas. A client is robust if it works with every value.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CanvasQuirks:
    """One switch for each behavior that occurs in two forms."""

    # Errors
    throttled_status: Literal[429, 403] = 429  # above the rate limit; 403 before October 2025
    forbidden_status: Literal[403, 401] = 403  # 401 without the flag `api_auth_error_updates`
    reports_token_state: bool = True  # errors name revoked and expired tokens, not just "Invalid"
    adds_error_report: bool = False  # a 404 has an `error_report_id`
    is_localized: bool = False  # some messages are in Spanish
    restricted_course: Literal["refused", "stub"] = "refused"  # read of a course closed by dates

    # Pages
    max_per_page: int = 100  # 50 in old self-hosted installations
    opaque_pages: Literal["some", "all"] = "some"  # lists with bookmarks in place of page numbers
    link_origin: str | None = None  # scheme and host in Link headers; None: those of the request
    max_link_bytes: int = 6144  # of a Link header; further links are left out

    # Routes and searches
    has_section_users: bool = True  # `/sections/:id/users` exists (since 2025)
    has_tilde_ids: bool = True  # ids can have the form `1~123`
    min_section_search_length: int = 0  # a shorter search term is an error (400); 0 allows any
    min_user_search_length: int = 2
    min_course_search_length: int = 3

    # Objects
    has_created_at: bool = True  # of sections and users
    has_avatars: bool = True  # the avatar service is enabled
    has_section_permissions: bool = True  # `include[]=permissions` works on sections
    hides_sections: bool = False  # enrollments have no `course_section_id`
    lists_deleted_sections: bool = True  # in a course's `sections`, if the caller is not enrolled

    # Writes
    validation_shape: Literal["reported", "bare", "sentence"] = "reported"  # of the error's body
    has_default_section: bool = True  # a new course has a section with the same name
    teachers_create_courses: bool = False  # in any account
    is_elementary: bool = False  # homerooms, colors and friendly names take effect
    enrollment_refusal_status: Literal[403, 400] = 403  # an enrollment cannot be created
    jobs_advance: Literal["clock", "polls"] = "clock"  # jobs and reports
    job_seconds: float = 2.0  # duration of a job that advances with time
    job_poll_count: int = 3  # polls until a job is finished

    # Accounts
    wraps_calendars: bool = True  # the caller's account calendars are an object, not an array
    root_of_root: Literal["null", "zero", "own"] = "null"  # root of the root account's calendar
    has_auto_subscribe: bool = True  # of calendars
    has_domain_search: bool = True  # the search for institutions finds some
    # `visible_token` always exists and later has the hint; `token` exists in the first response
    # only, with the hint in `token_hint`.
    token_secret_key: Literal["visible_token", "token"] = "visible_token"
    requires_student_token_expiry: bool = True  # of users who are only students
    enforces_token_scopes: bool = False  # of created tokens; otherwise the scopes are only stored
    has_report_lines: bool = True  # reports have `started_at`, `ended_at` and `current_line`

    # Rate limit, in units of server work; see `http.throttle`
    throttles: bool = True
    high_water: float = 600.0  # level from which requests are rejected
    bucket_size: float = 800.0  # maximum level
    leak_rate: float = 10.0  # units per second
    up_front_cost: float = 50.0  # of each request in progress
    request_cost: float = 0.05
    row_cost: float = 0.002

    access_token_expiry: float = 3600.0  # seconds, of a refreshed access token
