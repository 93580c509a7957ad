"""What only Canvas does beside sections, courses and enrollments, by its name.

A result's `detail` is what an operation answers, under Canvas's names: `token` and its `secret`,
`calendar`, `calendars`, `notification` or `report`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lms_gateway.domain.changes import Act, Result
from lms_gateway.domain.errors import Unsupported
from lms_gateway.domain.records import Kind
from lms_gateway.vendors.canvas.calendars import update_calendar, update_calendars
from lms_gateway.vendors.canvas.desk import Desk
from lms_gateway.vendors.canvas.notices import (
    create_notification,
    dismiss_notification,
    update_notification,
)
from lms_gateway.vendors.canvas.reports import abort_report, delete_report, start_report
from lms_gateway.vendors.canvas.tokens import (
    create_access_token,
    delete_access_token,
    update_access_token,
)
from lms_gateway.vendors.reads import Steps


class _Operation(NamedTuple):
    of: Kind
    steps: Callable[[Desk, Act], Steps[Result]]
    makes: bool = False  # something new, beside what is there


def act_steps(desk: Desk, act: Act) -> Steps[Result]:
    """Carry an operation out. Raises Unsupported at once for one that Canvas has not."""
    known = _OPERATIONS.get(act.name)
    if known is None:
        raise Unsupported("Canvas has no such operation")
    # What is made may belong to the viewer or the root account, who need not be named.
    if not known.makes if act.of is None else act.of.kind is not known.of:
        raise Unsupported(f"Canvas does this with a {known.of} only")
    return known.steps(desk, act)


def makes_something(act: Act) -> bool:
    """Whether an operation only makes something, so that it need not wait for others."""
    known = _OPERATIONS.get(act.name)
    return known is not None and known.makes


_OPERATIONS: Mapping[str, _Operation] = {
    "create_access_token": _Operation(Kind.USER, create_access_token, makes=True),
    "update_access_token": _Operation(Kind.TOKEN, update_access_token),
    "delete_access_token": _Operation(Kind.TOKEN, delete_access_token),
    "update_calendar": _Operation(Kind.CALENDAR, update_calendar),
    "update_calendars": _Operation(Kind.ACCOUNT, update_calendars),
    "create_notification": _Operation(Kind.ACCOUNT, create_notification, makes=True),
    "update_notification": _Operation(Kind.NOTIFICATION, update_notification),
    "dismiss_notification": _Operation(Kind.NOTIFICATION, dismiss_notification),
    "start_report": _Operation(Kind.ACCOUNT, start_report, makes=True),
    "delete_report": _Operation(Kind.REPORT, delete_report),
    "abort_report": _Operation(Kind.REPORT, abort_report),
}
