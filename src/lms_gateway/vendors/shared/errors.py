"""Errors of writes, for both vendors."""

from typing import NamedTuple

from lms_gateway.domain.errors import BadInput


class FieldError(NamedTuple):
    """An attribute that the vendor rejected; `kind` is its word for the reason, if any."""

    attribute: str
    kind: str | None = None


class WriteRejected(BadInput):
    """The vendor rejected a write: it was surely not executed.

    Canvas names attributes (`field_errors`), Schoology returns a message (`vendor_message`, None if
    it must not be quoted).
    """

    def __init__(
        self, status: int, field_errors: tuple[FieldError, ...] = (), vendor_message: str | None = None
    ) -> None:
        super().__init__(f"the vendor rejected the write ({status})")
        self.status = status
        self.field_errors = field_errors
        self.vendor_message = vendor_message
