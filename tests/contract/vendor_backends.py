"""One small school at both vendors over real sockets, with a backend for each."""

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
from tests.vendors.fetching import fetch_answers

ALL = 500
ROOT = "1"
TEACHER = "2"
UNKNOWN = "99999999"
KINDS = (Kind.SECTION, Kind.COURSE, Kind.USER, Kind.ENROLLMENT, Kind.TERM, Kind.ACCOUNT)


def build_school() -> School:
    """Build three courses of three sections with four students each; ids count up from 1.

    Section 1 also has student 7 of section 2 (who is in the course twice), an
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
    """A vendor and its backend."""

    name: str
    server: SandboxServer
    transport: Transport
    backend: Backend = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self, tenant: str = "school") -> None:
        """Connect a new backend, as after a restart, to a reset vendor."""
        self.server.reset()
        options: dict[str, Any] = {"tenant": tenant, "transport": self.transport, "time_zone": None}
        if self.name == "canvas":
            token = canvas.StaticToken(ADMIN_TOKEN)
            self.backend = canvas.connect(base_url=self.server.canvas_url, credentials=token, **options)
        else:
            key = schoology.OAuth1(ADMIN_KEY, ADMIN_SECRET)
            self.backend = schoology.connect(base_url=self.server.schoology_url, credentials=key, **options)

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store | None = None
    ) -> dict[Load, LoadResult | LmsError]:
        """Fetch a batch; each load is settled once."""
        return await fetch_answers(self.backend, batch, store)

    async def load(
        self, load: Load, projection: Projection | None = None, store: Store | None = None
    ) -> LoadResult | LmsError:
        """Fetch one load."""
        return (await self.fetch({load: projection or Projection.of()}, store))[load]

    async def record(self, load: Load, *fields: str) -> Any:
        """Fetch one load whose result is a record."""
        answer = await self.load(load, Projection.of(*fields))
        assert isinstance(answer, Record), answer
        return answer

    async def page(self, load: Load, *fields: str, **children: Projection) -> Page:
        """Fetch one load whose result is a page."""
        answer = await self.load(load, Projection.of(*fields, **children))
        assert isinstance(answer, Page), answer
        return answer

    def calls(self) -> list[str]:
        """Return the calls that the vendor received."""
        return self.server.log.calls(self.name)  # type: ignore[arg-type]

    def supports(self, operation: str) -> bool:
        """Return whether the backend supports an operation of the schema."""
        return capabilities(self.backend.limitations)[operation].supported

    def unknown_id(self, kind: Kind) -> str:
        """Return a well-formed id of no object."""
        is_below = self.name == "schoology" and kind is Kind.ENROLLMENT
        return f"1.{UNKNOWN}" if is_below else UNKNOWN


Positions = list[Position]
