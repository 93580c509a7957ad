"""What differs between one Canvas and the next: ages, feature flags, and what nobody has published.

The default is today's hosted Canvas. A client that means to last passes its tests under every
value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CanvasQuirks:
    """One switch for each behaviour that is met both ways.

    Refusals
    : `throttled_status`: 429 since October 2025, 403 before. `forbidden_status`: 403 under the
      feature flag `api_auth_error_updates`, 401 (without WWW-Authenticate) before.
      `tells_token_state`: revoked and expired tokens are named so; otherwise "Invalid".
      `adds_error_report`: a 404 carries an `error_report_id`. `is_localized`: a refusal for lack
      of permission speaks Spanish. `restricted_course`: a course that is closed by its dates,
      asked for by id.

    Pages
    : `most_per_page`: 100, 50 when self-hosted and old. `opaque_pages`: bookmarks only where they
      are known to be, or everywhere. `link_origin`: the scheme and host that Link headers name;
      None: the one that was called. `link_bytes`: beyond this, links are left out.

    Routes and searches
    : `has_section_users`: `/sections/:id/users` (2025). `has_tilde_ids`: `1~123` in addresses.
      The `*_search_minimum`s: shorter terms are 400; 0 matches any.

    Objects
    : `has_created_at`: sections and users say when they were made. `has_avatars`: the avatar
      service is on. `has_section_permissions`: `include[]=permissions` on sections works.
      `hides_sections`: the roster does not tell a person's section (`course_section_id`).
      `lists_deleted_sections`: a course's `sections` include shows deleted ones to a viewer who
      is not enrolled.

    Writes
    : `validation_shape`: how a record that is not valid is told: in the API reporter's form, as
      the model's errors without a wrapper, or as a whole sentence. `has_default_section`: a new
      course comes with a section of its name. `teachers_create_courses`: anybody who teaches may,
      in any account. `is_elementary`: Canvas for Elementary is on for the institution: homerooms,
      colours and friendly names take effect. `enrollment_refusal_status`: how an enrollment that
      cannot be made is refused.
      `jobs_advance`: what happens after the answer goes on by the `clock`, and is over after
      `job_seconds`, or as it is asked about, and is over at the `job_polls`th time. Reports go on
      likewise.

    Accounts
    : `wraps_calendars`: the list of one's own account calendars comes in an object.
      `root_of_root`: what such a calendar of the root account names as its root account.
      `has_auto_subscribe`: calendars say whether they are subscribed to by themselves.
      `knows_domains`: the institutions can be searched; elsewhere there are none to be found.
      `token_secret_key`: the key that tells a token's secret; as `visible_token` it is there later
      too, and tells the hint; as `token` it comes once, and the hint has a key of its own.
      `limits_student_tokens`: who is nothing but a student must let tokens expire.
      `scopes_tokens`: a token's scopes are checked and bind; otherwise they are only taken down.
      `has_report_lines`: reports tell when they began and ended, and their current line.

    Work
    : `throttles`; `high_water`, `bucket_size`, `leak` (a second), `up_front` (for each request in
      flight), `cost` and `cost_per_row`. `token_life`: seconds that a refreshed token lasts.
    """

    throttled_status: Literal[429, 403] = 429
    forbidden_status: Literal[403, 401] = 403
    reports_token_state: bool = True
    adds_error_report: bool = False
    is_localized: bool = False
    restricted_course: Literal["refused", "stub"] = "refused"

    max_per_page: int = 100
    opaque_pages: Literal["some", "all"] = "some"
    link_origin: str | None = None
    max_link_bytes: int = 6144

    has_section_users: bool = True
    has_tilde_ids: bool = True
    min_section_search_length: int = 0
    min_user_search_length: int = 2
    min_course_search_length: int = 3

    has_created_at: bool = True
    has_avatars: bool = True
    has_section_permissions: bool = True
    hides_sections: bool = False
    lists_deleted_sections: bool = True

    validation_shape: Literal["reported", "bare", "sentence"] = "reported"
    has_default_section: bool = True
    teachers_create_courses: bool = False
    is_elementary: bool = False
    enrollment_refusal_status: Literal[403, 400] = 403
    jobs_advance: Literal["clock", "polls"] = "clock"
    job_seconds: float = 2.0
    job_poll_count: int = 3

    wraps_calendars: bool = True
    root_of_root: Literal["null", "zero", "own"] = "null"
    has_auto_subscribe: bool = True
    has_domain_search: bool = True
    token_secret_key: Literal["visible_token", "token"] = "visible_token"
    requires_student_token_expiry: bool = True
    enforces_token_scopes: bool = False
    has_report_lines: bool = True

    throttles: bool = True
    high_water: float = 600.0
    bucket_size: float = 800.0
    leak_rate: float = 10.0
    up_front_cost: float = 50.0
    request_cost: float = 0.05
    row_cost: float = 0.002
    access_token_expiry: float = 3600.0
