"""Details of Canvas against replies that are judged as the stack judges them."""

from typing import Any

from lms_gateway.domain.asks import Arguments, Detail, Details, Page, PageAsk, Plain, Position
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.records import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.upstream.call import Call, Reply
from tests.vendors.canvas.changing import POLICY, told
from tests.vendors.canvas.script import Script, answer, backend
from tests.vendors.wants import Wanted, wanting

COURSE, ACCOUNT, USER = Key(Kind.COURSE, "1"), Key(Kind.ACCOUNT, "4"), Key(Kind.USER, "5")

DENIED = told({"status": "unauthorized", "errors": [{"message": "…"}]}, 403)
DENIED_OLD = told({"status": "nicht autorisiert", "errors": [{"message": "…"}]}, 401)
MISSING = told({"errors": [{"message": "The specified resource does not exist."}]}, 404)
MISSING_PAGE = Reply(404, {"content-type": "text/html"}, b"<!DOCTYPE html><h1>Not found</h1>")


class Judged(Script):
    """A script whose replies are refused where Canvas's policy refuses them."""

    def __init__(self, told: Any = None) -> None:
        super().__init__(told)
        self.sent: list[Call] = []

    async def send(self, call: Call) -> Reply:
        """As `Upstream.send`."""
        self.sent.append(call)
        reply = await super().send(call)
        refusal = POLICY.refusal(call, reply)
        if refusal is not None:
            raise refusal
        return reply


async def detail(
    script: Script,
    name: str,
    of: Key | None = None,
    /,
    *,
    wants: Wanted | None = None,
    store: Store | None = None,
    **given: Any,
) -> Any:
    """What answers a detail."""
    ask = Detail(name, of, _arguments(given))
    return await answer(backend(script), ask, wants or wanting(), store)


async def value(script: Script, name: str, of: Key | None = None, /, **given: Any) -> Any:
    """The value of a plain detail."""
    found = await detail(script, name, of, **given)
    assert isinstance(found, Plain), found
    return found.value


async def failure(script: Script, name: str, of: Key | None = None, /, **given: Any) -> LmsError:
    """Why a detail could not be told."""
    found = await detail(script, name, of, **given)
    assert isinstance(found, LmsError), found
    return found


async def rows(
    script: Script,
    name: str,
    of: Key | None = None,
    /,
    *,
    first: int = 50,
    after: Position | None = None,
    wants: Wanted | None = None,
    store: Store | None = None,
    **given: Any,
) -> Any:
    """What answers a list of details: its page, or an error."""
    ask = Details(name, of, _arguments(given), PageAsk(first, after))
    found = await answer(backend(script), ask, wants or wanting(), store)
    assert isinstance(found, Page | LmsError), found
    return found


def _arguments(given: dict[str, Any]) -> Arguments:
    return tuple(given.items())
