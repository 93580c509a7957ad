"""One small school, told in both dialects over real sockets, and a backend on each side of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load, LoadResult, Page, Position
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Record
from lms_gateway.domain.store import Store
from lms_gateway.upstream.transports.protocol import Transport
from lms_gateway.vendors import canvas, schoology
from lms_sandbox.canvas.state.auth import ADMIN_TOKEN
from lms_sandbox.data.demo_schools import small_school
from lms_sandbox.data.fake_people import enroll
from lms_sandbox.data.school import School
from lms_sandbox.schoology.api_keys import ADMIN_KEY, ADMIN_SECRET
from lms_sandbox.server import SandboxServer
from tests.capabilities import capabilities

ALL = 500
ROOT = "1"
TEACHER = "2"
UNKNOWN = "99999999"
KINDS = (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ENROLLMENT, Kind.TERM, Kind.ACCOUNT)


def build_school() -> School:
    """Three courses of three sections with four students each; ids count up from 1.

    Section 1 holds besides: student 7 of section 2 (so that one person is in the course twice), an
    invited student (11), and one who has completed (12). Section 9 has no student.
    """
    school = small_school(courses=3, sections=3, students=4)
    first_section = school.sections[1]
    enroll(school, first_section, school.users[7])
    enroll(school, first_section, school.users[11], state="invited")
    enroll(school, first_section, school.users[12], state="completed")
    for enrollment in list(school.enrollments_of_section(9)):
        if enrollment.role == "student":
            school.change(enrollment, section_id=8)
    return school


@dataclass
class VendorUnderTest:
    """A vendor, and a backend that speaks to it."""

    name: str
    server: SandboxServer
    transport: Transport
    backend: Backend = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self, tenant: str = "school") -> None:
        """Begin anew, as another replica or after a restart: nothing is known or spent."""
        self.server.reset()
        options: dict[str, Any] = {"tenant": tenant, "transport": self.transport, "time_zone": None}
        if self.name == "canvas":
            token = canvas.StaticToken(ADMIN_TOKEN)
            self.backend = canvas.connect(
                base_url=self.server.canvas_url, credentials=token, **options
            )
        else:
            key = schoology.OAuth1(ADMIN_KEY, ADMIN_SECRET)
            self.backend = schoology.connect(
                base_url=self.server.schoology_url, credentials=key, **options
            )

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store | None = None
    ) -> dict[Load, LoadResult | LmsError]:
        """The answers to one wave, each of them settled once."""
        answers: dict[Load, LoadResult | LmsError] = {}

        def settle(load: Load, answer: LoadResult | LmsError) -> None:
            assert load in batch
            assert load not in answers, f"settled twice: {load}"
            answers[load] = answer

        await self.backend.fetch(batch, store or Store("school"), settle)
        assert answers.keys() == batch.keys()
        return answers

    async def load(
        self, load: Load, projection: Projection | None = None, store: Store | None = None
    ) -> LoadResult | LmsError:
        """The answer to a wave of one."""
        return (await self.fetch({load: projection or Projection.of()}, store))[load]

    async def record(self, load: Load, *fields: str) -> Any:
        """The record that answers."""
        answer = await self.load(load, Projection.of(*fields))
        assert isinstance(answer, Record), answer
        return answer

    async def page(self, load: Load, *fields: str, **children: Projection) -> Page:
        """The page that answers."""
        answer = await self.load(load, Projection.of(*fields, **children))
        assert isinstance(answer, Page), answer
        return answer

    def calls(self) -> list[str]:
        """What the vendor was asked."""
        return self.server.log.calls(self.name)  # type: ignore[arg-type]

    def supports(self, operation: str) -> bool:
        """Return whether the backend supports an operation of the schema."""
        return capabilities(self.backend.limitations)[operation].supported

    def unknown_id(self, kind: Kind) -> str:
        """A well-formed id that nobody has."""
        is_below = self.name == "schoology" and kind is Kind.ENROLLMENT
        return f"1.{UNKNOWN}" if is_below else UNKNOWN


def ids(page: Page) -> list[str]:
    """A page's objects by their ids."""
    return [record.key.id for record in page.items]


Positions = list[Position]
