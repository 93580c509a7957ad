"""Switches for behavior of Schoology that is undocumented or was observed in two ways.

The default is the behavior with better evidence. A robust client passes its tests with every
value.
"""

from dataclasses import dataclass
from typing import Literal

PUBLIC_BASE = "https://api.schoology.com/v1"


@dataclass(frozen=True, slots=True)
class SchoologyQuirks:
    """Behavior of the simulated Schoology.

    Signatures
    : `public_bases`: base URLs that clients may sign, besides the one that they reached. `timestamp_skew`:
      accepted difference of a timestamp from the clock, in seconds. `timestamps`: "window" accepts any order
      within the skew (observed with concurrent requests), "in_order" rejects a timestamp before the latest
      one (as documented). `misleading_401`: every rejected header gets the message about a replayed nonce;
      otherwise the body is empty. `impersonation`: the school has enabled `X-Schoology-Run-As`.

    Responses
    : `default_format`: the format if `Accept` names none. `location`: the Location of a 303 is a URL or a
      path. `section_ext`: `/sections/ext/{code}` returns the section or redirects to it. `unknown_object`:
      the status for an unknown id. `if_none_match`: a matching ETag is answered with 304. `total_drift`: the
      error of `total`. `lookup_paged`: `/sections?section_school_codes=` returns pages. `web_session`: the
      browser session of the caller in `/app-user-info`.

    Objects
    : `meeting_days`: the type of an element. `saturday`: its number. `parent_id`: the value for a section
      without a parent. `unset_text`: the value of codes and descriptions that are not set.
      `hidden_access_code`: the value for callers who may not see it. `documented_options`: includes
      `upload_document` and `course_format`, which only the documentation has. `class_periods`: the field
      exists. `admin_of`: the user whose admin flag `/users/{id}/sections` contains. `grading_period_types`:
      the types of `/gradingperiods/{id}` as documented (text) or as observed (integers). `role_id_type`: the
      type of a role's id. `credits`: the type of a course's credits. `parents`: how the parents of a user are
      wrapped. `no_children`: `child_uids` of a user without children.

    Multiget
    : `multiget_headers`, `multiget_body`: their format in a row. `multiget_failure`: the body of a failed
      row. `multiget_user_ext`: "resolved" returns the user, "location" a 303 row whose `location` is the
      target, "header" a 303 row with a `Location` header. `multiget_refusal`: the code of a row whose path is
      not allowed. `multiget_clamps`: a limit above 200 is reduced to 200. `multiget_charges_rows`: each row
      costs a credit.

    Writes
    : `changed_row_code`: the code of a row that updated or deleted an object. `bulk_put_status`,
      `copy_status`: the status of such responses. `failed_row_key`: the key of a rejected row's message.
      `failed_row_echo`: a rejected row repeats the codes that were sent. `bulk_overflow`: more than 50 rows
      are rejected, or the rows after the 50th dropped. `refusal_text`: a rejected write has a message.
      `update_matches`: `update_existing` also finds a section by its school code. `locked_fields`: writing a
      locked field of a synced record is rejected, or ignored. `copy_delay`: seconds until a copied section
      exists; None: it never does.

    Rate limit
    : `credits_per_window`, `window` (seconds). `over_limit`: 429, or 200 with an HTML page of the web
      application. `retry_after`: in seconds, in milliseconds, or without the header. `rate_body`: the body of
      the 429.
    """

    public_bases: tuple[str, ...] = (PUBLIC_BASE,)
    timestamp_skew: int = 600
    timestamps: Literal["window", "in_order"] = "window"
    misleading_401: bool = True
    impersonation: bool = True

    default_format: Literal["json", "xml"] = "json"
    location: Literal["absolute", "path"] = "absolute"
    section_ext: Literal["direct", "redirect"] = "direct"
    unknown_object: Literal[403, 404] = 404
    if_none_match: bool = False
    total_drift: int = 0
    lookup_paged: bool = False
    web_session: Literal["recent", "none", "absent"] = "recent"

    meeting_days: Literal["str", "int"] = "str"
    saturday: Literal[6, 7] = 6
    parent_id: Literal["0"] | None = None
    unset_text: Literal[""] | None = ""
    hidden_access_code: Literal[""] | None = ""
    documented_options: bool = False
    class_periods: bool = False
    admin_of: Literal["caller", "user"] = "caller"
    grading_period_types: Literal["documented", "live"] = "live"
    role_id_type: Literal["str", "int"] = "int"
    credits: Literal["int", "str"] = "int"
    parents: Literal["wrapped", "list", "null", "absent"] = "wrapped"
    no_children: Literal[""] | None = None

    multiget_headers: Literal["array", "null"] = "array"
    multiget_body: Literal["object", "text"] = "object"
    multiget_failure: Literal["empty", "null", "text", "absent"] = "empty"
    multiget_user_ext: Literal["resolved", "location", "header"] = "location"
    multiget_refusal: Literal[400, 403, 404] = 403
    multiget_clamps: bool = True
    multiget_charges_rows: bool = False

    changed_row_code: Literal[200, 204] = 200
    bulk_put_status: Literal[200, 207] = 207
    copy_status: Literal[200, 207] = 200
    failed_row_key: Literal["message", "error"] = "message"
    failed_row_echo: Literal["codes", "nothing"] = "codes"
    bulk_overflow: Literal["refused", "dropped"] = "refused"
    refusal_text: Literal["text", "empty"] = "text"
    update_matches: Literal["section_code", "any_code"] = "section_code"
    locked_fields: Literal["refused", "ignored"] = "refused"
    copy_delay: float | None = 5.0

    credits_per_window: int = 50
    window: float = 5.0
    over_limit: Literal["429", "html"] = "429"
    retry_after: Literal["seconds", "milliseconds", "absent"] = "seconds"
    rate_body: str = ""
