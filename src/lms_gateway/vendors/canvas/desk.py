"""What every change goes through: sending once, and telling what became of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lms_gateway.domain.changes import Act, Problem, Result, Status
from lms_gateway.domain.errors import (
    BadInput,
    Forbidden,
    LmsError,
    NotFound,
    OutcomeUnknown,
    UpstreamInvalid,
)
from lms_gateway.domain.records import Key, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Call, Reply
from lms_gateway.upstream.failures import surely_not_run
from lms_gateway.vendors.canvas.includes import Request
from lms_gateway.vendors.canvas.refusals import Refused, problems_of
from lms_gateway.vendors.canvas.rows import read_row
from lms_gateway.vendors.canvas.values import is_same_id
from lms_gateway.vendors.canvas.wave import Site, Wave
from lms_gateway.vendors.reads import Steps
from lms_gateway.vendors.reads import get as fetch

_NO_NAMES: Mapping[str, str] = MappingProxyType({})
_NOT_TAKEN = Problem("BAD_USER_INPUT", "Canvas refused the change")
NOTHING_GIVEN = Problem("BAD_USER_INPUT", "nothing is given to change")


class Desk:
    """One change on its way to Canvas.

    `names` and `meaning` are how a refusal reads: our names by Canvas's attributes, and what it
    means where it names none; `unknown` where Canvas finds nothing to change, `forbidden` where a
    rule of its own stands against this credential.
    """

    def __init__(self, site: Site, store: Store) -> None:
        self.site = site
        self.store = store
        self.names: Mapping[str, str] = _NO_NAMES
        self.meaning = _NOT_TAKEN
        self.unknown = Problem("NOT_FOUND", "Canvas knows no such object, or hides it")
        self.forbidden = "the vendor refused the change (401)"
        self.was_sent = False  # a call that changes something, whatever became of it
        self._wave = Wave(site, {}, store, lambda ask, answer: None)

    def send(self, call: Call) -> Steps[Reply]:
        """One call's reply. Raises LmsError."""
        self.was_sent = self.was_sent or not call.safe
        return (yield from fetch(call))

    def learn(
        self, asked: Request, row: Any, of: Key | None = None
    ) -> tuple[Record, dict[str, Any]]:
        """Take in a row that Canvas answered; its record, and the facets that it told itself.

        Raises UpstreamInvalid for a row of another object than `of`.
        """
        reading = read_row(asked.source.shape, row, frozenset())
        if of is not None and not is_same_id(reading.id, of.id):
            raise UpstreamInvalid("the vendor answered with another object")
        (record,) = self._wave.learn(asked, [row])
        return record, dict(reading.said)

    def failed(self, error: LmsError) -> Result:
        """What a failure means for the change."""
        match error:
            case Refused(status=401):
                return Result(Status.REFUSED, error=Forbidden(self.forbidden))
            case Refused():
                problems = problems_of(error, self.names, self.meaning)
                return Result(Status.REFUSED, problems=problems)
            case BadInput():
                return Result(Status.REFUSED, problems=[Problem(error.code, error.message)])
            case NotFound():
                return Result(Status.REFUSED, problems=[self.unknown])
            case _ if not self.was_sent or surely_not_run(error):
                return Result(Status.REFUSED, error=error)
            case _:
                return Result(Status.UNKNOWN, error=unanswered())


def ids_of(act: Act) -> tuple[str, ...]:
    """The ids and names that the key of what is changed is made of, in the order of its path."""
    assert act.of is not None
    return tuple(act.of.id.split("."))


def refused(*problems: Problem) -> Result:
    """A change that was not sent."""
    return Result(Status.REFUSED, problems=problems)


def unanswered() -> OutcomeUnknown:
    """The error of a change that was sent, and of which nobody knows what became."""
    return OutcomeUnknown(
        "the change was sent and not answered; see what is stored before sending it again"
    )
