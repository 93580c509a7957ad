"""What only Canvas does beside sections, courses and enrollments, by its name.

A result's `detail` is what an operation answers, under Canvas's names: `token` and its `secret`,
`calendar`, `calendars`, `notification` or `report`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lms_gateway.domain.commands import CommandResult, VendorOperation
from lms_gateway.domain.errors import Unsupported
from lms_gateway.domain.record import Kind
from lms_gateway.vendors.canvas.writes.access_tokens import (
    create_access_token,
    delete_access_token,
    update_access_token,
)
from lms_gateway.vendors.canvas.writes.calendars import update_calendar, update_calendars
from lms_gateway.vendors.canvas.writes.notifications import (
    create_notification,
    dismiss_notification,
    update_notification,
)
from lms_gateway.vendors.canvas.writes.reports import abort_report, delete_report, start_report
from lms_gateway.vendors.canvas.writes.session import WriteSession
from lms_gateway.vendors.shared.steps import Steps


class _OperationHandler(NamedTuple):
    kind: Kind
    run: Callable[[WriteSession, VendorOperation], Steps[CommandResult]]
    creates: bool = False  # something new, beside what is there


def operation_steps(session: WriteSession, operation: VendorOperation) -> Steps[CommandResult]:
    """Carry an operation out. Raises Unsupported at once for one that Canvas has not."""
    handler = _OPERATIONS.get(operation.name)
    if handler is None:
        raise Unsupported("Canvas has no such operation")
    # What is made may belong to the viewer or the root account, who need not be named.
    if (
        not handler.creates
        if operation.target is None
        else operation.target.kind is not handler.kind
    ):
        raise Unsupported(f"Canvas does this with a {handler.kind} only")
    return handler.run(session, operation)


def creates_object(operation: VendorOperation) -> bool:
    """Whether an operation only makes something, so that it need not wait for others."""
    handler = _OPERATIONS.get(operation.name)
    return handler is not None and handler.creates


_OPERATIONS: Mapping[str, _OperationHandler] = {
    "create_access_token": _OperationHandler(Kind.USER, create_access_token, creates=True),
    "update_access_token": _OperationHandler(Kind.TOKEN, update_access_token),
    "delete_access_token": _OperationHandler(Kind.TOKEN, delete_access_token),
    "update_calendar": _OperationHandler(Kind.CALENDAR, update_calendar),
    "update_calendars": _OperationHandler(Kind.ACCOUNT, update_calendars),
    "create_notification": _OperationHandler(Kind.ACCOUNT, create_notification, creates=True),
    "update_notification": _OperationHandler(Kind.NOTIFICATION, update_notification),
    "dismiss_notification": _OperationHandler(Kind.NOTIFICATION, dismiss_notification),
    "start_report": _OperationHandler(Kind.ACCOUNT, start_report, creates=True),
    "delete_report": _OperationHandler(Kind.REPORT, delete_report),
    "abort_report": _OperationHandler(Kind.REPORT, abort_report),
}
