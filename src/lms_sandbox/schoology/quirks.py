"""What nobody has published about Schoology, or what was seen both ways: one switch each.

The default is the behaviour with the better evidence; a client that means to last passes its
tests under every value.
"""

from dataclasses import dataclass
from typing import Literal

PUBLIC_BASE = "https://api.schoology.com/v1"


@dataclass(frozen=True, slots=True)
class SchoologyQuirks:
    """How this Schoology behaves where its documentation leaves a choice.

    Signing
    : `public_bases`: what clients may believe they call, beside the address they really
      reached. `timestamp_skew`: seconds that a timestamp may be off. `timestamps`: "window"
      accepts any order inside that skew (clients sign ten requests side by side and are
      served), "in_order" refuses a time before the latest seen, as the documentation says.
      `misleading_401`: every refused header is told that its nonce was a replay; otherwise the
      body is empty. `impersonation`: whether the school has switched on
      `X-Schoology-Run-As`.

    Replies
    : `default_format`: what a client gets that names no format in `Accept`. `location`:
      whether a 303 names its target in full or by path. `section_ext`: whether
      `/sections/ext/{code}` answers itself or points. `unknown_object`: the status of an id
      that nobody has. `if_none_match`: whether a matching ETag is answered 304.
      `total_drift`: how far `total` is off. `lookup_paged`: whether
      `/sections?section_school_codes=` is cut into pages like a list. `web_session`: what
      `/app-user-info` tells of a caller's browser session.

    Objects
    : `meeting_days`: the element type. `saturday`: its number. `parent_id`: of a section
      that is linked to none. `unset_text`: of codes and descriptions that are not set.
      `hidden_access_code`: shown to those who may not see it. `documented_options`: adds
      `upload_document` and `course_format`, which only the field table has. `class_periods`:
      whether the field exists at all. `admin_of`: whose admin flag `/users/{U}/sections`
      carries. `grading_period_types`: of `/gradingperiods/{id}`, documented (strings) or as
      seen live (integers). `role_id_type`: likewise of a role's id. `credits`: an integer, or
      text. `parents`: how a user's parents are wrapped. `no_children`: `child_uids` of who has
      none.

    multiget
    : `multiget_headers`, `multiget_body`: their shape in a row. `multiget_failure`: the body of a
      failed row. `multiget_user_ext`: "resolved" gives the user, "location" a 303 row whose
      `location` is the target, "header" one whose `headers` hold it. `multiget_refusal`: the
      code of a row whose path may not be asked there. `multiget_clamps`: whether a limit beyond
      200 is cut down there too. `multiget_charges_rows`: whether each row costs a credit.

    Writes
    : `changed_row_code`: of a bulk row that changed or removed what was there.
      `bulk_put_status`, `copy_status`: the status around such rows. `failed_row_key`: where a
      refused row tells why. `failed_row_echo`: whether it repeats the codes it was sent.
      `bulk_overflow`: whether more than 50 rows are refused, or the rest dropped.
      `refusal_text`: whether a refused write is told why. `update_matches`: whether
      `update_existing` finds a section by its school code too. `locked_fields`: whether
      writing what a synced record locks is refused, or passed over. `copy_delay`: seconds until
      a copied section is there; None: its job never ends.

    Rate
    : `credits_per_window`, `window` (seconds). `over_limit`: 429, or the web front-end's
      200 with a page of HTML. `retry_after`: seconds, milliseconds, or no header.
      `rate_body`: what the 429 says.
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
