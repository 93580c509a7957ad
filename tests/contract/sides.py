"""One small school, told in both dialects over real sockets, and a backend on each side of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.asks import Answer, Ask, Page, Position, Wants
from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.records import Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.sandbox.canvas.tokens import ADMIN_TOKEN
from lms_gateway.sandbox.schoology.keys import ADMIN_KEY, ADMIN_SECRET
from lms_gateway.sandbox.server import SandboxServer
from lms_gateway.sandbox.world import School, enroll, small_school
from lms_gateway.upstream.transport import Transport
from lms_gateway.vendors import canvas, schoology
from tests.vendors.wants import Wanted, wanting

ALL = 500
ROOT = "1"
TEACHER = "2"
UNKNOWN = "99999999"
KINDS = (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ENROLLMENT, Kind.TERM, Kind.ACCOUNT)


def tell_school() -> School:
    """Three courses of three sections with four students each; ids count up from 1.

    Section 1 holds besides: student 7 of section 2 (so that one person is in the course twice), an
    invited student (11), and one who has completed (12). Section 9 has no student.
    """
    school = small_school(courses=3, sections=3, students=4)
    first = school.sections[1]
    enroll(school, first, school.users[7])
    enroll(school, first, school.users[11], state="invited")
    enroll(school, first, school.users[12], state="completed")
    for one in list(school.enrollments_of_section(9)):
        if one.role == "student":
            school.change(one, section_id=8)
    return school


@dataclass
class Side:
    """A vendor, and a backend that speaks to it."""

    vendor: str
    server: SandboxServer
    transport: Transport
    backend: Backend = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self, tenant: str = "school") -> None:
        """Begin anew, as another replica or after a restart: nothing is known or spent."""
        self.server.reset()
        given: dict[str, Any] = {"tenant": tenant, "transport": self.transport, "time_zone": None}
        if self.vendor == "canvas":
            token = canvas.Token(ADMIN_TOKEN)
            self.backend = canvas.connect(
                base_url=self.server.canvas_url, credentials=token, **given
            )
        else:
            key = schoology.OAuth1(ADMIN_KEY, ADMIN_SECRET)
            self.backend = schoology.connect(
                base_url=self.server.schoology_url, credentials=key, **given
            )

    async def fetch(
        self, batch: Mapping[Ask, Wants], store: Store | None = None
    ) -> dict[Ask, Answer | LmsError]:
        """The answers to one wave, each of them settled once."""
        answers: dict[Ask, Answer | LmsError] = {}

        def settle(ask: Ask, answer: Answer | LmsError) -> None:
            assert ask in batch
            assert ask not in answers, f"settled twice: {ask}"
            answers[ask] = answer

        await self.backend.fetch(batch, store or Store("school"), settle)
        assert answers.keys() == batch.keys()
        return answers

    async def one(
        self, ask: Ask, wants: Wanted | None = None, store: Store | None = None
    ) -> Answer | LmsError:
        """The answer to a wave of one."""
        return (await self.fetch({ask: wants or wanting()}, store))[ask]

    async def record(self, ask: Ask, *facets: str) -> Any:
        """The record that answers."""
        found = await self.one(ask, wanting(*facets))
        assert isinstance(found, Record), found
        return found

    async def page(self, ask: Ask, *facets: str, **children: Wanted) -> Page:
        """The page that answers."""
        found = await self.one(ask, wanting(*facets, **children))
        assert isinstance(found, Page), found
        return found

    def calls(self) -> list[str]:
        """What the vendor was asked."""
        return self.server.log.calls(self.vendor)  # type: ignore[arg-type]

    def supports(self, operation: str) -> bool:
        """What the backend says of itself. The operation must be told, and once."""
        (told,) = [one for one in self.backend.capabilities if one.operation == operation]
        assert told.supported is (told.reason is None)
        return told.supported

    def unknown_id(self, kind: Kind) -> str:
        """A well-formed id that nobody has."""
        is_below = self.vendor == "schoology" and kind is Kind.ENROLLMENT
        return f"1.{UNKNOWN}" if is_below else UNKNOWN


def ids(page: Page) -> list[str]:
    """A page's objects by their ids."""
    return [record.key.id for record in page.items]


Positions = list[Position]
